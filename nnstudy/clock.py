"""The present moment, and the day that a review counts for now."""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo

from nnstudy.memory.scheduler import day_begins, local_day


class Clock:
    """Reads the present moment; `zone` is where days begin (None: the system's zone)."""

    def __init__(self, read: Callable[[], datetime], zone: tzinfo | None) -> None:
        self.read, self.zone = read, zone
        self._found = datetime.min, date.min  # a minute, and its day

    def now(self) -> datetime:
        """The present moment in UTC, to the millisecond."""
        moment = self.read().astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def today(self) -> date:
        """The local day that a review counts for now; it begins at 04:00."""
        return self.day_of(self.now())

    def day_of(self, moment: datetime) -> date:
        """The local day that a review at a moment counts for."""
        minute = moment.replace(second=0, microsecond=0)  # days begin on a whole minute everywhere
        found, day = self._found  # in one piece: threads ask too
        if minute != found:
            day = local_day(minute, self.zone)
            self._found = minute, day
        return day

    def begin_of(self, day: date) -> datetime:
        """The moment at which a day begins."""
        return day_begins(day, self.zone)
