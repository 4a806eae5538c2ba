"""What was written into and read from shared folders, so that only news are."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from nnstudy.store.dump import QUERIES, unpacked

Line = Mapping[str, object]

# The kinds of lines that only grow, with their tables: what came after a row is news. Of the others, lines that differ.
GROWING = {
    "wording": "wording", "scheduler": "scheduler", "review": "review", "prediction": "prediction", "draft": "draft",
    "settlement": "settlement", "correction": "correction", "journal": "journal", "parameters": "parameters",
}  # fmt: skip
# What is added to a row later makes its line news, too: the table, and the column that names the row.
ADDED = {"review": ("retraction", "review"), "prediction": ("prediction_outcome", "prediction")}


class Shared:
    """The marks of one database in its shared folders. Writers call it inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def position(self, folder: str, name: str) -> int:
        """Up to which byte a file was read, or which row of a table was written; 0 at first."""
        row = self._db.execute("SELECT value FROM sync_mark WHERE folder = ? AND name = ?", (folder, name)).fetchone()
        return int(row[0]) if row else 0

    def set_position(self, folder: str, name: str, value: int) -> None:
        """Remember a position."""
        self._db.execute(
            "INSERT INTO sync_mark VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (folder, name, value),
        )

    def forget(self, folder: str) -> None:
        """All is news to this folder again."""
        self._db.execute("DELETE FROM sync_line WHERE folder = ?", (folder,))
        self._db.executemany(
            "DELETE FROM sync_mark WHERE folder = ? AND name = ?", [(folder, table) for table in self._tables()]
        )

    def news(self, folder: str) -> Iterator[Line]:
        """The lines that the folder does not have yet, in the order in which an import takes them."""
        for kind, query in QUERIES.items():
            since = f"SELECT * FROM ({query})"
            if table := GROWING.get(kind):
                key = "digest" if kind == "wording" else "id"
                since += f" WHERE {key} IN (SELECT {key} FROM {table} WHERE rowid > {self.position(folder, table)}"
                if kind in ADDED:
                    added, column = ADDED[kind]
                    since += f" UNION SELECT {column} FROM {added} WHERE rowid > {self.position(folder, added)}"
                since += ")"
            for line in unpacked(self._db.execute(since, {"note": None}), kind):
                if kind in GROWING or not self._knows(folder, line):
                    yield line

    def remember(self, folder: str, lines: Iterable[Line]) -> None:
        """The folder has these lines; those that only grow are known by their rows."""
        digests = [(folder, _digest(line)) for line in lines if line.get("type") not in GROWING]
        self._db.executemany("INSERT OR IGNORE INTO sync_line VALUES (?, ?)", digests)

    def mark_written(self, folder: str) -> None:
        """The folder has all rows there are now."""
        for table in self._tables():
            last = self._db.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]
            self.set_position(folder, table, last)

    def _knows(self, folder: str, line: Line) -> bool:
        found = self._db.execute("SELECT 1 FROM sync_line WHERE folder = ? AND digest = ?", (folder, _digest(line)))
        return found.fetchone() is not None

    def _tables(self) -> list[str]:
        return [*GROWING.values(), *(table for table, _ in ADDED.values())]


LOCAL = {"path"}  # is each machine's own: two machines say the same of a note that stands in different places


def _digest(line: Line) -> str:
    said = {name: value for name, value in line.items() if name not in LOCAL}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
