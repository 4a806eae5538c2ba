"""Histories of elsewhere, as lines to merge: a `jsonl` export, another nnstudy database, or an archive of Anki's."""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import tzinfo
from pathlib import Path

from nnstudy.errors import StudyError
from nnstudy.store import dump
from nnstudy.store.merge import Line, Trouble
from nnstudy.store.store import SCHEMA_VERSION, Store

DATABASE = b"SQLite format 3\0"
LONGEST_LINE = 16 * 2**20  # bytes

Numbered = Iterator[tuple[int, Line]]


@contextmanager
def open_history(path: Path, store: Store, zone: tzinfo | None, troubles: list[Trouble]) -> Iterator[Numbered]:
    """The numbered lines of a file of any kind, for this database; what cannot be read of it goes to `troubles`."""
    from nnstudy.history.anki_file import is_archive, open_collection

    try:
        archive = is_archive(path)
    except OSError as trouble:
        raise StudyError(f"{path} cannot be read: {trouble.strerror}") from trouble
    if archive:
        from nnstudy.history.anki_in import AnkiLines

        with open_collection(path) as collection:
            yield iter(AnkiLines(collection, store, zone, path, troubles))
    else:
        with open_lines(path, troubles) as lines:
            yield lines


@contextmanager
def open_lines(path: Path, troubles: list[Trouble]) -> Iterator[Numbered]:
    """The numbered lines of a file; those that are no lines of an export go to `troubles`."""
    try:
        with path.open("rb") as file:
            if file.read(len(DATABASE)) != DATABASE:
                file.seek(0)
                yield json_lines(file, troubles)
                return
    except OSError as trouble:
        raise StudyError(f"{path} cannot be read: {trouble.strerror}") from trouble
    with _copied(path) as copy:
        yield enumerate(dump.lines(copy.connection), 1)


def json_lines(file: Iterable[bytes], troubles: list[Trouble], first: int = 1) -> Numbered:
    """The lines of an export, numbered from `first`; what is none is told in `troubles`."""
    for number, text in enumerate(file, first):
        if not text.strip():
            continue
        try:
            line = json.loads(text) if len(text) <= LONGEST_LINE else None
            if not isinstance(line, dict) or not isinstance(line.get("type"), str):
                raise ValueError('no JSON object with a "type"')
        except (ValueError, RecursionError) as trouble:
            troubles.append(Trouble(number, f"not a line of an export: {trouble}"))
        else:
            yield number, line


@contextmanager
def _copied(path: Path) -> Iterator[Store]:
    """A copy of another database, brought up to date; the original is only read."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "copy.db")
        try:
            uri = path.resolve().as_uri() + "?mode=ro"
            with closing(sqlite3.connect(uri, uri=True)) as original, closing(sqlite3.connect(copy)) as target:
                tables = {row[0] for row in original.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if not {"review", "card", "note"} <= tables:
                    raise StudyError(f"{path} is a database, but not one of nnstudy")
                if original.execute("PRAGMA user_version").fetchone()[0] > SCHEMA_VERSION:
                    raise StudyError(f"{path} was written by a newer nnstudy: update this one first")
                original.backup(target)
        except sqlite3.Error as trouble:
            raise StudyError(f"{path} cannot be read: {trouble}") from trouble
        with closing(Store(copy)) as store:
            yield store
