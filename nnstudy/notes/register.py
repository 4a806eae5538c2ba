"""The review register that an author keeps by hand: dated rows below a heading of its own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nnstudy.notes.dates import day_of, find_date
from nnstudy.notes.names import folded
from nnstudy.notes.remark import Remark

REGISTER = re.compile(
    r"[\W\d_]*(?:[ivx]{1,4}[.)]\s+)?(?:registro (?:dei |di )?ripass[io]|review (?:log|register)|past reviews)\b"
)
ROW = re.compile(r"[\W_]*(\d{1,2})[/.\-]+(\d{1,2})(?:[/.\-]+\s?(\d{4}|\d{2}))?(?![\w])[/.\-*]*\s*[|:]?(.*)")
ISO_ROW = re.compile(r"[\W_]*(\d{4})-(\d{1,2})-(\d{1,2})(?!\w)\**\s*[|:]?(.*)")
DELIMITER = re.compile(r"[\s|:\-]*-[\s|:\-]*$")
LAST, FIRST = ("ultima modifica", "last edited", "modified", "updated"), ("primo abbozzo", "created", "date")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One row of the note's own review register."""

    day: date
    text: str
    line: int


def is_register(headings: Sequence[str]) -> bool:
    """Whether below this path of headings stands the review register: its own heading, or a year or month in it."""
    own = [bool(REGISTER.match(folded(heading))) for heading in headings]
    return bool(own) and (own[-1] or (any(own) and re.search(r"\d", headings[-1]) is not None))


def register_rows(
    lines: Sequence[str], start: int, end: int, properties: Mapping[str, str], report: list[Remark]
) -> list[RegisterEntry]:
    """The dated rows of the lines from `start` to `end`; what is neither dated nor empty is reported."""
    entries: list[RegisterEntry] = []
    for number in range(start, end):
        line = lines[number]
        if not re.search(r"\w", line):
            continue  # an empty row, or the line between a table's head and its rows
        day, text = _dated(line, entries, properties)
        if day is not None:
            entries.append(RegisterEntry(day, text.strip().strip("|").strip(), number + 1))
        elif number + 1 < end and DELIMITER.match(lines[number + 1]) and not re.search(r"\d", line):
            report.append(Remark(number + 1, "register", "taken for the head of the register's table", "info"))
        else:
            message = "this line of the review register does not begin with a date"
            report.append(Remark(number + 1, "register", message))
    return entries


def _dated(line: str, before: Sequence[RegisterEntry], properties: Mapping[str, str]) -> tuple[date | None, str]:
    if found := ISO_ROW.match(line):
        return day_of(int(found[1]), int(found[2]), int(found[3])), found[4]
    if not (found := ROW.match(line)):
        return None, ""
    day, month = int(found[1]), int(found[2])
    if found[3]:
        return day_of(int(found[3]), month, day), found[4]
    return _with_year(day, month, before, properties), found[4]


def _with_year(day: int, month: int, before: Sequence[RegisterEntry], properties: Mapping[str, str]) -> date | None:
    """A day without its year: the first from the row above on that the note's own last change allows, else the last
    one before that change, else the first after the note was begun; None when the note has no date."""
    named = {name.casefold(): found for name, value in properties.items() if (found := find_date(value))}
    changed = next((found for name, found in named.items() if name.startswith(LAST)), None)
    begun = next((found for name, found in named.items() if name.startswith(FIRST)), None)
    after = before[-1].day if before else begun if changed is None else None
    if after is not None and (found := _first_from(after, day, month)) and (changed is None or found <= changed):
        return found
    latest = _last_until(changed, day, month) if changed else None
    if latest is not None and begun is not None and latest < begun:
        return _first_from(begun, day, month)
    return latest


def _first_from(start: date, day: int, month: int) -> date | None:
    years = (day_of(year, month, day) for year in range(start.year, start.year + 5))
    return next((found for found in years if found and found >= start), None)


def _last_until(end: date, day: int, month: int) -> date | None:
    years = (day_of(year, month, day) for year in range(end.year, end.year - 5, -1))
    return next((found for found in years if found and found <= end), None)
