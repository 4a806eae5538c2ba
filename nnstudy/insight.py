"""What the log says: statistics, why a card is due, parameters fitted to it, and what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo

from nnstudy import settings as _settings
from nnstudy.errors import StudyError
from nnstudy.memory import diagnosis, fitting, forecast
from nnstudy.memory.diagnosis import Diagnosis
from nnstudy.memory.explanation import Explained, explain
from nnstudy.memory.fitting import Fit
from nnstudy.memory.forecast import Future, Habits
from nnstudy.memory.recall import CONFIDENCES, MATURE, Hours, Judgement, Retention, Share, calibration
from nnstudy.memory.scheduler import Memory, Rating, Scheduler
from nnstudy.settings import Settings
from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store

LEAST_HABITS = 100  # reviews from which a learner's own pace and ratings are taken
LONGEST_FORECAST = 3650
HORIZON = timedelta(days=30)
NOTHING = Diagnosis(
    Retention(Share(0, 0), Share(0, 0), {}, 0.9), calibration(()), Judgement({}), diagnosis.Load({}, {}, date.min),
    diagnosis.Pace({}), Hours({}), diagnosis.Memories((), ()), (), (), (),
)  # fmt: skip


@dataclass(frozen=True)
class Optimized:
    """A fit, whether its parameters are kept, and how many cards' schedules changed."""

    fit: Fit
    kept: bool
    moved: int


@dataclass(frozen=True)
class Forecast:
    """Reviews to come: `scheduled` on each day by the cards' present due days (late ones count for the first).

    `futures` are simulated, one a retention; `best` is the one in which a known card costs the least time.
    """

    first: date
    scheduled: tuple[int, ...]
    desired: float
    futures: tuple[Future, ...]
    best: Future | None


class Insight:
    """What one database says; every method reads it anew."""

    def __init__(
        self, store: Store, settings: Settings, scheduler: Callable[[float | None], Scheduler], zone: tzinfo | None
    ) -> None:
        self._store, self._settings, self._scheduler, self._zone = store, settings, scheduler, zone

    def stats(self, today: date) -> Diagnosis:
        """All figures."""
        return list(self.stats_in_steps(today))[-1][0]

    def stats_in_steps(self, today: date) -> Iterator[tuple[Diagnosis, frozenset[str]]]:
        """The figures, what is counted soonest first; each time with the names of those that are counted by then."""
        sums = self._store.statistics
        found = replace(NOTHING, judgement=self._judgement(), memories=self._memories())
        found = replace(found, misconceptions=self._misconceptions())
        counted = {"judgement", "memories", "misconceptions"}
        yield found, frozenset(counted)
        found = replace(found, sections=self._sections(today + HORIZON))
        found = replace(found, leeches=tuple(diagnosis.Leech(*row) for row in sums.leeches(diagnosis.LEECH)))
        counted |= {"sections", "leeches"}
        yield found, frozenset(counted)
        load, hours, asked = self._days(today)
        found = replace(found, load=load, hours=hours)
        counted |= {"load", "hours"}
        yield found, frozenset(counted)
        found = replace(found, calibration=calibration(sums.predicted()), pace=self._pace())
        counted |= {"calibration", "pace"}
        yield found, frozenset(counted)
        yield replace(found, retention=self._retention(asked)), frozenset(counted | {"retention"})

    def _days(self, today: date) -> tuple[diagnosis.Load, Hours, dict[date, tuple[int, int]]]:
        """What each day and each hour saw, and how much was recalled and asked on each day."""
        reviews: dict[date, int] = {}
        seconds: dict[date, float] = {}
        asked: dict[date, tuple[int, int]] = {}
        hours: dict[int, Share] = {}
        longest = int(1000 * _settings.seconds(self._settings.pause_limit))
        for day, at, count, spent, of_review, recalled in self._store.statistics.by_quarter(longest):
            reviews[day] = reviews.get(day, 0) + count
            seconds[day] = seconds.get(day, 0.0) + spent
            right, of = asked.get(day, (0, 0))
            asked[day] = right + recalled, of + of_review
            hour = at.astimezone(self._zone).hour
            hours[hour] = hours.get(hour, Share(0, 0)).plus(Share(recalled, of_review))
        return diagnosis.Load(reviews, seconds, today), Hours(dict(sorted(hours.items()))), asked

    def _memories(self) -> diagnosis.Memories:
        sums = self._store.statistics
        return diagnosis.Memories(tuple(sums.stabilities(diagnosis.STABILITY_EDGES)), tuple(sums.difficulties()))

    def _retention(self, asked: Mapping[date, tuple[int, int]]) -> Retention:
        split = self._store.statistics.by_maturity(MATURE)
        young, mature = (Share(*split.get(is_mature, (0, 0))) for is_mature in (False, True))
        by_week = {monday: Share(*counts) for monday, counts in diagnosis.weeks(asked).items() if counts[1]}
        return Retention(young, mature, by_week, self._settings.desired_retention)

    def _judgement(self) -> Judgement:
        found = self._store.statistics.by_confidence()
        return Judgement({name: Share(*found.get(name, (0, 0))) for name in CONFIDENCES})

    def _pace(self) -> diagnosis.Pace:
        by_rating: dict[int, dict[int, int]] = {}
        for rating, second, count in self._store.statistics.by_seconds():
            by_rating.setdefault(rating, {})[second] = count
        return diagnosis.Pace(by_rating)

    def _sections(self, day: date) -> tuple[diagnosis.SectionMastery, ...]:
        scheduler, origin = self._scheduler(None), date(2000, 1, 1)

        def recall(stability: float, days: int) -> float:
            memory = Memory(stability=stability, last_day=origin)
            return scheduler.retrievability(memory, origin + timedelta(days=days)) or 0.0

        return tuple(diagnosis.SectionMastery(*row) for row in self._store.statistics.sections(recall, day))

    def _misconceptions(self) -> tuple[diagnosis.Misconception, ...]:
        found = [
            diagnosis.Misconception(
                belief, experiment, times, last.astimezone(self._zone).date(),
                mended.astimezone(self._zone).date() if mended else None,
            )
            for belief, experiment, times, last, mended in self._store.statistics.misconceptions()
        ]  # fmt: skip
        return diagnosis.latest_first(found)

    def why(self, card: StoredCard) -> tuple[Explained, ...]:
        """Every review of a card, oldest first."""
        return explain(self._scheduler(card.desired_retention), card.id, self._store.log.steps(card.id))

    def fit(self, tell: Callable[[str], None] = lambda stage: None) -> Fit:
        """Parameters fitted to the log; `tell` hears what is being done."""
        histories = (steps for _, steps in self._store.log.all_steps())
        return fitting.fit(
            self._scheduler(None).policy.parameters, histories, len(self._settings.relearning_steps), tell
        )

    def forecast(self, today: date, days: int, retentions: Sequence[float], only_due: bool = False) -> Forecast:
        """Reviews a day to come: as scheduled and, unless `only_due`, simulated at the desired and these retentions."""
        if not 1 <= days <= LONGEST_FORECAST:
            raise StudyError(f"a forecast takes from 1 to {LONGEST_FORECAST} days, not {days}")
        desired = self._settings.desired_retention
        if only_due:
            return Forecast(today, self._due(today, days), desired, (), None)
        habits = self._habits()
        memories = self._store.statistics.memories()
        futures = tuple(
            forecast.simulate(
                self._scheduler(retention), memories, today, days,
                new_per_day=self._settings.new_per_day, habits=habits,
            )
            for retention in sorted({desired, *retentions})
        )  # fmt: skip
        return Forecast(today, self._due(today, days), desired, futures, forecast.best(futures))

    def _due(self, today: date, days: int) -> tuple[int, ...]:
        found = [0] * days
        for day, count in self._store.notes.due_by_day(date.min, today + timedelta(days=days - 1)).items():
            found[max(0, (day - today).days)] += count
        return tuple(found)

    def _habits(self) -> Habits:
        """This learner's pace and ratings, once there are enough reviews; before, what is usual."""
        by_rating = self._pace().by_rating
        counts = {rating: sum(by_rating.get(rating, {}).values()) for rating in Rating}
        if min(counts[Rating.AGAIN], counts[Rating.GOOD]) < 1 or sum(counts.values()) < LEAST_HABITS:
            return forecast.USUAL
        seconds = dict(forecast.USUAL_SECONDS)
        for rating, spent in by_rating.items():
            seconds[Rating(rating)] = sum((second + 0.5) * n for second, n in spent.items()) / counts[Rating(rating)]
        recalled = sum(counts[rating] for rating in forecast.USUAL_RATINGS)
        return Habits(seconds, {rating: counts[rating] / recalled for rating in forecast.USUAL_RATINGS})
