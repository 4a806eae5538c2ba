"""The chapters of a report: the figures of Progress with their numbers, what comes, and what was run and predicted."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from nnstudy.history.report import Chapter
from nnstudy.insight.insight import Forecast, Insight
from nnstudy.insight.progress_figure import WHOLE, Page, pages
from nnstudy.lab.experiment import Bars, Intervals, Line, Panel, Points, Reference
from nnstudy.memory.diagnosis import Diagnosis
from nnstudy.store.store import Store
from nnstudy.words import moons, plural

DAYS = 60
LISTED = 500


def chapters(store: Store, insight: Insight, today: date) -> list[Chapter]:
    """All that is told; of what is not there yet, what is missing."""
    found = insight.stats(today)
    told = {page.title: page for page in pages(found, WHOLE)}
    shown = [_of_page(told.pop(title)) for title in FIRST]
    rest = [_of_page(page) for page in told.values() if page.title not in OWN]
    return [
        _to_come(insight.forecast(today, DAYS, ()), today), *shown, _sections(found), _experiments(store),
        _predictions(store, found), *rest,
    ]  # fmt: skip


FIRST = ("True retention", "Retention by week", "The scheduler's forecast", "Your own forecast")
OWN = ("Mastery by section", "Misconceptions")  # which stand here as tables


def _of_page(page: Page) -> Chapter:
    if page.panel is None:
        return Chapter(page.title, page.advice, rows=[(line.strip(),) for line in page.lines])
    return Chapter(page.title, page.advice, page.panel, *_numbers(page.panel))


def _to_come(coming: Forecast, today: date) -> Chapter:
    if not sum(coming.scheduled):
        return Chapter("Load to come", "No card has a due day yet: it follows from the first review.")
    days = np.arange(float(DAYS))
    future = coming.futures[0]
    panel = Panel(
        "Reviews a day to come", "days, 0 is today", "reviews",
        (Bars(days, np.array(coming.scheduled, float), label="scheduled"),
         Line(days, np.array(future.reviews), "simulated, with new cards")),
    )  # fmt: skip
    rows = [
        (f"{today + timedelta(days=day)}", f"{count}", f"{future.reviews[day]:.0f}", f"{future.seconds[day] / 60:.0f}")
        for day, count in enumerate(coming.scheduled)
    ]
    week = sum(future.reviews[:7]) / 7
    advice = f"{plural(coming.scheduled[0], 'review')} today; about {week:.0f} a day in the coming week with new cards."
    return Chapter("Load to come", advice, panel, ("day", "scheduled", "simulated", "minutes"), rows)


def _sections(found: Diagnosis) -> Chapter:
    rows = [
        (one.note, " › ".join(one.section), f"{moons(one.mastery)} {100 * one.mastery:.0f} %", f"{one.cards}")
        for one in found.sections
    ]
    shown = found.sections[:40]
    panel = None
    if any(one.mastery for one in shown):
        places = np.arange(float(len(shown)))
        bars = Bars(
            places, np.array([one.mastery for one in shown]), names=tuple(str(n + 1) for n in range(len(shown)))
        )
        panel = Panel("Cards still recalled in 30 days", "section, by its number in the table", "share", (bars,))
    numbered = [(f"{place + 1}", *row) for place, row in enumerate(rows[:LISTED])]
    head = ("", "note", "section", "mastery", "cards")
    return Chapter("Mastery by section", found.section_advice, panel, head, numbered)


def _experiments(store: Store) -> Chapter:
    rows = store.statistics.experiments()
    if not rows:
        return Chapter("Experiments run", "No experiment was run yet: a review brings one, nnstudy lab has all.")
    counts = np.array([float(runs) for _, runs, _, _ in rows])
    bars = Bars(np.arange(float(len(rows))), counts, names=tuple(name for name, *_ in rows))
    panel = Panel("Runs of each experiment", "", "runs", (bars,))
    told = [(name, f"{runs}", f"{last:%Y-%m-%d}", f"{held}") for name, runs, last, held in rows]
    advice = f"{plural(int(counts.sum()), 'run')} of {plural(len(rows), 'experiment')}."
    return Chapter("Experiments run", advice, panel, ("experiment", "runs", "last", "measurements that held"), told)


def _predictions(store: Store, found: Diagnosis) -> Chapter:
    settled = store.runs.outcomes(datetime(1970, 1, 1, tzinfo=UTC))
    if not settled:
        return Chapter("Predictions", "No prediction has come out yet: choose before you run.")
    right = sum(one.correct for one in settled)
    rows = [(one.belief, one.experiment, f"{one.times}", f"{one.last}", one.advice) for one in found.misconceptions]
    advice = f"{right} of {plural(len(settled), 'prediction')} right. {found.misconception_advice}"
    head = ("a wrong one showed the belief", "experiment", "times", "last", "what to do")
    return Chapter("Predictions", advice, None, head, rows)


def _numbers(panel: Panel) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """What is drawn, as a table: one row a place on the x axis, one column a mark."""
    columns: dict[str, dict[str, str]] = {}
    for mark in panel.marks:
        for name, at, value in _points(mark):
            columns.setdefault(name or panel.y_label, {})[at] = value
    places = list(dict.fromkeys(at for column in columns.values() for at in column))
    return (panel.x_label, *columns), [(at, *(column.get(at, "") for column in columns.values())) for at in places]


def _points(mark: object) -> Iterator[tuple[str, str, str]]:
    if isinstance(mark, Bars):
        names = mark.names or tuple(f"{x:g}" for x in mark.x)
        yield from ((mark.label, name, f"{y:.3g}") for name, y in zip(names, mark.heights, strict=False))
    elif isinstance(mark, Line | Points):
        yield from ((mark.label, f"{x:.3g}", f"{y:.3g}") for x, y in zip(mark.x, mark.y, strict=True))
    elif isinstance(mark, Intervals):
        ends = zip(mark.x, mark.low, mark.high, strict=True)
        yield from ((mark.label, f"{x:.3g}", f"{low:.3g} to {high:.3g}") for x, low, high in ends if low == low)
    elif isinstance(mark, Reference):
        yield mark.label or "reference", "", f"{mark.value:.3g}"
