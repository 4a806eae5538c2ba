"""When a card is due: FSRS-6 with learning steps, as a pure replay of its reviews."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum


class Rating(IntEnum):
    """How well a card was recalled."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of one card's memory, derived from its reviews alone.

    `state` is "new", "learning", "review" or "relearning". A learning or relearning card is due at the moment `due_at`
    (UTC), a card in review on the local day `due_day`; the other of the two is None. `stability` is in days,
    `difficulty` from 1 to 10. `step` is the index of the learning step. Days are local calendar days that start at 04:00.
    """

    state: str = "new"
    step: int = 0
    stability: float | None = None
    difficulty: float | None = None
    due_at: datetime | None = None
    due_day: date | None = None
    interval: int = 0
    first_day: date | None = None
    last_day: date | None = None
    last_at: datetime | None = None
    reviews: int = 0
    lapses: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One review as the replay needs it: its moment (UTC), the local day it counted for, and the rating."""

    at: datetime
    day: date
    rating: Rating
