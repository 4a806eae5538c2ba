"""What the log adds up to. SQLite does the adding: a million reviews leave it as a few thousand rows."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime

from nnstudy.memory.scheduler import Memory
from nnstudy.store.notes import MEMORY, OPEN, memory_of
from nnstudy.store.records import moment

COUNTED = "review.kind NOT IN ('cram', 'imported') AND review.id NOT IN (SELECT review FROM retraction)"
ASKED = f"review.kind = 'review' AND {COUNTED}"  # cards that waited for days
LAST_SECOND = 120


class Statistics:
    """Sums over the reviews, predictions and cards of one database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def by_quarter(self, longest_ms: int) -> list[tuple[date, datetime, int, float, int, int]]:
        """Local day and a quarter of an hour (UTC), reviews, seconds (each up to a longest), asked, recalled."""
        rows = self._db.execute(
            f"""SELECT day, min(at), count(*), sum(min(duration_ms, ?)) / 1000.0,
                sum(kind = 'review'), sum(kind = 'review' AND rating > 1)
            FROM review WHERE {COUNTED} GROUP BY day, substr(at, 12, 2), substr(at, 15, 2) / 15""",
            (longest_ms,),
        )
        return [(date.fromisoformat(day), moment(at), *rest) for day, at, *rest in rows]

    def by_maturity(self, mature: int) -> dict[bool, tuple[int, int]]:
        """Recalled and asked of cards that had waited so many days or more since the review before, and of others."""
        rows = self._db.execute(
            """SELECT waited >= ?, sum(rating > 1), count(*) FROM
                (SELECT rating, kind, julianday(day) - julianday(lag(day) OVER (PARTITION BY card ORDER BY at)) waited
                FROM review WHERE kind != 'cram' AND id NOT IN (SELECT review FROM retraction))
            WHERE kind = 'review' GROUP BY 1""",
            (mature,),
        )
        found: dict[bool, tuple[int, int]] = {}
        for is_mature, recalled, asked in rows:  # NULL: there is no review before; the card is young here
            before = found.get(bool(is_mature), (0, 0))
            found[bool(is_mature)] = before[0] + recalled, before[1] + asked
        return found

    def predicted(self) -> list[tuple[int, int, float, float]]:
        """Reviews of which recall was predicted, in groups of nearly the same prediction: see `calibration`."""
        rows = self._db.execute(
            f"""SELECT count(*), sum(rating > 1), sum(predicted), sum(predicted * predicted) FROM review
            WHERE predicted IS NOT NULL AND {ASKED} GROUP BY cast(predicted * 10000 AS INTEGER)"""
        )
        return [tuple(row) for row in rows]

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

    def stabilities(self, edges: tuple[float, ...]) -> list[int]:
        """How many learned cards have a stability from each edge up to the next one."""
        above = ", ".join("coalesce(sum(stability >= ?), 0)" for _ in edges)
        row = self._db.execute(f"SELECT {above} FROM schedule WHERE card IN {IN_USE}", edges).fetchone()
        return [here - beyond for here, beyond in zip(row, [*row[1:], 0], strict=True)]

    def difficulties(self) -> list[int]:
        """How many learned cards have a difficulty that rounds to 1, 2, … 10."""
        rows = self._db.execute(
            f"""SELECT cast(difficulty + 0.5 AS INTEGER), count(*) FROM schedule
            WHERE difficulty IS NOT NULL AND card IN {IN_USE} GROUP BY 1"""
        )
        found = dict(rows.fetchall())
        return [found.get(difficulty, 0) for difficulty in range(1, 11)]

    def sections(
        self, recall: Callable[[float, int], float], day: date
    ) -> list[tuple[str, tuple[str, ...], int, float]]:
        """Note, headings, cards and their mean recall on a day; `recall` takes stability and days since the review."""
        self._db.create_function("recall", 2, recall, deterministic=True)
        rows = self._db.execute(
            """SELECT note.title, section.headings, count(*), sum(CASE WHEN stability IS NULL THEN 0.0 ELSE
                recall(stability, cast(max(0, julianday(?) - julianday(last_day)) AS INTEGER)) END) / count(*)
            FROM schedule JOIN card ON card.id = schedule.card JOIN section ON section.id = card.section
            JOIN note ON note.id = card.note WHERE card.retired_at IS NULL
            GROUP BY section.id ORDER BY note.position, section.position""",
            (day.isoformat(),),
        )
        return [(note, tuple(json.loads(headings)), cards, mastery) for note, headings, cards, mastery in rows]

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


IN_USE = "(SELECT id FROM card WHERE retired_at IS NULL)"
