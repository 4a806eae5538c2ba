"""What a panel says in numbers: all of it as columns, and each mark at one place."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from nnstudy.figures import limits, on_axis
from nnstudy.lab.experiment import Array, Bars, HeatMap, Intervals, Line, Mark, Panel, Points, Reference, Steps
from nnstudy.words import number

Cell = float | str
Window = tuple[float, float, float, float]  # left, right, low, high, in the units of the axes
CLOSEST = 1e-3  # of a whole axis: nearer than that no window goes


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a panel's data: numbers, or the names under bars."""

    name: str
    cells: Sequence[Cell]


def columns(panel: Panel) -> list[Column]:
    """The data behind a panel: the panel's own numbers, then a mark's columns after the other's, a map as long rows."""
    own = [Column(name, cells) for name, cells in panel.numbers]
    return own + [column for mark in panel.marks for column in _columns(mark, panel)]


def _columns(mark: Mark, panel: Panel) -> list[Column]:
    x, y = panel.x_label or "x", panel.y_label or "y"
    name = mark.label or y
    if isinstance(mark, Reference):
        return [Column(f"{mark.label or 'reference'}: {x if mark.axis == 'x' else y}", [mark.value])]
    if isinstance(mark, HeatMap):
        across, up = np.meshgrid(mark.x, mark.y)
        places = Column(f"{name}: {x}", across.ravel().tolist()), Column(f"{name}: {y}", up.ravel().tolist())
        return [*places, Column(name, np.asarray(mark.values, dtype=float).ravel().tolist())]
    if isinstance(mark, Steps):
        edges = np.asarray(mark.edges, dtype=float).tolist()
        counts = Column(name, np.asarray(mark.heights, dtype=float).tolist())
        return [Column(f"{name}: {x} from", edges[:-1]), Column(f"{name}: {x} to", edges[1:]), counts]
    if isinstance(mark, Intervals):
        sides = {f"{name}: {x}": mark.x, f"{name} from": mark.low, f"{name} to": mark.high}
        return [Column(title, np.asarray(side, dtype=float).tolist()) for title, side in sides.items()]
    heights = mark.heights if isinstance(mark, Bars) else mark.y
    found = [
        Column(f"{name}: {x}", np.asarray(mark.x, dtype=float).tolist()),
        Column(name, np.asarray(heights, dtype=float).tolist()),
    ]
    return [Column(f"{name}: name", mark.names), *found] if isinstance(mark, Bars) and mark.names else found


def as_csv(found: Sequence[Column]) -> str:
    """Columns as CSV with all digits; short ones end in empty cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in found])
    writer.writerows(zip_longest(*(column.cells for column in found), fillvalue=""))
    return text.getvalue()


# --- at one place -----------------------------------------------------------------------------------------------------


def readings(panel: Panel, x: float, y: float, window: Window) -> list[tuple[str, str]]:
    """The label and the nearest value of each mark at a place, in the units of the axes."""
    found = [(mark.label or panel.y_label or "y", _read(mark, panel, x, y, window)) for mark in panel.marks]
    return [(label, value) for label, value in found if value]


def _read(mark: Mark, panel: Panel, x: float, y: float, window: Window) -> str:
    if isinstance(mark, Reference):
        return number(mark.value)
    if isinstance(mark, HeatMap):
        column, row = _nearest(on_axis(mark.x, panel.x_log), x), _nearest(on_axis(mark.y, panel.y_log), y)
        return "" if column is None or row is None else number(float(mark.values[row, column]))
    if isinstance(mark, Steps):
        edges = on_axis(mark.edges, panel.x_log)
        inside = np.flatnonzero((edges[:-1] <= x) & (x <= edges[1:]))
        return number(float(mark.heights[inside[0]])) if len(inside) else ""
    if isinstance(mark, Intervals):
        place = _nearest(on_axis(mark.x, panel.x_log), x)
        ends = (number(float(side[place])) for side in (mark.low, mark.high)) if place is not None else ()
        return " to ".join(ends)
    if isinstance(mark, Bars):
        place = _nearest(on_axis(mark.x, panel.x_log), x)
        if place is None:
            return ""
        name = mark.names[place] if place < len(mark.names) else number(float(mark.x[place]))
        return f"{number(float(mark.heights[place]))} at {name}"
    return _read_points(mark, panel, x, y, window)


def _read_points(mark: Line | Points, panel: Panel, x: float, y: float, window: Window) -> str:
    """The value nearest along x; of a path or a cloud, the point nearest in the window as it is drawn."""
    along, up = on_axis(mark.x, panel.x_log), on_axis(mark.y, panel.y_log)
    shown = np.isfinite(along) & np.isfinite(up)
    left, right, low, high = window
    far = np.abs(along - x) / (right - left)
    path = isinstance(mark, Points) or bool((np.diff(mark.x) < 0).any())
    place = _nearest(np.where(shown, far + path * np.abs(up - y) / (high - low), np.nan), 0.0)
    if place is None:
        return ""
    value = number(float(mark.y[place]))
    return f"{value} at {number(float(mark.x[place]))}" if path or far[place] > 0.01 else value


def _nearest(values: Array, wanted: float) -> int | None:
    """The place of the value nearest to the wanted one; None where no value is finite."""
    far = np.abs(np.asarray(values, dtype=float) - wanted)
    return int(np.nanargmin(far)) if np.isfinite(far).any() else None


# --- a part of a panel ------------------------------------------------------------------------------------------------


def zoomed(window: Window, whole: Window, x: float, y: float, factor: float) -> Window:
    """A window `factor` times as near about a place, which keeps its place; never beyond `CLOSEST` of the whole."""
    sides = []
    for (low, high), (first, last), at in ((window[:2], whole[:2], x), (window[2:], whole[2:], y)):
        nearer = min(factor, (high - low) / ((last - first) * CLOSEST))
        sides += [at - (at - low) / nearer, at + (high - at) / nearer]
    return sides[0], sides[1], sides[2], sides[3]


def moved(window: Window, across: float, up: float) -> Window:
    """A window moved by shares of its own width and height."""
    left, right, low, high = window
    dx, dy = across * (right - left), up * (high - low)
    return left + dx, right + dx, low + dy, high + dy


def cropped(surface: HeatMap, panel: Panel, window: Window) -> HeatMap:
    """The rows and columns of a map with their centres in a window, two of each at the least."""
    x, y = on_axis(surface.x, panel.x_log), on_axis(surface.y, panel.y_log)
    rows, across = _inside(y, *window[2:]), _inside(x, *window[:2])
    return replace(surface, x=surface.x[across], y=surface.y[rows], values=surface.values[np.ix_(rows, across)])


def _inside(values: Array, low: float, high: float) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    inside = np.flatnonzero((values >= low) & (values <= high))
    if len(inside) >= 2:
        return inside
    return np.sort(np.argsort(np.abs(values - (low + high) / 2))[:2])


def map_extent(surface: HeatMap, panel: Panel) -> Window:
    """The ends of a map's axes: those of its outermost centres."""
    return *limits([on_axis(surface.x, panel.x_log)]), *limits([on_axis(surface.y, panel.y_log)])


# --- how a panel is looked at -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Look:
    """What a person has set on a panel: the part to show, the place to read, and what each run behind it left there."""

    window: Window | None = None
    cursor: tuple[float, float] | None = None  # in the units of the axes
    ghosts: tuple[tuple[Line | Points, ...], ...] = ()

    @property
    def behind(self) -> tuple[Line | Points, ...]:
        """What all runs left."""
        return tuple(mark for marks in self.ghosts for mark in marks)


PLAIN = Look()
