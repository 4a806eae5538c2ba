"""The review log as CSV, for a spreadsheet or pandas."""

import csv
from collections.abc import Iterator

from nnstudy.history.outgoing import Outgoing
from nnstudy.store.dump import review_rows

GUARDED = frozenset("=+-@\t\r")


def write(out: Outgoing) -> None:
    """One row a review, oldest first, under a row of column names."""
    rows = out.counted(review_rows(out.store.connection, out.note), out.store.log.size(out.note))
    csv.writer(out.file, lineterminator="\n").writerows(map(_harmless, rows))


def _harmless(row: tuple[object, ...]) -> Iterator[object] | tuple[object, ...]:
    """Text that a spreadsheet would run as a formula is marked as text: it may come from anybody's note."""
    if any(isinstance(value, str) and value[:1] in GUARDED for value in row):
        return ("'" + value if isinstance(value, str) and value[:1] in GUARDED else value for value in row)
    return row
