"""What a sweep found, as a figure: a line with error bars, bars or a heat map, whatever the grid asks for."""

from collections.abc import Iterator, Sequence
from math import log

import numpy as np

from nnstudy.experimenting.sweep_table import Row, Spread
from nnstudy.experimenting.sweeps import Plan, Sweep, Values
from nnstudy.lab.experiment import Array, Bars, Figure, HeatMap, Intervals, Line, Mark, Panel
from nnstudy.words import shorten, shown

ANSWERS = "answers: "
MOST_LINES = 6
LONGEST = 30


def measures(sweep: Sweep) -> list[str]:
    """What may be shown of a sweep: measurements, then the other quantities, then the answers to each question."""
    measured = dict.fromkeys(name for result in sweep.results for name in result.measurements)
    others = dict.fromkeys(name for result in sweep.results for name in result.quantities)
    asked = dict.fromkeys(ANSWERS + name for result in sweep.results for name in result.answers)
    return list(measured | others | asked)


def figure(plan: Plan, found: Sequence[Row], measure: str) -> Figure:
    """The rows of a sweep by one measure; of the answers to a question, the share of the seeds in which each won."""
    if not measure.startswith(ANSWERS):
        return Figure(plan.experiment, tuple(_panels(plan, found, {measure: [_spread(row, measure) for row in found]})))
    question = measure.removeprefix(ANSWERS)
    choices = list(dict.fromkeys(choice for row in found for choice in row.answers.get(question, {})))
    shares = {choice: [_share(row, question, choice) for row in found] for choice in choices}
    return Figure(plan.experiment, tuple(_panels(plan, found, shares, f"Share of the seeds, {question}")))


def _spread(row: Row, measure: str) -> Spread:
    return row.measurements.get(measure) or Spread(np.nan, None, None)


def _share(row: Row, question: str, choice: str) -> Spread:
    answers = row.answers.get(question)
    return Spread(answers.get(choice, 0.0) if answers else np.nan, None, None)


def _panels(plan: Plan, found: Sequence[Row], by_name: dict[str, list[Spread]], title: str = "") -> Iterator[Panel]:
    """A map of each name where two numbers are swept; then its lines over one number, or bars."""
    swept = [name for name, values in plan.grid.items() if len(values) > 1]
    numbers = sorted((n for n in swept if not isinstance(plan.grid[n][0], str)), key=lambda n: -len(plan.grid[n]))
    if len(swept) == 2 and len(numbers) == 2:
        yield from (_map(plan, found, swept, name, spreads, title) for name, spreads in by_name.items())
    for name, spreads in by_name.items():
        if not numbers:
            yield _bars(found, swept, name, spreads, title)
        elif len(swept) == 1 and title:
            lines = [(name, [row.parameters for row in found], spreads) for name, spreads in by_name.items()]
            yield _lines(plan, numbers[0], lines, title, "share")
            return
        else:
            others = [other for other in swept if other != numbers[0]]
            yield _lines(plan, numbers[0], _groups(found, others, spreads), _titled(title, name), name)


def _titled(title: str, name: str) -> str:
    return f"{title}: {name}" if title else name


def _groups(
    found: Sequence[Row], others: Sequence[str], spreads: Sequence[Spread]
) -> list[tuple[str, list[Values], list[Spread]]]:
    """Label, parameters and spreads of every combination of the parameters that are not on the axis."""
    groups: dict[str, tuple[list[Values], list[Spread]]] = {}
    for row, spread in zip(found, spreads, strict=True):
        at, of = groups.setdefault(_place(row.parameters, others), ([], []))
        at.append(row.parameters)
        of.append(spread)
    return [(label, at, of) for label, (at, of) in groups.items()]


def _place(parameters: Values, names: Sequence[str]) -> str:
    return shorten(", ".join(f"{name} {shown(parameters[name])}" for name in names), LONGEST)


def _lines(
    plan: Plan, along: str, groups: Sequence[tuple[str, Sequence[Values], Sequence[Spread]]], title: str, name: str
) -> Panel:
    marks: list[Mark] = []
    for label, parameters, spreads in groups[:MOST_LINES]:
        order = np.argsort(x := np.array([float(p[along]) for p in parameters]))
        x, mean, sd, expected = x[order], *(column[order] for column in _columns(spreads))
        marks.append(Line(x, mean, shorten(label or "mean", LONGEST)))
        if np.isfinite(sd).any():
            marks.append(Intervals(x, mean - sd, mean + sd, "" if len(groups) > 1 else "± sd"))
        if len(groups) == 1 and np.isfinite(expected).any():
            marks.append(Line(x, expected, "expected", "dashed"))
    left_out = f" (the first {MOST_LINES} of {len(groups)})" if len(groups) > MOST_LINES else ""
    return Panel(title + left_out, along, name, tuple(marks), x_log=_even_in_log(np.unique(_axis(plan, along))))


def _map(
    plan: Plan, found: Sequence[Row], swept: Sequence[str], name: str, spreads: Sequence[Spread], title: str
) -> Panel:
    """The mean over both numbers; rows and columns in the order of the grid, which the plots sort."""
    first, second = swept
    y, x = _axis(plan, first), _axis(plan, second)
    values = _columns(spreads)[0].reshape(len(y), len(x))
    logs = _even_in_log(np.unique(x)), _even_in_log(np.unique(y))
    heat = HeatMap(np.sort(x), np.sort(y), values[np.argsort(y)][:, np.argsort(x)], shorten(name, LONGEST))
    return Panel(_titled(title, name), second, first, (heat,), x_log=logs[0], y_log=logs[1])


def _bars(found: Sequence[Row], swept: Sequence[str], name: str, spreads: Sequence[Spread], title: str) -> Panel:
    names = tuple(" ".join(shown(row.parameters[one]) for one in swept) or "all" for row in found)
    mean, sd, expected = _columns(spreads)
    x = np.arange(float(len(found)))
    marks: list[Mark] = [Bars(x, mean, "mean" if np.isfinite(sd).any() else "", names=names)]
    if np.isfinite(sd).any():
        marks.append(Intervals(x, mean - sd, mean + sd, "± sd"))
    if np.isfinite(expected).any():
        marks.append(Line(x, expected, "expected", "dashed"))
    return Panel(_titled(title, name), ", ".join(swept), "" if title else name, tuple(marks))


def _columns(spreads: Sequence[Spread]) -> tuple[Array, Array, Array]:
    """Means, standard deviations and expected values; NaN where there is none."""
    rows = [(s.mean, *(np.nan if v is None else v for v in (s.sd, s.expected))) for s in spreads]
    mean, sd, expected = np.array(rows, dtype=float).reshape(-1, 3).T
    return mean, sd, expected


def _axis(plan: Plan, name: str) -> Array:
    return np.array([float(value) for value in plan.grid[name]])


def _even_in_log(values: Array) -> bool:
    """Whether these values, rising, lie more evenly on a logarithmic axis than on a linear one."""
    if len(values) < 3 or values[0] <= 0:
        return False
    gaps, ratios = np.diff(values), np.diff(np.log(values))
    return bool(log(gaps.max() / gaps.min()) > log(ratios.max() / ratios.min()) + 1e-9)
