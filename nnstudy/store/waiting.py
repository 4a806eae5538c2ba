"""What waits to be asked: cards by state and day, and how many there are."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from nnstudy.memory.queue import Due, Learning
from nnstudy.memory.scheduler import Memory
from nnstudy.store.notes import MEMORY, OPEN, memory_of
from nnstudy.store.records import SectionState, moment, stamp

ASKABLE = f"""card.retired_at IS NULL AND card.id NOT IN {OPEN} AND schedule.suspended = 0
    AND coalesce(schedule.buried_until, '') <= :day"""
# The same without a look at each card's own row: of ten thousand due cards, the few that left their note are set aside.
WAITING = f"""
FROM schedule WHERE suspended = 0 AND coalesce(buried_until, '') <= :day
    AND card NOT IN (SELECT id FROM card WHERE retired_at IS NOT NULL) AND card NOT IN {OPEN}
    AND (:note IS NULL OR card IN (SELECT id FROM card WHERE note = :note))
    AND (:sections IS NULL OR card IN (SELECT id FROM card WHERE section IN (SELECT value FROM json_each(:sections))))
"""
NEW = f"""SELECT note.id, card.id FROM card JOIN note ON note.id = card.note JOIN schedule ON schedule.card = card.id
WHERE {ASKABLE} AND state = 'new'
    AND (:sections IS NULL OR card.section IN (SELECT value FROM json_each(:sections)))"""
# Found by an index, then read in the order in which they lie in the file: of ten thousand, each page once.
IN_LEARNING = "SELECT rowid FROM schedule WHERE state IN ('learning', 'relearning')"
IN_REVIEW = """state = 'review' AND due_day <= :day  -- of those that the index has, some may have been answered since
    AND rowid IN (SELECT rowid FROM schedule WHERE due_from <= :day)"""
UNBEGUN = "FROM schedule INDEXED BY schedule_first_day WHERE first_day IS NULL"
FEW = 2_000


class Waiting:
    """Which cards of one database wait, and which are due. Nothing is written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def learning(self, day: date, note: str | None, sections: Sequence[str] | None = None) -> list[Learning]:
        """The cards in their learning steps that can be asked on this day."""
        rows = self._columns(("card", "due_at"), f"{WAITING} AND rowid IN ({IN_LEARNING})", _of(day, note, sections))
        return [(card, moment(due_at) if due_at else None) for card, due_at in rows]

    def longest_over(
        self, day: date, now: datetime, note: str | None, sections: Sequence[str] | None = None
    ) -> str | None:
        """The card whose learning step has been over the longest, found by the index; None when none is over."""
        row = self._db.execute(
            f"""SELECT card {WAITING} AND state IN ('learning', 'relearning') AND due_at <= :now
            ORDER BY due_at, card LIMIT 1""",
            _of(day, note, sections) | {"now": stamp(now)},
        ).fetchone()
        return str(row[0]) if row else None

    def due_cards(self, day: date, note: str | None, sections: Sequence[str] | None = None) -> Iterator[Due]:
        """The cards in review that are due on this day, unordered; there may be many, so that nothing is looked up."""
        return self._columns(("card", "stability", "last_day"), f"{WAITING} AND {IN_REVIEW}", _of(day, note, sections))

    def _columns(self, columns: Sequence[str], rest: str, among: Mapping[str, object]) -> Iterator[tuple[Any, ...]]:
        """Rows, fetched as one JSON array of each column: in a single step, beside which other threads go on."""
        arrays = ", ".join(f"json_group_array({column})" for column in columns)
        query = f"SELECT {arrays} {rest}"
        return zip(*map(json.loads, self._db.execute(query, among).fetchone()), strict=True)

    def for_cram(self, day: date, note: str | None, sections: Sequence[str] | None) -> tuple[list[Due], list[str]]:
        """All cards that can be asked, due or not: those that were learned, and the new ones in order."""
        among = _of(day, note, sections)
        known = self._db.execute(f"SELECT card, stability, last_day {WAITING} AND state != 'new'", among)
        return known.fetchall(), self.new_cards(day, note, sections)

    def new_cards(
        self,
        day: date,
        note: str | None,
        sections: Sequence[str] | None = None,
        limit: int = -1,
        limits: Mapping[str, int] | None = None,
    ) -> list[str]:
        """The first new cards (without a limit, all) in the notes' order, of a note no more than `limits` says.

        A new card has no first day. Where few wait they are found by that; else the notes are walked until there are
        enough, which would be long when the last of many notes alone has new cards.
        """
        few = self._db.execute(f"SELECT count(*) <= {FEW} FROM (SELECT 1 {UNBEGUN} LIMIT {FEW} + 1)").fetchone()[0]
        found: list[str] = []
        if few:
            waiting: dict[str, list[str]] = {}
            query = f"{NEW} AND card.id IN (SELECT card {UNBEGUN}) AND (:note IS NULL OR card.note = :note)"
            for of, card in self._db.execute(
                f"{query} ORDER BY note.position, card.position", _of(day, note, sections)
            ):
                waiting.setdefault(of, []).append(card)
            for of, cards in waiting.items():
                found += cards[: (limits or {}).get(of)]
            return found[: limit if limit >= 0 else None]
        notes = [note] if note else [row[0] for row in self._db.execute("SELECT id FROM note ORDER BY position")]
        for note_id in notes:
            left = [limit - len(found)] if limit >= 0 else []
            left += [limits[note_id]] if limits and note_id in limits else []
            rows = self._db.execute(
                f"{NEW} AND card.note = :note ORDER BY card.position LIMIT :limit",
                _of(day, note_id, sections) | {"limit": min(left) if left else -1},
            )
            found += [row[1] for row in rows]
        return found

    def introduced_on(self, day: date, note: str | None = None) -> int:
        """How many cards (of a note) were seen for the first time on this day."""
        of_note = "" if note is None else "AND card IN (SELECT id FROM card WHERE note = :note)"
        row = self._db.execute(
            f"SELECT count(*) FROM schedule WHERE first_day = :day {of_note}", {"day": day.isoformat(), "note": note}
        ).fetchone()
        return int(row[0])

    def counts(self, day: date, now: datetime) -> tuple[int, int]:
        """How many cards are due (learning cards whose step is over among them), and how many are new."""
        due, new = self._db.execute(
            f"""SELECT count(*) FILTER (WHERE due_day <= :day OR due_at <= :now), count(*) FILTER (WHERE state = 'new')
            {WAITING}""",
            _of(day, None) | {"now": stamp(now)},
        ).fetchone()
        return int(due), int(new)

    def next_due(self, day: date) -> tuple[datetime | None, date | None]:
        """The earliest moment at which a learning card and the earliest day on which another card will be due."""
        at, later = self._db.execute(f"SELECT min(due_at), min(due_day) {WAITING}", _of(day, None)).fetchone()
        return moment(at) if at else None, date.fromisoformat(later) if later else None

    def due_by_day(self, first: date, last: date, note: str | None = None) -> Mapping[date, int]:
        """How many cards (of a note) fall due on each day from `first` to `last`; days without any are left out."""
        rows = self._db.execute(
            """SELECT coalesce(schedule.due_day, substr(schedule.due_at, 1, 10)) AS day, count(*)
            FROM schedule JOIN card ON card.id = schedule.card
            WHERE card.retired_at IS NULL AND schedule.suspended = 0 AND day BETWEEN ?1 AND ?2
                AND (?3 IS NULL OR card.note = ?3) GROUP BY day""",
            (first.isoformat(), last.isoformat(), note),
        )
        return {date.fromisoformat(row[0]): row[1] for row in rows}

    def sections(self, day: date, now: datetime) -> list[SectionState]:
        """Every section that has cards, in order, with what is due and what its cards' memories are."""
        memories: dict[str, list[Memory]] = {}
        due: dict[str, int] = {}
        new: dict[str, int] = {}
        for section, asked, is_open, *rest in self._db.execute(
            f"""SELECT card.section, {ASKABLE}, card.id IN {OPEN}, {MEMORY}
            FROM schedule JOIN card ON card.id = schedule.card WHERE card.retired_at IS NULL""",
            {"day": day.isoformat()},
        ):
            memory = memory_of(rest)
            memories.setdefault(section, []).append(memory)
            is_due = (memory.due_day is not None and memory.due_day <= day) or (
                memory.due_at is not None and memory.due_at <= now
            )
            due[section] = due.get(section, 0) + bool(asked and is_due)
            new[section] = new.get(section, 0) + (memory.state == "new" and not is_open)
        rows = self._db.execute(
            """SELECT section.id, section.note, section.headings, section.experiment FROM section
            JOIN note ON note.id = section.note ORDER BY note.position, section.position"""
        )
        return [
            SectionState(
                row[0], row[1], tuple(json.loads(row[2])), row[3], due[row[0]],
                new[row[0]], len(memories[row[0]]), tuple(memories[row[0]]),
            )
            for row in rows
            if row[0] in memories
        ]  # fmt: skip


def _of(day: date, note: str | None, sections: Sequence[str] | None = None) -> dict[str, object]:
    return {"day": day.isoformat(), "note": note, "sections": None if sections is None else json.dumps(sections)}
