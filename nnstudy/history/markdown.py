"""The reviews of each day as the table that a note keeps by hand: its review register."""

from collections.abc import Sequence
from typing import TextIO

from nnstudy.history.outgoing import Outgoing
from nnstudy.store.records import NoteRow
from nnstudy.words import plural

HEADINGS = {"it": ("Registro ripassi", "Data", "Note"), "en": ("Review log", "Date", "Notes")}


def write(out: Outgoing) -> None:
    """For each note with reviews a heading and its register, the latest day first."""
    done, total = 0, out.store.log.size(out.note)
    for note in out.store.notes.all():
        if out.note not in (None, note.id):
            continue
        out.progress(done, total)
        if days := out.store.connection.execute(DAYS, (note.id,)).fetchall():
            _register(out.file, note, days)
            done += sum(count for _, count, *_ in days)
    out.progress(total, total)


def _register(file: TextIO, note: NoteRow, days: Sequence[tuple[str, int, int, float]]) -> None:
    heading, *columns = HEADINGS.get(note.language, HEADINGS["en"])
    file.write(f"# {_plain(note.title)}\n\n## {heading}\n\n| {' | '.join(columns)} |\n| --- | --- |\n")
    for day, count, recalled, seconds in days:
        file.write(f"| {day[8:10]}/{day[5:7]}/{day[:4]} | {_said(note.language, count, recalled, seconds)} |\n")
    file.write("\n")


def _said(language: str, count: int, recalled: int, seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if language == "it":
        return f"{count} {'risposta' if count == 1 else 'risposte'}, {recalled} ricordate, {minutes} min"
    return f"{plural(count, 'answer')}, {recalled} recalled, {minutes} min"


def _plain(title: str) -> str:
    return " ".join(title.split())


DAYS = """SELECT review.day, count(*), sum(rating > 1), sum(duration_ms) / 1000.0
FROM card JOIN review ON review.card = card.id LEFT JOIN retraction ON retraction.review = review.id
WHERE retraction.review IS NULL AND review.kind <> 'imported' AND card.note = ?
GROUP BY review.day ORDER BY review.day DESC"""
