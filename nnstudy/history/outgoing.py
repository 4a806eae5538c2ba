"""What an export is given: the database, whose history is wanted, where it goes, and when it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TextIO

from nnstudy.memory.scheduler import Scheduler
from nnstudy.store.store import Store


@dataclass(frozen=True)
class Outgoing:
    """One export of the history of a note (None: of all) into a file that is open for text.

    `zone` is where days begin; `scheduler` gives that of a desired retention (None: of the settings).
    """

    store: Store
    note: str | None
    file: TextIO
    now: datetime
    today: date
    zone: tzinfo | None
    scheduler: Callable[[float | None], Scheduler]
