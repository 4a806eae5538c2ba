"""Commands that correct which card is which: relink, unlink."""

from __future__ import annotations

import click

from nnstudy.cli.group import example, main, study
from nnstudy.words import plural, visible


@main.command(
    epilog=example("nnstudy cards --retired", "nnstudy relink net/old-heading/card-why net/heading/card-why-not")
)
@click.argument("old")
@click.argument("new")
def relink(old: str, new: str) -> None:
    """Say that the present card NEW is the card OLD, reworded: OLD's history goes on with NEW's text.

    Each keeps the reviews that it had; relinking them once more takes it back. It stands at every later reading.
    """
    with study() as opened:
        opened.relink(old, new)
        card, other = opened.card(old), opened.card(new)
    click.echo(visible(f"{card.id} goes on with {plural(card.memory.reviews, 'review')}: {_first_line(card.prompt)}"))
    where = "is retired" if other.retired else f"now reads: {_first_line(other.prompt)}"
    click.echo(visible(f"{other.id} ({plural(other.memory.reviews, 'review')}) {where}"))


@main.command(epilog=example("nnstudy unlink neural-networks/dropout/card-why"))
@click.argument("card")
def unlink(card: str) -> None:
    """Say that the text of CARD is another card: it becomes a new one, and CARD is retired with its history."""
    with study() as opened:
        new = opened.card(opened.unlink(card))
        old = opened.card(card)
    click.echo(visible(f"{new.id} is new: {_first_line(new.prompt)}"))
    reviews = plural(old.memory.reviews, "review")
    click.echo(visible(f"{old.id} is retired with {reviews}: {_first_line(old.prompt)}"))


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]
