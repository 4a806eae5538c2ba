"""How often what was asked was recalled, and how well that had been foretold: by the scheduler and by the learner."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from nnstudy.words import percent

Z = 1.959964  # 95 % of a normal distribution lie within so many deviations
LEAST_REVIEWS = 100  # of which a share is told: its band is then ten points wide at the most for retentions of use
LEAST_PREDICTIONS = 20
MATURE = 21  # days of waiting, as Anki counts
BINS = 10
CONFIDENCES = {"guess": 0.5, "think so": 0.75, "sure": 0.95}  # how often each should be right, of two choices or more


class Share(NamedTuple):
    """So many of so many, with the band of Wilson (1927) in which the true share lies with 95 %."""

    right: int
    of: int

    @property
    def share(self) -> float | None:
        """The share itself; None of nothing."""
        return self.right / self.of if self.of else None

    @property
    def band(self) -> tuple[float, float]:
        """The ends of the band; 0 and 1 of nothing."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.right / self.of
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        reach = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def plus(self, other: "Share") -> "Share":
        """Both together."""
        return Share(self.right + other.right, self.of + other.of)


@dataclass(frozen=True)
class Retention:
    """True retention: recalled of asked, in review; `weeks` begin on Mondays, `wanted` is the aim."""

    young: Share
    mature: Share
    weeks: Mapping[date, Share]
    wanted: float

    @property
    def all(self) -> Share:
        """Young and mature cards together."""
        return self.young.plus(self.mature)

    @property
    def advice(self) -> str:
        """What to do about it."""
        all, (low, high) = self.all, self.all.band
        if all.of < LEAST_REVIEWS:
            return missing(LEAST_REVIEWS - all.of, "review")
        said = f"You recalled {percent(all.share)} and aim at {percent(self.wanted)}"
        if high < self.wanted:
            return f"{said}: fit the scheduler to you (nnstudy optimize), or learn fewer new cards a day."
        if low > self.wanted:
            return f"{said}: fit the scheduler to you (nnstudy optimize), and you save reviews."
        return f"{said}: as it should be, nothing to change."


class Bin(NamedTuple):
    """Reviews of which recall was predicted with about the same probability: its mean, and what came of them."""

    predicted: float
    actual: Share


@dataclass(frozen=True)
class Calibration:
    """The recall that the scheduler predicted against what happened; losses are None where nothing was predicted."""

    bins: tuple[Bin, ...]
    brier: float | None
    log_loss: float | None

    @property
    def count(self) -> int:
        """How many reviews had a prediction."""
        return sum(one.actual.of for one in self.bins)

    @property
    def scores(self) -> str:
        """Both losses in words; empty where nothing was predicted."""
        return "" if self.brier is None else f"Brier {self.brier:.4f}, log loss {self.log_loss:.4f}"

    @property
    def error(self) -> float:
        """The root of the mean squared distance between predicted and actual over the bins, weighed by reviews."""
        squares = [one.actual.of * (one.predicted - (one.actual.share or 0.0)) ** 2 for one in self.bins]
        return math.sqrt(sum(squares) / self.count) if self.count else 0.0

    @property
    def advice(self) -> str:
        """What to do about it."""
        if self.count < LEAST_REVIEWS:
            return missing(LEAST_REVIEWS - self.count, "review with a prediction", "reviews with a prediction")
        off = [one for one in self.bins if not one.actual.band[0] <= one.predicted <= one.actual.band[1]]
        if sum(one.actual.of for one in off) * 2 < self.count:
            return f"Predictions lie {100 * self.error:.1f} points off, mostly within chance: trust the intervals."
        bias = sum(one.predicted * one.actual.of - one.actual.right for one in self.bins)
        told = "more" if bias > 0 else "less"
        return f"It expects {told} recall than there is ({100 * self.error:.1f} points): fit it (nnstudy optimize)."


def calibration(groups: Sequence[tuple[int, int, float, float]]) -> Calibration:
    """Calibration from groups of reviews with nearly the same predicted recall.

    Each group is (reviews, recalled, sum of predicted, sum of predicted²) and so fine that within it the log loss is
    that of its mean; Brier's score (1950) is exact.
    """
    binned: dict[int, list[tuple[int, int, float, float]]] = {}
    loss = squares = 0.0
    for n, recalled, total, square in groups:
        mean = min(max(total / n, 1e-6), 1 - 1e-6)
        loss -= recalled * math.log(mean) + (n - recalled) * math.log(1 - mean)
        squares += square + recalled  # (p - y)² = p² - 2 p y + y²
        squares -= 2 * mean * recalled
        binned.setdefault(min(int(total / n * BINS), BINS - 1), []).append((n, recalled, total, square))
    bins = tuple(
        Bin(sum(g[2] for g in of) / sum(g[0] for g in of), Share(sum(g[1] for g in of), sum(g[0] for g in of)))
        for _, of in sorted(binned.items())
    )
    count = sum(group[0] for group in groups)
    return Calibration(bins, squares / count if count else None, loss / count if count else None)


@dataclass(frozen=True)
class Judgement:
    """How often the learner's predictions of experiments were right, by how sure the learner was."""

    by_confidence: Mapping[str, Share]

    @property
    def advice(self) -> str:
        """What to do about it."""
        count = sum(share.of for share in self.by_confidence.values())
        if count < LEAST_PREDICTIONS:
            return missing(LEAST_PREDICTIONS - count, "settled prediction")
        sure, guess = (self.by_confidence.get(name, Share(0, 0)) for name in ("sure", "guess"))
        if sure.of and sure.band[1] < CONFIDENCES["sure"]:
            wrong = sure.of - sure.right
            return f"{wrong} of {sure.of} answers you were sure of were wrong: say why before you say sure."
        if guess.of and guess.band[0] > CONFIDENCES["guess"]:
            return f"{guess.right} of {guess.of} guesses were right: you know more than you say, dare to be sure."
        return "What you are sure of is right as often as it should be."


@dataclass(frozen=True)
class Hours:
    """Recall by the hour of the day (0 to 23, local) at which a card was asked."""

    by_hour: Mapping[int, Share]

    @property
    def advice(self) -> str:
        """What to do about it."""
        enough = {hour: share for hour, share in self.by_hour.items() if share.of >= LEAST_REVIEWS}
        if len(enough) < 2:
            fullest = sorted((min(share.of, LEAST_REVIEWS) for share in self.by_hour.values()), reverse=True)[:2]
            return missing(2 * LEAST_REVIEWS - sum(fullest), "review", end=" in two hours of the day")
        best = max(enough, key=lambda hour: enough[hour].share or 0.0)
        worst = min(enough, key=lambda hour: enough[hour].share or 0.0)
        if enough[best].band[0] <= enough[worst].band[1]:
            return "No hour stands out beyond chance: study when it suits you."
        shares = percent(enough[best].share), percent(enough[worst].share)
        return f"At {best}:00 you recall {shares[0]}, at {worst}:00 {shares[1]}: move reviews towards {best}:00."


def missing(count: int, word: str, many: str = "", end: str = "") -> str:
    """What is said where data are too few."""
    what = f"{word} is" if count == 1 else f"{many or word + 's'} are"
    return f"Too few data: {count} more {what} needed{end}."
