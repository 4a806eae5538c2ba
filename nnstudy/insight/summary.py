"""What a session did."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nnstudy.memory.scheduler import Rating
from nnstudy.store.run_records import OutcomeRow
from nnstudy.store.store import Store


@dataclass(frozen=True)
class Summary:
    """What a session did, what comes tomorrow, and how its predictions turned out."""

    answers: int
    ratings: Mapping[Rating, int]
    seconds: float
    tomorrow: int
    predictions: tuple[OutcomeRow, ...]


def summary(store: Store, since: datetime, today: date) -> Summary:
    """What was done since a moment, and what comes tomorrow."""
    reviews = [review for review in store.log.history(since=since) if review.retracted_at is None]
    tomorrow = today + timedelta(days=1)
    return Summary(
        answers=len(reviews),
        ratings=Counter(Rating(review.rating) for review in reviews),
        seconds=sum(review.duration_ms for review in reviews) / 1000,
        tomorrow=store.waiting.due_by_day(tomorrow, tomorrow).get(tomorrow, 0),
        predictions=tuple(store.runs.outcomes(since)),
    )
