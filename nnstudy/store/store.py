"""The database: opened safely, brought up to date, closed; its rooms are `notes`, `log`, `runs` and others."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from nnstudy.errors import DamagedError, StudyError
from nnstudy.store.log import Log
from nnstudy.store.notes import Notes
from nnstudy.store.parameters import Parameters
from nnstudy.store.waiting import Waiting

if TYPE_CHECKING:
    from nnstudy.store.agenda import Agenda
    from nnstudy.store.drafts import Drafts
    from nnstudy.store.library import Library
    from nnstudy.store.runs import Runs
    from nnstudy.store.shared import Shared
    from nnstudy.store.statistics import Statistics

SCHEMA_VERSION = 12
ROOM = 4_200_000  # bytes of a write-ahead log of a thousand pages, after which it begins anew
CACHE = 32 * 1024  # KiB of a database's pages in memory, at most
PATIENCE = 10.0  # seconds to wait for another program that writes
FLIPPED = (UnicodeDecodeError, json.JSONDecodeError)  # what reading a value with flipped bytes may end in


class Store:
    """One SQLite database: every change is one transaction, on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        """Open or create the database; StudyError when it is damaged, unreadable or of a newer program."""
        self.path = path
        self.connection = _connect(path)
        try:
            self._bring_up_to_date()
        except (sqlite3.Error, UnicodeDecodeError) as trouble:
            self.connection.close()
            raise _unusable(path, trouble) from trouble
        except StudyError:
            self.connection.close()
            raise
        self.notes = Notes(self.connection)
        self.waiting = Waiting(self.connection)
        self.log = Log(self.connection)
        self.parameters = Parameters(self.connection)

    # Rooms that the way to the first card does not enter: to import them costs some milliseconds.

    @cached_property
    def library(self) -> "Library":
        """Cards as a library lists them."""
        from nnstudy.store.library import Library

        return Library(self.connection)

    @cached_property
    def runs(self) -> "Runs":
        """Runs of experiments, and predictions."""
        from nnstudy.store.runs import Runs

        return Runs(self.connection)

    @cached_property
    def shared(self) -> "Shared":
        """What shared folders have."""
        from nnstudy.store.shared import Shared

        return Shared(self.connection)

    @cached_property
    def drafts(self) -> "Drafts":
        """Answers to open questions."""
        from nnstudy.store.drafts import Drafts

        return Drafts(self.connection)

    @cached_property
    def statistics(self) -> "Statistics":
        """What the log adds up to."""
        from nnstudy.store.statistics import Statistics

        return Statistics(self.connection)

    @cached_property
    def agenda(self) -> "Agenda":
        """What waits, and what the latest days were like."""
        from nnstudy.store.agenda import Agenda

        return Agenda(self.connection)

    def close(self) -> None:
        """Close the database; what was answered is on disk already."""
        self.connection.close()

    def look_at(self, note: str) -> None:
        """From now on read as if this note were the only one: for a store of its own that is closed afterwards."""
        cards = "(SELECT id FROM main.card WHERE note = (SELECT id FROM temp.chosen_note))"
        self.connection.execute("CREATE TEMP TABLE chosen_note (id TEXT)")
        self.connection.execute("INSERT INTO temp.chosen_note VALUES (?)", (note,))
        columns = {"card": "id", "review": "card", "schedule": "card", "run": "card", "prediction": "card"}
        for table, column in columns.items():
            self.connection.execute(f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE {column} IN {cards}")

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: what is written inside is durable afterwards, or was never there."""
        return transaction(self.connection)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """A transaction that waits for no other program: StudyError where one is writing."""
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            with self.transaction():
                yield
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * PATIENCE)}")

    def make_room(self) -> None:
        """Give the write-ahead log the size that it grows to anyway; inside a transaction, where nobody else writes it.

        A commit that must wait for the disk waits twice as long where the file grows with it. What stands behind the
        last frame means nothing to SQLite (https://sqlite.org/walformat.html). On a disk that is nearly full, none is
        taken.
        """
        import shutil  # on the way to the first card it would cost some milliseconds

        database = self.path.resolve()  # the log stands beside the file itself
        path = database.with_name(f"{database.name}-wal")
        with suppress(OSError):
            missing = ROOM - path.stat().st_size
            if missing > 0 and shutil.disk_usage(path.parent).free > 50 * ROOM:
                with path.open("ab", buffering=0) as log:
                    log.write(bytes(missing))

    def mark(self) -> tuple[int, int]:
        """A mark of what the database holds: while it stays the same, nobody has changed anything."""
        return self.connection.execute("PRAGMA data_version").fetchone()[0], self.connection.total_changes

    def integrity(self) -> list[str]:
        """What SQLite's own checks find wrong; empty when all is well."""
        found = [row[0] for row in self.connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        broken = self.connection.execute("PRAGMA foreign_key_check").fetchall()
        return found + [f"table {row[0]}, row {row[1]} refers to a missing row of {row[2]}" for row in broken]

    def _bring_up_to_date(self) -> None:
        """Bring an older database to this program's format, all or nothing, whoever else starts at the same time."""
        if _version(self.connection) == SCHEMA_VERSION:
            return
        from sqlite_utils import Database

        from nnstudy.store.migrations import migrations

        with self.transaction():
            version = _version(self.connection)  # another program may have done it while this one waited
            if 0 < version < SCHEMA_VERSION:
                from nnstudy.store.backup import back_up_before

                back_up_before(self.path, self.path.parent / "backups", f"format-{SCHEMA_VERSION}", datetime.now(UTC))
            if version < SCHEMA_VERSION:
                migrations.apply(Database(self.connection))
        if version:
            from nnstudy.store.columns import complete

            complete(self.path)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One immediate transaction; StudyError with what to do when the disk or another program stands in the way."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as trouble:
        if (said := in_words(trouble)) is None:
            raise
        raise StudyError(f"nothing was kept: {said}") from trouble


def in_words(trouble: Exception) -> str | None:
    """What stands in the way of the database, and what to do; None for a mistake of the program, or something else."""
    if type(trouble) not in (sqlite3.OperationalError, sqlite3.DatabaseError, *FLIPPED):
        return None
    return f"the database said: {trouble}; {_advice(trouble)}"


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        left = _has_log(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
    except (OSError, sqlite3.Error) as trouble:
        raise _unusable(path, trouble) from trouble
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if left:
            _refuse_a_broken_log(connection, path)
        if (version := _version(connection)) > SCHEMA_VERSION:
            raise StudyError(
                f"{path} was written by a newer nnstudy (its format is {version}, this program knows up to "
                f"{SCHEMA_VERSION}); update nnstudy, nothing was changed"
            )
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
    except (sqlite3.Error, UnicodeDecodeError) as trouble:
        connection.close()
        raise _unusable(path, trouble) from trouble
    except StudyError:
        _leave_untouched(path, connection)
        raise
    return connection


def _has_log(path: Path) -> bool:
    """Whether a write-ahead log stands there: another program has the database open, or was killed."""
    with suppress(FileNotFoundError):
        return path.resolve().with_name(f"{path.resolve().name}-wal").stat().st_size > 0
    return False


def _refuse_a_broken_log(connection: sqlite3.Connection, path: Path) -> None:
    """DamagedError where the log holds more than SQLite reads of it, which the next write would destroy."""
    from nnstudy.store.ahead import holds_more

    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return  # another program writes: it has found the log sound
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(1000 * PATIENCE)}")
    try:
        broken = holds_more(path)
    finally:
        connection.execute("ROLLBACK")
    if broken:
        raise DamagedError(
            f"{path} is damaged: behind a broken place of its write-ahead log stands more than SQLite reads; "
            "`nnstudy restore --salvage` takes what can be read, `nnstudy restore FILE` brings a backup back; "
            "nothing was changed"
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn to the write-ahead log; SQLite itself does not wait while another program does the same."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as trouble:
            if "locked" not in str(trouble) or monotonic() > deadline:
                raise
            sleep(0.01)


def _leave_untouched(path: Path, connection: sqlite3.Connection) -> None:
    """Close a connection, but not as the last one, which would move the write-ahead log into the database."""
    with closing(sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)) as last:
        last.execute("PRAGMA user_version").fetchone()
        connection.close()


def _unusable(path: Path, trouble: Exception) -> StudyError:
    return StudyError(f"{path} cannot be opened: {trouble}; {_advice(trouble)}")


def _advice(trouble: Exception) -> str:
    said = str(trouble)
    if "locked" in said:
        return "another program holds it: close that one and try again"
    if "full" in said or "disk I/O" in said:
        return "see whether the disk is full or failing, and try again"
    if isinstance(trouble, FLIPPED) or "malformed" in said or "not a database" in said:
        return "`nnstudy restore FILE` brings a backup back, `nnstudy restore --salvage` what can be read of it"
    return "check the folder's permissions, or set NNSTUDY_HOME to another folder"
