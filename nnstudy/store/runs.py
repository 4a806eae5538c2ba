"""Runs of experiments, what was predicted before them and how it turned out."""

import json
import math
import sqlite3
from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from nnstudy.store.records import moment, stamp, stamp_after, uuid7
from nnstudy.store.run_records import AnsweredRow, Explored, MeasurementRow, OutcomeRow, PredictionRow, RunRow

LATEST = 500  # predictions among which it is looked for what was asked: what lies further back is as good as new


class Runs:
    """The runs and predictions of one database. Writers call it inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, run: RunRow) -> str:
        """Keep a run with its measurements; returns its id."""
        run_id = uuid7(run.at)
        values = (
            run_id, run.experiment, json.dumps(dict(run.parameters)), run.seed, run.card, stamp(run.at), run.seconds,
            run.status, run.digest, run.experiment_version, run.program_version, run.numpy_version, run.platform,
            run.device, json.dumps(dict(run.answers)), json.dumps(run.changes),
        )  # fmt: skip
        self._db.execute(
            f"""INSERT INTO run (id, experiment, parameters, seed, card, at, seconds, status, digest,
                experiment_version, program_version, numpy_version, platform, device, answers, changes)
            VALUES ({", ".join("?" * len(values))})""",
            values,
        )
        self._db.executemany(
            "INSERT INTO measurement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (run_id, place, m.name, m.measured, m.expected, m.tolerance, m.holds, m.source, m.remark)
                for place, m in enumerate(run.measurements)
            ],
        )
        return run_id

    def last(
        self, experiment: str | None = None, note: str | None = None, starred: bool = False, run: str | None = None,
        limit: int = -1,
    ) -> list[RunRow]:  # fmt: skip
        """The runs that were not deleted (of an experiment, a note's cards, with a star, of one id), newest first; no
        more than the limit, unless that is below 0.
        """
        rows = self._db.execute(
            """SELECT experiment, parameters, seed, card, at, seconds, status, digest, experiment_version,
                program_version, numpy_version, platform, device, answers, changes, starred, name, comment, id
            FROM run WHERE deleted_at IS NULL AND (:experiment IS NULL OR experiment = :experiment)
                AND (:note IS NULL OR card IN (SELECT id FROM card WHERE note = :note))
                AND (NOT :starred OR starred) AND (:run IS NULL OR id = :run) ORDER BY at DESC, rowid DESC
            LIMIT :limit""",
            {"experiment": experiment, "note": note, "starred": starred, "run": run, "limit": limit},
        ).fetchall()
        return [
            replace(
                RunRow(name, json.loads(given), seed, card, moment(at), *made_by),
                measurements=self._measurements(run_id), answers=json.loads(answers),
                changes=tuple((step, of, value) for step, of, value in json.loads(changes)), starred=bool(star),
                name=called, comment=comment, id=run_id,
            )
            for name, given, seed, card, at, *made_by, answers, changes, star, called, comment, run_id in rows
        ]  # fmt: skip

    def called(self, name: str) -> list[str]:
        """The ids of the runs that `name` may mean: its id, else its own name, else the beginning of its id."""
        for condition in ("id = ?1", "name = ?1 AND name <> ''", "length(?1) >= 4 AND substr(id, 1, length(?1)) = ?1"):
            rows = self._db.execute(f"SELECT id FROM run WHERE deleted_at IS NULL AND {condition}", (name,)).fetchall()
            if rows:
                return [row[0] for row in rows]
        return []

    def ids(self) -> list[str]:
        """The id of every run that was not deleted, in order."""
        return [row[0] for row in self._db.execute("SELECT id FROM run WHERE deleted_at IS NULL ORDER BY id")]

    def describe(self, run: str, at: datetime, device: str, *, starred: bool, name: str, comment: str) -> None:
        """Write down what a person makes of a run."""
        self._db.execute(
            "UPDATE run SET starred = ?, name = ?, comment = ? WHERE id = ?", (int(starred), name, comment, run)
        )
        self._sign(run, at, device)

    def delete(self, run: str, at: datetime, device: str) -> None:
        """List a run no more; its row stays, since reviews and predictions refer to it."""
        self._db.execute("UPDATE run SET deleted_at = ? WHERE id = ?", (stamp(at), run))
        self._sign(run, at, device)

    def _sign(self, run: str, at: datetime, device: str) -> None:
        """Who said this of a run, and when: always after what was said before, whatever the clock shows."""
        before = self._db.execute("SELECT described_at FROM run WHERE id = ?", (run,)).fetchone()[0]
        self._db.execute(
            "UPDATE run SET described_at = ?, described_by = ? WHERE id = ?", (stamp_after(at, before), device, run)
        )

    def restore(self, at: datetime, device: str) -> str | None:
        """List the run again that was deleted last; its id, or None when none is deleted."""
        row = self._db.execute(
            "SELECT id FROM run WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, rowid DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE run SET deleted_at = NULL WHERE id = ?", row)
        self._sign(row[0], at, device)
        return str(row[0])

    def _measurements(self, run: str) -> tuple[MeasurementRow, ...]:
        rows = self._db.execute(
            """SELECT name, measured, expected, tolerance, holds, source, remark FROM measurement
            WHERE run = ? ORDER BY position""",
            (run,),
        )
        return tuple(
            MeasurementRow(name, math.nan if measured is None else measured, expected, tolerance, _truth(holds), *rest)
            for name, measured, expected, tolerance, holds, *rest in rows
        )

    def predict(self, prediction: PredictionRow) -> str:
        """Keep what was predicted, before it is known whether it is right; returns its id."""
        prediction_id = uuid7(prediction.at)
        p = prediction
        self._db.execute(
            """INSERT INTO prediction (id, card, experiment, parameters, seed, question, question_text, choice, number,
                choice_text, at, device, confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (prediction_id, p.card, p.experiment, json.dumps(dict(p.parameters)), p.seed, p.question, p.question_text)
            + (p.choice, p.number, p.choice_text, stamp(p.at), p.device, p.confidence),
        )
        return prediction_id

    def settle(self, outcome: OutcomeRow) -> None:
        """Keep how a prediction turned out."""
        o = outcome
        self._db.execute(
            "INSERT INTO prediction_outcome VALUES (?, ?, ?, ?, ?, ?)",
            (o.prediction, o.run, o.answer_text, int(o.correct), o.misconception, o.explanation),
        )

    def unsettled(self, card: str, seed: int, question: str) -> tuple[str, int | None, str, float | None] | None:
        """Id, choice, confidence and number of the latest prediction for this question that no run has settled."""
        row = self._db.execute(
            """SELECT id, choice, confidence, number FROM prediction LEFT JOIN prediction_outcome ON prediction = id
            WHERE card = ? AND seed = ? AND question = ? AND prediction IS NULL
            ORDER BY at DESC, prediction.rowid DESC LIMIT 1""",
            (card, seed, question),
        ).fetchone()
        return (row[0], row[1], row[2], row[3]) if row else None

    def answered(self, section: str, loose: str | None = None) -> list[AnsweredRow]:
        """Every settled prediction made with a card of this section, or with none about experiment `loose`, by age."""
        rows = self._db.execute(
            """SELECT experiment, question, made.at, correct, misconception
            FROM prediction AS made JOIN prediction_outcome ON prediction = made.id
            WHERE made.rowid IN (
                SELECT prediction.rowid FROM card JOIN prediction ON prediction.card = card.id WHERE section = ?1
                UNION ALL SELECT rowid FROM prediction WHERE card IS NULL AND experiment = ?2)
            ORDER BY made.at, made.rowid""",
            (section, loose),
        )
        return [AnsweredRow(name, question, moment(at), bool(right), text) for name, question, at, right, text in rows]

    def heard(self, experiment: str) -> list[str]:
        """The questions of an experiment whose answer was seen among the latest predictions of all, the latest last."""
        rows = self._db.execute(
            """SELECT question FROM (SELECT * FROM prediction ORDER BY rowid DESC LIMIT ?) AS made
            JOIN prediction_outcome ON prediction = made.id WHERE experiment = ?
            GROUP BY question ORDER BY max(at), max(made.id)""",
            (LATEST, experiment),
        )
        return [question for (question,) in rows]

    def predicted_outside(self, experiment: str) -> bool:
        """Whether anything about an experiment was predicted outside of reviews."""
        asked = "SELECT EXISTS (SELECT 1 FROM prediction WHERE card IS NULL AND experiment = ?)"
        return bool(self._db.execute(asked, (experiment,)).fetchone()[0])

    def bringing(self, experiment: str) -> dict[str, list[str]]:
        """The sections that bring an experiment and have a card, in order, each with its headings."""
        rows = self._db.execute(
            """SELECT section.id, headings FROM section JOIN note ON note.id = section.note
            WHERE experiment = ? AND section.retired_at IS NULL
                AND EXISTS (SELECT 1 FROM card WHERE card.section = section.id AND card.retired_at IS NULL)
            ORDER BY note.position, section.position""",
            (experiment,),
        )
        return {section: json.loads(headings) for section, headings in rows}

    def topics(self) -> dict[str, list[str]]:
        """The headings of the sections that bring each experiment, experiments and headings as the notes have them."""
        found: dict[str, list[str]] = {}
        for name, headings in self._db.execute(
            "SELECT experiment, headings FROM section JOIN note ON note.id = section.note "
            "WHERE experiment IS NOT NULL AND section.retired_at IS NULL ORDER BY note.position, section.position"
        ):
            *_, last = json.loads(headings) or [""]
            if last not in found.setdefault(name, []):
                found[name].append(last)
        return found

    def explored(self) -> dict[str, Explored]:
        """What was done so far with each experiment that was run or asked about."""
        runs = self._db.execute("SELECT experiment, max(at) FROM run WHERE deleted_at IS NULL GROUP BY experiment")
        last = {name: moment(at) for name, at in runs}
        beliefs: dict[str, str] = {}
        asked: dict[str, set[str]] = defaultdict(set)
        for name, question, misconception in self._db.execute(
            """SELECT experiment, question, misconception FROM prediction_outcome
            JOIN prediction ON prediction.id = prediction ORDER BY at, prediction.rowid"""
        ):
            asked[name].add(question)
            beliefs[name] = misconception or beliefs.get(name, "")
        return {
            name: Explored(last.get(name), beliefs.get(name, ""), frozenset(asked[name])) for name in {*last, *asked}
        }

    def outcomes(self, since: datetime) -> list[OutcomeRow]:
        """How the predictions made since then turned out, oldest first."""
        rows = self._db.execute(
            """SELECT prediction, run, answer_text, correct, misconception, explanation, question_text, choice_text,
                confidence, experiment, question, parameters, number
            FROM prediction_outcome JOIN prediction ON prediction.id = prediction WHERE at >= ? ORDER BY at""",
            (stamp(since),),
        )
        return [
            OutcomeRow(made, run, answer, bool(right), belief, why, asked, said, sure, name, question, json.loads(p), n)
            for made, run, answer, right, belief, why, asked, said, sure, name, question, p, n in rows
        ]


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)
