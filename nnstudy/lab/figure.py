"""Figures as plain data, which any screen or file can draw: panels with marks on axes, and nothing of how they look."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Line:
    """Points (x, y) joined by a line; `style` is solid, dashed (use it for theory) or dotted."""

    x: Array
    y: Array
    label: str = ""
    style: str = "solid"


@dataclass(frozen=True, eq=False)
class Points:
    """Separate points (x, y)."""

    x: Array
    y: Array
    label: str = ""


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars of the given heights, centred on x (data units, `width` wide); `names` replaces the ticks of the axis."""

    x: Array
    heights: Array
    label: str = ""
    width: float = 0.8
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Steps:
    """A histogram's outline: `edges` has one value more than `heights`."""

    edges: Array
    heights: Array
    label: str = ""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Upright bars from `low` to `high` at each x: where a value may lie."""

    x: Array
    low: Array
    high: Array
    label: str = ""


@dataclass(frozen=True, eq=False)
class HeatMap:
    """`values[row, column]` at the centres y[row], x[column]; a `diverging` map has its neutral colour at zero."""

    x: Array
    y: Array
    values: Array
    label: str = ""
    diverging: bool = False


@dataclass(frozen=True)
class Reference:
    """A straight line across the panel at `value` of the axis "x" or "y": a bound, an optimum, a theory's value."""

    value: float
    axis: str = "y"
    label: str = ""


Mark = Line | Points | Bars | Steps | Intervals | HeatMap | Reference


@dataclass(frozen=True, eq=False)
class Panel:
    """One pair of axes; values that a logarithmic axis cannot show (zero, negative, not finite) are left out.

    `numbers` are columns, each a name and its cells, that stand before those of the marks where the panel is a table.
    """

    title: str
    x_label: str
    y_label: str
    marks: tuple[Mark, ...]
    x_log: bool = False
    y_log: bool = False
    numbers: tuple[tuple[str, tuple[float | str, ...]], ...] = ()


@dataclass(frozen=True, eq=False)
class Figure:
    """The panels of one run; the first is the one to show where there is room for one only."""

    title: str
    panels: tuple[Panel, ...]
