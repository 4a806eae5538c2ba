"""What was learned goes back into a note's own lines, when a person asks for it: never by itself."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from nnstudy.errors import StudyError
from nnstudy.files import written_whole
from nnstudy.notes.note import Note, read_note
from nnstudy.notes.rewrite import OWN_ROW, Change, Wanted, counted, rewrite
from nnstudy.notes.source import read_source
from nnstudy.reading.note_file import bytes_of
from nnstudy.settings import shipped_note
from nnstudy.store.records import NoteRow, ReviewRow, StoredCard
from nnstudy.words import plural

NAMED = 3  # sections that are named in the register, the most reviewed first


@dataclass(frozen=True)
class WriteBack:
    """The lines of a note that were written (or would be), the copy of what was there, and what could not be."""

    path: Path
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]
    backup: Path | None


@dataclass(frozen=True)
class Learned:
    """What there is to write about a note today; `moons` say how well it is known."""

    today: date
    cards: Sequence[StoredCard]
    history: Sequence[ReviewRow]
    moons: str
    day_of: Callable[[datetime], date]  # which a moment belongs to

    def next_day(self) -> date | None:
        """The day of the next review; None when no card has one."""
        due = [day for card in self.cards if (day := due_day(card, self.day_of))]
        return max(min(due), self.today) if due else None


def write_back(row: NoteRow, learned: Learned, now: datetime, *, dry_run: bool) -> WriteBack:
    """Update a note's own lines; StudyError when the file is not the one that was read, or cannot be written."""
    path = Path(row.path)
    data = bytes_of(path)
    if hashlib.sha256(data).hexdigest() != row.digest:
        raise StudyError(f"{path} changed since it was read: `nnstudy add` reads it again; nothing was written")
    note = read_note(read_source(data, str(path)), path.name)
    found = rewrite(data, note, _wanted(note, learned))
    if dry_run or not found.changes:
        return WriteBack(path, found.changes, found.remarks, None)
    if path == shipped_note().resolve():
        raise StudyError(f"{path} belongs to the program: copy it to a folder of your own and add it from there")
    return WriteBack(path, found.changes, found.remarks, _exchange(path, data, found.data, now))


def _wanted(note: Note, learned: Learned) -> Wanted:
    next_day = learned.next_day()
    next_days = (next_day - learned.today).days if next_day else None
    return Wanted(next_day, next_days, learned.moons, _row(note, learned))


def _row(note: Note, learned: Learned) -> tuple[date, str] | None:
    """What was reviewed since the register's last row, in a sentence; None when nothing was."""
    own = {entry.day for entry in note.register if OWN_ROW.match(entry.text)}
    days = [entry.day for entry in note.register if entry.day < learned.today or entry.day not in own]
    since = max(days, default=date.min)
    mine = {card.id: card for card in learned.cards}
    reviews = [
        review
        for review in learned.history
        if review.card in mine and review.retracted_at is None and review.kind != "imported" and review.day > since
    ]
    return (learned.today, _sentence(reviews, mine, note.language)) if reviews else None


def _sentence(reviews: Sequence[ReviewRow], cards: dict[str, StoredCard], language: str) -> str:
    seen = Counter(cards[review.card].section[-1:] for review in reviews)
    sections = [section[0] for section, _ in seen.most_common() if section]
    more = len(sections) - NAMED
    ratings = counted(Counter(review.rating for review in reviews), language)
    number = len({review.card for review in reviews})
    if language == "it":
        many = f"{plural(len(reviews), 'ripasso', 'ripassi')} di {plural(number, 'carta', 'carte')}"
        rest = [f"altre {more} sezioni" if more > 1 else "un'altra sezione"] if more > 0 else []
        where = _listed([*sections[:NAMED], *rest], "e")
    else:
        many = f"{plural(len(reviews), 'review')} of {plural(number, 'card')}"
        rest = [plural(more, "other section")] if more > 0 else []
        where = _listed([*sections[:NAMED], *rest], "and")
    return f"{many}{f' ({where})' if where else ''}: {ratings}."


def _listed(names: Sequence[str], last: str) -> str:
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def _exchange(path: Path, old: bytes, new: bytes, now: datetime) -> Path:
    """Put a file's new bytes in its place in one step, with a copy of the old ones beside it; the copy's path."""
    try:
        backup = _write_beside(path, f"{path.name}.{now:%Y-%m-%dT%H%M%S}.bak", old)
        with written_whole(path, "wb") as out:
            out.write(new)
            out.flush()
            os.fsync(out.fileno())  # it takes long: before the look whether the file is still the one that was read
            if path.read_bytes() != old:
                raise StudyError(f"{path} was changed this very moment: nothing was written")
    except OSError as trouble:
        raise StudyError(f"{path} cannot be written: {trouble.strerror}; nothing was changed") from trouble
    return backup


def _write_beside(path: Path, name: str, data: bytes) -> Path:
    """A new file beside another; a number is added to a name that is taken."""
    for number in range(1000):
        backup = path.with_name(name if not number else f"{name.removesuffix('.bak')}-{number}.bak")
        try:
            with open(backup, "xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
        except FileExistsError:
            continue
        return backup
    raise StudyError(f"beside {path} lie a thousand copies of this second: move them away")


def due_day(card: StoredCard, local: Callable[[datetime], date]) -> date | None:
    """The local day on which a card is due; None for one that is new or set aside."""
    if card.suspended:
        return None
    day = card.memory.due_day or (local(card.memory.due_at) if card.memory.due_at else None)
    return max(day, card.buried_until) if day and card.buried_until else day
