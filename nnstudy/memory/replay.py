"""Many cards replayed at once, in columns: to the last bit what one `Scheduler.review` after the other gives.

Only a card's last review decides when it is due: those before it cost one call of the library for all cards together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnstudy.memory.intervals import FUZZ_SHARES, UNFUZZED_BELOW
from nnstudy.memory.scheduler import GRADUATED, Rating, Scheduler

if TYPE_CHECKING:
    from fsrs_rs_python import FSRSReview, ItemState, MemoryState, NextStates

Whole = NDArray[np.int64]
IMPORTED = 0  # in the place of a rating: a schedule of elsewhere
NEW, REVIEW = ("new", 0), (GRADUATED.state, GRADUATED.step)
ONE_AFTER_THE_OTHER = [attrgetter(rating.name.lower()) for rating in Rating]
OUTCOMES = [ONE_AFTER_THE_OTHER[0], *ONE_AFTER_THE_OTHER]  # by rating; of what was imported, any


@dataclass(frozen=True, eq=False)
class Histories:
    """Reviews card by card, each card's in order.

    `of_each` is how many each of the `cards` has, one at the least. `day` counts the local days since 1970; a `rating`
    is 1 to 4, or `IMPORTED`: then `given` has, by the place of the review, the interval and the ease of `Step`.
    """

    cards: Sequence[str]
    of_each: Whole
    day: Whole
    rating: Whole
    given: Mapping[int, tuple[int, float | None]]

    @property
    def begins(self) -> Whole:
        """The place of each card's first review."""
        return self.ends - self.of_each

    @property
    def ends(self) -> Whole:
        """The place after each card's last review."""
        return np.cumsum(self.of_each)


@dataclass(frozen=True, eq=False)
class Memories:
    """What the reviews of each card lead to; see `Memory`. `wait` is in milliseconds, -1 where it waits for days."""

    state: Sequence[str]
    step: Whole
    stability: NDArray[np.float64]
    difficulty: NDArray[np.float64]
    wait: Whole
    interval: Whole
    lapses: Whole


def replay(scheduler: Scheduler, histories: Histories, retentions: Sequence[float]) -> Memories:
    """The memory of each card under a policy, but with a desired retention of its own."""
    moves, last = _Moves(scheduler), histories.ends - 1
    rating, elapsed = histories.rating[last], _elapsed(histories)
    before, lapses = moves.walk(histories)
    befores = _befores(scheduler, histories, elapsed)
    futures = [
        scheduler.model.next_states(state, retention, days)
        for state, retention, days in zip(befores, retentions, elapsed[last].tolist(), strict=True)
    ]
    outcomes: list[ItemState] = [OUTCOMES[r](future) for r, future in zip(rating.tolist(), futures, strict=True)]
    states: list[MemoryState] = [outcome.memory for outcome in outcomes]
    interval = _intervals(scheduler, histories, futures, moves.wait[before])
    for card in np.flatnonzero(rating == IMPORTED).tolist():
        given = histories.given[int(last[card])]
        states[card], interval[card] = scheduler.start(*given), given[0]
    after = moves.to[before, rating]
    return Memories(
        [moves.places[place][0] for place in after.tolist()],
        np.array([step for _, step in moves.places])[after],
        np.array([state.stability for state in states]),
        np.array([state.difficulty for state in states]),
        moves.wait[before, rating], interval, lapses + moves.lapses(before, rating),
    )  # fmt: skip


def _elapsed(histories: Histories) -> Whole:
    """Days since the card's review before; none when the clock was set back."""
    elapsed = np.zeros(len(histories.day), np.int64)
    np.maximum(np.diff(histories.day), 0, out=elapsed[1:])
    elapsed[histories.begins] = 0
    return elapsed


class _Moves:
    """The ways through the learning steps: from each place (state and step), where each rating leads."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.places = [NEW, REVIEW]
        to, wait = [], []
        for place in self.places:  # which grows meanwhile
            moves = [GRADUATED, *(scheduler.move(*place, rating) for rating in Rating)]
            self.places += [at for move in moves if (at := (move.state, move.step)) not in self.places]
            to.append([self.places.index((move.state, move.step)) for move in moves])
            wait.append([_milliseconds(move.wait) for move in moves])
        self.to, self.wait = np.array(to), np.array(wait)

    def walk(self, histories: Histories) -> tuple[Whole, Whole]:
        """The place of each card before its last review, and how often it had lapsed by then."""
        longest_first = np.argsort(-histories.of_each, kind="stable")
        begins, left = histories.begins[longest_first], np.sort(histories.of_each)[::-1] - 1
        place, lapses = np.zeros((2, len(begins)), np.int64)
        for number in range(int(left[0])):
            among = slice(int(np.searchsorted(-left, -number)))  # those that have so many reviews before the last
            rating = histories.rating[begins[among] + number]
            lapses[among] += self.lapses(place[among], rating)
            place[among] = self.to[place[among], rating]
        back = np.empty_like(longest_first)
        back[longest_first] = np.arange(len(back))
        return place[back], lapses[back]

    def lapses(self, place: Whole, rating: Whole) -> NDArray[np.bool_]:
        """Where a card in review is forgotten."""
        return np.asarray((place == self.places.index(REVIEW)) & (rating == Rating.AGAIN))


def _milliseconds(seconds: float | None) -> int:
    return -1 if seconds is None else timedelta(seconds=seconds) // timedelta(milliseconds=1)


def _befores(scheduler: Scheduler, histories: Histories, elapsed: Whole) -> "list[MemoryState | None]":
    """The memory state of each card before its last review; None of a card that has no other."""
    from fsrs_rs_python import FSRSItem

    begins, ends = histories.begins, histories.ends
    states: list[MemoryState | None] = [None] * len(ends)
    for place, given in sorted(histories.given.items()):
        card = int(np.searchsorted(ends, place, "right"))
        if place < ends[card] - 1:
            begins[card], states[card] = place + 1, scheduler.start(*given)
    asked = np.flatnonzero(begins < ends - 1).tolist()
    if asked:
        reviews, spans = _reviews(histories, elapsed), zip(begins[asked].tolist(), ends[asked].tolist(), strict=True)
        items = [FSRSItem(reviews[begin : end - 1]) for begin, end in spans]
        found = scheduler.model.memory_state_batch(items, [states[card] for card in asked])
        for card, state in zip(asked, found, strict=True):
            states[card] = state
    return states


def _reviews(histories: Histories, elapsed: Whole) -> "list[FSRSReview]":
    """Each review as the library wants it; making one costs more than finding it, and few are different."""
    from fsrs_rs_python import FSRSReview

    kind = elapsed * (len(Rating) + 1) + histories.rating
    found = np.zeros(int(kind.max()) + 1, np.int32)
    found[kind] = 1
    kinds = np.flatnonzero(found)
    found[kinds] = np.arange(len(kinds))
    made = np.empty(len(kinds), object)
    made[:] = [FSRSReview(number % (len(Rating) + 1), number // (len(Rating) + 1)) for number in kinds.tolist()]
    reviews: list[FSRSReview] = made[found[kind]].tolist()
    return reviews


def _intervals(scheduler: Scheduler, histories: Histories, futures: "list[NextStates]", waits: Whole) -> Whole:
    """How many days each card waits; 0 where it waits for a learning step. See `Scheduler.preview`."""
    last = histories.ends - 1
    rating, day, luck = histories.rating[last], histories.day[last], _luck(scheduler, histories)
    shortest, interval = np.ones(len(last), np.int64), np.zeros(len(last), np.int64)
    for one, outcome in zip(Rating, ONE_AFTER_THE_OTHER, strict=True):
        among = (waits[:, one] < 0) & ((rating == one) | ((rating > one) & (one > Rating.AGAIN)))
        asked = np.array([outcome(future).interval for future in compress(futures, among.tolist())], np.float64)
        days = _whole_days(scheduler, asked, shortest[among], luck[among], day[among])
        shortest[among] = days + 1
        interval[among] = np.where(rating[among] == one, days, 0)
    return interval


def _luck(scheduler: Scheduler, histories: Histories) -> NDArray[np.uint64]:
    """The random bits of `Scheduler.luck` for each card's last review; zeros without fuzz."""
    if not scheduler.policy.fuzz:
        return np.zeros(len(histories.cards), np.uint64)
    repetitions = zip(histories.cards, (histories.of_each - 1).tolist(), strict=True)
    digests = b"".join([sha256(f"{card}\0{reviews}".encode()).digest() for card, reviews in repetitions])
    return np.frombuffer(digests, ">u8")[::4].astype(np.uint64)


def _whole_days(
    scheduler: Scheduler, interval: NDArray[np.float64], shortest: Whole, luck: NDArray[np.uint64], day: Whole
) -> Whole:
    """`Scheduler.whole_days` of arrays."""
    policy = scheduler.policy
    if policy.easy_days:
        given = zip(interval.tolist(), shortest.tolist(), luck.tolist(), day.tolist(), strict=True)
        days = [
            scheduler.whole_days(i, s, bits if policy.fuzz else None, date(1970, 1, 1) + timedelta(d))
            for i, s, bits, d in given
        ]
        return np.array(days, np.int64)
    shortest = np.minimum(shortest, policy.maximum_interval)
    lowest, highest = _bounds(interval, shortest, policy.maximum_interval, policy.fuzz)
    possible, half = (highest + 1 - lowest).astype(np.uint64), np.uint64(32)
    low = (luck & np.uint64(2**32 - 1)) * possible >> half  # the product has up to 96 bits: its upper ones in two parts
    return np.asarray(lowest + (((luck >> half) * possible + low) >> half).astype(np.int64))


def _bounds(interval: Any, shortest: Whole, longest: int, fuzz: bool) -> tuple[Whole, Whole]:
    """`interval_bounds` of arrays."""
    interval = np.minimum(np.maximum(interval, shortest), longest)
    spread = np.zeros(len(interval))
    if fuzz:
        parts = (share * np.maximum(0.0, np.minimum(interval, end) - start) for start, end, share in FUZZ_SHARES)
        spread = np.where(interval >= UNFUZZED_BELOW, 1 + sum(parts), 0.0)
    lowest, highest = (np.floor(interval + off + 0.5).astype(np.int64) for off in (-spread, spread))
    return np.maximum(shortest, lowest), np.minimum(longest, highest)
