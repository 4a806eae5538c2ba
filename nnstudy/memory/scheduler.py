"""When a card is due: FSRS-6 with learning steps, as a pure replay of its reviews.

Time between reviews is counted in local calendar days that start at 04:00, as Anki counts it. The four memory states
that a review can lead to come from fsrs-rs; learning steps, whole days and fuzz are decided here. Nothing reads a clock
or a random generator: the same reviews give the same memory, bit for bit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import IntEnum
from functools import cache, cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from nnstudy.errors import StudyError
from nnstudy.memory.intervals import interval_bounds

if TYPE_CHECKING:
    from fsrs_rs_python import FSRS, ItemState, MemoryState

DAY_START = 4
DEFAULT_PARAMETERS = (
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
    1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
)  # fmt: skip
PARAMETER_BOUNDS = (
    *[(0.001, 100.0)] * 4, (1.0, 10.0), (0.001, 4.0), (0.001, 4.0), (0.001, 0.75), (0.0, 4.5), (0.0, 0.8), (0.001, 3.5),
    (0.001, 5.0), (0.001, 0.25), (0.001, 0.9), (0.0, 4.0), (0.0, 1.0), (1.0, 6.0), (0.0, 2.0), (0.0, 2.0), (0.0, 0.8),
    (0.1, 0.8),
)  # fmt: skip
LONGEST_INTERVAL = 36_500
LEAST_EASE, FIRST_EASE, MOST_EASE = 1.3, 2.5, 10.0  # of SM-2
SM2_RETENTION = 0.9  # what SM-2 aims at: with it, stability is the interval
LONGEST_STEP = 365 * 86_400


class Rating(IntEnum):
    """How well a card was recalled."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


RATINGS = tuple(Rating)  # going through the class itself takes ten times as long


class Memory(NamedTuple):
    """What is known of one card's memory, derived from its reviews alone.

    `state` is "new", "learning", "review" or "relearning". A learning or relearning card is due at the moment `due_at`
    (UTC), a card in review on the local day `due_day`; the other of the two is None. `stability` is in days,
    `difficulty` from 1 to 10. `step` is the index of the learning step. Days are local calendar days from 04:00 on.
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


class Step(NamedTuple):
    """One review as the replay needs it: its moment (UTC), the local day it counted for, and the rating.

    A card that comes from elsewhere, already scheduled there, has a step with the `interval` in days that was given it
    on that day and, where it is known, the `ease` factor of SM-2: its memory starts from these.
    """

    at: datetime
    day: date
    rating: Rating
    interval: int | None = None
    ease: float | None = None


@dataclass(frozen=True)
class Policy:
    """What decides when a card is due, besides its reviews.

    `parameters` are the 21 of FSRS-6. `learning_steps` and `relearning_steps` are in seconds, `maximum_interval` in
    days, `day_start` is the local hour at which a day begins. On `easy_days` (weekdays, 0 is Monday) no card falls due
    that fuzz can put elsewhere. Raises StudyError when one is out of its bounds.
    """

    parameters: tuple[float, ...] = DEFAULT_PARAMETERS
    desired_retention: float = 0.9
    learning_steps: tuple[float, ...] = (60, 600)
    relearning_steps: tuple[float, ...] = (600,)
    maximum_interval: int = LONGEST_INTERVAL
    fuzz: bool = True
    day_start: int = DAY_START
    easy_days: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        _check_parameters(self.parameters)
        _check("desired retention", self.desired_retention, 0.5, 0.995)
        for seconds in (*self.learning_steps, *self.relearning_steps):
            _check("a learning step in seconds", seconds, 1, LONGEST_STEP)
        _check("maximum interval in days", self.maximum_interval, 1, LONGEST_INTERVAL)
        _check("the hour at which a day starts", self.day_start, 0, 23)
        for weekday in self.easy_days:
            _check("an easy day of the week", weekday, 0, 6)

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of this policy with the library that computes: recorded with each review."""
        steps = (tuple(map(float, self.learning_steps)), tuple(map(float, self.relearning_steps)))
        rest: tuple[object, ...] = (
            float(self.desired_retention), int(self.maximum_interval), bool(self.fuzz), int(self.day_start),
        )  # fmt: skip
        rest += (sorted(self.easy_days),) if self.easy_days else ()
        from hashlib import sha256  # OpenSSL takes some milliseconds to load: the first card is asked without it

        digest = sha256(repr((tuple(map(float, self.parameters)), steps, rest)).encode())
        return f"{digest.hexdigest()[:12]} {library()}"


@cache
def library() -> str:
    """The name and version of the library that computes memory states."""
    from importlib.metadata import version

    return f"fsrs-rs-python {version('fsrs-rs-python')}"


def local_day(moment: datetime, zone: tzinfo | None = None, day_start: int = DAY_START) -> date:
    """The local calendar day, begun at the hour `day_start`, of an aware moment; without a zone, in the system's."""
    day = moment.astimezone(zone).date() + timedelta(days=1)
    while day_begins(day, zone, day_start) > moment:
        day -= timedelta(days=1)
    return day


def day_begins(day: date, zone: tzinfo | None = None, day_start: int = DAY_START) -> datetime:
    """The moment (UTC) at which a local day begins: when clocks there first show the hour `day_start`."""
    return datetime.combine(day, time(day_start), tzinfo=zone).astimezone(UTC)


def forgetting_curve(days: float, stability: float, w20: float) -> float:
    """The probability of recall so many days after a review.

    R = (1 + factor t / S)^-w20 with factor = 0.9^(-1/w20) - 1, t the days, S the stability in days: FSRS-6,
    https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm.
    """
    return float(recalls(days, stability, w20))


def recalls(days: Any, stability: Any, w20: float) -> Any:
    """`forgetting_curve` of numbers, or of arrays of them."""
    return (1 + (0.9 ** (-1 / w20) - 1) * days / stability) ** -w20


class Scheduler:
    """FSRS-6 under one policy: what a review makes of a memory."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._moves: dict[tuple[str, int, Rating], Move] = {}
        self._last: tuple[tuple[str, Memory, date] | None, tuple[Future, ...]] = None, ()  # what was asked for last

    @property
    def library(self) -> str:
        """The name and version of the library that computes memory states."""
        return library()

    def preview(self, card_id: str, memory: Memory, at: datetime, day: date) -> dict[Rating, Memory]:
        """What each rating, given at this moment of this local day, would make of a card's memory.

        Good waits at least a day longer than hard and easy a day longer than good where they wait for days, unless the
        maximum interval is reached.
        """
        futures: dict[Rating, Memory] = {}
        for rating, outcome, move, interval in self._futures(card_id, memory, day):
            futures[rating] = _after(memory, Step(at, day, rating), move, outcome.memory, interval)
        return futures

    def review(self, card_id: str, memory: Memory, step: Step) -> Memory:
        """The memory after one more review: exactly what `preview` showed for its rating."""
        if step.interval is not None:
            return _after(memory, step, GRADUATED, self.start(step.interval, step.ease), step.interval)
        futures = self._futures(card_id, memory, step.day)
        _, outcome, move, interval = next(future for future in futures if future[0] == step.rating)
        return _after(memory, step, move, outcome.memory, interval)

    def _futures(self, card_id: str, memory: Memory, day: date) -> "tuple[Future, ...]":
        """For each rating in turn: the memory state, the move and, where it waits for days, how many.

        They are kept until another card is asked for: what a preview has shown, an answer takes.
        """
        asked = card_id, memory, day
        before, found = self._last  # in one piece: threads ask too
        if before != asked:
            found = tuple(self._find_futures(*asked))
            self._last = asked, found
        return found

    def _find_futures(self, card_id: str, memory: Memory, day: date) -> "Iterator[Future]":
        luck, shortest = self.luck(card_id, memory.reviews), 1
        for rating, outcome in zip(RATINGS, self._outcomes(memory, day), strict=True):
            move = self.move(memory.state, memory.step, rating)
            interval = 0
            if move.wait is None:
                interval = self.whole_days(outcome.interval, shortest, luck, day)
                shortest = interval + 1 if rating > Rating.AGAIN else 1
            yield rating, outcome, move, interval

    def replay(self, card_id: str, steps: Iterable[Step]) -> Memory:
        """The memory that all reviews of a card lead to, in any order given; those of one moment count in that order.

        `nnstudy.memory.replay` does the same for many cards.
        """
        memory = Memory()
        for step in sorted(steps, key=attrgetter("at")):
            memory = self.review(card_id, memory, step)
        return memory

    def retrievability(self, memory: Memory, day: date) -> float | None:
        """The probability that a card is recalled on a local day; None for a new card.

        See `forgetting_curve`.
        """
        if memory.stability is None:
            return None
        return self.recall(memory.stability, _elapsed(memory.last_day, day))

    def recall(self, stability: float, days: int) -> float:
        """The probability that a card of this stability is recalled so many days after its last review."""
        return forgetting_curve(days, stability, self.policy.parameters[20])

    @cached_property
    def model(self) -> "FSRS":
        from fsrs_rs_python import FSRS  # loading it takes longer than choosing the first card, which needs none of it

        return FSRS(list(self.policy.parameters))

    def _outcomes(self, memory: Memory, day: date) -> "tuple[ItemState, ItemState, ItemState, ItemState]":
        """What each rating makes of stability and difficulty, and the interval (days, unrounded) that follows."""
        from fsrs_rs_python import MemoryState

        present = None
        if memory.stability is not None and memory.difficulty is not None:
            present = MemoryState(memory.stability, memory.difficulty)
        elapsed = _elapsed(memory.last_day, day)
        states = self.model.next_states(present, self.policy.desired_retention, elapsed)
        return states.again, states.hard, states.good, states.easy

    def start(self, interval: int, ease: float | None) -> "MemoryState":
        """The memory of a card whose interval was given elsewhere: it lasts as long as the interval was meant to.

        Without an ease, that with which SM-2 begins. See `memory_state_from_sm2` of fsrs-rs.
        """
        ease = FIRST_EASE if ease is None else min(max(ease, LEAST_EASE), MOST_EASE)
        return self.model.memory_state_from_sm2(ease, float(interval or 1), SM2_RETENTION)

    def move(self, state: str, step: int, rating: Rating) -> "Move":
        """Where a rating leads in the learning steps: those of Anki and py-fsrs."""
        if (known := self._moves.get((state, step, rating))) is None:
            known = self._moves[state, step, rating] = self._find_move(state, step, rating)
        return known

    def _find_move(self, state: str, step: int, rating: Rating) -> "Move":
        again = rating == Rating.AGAIN
        waiting = "learning" if state in ("new", "learning") else "relearning"
        steps = self.policy.learning_steps if waiting == "learning" else self.policy.relearning_steps
        if not steps or rating == Rating.EASY or (state == "review" and not again):
            return GRADUATED
        if again:
            return Move(waiting, 0, steps[0])
        next_step = step + (rating == Rating.GOOD)
        if next_step >= len(steps):
            return GRADUATED
        return Move(waiting, next_step, _hard_wait(steps, step) if rating == Rating.HARD else steps[next_step])

    def whole_days(self, interval: float, shortest: int, luck: int | None, day: date) -> int:
        """The interval in whole days from `day` on: rounded without luck, else drawn evenly by 64 random bits.

        It lies between its bounds, and leads to no easy day where another one lies there.
        """
        shortest = min(shortest, self.policy.maximum_interval)
        lowest, highest = interval_bounds(interval, shortest, self.policy.maximum_interval, fuzz=luck is not None)
        possible: Sequence[int] = range(lowest, highest + 1)
        if self.policy.easy_days and lowest < highest:
            weekday = day.weekday()
            possible = [n for n in possible if (weekday + n) % 7 not in self.policy.easy_days] or possible
        return possible[(luck or 0) * len(possible) >> 64]

    def luck(self, card_id: str, reviews: int) -> int | None:
        """64 random bits that belong to a card and a repetition; None without fuzz."""
        if not self.policy.fuzz:
            return None
        from hashlib import sha256

        return int.from_bytes(sha256(f"{card_id}\0{reviews}".encode()).digest()[:8])


Future = tuple[Rating, "ItemState", "Move", int]


class Move(NamedTuple):
    """Where a rating leads: the state, the learning step, and how long the card waits there."""

    state: str
    step: int
    wait: float | None  # seconds; None when the card goes into review and waits for days


GRADUATED = Move("review", 0, None)


def _after(memory: Memory, step: Step, move: Move, state: "MemoryState", interval: int) -> Memory:
    at = _to_milliseconds(step.at)
    return Memory(
        state=move.state,
        step=move.step,
        stability=state.stability,
        difficulty=state.difficulty,
        due_at=None if move.wait is None else _to_milliseconds(at + timedelta(seconds=move.wait)),
        due_day=step.day + timedelta(days=interval) if move.wait is None else None,
        interval=interval,
        first_day=memory.first_day or step.day,
        last_day=step.day,
        last_at=at,
        reviews=memory.reviews + 1,
        lapses=memory.lapses + (step.interval is None and _is_lapse(memory.state, step.rating)),
    )


def _is_lapse(state: str, rating: Rating) -> bool:
    return state == "review" and rating == Rating.AGAIN


def _elapsed(last_day: date | None, day: date) -> int:
    """Whole days since the last review; none when the clock was set back."""
    return 0 if last_day is None else max(0, (day - last_day).days)


def _hard_wait(steps: Sequence[float], step: int) -> float:
    if step > 0:
        return steps[step]
    return steps[0] * 1.5 if len(steps) == 1 else (steps[0] + steps[1]) / 2


def _to_milliseconds(moment: datetime) -> datetime:
    """The moment in UTC to the millisecond, as it is stored."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment - timedelta(microseconds=rest) if (rest := moment.microsecond % 1000) else moment


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise StudyError(f"{name} is {value:g}; it takes a number from {low:g} to {high:g}")


def _check_parameters(parameters: Sequence[float]) -> None:
    if len(parameters) != len(PARAMETER_BOUNDS):
        raise StudyError(f"FSRS-6 takes {len(PARAMETER_BOUNDS)} parameters, not {len(parameters)}")
    for index, (value, (low, high)) in enumerate(zip(parameters, PARAMETER_BOUNDS, strict=True)):
        rounding = 1e-6 * high  # fitted parameters are 32-bit numbers: one at its bound may lie just beyond it
        _check(f"FSRS parameter w{index}", value, low - rounding, high + rounding)
