"""Commands of notes that go on living: relink, unlink, write-back."""

from __future__ import annotations

from dataclasses import asdict

import click

from nnstudy.cli.group import as_json, example, main, show, study
from nnstudy.notes.prompts import in_a_line
from nnstudy.words import plural, visible


@main.command(
    epilog=example("nnstudy cards --retired", "nnstudy relink net/old-heading/card-why net/heading/card-why-not")
)
@click.argument("old")
@click.argument("new")
def relink(old: str, new: str) -> None:
    """Say that the present card NEW is the card OLD, reworded: OLD's history goes on with NEW's text.

    Each keeps the reviews that it had; `nnstudy undo` takes it back. It stands at every later reading.
    """
    with study() as opened:
        opened.relink(old, new)
        card, other = opened.card(old), opened.card(new)
    asked = in_a_line(card.prompt, card.section)
    click.echo(visible(f"{card.id} goes on with {plural(card.memory.reviews, 'review')}: {asked}"))
    where = "is retired" if other.retired else f"now reads: {in_a_line(other.prompt, other.section)}"
    click.echo(visible(f"{other.id} ({plural(other.memory.reviews, 'review')}) {where}"))


@main.command(epilog=example("nnstudy unlink neural-networks/dropout/card-why"))
@click.argument("card")
def unlink(card: str) -> None:
    """Say that the text of CARD is another card: it becomes a new one, and CARD is retired with its history."""
    with study() as opened:
        new = opened.card(opened.unlink(card))
        old = opened.card(card)
    click.echo(visible(f"{new.id} is new: {in_a_line(new.prompt, new.section)}"))
    reviews = plural(old.memory.reviews, "review")
    click.echo(visible(f"{old.id} is retired with {reviews}: {in_a_line(old.prompt, old.section)}"))


@main.command("write-back", epilog=example("nnstudy write-back net --dry-run", "nnstudy write-back notes/net.md"))
@click.argument("note")
@click.option("--dry-run", is_flag=True, help="Only say which lines would be written.")
@as_json
def write_back(note: str, dry_run: bool, as_json: bool) -> None:
    """Update the lines that a NOTE's author keeps by hand, in the note itself.

    They are the days to the next review, five moons for how well it is known, and a row of the review register. Every
    other byte stays; a copy of the file is put beside it. A file that changed since it was read is refused.
    """
    with study() as opened:
        done = opened.write_back(note, dry_run=dry_run)
    if as_json:
        backup = str(done.backup) if done.backup else None
        changes = [asdict(change) for change in done.changes]
        show({"path": str(done.path), "changes": changes, "remarks": list(done.remarks), "backup": backup})
        return
    for change in done.changes:
        if change.old is not None:
            click.echo(visible(f"{done.path}:{change.line}: - {change.old}"))
            click.echo(visible(f"{done.path}:{change.line}: + {change.new}"))
        else:
            click.echo(visible(f"{done.path}:{change.line}: added: {change.new}"))
    for remark in done.remarks:
        click.echo(visible(f"{done.path}: {remark}"))
    if not done.changes:
        click.echo("The note says all this already.")
    elif done.backup:
        click.echo(visible(f"Written; the file as it was is {done.backup.name}, beside it."))
    else:
        click.echo("Nothing was written: this is what would be.")
