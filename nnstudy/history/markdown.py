"""The reviews of each day as the table that a note keeps by hand: its review register."""

from itertools import groupby

from nnstudy.history.outgoing import Outgoing
from nnstudy.words import plural

HEADINGS = {"it": ("Registro ripassi", "Data", "Note"), "en": ("Review log", "Date", "Notes")}


def write(out: Outgoing) -> None:
    """For each note with reviews a heading and its register, the latest day first."""
    rows = out.store.connection.execute(DAYS, {"note": out.note})
    for (title, language), days in groupby(rows, key=lambda row: row[:2]):
        heading, *columns = HEADINGS.get(language, HEADINGS["en"])
        out.file.write(f"# {_plain(title)}\n\n## {heading}\n\n| {' | '.join(columns)} |\n| --- | --- |\n")
        for _, _, day, count, recalled, seconds in days:
            out.file.write(f"| {day[8:10]}/{day[5:7]}/{day[:4]} | {_said(language, count, recalled, seconds)} |\n")
        out.file.write("\n")


def _said(language: str, count: int, recalled: int, seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if language == "it":
        return f"{count} {'risposta' if count == 1 else 'risposte'}, {recalled} ricordate, {minutes} min"
    return f"{plural(count, 'answer')}, {recalled} recalled, {minutes} min"


def _plain(title: str) -> str:
    return " ".join(title.split())


DAYS = """SELECT note.title, note.language, review.day, count(*), sum(rating > 1), sum(duration_ms) / 1000.0
FROM review JOIN card ON card.id = review.card JOIN note ON note.id = card.note
LEFT JOIN retraction ON retraction.review = review.id
WHERE retraction.review IS NULL AND review.kind <> 'imported' AND (:note IS NULL OR note.id = :note)
GROUP BY note.id, review.day ORDER BY note.position, review.day DESC"""
