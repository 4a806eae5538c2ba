"""Commands that keep the data safe: backup, restore."""

from __future__ import annotations

from pathlib import Path

import click

from nnstudy import settings
from nnstudy.cli.group import example, main, study
from nnstudy.words import plural, visible


@main.command(epilog=example("nnstudy backup", "nnstudy backup /mnt/stick/nnstudy.db"))
@click.argument("file", required=False, type=click.Path(dir_okay=False))
def backup(file: str | None) -> None:
    """Write a whole copy of the database into a FILE (default: a new one in the folder backups/), also while in use.

    The program itself keeps one of each of the last ten days and twelve months there.
    """
    with study() as opened:
        click.echo(visible(f"Written: {opened.back_up(file)}"))


@main.command(epilog=example("nnstudy restore backups/nnstudy-2026-11-24.db", "nnstudy restore --salvage"))
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option(
    "--salvage", is_flag=True, help="Take what can still be read of a damaged database (default: the present)."
)
def restore(file: str | None, salvage: bool) -> None:
    """Bring the backup FILE back; the present database is kept aside in the folder backups/."""
    if file is None and not salvage:
        raise click.UsageError("name the backup FILE; the folder backups/ beside the database has those of past days")
    from nnstudy.store import backup as copies
    from nnstudy.store.columns import complete

    present, now = settings.home() / "nnstudy.db", settings.clock()()
    given = Path(file) if file else present
    if salvage:
        saved, aside = copies.salvage(given, present, now)
        click.echo("Saved: " + (", ".join(f"{count:,} {table}" for table, count in saved.items()) or "nothing"))
    else:
        aside = copies.restore(given, present, now)
    with study() as opened:
        opened.rebuild()
        complete(present)
        click.echo(f"{plural(opened.store.log.size(), 'review')} there now")
    if aside:
        click.echo(visible(f"What was there before is kept in {aside}"))
