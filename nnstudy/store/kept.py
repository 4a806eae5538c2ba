"""Columns of the log that are kept beside it, some thousand reviews a row: what was read once need not be read again.

They say nothing that the log does not say, and count only while they surely say the same. What stands in the log is
never changed: triggers refuse it, and to drop one, as to number the rows anew (VACUUM), changes the number that SQLite
gives the schema, which each row here bears. No review has gone as long as there are as many as the last one's number.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BLOCK = 16_384  # reviews of one row
PATIENCE = 1  # seconds to wait for another program that writes
# Of each review: the local day it counted for (since 1970), the moment (ms since 1970), ten times the rating and the
# kind, milliseconds, predicted recall (whole parts, -1: none), the row of its card.
WIDTHS = {"day": "<i4", "at": "<i8", "mark": "u1", "duration": "<i4", "predicted": "<i4", "card": "<i4"}
NAMES = ", ".join(WIDTHS)
BLOCKS = f"SELECT number, checksum, {NAMES} FROM log_columns WHERE schema = ? ORDER BY number"
KEEP = f"INSERT OR REPLACE INTO log_columns (number, schema, checksum, {NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

Raw = Mapping[str, NDArray[Any]]


def schema_of(db: sqlite3.Connection) -> int:
    """The number of the schema; 0 when some of the first reviews are not there: then nothing is kept."""
    count, last = db.execute("SELECT (SELECT count(*) FROM review), (SELECT max(rowid) FROM review)").fetchone()
    return int(db.execute("PRAGMA schema_version").fetchone()[0]) if count == last else 0


def is_whole(db: sqlite3.Connection) -> bool:
    """Whether as much of the log is kept as can be; not whether it is sound, which `kept` sees."""
    schema, (reviews,) = schema_of(db), db.execute("SELECT max(rowid) FROM review").fetchone()
    blocks = db.execute("SELECT count(*) FROM log_columns WHERE schema = ?", (schema,)).fetchone()[0]
    return not schema or blocks >= reviews // BLOCK


def kept(db: sqlite3.Connection, schema: int, last: int) -> list[Raw]:
    """The first reviews of the log, as far as they are kept, in order; the log's last row is `last`."""
    found: list[Raw] = []
    for number, checksum, *texts in db.execute(BLOCKS, (schema,)):
        whole = [len(text) for text in texts] == [BLOCK * np.dtype(width).itemsize for width in WIDTHS.values()]
        if number != len(found) or (number + 1) * BLOCK > last or not whole or checksum != _checksum(texts):
            break
        found.append(
            {name: np.frombuffer(text, width) for (name, width), text in zip(WIDTHS.items(), texts, strict=True)}
        )
    return found


def keep(path: Path, schema: int, log: Raw, first: int) -> None:
    """Keep what was read of the log of a `schema_of`, from the block number `first` on; if it cannot be, not now.

    Nobody waits for it: each block is a transaction of its own, of a few milliseconds, and need not be on the disk.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)) as db:
        db.execute("PRAGMA synchronous = NORMAL")
        for number in range(first, len(log["day"]) // BLOCK):
            part = [log[name][number * BLOCK : (number + 1) * BLOCK] for name in WIDTHS]
            narrow = [column.astype(width) for column, width in zip(part, WIDTHS.values(), strict=True)]
            if not all(map(np.array_equal, part, narrow)):
                return  # a number that is too great: nothing that this program writes
            texts = [column.tobytes() for column in narrow]
            db.execute(KEEP, (number, schema, _checksum(texts), *texts))


def _checksum(texts: list[bytes]) -> int:
    found = 0
    for text in texts:
        found = crc32(text, found)
    return found
