"""The learner's answers to open questions: dated drafts, and which of them settles a question. Both only grow."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from nnstudy.store.records import moment, stamp, uuid7

UNSETTLED = """card.kind = 'open' AND card.settled_by IS NULL AND card.retired_at IS NULL"""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One dated answer to an open question, with the runs that are its evidence."""

    id: str
    card: str
    at: datetime
    device: str
    text: str
    runs: tuple[str, ...] = ()


class Drafts:
    """Drafts and settlements of one database. Writers call it inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._last_id = ""

    def add(self, card: str, text: str, runs: Iterable[str], at: datetime, device: str) -> DraftRow:
        """Append a draft, with the runs that are its evidence."""
        draft = DraftRow(self._new_id(at), card, at, device, text, tuple(dict.fromkeys(runs)))
        self._db.execute("INSERT INTO draft VALUES (?, ?, ?, ?, ?)", (draft.id, card, stamp(at), device, text))
        self._db.executemany("INSERT INTO draft_run VALUES (?, ?)", [(draft.id, run) for run in draft.runs])
        return draft

    def settle(self, card: str, draft: str | None, at: datetime, device: str) -> None:
        """Append that a draft is the answer, or (None) that the question is open again."""
        row = (self._new_id(at), card, stamp(at), device, draft)
        self._db.execute("INSERT INTO settlement VALUES (?, ?, ?, ?, ?)", row)

    def derive(self, card: str | None = None) -> list[str]:
        """Bring cards (or one) to what their settlements say; the cards that said otherwise before.

        Of several settlements the last one counts, by moment and then by id.
        """
        rows = self._db.execute(
            """SELECT id, settled_by, latest FROM (
                SELECT card.id, card.settled_by,
                    (SELECT CASE WHEN draft IS NULL THEN NULL ELSE settlement.id END FROM settlement
                    WHERE settlement.card = card.id ORDER BY at DESC, settlement.id DESC LIMIT 1) AS latest
                FROM card WHERE (:card IS NULL OR card.id = :card)
                    AND (card.settled_by IS NOT NULL OR card.id IN (SELECT card FROM settlement)))
            WHERE settled_by IS NOT latest""",
            {"card": card},
        ).fetchall()
        self._db.executemany("UPDATE card SET settled_by = ? WHERE id = ?", [(new, name) for name, _, new in rows])
        return [row[0] for row in rows]

    def of(self, card: str) -> list[DraftRow]:
        """The drafts of a card, oldest first."""
        rows = self._db.execute(
            """SELECT id, card, at, device, text FROM draft WHERE card = ? ORDER BY at, id""", (card,)
        ).fetchall()
        return [
            DraftRow(draft, of, moment(at), device, text, self._runs(draft)) for draft, of, at, device, text in rows
        ]

    def _runs(self, draft: str) -> tuple[str, ...]:
        rows = self._db.execute("SELECT run FROM draft_run WHERE draft = ? ORDER BY run", (draft,))
        return tuple(row[0] for row in rows)

    def questions(self, note: str | None = None) -> list[str]:
        """The cards that ask an open question, settled or not, in the notes' order."""
        rows = self._db.execute(
            """SELECT card.id FROM card JOIN note ON note.id = card.note
            WHERE card.kind = 'open' AND card.retired_at IS NULL AND (:note IS NULL OR note.id = :note)
            ORDER BY note.position, card.position""",
            {"note": note},
        )
        return [row[0] for row in rows]

    def waiting(self, day: date, note: str | None = None) -> list[str]:
        """The open questions that can be asked on a day, in the notes' order."""
        rows = self._db.execute(
            f"""SELECT card.id FROM card JOIN schedule ON schedule.card = card.id JOIN note ON note.id = card.note
            WHERE {UNSETTLED} AND schedule.suspended = 0 AND coalesce(schedule.buried_until, '') <= :day
                AND (:note IS NULL OR note.id = :note)
            ORDER BY note.position, card.position""",
            {"day": day.isoformat(), "note": note},
        )
        return [row[0] for row in rows]

    def _new_id(self, at: datetime) -> str:
        self._last_id = uuid7(at, self._last_id)
        return self._last_id
