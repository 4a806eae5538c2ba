"""What the bare pages of a database still hold whose header or description is damaged.

A table is a tree of pages, and a leaf of it is a whole small table by itself. So each page that looks like a leaf is
given out as a table of its own, with the columns of the one that is sought, in a copy of the file whose first page is
new; SQLite reads it, and who asked takes what fits. The format is described in https://sqlite.org/fileformat2.html.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

PAGE = 4096  # bytes, of every database of this program
LEAF = 0x0D  # the first byte of a page with rows
AT_ONCE = 500  # pages given out together
FIXED = slice(0, 24)  # of the header: the same in all databases of this program, but for the kind of journal
COUNTS = slice(24, 48)  # of changes, pages, free pages and the like
ENCODING = slice(56, 60)


def rows_of(damaged: Path, columns: Sequence[str]) -> Iterator[Sequence[object]]:
    """Every row of any page, as though it were of a table with these columns."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "pages.db")
        shutil.copyfile(damaged, copy)
        pages = _with_new_first_page(copy)
        for first in range(0, len(pages), AT_ONCE):
            chosen = pages[first : first + AT_ONCE]
            _give_out(copy, chosen, columns)
            with closing(sqlite3.connect(copy)) as db:
                for page in chosen:
                    with suppress(sqlite3.Error, UnicodeDecodeError):
                        yield from db.execute(f"SELECT * FROM page_{page}")


@contextmanager
def readable(damaged: Path) -> Iterator[sqlite3.Connection]:
    """The database, or where its header is damaged, a copy with a sound one; no change reaches the original."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = damaged
        if not _opens(damaged):
            path = Path(folder, "mended.db")
            shutil.copyfile(damaged, path)
            _mend_header(path)
        with closing(sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True, timeout=10)) as connection:
            yield connection


def _opens(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True, timeout=10)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'review'").fetchone() is not None
    except (sqlite3.Error, UnicodeDecodeError):
        return False


def _new_first_page(pages: int) -> bytearray:
    """The first page of an empty database that has so many pages."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "new.db")
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA page_size = {PAGE}")
            db.execute("PRAGMA user_version = 1")
        page = bytearray(path.read_bytes()[:PAGE])
    page[28:32] = pages.to_bytes(4, "big")
    page[44:48] = (4).to_bytes(4, "big")
    page[92:96] = page[24:28]  # so that the number of pages is believed
    return page


def _mend_header(path: Path) -> None:
    new = _new_first_page(path.stat().st_size // PAGE)
    with path.open("r+b") as file:
        header = bytearray(file.read(100))
        for part in (FIXED, COUNTS, ENCODING, slice(92, 96)):
            header[part] = new[part]
        file.seek(0)
        file.write(header)


def _with_new_first_page(copy: Path) -> list[int]:
    """Give a file a new first page; returns which of its pages look like leaves."""
    count = max(1, copy.stat().st_size // PAGE)
    with copy.open("r+b") as file:
        file.truncate(count * PAGE)
        file.write(_new_first_page(count))
        leaves = []
        for page in range(2, count + 1):
            file.seek((page - 1) * PAGE)
            if file.read(1) == bytes([LEAF]):
                leaves.append(page)
    return leaves


def _give_out(copy: Path, pages: Sequence[int], columns: Sequence[str]) -> None:
    """Let each page be a table."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("BEGIN")
        db.execute("DELETE FROM sqlite_master")
        named = ((f"page_{page}", page, f"CREATE TABLE page_{page} ({', '.join(columns)})") for page in pages)
        db.executemany("INSERT INTO sqlite_master VALUES ('table', ?1, ?1, ?2, ?3)", named)
        db.execute("COMMIT")
