"""Commands of notes and cards: add, check, notes, cards, due."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from nnstudy.cli.group import as_json, example, main, show, stamp, study
from nnstudy.cli.progress import ProgressLine
from nnstudy.errors import StudyError
from nnstudy.notes.prompts import in_a_line
from nnstudy.words import contrast, moons, plural, visible

if TYPE_CHECKING:
    from nnstudy.notes.identity import Decision
    from nnstudy.reading.intake import NoteReport
    from nnstudy.store.records import StoredCard
    from nnstudy.study import Study

FATES = ("new", "kept", "edited", "moved", "retired", "revived")
SHOWN = 110  # characters of an old and of a new wording


@main.command(epilog=example("nnstudy add neural-networks.md", "nnstudy add ~/notes --dry-run"))
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--fresh", is_flag=True, help="Start every card as new, whatever schedule the note itself gives.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of the cards.")
@click.option("--prune", is_flag=True, help="Retire the cards of notes whose file is gone; their history is kept.")
@as_json
def add(paths: tuple[str, ...], fresh: bool, dry_run: bool, prune: bool, as_json: bool) -> None:
    """Add or re-read notes: files, or folders with all Markdown files below.

    A card that a note has no more is retired with its history, and comes back when its text does.
    """
    with study() as opened, ProgressLine(sys.stderr, "notes", patience=1.0) as progress:
        reports = opened.add(*paths, fresh=fresh, dry_run=dry_run, prune=prune, progress=progress)
    if as_json:
        show([_report_json(report) | {"decisions": list(map(_decision_json, report.decisions))} for report in reports])
    else:
        for report in reports:
            changes = ((len(getattr(report, word)), word) for word in FATES)
            _print_report(report, "; " + ", ".join(f"{n} {word}" for n, word in changes))
            _print_decisions(report)
        _print_hints(reports)
    if _say_what_was_left_out(reports):
        sys.exit(1)


@main.command(epilog=example("nnstudy check neural-networks.md"))
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--ignore", multiple=True, metavar="RULE", help="A rule to leave out, such as no-cards; may be repeated.")
@as_json
def check(paths: tuple[str, ...], ignore: tuple[str, ...], as_json: bool) -> None:
    """Read notes and say what was found, and what could be better. Nothing is kept. Exits 1 when a note has an error.

    Rules: no-cards, duplicate, ambiguous, long-answer, link, image, math, damage; and those of reading: encoding,
    stale-tail, front-matter, property, register, experiment, card, schedule, retention.
    """
    with study() as opened:
        reports = opened.check(*paths, ignore=ignore)
    if as_json:
        show([_report_json(report) for report in reports])
    else:
        for report in reports:
            _print_report(report)
    if _say_what_was_left_out(reports) or any(report.has_error for report in reports):
        sys.exit(1)


def _say_what_was_left_out(reports: list[NoteReport]) -> bool:
    """One sentence for the files that could not be read while others could; whether there are any."""
    if names := [report.title for report in reports if not report.note]:
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        click.echo(
            visible(f"Error: {len(names)} of {plural(len(reports), 'file')} could not be read: {shown}"), err=True
        )
    return bool(names)


def _report_json(report: NoteReport) -> dict[str, object]:
    counts = {word: len(getattr(report, word)) for word in FATES}
    place = {"note": report.note, "path": report.path, "title": report.title, "cards": report.cards}
    place |= {"unchanged": report.unchanged, "gone": report.gone}
    place |= {"imported": len(report.starts)}
    found = {"register": [day.isoformat() for day in report.register], "warnings": list(map(asdict, report.warnings))}
    return place | counts | found


def _decision_json(decision: Decision) -> dict[str, object]:
    now, before = decision.now, decision.before
    return {
        "decision": decision.fate, "card": decision.id,
        "prompt": now.prompt if now else None, "answer": now.answer if now else None,
        "section": list(now.section) if now else None, "line": now.line if now else None,
        "old_prompt": before.prompt if before else None, "old_answer": before.answer if before else None,
        "old_section": list(before.section) if before else None, "old_note": before.note if before else None,
    }  # fmt: skip


def _print_decisions(report: NoteReport) -> None:
    """Each decision but the plain ones: what was kept, and what a note that is new brings."""
    for found in report.decisions:
        if found.fate == "kept" or (found.fate == "new" and report.added):
            continue
        click.echo(visible(f"  {found.fate}: {found.id}"))
        now, before = found.now, found.before
        if now and before and (found.fate == "moved" or before.slugs != now.slugs or before.note != now.note):
            click.echo(visible(f"    from {_place(before.note, before.section)} to {_place(now.note, now.section)}"))
        for old, new in ((before.prompt, now.prompt), (before.answer, now.answer)) if now and before else ():
            if old != new:
                for sign, text in zip("-+", contrast(old, new, SHOWN), strict=True):
                    click.echo(visible(f"    {sign} {text}"))


def _print_hints(reports: list[NoteReport]) -> None:
    """Which new card may be one that is lost, in any of the notes: a person decides."""
    from nnstudy.notes.hints import perhaps_same

    for lost, found_now in perhaps_same([found for report in reports for found in report.decisions]):
        click.echo(visible(f"  perhaps the same: nnstudy relink {lost} {found_now}"))


def _place(note: str, section: tuple[str, ...]) -> str:
    return " › ".join(section) or note


def _print_report(report: NoteReport, changes: str = "") -> None:
    if not report.note:
        click.echo(visible(f"{report.title}: {report.warnings[0].message}"))
        return
    click.echo(visible(f"{report.title}: {plural(report.cards, 'card')}{changes}"))
    if days := report.register:
        click.echo(f"  {plural(len(days), 'review')} in its own register, the latest on {max(days)}")
    if starts := report.starts:
        given = sorted({(start.last, start.interval) for start in starts.values()})
        last, interval = given[-1]
        others = f", and {len(given) - 1} others" if len(given) > 1 else ""
        click.echo(
            f"  {plural(len(starts), 'card')} to start where the note's own schedule left off: "
            f"last reviewed on {last}, next after {plural(interval, 'day')}{others}"
        )
    for remark in report.warnings:
        click.echo(visible(f"  {report.path}:{remark.line}: {remark.level}: {remark.message} [{remark.rule}]"))


@main.command(epilog=example("nnstudy notes"))
@as_json
def notes(as_json: bool) -> None:
    """List the notes with their cards, what is due and how well they are known."""
    with study() as opened:
        states = opened.notes()
    if as_json:
        show(
            [
                {"note": s.note.id, "title": s.note.title, "path": s.note.path, "language": s.note.language}
                | {"cards": s.cards, "due": s.due, "new": s.new, "mastery": s.mastery, "moons": moons(s.mastery)}
                for s in states
            ]
        )
        return
    for s in states:
        click.echo(
            visible(f"{moons(s.mastery)}  {s.note.title}: {s.cards} cards, {s.due} due, {s.new} new  ({s.note.path})")
        )
    if not states:
        click.echo("No notes yet: `nnstudy add PATH` adds some, `nnstudy` opens with the note that ships with it.")


@main.command(epilog=example("nnstudy cards --note neural-networks", "nnstudy cards --retired"))
@click.option("--note", help="Only the cards of this note (id, title or path).")
@click.option("--retired", is_flag=True, help="The cards that no note has any more; their history is kept.")
@as_json
def cards(note: str | None, retired: bool, as_json: bool) -> None:
    """List the cards with what is known of each."""
    with study() as opened:
        if as_json:
            show([card_json(opened, card) for card in opened.cards(note, retired=retired)])
            return
        for card in opened.cards(note, retired=retired):
            due = stamp(opened.due_moment(card.memory)) or "new"
            click.echo(visible(f"{card.id}  {card.memory.state}  {due}  {in_a_line(card.prompt, card.section)}"))


def card_json(opened: Study, card: StoredCard) -> dict[str, object]:
    memory = card.memory
    return {
        "id": card.id, "note": card.note_path, "section": list(card.section), "kind": card.kind, "prompt": card.prompt,
        "answer": card.answer, "experiment": card.experiment, "line": card.line, "state": memory.state,
        "due": stamp(opened.due_moment(memory)), "stability": memory.stability, "difficulty": memory.difficulty,
        "retrievability": opened.retrievability(memory), "reviews": memory.reviews, "lapses": memory.lapses,
        "suspended": card.suspended, "buried_until": card.buried_until.isoformat() if card.buried_until else None,
    }  # fmt: skip


@main.command(epilog=example("nnstudy due", "nnstudy due --json"))
@as_json
def due(as_json: bool) -> None:
    """Say how much is due; exits 0 always, so that a shell prompt can use it."""
    try:
        with study() as opened:
            now = opened.due()
    except StudyError as trouble:
        click.echo(visible(f"Error: {trouble}"), err=True)
        if as_json:
            show({"due": 0, "new": 0, "next": None, "error": str(trouble)})
        return
    if as_json:
        show({"due": now.due, "new": now.new, "next": stamp(now.next)})
    else:
        click.echo(
            f"{now.due} due, {now.new} new" + (f", next at {now.next.astimezone():%Y-%m-%d %H:%M}" if now.next else "")
        )
