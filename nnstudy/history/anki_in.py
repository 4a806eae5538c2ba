"""Anki's notes and reviews as lines to merge: each has an id that follows from Anki's own, so twice is once.

A deck becomes a note, a card of Anki's a card. A review counts as Anki counts it: those before a card was reset are
taken back as of the reset, those of a filtered deck that moved nothing are kind "cram", and a history whose beginning
is missing starts with its first interval. Cards that nnstudy itself gave to Anki are known by the field
that carries their id: their reviews come home.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256
from itertools import chain, groupby
from pathlib import Path

from nnstudy.history.anki_file import Collection, in_words
from nnstudy.history.anki_template import sides
from nnstudy.memory.scheduler import LONGEST_INTERVAL, day_begins, local_day
from nnstudy.notes.html import text_of
from nnstudy.store.merge import Line, Trouble
from nnstudy.store.notes import wording_digest
from nnstudy.store.records import stamp, uuid7_from
from nnstudy.store.store import Store

DEVICE = "anki"
OWN_FIELD = "nnstudy card"  # the field of a note that carries the id of the card that it came from
BEGINNING = "1970-01-01T00:00:00.000Z"  # a deck in an archive need not be whole: no card is retired for its absence
EARLIEST, LATEST = 315_532_800_000, 7_258_118_400_000  # milliseconds: 1980 and 2200
SUSPENDED = -1  # a queue
IN_REVIEW = 2  # a type of card
LEARN, REVIEW, RELEARN, FILTERED, MANUAL = range(5)
KINDS = {LEARN: "learn", REVIEW: "review", RELEARN: "relearn", FILTERED: "review"}
SAME = 1_000  # milliseconds within which an answer to a card that came home is the one that left
LEAST_FACTOR = 1_300  # of SM-2; FSRS writes the difficulty in its place, from 100 to 1100
SCHEDULER = "anki"

CARDS = """SELECT cards.id, cards.nid, CASE WHEN cards.odid THEN cards.odid ELSE cards.did END, cards.ord, cards.mod,
    cards.type, cards.queue, CASE WHEN cards.odid THEN cards.odue ELSE cards.due END, cards.ivl, cards.factor,
    notes.guid, notes.mid, notes.mod, notes.flds
FROM cards JOIN notes ON notes.id = cards.nid ORDER BY cards.id"""
REVLOG = """SELECT revlog.cid, revlog.id, revlog.ease, revlog.ivl, revlog.factor, revlog.time, revlog.type
FROM revlog ORDER BY revlog.cid, revlog.id"""


@dataclass(frozen=True, slots=True)
class Card:
    """A card of Anki's as it comes in: its id here, where it stands and how it reads."""

    id: str
    deck: int
    kind: str
    wording: str
    added: int  # milliseconds
    read: int
    changed: int
    suspended: bool
    own: bool  # it is one of ours that comes home
    started: tuple[int, int, float | None] | None  # of a card in review: due day, interval and ease


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of Anki's review log."""

    at: int  # milliseconds
    rating: int
    interval: int  # days, or seconds below zero
    factor: int
    duration: int
    type: int
    kind: str = ""
    reset_at: int | None = None  # when it was taken back
    starts: bool = False  # what came before it is missing

    @property
    def rated(self) -> bool:
        return 1 <= self.rating <= 4 and self.type in KINDS

    @property
    def crams(self) -> bool:
        return self.type == FILTERED and self.factor == 0

    @property
    def resets(self) -> bool:
        return self.type == MANUAL and self.factor == 0


class AnkiLines:
    """The lines that a collection amounts to. `zone` is where the days of the reviews begin."""

    def __init__(
        self, collection: Collection, store: Store, zone: tzinfo | None, path: Path, troubles: list[Trouble]
    ) -> None:
        self._collection, self._store, self._zone, self._path = collection, store, zone, path
        self._troubles = troubles
        self._cards: dict[int, Card] = {}
        self._wordings: dict[str, tuple[str, str, int]] = {}

    def __iter__(self) -> Iterator[tuple[int, Line]]:
        with in_words(self._path):
            self._read_cards()
            if not self._cards:
                return
            lines = chain(self._notes(), self._words(), self._places(), self._reviews())
            yield from enumerate(lines, 1)

    # --- cards ----------------------------------------------------------------------------------------------------

    def _read_cards(self) -> None:
        for row in self._collection.db.execute(CARDS):
            if any(isinstance(value, float | bytes) for value in row) or not all(isinstance(v, int) for v in row[:10]):
                raise ValueError(f"card {row[0]!r} is not as Anki writes cards")
            if (card := self._card(*row)) is not None:
                self._cards[row[0]] = card

    def _card(
        self, card: int, note: int, deck: int, place: int, changed: int, type: int, queue: int, due: int, interval: int,
        factor: int, guid: object, note_type: int, read: int, values: object,
    ) -> Card | None:  # fmt: skip
        kind = self._collection.note_types.get(note_type)
        fields = dict(zip(kind.fields, str(values).split("\x1f"), strict=False)) if kind else {}
        found = sides(kind, fields, place) if kind else None
        if kind is None or found is None or deck not in self._collection.decks:
            self._trouble(f"card {card} of Anki's has no note type, template or deck")
            return None
        if not all(EARLIEST <= moment <= LATEST for moment in (read * 1000, changed * 1000)):
            self._trouble(f"card {card} of Anki's was changed at no moment of this age")
            return None
        own = self._store.notes.card(fields.get(OWN_FIELD, "")) if fields.get(OWN_FIELD) else None
        if own is None:
            prompt, answer = text_of(found.question), text_of(found.answer)
            wording = wording_digest(prompt, answer)
            self._wordings.setdefault(wording, (prompt, answer, read * 1000))
        in_review = type == IN_REVIEW and interval > 0
        ease = factor / 1000 if factor >= LEAST_FACTOR else None
        return Card(
            id=own.id if own else f"anki/{_printable(str(guid))}/{place}",
            deck=deck,
            kind="cloze" if kind.is_cloze else "written",
            wording=own.wording if own else wording,
            added=card if EARLIEST <= card <= LATEST else read * 1000,
            read=max(read, changed) * 1000,
            changed=changed * 1000,
            suspended=queue == SUSPENDED,
            own=own is not None,
            started=(due, min(interval, LONGEST_INTERVAL), ease) if in_review else None,
        )

    def _trouble(self, reason: str) -> None:
        self._troubles.append(Trouble(0, reason))

    def _foreign(self) -> list[Card]:
        return [card for card in self._cards.values() if not card.own]

    def _notes(self) -> Iterator[Line]:
        decks = sorted({card.deck for card in self._foreign()})
        for deck in decks:
            title = "::".join(self._collection.decks[deck])
            yield {
                "type": "note", "id": _note(deck), "path": f"anki:{title}", "title": title, "language": "en",
                "digest": "anki", "properties": {}, "desired_retention": None, "added_at": BEGINNING,
                "read_at": BEGINNING,
            }  # fmt: skip
        for deck in decks:
            yield {
                "type": "section", "id": f"{_note(deck)}/cards", "note": _note(deck), "level": 1, "line": 1,
                "headings": list(self._collection.decks[deck]), "position": 0, "experiment": None, "overrides": {},
                "read_at": BEGINNING,
            }  # fmt: skip

    def _words(self) -> Iterator[Line]:
        for digest, (prompt, answer, seen) in self._wordings.items():
            yield {
                "type": "wording", "digest": digest, "prompt": prompt, "answer": answer, "first_seen_at": _stamp(seen),
            }  # fmt: skip

    def _places(self) -> Iterator[Line]:
        for position, card in enumerate(self._foreign()):
            yield {
                "type": "card", "id": card.id, "note": _note(card.deck), "section_id": f"{_note(card.deck)}/cards",
                "kind": card.kind, "wording": card.wording, "line": 1, "position": position,
                "added_at": _stamp(card.added), "read_at": _stamp(card.read),
            }  # fmt: skip
        for card in self._cards.values():
            if card.suspended != self._is_suspended(card.id):
                yield {
                    "type": "card_state", "card": card.id, "name": "suspended",
                    "value": "1" if card.suspended else None, "at": _stamp(card.changed), "device": DEVICE,
                }  # fmt: skip

    def _is_suspended(self, card: str) -> bool:
        known = self._store.notes.card(card)
        return known is not None and known.suspended

    # --- reviews --------------------------------------------------------------------------------------------------

    def _reviews(self) -> Iterator[Line]:
        reviews = self._all_reviews()
        if (first := next(reviews, None)) is not None:
            yield {
                "type": "scheduler", "id": SCHEDULER, "library": "Anki", "parameters": [], "first_used_at": BEGINNING,
            }  # fmt: skip
            yield first
            yield from reviews

    def _all_reviews(self) -> Iterator[Line]:
        unread = set(self._cards)
        for number, rows in groupby(self._collection.db.execute(REVLOG), key=lambda row: row[0]):
            if (card := self._cards.get(number)) is None:
                continue  # the log of a card that was deleted
            unread.discard(number)
            entries = counted(self._entries(rows))
            yield from self._of_card(card, entries)
            if not any(entry.reset_at is None for entry in entries):
                yield from self._start(card)
        for number in sorted(unread):
            yield from self._start(self._cards[number])

    def _entries(self, rows: Iterable[Sequence[int]]) -> list[Entry]:
        entries = []
        for card, *values in rows:
            if all(isinstance(value, int) for value in values) and EARLIEST <= values[0] <= LATEST:
                at, rating, interval, factor, duration, kind = values
                entries.append(Entry(at, rating, interval, factor, duration, kind))
            else:
                self._trouble(f"a review of card {card} of Anki's is at {values[0]!r}, which is no moment of this age")
        return entries

    def _of_card(self, card: Card, entries: Sequence[Entry]) -> Iterator[Line]:
        known = self._known(card) if card.own else {}
        for entry in entries:
            moment = datetime.fromtimestamp(entry.at / 1000, UTC)
            line = self._review(card, entry.at, local_day(moment, self._zone), entry.rating, entry.kind)
            found = [key for key in known if key[1] == entry.rating and abs(key[0] - entry.at) < SAME]
            if found:
                line["id"] = known.pop(min(found, key=lambda key: abs(key[0] - entry.at)))
                if entry.reset_at is None:
                    continue
            line["duration_ms"] = max(0, entry.duration)
            if entry.starts:
                line["interval_days"] = min(max(entry.interval, 1), LONGEST_INTERVAL)
                line["ease"] = entry.factor / 1000 if entry.factor >= LEAST_FACTOR else None
            if entry.reset_at is not None:
                line |= {"retracted_at": _stamp(entry.reset_at), "retracted_by": DEVICE}
            yield line

    def _known(self, card: Card) -> dict[tuple[int, int, str], str]:
        """The ids of the reviews that a card of ours has here, by moment, rating and id."""
        reviews = self._store.log.history(card.id)
        return {(round(r.at.timestamp() * 1000), r.rating, r.id): r.id for r in reviews}

    def _start(self, card: Card) -> Iterator[Line]:
        """A card in review without a review that counts starts from the interval that Anki gave it."""
        if card.started is None or card.own:
            return
        due, interval, ease = card.started
        try:
            created = local_day(datetime.fromtimestamp(self._collection.created, UTC), self._zone)
            day = created + timedelta(days=due - interval)
            at = day_begins(day, self._zone) + timedelta(hours=8)
            moment = round(at.timestamp() * 1000)
        except (OverflowError, ValueError, OSError):
            moment = 0
        if not EARLIEST <= moment <= LATEST:
            self._trouble(f"{card.id} is due on no day of this age")
            return
        yield self._review(card, moment, day, 3, "imported") | {"interval_days": interval, "ease": ease}

    def _review(self, card: Card, at: int, day: date, rating: int, kind: str) -> dict[str, object]:
        return {
            "type": "review", "id": _review_id(at, card.id), "card": card.id, "at": _stamp(at), "day": day.isoformat(),
            "rating": rating, "duration_ms": 0, "kind": kind, "wording": card.wording, "predicted": None,
            "device": DEVICE, "scheduler": SCHEDULER,
        }  # fmt: skip


def counted(entries: Sequence[Entry]) -> list[Entry]:
    """The rated entries of a card in order, as Anki counts them: what a reset took back, and where a history starts.

    As `reviews_for_fsrs` of Anki has it: a history begins after the last reset, or with the last run of learning steps;
    where there is neither, with the first interval of a day or more.
    """
    found: list[Entry] = []
    begun, complete = 0, False
    for entry in entries:
        if entry.resets:
            found, begun, complete = _taken_back(found, begun, entry.at), len(found), False
        elif entry.rated:
            learns = entry.type == LEARN
            steps = [one for one in found[begun:] if one.kind != "cram"]
            if learns and steps and steps[-1].type != LEARN:  # older versions of Anki reset without a word
                found, begun, complete = _taken_back(found, begun, entry.at), len(found), False
            complete = complete or learns
            kind = "cram" if entry.crams else KINDS[entry.type]
            found.append(replace(entry, kind=kind))
    if not complete:
        starts = (n for n in range(begun, len(found)) if found[n].kind != "cram" and _over_days(found[n]))
        if (first := next(starts, None)) is not None:
            found[first] = replace(found[first], kind="imported", starts=True)
    return found


def _over_days(entry: Entry) -> bool:
    return entry.interval >= 1 or entry.interval <= -86_400


def _taken_back(entries: Sequence[Entry], begun: int, at: int) -> list[Entry]:
    return [*entries[:begun], *(replace(entry, reset_at=at) for entry in entries[begun:])]


def _note(deck: int) -> str:
    return f"anki-{deck}"


def _stamp(milliseconds: int) -> str:
    return stamp(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds))


def _printable(guid: str) -> str:
    if 0 < len(guid) <= 100 and guid.isprintable() and "/" not in guid:
        return guid
    return sha256(guid.encode("utf-8", "replace")).hexdigest()


def _review_id(at: int, card: str) -> str:
    """The id of a review: a UUID of version 7 whose random bits follow from the card."""
    return uuid7_from(at, sha256(card.encode()).digest()[:10])
