"""What an export is given: the database, whose history is wanted, where it goes, and when it is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, TextIO, TypeVar

from nnstudy.memory.scheduler import Scheduler
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.history.report import Chapter

T = TypeVar("T")
STRIDE = 1000  # rows between two words about the progress


@dataclass(frozen=True)
class Outgoing:
    """One export of the history of a note (None: of all) into a file that is open for text.

    `zone` is where days begin; `scheduler` gives that of a desired retention (None: of the settings). `progress` hears
    how much of how much is written; `report` gives the title and the chapters of a report.
    """

    store: Store
    note: str | None
    file: TextIO
    now: datetime
    today: date
    zone: tzinfo | None
    scheduler: Callable[[float | None], Scheduler]
    progress: Callable[[int, int], None] = lambda done, total: None
    report: "Callable[[], tuple[str, Sequence[Chapter]]]" = lambda: ("nnstudy", ())

    def counted(self, rows: Iterable[T], total: int) -> Iterator[T]:
        """The rows one by one, however many there are, with a word about the progress now and then."""
        for done, row in enumerate(rows):
            if done % STRIDE == 0:
                self.progress(done, max(done, total))
            yield row
