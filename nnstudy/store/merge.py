"""What another machine kept comes in, line by line as an export writes it: nothing is lost, nothing comes twice.

Rows with an id only ever grow in number: reviews, retractions, runs, predictions, wordings, drafts. Everything else is
a register in which the later word counts: how a note, a section or a card was read last (`read_at`), what a person said
of a card (a suspension, a due date, a comment …) or made of a run (its moment, then its device).
So the order of arrival does not matter, and the same line twice is the same line once. Where a note stands on this
machine (its path, its place among the others) is this machine's own.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Policy
from nnstudy.store.records import stamp
from nnstudy.store.registers import DERIVING, check_value

BATCH = 2_000  # lines of one kind that are written in one go
MOMENTS = ("at", "added_at", "read_at", "first_seen_at", "first_used_at", "retired_at", "retracted_at", "deleted_at")
LONGEST_ID = 500

Line = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line that could not be taken in, by its number, and why."""

    line: int
    reason: str
    waits: bool = False  # it refers to what may still come


@dataclass
class Merged:
    """What came in: how many lines were read, how many of each kind told something new, and what was wrong."""

    read: int = 0
    news: dict[str, int] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)  # whose reviews are others now: their schedule is to be derived


class Merge:
    """Takes lines into one database, inside a transaction of the caller."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._takers: dict[str, Taker] = {
            "note": _notes, "section": _sections, "card": _cards, "run": _runs, "prediction": _predictions,
            "review": _reviews, "draft": _drafts, "card_state": self._states, "parameters": _fitted,
        } | {kind: _growing(kind) for kind in GROWING}  # fmt: skip
        self._said_of = set[str]()  # cards of which something is said that the schedule follows

    def take(self, numbered: Iterable[tuple[int, Line]]) -> Merged:
        """Take in lines with their numbers; one that is wrong is left out and told."""
        merged = Merged()
        before = {table: self._last(table) for table in ("review", "retraction")}
        for kind, lines in groupby(numbered, key=lambda one: one[1].get("type")):
            while batch := list(islice(lines, BATCH)):
                merged.read += len(batch)
                self._take_batch(str(kind), batch, merged)
        self._retire()
        merged.cards = sorted({row[0] for row in self._db.execute(CHANGED_CARDS, before)} | self._said_of)
        return merged

    def _last(self, table: str) -> int:
        return int(self._db.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0])

    def _take_batch(self, kind: str, batch: Sequence[tuple[int, Line]], merged: Merged) -> None:
        if (taker := self._takers.get(kind)) is None:
            merged.troubles += [Trouble(number, f"type {kind!r} is unknown") for number, _ in batch]
            return
        try:
            new = self._write(taker, [line for _, line in batch])
        except UNFIT:  # one of them is wrong: take them one by one
            new = 0
            for number, line in batch:
                try:
                    new += self._write(taker, [line])
                except UNFIT as trouble:
                    waits = "FOREIGN KEY" in str(trouble)
                    merged.troubles.append(Trouble(number, _why(line, trouble), waits))
        if new:
            merged.news[kind] = merged.news.get(kind, 0) + new

    def _write(self, taker: "Taker", lines: Sequence[Line]) -> int:
        """Write all of the lines or none; returns how many of them told something new."""
        self._db.execute("SAVEPOINT lines")
        try:
            for line in lines:
                check(line)
            return taker(self._db, lines)
        except BaseException:
            self._db.execute("ROLLBACK TO lines")
            raise
        finally:
            self._db.execute("RELEASE lines")

    def _states(self, db: sqlite3.Connection, lines: Sequence[Line]) -> int:
        columns = ("card", "name", "value", "at", "device")
        later = _later("card_state", columns[2:], ("at", "device", "value"))
        new = 0
        for line in lines:
            check_value(str(line["name"]), line["value"])
            if _add(db, "card_state", columns, [_values(line, columns)], later):
                new += 1
                if line["name"] in DERIVING:
                    self._said_of.add(str(line["card"]))
        return new

    def _retire(self) -> None:
        """A card that the latest reading of its note did not have is retired, as of the last reading that had it."""
        for table in ("card", "section"):
            self._db.execute(
                f"""UPDATE {table} SET retired_at = read_at WHERE retired_at IS NULL
                AND read_at < (SELECT read_at FROM note WHERE note.id = {table}.note)"""
            )


UNFIT = (KeyError, TypeError, ValueError, AttributeError, sqlite3.IntegrityError, sqlite3.ProgrammingError)
Taker = Callable[[sqlite3.Connection, Sequence[Line]], int]

CHANGED_CARDS = """SELECT card FROM review WHERE rowid > :review
UNION SELECT review.card FROM review JOIN retraction ON retraction.review = review.id
    WHERE retraction.rowid > :retraction"""

# Tables that only grow, with the columns that a line of theirs gives.
GROWING = {
    "wording": ("digest", "prompt", "answer", "first_seen_at"),
    "scheduler": ("id", "library", "parameters", "first_used_at"),
    "settlement": ("id", "card", "at", "device", "draft"),
    "correction": ("id", "card", "at", "device", "wording", "same"),
    "journal": (
        "id", "at", "device", "action", "card", "review", "previous", "undoes", "state", "deed", "after_review",
    ),
}  # fmt: skip
REVIEW = (
    "id", "card", "at", "day", "rating", "duration_ms", "kind", "wording", "predicted", "device", "scheduler",
    "interval_days", "ease",
)  # fmt: skip
RUN = (
    "id", "experiment", "parameters", "seed", "card", "at", "seconds", "status", "digest", "experiment_version",
    "program_version", "numpy_version", "platform", "device", "answers", "changes",
)  # fmt: skip
SAID_OF_RUN = ("starred", "name", "comment", "deleted_at", "described_at", "described_by")
MEASUREMENT = ("name", "measured", "expected", "tolerance", "holds", "source", "remark")
PREDICTION = (
    "id", "card", "experiment", "parameters", "seed", "question", "question_text", "choice", "choice_text", "at",
    "device", "confidence", "number",
)  # fmt: skip
PARAMETERS = ("id", "at", "device", "parameters", "fitted_to", "log_loss_before", "log_loss_after")
OUTCOME = ("prediction", "run", "answer_text", "correct", "misconception", "explanation")
NOTE = (
    "title", "language", "digest", "properties", "desired_retention", "read_at", "remarks", "register",
)  # fmt: skip
SECTION = ("id", "note", "headings", "level", "line", "position", "experiment", "overrides", "retired_at", "read_at")
CARD = ("id", "note", "section", "kind", "wording", "line", "position", "added_at", "retired_at", "points", "read_at")


def _growing(table: str) -> Taker:
    columns = GROWING[table]
    return lambda db, lines: _add(db, table, columns, (_values(line, columns) for line in lines))


def _add(
    db: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    or_else: str = "NOTHING",
) -> int:
    """Insert rows; of one that is there already, nothing happens (or else). Returns how many rows changed."""
    places = ", ".join("?" * len(columns))
    found = db.executemany(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO {or_else}", rows
    )
    return max(0, found.rowcount)


def _later(table: str, columns: Sequence[str], word: Sequence[str]) -> str:
    """What a conflicting row does: its columns are taken when its `word` is the later one.

    The word begins with the moment; of two of the same moment the rest decides, on every machine alike.
    """
    taken = ", ".join(f"{name} = excluded.{name}" for name in columns)
    theirs = ", ".join(f"coalesce(excluded.{name}, '')" for name in word)
    ours = ", ".join(f"coalesce({table}.{name}, '')" for name in word)
    return f"UPDATE SET {taken} WHERE ({theirs}) > ({ours})"


def _notes(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    new = 0
    for line in lines:
        columns = ("id", "path", *NOTE, "added_at", "position")
        path, places = str(line["path"]), ", ".join("?" * len(columns))
        if db.execute("SELECT 1 FROM note WHERE path = ? AND id <> ?", (path, line["id"])).fetchone():
            path += f"#{line['id']}"  # another note has this place on this machine
        position = db.execute("SELECT count(*) FROM note").fetchone()[0]
        row = (line["id"], path, *_values(line, NOTE), line["added_at"], position)
        new += db.execute(
            f"""INSERT INTO note ({", ".join(columns)}) VALUES ({places})
            ON CONFLICT (id) DO {_later("note", (*NOTE, "fingerprint"), ("read_at", "digest", *NOTE))}""",
            row,
        ).rowcount
        db.execute("UPDATE note SET added_at = ? WHERE id = ? AND added_at > ?", (row[-2], row[0], row[-2]))
    return new


def _sections(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    later = _later("section", SECTION[2:], ("read_at", *SECTION[2:]))
    return _add(db, "section", SECTION, (_values(line, SECTION) for line in lines), later)


def _cards(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    rows = [_values({**line, "section": line["section_id"]}, CARD) for line in lines]
    told = [name for name in CARD[1:] if name != "added_at"]
    later = _later("card", told, ("read_at", *told))
    new = _add(db, "card", CARD, rows, later)
    db.executemany(
        "UPDATE card SET added_at = ? WHERE id = ? AND added_at > ?",
        ((line["added_at"], line["id"], line["added_at"]) for line in lines),
    )
    schedule = ("card", "state", "step", "interval_days", "reviews", "lapses")
    _add(db, "schedule", schedule, ((line["id"], "new", 0, 0, 0, 0) for line in lines))
    return new


def _reviews(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    new = _add(db, "review", REVIEW, (_values(line, REVIEW) for line in lines))
    taken_back = [line for line in lines if line.get("retracted_at") is not None]
    rows = ((line["id"], line["retracted_at"], line["retracted_by"]) for line in taken_back)
    return new + _add(db, "retraction", ("review", "at", "device"), rows)


def _runs(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    columns = (*RUN, *SAID_OF_RUN)
    later = _later("run", SAID_OF_RUN, ("described_at", "described_by", *SAID_OF_RUN))
    new = _add(db, "run", columns, (_values(line, columns) for line in lines), later)
    measured = (
        (line["id"], place, *_values(measurement, MEASUREMENT))
        for line in lines
        for place, measurement in enumerate(_listed(line, "measurements"))
    )
    _add(db, "measurement", ("run", "position", *MEASUREMENT), measured)
    reviews = ((review, line["id"]) for line in lines for review in _listed(line, "reviews"))
    _add(db, "review_run", ("review", "run"), reviews)
    return new


def _predictions(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    new = _add(db, "prediction", PREDICTION, (_values(line, PREDICTION) for line in lines))
    settled = ({**line, "prediction": line["id"]} for line in lines if line.get("run") is not None)
    return new + _add(db, "prediction_outcome", OUTCOME, (_values(line, OUTCOME) for line in settled))


def _fitted(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    for line in lines:
        try:
            Policy(tuple(map(float, _listed(line, "parameters"))))
        except StudyError as trouble:
            raise ValueError(trouble) from trouble
    return _add(db, "parameters", PARAMETERS, (_values(line, PARAMETERS) for line in lines))


def _drafts(db: sqlite3.Connection, lines: Sequence[Line]) -> int:
    columns = ("id", "card", "at", "device", "text")
    new = _add(db, "draft", columns, (_values(line, columns) for line in lines))
    _add(db, "draft_run", ("draft", "run"), ((line["id"], run) for line in lines for run in _listed(line, "runs")))
    return new


# --- what a line may hold ------------------------------------------------------------------------------------------


def _values(line: Line, columns: Sequence[str]) -> list[object]:
    """The values of a row; a column that an older export does not know is NULL, or its own default."""
    return [_value(line[name] if name in line else DEFAULTS[name]) for name in columns]


DEFAULTS: Mapping[str, object] = {
    "interval_days": None, "ease": None, "number": None, "confidence": "think so", "answers": {}, "starred": 0,
    "name": "", "comment": "", "deleted_at": None, "described_at": "", "described_by": "", "remarks": [],
    "register": [], "retired_at": None, "points": [], "changes": [],
    "state": None, "deed": None, "after_review": None,
}  # fmt: skip


def _value(value: object) -> object:
    """As the database keeps it: lists and mappings as JSON, truth as 0 or 1."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value


def _listed(line: Line, name: str) -> Iterator[Any]:
    found = line.get(name) or []
    if not isinstance(found, list):
        raise TypeError(f"{name} is no list")
    return iter(found)


def check(line: Line) -> None:
    """Moments and days must be written as this program writes them, or they would not sort; ids must be short text.

    Raises ValueError.
    """
    for name in MOMENTS:
        if (value := line.get(name)) is not None and not _reads_back(
            value, lambda text: stamp(datetime.fromisoformat(text))
        ):
            raise ValueError(f"{name} = {value!r} is no moment such as 2026-11-23T08:15:00.000Z")
    if (value := line.get("day")) is not None and not _reads_back(value, lambda text: f"{date.fromisoformat(text)}"):
        raise ValueError(f"day = {value!r} is no day such as 2026-11-23")
    for change in _listed(line, "changes"):
        if not isinstance(change, list) or list(map(type, change[:2])) != [int, str] or len(change) != 3:
            raise TypeError(f"a change of a run is {change!r}; it takes a step, a name and a value")
    for name in ("id", "card", "note", "digest"):
        if name in line and line[name] is not None:
            value = line[name]
            if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
                raise ValueError(f"{name} is {str(value)[:40]!r}; it takes up to {LONGEST_ID} printable characters")


def _reads_back(value: object, again: Callable[[str], str]) -> bool:
    try:
        return isinstance(value, str) and again(value) == value
    except ValueError:
        return False


def _why(line: Line, trouble: Exception) -> str:
    kind = line.get("type")
    if isinstance(trouble, KeyError):
        return f"this {kind} has no {trouble}"
    if isinstance(trouble, sqlite3.IntegrityError) and "FOREIGN KEY" in str(trouble):
        refers = ", ".join(f"{name} {line[name]!r}" for name in REFERENCES if line.get(name) is not None)
        return f"this {kind} refers to what is not here: one of {refers}"
    return f"this {kind} cannot be kept: {trouble}"


REFERENCES = ("note", "section_id", "card", "wording", "review", "run", "scheduler", "draft", "undoes")
