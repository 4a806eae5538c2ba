"""The schedule that a note gives itself: when it was last reviewed, and when it wants to be reviewed next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from nnstudy.notes.cards import Card
from nnstudy.notes.dates import find_date
from nnstudy.notes.note import Note, Remark, slug

LONGEST = 36_500
NEXT = ("ripasso-prox", "prossimo-ripasso", "ripasso-prossimo", "next-review", "review-next", "sr-due")
LAST = ("ultimo-ripasso", "last-review", "last-reviewed", "reviewed")
EDITED = ("ultima-modifica", "last-edited", "last-edited-time", "last-modified", "modified", "updated")
INTERVAL, EASE = ("sr-interval",), ("sr-ease",)  # what Obsidian's Spaced Repetition writes, the ease in percent


@dataclass(frozen=True)
class Start:
    """A review that was done elsewhere, and the interval in days that it was given; `ease` is the factor of SM-2."""

    last: date
    interval: int
    ease: float | None = None


def start_of(note: Note, today: date) -> tuple[Start | None, list[Remark]]:
    """Where a note's cards start, by its register and properties; None when it does not say both last and next.

    The last review is the latest row of the register or a property, else the note's last change.
    """
    given = {slug(name): value for name, value in note.properties.items()}
    asked = _first(given, (*INTERVAL, *NEXT))
    if not asked:
        return None, []
    next_day, interval = find_date(_first(given, NEXT) or ""), _whole(asked)
    last = _last(note, given, today)
    if last is None and next_day is not None and interval is not None:
        last = min(today, date.fromordinal(max(1, next_day.toordinal() - interval)))
    if last is None:
        return None, []
    if next_day is not None:
        interval = (next_day - last).days
    if interval is None or not 1 <= interval <= LONGEST:
        message = f"the next review is given as {asked!r}: that is no number of days from 1 to {LONGEST}, and no date"
        return None, [Remark(1, "schedule", f"{message} after {last}; the cards start as new")]
    ease = _number(_first(given, EASE))
    return Start(last, interval, ease / 100 if ease else None), []


def start_beside(card: Card, today: date) -> Start | None:
    """Where a card starts by the schedule that another program wrote beside it."""
    given = card.schedule
    if given is None or not 1 <= given.interval <= LONGEST or given.due.toordinal() <= given.interval:
        return None
    return Start(min(today, date.fromordinal(given.due.toordinal() - given.interval)), given.interval, given.ease)


def _last(note: Note, given: Mapping[str, str], today: date) -> date | None:
    days = [entry.day for entry in note.register]
    days += [day for name in LAST if (day := find_date(given.get(name, "")))]
    if not days and (edited := find_date(_first(given, EDITED) or "")):
        days = [edited]
    return max((day for day in days if day <= today), default=None)


def _first(given: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((given[name] for name in names if given.get(name)), None)


def _whole(text: str) -> int | None:
    """The number of days that begins a text: ``10``, ``10 days``."""
    number = text.split()[0] if text.split() else ""
    return int(number) if number.isdecimal() and len(number) <= 6 else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
