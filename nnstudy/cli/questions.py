"""The command of open questions: list them, write drafts, settle them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nnstudy.cli.group import as_json, example, main, show, stamp, study
from nnstudy.errors import StudyError
from nnstudy.words import plural, visible

if TYPE_CHECKING:
    from nnstudy.reviewing.drafts import OpenQuestion

DRAFT = "Keep this file (-: what is typed in) as a draft of CARD's answer."


@main.command("open", epilog=example("nnstudy open", "nnstudy open CARD --draft answer.md --settle"))
@click.argument("card", required=False)
@click.option("--note", help="Only the questions of this note (id, title or path).")
@click.option("--draft", "file", type=click.Path(dir_okay=False, allow_dash=True), help=DRAFT)
@click.option("--run", "runs", multiple=True, help="A run that is the draft's evidence; may be given again.")
@click.option("--settle", is_flag=True, help="Make the latest draft CARD's answer: it is graded from now on.")
@click.option("--reopen", is_flag=True, help="Take CARD's answer back: its question is open again.")
@as_json
def open_questions(
    card: str | None,
    note: str | None,
    file: str | None,
    runs: tuple[str, ...],
    settle: bool,
    reopen: bool,
    as_json: bool,
) -> None:
    """List what your notes say that nobody knows; with CARD, show its drafts, write one, or settle it."""
    if card is None and (file or runs or settle or reopen):
        raise click.UsageError("--draft, --run, --settle and --reopen need a CARD")
    if settle and reopen:
        raise click.UsageError("--settle and --reopen are opposites")
    if runs and not file:
        raise click.UsageError("--run belongs to a --draft")
    with study() as opened:
        if card is None:
            found = opened.drafts.all(opened.note_id(note))
        else:
            if file:
                opened.drafts.add(card, _text(file), [opened.runs.find(run).id for run in runs])
            if settle:
                opened.settle(card)
            if reopen:
                opened.drafts.reopen(card)
            found = [opened.drafts.question(card)]
    if as_json:
        show([_as_json(question) for question in found])
        return
    for question in found:
        _print(question, whole=card is not None)
    if not found:
        click.echo("No open questions: a note asks one where it says that its author does not know.")


def _text(file: str) -> str:
    try:
        with click.open_file(file, encoding="utf-8") as given:
            return str(given.read()).removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as trouble:
        raise StudyError(f"{file} cannot be read: {trouble}") from trouble


def _as_json(question: OpenQuestion) -> dict[str, object]:
    card = question.card
    drafts = [{"id": d.id, "at": stamp(d.at), "text": d.text, "runs": list(d.runs)} for d in question.drafts]
    return {
        "id": card.id, "note": card.note_path, "section": list(card.section), "line": card.line, "prompt": card.prompt,
        "settled": question.settled, "answer": card.answer, "drafts": drafts,
    }  # fmt: skip


def _print(question: OpenQuestion, whole: bool) -> None:
    state = "settled" if question.settled else "open"
    click.echo(visible(f"{question.card.id}  {state}, {plural(len(question.drafts), 'draft')}"))
    for line in question.card.prompt.splitlines():
        click.echo(visible(f"  {line}"))
    for draft in question.drafts if whole else ():
        runs = f"  ({', '.join(draft.runs)})" if draft.runs else ""
        click.echo(visible(f"  {draft.at.astimezone():%Y-%m-%d %H:%M}{runs}"))
        for line in draft.text.splitlines():
            click.echo(visible(f"    {line}"))
