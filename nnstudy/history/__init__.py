"""The log, out and in: one file a format."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from nnstudy.errors import StudyError, nearest
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.store.merge import Merged

Writer = Callable[[Store, str | None, TextIO], None]


def formats() -> dict[str, Writer]:
    """The formats that a history can leave in."""
    from nnstudy.history import csv_log, jsonl

    return {"csv": csv_log.write, "jsonl": jsonl.write}


def export(format: str, store: Store, output: str | Path | None, note: str | None) -> None:
    """Write the history into a file, whole or not at all, or to standard output."""
    if (write := formats().get(format)) is None:
        raise StudyError(f"format {format!r} is unknown{nearest(format, formats())}")
    if output is None:
        write(store, note, sys.stdout)
        return
    _write_whole(Path(output), lambda out: write(store, note, out))


def take_in(store: Store, path: Path) -> "Merged":
    """Merge the lines of a file into the database, inside a transaction; StudyError when it holds no history."""
    from nnstudy.history.incoming import open_lines
    from nnstudy.store.merge import Merge, Trouble

    unread: list[Trouble] = []
    with open_lines(path, unread) as lines:
        merged = Merge(store.connection).take(lines)
    merged.troubles = sorted([*merged.troubles, *unread], key=lambda trouble: trouble.line)
    return merged


def _write_whole(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write beside the file and rename: an export that stops half way leaves what was there before."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(handle, "w", encoding="utf-8", newline="") as out:
                write(out)
                out.flush()
                os.fsync(out.fileno())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as trouble:
        raise StudyError(f"{path} cannot be written: {trouble.strerror}; choose another file or folder") from trouble
