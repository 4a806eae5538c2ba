"""What an export is given: the database, whose history is wanted, where it goes, and when it is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TextIO

from nnstudy.store.store import Store


@dataclass(frozen=True)
class Outgoing:
    """One export of the history of a note (None: of all) into a file that is open for text."""

    store: Store
    note: str | None
    file: TextIO
    now: datetime
    today: date
