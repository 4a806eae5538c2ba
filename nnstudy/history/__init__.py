"""The log, out and in: one file a format."""

import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from nnstudy.errors import StudyError, nearest
from nnstudy.files import written_whole
from nnstudy.history.formats import FORMATS
from nnstudy.history.outgoing import Outgoing
from nnstudy.store.store import Store
from nnstudy.words import visible

if TYPE_CHECKING:
    from nnstudy.history.report import Chapter
    from nnstudy.memory.scheduler import Scheduler
    from nnstudy.store.merge import Merged


class _Terminal:
    """A terminal as what is written sees it: it shows all characters, and obeys none but the end of a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(visible(text.replace("\r\n", "\n"), "\n\t"))

    def isatty(self) -> bool:
        return True


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
        into(cast(TextIO, _Terminal(sys.stdout)) if sys.stdout.isatty() else sys.stdout)
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
