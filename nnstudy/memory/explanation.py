"""Why a card is due when it is: what its reviews found and made of it, and what other ratings would have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from nnstudy.memory.scheduler import Memory, Rating, Scheduler, Step


@dataclass(frozen=True, slots=True)
class Explained:
    """One review: the memory before and after it, and what each rating would have made of it.

    `retrievability` is the probability of recall that the present parameters give for that day, None for a new card.
    `otherwise` is empty for a start that was imported: no rating led to it.
    """

    step: Step
    before: Memory
    after: Memory
    elapsed: int
    retrievability: float | None
    otherwise: Mapping[Rating, Memory]


def explain(scheduler: Scheduler, card_id: str, steps: Iterable[Step]) -> tuple[Explained, ...]:
    """Every review of a card in turn, oldest first; the last one's `after` is what a replay of them all gives."""
    memory, found = Memory(), []
    for step in sorted(steps, key=attrgetter("at")):
        imported = step.interval is not None
        futures = {} if imported else scheduler.preview(card_id, memory, step.at, step.day)
        after = scheduler.review(card_id, memory, step) if imported else futures[step.rating]
        elapsed = max(0, (step.day - memory.last_day).days) if memory.last_day else 0
        found.append(
            Explained(step, memory, after, elapsed, scheduler.retrievability(memory, step.day), futures),
        )
        memory = after
    return tuple(found)
