"""The command of one card or several: what there is of them, and what a person says of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from nnstudy.cli.group import as_json, example, main, show, study
from nnstudy.words import FLAGS, plural, visible

if TYPE_CHECKING:
    from nnstudy.store.records import StoredCard
    from nnstudy.study import Study


@main.command("card", epilog=example("nnstudy card CARD", "nnstudy card CARD OTHER --due 7 --flag red"))
@click.argument("cards", nargs=-1, required=True)
@click.option("--suspend/--unsuspend", default=None, help="Do not ask them any more, or ask them again.")
@click.option("--bury/--unbury", default=None, help="Do not ask them before tomorrow, or take that back.")
@click.option("--reset", is_flag=True, help="Let them be new again; their log stays.")
@click.option("--due", metavar="DAY", help="Their due date, until the next review: 2026-12-01, 7 (days), 2w, tomorrow.")
@click.option("--retention", metavar="SHARE", help='Their desired retention, 0.9 or 90%; "own": that of the note.')
@click.option("--experiment", metavar="NAME", help='The experiment that they bring, "none", or "own": the section.')
@click.option("--flag", type=click.Choice([*FLAGS, "none"]), help="Flag them, or take the flag away.")
@click.option("--mnemonic", metavar="TEXT", help="What helps to remember, shown at the reveal; empty: none.")
@click.option("--comment", metavar="TEXT", help="A remark, shown at the reveal; empty: none.")
@as_json
def card(cards: tuple[str, ...], as_json: bool, **said: object) -> None:
    """Show CARDS, or say something of them: each option is done to all, and the library's undo takes it back."""
    with study() as opened:
        found = list(dict.fromkeys(opened.card(name).id for name in cards))
        wanted = {name: value for name, value in said.items() if value is not None and (value or name != "reset")}
        for name, act in [(name, _deed(opened, found, name, value)) for name, value in wanted.items()]:
            click.echo(f"{name}: {plural(act(), 'card')} changed", err=True)
        now = [opened.card(name) for name in found]
        if as_json:
            from nnstudy.cli.cards import card_json

            show([card_json(opened, one) | {"said": dict(one.said)} for one in now])
            return
        for one in now:
            _print(opened, one)


def _deed(opened: Study, cards: list[str], name: str, value: object) -> Callable[[], int]:
    """What an option does; StudyError when its value cannot be read, before anything is done."""
    from nnstudy.reviewing.deeds import aim_of, day_of

    deeds, text = opened.deeds(), str(value)
    if name == "due":
        return partial(deeds.reschedule, cards, day_of(text, opened.today()))
    if name == "retention":
        return partial(deeds.aim, cards, aim_of(text))
    if name == "experiment":
        return partial(deeds.use_experiment, cards, _experiment(opened, text))
    if name in ("mnemonic", "comment"):
        return partial(deeds.write, cards, name, text)
    return {
        "suspend": partial(deeds.suspend, cards, bool(value)), "bury": partial(deeds.bury, cards, bool(value)),
        "reset": partial(deeds.start_anew, cards), "flag": partial(deeds.flag, cards, None if text == "none" else text),
    }[name]  # fmt: skip


def _experiment(opened: Study, name: str) -> str | None:
    if name in ("own", "none"):
        return None if name == "own" else ""
    return opened.experiment(name).name


def _print(opened: Study, one: StoredCard) -> None:
    from nnstudy.insight.shelf import why_due
    from nnstudy.store.records import unknown_card

    leaf = opened.shelf(opened.store).leaf(one.id, drawn=False)
    if leaf is None:
        raise unknown_card(one.id)
    click.echo(visible(one.id))
    for line in (*one.prompt.splitlines(), *one.answer.splitlines()):
        click.echo(visible(f"  {line}"))
    for name, value in one.said.items():
        click.echo(visible(f"  {name.replace('_', ' ')}: {value}"))
    click.echo(visible(f"  {why_due(leaf, opened.today())}"))
