"""Everything that the database holds for keeps, line by line, as an export writes it; the schedule is left out."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from functools import lru_cache

# One query for each type of line, in the order in which an import can take them in. JSON columns are unpacked below.
QUERIES = {
    "note": """SELECT id, path, title, language, digest, properties, desired_retention, added_at, read_at, remarks,
            register
        FROM note WHERE :note IS NULL OR id = :note ORDER BY position""",
    "wording": """SELECT digest, prompt, answer, first_seen_at FROM wording
        WHERE :note IS NULL OR digest IN (SELECT wording FROM card WHERE note = :note
            UNION SELECT review.wording FROM review JOIN card ON card.id = review.card WHERE card.note = :note
            UNION SELECT correction.wording FROM correction JOIN card ON card.id = card WHERE card.note = :note)
        ORDER BY first_seen_at, digest""",
    "section": """SELECT id, note, headings, level, line, position, experiment, overrides, retired_at, read_at
        FROM section WHERE :note IS NULL OR note = :note ORDER BY note, position, id""",
    "card": """SELECT card.id, card.note, section.headings AS section, section.id AS section_id, card.kind,
            card.wording, card.line, card.position, section.experiment, section.overrides,
            card.added_at, card.retired_at, card.points, card.read_at
        FROM card JOIN section ON section.id = card.section WHERE :note IS NULL OR card.note = :note
        ORDER BY card.note, card.position, card.id""",
    "scheduler": """SELECT id, library, parameters, first_used_at FROM scheduler
        WHERE :note IS NULL OR id IN (SELECT scheduler FROM review JOIN card ON card.id = card WHERE note = :note)
        ORDER BY first_used_at, id""",
    "review": """SELECT review.id, review.card, review.at, day, rating, duration_ms, review.kind, review.wording,
            predicted, review.device, scheduler, interval_days, ease,
            retraction.at AS retracted_at, retraction.device AS retracted_by
        FROM review LEFT JOIN retraction ON retraction.review = review.id
        WHERE :note IS NULL OR review.card IN (SELECT id FROM card WHERE note = :note) ORDER BY review.at, review.id""",
    "card_state": """SELECT card, name, value, at, device FROM card_state
        WHERE :note IS NULL OR card IN (SELECT id FROM card WHERE note = :note) ORDER BY at, card, name""",
    "run": """SELECT id, experiment, parameters, seed, card, at, seconds, status, digest, experiment_version,
            program_version, numpy_version, platform, device, answers, changes, starred, name, comment, deleted_at,
            described_at, described_by,
            (SELECT json_group_array(json_object('name', name, 'measured', measured, 'expected', expected, 'tolerance',
                tolerance, 'holds', holds, 'source', source, 'remark', remark)) FROM measurement WHERE run = run.id)
                AS measurements,
            (SELECT json_group_array(review) FROM review_run WHERE run = run.id) AS reviews
        FROM run WHERE :note IS NULL OR card IN (SELECT id FROM card WHERE note = :note) ORDER BY at, id""",
    "prediction": """SELECT prediction.id, card, experiment, parameters, seed, question, question_text, choice,
            number, choice_text, confidence, at, device, run, answer_text, correct, misconception, explanation
        FROM prediction LEFT JOIN prediction_outcome ON prediction_outcome.prediction = prediction.id
        WHERE :note IS NULL OR card IN (SELECT id FROM card WHERE note = :note) ORDER BY at, prediction.id""",
    "draft": """SELECT draft.id, card, at, device, text,
            (SELECT json_group_array(run) FROM draft_run WHERE draft = draft.id) AS runs
        FROM draft WHERE :note IS NULL OR card IN (SELECT id FROM card WHERE note = :note) ORDER BY draft.id""",
    "settlement": """SELECT id, card, at, device, draft FROM settlement
        WHERE :note IS NULL OR card IN (SELECT id FROM card WHERE note = :note) ORDER BY id""",
    "correction": """SELECT id, card, at, device, wording, same FROM correction
        WHERE :note IS NULL OR card IN (SELECT id FROM card WHERE note = :note) ORDER BY id""",
    "parameters": """SELECT id, at, device, parameters, fitted_to, log_loss_before, log_loss_after FROM parameters
        WHERE :note IS NULL ORDER BY at, id""",
    "journal": """SELECT id, at, device, action, card, review, previous, undoes, state, deed, after_review
        FROM journal
        WHERE :note IS NULL OR card IN (SELECT id FROM card WHERE note = :note) ORDER BY rowid""",
}
# Every table that is kept, the log first, then what it refers to; `schedule` is derived from them.
TABLES = (
    "review", "retraction", "scheduler", "wording", "note", "section", "card", "card_state", "run", "measurement",
    "review_run", "prediction", "prediction_outcome", "draft", "draft_run", "settlement", "correction", "journal",
    "parameters",
)  # fmt: skip
PACKED = {
    "properties", "remarks", "register", "headings", "section", "overrides", "parameters", "measurements", "answers",
    "changes", "points", "reviews", "runs",
}  # fmt: skip


def lines(connection: sqlite3.Connection, note: str | None = None) -> Iterator[Mapping[str, object]]:
    """Every line of an export: a mapping whose "type" says what it is."""
    for kind, query in QUERIES.items():
        yield from unpacked(connection.execute(query, {"note": note}), kind)


def count(connection: sqlite3.Connection, note: str | None = None) -> int:
    """How many lines an export has."""
    counts = (f"SELECT count(*) AS n FROM ({query})" for query in QUERIES.values())
    return int(connection.execute(f"SELECT sum(n) FROM ({' UNION ALL '.join(counts)})", {"note": note}).fetchone()[0])


def unpacked(rows: sqlite3.Cursor, kind: str) -> Iterator[Mapping[str, object]]:
    """The rows of one of the queries as lines."""
    names = [column[0] for column in rows.description]
    for row in rows:
        line = dict(zip(names, row, strict=True))
        yield {"type": kind} | {n: json.loads(v) if n in PACKED and v is not None else v for n, v in line.items()}


def review_rows(connection: sqlite3.Connection, note: str | None = None) -> Iterator[tuple[object, ...]]:
    """The review log as a table: first the names of its columns, then its rows, oldest first."""
    rows = connection.execute(REVIEWS, {"note": note})
    yield tuple(column[0] for column in rows.description)
    for row in rows:
        yield *row[:5], _path(row[5]), *row[6:]


@lru_cache(10_000)
def _path(headings: str) -> str:
    """The headings of a section, which are kept as JSON, as a person writes them; reviews share few sections."""
    return " › ".join(json.loads(headings))


REVIEWS = """SELECT review.id, review.at, review.day, review.card, note.title AS note, section.headings AS section,
    wording.prompt, review.rating, review.kind, review.duration_ms, review.predicted, review.wording,
    review.device, review.scheduler, retraction.at AS retracted_at, retraction.device AS retracted_by,
    review.interval_days, review.ease
FROM review JOIN card ON card.id = review.card JOIN note ON note.id = card.note
JOIN section ON section.id = card.section JOIN wording ON wording.digest = review.wording
LEFT JOIN retraction ON retraction.review = review.id
WHERE :note IS NULL OR card.note = :note ORDER BY review.at, review.id"""
