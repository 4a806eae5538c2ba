"""What crosses the store's border: named tuples, which load faster than dataclasses, and how moments are written."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from nnstudy.errors import DamagedError, StudyError
from nnstudy.memory.scheduler import Memory
from nnstudy.words import plural


def stamp(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with milliseconds: text that sorts by time."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


def stamp_after(moment_: datetime, before: str) -> str:
    """The moment as `stamp` writes it, but a millisecond after `before` at the least: in a register the last word must
    be the latest one, also when the clock was set back."""
    now = stamp(moment_)
    return now if now > before else stamp(moment(before) + timedelta(milliseconds=1))


def moment(text: str) -> datetime:
    """The moment that `stamp` wrote; DamagedError when it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as trouble:
        raise damaged(f"{text!r} for a moment") from trouble


def damaged(what: str) -> DamagedError:
    """What to tell of a database that has a value which this program never wrote."""
    return DamagedError(
        f"the database is damaged: it has {what}; `nnstudy restore FILE` brings a backup back, "
        "`nnstudy restore --salvage` what can be read of it"
    )


def uuid7(at: datetime, after: str = "") -> str:
    """A new id that begins with its moment (RFC 9562, version 7): sorted by time, the same on no two machines.

    Within the millisecond of the id `after` it counts on from there, so that a machine's ids sort in the order it made
    them.
    """
    number = _version_7(int(at.timestamp() * 1000), os.urandom(10))
    last = int(after.replace("-", "") or "0", 16)
    if number >> 80 == last >> 80:
        number = max(number, last + 1)
    return _uuid(number)


def uuid7_from(milliseconds: int, bits: bytes) -> str:
    """The id (RFC 9562, version 7) of a moment and 80 bits that the caller has: the same wherever it is made."""
    return _uuid(_version_7(milliseconds, bits))


def _version_7(milliseconds: int, bits: bytes) -> int:
    number = milliseconds << 80 | int.from_bytes(bits, "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    return number & ~(0x3 << 62) | 0x2 << 62


def _uuid(number: int) -> str:
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def unknown_card(card: str) -> StudyError:
    """What to say of an id that no card has."""
    return StudyError(f"card {card!r} is unknown; `nnstudy cards` lists them all")


LAST_SECOND = 120  # reviews that took as long or longer are counted together


class NoteRow(NamedTuple):
    """A note as the database knows it.

    `digest` is the SHA-256 of the file as it was read; `fingerprint` tells in addition what it was read by, so that an
    unchanged note is not read twice. `remarks` and `register` are what the reading found.
    """

    id: str
    path: str
    title: str
    language: str
    digest: str
    properties: Mapping[str, str]
    desired_retention: float | None = None
    fingerprint: str = ""
    remarks: tuple[Mapping[str, object], ...] = ()
    register: tuple[str, ...] = ()


class SectionRow(NamedTuple):
    """A section of a note, and the experiment that belongs to it."""

    id: str
    note: str
    headings: tuple[str, ...]
    level: int
    line: int
    position: int
    experiment: str | None
    overrides: Mapping[str, object]


class CardText(NamedTuple):
    """How a card reads and where it stands, without what is known of its memory."""

    id: str
    note: str
    section_id: str
    section: tuple[str, ...]
    kind: str
    prompt: str
    answer: str
    retired: bool


class StoredCard(NamedTuple):
    """A card with its place in the note, its present wording and what is known of its memory."""

    id: str
    note: str
    note_title: str
    note_path: str
    language: str
    section_id: str
    section: tuple[str, ...]
    kind: str
    prompt: str
    answer: str
    wording: str
    line: int
    position: int
    experiment: str | None
    overrides: Mapping[str, object]
    memory: Memory
    suspended: bool
    buried_until: date | None
    retired: bool
    desired_retention: float | None
    points: tuple[str, ...] = ()  # what is ticked at the reveal
    settled: bool = False  # an open question that has its answer
    said: Mapping[str, str] = MappingProxyType({})  # what a person said of it: see `nnstudy.store.registers`

    @property
    def is_open(self) -> bool:
        """Whether it is a question that nobody has answered yet: it is asked, and not graded."""
        return self.kind == "open" and not self.settled


class ReviewRow(NamedTuple):
    """One line of the review log; `id` is empty until it is kept.

    `interval_days` and `ease` stand with a review of kind "imported" only: what another scheduler had given the card.
    """

    card: str
    at: datetime
    day: date
    rating: int
    duration_ms: int
    kind: str
    wording: str
    predicted: float | None
    device: str
    scheduler: str
    id: str = ""
    retracted_at: datetime | None = None
    interval_days: int | None = None
    ease: float | None = None


class Undone(NamedTuple):
    """What an undo took back: the action ("answer", "suspend", "bury" or "set"), what was set, and the cards."""

    action: str
    card: str
    cards: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()

    @property
    def word(self) -> str:
        """What was taken back, for a person."""
        said = [word for name, word in UNDONE.items() if name in self.names]
        return said[-1] if said else "answer"

    @property
    def told(self) -> str:
        """What was taken back, and of how many cards: "the due date of 32 cards"."""
        return f"the {self.word} of {plural(len(self.cards), 'card')}"


LINKED, PARTED = LINKS = ("linked", "parted")  # what is said of a text that becomes another card
UNDONE = {
    "suspended": "suspension", "buried_until": "burial", "anew_since": "new start", "due": "due date",
    "desired_retention": "desired retention", "experiment": "experiment", "flag": "flag", "mnemonic": "mnemonic",
    "comment": "comment", LINKED: "link", PARTED: "parting",
}  # fmt: skip


class SectionState(NamedTuple):
    """What stands in a section today."""

    id: str
    note: str
    headings: tuple[str, ...]
    experiment: str | None
    due: int
    new: int
    cards: int
    memories: tuple[Memory, ...]
