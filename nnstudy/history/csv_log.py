"""The review log as CSV, for a spreadsheet or pandas."""

import csv

from nnstudy.history.outgoing import Outgoing
from nnstudy.store.dump import review_rows

GUARDED = ("=", "+", "-", "@", "\t", "\r")


def write(out: Outgoing) -> None:
    """One row a review, oldest first, under a row of column names."""
    writer = csv.writer(out.file, lineterminator="\n")
    for row in review_rows(out.store.connection, out.note):
        writer.writerow([_harmless(value) for value in row])


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula is marked as text: it may come from anybody's note."""
    return "'" + value if isinstance(value, str) and value.startswith(GUARDED) else value
