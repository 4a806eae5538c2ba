"""The log, out and in: one file a format."""

import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from nnstudy.errors import StudyError, nearest
from nnstudy.files import written_whole
from nnstudy.history.formats import FORMATS
from nnstudy.history.outgoing import Outgoing
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.history.report import Chapter
    from nnstudy.memory.scheduler import Scheduler
    from nnstudy.store.merge import Merged


def export(
    format: str, store: Store, output: str | Path | None, note: str | None, *, now: datetime, today: date,
    zone: tzinfo | None, scheduler: Callable[[float | None], "Scheduler"], progress: Callable[[int, int], None],
    report: "Callable[[], tuple[str, Sequence[Chapter]]]",
) -> None:  # fmt: skip
    """Write the history into a file, whole or not at all, or to standard output."""
    if format not in FORMATS:
        raise StudyError(f"format {format!r} is unknown{nearest(format, FORMATS)}")
    write = import_module(f"nnstudy.history.{FORMATS[format]}").write

    def into(file: TextIO) -> None:
        write(Outgoing(store, note, file, now, today, zone, scheduler, progress, report))

    if output is None:
        into(sys.stdout)
        sys.stdout.flush()  # here a full disk is told
        return
    try:
        with written_whole(Path(output)) as file:
            into(file)
    except (OSError, sqlite3.OperationalError) as trouble:  # an Anki archive is a database on its way
        said = trouble.strerror if isinstance(trouble, OSError) else trouble
        raise StudyError(f"{output} cannot be written: {said}; choose another file or folder") from trouble


def take_in(store: Store, path: Path, zone: tzinfo | None) -> "Merged":
    """Merge the lines of a file into the database, inside a transaction; StudyError when it holds no history.

    `zone` is where the days begin for which reviews of elsewhere count.
    """
    from nnstudy.history.incoming import open_history
    from nnstudy.store.merge import Merge, Trouble

    unread: list[Trouble] = []
    with open_history(path, store, zone, unread) as lines:
        merged = Merge(store.connection).take(lines)
    merged.troubles = sorted([*merged.troubles, *unread], key=lambda trouble: trouble.line)
    return merged
