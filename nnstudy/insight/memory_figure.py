"""Memory as figures: how one forgets, what comes, and what a year costs at each retention; each with what to do.

A sentence may name the keys of its screen, ``{optimize}``.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from nnstudy.insight.insight import Forecast, Optimized
from nnstudy.insight.progress_figure import Page
from nnstudy.lab.experiment import Array, Bars, Line, Panel, Points, Reference
from nnstudy.memory.fitting import LEAST
from nnstudy.memory.forecast import Future
from nnstudy.memory.scheduler import DEFAULT_PARAMETERS, Rating, forgetting_curve
from nnstudy.words import plural

DAYS = 60
COMING = 30
SHOWN = {Rating.GOOD: "good", Rating.AGAIN: "again"}  # first answers whose curves are drawn
CURVE, COSTS = "Forgetting", "A year at each retention"


def curve(parameters: Sequence[float], fitted: Optimized | None = None) -> Page:
    """How recall falls after a first answer, as these parameters have it beside the defaults of FSRS."""
    learned = tuple(parameters) != DEFAULT_PARAMETERS
    shown = tuple(fitted.fit.after) if fitted is not None else tuple(parameters)
    drawn: list[tuple[str, Sequence[float], str]] = [("default", DEFAULT_PARAMETERS, "dashed")]
    if fitted is not None or learned:
        drawn.append(("learned" if learned or fitted is None or fitted.kept else "fitted, not kept", shown, "solid"))
    days = np.linspace(0.0, DAYS, 121)
    marks = [
        Line(days, _recall(of, rating, days), f"{rating_name}, {name}", style)
        for name, of, style in drawn
        for rating, rating_name in SHOWN.items()
    ]
    panel = Panel("Recall after the first answer", "days without a review", "recall", tuple(marks))
    return Page(CURVE, told(fitted) if fitted is not None else _invitation(learned), panel)


def _recall(parameters: Sequence[float], rating: Rating, days: Array) -> Array:
    stability = parameters[int(rating) - 1]  # w0 to w3 are the stabilities after a first answer
    return np.array([forgetting_curve(float(day), stability, parameters[20]) for day in days])


def _invitation(learned: bool) -> str:
    if learned:
        return "The learned parameters count; {default} goes back. {optimize} fits them anew; kept only when better."
    return (
        f"The defaults count. {{optimize}} fits the parameters to your log, from {LEAST} reviews on; "
        "they are kept only when they foretell better."
    )


def told(found: Optimized) -> str:
    """What came of a fit."""
    fit = found.fit
    losses = f"Log loss on {fit.held_out:,} held-out reviews: {fit.loss_before:.4f} before, {fit.loss_after:.4f} after"
    if found.kept:
        return f"{losses}: better, kept; {plural(found.moved, 'card')} moved. {{default}} goes back."
    return f"{losses}: {'better' if fit.better else 'not better; the present parameters stay'}."


def coming(found: Forecast) -> Page:
    """The cards that fall due on each of the coming days."""
    counts = found.scheduled[:COMING]
    mean = sum(counts[1:]) / max(1, len(counts) - 1)
    bars = Bars(np.arange(float(len(counts))), np.array(counts, dtype=float))
    marks = (bars, Reference(mean, label="mean of the others"))
    panel = Panel("Cards due, late ones today", "days from today", "cards", marks)
    daily = f"{mean:.0f} a day" if mean >= 1 or not mean else f"{mean:.1f} a day"
    if not any(counts):
        said = "No card is due in these days yet: review, and they come."
    elif counts[0] > 2 * max(mean, 1):
        said = f"{counts[0]} wait today, then {daily}: {{plan-spread}} spreads them over days, the most pressing first."
    else:
        said = f"{counts[0]} today, then {daily}: even enough. {{plan-move}} moves all of them, as for a holiday."
    return Page("What comes", said, panel if any(counts) else None)


def year_ahead(found: Forecast) -> list[Page]:
    """Workload and knowledge at the end of the simulated days, for each retention; the best one is marked."""
    futures = found.futures
    retentions = np.array([future.retention for future in futures])
    marks = [Reference(found.desired, "x", "yours")]
    if found.best is not None and found.best.retention != found.desired:
        marks.append(Reference(found.best.retention, "x", "best"))

    def page(title: str, of: str, y_label: str, values: Sequence[float]) -> Page:
        line = np.array(values)
        panel = Panel(
            title, "desired retention", y_label, (Line(retentions, line), Points(retentions, line, of), *marks)
        )
        return Page(title, _advice(found), panel)

    if _is_empty(found):
        return [Page(COSTS, _advice(found))]
    days = len(found.scheduled)
    last = found.first + timedelta(days=days)
    costs = [future.cost for future in futures]
    return [
        Page(COSTS, _advice(found), lines=_table(found)),
        page("Seconds a known card", "cost", "seconds", [c if np.isfinite(c) else np.nan for c in costs]),
        page("Minutes a day", "workload", "minutes", [sum(future.seconds) / 60 / days for future in futures]),
        page(f"Cards known on {last}", "knowledge", "cards", [future.known for future in futures]),
    ]


def _is_empty(found: Forecast) -> bool:
    return found.best is None or not any(sum(future.reviews) for future in found.futures)


def _advice(found: Forecast) -> str:
    if found.best is None or _is_empty(found):
        return "There is nothing to simulate yet: add a note, and review."
    usual = f" At a usual pace: {plural(found.missing, 'more review')}, and yours counts." if found.missing else ""
    return _cheapest(found, found.best) + usual


def _cheapest(found: Forecast, best: Future) -> str:
    """At which retention a known card costs least, and how much that saves."""
    yours = next(future for future in found.futures if future.retention == found.desired)
    edge = f" It is the {found.edge} one tried: the least may lie beyond." if found.edge else ""
    if best.retention == yours.retention:
        return f"desired_retention = {yours.retention:g} is the best: a known card costs the least time there.{edge}"
    saved = 1 - best.cost / yours.cost
    return (
        f"A known card costs least at {best.retention:g}: {100 * saved:.0f} % less time than at your "
        f"{yours.retention:g}, with {best.known:.0f} cards known instead of {yours.known:.0f}.{edge}"
    )


def _table(found: Forecast) -> tuple[str, ...]:
    head = f"{'retention':>9}  {'reviews a day':>13}  {'min a day':>9}  {'known then':>10}  {'s a known card':>14}"
    return (head, *(_row(found, future) for future in found.futures))


def _row(found: Forecast, future: Future) -> str:
    days = len(future.reviews)
    marks: Mapping[str, bool] = {"yours": future.retention == found.desired, "best": future == found.best}
    numbers = (
        f"{future.retention:>9.2f}  {sum(future.reviews) / days:>13.1f}  {sum(future.seconds) / 60 / days:>9.1f}"
        f"  {future.known:>10.0f}  {future.cost:>14.1f}"
    )
    said = ", ".join(word for word, is_so in marks.items() if is_so)
    return f"{numbers}  ◂ {said}" if said else numbers
