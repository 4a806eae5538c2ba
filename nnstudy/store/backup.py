"""Copies of the database that are whole while it is in use, how one comes back, and what a damaged one still gives.

SQLite's own backup copies page by page under its locks, so that a copy is the database of one moment, whoever writes.
"""

import json
import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import date, datetime
from pathlib import Path

from nnstudy.errors import DamagedError, StudyError
from nnstudy.files import put_in_place
from nnstudy.store.ahead import files_of, is_broken, laid_down
from nnstudy.store.dump import TABLES, lines
from nnstudy.store.merge import check
from nnstudy.store.notes import MEMORY, memory_of
from nnstudy.store.pages import readable, rows_of
from nnstudy.store.store import SCHEMA_VERSION, Store

DAYS, MONTHS = 10, 12  # so many of the latest daily copies are kept, and of so many months the first
BEFORE = 5
ABANDONED = 3600  # seconds
PAGES = 2_000  # copied at a time: between, others may write
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Says = Callable[[sqlite3.Connection, str], bool]
DAILY = re.compile(r"nnstudy-(\d{4}-\d{2}-\d{2})\.db")


def back_up(source: Path, target: Path) -> Path:
    """Copy a database into a file, whole or not at all; StudyError when either cannot be used."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.new")  # others may copy now, too
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(_reading(source)) as original, closing(sqlite3.connect(fresh)) as copy:
            original.backup(copy, pages=PAGES)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        put_in_place(fresh, target)
    except (OSError, sqlite3.Error, UnicodeDecodeError) as trouble:
        with suppress(OSError):
            for end in ("", "-journal"):
                fresh.with_name(fresh.name + end).unlink(missing_ok=True)
        raise StudyError(f"no backup was written to {target}: {_said(trouble)}") from trouble
    return target


def back_up_daily(source: Path, folder: Path, today: date) -> Path | None:
    """The first time of a day, a copy into `folder`; old copies go. None when today's is there already.

    DamagedError when the copy turns out damaged, as the database then is: it is not kept, and older ones stay.
    """
    target = folder / f"nnstudy-{today}.db"
    if target.exists():
        return None
    back_up(source, target)
    if wrong := damage(target):
        target.unlink(missing_ok=True)
        raise DamagedError(
            f"{source} is damaged ({wrong}): `nnstudy restore FILE` brings back a copy of the folder {folder}, "
            f"`nnstudy restore --salvage` what can be read of the present one"
        )
    for path in (*superseded(sorted(folder.glob("nnstudy-*.db"))), *_abandoned(folder)):
        path.unlink(missing_ok=True)
    return target


def _abandoned(folder: Path) -> list[Path]:
    """What programs that were ended amid a copy have left, an hour ago or earlier."""
    return [path for path in folder.glob(".nnstudy-*.new*") if path.stat().st_mtime < time.time() - ABANDONED]


def back_up_before(source: Path, folder: Path, deed: str, at: datetime) -> Path:
    """A copy before something that changes much; of each such deed, the latest five copies are kept."""
    target = back_up(source, folder / f"before-{deed}-{at:%Y%m%d-%H%M%S}.db")
    for path in sorted(folder.glob(f"before-{deed}-*.db"))[:-BEFORE]:
        path.unlink(missing_ok=True)
    return target


def superseded(copies: Sequence[Path]) -> list[Path]:
    """The daily copies that are neither of the latest ten days nor the first of one of the latest twelve months."""
    daily = sorted(path for path in copies if DAILY.fullmatch(path.name))
    first_of_month: dict[str, Path] = {}
    for path in daily:
        first_of_month.setdefault(path.name[:15], path)
    kept = {*daily[-DAYS:], *list(first_of_month.values())[-MONTHS:]}
    return [path for path in daily if path not in kept]


def restore(source: Path, target: Path, at: datetime) -> Path | None:
    """Put a backup in the place of the database; returns where the present one was put aside (None: there was none).

    StudyError when the backup is not a sound database of this program; then nothing was changed.
    """
    examine(source)
    fresh = back_up(source, target.with_name(".restored.db"))
    aside = put_aside(target, at)
    put_in_place(fresh, target)
    return aside


def put_aside(path: Path, at: datetime) -> Path | None:
    """Copy a database, sound or not, into the folder of backups, and move its companions; None when there is none.

    It stays where it is until another takes its place: there is one at any moment.
    """
    if not path.exists():
        return None
    aside = path.parent / "backups" / f"replaced-{at:%Y%m%d-%H%M%S}.db"
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_name(f"replaced-{at:%Y%m%d-%H%M%S}-{number}.db")
    try:
        aside.parent.mkdir(parents=True, exist_ok=True)
        if is_broken(path):  # SQLite takes what it reads of the log, and lets the rest go
            shutil.copyfile(files_of(path)[0], files_of(aside)[0])
        _end_other_use(path)
        shutil.copyfile(path, aside)
        for end in ("-wal", "-shm"):
            companion = path.with_name(path.name + end)
            if companion.exists():
                os.replace(companion, aside.with_name(aside.name + end))
    except OSError as trouble:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise StudyError(f"{path} cannot be put aside: {trouble.strerror}; nothing was restored") from trouble
    return aside


def _end_other_use(path: Path) -> None:
    """StudyError when another program has the database open for writing; a damaged one is nobody's."""
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as trouble:
        if "locked" in str(trouble):
            raise StudyError(f"another program has {path} open: close it and try again") from trouble
    except (sqlite3.Error, UnicodeDecodeError):
        return


def examine(path: Path) -> None:
    """StudyError when a file is not a sound database of this program, or of a newer one."""
    if not path.is_file():
        raise StudyError(f"{path} is no file")
    try:
        with closing(_reading(path)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute("SELECT 1 FROM review LIMIT 1")
    except (sqlite3.Error, UnicodeDecodeError) as trouble:
        raise StudyError(f"{path} is no backup of nnstudy: {trouble}") from trouble
    if wrong := damage(path):
        raise StudyError(f"{path} is damaged: {wrong}; `nnstudy restore --salvage {path}` takes what can be read")
    if version > SCHEMA_VERSION:
        raise StudyError(f"{path} was written by a newer nnstudy: update this one first")


def damage(path: Path) -> str:
    """The first thing that SQLite finds wrong with a database; empty when it is sound."""
    try:
        with closing(_reading(path)) as connection:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except (sqlite3.Error, UnicodeDecodeError) as trouble:
        return str(trouble)
    return "" if found == "ok" else found.replace("\n", " ")


def wrong_value(path: Path) -> str:
    """The first value that cannot be what it stands for, as flipped bytes leave it; empty when there is none."""
    place = ""
    try:
        with closing(_reading(path)) as connection:
            for line in lines(connection):
                place = f"a {line['type']} ({line.get('id') or line.get('digest') or line.get('card')})"
                check(line)
            place = "the schedule (which `nnstudy rebuild` derives anew)"
            for row in connection.execute(f"SELECT {MEMORY} FROM schedule"):
                memory_of(row)
    except (sqlite3.Error, ValueError, TypeError, StudyError) as trouble:
        return f"{place or 'it'} cannot be read: {trouble}"
    return ""


# --- what a damaged database still gives ---------------------------------------------------------------------------


def salvage(damaged: Path, path: Path, at: datetime) -> tuple[dict[str, int], Path | None]:
    """Put what can be read of a damaged database in the place of the one at `path`; the schedule is to be rebuilt.

    Returns how many rows of each table were saved, and where the one that was there is kept.
    """
    if not damaged.is_file():
        raise StudyError(f"{damaged} does not exist: there is nothing to salvage")
    fresh = path.with_name(".salvaged.db")
    fresh.unlink(missing_ok=True)
    try:
        saved = save_readable(damaged, fresh)
        aside = put_aside(path, at)
        put_in_place(fresh, path)
    except BaseException:
        for end in ("", "-wal", "-shm"):
            fresh.with_name(fresh.name + end).unlink(missing_ok=True)
        raise
    return saved, aside


def save_readable(damaged: Path, target: Path) -> dict[str, int]:
    """Copy every row that can still be read into a new database; how many, by table.

    The log comes first; a card that is lost, but has reviews, is kept as a retired card of a note "salvaged".
    """
    saved: dict[str, int] = {}
    try:
        with (
            laid_down(damaged) as whole,
            readable(whole) as source,
            closing(Store(target)) as store,
            store.transaction(),
        ):
            source.execute("PRAGMA writable_schema = ON")  # tables whose description is damaged hide no other one
            store.connection.execute("PRAGMA defer_foreign_keys = ON")
            for table in TABLES:
                saved[table] = _save_rows(source, store.connection, table)
            for table, says in FROM_PAGES.items():
                saved[table] += _save_from_pages(whole, store.connection, table, says)
            _mend(store.connection)
    except OSError as trouble:
        raise StudyError(f"{damaged} was not salvaged: {trouble}; see whether the disk is full") from trouble
    except (sqlite3.Error, UnicodeDecodeError) as trouble:
        raise StudyError(f"{damaged} gives nothing back: {trouble}") from trouble
    return {table: count for table, count in saved.items() if count}


def _save_rows(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    known = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    try:
        columns = [row[1] for row in source.execute(f"PRAGMA table_info({table})") if row[1] in known]
    except (sqlite3.Error, UnicodeDecodeError):
        return 0
    if not columns:
        return 0
    insert = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    saved = 0
    for row in _readable(source, f"SELECT rowid, {', '.join(columns)} FROM {table} WHERE rowid >= ? ORDER BY rowid"):
        with suppress(sqlite3.Error, ValueError, TypeError):  # flipped bytes may stand inside of a value, too
            _check(dict(zip(columns, row[1:], strict=True)))
            saved += target.execute(insert, row[1:]).rowcount
    return saved


def _save_from_pages(damaged: Path, target: sqlite3.Connection, table: str, says: Says) -> int:
    """Save of the log what no description leads to any more; a row of another table does not fit."""
    columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    insert = f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(columns))})"
    saved = 0
    for row in rows_of(damaged, columns):
        with suppress(sqlite3.Error, ValueError, TypeError):
            if says(target, str(row[0])):
                _check(dict(zip(columns, row, strict=True)))
                saved += target.execute(insert, row).rowcount
    return saved


def _readable(source: sqlite3.Connection, query: str) -> Iterator[Sequence[object]]:
    """The rows that can be read; over a damaged place it leaps, first a row, then twice as far each time."""
    begin, leap = 0, 1
    while leap < 2**40:
        try:
            for row in source.execute(query, (begin,)):
                yield row
                begin, leap = int(row[0]) + 1, 1
            return
        except (sqlite3.Error, UnicodeDecodeError):
            begin, leap = begin + leap, 2 * leap


def _check(row: Mapping[str, object]) -> None:
    """ValueError when a value of a row is not what the program writes there."""
    check(row)
    for name in JSON_COLUMNS & row.keys():
        json.loads(str(row[name]))


def _mend(db: sqlite3.Connection) -> None:
    """Give every row what it refers to, or leave it out where it says nothing without that."""
    _take_in_lost_cards(db)
    for statement in PLACES:
        db.execute(statement, NEVER)
    for table, column, wanted, key, values in STUBS:
        db.execute(
            f"""INSERT OR IGNORE INTO {wanted} SELECT DISTINCT {values} FROM {table}
            WHERE {column} NOT IN (SELECT {key} FROM {wanted})""",
            NEVER,
        )
    _leave_out_what_refers_to_nothing(db)
    for statement in DERIVED:
        db.execute(statement)


def _take_in_lost_cards(db: sqlite3.Connection) -> None:
    """Reviews of cards that are lost go to retired cards of a note of its own."""
    if db.execute(f"{LOST_CARDS} LIMIT 1").fetchone():
        for statement in SALVAGED:
            db.execute(statement, NEVER)


def _leave_out_what_refers_to_nothing(db: sqlite3.Connection) -> None:
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:  # they refuse to delete from the log: here it is a copy that is being mended
        db.execute(f"DROP TRIGGER {name}")
    while broken := db.execute("PRAGMA foreign_key_check").fetchall():
        for table, rowid, *_ in broken:
            db.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
    for _, statement in triggers:
        db.execute(statement)


# What is looked for in bare pages, and how its key reads.
FROM_PAGES: Mapping[str, Says] = {
    "review": lambda db, key: UUID.fullmatch(key) is not None,
    "retraction": lambda db, key: db.execute("SELECT 1 FROM review WHERE id = ?", (key,)).fetchone() is not None,
    "wording": lambda db, key: key.startswith("sha256:"),
}
JSON_COLUMNS = {
    "properties", "remarks", "register", "headings", "overrides", "parameters", "answers", "changes", "points",
}  # fmt: skip
NEVER = {"at": "1970-01-01T00:00:00.000Z"}
LOST_CARDS = "SELECT DISTINCT card FROM review WHERE card NOT IN (SELECT id FROM card)"
# Where the reviews of cards go of which nothing else is left.
SALVAGED = (
    """INSERT OR IGNORE INTO note (id, path, title, language, digest, properties, position, added_at, read_at)
    VALUES ('salvaged', 'salvaged', 'Salvaged', 'en', '', '{}', (SELECT count(*) FROM note), :at, :at)""",
    """INSERT OR IGNORE INTO section (id, note, headings, level, line, position, overrides, read_at, retired_at)
    VALUES ('salvaged', 'salvaged', '["Salvaged"]', 1, 1, 0, '{}', :at, :at)""",
    f"""INSERT INTO card (id, note, section, kind, wording, line, position, added_at, read_at, retired_at)
    SELECT card, 'salvaged', 'salvaged', 'written', min(wording), 1, 0, :at, :at, :at FROM review
    WHERE card IN ({LOST_CARDS}) GROUP BY card""",
)
# A card whose section or note is lost stays in use, with its reviews; the notes are read anew when they are added.
PLACES = (
    """INSERT OR IGNORE INTO note (id, path, title, language, digest, properties, position, added_at, read_at)
    SELECT note, note, note, 'en', '', '{}', 1000 + rowid, :at, :at FROM card
    WHERE note NOT IN (SELECT id FROM note) GROUP BY note""",
    """INSERT OR IGNORE INTO section (id, note, headings, level, line, position, overrides, read_at)
    SELECT section, note, '["Salvaged"]', 1, 1, 1000 + rowid, '{}', :at FROM card
    WHERE section NOT IN (SELECT id FROM section WHERE note IN (SELECT id FROM note)) GROUP BY section""",
    "UPDATE note SET fingerprint = ''",
)
# What can be made up where it is lost: the table and column that refer, to which table by which key, and the values.
STUBS = (
    ("review", "wording", "wording", "digest", "wording, '(lost)', '(lost)', :at"),
    ("card", "wording", "wording", "digest", "wording, '(lost)', '(lost)', :at"),
    ("review", "scheduler", "scheduler", "id", "scheduler, 'lost', '[]', :at"),
)
# What follows from the rest.
DERIVED = (
    "INSERT INTO wording_search (wording_search) VALUES ('rebuild')",
    "INSERT INTO section_search (section_search) VALUES ('rebuild')",
    """INSERT OR IGNORE INTO schedule (card, state, step, interval_days, reviews, lapses)
    SELECT id, 'new', 0, 0, 0, 0 FROM card""",
)


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True, timeout=10)


def _said(trouble: Exception) -> str:
    return (trouble.strerror or str(trouble)) if isinstance(trouble, OSError) else str(trouble)
