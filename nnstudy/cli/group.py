"""The group of all commands, and what they share: how they open the data, print JSON and end in trouble."""

from __future__ import annotations

import gc
import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EPIPE
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from nnstudy import __version__
from nnstudy.errors import StudyError
from nnstudy.words import visible

if TYPE_CHECKING:
    from nnstudy.study import Study

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


MODULES = (  # each adds its commands to the group
    "backups", "card", "cards", "identity", "laboratory", "log", "memory", "planning", "preferences", "questions",
    "web",
)  # fmt: skip


class Group(click.Group):
    """Commands that end in one sentence when something is wrong, never in a traceback (but with --debug).

    Only those that open the program are there from the start: the first card waits for no other.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        for module in MODULES:
            import_module(f"nnstudy.cli.{module}")
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.commands:
            self.list_commands(ctx)
        return super().get_command(ctx, name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StudyError as trouble:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(visible(str(trouble), "\n")) from trouble
        except OSError as trouble:
            if ctx.params.get("debug") or trouble.errno == EPIPE:  # nobody reads on: click ends the program
                raise
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # else what it still holds fails once more at the end
            place = trouble.filename or "what this prints"
            message = visible(f"{place} cannot be written or read: {trouble.strerror}")
            raise click.ClickException(message) from trouble
        except Exception as trouble:
            if ctx.params.get("debug") or (said := _of_database(trouble)) is None:
                raise
            raise click.ClickException(said) from trouble


def _of_database(trouble: Exception) -> str | None:
    """What is wrong with the database, where that is what is wrong; None for a mistake of the program."""
    from nnstudy import settings
    from nnstudy.store.backup import wrong_value
    from nnstudy.store.store import in_words

    path = settings.home() / "nnstudy.db"
    if (said := in_words(trouble)) or not isinstance(trouble, ValueError | TypeError) or not path.is_file():
        return said
    wrong = wrong_value(path)
    return f"{path} is damaged: {wrong}; `nnstudy restore` brings back a backup, or what can be read" if wrong else None


def example(*lines: str) -> str:
    """The end of a command's help: how it is typed."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@contextmanager
def study() -> Iterator[Study]:
    """The data folder, open for one command."""
    from nnstudy.study import Study

    with Study.open() as opened:
        yield opened


def show(document: object) -> None:
    """Print one JSON document; numbers that JSON cannot write become text, and no terminal obeys what it holds."""
    text = json.dumps(_plain(document), ensure_ascii=False, indent=2, allow_nan=False)
    click.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


@click.group(cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nnstudy")
@click.option("--debug", is_flag=True, help="Show the traceback when something goes wrong.")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Study your notes: every card brings an experiment to predict, run and inspect.

    Without a command, the terminal program opens on Today.

    \b
    Example:
      nnstudy                  open the program
      nnstudy add notes/       add a folder of Markdown notes
      nnstudy review           go straight to the cards that are due
    """
    if ctx.invoked_subcommand is None:
        open_program()


def open_program(screen: str = "today", **what: Any) -> None:
    """Open the terminal program on a screen."""
    if not sys.stdout.isatty() and "TEXTUAL_DRIVER" not in os.environ:  # a browser speaks by a driver of its own
        raise StudyError("this opens a terminal program, and here is no terminal; `nnstudy --help` lists the commands")
    gc.disable()  # what a start makes, stays: the program collects again once the first screen is painted
    with study() as opened:
        opened.add_shipped_note()
        if screen == "review" and not any(what.values()):
            opened.read_ahead()  # while Textual is loaded
        from nnstudy.tui.app import StudyApp

        app = StudyApp(opened, start=screen, **what)
        app.run()
    if app.return_code:
        sys.exit(app.return_code)


@main.command(epilog=example("nnstudy review", "nnstudy review neural-networks --minutes 10"))
@click.argument("note", required=False)
@click.option("--minutes", type=float, metavar="N", help="Ask only what fits into so many minutes, at your own pace.")
@click.option("--cram", is_flag=True, help="Ask all cards, weakest first; the schedule stays as it is.")
def review(note: str | None, minutes: float | None, cram: bool) -> None:
    """Open the program straight in a review: due cards first, then new ones (of one NOTE)."""
    open_program("review", note=note, minutes=minutes, cram=cram)


@main.command(epilog=example("nnstudy lab", "nnstudy lab dropout"))
@click.argument("experiment", required=False)
def lab(experiment: str | None) -> None:
    """Open the program straight in the laboratory (with one EXPERIMENT)."""
    open_program("lab", experiment=experiment)


def stamp(moment: Any) -> str | None:
    """A moment as it stands in JSON; None for none."""
    from nnstudy.store.records import stamp

    return stamp(moment) if moment else None


def pairs(option: str, given: tuple[str, ...], form: str) -> dict[str, str]:
    """What the repeated NAME=VALUE of an option say; a usage error where one has not this form."""
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise click.UsageError(f"{option} takes {form}, not {text!r}")
        if name in pairs:
            raise click.UsageError(f"{option} names {name} twice")
        pairs[name] = value
    return pairs
