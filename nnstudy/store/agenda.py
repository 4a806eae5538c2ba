"""What waits, by section, and what the latest days were like: sums that SQLite makes, however many cards there are."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache

from nnstudy.store.records import moment, stamp
from nnstudy.store.waiting import ASKABLE

STANDING = "id NOT IN (SELECT review FROM retraction)"


class Agenda:
    """What one database says of today. Nothing is written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def sections(self, day: date, now: datetime) -> list[tuple[str, str, str, tuple[str, ...], int, int, int]]:
        """Note's id and title, section, headings, how many cards are due and new, and how many there are, in order."""
        rows = self._db.execute(
            f"""SELECT note.id, note.title, section.id, section.headings, due, new, cards FROM (
                SELECT card.section AS of,
                    sum({ASKABLE} AND (coalesce(due_day <= :day, 0) OR coalesce(due_at <= :now, 0))) AS due,
                    sum({ASKABLE} AND schedule.state = 'new') AS new, count(*) AS cards
                FROM schedule JOIN card ON card.id = schedule.card WHERE card.retired_at IS NULL GROUP BY card.section)
            JOIN section ON section.id = of JOIN note ON note.id = section.note
            ORDER BY note.position, section.position""",
            {"day": day.isoformat(), "now": stamp(now)},
        )
        return [(*row[:3], tuple(json.loads(row[3])), *row[4:]) for row in rows]

    def next_due(self, day: date, now: datetime) -> tuple[datetime | None, date | None]:
        """When the next learning card and on which day the next other card will be due, beside what is due already."""
        at, later = self._db.execute(
            f"""SELECT min(due_at) FILTER (WHERE due_at > :now), min(due_day) FILTER (WHERE due_day > :day)
            FROM schedule JOIN card ON card.id = schedule.card WHERE {ASKABLE}""",
            {"day": day.isoformat(), "now": stamp(now)},
        ).fetchone()
        return moment(at) if at else None, date.fromisoformat(later) if later else None

    def waiting(self) -> list[tuple[str, date, float, date]]:
        """Card, due day, stability and day of the last review of all cards in review that are asked some day."""
        rows = self._db.execute(
            f"""SELECT card, due_day, stability, last_day FROM schedule JOIN card ON card.id = schedule.card
            WHERE {ASKABLE} AND state = 'review' AND due_day IS NOT NULL AND stability IS NOT NULL ORDER BY card""",
            {"day": date.max.isoformat()},
        )
        return [(card, _day(due), stability, _day(last)) for card, due, stability, last in rows]

    def learning(self) -> int:
        """How many cards are in their learning or relearning steps, and are asked some day."""
        (count,) = self._db.execute(
            f"""SELECT count(*) FROM schedule JOIN card ON card.id = schedule.card
            WHERE {ASKABLE} AND state IN ('learning', 'relearning')""",
            {"day": date.max.isoformat()},
        ).fetchone()
        return int(count)

    def mastery(self, recall: Callable[[float, int], float], day: date) -> dict[str, tuple[float, int]]:
        """Of each section, the mean recall of its cards on a day, and how many of them have been learned.

        `recall` takes stability and days since the last review.
        """
        self._db.create_function("recall", 2, recall, deterministic=True)
        rows = self._db.execute(
            """SELECT card.section, sum(CASE WHEN stability IS NULL THEN 0.0 ELSE
                recall(stability, cast(max(0, julianday(?) - julianday(last_day)) AS INTEGER)) END) / count(*),
                count(stability)
            FROM schedule JOIN card ON card.id = schedule.card WHERE card.retired_at IS NULL GROUP BY card.section""",
            (day.isoformat(),),
        )
        return {section: (mastery, learned) for section, mastery, learned in rows}

    def answers(self, last: int, longest_ms: int) -> list[tuple[str, date, bool, float]]:
        """Card, day, whether it was learned for the first time, seconds (up to a longest) of the latest answers."""
        rows = self._db.execute(
            f"""SELECT card, day, kind = 'learn', min(duration_ms, :longest) / 1000.0 FROM review
            WHERE duration_ms > 0 AND kind NOT IN ('imported', 'cram') AND {STANDING} ORDER BY at DESC LIMIT :last""",
            {"last": last, "longest": longest_ms},
        )
        return [(card, date.fromisoformat(day), bool(learn), seconds) for card, day, learn, seconds in rows]

    def days(self) -> dict[date, int]:
        """How many answers each day had, those of a cram among them."""
        rows = self._db.execute(
            f"SELECT day, count(*) FROM review WHERE kind != 'imported' AND {STANDING} GROUP BY day"
        )
        return {date.fromisoformat(day): count for day, count in rows}

    def unsettled(self) -> list[tuple[str, str, datetime]]:
        """Question, experiment and moment of the predictions that no run has settled, the latest first.

        Of several predictions for one question the latest counts, and none that came before a run of it.
        """
        rows = self._db.execute(
            """SELECT question_text, experiment, at FROM (
                SELECT question_text, experiment, question, max(at) AS at, prediction.id AS id FROM prediction
                GROUP BY experiment, question)
            WHERE id NOT IN (SELECT prediction FROM prediction_outcome) ORDER BY at DESC LIMIT 20"""
        )
        return [(question, experiment, moment(at)) for question, experiment, at in rows]


_day = lru_cache(10_000)(date.fromisoformat)
