"""The append-only log of reviews, its retractions, and the schedule that is a cache of it."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter

from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Memory, Rating, Step
from nnstudy.store.notes import MEMORY, memory_of
from nnstudy.store.records import ReviewRow, Undone, moment, stamp, stamp_after, uuid7

MEMORY_COLUMNS = """state, step, stability, difficulty, due_at, due_day, interval_days, first_day, last_day, last_at,
    reviews, lapses"""
WRITE_MEMORY = (
    f"UPDATE schedule SET {', '.join(f'{name.strip()} = ?' for name in MEMORY_COLUMNS.split(','))} WHERE card = ?"
)
NO_CARD = ("", Memory())
IN_ORDER = attrgetter(*(field.name for field in fields(Memory)))


class Log:
    """Reviews, retractions, suspensions and burials of one database. Writers call it inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._last_id = ""

    # --- what is written ------------------------------------------------------------------------------------------

    def add(self, review: ReviewRow, parameters: Iterable[float], library: str, runs: Iterable[str] = ()) -> ReviewRow:
        """Append a review with the runs that belong to it; returns it with its id."""
        review = self._append(review, parameters, library)
        self._db.executemany("INSERT INTO review_run VALUES (?, ?)", [(review.id, run) for run in runs])
        self._note_down("answer", review.card, review.at, review.device, review=review.id)
        return review

    def add_imported(self, review: ReviewRow, parameters: Iterable[float], library: str) -> ReviewRow:
        """Append a review of elsewhere; an undo does not take it back."""
        return self._append(review, parameters, library)

    def _append(self, review: ReviewRow, parameters: Iterable[float], library: str) -> ReviewRow:
        review = replace(review, id=self._new_id(review.at))
        at = stamp(review.at)
        if not self._db.execute("SELECT 1 FROM scheduler WHERE id = ?", (review.scheduler,)).fetchone():
            self._db.execute(
                "INSERT INTO scheduler VALUES (?, ?, ?, ?)",
                (review.scheduler, library, json.dumps(list(parameters)), at),
            )
        self._db.execute(
            """INSERT INTO review (id, card, at, day, rating, duration_ms, kind, wording, predicted, device, scheduler,
                interval_days, ease) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (review.id, review.card, at, review.day.isoformat(), int(review.rating), review.duration_ms, review.kind)
            + (review.wording, review.predicted, review.device, review.scheduler, review.interval_days, review.ease),
        )
        return review

    def schedule(self, card: str, memory: Memory) -> None:
        """Write what the log now says of a card's memory."""
        self._db.execute(WRITE_MEMORY, (*_columns(memory), card))

    def set_state(self, card: str, name: str, value: str | None, at: datetime, device: str) -> None:
        """Suspend (name "suspended", value "1" or None) or bury (name "buried_until", value a day or None) a card."""
        row = self._db.execute("SELECT value FROM card_state WHERE card = ? AND name = ?", (card, name)).fetchone()
        action = "suspend" if name == "suspended" else "bury"
        self._note_down(action, card, at, device, previous=json.dumps(row[0] if row else None))
        self._write_state(card, name, value, at, device)

    def undo(self, at: datetime, device: str) -> Undone | None:
        """Take back this machine's latest answer, suspension or burial that still stands; None when there is none.

        After an answer the caller writes the card's memory anew from `steps`.
        """
        row = self._db.execute(
            """SELECT id, action, card, review, previous FROM journal
            WHERE device = ? AND action != 'undo' AND id NOT IN (SELECT undoes FROM journal WHERE undoes IS NOT NULL)
            ORDER BY rowid DESC LIMIT 1""",
            (device,),
        ).fetchone()
        if row is None:
            return None
        entry, action, card, review, previous = row
        if action == "answer":
            self._db.execute(
                "INSERT INTO retraction VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (review, stamp(at), device)
            )
        else:
            name = "suspended" if action == "suspend" else "buried_until"
            self._write_state(card, name, json.loads(previous), at, device)
        self._note_down("undo", card, at, device, undoes=entry)
        return Undone(action, card)

    def _write_state(self, card: str, name: str, value: str | None, at: datetime, device: str) -> None:
        row = self._db.execute("SELECT at FROM card_state WHERE card = ? AND name = ?", (card, name)).fetchone()
        self._db.execute(
            """INSERT INTO card_state VALUES (?, ?, ?, ?, ?) ON CONFLICT (card, name)
            DO UPDATE SET value = excluded.value, at = excluded.at, device = excluded.device""",
            (card, name, value, stamp_after(at, row[0] if row else ""), device),
        )
        cached = (value or 0) if name == "suspended" else value
        self._db.execute(f"UPDATE schedule SET {name} = ? WHERE card = ?", (cached, card))

    def _note_down(
        self, action: str, card: str, at: datetime, device: str,
        *, review: str | None = None, previous: str | None = None, undoes: str | None = None,
    ) -> None:  # fmt: skip
        self._db.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._new_id(at), stamp(at), device, action, card, review, previous, undoes),
        )

    def _new_id(self, at: datetime) -> str:
        self._last_id = uuid7(at, self._last_id)
        return self._last_id

    # --- what is read ---------------------------------------------------------------------------------------------

    def steps(self, card: str) -> list[Step]:
        """The reviews of a card that still stand, in the order of their moments: what a replay takes."""
        rows = self._db.execute(f"SELECT {STEP} {STANDING} AND review.card = ? ORDER BY review.at, review.id", (card,))
        return [_step(*row) for row in rows]

    def all_steps(self, chosen: bool = False) -> Iterator[tuple[str, list[Step]]]:
        """Every card with a review that stands (of the chosen ones), in the order of ids, with its `steps`."""
        among = f"AND review.card IN {CHOSEN}" if chosen else ""
        rows = self._db.execute(
            f"SELECT review.card, {STEP} {STANDING} {among} ORDER BY review.card, review.at, review.id"
        )
        card, steps = "", list[Step]()
        for row_card, *step in rows:
            if row_card != card:
                if steps:
                    yield card, steps
                card, steps = row_card, []
            steps.append(_step(*step))
        if steps:
            yield card, steps

    def memory(self, card: str) -> Memory:
        """The cached memory of a card; StudyError when there is no such card."""
        row = self._db.execute(f"SELECT {MEMORY} FROM schedule WHERE card = ?", (card,)).fetchone()
        if row is None:
            raise StudyError(f"card {card!r} is unknown; `nnstudy cards` lists them all")
        return memory_of(row)

    def choose(self, cards: Iterable[str]) -> None:
        """Choose the cards, however many, that `all_steps` and `repair` look at when told to."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (card TEXT PRIMARY KEY)")
        self._db.execute("DELETE FROM chosen")
        self._db.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", ((card,) for card in cards))

    def repair(
        self,
        derived: Iterable[tuple[str, Memory]],
        progress: Callable[[int, int], None],
        chosen: bool = False,
    ) -> list[str]:
        """Bring the cache (of the chosen cards) to what was derived, in the order of card ids.

        A card that is not among the derived has no review that stands. Returns the cards whose cache differed.
        """
        among = f"WHERE card IN {CHOSEN}" if chosen else ""
        total = self._db.execute(f"SELECT count(*) FROM schedule {among}").fetchone()[0]
        rows = self._db.execute(f"SELECT card, {MEMORY} FROM schedule {among} ORDER BY card")
        remaining, wrong = iter(derived), []
        card, memory = next(remaining, NO_CARD)
        for done, (row_card, *cached) in enumerate(rows):
            while card and card < row_card:
                card, memory = next(remaining, NO_CARD)
            wanted = _columns(memory if card == row_card else Memory())
            if cached != wanted:
                wrong.append((*wanted, row_card))
            if done % 1000 == 0:
                progress(done, total)
        self._db.executemany(WRITE_MEMORY, wrong)
        progress(total, total)
        return [row[-1] for row in wrong]

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
            yield replace(review, retracted_at=gone, interval_days=interval, ease=ease) if gone or interval else review

    def size(self) -> int:
        """How many reviews were ever logged."""
        return int(self._db.execute("SELECT count(*) FROM review").fetchone()[0])


CHOSEN = "(SELECT card FROM chosen)"
STEP = "review.at, review.day, review.rating, review.interval_days, review.ease"
STANDING = """FROM review LEFT JOIN retraction ON retraction.review = review.id
    WHERE retraction.review IS NULL AND review.kind != 'cram'"""


RATINGS = {rating.value: rating for rating in Rating}
day_of = lru_cache(10_000)(date.fromisoformat)  # a million reviews fall on a few thousand days


def _step(at: str, day: str, rating: int, interval: int | None, ease: float | None) -> Step:
    return Step(moment(at), day_of(day), RATINGS[rating], interval, ease)


def _columns(memory: Memory) -> list[object]:
    return [
        stamp(value) if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else value
        for value in IN_ORDER(memory)
    ]
