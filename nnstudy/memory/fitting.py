"""Parameters of FSRS fitted to a learner's own log, and judged on reviews that the fit has not seen.

A review can teach something when the library knows all that came before it and at least one day has passed since the
review before. The items are split in time: what comes last is held out, so that the log loss there says how well the
parameters predict the future, as they will have to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Rating, Step, forgetting_curve

if TYPE_CHECKING:
    from fsrs_rs_python import FSRSItem, FSRSReview

LEAST = 400  # reviews to learn from: with fewer, chance decides more than the learner
HELD_OUT = 0.2
SURE = 1e-6  # no prediction is surer than this, or one review could decide all
LONGEST = 256  # reviews of one card: what the library trains on


class Lesson(NamedTuple):
    """A review to predict: its moment, the card's reviews up to it as (rating, days since the one before)."""

    at: datetime
    reviews: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """What fitting gave: parameters before and after, log loss of both on the same held-out reviews.

    `held_out` and `trained` count reviews.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    loss_before: float
    loss_after: float
    trained: int
    held_out: int

    @property
    def better(self) -> bool:
        """Whether the fitted parameters predict the held-out reviews better than those before."""
        return self.loss_after < self.loss_before


def lessons(histories: Iterable[Sequence[Step]]) -> Iterator[Lesson]:
    """Every review of these histories (each in order) from which parameters can be learned."""
    for steps in histories:
        reviews: list[tuple[int, int]] = []
        last = None
        for step in steps[:LONGEST]:
            if step.interval is not None:
                break  # what came before a start from elsewhere is unknown
            elapsed = max(0, (step.day - last).days) if last else 0
            last = step.day
            reviews.append((int(step.rating), elapsed))
            if elapsed > 0:
                yield Lesson(step.at, tuple(reviews))


def fit(
    before: Sequence[float], histories: Iterable[Sequence[Step]], relearning_steps: int = 1,
    tell: Callable[[str], None] = lambda stage: None,
) -> Fit:  # fmt: skip
    """Fit parameters to the earlier reviews and judge them on the later ones.

    `before` are the 21 parameters in use, where the fit starts from the library's defaults; `tell` hears what is being
    done. Raises StudyError when there are too few reviews, saying how many are missing.
    """
    tell("reading the reviews")
    found = sorted(lessons(histories), key=lambda lesson: lesson.at)
    if len(found) < LEAST:
        raise StudyError(
            f"{len(found)} reviews can be learned from, and it takes {LEAST}: {LEAST - len(found)} are missing "
            "(those at least a day after the card's review before count)"
        )
    cut = round(len(found) * (1 - HELD_OUT))
    earlier, later = found[:cut], found[cut:]
    tell(f"fitting to {len(earlier):,} reviews")
    after = _fitted(before, _items(lesson.reviews for lesson in earlier), relearning_steps)
    tell(f"judging on {len(later):,} reviews")
    return Fit(tuple(before), after, log_loss(before, later), log_loss(after, later), len(earlier), len(later))


def log_loss(parameters: Sequence[float], judged: Sequence[Lesson]) -> float:
    """The mean log loss, in nats, of the recall predicted for each of these reviews; all weigh the same.

    The library's own evaluation weighs later reviews more, and so would tell another number.
    """
    from fsrs_rs_python import FSRS

    states = FSRS(list(parameters)).memory_state_batch(_items(lesson.reviews[:-1] for lesson in judged))
    loss = 0.0
    for lesson, state in zip(judged, states, strict=True):
        rating, elapsed = lesson.reviews[-1]
        recall = min(max(forgetting_curve(elapsed, state.stability, parameters[20]), SURE), 1 - SURE)
        loss -= math.log(recall if rating > Rating.AGAIN else 1 - recall)
    return loss / len(judged)


def _fitted(before: Sequence[float], items: Sequence[FSRSItem], relearning_steps: int) -> tuple[float, ...]:
    from fsrs_rs_python import FSRS

    try:
        fitted = tuple(FSRS(list(before)).compute_parameters(items, num_relearning_steps=relearning_steps))
    except ValueError as trouble:
        raise StudyError(f"the FSRS library could not fit parameters to these reviews: {trouble}") from trouble
    if not all(map(math.isfinite, fitted)):
        raise StudyError("the FSRS library found no finite parameters for these reviews; the present ones stay")
    return fitted


def _items(histories: Iterable[Sequence[tuple[int, int]]]) -> list[FSRSItem]:
    """What the library takes; lessons are well-formed, and must be: a malformed item would make it panic."""
    from fsrs_rs_python import FSRSItem, FSRSReview

    known: dict[tuple[int, int], FSRSReview] = {}
    items = []
    for reviews in histories:
        if not _well_formed(reviews):
            raise StudyError("a review with a rating or a day that cannot be: `nnstudy doctor` looks at the database")
        for asked in reviews:
            if asked not in known:
                known[asked] = FSRSReview(*asked)
        items.append(FSRSItem([known[asked] for asked in reviews]))
    return items


def _well_formed(reviews: Sequence[tuple[int, int]]) -> bool:
    possible = all(Rating.AGAIN <= rating <= Rating.EASY and elapsed >= 0 for rating, elapsed in reviews)
    return possible and bool(reviews) and reviews[0][1] == 0
