"""The review log as CSV, for a spreadsheet or pandas."""

import csv
from typing import TextIO

from nnstudy.store.dump import review_rows
from nnstudy.store.store import Store

GUARDED = ("=", "+", "-", "@", "\t", "\r")


def write(store: Store, note: str | None, out: TextIO) -> None:
    """One row a review, oldest first, under a row of column names."""
    writer = csv.writer(out, lineterminator="\n")
    for row in review_rows(store.connection, note):
        writer.writerow([_harmless(value) for value in row])


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula is marked as text: it may come from anybody's note."""
    return "'" + value if isinstance(value, str) and value.startswith(GUARDED) else value
