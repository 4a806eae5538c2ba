"""What the coming days bring: cards as they are now, reviewed day after day at a retention of one's choice.

The library simulates a deck that starts empty; here every card starts from its own memory, so that the first weeks are
those of this learner. Recall is drawn with the probability that the forgetting curve gives, the ratings of what is
recalled as this learner gives them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from nnstudy.memory.scheduler import Memory, Rating, Scheduler, Step

YEAR = 365
SAMPLE = 1_000  # cards that are simulated at most; each then stands for several
RETENTIONS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97)
USUAL_SECONDS = {Rating.AGAIN: 16.0, Rating.HARD: 15.0, Rating.GOOD: 12.0, Rating.EASY: 8.0}  # of a review, at first
USUAL_RATINGS = {Rating.HARD: 0.22, Rating.GOOD: 0.63, Rating.EASY: 0.15}  # of recalled cards; both: fsrs-rs


@dataclass(frozen=True)
class Habits:
    """How a learner answers: seconds by rating, and the shares of the ratings among what is recalled."""

    seconds: Mapping[Rating, float]
    shares: Mapping[Rating, float]


USUAL = Habits(USUAL_SECONDS, USUAL_RATINGS)


@dataclass(frozen=True, slots=True)
class Future:
    """The coming days at one retention: reviews and seconds of each day, and how many cards are known at the end.

    `known` sums the probabilities of recall on the last day over all cards; new ones count nothing.
    """

    retention: float
    reviews: tuple[float, ...]
    seconds: tuple[float, ...]
    known: float

    @property
    def cost(self) -> float:
        """Seconds of study for each card that is known in the end."""
        return sum(self.seconds) / self.known if self.known else float("inf")


def simulate(
    scheduler: Scheduler,
    memories: Sequence[Memory],
    today: date,
    days: int,
    *,
    new_per_day: int,
    habits: Habits = USUAL,
    seed: int = 0,
) -> Future:
    """Review these cards for so many days under the scheduler's policy, `new_per_day` new ones a day."""
    random = Random(seed)
    policy = replace(scheduler.policy, fuzz=False, learning_steps=(), relearning_steps=())  # days only
    daily = Scheduler(policy)
    weight = max(1.0, len(memories) / SAMPLE)
    chosen = list(memories) if weight == 1 else random.sample(list(memories), SAMPLE)
    waiting = [memory for memory in chosen if memory.state != "new"]
    fresh = [memory for memory in chosen if memory.state == "new"]
    begins = (
        [today + timedelta(days=int(place * weight / new_per_day)) for place in range(len(fresh))]
        if new_per_day
        else []
    )
    reviews, seconds, known = [0.0] * days, [0.0] * days, 0.0
    for memory, begin in [*((m, m.due_day or today) for m in waiting), *zip(fresh, begins, strict=False)]:
        due = max(begin, today)
        while (place := (due - today).days) < days:
            rating = _rating(daily, memory, due, habits, random)
            reviews[place] += weight
            seconds[place] += weight * habits.seconds[rating]
            memory = daily.review("", memory, Step(_noon(due), due, rating))
            due = max(memory.due_day or due, due + timedelta(days=1))
        known += weight * (daily.retrievability(memory, today + timedelta(days=days)) or 0.0)
    return Future(policy.desired_retention, tuple(reviews), tuple(seconds), known)


def best(futures: Sequence[Future]) -> Future | None:
    """The future in which a known card costs the least time; None within a year, which favours forgetting."""
    if any(len(future.reviews) < YEAR for future in futures):
        return None
    return min((future for future in futures if future.known), key=lambda future: future.cost, default=None)


def _rating(scheduler: Scheduler, memory: Memory, day: date, habits: Habits, random: Random) -> Rating:
    recall = scheduler.retrievability(memory, day)
    if recall is not None and random.random() >= recall:
        return Rating.AGAIN
    ratings = list(habits.shares)
    return random.choices(ratings, [habits.shares[rating] for rating in ratings])[0]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)
