"""Other due days for many cards, shown before they are kept, and taken back by one undo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Scheduler
from nnstudy.memory.spreading import Waiting, by_day, shift, spread
from nnstudy.reviewing.deeds import Deeds
from nnstudy.store.store import Store
from nnstudy.words import plural

LONGEST_SPREAD, LONGEST_MOVE = 365, 3650  # days
SHOWN = 14  # days of a plan that are shown at least


@dataclass(frozen=True)
class Plan:
    """New due days of cards, and how many are due on each of the coming days before and after.

    Of the cards of `days` so many `moved` get another day than they have. A card in its learning or relearning steps
    comes back within a day, and is no plan's: `learning` says how many stay.
    """

    first: date
    days: Mapping[str, date]
    counts: tuple[tuple[int, int], ...]
    learning: int = 0
    moved: int = 0

    @property
    def remark(self) -> str:
        """What to know of the cards that stay; empty when there is none."""
        if not self.learning:
            return ""
        which = "is in its learning steps and stays" if self.learning == 1 else "are in their learning steps and stay"
        return f"{plural(self.learning, 'card')} {which}: a step is a matter of minutes."


@dataclass(frozen=True)
class Plans:
    """Plans for the cards of one database; a thread makes its own, with a database of its own."""

    store: Store
    scheduler: Callable[[], Scheduler]
    today: date
    deeds: Deeds

    def spread(self, days: int) -> Plan:
        """Spread what is due over so many days, today the first; StudyError for a span that cannot be."""
        if not 1 <= days <= LONGEST_SPREAD:
            raise StudyError(f"a backlog is spread over 1 to {LONGEST_SPREAD} days, not {days}")
        scheduler, waiting = self.scheduler(), self._waiting()
        moved = spread(scheduler, waiting, self.today, days, scheduler.policy.easy_days)
        return self._plan(waiting, moved, max(SHOWN, days))

    def move(self, days: int) -> Plan:
        """Move every due day by so many days, on or (below 0) back; StudyError for too many."""
        if not 1 <= abs(days) <= LONGEST_MOVE:
            raise StudyError(f"due days are moved by 1 to {LONGEST_MOVE} days, on or back, not by {days}")
        waiting = self._waiting()
        moved = shift(waiting, self.today, days)
        return self._plan(waiting, moved, SHOWN + max(0, days))

    def _plan(self, waiting: list[Waiting], moved: Mapping[str, date], days: int) -> Plan:
        counts = tuple(by_day(waiting, moved, self.today, days))
        others = len(_other_days(waiting, moved))
        return Plan(self.today, moved, counts, self.store.agenda.learning(), others)

    def keep(self, plan: Plan) -> int:
        """Do as planned, as one deed; returns how many cards were moved. A card that was reviewed since is left out."""
        return self.deeds.move(_other_days(self._waiting(), plan.days))

    def _waiting(self) -> list[Waiting]:
        return [Waiting(*row) for row in self.store.agenda.waiting()]


def _other_days(waiting: list[Waiting], days: Mapping[str, date]) -> dict[str, date]:
    """The cards that wait for another day than these give them, with that day."""
    due = {card.card: card.due for card in waiting}
    return {card: day for card, day in days.items() if card in due and due[card] != day}
