"""Cards with their schedule and history as an Anki archive.

The format is the oldest that Anki reads, a zip of `collection.anki2` (schema 11) and an empty list of media: every
Anki, AnkiDroid and AnkiMobile takes it, it needs nothing but SQLite and JSON, and memory states, due days and the
review log have a place in it. A note keeps its guid, which follows from the card's id, so that a second import changes
notes and does not double them.
"""

import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

from nnstudy.errors import StudyError
from nnstudy.history.anki_in import OWN_FIELD
from nnstudy.history.outgoing import Outgoing
from nnstudy.memory.scheduler import Memory, Rating, Scheduler, Step, day_begins
from nnstudy.notes.clozes import GAP
from nnstudy.notes.html import html_of
from nnstudy.store.records import ReviewRow, StoredCard

BASIC, CLOZE = 1_732_100_000_001, 1_732_100_000_002  # ids of the note types: the same in every export
OPTIONS = 1_732_100_000_003
SCHEMA = """
CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL,
    ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL,
    models text NOT NULL, decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL,
    usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL,
    flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL,
    mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL,
    ivl integer NOT NULL, factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL,
    left integer NOT NULL, odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL,
    ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL,
    type integer NOT NULL);
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_notes_csum ON notes (csum);
CREATE INDEX ix_revlog_cid ON revlog (cid)
"""
CSS = (
    ".card { font-family: sans-serif; font-size: 20px; text-align: center; } .cloze { font-weight: bold; color: #06c; }"
)
TYPES = {"new": 0, "learning": 1, "review": 2, "relearning": 3}  # of cards
KINDS = {"new": 0, "learning": 0, "review": 1, "relearning": 2}  # of reviews
CRAM, RESET, SM2_EASE = 3, 4, 2_500
SUSPENDED, BURIED = -1, -3  # queues
KNOWN = """SELECT count(*), min(first_day) FROM card JOIN schedule ON schedule.card = card.id
WHERE card.retired_at IS NULL AND NOT (card.kind = 'open' AND card.settled_by IS NULL)
    AND (:note IS NULL OR card.note = :note)"""


def write(out: Outgoing) -> None:
    """An archive with the cards of the note (or of all) that stand in it, as bytes into the file beneath."""
    if out.file.isatty():
        raise StudyError("an Anki archive is no text for a terminal; name a file with --output FILE.apkg")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder, "collection.anki2")
        with closing(sqlite3.connect(database)) as db:
            db.executescript(SCHEMA)
            _Archive(out, db).fill()
            db.commit()
        with zipfile.ZipFile(out.file.buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(database, "collection.anki2")
            archive.writestr("media", "{}")


class _Archive:
    """Fills a collection of Anki's."""

    def __init__(self, out: Outgoing, db: sqlite3.Connection) -> None:
        self._out, self._db = out, db
        self._decks: dict[str, int] = {}
        self._next_free: dict[tuple[str, int], int] = {}
        self._now = int(out.now.timestamp())
        self._first = out.today

    def fill(self) -> None:
        store, note = self._out.store, self._out.note
        count, first = store.connection.execute(KNOWN, {"note": note}).fetchone()
        self._first = date.fromisoformat(first) if first else self._out.today
        cards = (card for card in store.notes.each_card(note) if not card.is_open)
        for position, card in enumerate(self._out.counted(cards, count)):
            rows = [review for review in store.log.history(card.id) if review.retracted_at is None]
            scheduler = self._out.scheduler(card.desired_retention)
            number = self._free("notes", _milliseconds(store.notes.added_at(card.id)))
            self._note(card, number)
            self._card(card, number, position, scheduler)
            for at, *rest in _whole_revlog(card.id, rows[::-1], scheduler, store.log.anew_since(card.id)):
                row = (self._free("revlog", at), number, *rest)
                self._db.execute("INSERT INTO revlog VALUES (?, ?, -1, ?, ?, ?, ?, ?, ?)", row)
        self._collection(count)

    def _free(self, table: str, milliseconds: int) -> int:
        """Anki's ids are moments in milliseconds: where one is taken, the next free one."""
        number = self._next_free.get((table, milliseconds), milliseconds)
        while self._db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (number,)).fetchone():
            number += 1
        if number != milliseconds:  # many may have one moment: they are not all counted through for each
            self._next_free[table, milliseconds] = number + 1
        return number

    def _note(self, card: StoredCard, number: int) -> None:
        fields, note_type = _fields(card)
        text = "\x1f".join((*fields, card.id))
        checksum = int(sha1(fields[0].encode()).hexdigest()[:8], 16)
        self._db.execute(
            "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')",
            (number, guid(card.id), note_type, self._now, f" {_tag(card.section)} ", text, fields[0], checksum),
        )

    def _card(self, card: StoredCard, number: int, position: int, scheduler: Scheduler) -> None:
        memory = card.memory
        kind = TYPES[memory.state]
        queue, due = self._due(memory, position)
        if card.buried_until is not None and card.buried_until > self._out.today:
            queue = BURIED
        if card.suspended:
            queue = SUSPENDED
        ease = 0 if memory.state == "new" else SM2_EASE
        steps = scheduler.policy.learning_steps if kind == 1 else scheduler.policy.relearning_steps
        left = max(1, len(steps) - memory.step) if kind in (1, 3) else 0
        self._db.execute(
            "INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?)",
            (number, number, self._deck(card.note_title), self._now, kind, queue, due, memory.interval, ease)
            + (memory.reviews, memory.lapses, left, _data(memory, scheduler, position)),
        )

    def _due(self, memory: Memory, position: int) -> tuple[int, int]:
        """The queue of a card, and its place, its moment in seconds or its day since the collection began."""
        if memory.due_day is not None:
            return 2, (memory.due_day - self._first).days
        if memory.due_at is not None:
            return 1, int(memory.due_at.timestamp())
        return 0, position

    def _deck(self, title: str) -> int:
        name = "".join(letter for letter in title.replace("::", ":") if letter.isprintable()).strip() or "nnstudy"
        if name not in self._decks:
            self._decks[name] = 1_600_000_000_000 + int.from_bytes(sha256(name.encode()).digest()[:5], "big") % 10**11
        return self._decks[name]

    def _collection(self, cards: int) -> None:
        begins = day_begins(self._first, self._out.zone)
        west = -_offset(begins.astimezone(self._out.zone))
        configuration = {
            "schedVer": 2, "sched2021": True, "creationOffset": west, "rollover": 4, "nextPos": cards + 1, "fsrs": True,
            "curModel": BASIC, "curDeck": 1, "activeDecks": [1], "sortType": "noteFld", "sortBackwards": False,
            "newSpread": 0, "collapseTime": 1200, "timeLim": 0, "estTimes": True, "dueCounts": True, "addToCur": True,
        }  # fmt: skip
        models = {str(number): _model(number, self._now) for number in (BASIC, CLOZE)}
        decks = {"1": _deck(1, "Default", 1, self._now)}
        decks |= {str(number): _deck(number, name, OPTIONS, self._now) for name, number in self._decks.items()}
        scheduler = self._out.scheduler(None)
        options = {"1": _options(1, "Default", scheduler), str(OPTIONS): _options(OPTIONS, "nnstudy", scheduler)}
        written = [json.dumps(value, ensure_ascii=False) for value in (configuration, models, decks, options)]
        self._db.execute(
            "INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')",
            (int(begins.timestamp()), self._now * 1000, self._now * 1000, *written),
        )


def guid(card: str) -> str:
    """The name by which Anki knows a card again, in whatever collection."""
    return sha256(f"nnstudy\0{card}".encode()).hexdigest()[:20]


# --- what is in a note ---------------------------------------------------------------------------------------------


def _fields(card: StoredCard) -> tuple[tuple[str, str], int]:
    """The HTML of the two sides, and the type of the note: a cloze only where it is clear which words fill its gaps."""
    gaps = card.prompt.count(GAP)
    words = [card.answer] if gaps == 1 else card.answer.split(", ")
    if card.kind != "cloze" or not gaps or len(words) != gaps:
        return (html_of(card.prompt), html_of(card.answer)), BASIC
    text, fillings = card.prompt, []
    for number, word in enumerate(words):
        before, _, after = text.partition(GAP)
        hint = ""
        if after.startswith(" (") and ")" in after:
            hint, _, after = after[2:].partition(")")
        fillings.append("{{c1::" + _inside(html_of(word)) + (f"::{_inside(html_of(hint))}" if hint else "") + "}}")
        text = f"{before}\ue000{number}\ue001{after}"
    return (html_of(text, tuple(fillings)), ""), CLOZE


def _inside(html: str) -> str:
    """What may stand in a gap: neither its end nor the mark before a hint."""
    return html.replace("}}", "} }").replace("}}", "} }").replace("::", ":<!-- -->:")


def _tag(section: Sequence[str]) -> str:
    return "::".join("_".join(heading.replace("::", ":").split()) for heading in section) or "nnstudy"


# --- what Anki knows of a card's memory ------------------------------------------------------------------------------


def _whole_revlog(
    card: str, reviews: Sequence[ReviewRow], scheduler: Scheduler, anew: datetime | None
) -> Iterator[tuple[int, ...]]:
    """The log of a card, with the row by which Anki resets one that was started anew."""
    before = [review for review in reviews if anew is not None and review.at <= anew]
    if anew is not None and before:
        yield from _revlog(card, before, scheduler)
        yield _milliseconds(anew), 0, 0, 0, 0, 0, RESET
    yield from _revlog(card, reviews[len(before) :], scheduler)


def _revlog(card: str, reviews: Sequence[ReviewRow], scheduler: Scheduler) -> Iterator[tuple[int, ...]]:
    """Moment, rating, interval, the one before, factor, duration and type of each review: days, or seconds below 0."""
    memory, interval = Memory(), 0
    for review in reviews:
        at = _milliseconds(review.at)
        if review.kind == "cram":
            yield at, review.rating, interval, interval, 0, review.duration_ms, CRAM
            continue
        step = Step(review.at, review.day, Rating(review.rating), review.interval_days, review.ease)
        after = scheduler.review(card, memory, step)
        last, interval = interval, _interval(after, review.at)
        if step.interval is not None:  # what another scheduler gave: Anki starts a card from it, too
            factor, kind = round((review.ease or 2.5) * 1000), 1
        else:
            factor, kind = round((((after.difficulty or 1) - 1) / 9 + 0.1) * 1000), KINDS[memory.state]
        yield at, review.rating, interval, last, factor, review.duration_ms, kind
        memory = after


def _interval(memory: Memory, at: datetime) -> int:
    if memory.due_at is None:
        return memory.interval
    return -max(1, round((memory.due_at - at) / timedelta(seconds=1)))


def _data(memory: Memory, scheduler: Scheduler, position: int) -> str:
    if memory.stability is None or memory.difficulty is None or memory.last_at is None:
        return json.dumps({"pos": position})
    policy = scheduler.policy
    known = {"pos": position, "s": memory.stability, "d": memory.difficulty, "dr": policy.desired_retention}
    return json.dumps(known | {"decay": policy.parameters[20], "lrt": int(memory.last_at.timestamp())})


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _offset(moment: datetime) -> int:
    """Minutes by which the clocks of a place are ahead of UTC."""
    return int((moment.utcoffset() or timedelta()) / timedelta(minutes=1))


# --- what Anki wants to be told besides ------------------------------------------------------------------------------


def _model(number: int, now: int) -> dict[str, Any]:
    cloze = number == CLOZE
    names = ("Text", "Extra", OWN_FIELD) if cloze else ("Front", "Back", OWN_FIELD)
    question = "{{cloze:Text}}" if cloze else "{{Front}}"
    answer = "{{cloze:Text}}<br>{{Extra}}" if cloze else "{{FrontSide}}<hr id=answer>{{Back}}"
    card = {"name": "Card 1", "ord": 0, "qfmt": question, "afmt": answer, "bqfmt": "", "bafmt": "", "did": None}
    shown = {"sticky": False, "rtl": False, "font": "Arial", "size": 20, "media": []}
    return {
        "id": number, "name": "nnstudy cloze" if cloze else "nnstudy", "type": int(cloze), "mod": now, "usn": -1,
        "sortf": 0, "did": 1, "css": CSS, "latexPre": "", "latexPost": "", "tags": [], "vers": [], "tmpls": [card],
        "flds": [{"name": name, "ord": place, **shown} for place, name in enumerate(names)],
        "req": [] if cloze else [[0, "any", [0]]],
    }  # fmt: skip


def _deck(number: int, name: str, options: int, now: int) -> dict[str, Any]:
    return {
        "id": number, "name": name, "mod": now, "usn": -1, "conf": options, "dyn": 0, "collapsed": False, "desc": "",
        "browserCollapsed": False, "extendNew": 0, "extendRev": 0, "newToday": [0, 0], "revToday": [0, 0],
        "lrnToday": [0, 0], "timeToday": [0, 0],
    }  # fmt: skip


def _options(number: int, name: str, scheduler: Scheduler) -> dict[str, Any]:
    policy = scheduler.policy
    again, learning = ([seconds / 60 for seconds in s] for s in (policy.relearning_steps, policy.learning_steps))
    return {
        "id": number, "name": name, "mod": 0, "usn": -1, "maxTaken": 60, "autoplay": True, "timer": 0, "replayq": True,
        "dyn": False, "desiredRetention": policy.desired_retention, "fsrsParams6": list(policy.parameters),
        "new": {
            "delays": learning, "ints": [1, 4, 7], "initialFactor": SM2_EASE, "order": 1, "perDay": 20, "bury": False,
            "separate": True,
        },
        "lapse": {"delays": again, "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0},
        "rev": {
            "perDay": 9999, "ease4": 1.3, "fuzz": 0.05, "ivlFct": 1, "maxIvl": policy.maximum_interval, "bury": False,
            "minSpace": 1,
        },
    }  # fmt: skip
