"""Cards that begin where another schedule left them: the note's own, or one that stands beside a card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from nnstudy.memory.scheduler import Rating, Scheduler, Step, day_begins
from nnstudy.notes.schedule import Start
from nnstudy.store.records import ReviewRow
from nnstudy.store.store import Store

NOON = timedelta(hours=8)  # after a day began


@dataclass(frozen=True)
class Seeding:
    """Writes the reviews of elsewhere into the log, as kind "imported", and the schedule that follows from them."""

    scheduler: Callable[[float | None], Scheduler]
    device: str
    today: date
    zone: tzinfo | None

    def sow(self, store: Store, starts: Mapping[str, Start], retention: float | None) -> None:
        """Let new cards start; called inside the transaction that keeps them. `retention` is what the note asks for."""
        scheduler = self.scheduler(retention)
        for card, start in starts.items():
            step = Step(day_begins(start.last, self.zone) + NOON, start.last, Rating.GOOD, start.interval, start.ease)
            review = ReviewRow(
                card, step.at, step.day, step.rating, 0, "imported", store.notes.wording_of(card), None, self.device,
                scheduler.policy.fingerprint, interval_days=step.interval, ease=step.ease,
            )  # fmt: skip
            store.log.add_imported(review, scheduler.policy.parameters, scheduler.library)
            store.log.schedule(card, scheduler.replay(card, [step]))
