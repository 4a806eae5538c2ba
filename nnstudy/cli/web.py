"""The command that opens the program in a web browser: serve."""

from __future__ import annotations

import click

from nnstudy.cli.group import example, main
from nnstudy.words import visible


@main.command(epilog=example("nnstudy serve", "nnstudy serve --port 8080"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
def serve(host: str, port: int) -> None:
    """Open the same program in a web browser.

    Every page that is opened is a program of its own, with the same data. Only this machine reaches it, unless another
    --host is given: then anyone who reaches that can review.
    """
    from nnstudy.serve import serve as run

    run(host, port, lambda said: click.echo(visible(said), err=True))
