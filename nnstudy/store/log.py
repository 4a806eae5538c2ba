"""The append-only log of reviews, its retractions, and the schedule that is a cache of it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from nnstudy.memory.moving import Move
from nnstudy.memory.scheduler import Memory, Rating, Step
from nnstudy.store.notes import MEMORY, memory_of
from nnstudy.store.records import LINKS, ReviewRow, Undone, moment, stamp, stamp_after, unknown_card, uuid7
from nnstudy.store.registers import move_of

MEMORY_COLUMNS = """state, step, stability, difficulty, due_at, due_day, interval_days, first_day, last_day, last_at,
    reviews, lapses"""
NAMES = [name.strip() for name in MEMORY_COLUMNS.split(",")]
# The values, then the card: only a row that says something else is changed, and the index of due days follows.
WRITE_MEMORY = f"""UPDATE schedule SET {", ".join(f"{name} = ?{place}" for place, name in enumerate(NAMES, 1))},
    due_from = ?{NAMES.index("due_day") + 1}
    WHERE card = ?{len(NAMES) + 1}
    AND ({MEMORY_COLUMNS}) IS NOT ({", ".join(f"?{place}" for place, _ in enumerate(NAMES, 1))})"""


class Log:
    """Reviews, retractions, suspensions and burials of one database. Writers call it inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._last_id = ""
        self._schedulers = set[str]()  # those that the database has

    # --- what is written ------------------------------------------------------------------------------------------

    def add(self, review: ReviewRow, parameters: Iterable[float], library: str, runs: Iterable[str] = ()) -> ReviewRow:
        """Append a review with the runs that belong to it; returns it with its id (`new_id`, where it has none)."""
        review = self._append(review, parameters, library)
        if belonging := [(review.id, run) for run in runs]:
            self._db.executemany("INSERT INTO review_run VALUES (?, ?)", belonging)
        return review

    def add_imported(self, review: ReviewRow, parameters: Iterable[float], library: str) -> ReviewRow:
        """Append a review of elsewhere; an undo does not take it back."""
        return self._append(review, parameters, library)

    def _append(self, review: ReviewRow, parameters: Iterable[float], library: str) -> ReviewRow:
        at, review = stamp(review.at), review if review.id else review._replace(id=self.new_id(review.at))
        if review.scheduler not in self._schedulers:
            self._know(review.scheduler, parameters, library, at)
        self._db.execute(
            """INSERT INTO review (id, card, at, day, rating, duration_ms, kind, wording, predicted, device, scheduler,
                interval_days, ease) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (review.id, review.card, at, review.day.isoformat(), int(review.rating), review.duration_ms, review.kind)
            + (review.wording, review.predicted, review.device, review.scheduler, review.interval_days, review.ease),
        )
        return review

    def _know(self, scheduler: str, parameters: Iterable[float], library: str, at: str) -> None:
        """Keep what a review was scheduled by; remembered once it was there before, since a rollback takes it away."""
        if self._db.execute("SELECT 1 FROM scheduler WHERE id = ?", (scheduler,)).fetchone():
            self._schedulers.add(scheduler)
            return
        row = (scheduler, library, json.dumps(list(parameters)), at)
        self._db.execute("INSERT INTO scheduler VALUES (?, ?, ?, ?)", row)

    def schedule(self, card: str, memory: Memory, before: Memory | None = None) -> bool:
        """Write what the log now says of a card's memory; whether the schedule said something else.

        Given what stands there, only what is different is written: an index is touched when a column of it is, whether
        its value changes or not.
        """
        if before is None:
            return self._db.execute(WRITE_MEMORY, (*_columns(memory), card)).rowcount > 0
        places = [place for place, (now, then) in enumerate(zip(memory, before, strict=True)) if now != then]
        if places:
            columns = ", ".join([f"{NAMES[place]} = ?" for place in places])
            values = [_column(memory[place]) for place in places]
            self._db.execute(f"UPDATE schedule SET {columns} WHERE card = ?", (*values, card))
        return bool(places)

    def latest(self, card: str) -> datetime | None:
        """When a card was answered last; None where it never was."""
        (at,) = self._db.execute("SELECT max(at) FROM review WHERE card = ?", (card,)).fetchone()
        return moment(at) if at else None

    def follow_due(self, cards: Iterable[str]) -> None:
        """Let the index of due days follow these cards; until then it has them where they were, among what is due."""
        self._db.executemany("UPDATE schedule SET due_from = due_day WHERE card = ?", ((card,) for card in cards))

    def correct(self, cards: Sequence[str], schedule: Mapping[str, Sequence[object]]) -> list[str]:
        """Write what it is to say of many cards, column by column ("" for none); returns the cards that differed."""
        columns = ([None if value == "" else value for value in schedule[name]] for name in NAMES)
        wanted = dict(zip(cards, zip(*columns, strict=True), strict=True))
        between = "WHERE card BETWEEN ? AND ?"
        rows = self._db.execute(f"SELECT card, {MEMORY} FROM schedule {between}", (cards[0], cards[-1]))
        differing = sorted(card for card, *cached in rows if tuple(cached) != wanted[card])
        self._db.executemany(WRITE_MEMORY, ((*wanted[card], card) for card in differing))
        return differing

    def cards(self) -> int:
        """How many cards the schedule has."""
        return int(self._db.execute("SELECT count(*) FROM schedule").fetchone()[0])

    def set_state(self, card: str, name: str, value: str | None, at: datetime, device: str, deed: str = "") -> None:
        """Say something of a card (see `nnstudy.store.registers`); what has the same `deed` is undone at once.

        Where the schedule follows it, the caller derives it anew.
        """
        row = self._db.execute("SELECT value FROM card_state WHERE card = ? AND name = ?", (card, name)).fetchone()
        action = ACTIONS.get(name, "set")
        previous = json.dumps(row[0] if row else None)
        self._note_down(action, card, at, device, previous=previous, state=name, deed=deed or None)
        self._write_state(card, name, value, at, device)

    def note_link(self, card: str, how: str, other: str, at: datetime, device: str) -> None:
        """Note that a text was brought from one card to another, so that an undo takes it back."""
        self._note_down("set", card, at, device, previous=json.dumps(other), state=how)

    def undo(self, at: datetime, device: str) -> Undone | None:
        """Take back this machine's latest answer or deed that still stands; None when there is none.

        Where the schedule follows it, the caller derives it anew; a link it takes back itself.
        """
        answer = self._db.execute(LATEST_ANSWER, (device,)).fetchone()
        deed = self._db.execute(LATEST_DEED, (device,)).fetchone()
        if answer is not None and (deed is None or answer[0] > deed[0]):
            _, review, card = answer
            self._db.execute("INSERT INTO retraction VALUES (?, ?, ?)", (review, stamp(at), device))
            return Undone("answer", card, (card,))
        return None if deed is None else self._take_back(deed[1:], at, device)

    def _take_back(self, row: Sequence[str], at: datetime, device: str) -> Undone:
        """Take back a deed, with all that was done at once."""
        if row[4] in LINKS:
            self._note_down("undo", row[2], at, device, undoes=row[0])
            return Undone(row[1], row[2], (row[2], json.loads(row[3])), frozenset({row[4]}))
        rows, deed = [row], row[-1]
        if deed is not None:
            rows = self._db.execute(
                f"SELECT {DEED} FROM journal WHERE deed = ? AND device = ? ORDER BY rowid DESC", (deed, device)
            ).fetchall()
        for entry, action, card, previous, said, _ in rows:
            self._write_state(card, said or STATES[action], json.loads(previous), at, device)
            self._note_down("undo", card, at, device, undoes=entry)
        names = frozenset(said or STATES[action] for _, action, _, _, said, _ in rows)
        return Undone(row[1], card, tuple(dict.fromkeys(row[2] for row in rows)), names)

    def _write_state(self, card: str, name: str, value: str | None, at: datetime, device: str) -> None:
        row = self._db.execute("SELECT at FROM card_state WHERE card = ? AND name = ?", (card, name)).fetchone()
        self._db.execute(
            """INSERT INTO card_state VALUES (?, ?, ?, ?, ?) ON CONFLICT (card, name)
            DO UPDATE SET value = excluded.value, at = excluded.at, device = excluded.device""",
            (card, name, value, stamp_after(at, row[0] if row else ""), device),
        )
        if name in CACHED:
            cached = (value or 0) if name == "suspended" else value
            self._db.execute(f"UPDATE schedule SET {name} = ? WHERE card = ?", (cached, card))

    def _note_down(
        self, action: str, card: str, at: datetime, device: str,
        *, previous: str | None = None, undoes: str | None = None, state: str | None = None, deed: str | None = None,
    ) -> None:  # fmt: skip
        self._db.execute(
            """INSERT INTO journal (id, at, device, action, card, previous, undoes, state, deed, after_review)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM review ORDER BY rowid DESC LIMIT 1))""",
            (self.new_id(at), stamp(at), device, action, card, previous, undoes, state, deed),
        )

    def new_id(self, at: datetime) -> str:
        """An id for a review, or for what is done to several cards at once; it begins with its moment."""
        self._last_id = uuid7(at, self._last_id)
        return self._last_id

    # --- what is read ---------------------------------------------------------------------------------------------

    def steps(self, card: str) -> list[Step]:
        """The reviews of a card that still count, in the order of their moments: what a replay takes."""
        since = self.said(card, "anew_since") or ""
        rows = self._db.execute(f"SELECT {STEP} {STANDING} AND review.card = ? ORDER BY review.at, review.id", (card,))
        return [_step(*row) for row in rows if row[0] > since]

    def anew_since(self, card: str) -> datetime | None:
        """The moment up to which a card's reviews do not count; None when all do."""
        said = self.said(card, "anew_since")
        return moment(said) if said else None

    def move(self, card: str) -> Move | None:
        """The due date that was set for a card."""
        said = self.said(card, "due")
        return move_of(said) if said else None

    def moves(self) -> dict[str, Move]:
        """The due dates that were set for cards."""
        return {card: move_of(value) for card, value in self._all_said("due")}

    def all_anew_since(self) -> dict[str, str]:
        """The moments up to which reviews do not count, of the cards that were started anew."""
        return dict(self._all_said("anew_since"))

    def said(self, card: str, name: str) -> str | None:
        """What a person said of a card last (see `nnstudy.store.registers`)."""
        row = self._db.execute("SELECT value FROM card_state WHERE card = ? AND name = ?", (card, name)).fetchone()
        return row[0] if row else None

    def _all_said(self, name: str) -> sqlite3.Cursor:
        return self._db.execute("SELECT card, value FROM card_state WHERE name = ? AND value IS NOT NULL", (name,))

    def all_steps(self) -> Iterator[tuple[str, list[Step]]]:
        """Every card with a review that counts, in the order of ids, with its `steps`."""
        since = self.all_anew_since()
        rows = self._db.execute(f"SELECT review.card, {STEP} {STANDING} ORDER BY review.card, review.at, review.id")
        for card, of_card in groupby(rows, key=itemgetter(0)):
            if steps := [_step(*step) for _, *step in of_card if step[0] > since.get(card, "")]:
                yield card, steps

    def memory(self, card: str) -> Memory:
        """The cached memory of a card; StudyError when there is no such card."""
        row = self._db.execute(f"SELECT {MEMORY} FROM schedule WHERE card = ?", (card,)).fetchone()
        if row is None:
            raise unknown_card(card)
        return memory_of(row)

    def repair_states(self) -> list[str]:
        """Derive suspensions and burials in the cache anew; returns the cards whose cache differed."""
        rows = self._db.execute(
            """SELECT schedule.card, suspended.value IS NOT NULL, buried.value FROM schedule
            LEFT JOIN card_state AS suspended ON suspended.card = schedule.card AND suspended.name = 'suspended'
            LEFT JOIN card_state AS buried ON buried.card = schedule.card AND buried.name = 'buried_until'
            WHERE schedule.suspended != (suspended.value IS NOT NULL) OR schedule.buried_until IS NOT buried.value"""
        ).fetchall()
        self._db.executemany(
            "UPDATE schedule SET suspended = ?, buried_until = ? WHERE card = ?", [(s, b, c) for c, s, b in rows]
        )
        return [row[0] for row in rows]

    def history(
        self, card: str | None = None, note: str | None = None, since: datetime | None = None
    ) -> Iterator[ReviewRow]:
        """The log, newest first, retracted reviews among it."""
        of_card = "TRUE" if card is None else "review.card = :card"  # written so that an index finds a card's reviews
        rows = self._db.execute(
            f"""SELECT review.card, review.at, day, rating, duration_ms, kind, review.wording, predicted, review.device,
                scheduler, review.id, retraction.at, interval_days, ease
            FROM review LEFT JOIN retraction ON retraction.review = review.id
            WHERE {of_card} AND (:since IS NULL OR review.at >= :since)
                AND (:note IS NULL OR review.card IN (SELECT id FROM card WHERE note = :note))
            ORDER BY review.at DESC, review.id DESC""",
            {"card": card, "note": note, "since": stamp(since) if since else None},
        )
        for row in rows:
            card_id, at, day, *rest, retracted, interval, ease = row
            gone = moment(retracted) if retracted else None
            review = ReviewRow(card_id, moment(at), date.fromisoformat(day), *rest)
            yield review._replace(retracted_at=gone, interval_days=interval, ease=ease) if gone or interval else review

    def size(self, note: str | None = None) -> int:
        """How many reviews (of a note) were ever logged."""
        of_note = "" if note is None else "WHERE card IN (SELECT id FROM card WHERE note = ?)"
        given = () if note is None else (note,)
        return int(self._db.execute(f"SELECT count(*) FROM review {of_note}", given).fetchone()[0])


ACTIONS = {"suspended": "suspend", "buried_until": "bury"}
STATES = {action: name for name, action in ACTIONS.items()}
CACHED = frozenset(ACTIONS)  # columns of the schedule
LATEST_ANSWER = """SELECT rowid, id, card FROM review
    WHERE device = ? AND kind != 'imported' AND id NOT IN (SELECT review FROM retraction) ORDER BY rowid DESC LIMIT 1"""
DEED = "id, action, card, previous, state, deed"
LATEST_DEED = f"""SELECT coalesce((SELECT rowid FROM review WHERE id = after_review), 0), {DEED} FROM journal
    WHERE device = ? AND action NOT IN ('answer', 'undo')
        AND id NOT IN (SELECT undoes FROM journal WHERE undoes IS NOT NULL) ORDER BY rowid DESC LIMIT 1"""
STEP = "review.at, review.day, review.rating, review.interval_days, review.ease"
STANDING = """FROM review LEFT JOIN retraction ON retraction.review = review.id
    WHERE retraction.review IS NULL AND review.kind != 'cram'"""


RATINGS = {rating.value: rating for rating in Rating}
day_of = lru_cache(10_000)(date.fromisoformat)  # a million reviews fall on a few thousand days


def _step(at: str, day: str, rating: int, interval: int | None, ease: float | None) -> Step:
    return Step(moment(at), day_of(day), RATINGS[rating], interval, ease)


def _columns(memory: Memory) -> list[object]:
    return [_column(value) for value in memory]


def _column(value: object) -> object:
    return stamp(value) if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else value
