"""What a log says about a learner: recall, load, pace, what is known of each section, and what goes wrong again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nnstudy.memory.recall import LEAST_REVIEWS, Calibration, Hours, Judgement, Retention, missing
from nnstudy.words import percent

LEECH = 8  # lapses, as Anki counts
LONG_ANSWER = 250  # characters: more than one thing is asked at once
STABILITY_EDGES = (0.0, 1.0, 3.0, 7.0, 14.0, 30.0, 60.0, 120.0, 240.0, 480.0)  # days
LEAST_DAYS = 7
LEAST_CARDS = 20
FAINT = 7  # tenths of recall: below the lowest retention that can be aimed at


@dataclass(frozen=True)
class Load:
    """Reviews and seconds of each local day on which there were any."""

    reviews: Mapping[date, int]
    seconds: Mapping[date, float]
    today: date

    def mean(self, days: int) -> tuple[float, float]:
        """Reviews and minutes a day over the last so many days, today among them; idle days count."""
        first = self.today - timedelta(days=days - 1)
        reviews = sum(n for day, n in self.reviews.items() if first <= day <= self.today)
        seconds = sum(n for day, n in self.seconds.items() if first <= day <= self.today)
        return reviews / days, seconds / 60 / days

    @property
    def advice(self) -> str:
        """What to do about it."""
        if len(self.reviews) < LEAST_DAYS:
            return missing(LEAST_DAYS - len(self.reviews), "day with reviews", "days with reviews")
        (month, minutes), (quarter, _) = self.mean(30), self.mean(90)
        said = f"{month:.0f} reviews and {minutes:.0f} min a day over 30 days"
        if quarter and month > 1.25 * quarter:
            return f"{said}, and rising: learn fewer new cards (new_per_day) before it is too much."
        return f"{said}: steady; nnstudy forecast shows what comes."


@dataclass(frozen=True)
class Grades:
    """How often each grade (1 to 4) was given."""

    counts: Mapping[int, int]

    @property
    def advice(self) -> str:
        """What to do about it."""
        count = sum(self.counts.values())
        if count < LEAST_REVIEWS:
            return missing(LEAST_REVIEWS - count, "review")
        again, hard, good = (self.counts.get(grade, 0) for grade in (1, 2, 3))
        if hard > good:
            return (
                f"{percent(hard / count)} are Hard, only {percent(good / count)} Good: Hard is for what you recalled "
                "with effort; what you did not recall is Again."
            )
        return (
            f"{percent(again / count)} are Again, and Good is commoner than Hard: as it should be, nothing to change."
        )


@dataclass(frozen=True)
class Pace:
    """How long reviews take: how many took so many whole seconds, by rating (1 to 4)."""

    by_rating: Mapping[int, Mapping[int, int]]

    @property
    def grades(self) -> Grades:
        """How often each grade was given."""
        return Grades({rating: sum(counts.values()) for rating, counts in self.by_rating.items()})

    @property
    def counts(self) -> Mapping[int, int]:
        """Reviews by whole seconds, of all ratings."""
        found: dict[int, int] = {}
        for counts in self.by_rating.values():
            for second, count in counts.items():
                found[second] = found.get(second, 0) + count
        return found

    def quantile(self, share: float) -> int | None:
        """The whole seconds within which so great a share of the reviews were over."""
        return quantile(self.counts, share)

    @property
    def advice(self) -> str:
        """What to do about it."""
        count = sum(self.counts.values())
        if count < LEAST_CARDS:
            return missing(LEAST_CARDS - count, "review")
        middle, slow = self.quantile(0.5), self.quantile(0.9)
        if slow is not None and middle is not None and slow >= 4 * max(middle, 1):
            return f"Half are over within {middle} s, a tenth takes {slow} s or more: split the cards that take long."
        return f"Half of the reviews are over within {middle} s, nine in ten within {slow} s: no card needs splitting."


@dataclass(frozen=True)
class Memories:
    """How stable and difficult cards are, and how likely each is recalled now.

    `stability[i]` counts from edge i on, `difficulty[i]` at i + 1, `recall[i]` from i tenths on; `known` adds up the
    probabilities of recall.
    """

    stability: tuple[int, ...]
    difficulty: tuple[int, ...]
    recall: tuple[int, ...] = ()
    known: float = 0.0

    @property
    def stability_advice(self) -> str:
        """What to do about how stable they are."""
        if not (count := self._enough):
            return self._missing
        settled = percent(sum(self.stability[5:]) / count)
        return f"{settled} of the cards last a month or longer: review the others when they are due, and they will."

    @property
    def difficulty_advice(self) -> str:
        """What to do about how difficult they are."""
        if not (count := self._enough):
            return self._missing
        hard = sum(self.difficulty[8:]) / count
        said = f"{percent(hard)} of the cards are very difficult"
        if hard > 0.3:
            return f"{said}: reword them; press Hard only for what you recalled."
        return f"{said}: nothing to change."

    @property
    def recall_advice(self) -> str:
        """What to do about what would be recalled now."""
        if not (count := self._enough):
            return self._missing
        faint = sum(self.recall[:FAINT])
        said = f"You would recall about {self.known:.0f} of {count} learned cards now"
        if faint * 10 > count:
            return f"{said}; {faint} stand below {10 * FAINT} %: review what is due, and spread what is too much."
        return f"{said}: nothing to change."

    @property
    def advice(self) -> str:
        """What to do about stability and difficulty."""
        return f"{self.stability_advice} {self.difficulty_advice}" if self._enough else self._missing

    @property
    def _enough(self) -> int:
        """How many there are, where that is enough to say something; else 0."""
        count = sum(self.stability)
        return count if count >= LEAST_CARDS else 0

    @property
    def _missing(self) -> str:
        return missing(LEAST_CARDS - sum(self.stability), "learned card")


@dataclass(frozen=True)
class SectionMastery:
    """A section: the share of its cards that will still be recalled in 30 days without a review until then."""

    note: str
    section: tuple[str, ...]
    cards: int
    mastery: float


@dataclass(frozen=True)
class Leech:
    """A card that is forgotten again and again."""

    card: str
    prompt: str
    section: tuple[str, ...]
    lapses: int
    answer_length: int
    experiment: str | None
    runs: int

    @property
    def advice(self) -> str:
        """What to do about it."""
        if self.answer_length > LONG_ANSWER:
            return "split it: its answer holds more than one thing"
        if self.experiment and not self.runs:
            return f"run its experiment ({self.experiment}), and change one parameter"
        if self.lapses < 2 * LEECH:
            return "read its section again, then write it in your own words"
        return "reword the question, or suspend it: it costs more than it gives"


@dataclass(frozen=True)
class Misconception:
    """What wrong predictions showed: how often, when last, and the day from which the question was answered right."""

    belief: str
    experiment: str
    times: int
    last: date
    mended: date | None

    @property
    def advice(self) -> str:
        """What to do about it."""
        if self.mended:
            return f"mended on {self.mended}"
        return f"predict again: nnstudy lab {self.experiment}"


@dataclass(frozen=True)
class Diagnosis:
    """All of it."""

    retention: Retention
    calibration: Calibration
    judgement: Judgement
    load: Load
    pace: Pace
    hours: Hours
    memories: Memories
    sections: tuple[SectionMastery, ...]
    leeches: tuple[Leech, ...]
    misconceptions: tuple[Misconception, ...]

    @property
    def section_advice(self) -> str:
        """What to do about the sections."""
        begun = [section for section in self.sections if section.mastery > 0]
        if not begun:
            return "No section has a learned card yet: nnstudy review begins."
        weakest = min(begun, key=lambda section: section.mastery)
        name = weakest.section[-1] if weakest.section else weakest.note
        return f"Weakest of those begun: {name}, {percent(weakest.mastery)}. Read it again, run its experiment."

    @property
    def leech_advice(self) -> str:
        """What to do about leeches."""
        if not self.leeches:
            return f"No card was forgotten {LEECH} times or more: nothing to mend."
        return f"{len(self.leeches)} forgotten {LEECH} times or more. The worst: {self.leeches[0].advice}."

    @property
    def misconception_advice(self) -> str:
        """What to do about misconceptions."""
        if not self.misconceptions:
            return "No wrong prediction has shown one yet: predict before each run."
        standing = [one for one in self.misconceptions if one.mended is None]
        if not standing:
            return f"All {len(self.misconceptions)} are mended."
        return f"{len(standing)} not mended yet. The latest: {standing[0].advice}."


def quantile(counts: Mapping[int, int], share: float) -> int | None:
    """The least value at or below which so great a share of what was counted lies; None of nothing."""
    total, so_far = sum(counts.values()), 0
    for value in sorted(counts):
        so_far += counts[value]
        if so_far >= share * total:
            return value
    return None


def weeks(days: Mapping[date, tuple[int, int]]) -> dict[date, tuple[int, int]]:
    """Pairs of counts by day, added up by the Monday of their week."""
    found: dict[date, tuple[int, int]] = {}
    for day, (right, count) in sorted(days.items()):
        monday = day - timedelta(days=day.weekday())
        before = found.get(monday, (0, 0))
        found[monday] = before[0] + right, before[1] + count
    return found


def latest_first(found: Sequence[Misconception]) -> tuple[Misconception, ...]:
    """Those that still stand before those that are mended, each the latest first."""
    return tuple(sorted(found, key=lambda one: (one.mended is not None, -one.last.toordinal(), one.belief)))
