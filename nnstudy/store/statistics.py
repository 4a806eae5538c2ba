"""What the log adds up to. SQLite does the adding: a million reviews leave it as a few thousand rows."""

import json
import sqlite3
from datetime import datetime

from nnstudy.memory.scheduler import Memory
from nnstudy.store.notes import MEMORY, OPEN, memory_of
from nnstudy.store.records import LAST_SECOND, moment

COUNTED = "review.kind NOT IN ('cram', 'imported') AND review.id NOT IN (SELECT review FROM retraction)"


class Statistics:
    """Sums over the reviews, predictions and cards of one database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def by_seconds(self) -> list[tuple[int, int, int]]:
        """Rating, whole seconds (the last is `LAST_SECOND` and more) and how many reviews."""
        rows = self._db.execute(
            f"""SELECT rating, min(duration_ms / 1000, {LAST_SECOND}), count(*) FROM review
            WHERE duration_ms > 0 AND {COUNTED} GROUP BY 1, 2"""
        )
        return rows.fetchall()

    def by_confidence(self) -> dict[str, tuple[int, int]]:
        """Right and settled predictions by how sure the learner was."""
        rows = self._db.execute(
            """SELECT confidence, sum(correct), count(*) FROM prediction_outcome
            JOIN prediction ON prediction.id = prediction GROUP BY confidence"""
        )
        return {confidence: (right, count) for confidence, right, count in rows}

    def sections(self) -> list[tuple[int, str, tuple[str, ...]]]:
        """Row, note's title and headings of every section, in the notes' order."""
        rows = self._db.execute(
            """SELECT section.rowid, note.title, section.headings FROM section JOIN note ON note.id = section.note
            ORDER BY note.position, section.position"""
        ).fetchall()
        every = json.loads(f"[{','.join(headings for _, _, headings in rows)}]")  # at once: ten times as fast
        return [(row, note, tuple(headings)) for (row, note, _), headings in zip(rows, every, strict=True)]

    def memories(self) -> list[Memory]:
        """The memories of all cards that are asked, now or later."""
        rows = self._db.execute(
            f"""SELECT {MEMORY} FROM schedule JOIN card ON card.id = schedule.card
            WHERE card.retired_at IS NULL AND suspended = 0 AND card.id NOT IN {OPEN} ORDER BY card.id"""
        )
        return [memory_of(row) for row in rows]

    def leeches(self, lapses: int) -> list[tuple[str, str, tuple[str, ...], int, int, str | None, int]]:
        """Id, prompt, headings, lapses, answer's length, experiment, runs of cards with so many lapses, worst first."""
        rows = self._db.execute(
            """SELECT card.id, prompt, headings, lapses, length(answer), section.experiment,
                (SELECT count(*) FROM run WHERE run.card = card.id)
            FROM schedule JOIN card ON card.id = schedule.card JOIN wording ON wording.digest = card.wording
            JOIN section ON section.id = card.section
            WHERE lapses >= ? AND card.retired_at IS NULL AND suspended = 0 ORDER BY lapses DESC, card.id LIMIT 100""",
            (lapses,),
        )
        return [(row[0], row[1], tuple(json.loads(row[2])), *row[3:]) for row in rows]

    def experiments(self) -> list[tuple[str, int, datetime, str]]:
        """Experiment, runs, the last one's moment, and how many of its measurements held of those with a theory."""
        rows = self._db.execute(
            """SELECT experiment, count(DISTINCT run.id), max(at),
                coalesce(sum(holds), 0) || ' of ' || count(holds)
            FROM run LEFT JOIN measurement ON measurement.run = run.id WHERE deleted_at IS NULL
            GROUP BY experiment ORDER BY 2 DESC, experiment"""
        )
        return [(name, runs, moment(last), held) for name, runs, last, held in rows]

    def misconceptions(self) -> list[tuple[str, str, int, datetime, datetime | None]]:
        """Belief, experiment, how often it showed, when last, and when its question was first answered right since."""
        rows = self._db.execute(
            """SELECT misconception, experiment, count(*), max(at), (SELECT min(later.at) FROM prediction AS later
                JOIN prediction_outcome AS came ON came.prediction = later.id WHERE came.correct
                AND (later.experiment, later.question) = (wrong.experiment, wrong.question)
                AND later.at > max(wrong.at))
            FROM prediction_outcome JOIN prediction AS wrong ON wrong.id = prediction_outcome.prediction
            WHERE correct = 0 AND misconception != '' GROUP BY misconception, experiment, question"""
        )
        return [(*row[:3], moment(row[3]), moment(row[4]) if row[4] else None) for row in rows]
