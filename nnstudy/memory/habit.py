"""A learner's days: how long a streak lasts, how full each day was, and how much time the cards of a day take."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 53
LEVELS = 4  # of a day with reviews, beside 0 for a day without


@dataclass(frozen=True)
class Streak:
    """Days in a row with reviews: those that reach today (or yesterday, while today is young), and the most ever."""

    current: int
    longest: int


@dataclass(frozen=True)
class Effort:
    """Seconds that a card in review and a new one take on a day, all answers of that day together; None: unknown.

    `cards` counts those that it was seen on.
    """

    review: float | None
    new: float | None
    cards: int

    def seconds(self, due: int, new: int) -> float | None:
        """How long so many cards take; None before the first review."""
        each_due, each_new = self.each
        return None if each_due is None or each_new is None else due * each_due + new * each_new

    @property
    def each(self) -> tuple[float | None, float | None]:
        """Seconds of a due and of a new card, each taken for the other where only one is known."""
        known = self.review if self.review is not None else self.new
        return known, self.new if self.new is not None else known


def streak(days: Collection[date], today: date) -> Streak:
    """The streaks of the days on which there were reviews."""
    one = timedelta(days=1)
    longest = run = 0
    before = None
    for day in sorted(days):
        run = run + 1 if before is not None and day - before == one else 1
        longest, before = max(longest, run), day
    return Streak(run if before is not None and today - before <= one else 0, longest)


def effort(answers: Iterable[tuple[str, date, bool, float]]) -> Effort:
    """The effort that answers show: card, day, whether it was a card's first learning, and seconds of each."""
    spent: dict[tuple[str, date], float] = {}
    learned: set[tuple[str, date]] = set()
    for card, day, is_learning, seconds in answers:
        spent[card, day] = spent.get((card, day), 0.0) + seconds
        if is_learning:
            learned.add((card, day))
    new = [seconds for place, seconds in spent.items() if place in learned]
    due = [seconds for place, seconds in spent.items() if place not in learned]
    return Effort(_mean(due), _mean(new), len(spent))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def year(today: date) -> list[list[date | None]]:
    """The days of the last 53 weeks: Monday to Sunday, each a row of weeks up to this one; None lies ahead."""
    monday = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    days = [[monday + timedelta(days=7 * week + row) for week in range(WEEKS)] for row in range(7)]
    return [[day if day <= today else None for day in row] for row in days]


def bounds(counts: Mapping[date, int], days: Collection[date]) -> tuple[int, ...]:
    """The least reviews of the levels 1 to 4: quarters of those days (by how full they are) that had any."""
    found = sorted(counts[day] for day in days if counts.get(day, 0) > 0)
    if not found:
        return ()
    edges = [1, *(found[len(found) * part // LEVELS] for part in range(1, LEVELS))]
    for place in range(1, LEVELS):  # each level is fuller than the one before
        edges[place] = max(edges[place], edges[place - 1] + 1)
    return tuple(edges)


def level(count: int, edges: Sequence[int]) -> int:
    """0 for a day without reviews, else 1 to 4."""
    return sum(count >= edge for edge in edges) if count else 0
