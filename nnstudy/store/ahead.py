"""The write-ahead log as it lies on the disk: whether more stands there than SQLite reads, and what.

SQLite reads it up to the first frame that is not whole. After a power cut that is right: what stands behind belongs to
a transaction that nobody was told of. But where a byte was flipped in the midst, whole transactions stand behind it,
and the next write would take their place. The checksum of a frame goes on from that of the frame before, as it stands
there; so each frame can be judged by itself.

The format is described in https://sqlite.org/fileformat2.html#the_write_ahead_log, that of the index in shared memory
in https://sqlite.org/walformat.html.
"""

import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, NamedTuple

from nnstudy.store.pages import PAGE

HEADER, FRAME = 32, 24  # bytes
BIG_ENDIAN = 0x377F0683  # how a log begins whose checksums are; the other kind ends in 2

Sums = tuple[int, int]


class Frame(NamedTuple):
    """A page as a transaction left it; the last frame of one says how many pages the database has then (else 0)."""

    place: int
    page: int
    pages: int
    salt: bytes
    sums: Sums


def files_of(database: Path) -> tuple[Path, Path]:
    """The write-ahead log of a database and its index: they stand beside the file itself, not beside a link."""
    file = database.resolve()
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def holds_more(database: Path) -> bool:
    """Whether a whole transaction stands behind what SQLite reads of the log, as its index says that.

    Called with the database open, and in a transaction that keeps others from writing.
    """
    log, index = files_of(database)
    with suppress(OSError), log.open("rb") as file, index.open("rb") as memory:
        said, header = memory.read(40), file.read(HEADER)
        if any(said[32:]) and said[32:] != header[16:24]:
            return False  # it is about to begin anew: all that stands there is in the database
        return _goes_on(file, _salt(file), int.from_bytes(said[16:20], sys.byteorder))
    return False


def is_broken(database: Path) -> bool:
    """The same of a database that nobody has open: every frame is looked at."""
    with suppress(OSError), files_of(database)[0].open("rb") as file:
        return _goes_on(file, _salt(file), _judged(file)[1])
    return False


@contextmanager
def laid_down(damaged: Path) -> Iterator[Path]:
    """A database with what its log holds written into it, whole frames only; the same one, where there is no log.

    Frames that are not whole follow behind the last page, for who looks through bare pages.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "laid.db")
        yield copy if _lay_down(damaged, copy) else damaged


def _lay_down(damaged: Path, copy: Path) -> bool:
    log, _ = files_of(damaged)
    if not log.exists():
        return False
    with log.open("rb") as file:
        judged, read, last = _judged(file)
        salt = _salt(file)
        frames = [one for one in judged[: last if _goes_on(file, salt, read) else read] if one[0].salt == salt]
        if not frames:
            return False
        shutil.copyfile(damaged, copy)
        with copy.open("r+b") as target:
            for frame in (frame for frame, whole in frames if whole):
                target.seek((frame.page - 1) * PAGE)
                target.write(_content(file, frame))
            target.truncate(PAGE * frames[-1][0].pages)
            target.seek(0, os.SEEK_END)
            for frame in (frame for frame, whole in frames if not whole):
                target.write(_content(file, frame))
    return True


def _judged(file: BinaryIO) -> tuple[list[tuple[Frame, bool]], int, int]:
    """Each frame and whether it is whole; up to where SQLite reads, and up to where the last whole commit stands."""
    salt, before = _salt(file), _header_sums(file)
    judged, read, last, unbroken = list[tuple[Frame, bool]](), 0, 0, _begins_whole(file)
    for frame in _frames(file, 0):
        whole = frame.salt == salt and _is_whole(file, frame, before)
        before, unbroken = frame.sums, unbroken and whole
        judged.append((frame, whole))
        if whole and frame.pages:
            last = frame.place + 1
            read = last if unbroken else read
    return judged, read, last


def _goes_on(file: BinaryIO, salt: bytes, first: int) -> bool:
    """Whether from a frame on a transaction follows another one in an unbroken chain."""
    before: Sums | None = None
    for frame in _frames(file, first):
        if frame.salt != salt:
            before = None
        elif before is not None and _is_whole(file, frame, before):
            if frame.pages:
                return True
            before = frame.sums
        else:
            before = frame.sums if frame.pages else None
    return False


# --- frames -----------------------------------------------------------------------------------------------------------


def _frames(file: BinaryIO, first: int) -> Iterator[Frame]:
    for place in count(first):
        file.seek(HEADER + place * (FRAME + PAGE))
        header = file.read(FRAME)
        if len(header) < FRAME:
            return
        page, pages, salt, *sums = struct.unpack(">II8sII", header)
        yield Frame(place, page, pages, salt, (sums[0], sums[1]))


def _salt(file: BinaryIO) -> bytes:
    """What marks the frames of this log, and none that older ones left; of a broken header, that of the first frame."""
    if not _begins_whole(file):
        return next((frame.salt for frame in _frames(file, 0)), b"")
    file.seek(16)
    return file.read(8)


def _begins_whole(file: BinaryIO) -> bool:
    file.seek(0)
    header = file.read(24)
    return _sum(header, (0, 0), _order(header)) == _header_sums(file)


def _header_sums(file: BinaryIO) -> Sums:
    file.seek(24)
    one, other = struct.unpack(">II", file.read(8).ljust(8, b"\0"))
    return one, other


def _is_whole(file: BinaryIO, frame: Frame, before: Sums) -> bool:
    file.seek(0)
    order = _order(file.read(4))
    file.seek(HEADER + frame.place * (FRAME + PAGE))
    head = file.read(8)
    content = _content(file, frame)
    return frame.page > 0 and len(content) == PAGE and _sum(head + content, before, order) == frame.sums


def _content(file: BinaryIO, frame: Frame) -> bytes:
    file.seek(HEADER + frame.place * (FRAME + PAGE) + FRAME)
    return file.read(PAGE)


def _order(header: bytes) -> str:
    return ">" if int.from_bytes(header[:4], "big") == BIG_ENDIAN else "<"


def _sum(data: bytes, before: Sums, order: str) -> Sums:
    one, other = before
    for first, second in struct.iter_unpack(f"{order}II", data[: len(data) // 8 * 8]):
        one = (one + first + other) & 0xFFFFFFFF
        other = (other + second + one) & 0xFFFFFFFF
    return one, other
