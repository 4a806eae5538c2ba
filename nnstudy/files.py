"""Files that are the old one or the new one at any moment, also of a power cut or a full disk."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def written_whole(path: Path, mode: str = "w", **how: Any) -> Iterator[Any]:
    """A new file, open, that takes the place of `path`, and is on disk, once the block ends well; else nothing changes.

    `mode` is "w" or "wb"; text is UTF-8, its line ends as they are written, where `how` says nothing else. A link stays
    a link, a file keeps its mode; into what is no file (a pipe, a terminal) it is written directly. OSError when that
    cannot be done.
    """
    target = path.resolve()
    if "b" not in mode:
        how = {"encoding": "utf-8", "newline": "", **how}
    if target.exists() and not target.is_file():
        with target.open(mode, **how) as out:
            yield out
        return
    fresh = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.new")  # others may write now, too
    try:
        with fresh.open(mode, **how) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(target, fresh)
        put_in_place(fresh, target)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def put_in_place(fresh: Path, target: Path) -> None:
    """Give a file that is on disk the name of another, and let the new name reach the disk where the system can."""
    os.replace(fresh, target)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
