"""Cards that begin where another schedule left them: the note's own, or one that stands beside a card.

Machines that read the same note write the same row, by whomever and under whatever settings: merged, it is one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from hashlib import sha256

from nnstudy.memory.scheduler import Rating, Scheduler, Step, day_begins
from nnstudy.notes.schedule import Start
from nnstudy.store.records import ReviewRow, uuid7_from
from nnstudy.store.store import Store

NOON = timedelta(hours=8)  # after a day began
NOTE = "note"  # in the place of the device and of the scheduler


@dataclass(frozen=True)
class Seeding:
    """Writes the reviews of elsewhere into the log, as kind "imported", and the schedule that follows from them."""

    scheduler: Callable[[float | None], Scheduler]
    today: date
    zone: tzinfo | None

    def sow(self, store: Store, starts: Mapping[str, Start], retention: float | None) -> None:
        """Let new cards start; called inside the transaction that keeps them. `retention` is what the note asks for."""
        scheduler = self.scheduler(retention)
        for card, start in starts.items():
            step = Step(day_begins(start.last, self.zone) + NOON, start.last, Rating.GOOD, start.interval, start.ease)
            wording = store.notes.wording_of(card)
            review = ReviewRow(
                card, step.at, step.day, step.rating, 0, "imported", wording, None, NOTE, NOTE,
                id=_id(step, card, wording), interval_days=step.interval, ease=step.ease,
            )  # fmt: skip
            store.log.add_imported(review, (), "the schedule of a note")
            store.log.schedule(card, scheduler.replay(card, [step]))


def _id(step: Step, card: str, wording: str) -> str:
    said = f"{card}\0{wording}\0{step.day}\0{step.interval}\0{step.ease}"
    return uuid7_from(round(step.at.timestamp() * 1000), sha256(said.encode()).digest()[:10])
