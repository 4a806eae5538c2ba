"""What the log says of a learner, as figures that any screen or file can draw, each with what to do about it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from nnstudy.lab.experiment import Array, Bars, Intervals, Line, Panel, Points, Reference
from nnstudy.memory.diagnosis import STABILITY_EDGES, Diagnosis
from nnstudy.memory.recall import CONFIDENCES, Share
from nnstudy.memory.scheduler import Rating
from nnstudy.notes.prompts import in_a_line
from nnstudy.words import fitted, moons, shorten

WEEKS = 26
DAYS = 60
NAME, LISTED = 42, 200  # cells of a section, sections in the list
BELOW = " " * 7  # begins a line that says more of the one above it
SECONDS = 5  # of a bar of the time a card takes


@dataclass(frozen=True, eq=False)
class Page:
    """One figure of Progress: a panel, or lines where it is a list, and the sentence below it."""

    title: str
    advice: str
    panel: Panel | None = None
    lines: tuple[str, ...] = ()


def pages(found: Diagnosis, counted: Collection[str]) -> tuple[Page, ...]:
    """The figures that are counted already, the most telling first."""
    chosen = [(_DRAWN.get(name), page(found)) for name, page in _PAGES if name in counted]
    return tuple(page if drawn is None or drawn(found) else replace(page, panel=None) for drawn, page in chosen)


def _retention(found: Diagnosis) -> Panel:
    retention = found.retention
    shares = {f"young ({retention.young.of})": retention.young, f"mature ({retention.mature.of})": retention.mature}
    aim = Reference(retention.wanted, label="aim")
    return Panel(
        "Recalled of asked, by maturity", "waited less than 21 days, or longer", "share", (*_bars(shares), aim)
    )


def _weeks(found: Diagnosis) -> Panel:
    weeks = sorted(found.retention.weeks.items())[-WEEKS:]
    last = weeks[-1][0] if weeks else date.min
    ago = np.array([(week - last).days / 7 for week, _ in weeks])
    shares = np.array([share.share or 0.0 for _, share in weeks])
    low, high = _bands([share for _, share in weeks])
    marks = (
        Intervals(ago, low, high, "95 %"),
        Line(ago, shares, "recalled"),
        Reference(found.retention.wanted, label="aim"),
    )
    return Panel("Recalled of asked, by week", "weeks, 0 the latest with reviews", "share", marks)


def _calibration(found: Diagnosis) -> Panel:
    bins = found.calibration.bins
    predicted = np.array([one.predicted for one in bins])
    actual = np.array([one.actual.share or 0.0 for one in bins])
    low, high = _bands([one.actual for one in bins])
    ends = np.array([min(predicted, default=0.0), 1.0])
    marks = (
        Line(ends, ends, "perfect", "dashed"),
        Intervals(predicted, low, high, "95 %"),
        Points(predicted, actual, "actual"),
    )
    scores = found.calibration.scores
    title = "Recall as predicted and as it was"
    return Panel(f"{title}: {scores}" if scores else title, "predicted", "actual", marks)


def _calibration_page(found: Diagnosis) -> Page:
    calibration = found.calibration
    said = f"{calibration.scores}. {calibration.advice}" if calibration.scores else calibration.advice
    return Page("The scheduler's forecast", said, _calibration(found))


def _judgement(found: Diagnosis) -> Panel:
    shares = {f"{name} ({share.of})": share for name, share in found.judgement.by_confidence.items()}
    should = np.array([CONFIDENCES[name] for name in found.judgement.by_confidence])
    marks = (*_bars(shares), Points(np.arange(float(len(should))), should, "should be"))
    return Panel("Predictions of experiments that were right", "how sure you were", "share right", marks)


def _load(found: Diagnosis) -> Panel:
    load = found.load
    days = [load.today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    counts = np.array([float(load.reviews.get(day, 0)) for day in days])
    ago = np.arange(1.0 - DAYS, 1.0)
    return Panel(
        "Reviews a day", "days, 0 is today", "reviews", (Bars(ago, counts), Reference(load.mean(DAYS)[0], label="mean"))
    )


def _pace(found: Diagnosis) -> Panel:
    counts: dict[int, int] = {}
    for second, count in found.pace.counts.items():
        counts[second // SECONDS] = counts.get(second // SECONDS, 0) + count
    x = np.array(sorted(counts), dtype=float)
    heights = np.array([float(counts[int(place)]) for place in x])
    return Panel(
        "Seconds that a review takes", "seconds", "reviews", (Bars((x + 0.5) * SECONDS, heights, width=SECONDS),)
    )


def _grades(found: Diagnosis) -> Panel:
    counts = {rating: found.pace.grades.counts.get(rating, 0) for rating in Rating}
    total = sum(counts.values())
    shares = {f"{rating.name.lower()} ({count})": Share(count, total) for rating, count in counts.items()}
    return Panel("How often each grade was given", "grade", "share", _bars(shares))


def _hours(found: Diagnosis) -> Panel:
    hours = {hour: share for hour, share in found.hours.by_hour.items() if share.of}
    x, shares = np.array(list(hours), dtype=float), np.array([share.share or 0.0 for share in hours.values()])
    low, high = _bands(list(hours.values()))
    return Panel(
        "Recalled of asked, by the hour",
        "hour of the day",
        "share",
        (Intervals(x, low, high, "95 %"), Points(x, shares, "recalled")),
    )


def _stability(found: Diagnosis) -> Panel:
    names = tuple(f"{low:g}+" for low in STABILITY_EDGES)
    heights = np.array(found.memories.stability, dtype=float)
    bars = Bars(np.arange(float(len(heights))), heights, names=names)
    return Panel("Cards by stability", "days until recall falls to 90 %", "cards", (bars,))


def _recall(found: Diagnosis) -> Panel:
    heights = np.array(found.memories.recall, dtype=float)
    places = (np.arange(float(len(heights))) + 0.5) / 10
    return Panel("Cards by how likely each is recalled now", "recall", "cards", (Bars(places, heights, width=0.1),))


def _difficulty(found: Diagnosis) -> Panel:
    heights = np.array(found.memories.difficulty, dtype=float)
    return Panel("Cards by difficulty", "difficulty, 1 to 10", "cards", (Bars(np.arange(1.0, 11.0), heights),))


def _bars(shares: Mapping[str, Share]) -> tuple[Bars, Intervals]:
    places = np.arange(float(len(shares)))
    low, high = _bands(list(shares.values()))
    heights = np.array([share.share or 0.0 for share in shares.values()])
    return Bars(places, heights, width=0.4, names=tuple(shares)), Intervals(places, low, high, "95 %")


def _bands(shares: Sequence[Share]) -> tuple[Array, Array]:
    """The ends of the bands; none where there is nothing to tell."""
    bands = [share.band if share.of else (np.nan, np.nan) for share in shares]
    return np.array([low for low, _ in bands]), np.array([high for _, high in bands])


def _sections(found: Diagnosis) -> tuple[str, ...]:
    weakest = sorted(found.sections, key=lambda section: (section.mastery == 0, section.mastery))
    names = [fitted(section.section[-1] if section.section else section.note, NAME) for section in weakest]
    return tuple(
        f"{moons(s.mastery)} {100 * s.mastery:3.0f} %  {name} {s.cards:>4} cards"
        for name, s in zip(names[:LISTED], weakest, strict=False)
    )


def _leeches(found: Diagnosis) -> tuple[str, ...]:
    return tuple(
        line
        for leech in found.leeches
        for line in (
            f"{leech.lapses:>3} x  {shorten(in_a_line(leech.prompt, leech.section), 66)}",
            f"{BELOW}{leech.advice}",
        )
    )


def _misconceptions(found: Diagnosis) -> tuple[str, ...]:
    return tuple(
        line
        for one in found.misconceptions
        for line in (
            one.belief,
            f"{BELOW}{one.experiment}, {one.times} x, last on {one.last}",
            f"{BELOW}{one.advice}",
        )
    )


_PAGES: tuple[tuple[str, Callable[[Diagnosis], Page]], ...] = (
    ("retention", lambda found: Page("True retention", found.retention.advice, _retention(found))),
    ("retention", lambda found: Page("Retention by week", found.retention.advice, _weeks(found))),
    ("calibration", _calibration_page),
    ("judgement", lambda found: Page("Your own forecast", found.judgement.advice, _judgement(found))),
    ("load", lambda found: Page("Load", found.load.advice, _load(found))),
    ("pace", lambda found: Page("Time a card", found.pace.advice, _pace(found))),
    ("pace", lambda found: Page("Grades", found.pace.grades.advice, _grades(found))),
    ("hours", lambda found: Page("Hours of the day", found.hours.advice, _hours(found))),
    ("memories", lambda found: Page("Recall now", found.memories.recall_advice, _recall(found))),
    ("memories", lambda found: Page("Stability", found.memories.stability_advice, _stability(found))),
    ("memories", lambda found: Page("Difficulty", found.memories.difficulty_advice, _difficulty(found))),
    ("sections", lambda found: Page("Mastery by section", found.section_advice, lines=_sections(found))),
    ("leeches", lambda found: Page("Leeches", found.leech_advice, lines=_leeches(found))),
    ("misconceptions", lambda found: Page("Misconceptions", found.misconception_advice, lines=_misconceptions(found))),
)
_DRAWN: Mapping[str, Callable[[Diagnosis], int]] = {  # how many are drawn: of nothing there is no panel
    "retention": lambda found: found.retention.all.of,
    "calibration": lambda found: found.calibration.count,
    "judgement": lambda found: sum(share.of for share in found.judgement.by_confidence.values()),
    "load": lambda found: len(found.load.reviews),
    "pace": lambda found: len(found.pace.counts),
    "hours": lambda found: sum(share.of for share in found.hours.by_hour.values()),
    "memories": lambda found: sum(found.memories.stability),
}
WHOLE = frozenset(name for name, _ in _PAGES)
