"""What the log says: statistics, why a card is due, parameters fitted to it, and what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import TYPE_CHECKING

import numpy as np

from nnstudy import settings as _settings
from nnstudy.errors import StudyError
from nnstudy.insight.standing import HORIZON
from nnstudy.memory import diagnosis, fitting, forecast
from nnstudy.memory.diagnosis import Diagnosis
from nnstudy.memory.explanation import Explained, explain
from nnstudy.memory.fitting import Fit
from nnstudy.memory.forecast import Future, Habits
from nnstudy.memory.recall import CONFIDENCES, MATURE, Hours, Judgement, Retention, Share, calibration
from nnstudy.memory.scheduler import Rating, Scheduler, recalls
from nnstudy.settings import Settings
from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.store.columns import Columns

LEAST_HABITS = 100  # reviews from which a learner's own pace and ratings are taken
LONGEST_FORECAST = 3650
OF_THE_LOG = frozenset({"load", "hours", "calibration", "pace", "retention"})
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
    missing: int = 0  # reviews that the learner's own pace and grades want yet; what is usual counts meanwhile

    @property
    def edge(self) -> str:
        """Where the best stands at an end of what was simulated, which one: beyond it, it may be better still."""
        tried = [future.retention for future in self.futures]
        if self.best is None or min(tried) == max(tried):
            return ""
        return {min(tried): "lowest", max(tried): "highest"}.get(self.best.retention, "")


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
        from nnstudy.store.columns import keep, read

        with ThreadPoolExecutor(1) as thread:
            reading = thread.submit(read, self._store.path)  # by connections of its own, while the first is counted
            for found, counted in self._without_the_log(today):
                yield found, counted
            log = reading.result()
            yield self._with_the_log(found, log, today), counted | OF_THE_LOG
        keep(self._store.path, log)

    def _without_the_log(self, today: date) -> Iterator[tuple[Diagnosis, frozenset[str]]]:
        counted = frozenset({"judgement", "misconceptions"})
        found = replace(NOTHING, judgement=self._judgement(), misconceptions=self._misconceptions())
        yield found, counted
        memories, sections = self._memories(today + HORIZON)
        leeches = tuple(diagnosis.Leech(*row) for row in self._store.statistics.leeches(diagnosis.LEECH))
        found = replace(found, memories=memories, sections=sections, leeches=leeches)
        yield found, counted | {"memories", "sections", "leeches"}

    def _with_the_log(self, found: Diagnosis, log: Columns, today: date) -> Diagnosis:
        """What each day and each hour saw, how much was recalled of what was asked, how long it took."""
        days = log.by_day(int(1000 * _settings.seconds(self._settings.pause_limit)))
        asked = {day: (recalled, of) for day, (_, _, of, recalled) in days.items()}
        return replace(
            found,
            load=diagnosis.Load({day: n for day, (n, *_) in days.items()}, {d: of[1] for d, of in days.items()}, today),
            hours=Hours({hour: Share(*counts) for hour, counts in log.by_hour(self._zone).items()}),
            calibration=calibration(log.predictions()),
            pace=_pace(log.by_seconds()),
            retention=self._retention(log.by_maturity(MATURE), asked),
        )

    def _memories(self, day: date) -> tuple[diagnosis.Memories, tuple[diagnosis.SectionMastery, ...]]:
        """How stable and how difficult cards are, and how many of each section will still be recalled on a day."""
        from nnstudy.store.columns import learned

        sections, found = self._store.statistics.sections(), learned(self._store.connection)
        rows = np.array([row for row, _, _ in sections], np.int64)
        order = np.argsort(rows)
        of = order[np.searchsorted(rows[order], found.section)] if len(rows) else found.section
        today = (day - date(1970, 1, 1)).days
        elapsed = np.where(found.last_day < 0, 0, np.maximum(0, today - found.last_day)).astype(float)
        stability, difficulty = found.stability, found.difficulty
        decay = self._scheduler(None).policy.parameters[20]
        recall = np.nan_to_num(recalls(elapsed, stability, decay))
        cards = np.bincount(of, minlength=len(sections))
        mastery = np.bincount(of, recall, minlength=len(sections)) / np.maximum(cards, 1)
        edges = [*diagnosis.STABILITY_EDGES, np.inf]
        stable = np.histogram(stability[~np.isnan(stability)], edges)[0]
        hard = np.bincount((difficulty[~np.isnan(difficulty)] + 0.5).astype(int), minlength=11)[1:11]
        likely = recalls(np.maximum(0.0, elapsed - HORIZON.days), stability, decay)
        now = np.histogram(likely[~np.isnan(likely)], np.linspace(0.0, 1.0, 11))[0]
        counts = [tuple(map(int, of_all)) for of_all in (stable, hard, now)]
        return diagnosis.Memories(counts[0], counts[1], counts[2], float(np.nansum(likely))), tuple(
            diagnosis.SectionMastery(note, headings, int(cards[place]), float(mastery[place]))
            for place, (_, note, headings) in enumerate(sections)
            if cards[place]
        )

    def _retention(self, split: Mapping[bool, tuple[int, int]], asked: Mapping[date, tuple[int, int]]) -> Retention:
        young, mature = (Share(*split.get(is_mature, (0, 0))) for is_mature in (False, True))
        by_week = {monday: Share(*counts) for monday, counts in diagnosis.weeks(asked).items() if counts[1]}
        return Retention(young, mature, by_week, self._settings.desired_retention)

    def _judgement(self) -> Judgement:
        found = self._store.statistics.by_confidence()
        return Judgement({name: Share(*found.get(name, (0, 0))) for name in CONFIDENCES})

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
        habits, missing = self._habits()
        memories = self._store.statistics.memories()
        futures = tuple(
            forecast.simulate(
                self._scheduler(retention), memories, today, days,
                new_per_day=self._settings.new_per_day, habits=habits,
            )
            for retention in sorted({desired, *retentions})
        )  # fmt: skip
        return Forecast(today, self._due(today, days), desired, futures, forecast.best(futures), missing)

    def _due(self, today: date, days: int) -> tuple[int, ...]:
        found = [0] * days
        for day, count in self._store.waiting.due_by_day(date.min, today + timedelta(days=days - 1)).items():
            found[max(0, (day - today).days)] += count
        return tuple(found)

    def _habits(self) -> tuple[Habits, int]:
        """This learner's pace and ratings, once there are enough reviews; before, what is usual, and how many want."""
        by_rating = _pace(self._store.statistics.by_seconds()).by_rating
        counts = {rating: sum(by_rating.get(rating, {}).values()) for rating in Rating}
        if (missing := LEAST_HABITS - sum(counts.values())) > 0:
            return forecast.USUAL, missing
        if min(counts[Rating.AGAIN], counts[Rating.GOOD]) < 1:
            return forecast.USUAL, 0
        seconds = dict(forecast.USUAL_SECONDS)
        for rating, spent in by_rating.items():
            seconds[Rating(rating)] = sum((second + 0.5) * n for second, n in spent.items()) / counts[Rating(rating)]
        recalled = sum(counts[rating] for rating in forecast.USUAL_RATINGS)
        return Habits(seconds, {rating: counts[rating] / recalled for rating in forecast.USUAL_RATINGS}), 0


def _pace(counts: Iterable[tuple[int, int, int]]) -> diagnosis.Pace:
    by_rating: dict[int, dict[int, int]] = {}
    for rating, second, count in counts:
        by_rating.setdefault(rating, {})[second] = count
    return diagnosis.Pace(by_rating)
