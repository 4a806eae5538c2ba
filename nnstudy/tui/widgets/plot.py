"""A panel drawn in the terminal: lines of braille dots, points, bars and steps between axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.markup import escape
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Grid
from textual.reactive import reactive
from textual.theme import Theme
from textual.widgets import Static
from textual_hires_canvas import Canvas, HiResMode
from textual_plot import PlotWidget
from textual_plot.axis_formatter import AxisFormatter

from nnstudy.figures import Tick, limits, on_axis
from nnstudy.lab.experiment import Array, Bars, HeatMap, Line, Mark, Panel, Points, Reference, Steps
from nnstudy.tui.widgets.heatmap import (
    MARKERS,
    HeatMapPlot,
    Key,
    across,
    axes_named,
    colour,
    cut,
    heading,
    line_key,
    line_marker,
    marked,
    trace,
    upwards,
)

MARK_COLOURS = ("text-primary", "text-warning", "text-success", "text-error", "foreground")
BAR_KEYS = ("██", "⡇⡇", "⢕⢕")
REFERENCE_MARKERS = {"y": "┄╌┈", "x": "┊╎┆"}
DRAWN_FIRST = (Reference, Bars, Steps, Line, Points)  # what comes later is drawn over it
CLOUD_KEY = "⠢⠔"


def panel_widget(panel: Panel) -> PanelPlot | HeatMapPlot:
    """The widget that draws this kind of panel."""
    return HeatMapPlot(panel) if any(isinstance(mark, HeatMap) for mark in panel.marks) else PanelPlot(panel)


class TickLabels(AxisFormatter):
    """Ticks that were chosen for the room there is."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self.labels = {at: escape(label) for at, label in ticks}

    def get_ticks(self, min_: float, max_: float, max_ticks: int = 8) -> list[float]:
        return list(self.labels)

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return [self.labels.get(at, "") for at in ticks]


@dataclass(frozen=True)
class Side:
    """One axis of a plot: its ends in axis units, and how many cells it is long."""

    low: float
    high: float
    log: bool
    cells: int

    @property
    def origin(self) -> float:
        """What the plot calls zero: the foot of bars, which a logarithmic axis has at its low end."""
        return self.low if self.log else 0.0

    def holds(self, tick: Tick) -> bool:
        """Whether the label of a tick under this axis ends before the plot does."""
        at, label = tick
        return (at - self.low) / (self.high - self.low) * self.cells + len(
            label
        ) / 2 <= self.cells + 2 or at == self.high

    def dots(self, values: Array, a_cell: int) -> Array:
        """Where values stand, in dots of which a cell has `a_cell`."""
        share = (on_axis(values, self.log) - self.low) / (self.high - self.low)
        return share * a_cell * self.cells

    def undo(self, dots: Array, a_cell: int) -> Array:
        """The plot's coordinates of the centres of dots."""
        inside = np.clip(np.floor(dots), 0, a_cell * self.cells - 1) + 0.5
        return inside / (a_cell * self.cells) * (self.high - self.low) + self.low - self.origin


@dataclass(frozen=True)
class Series:
    """A mark with its number among the marks of its kind, and how the heading names it."""

    mark: Mark
    number: int
    key: Key


def series_kind(mark: Mark) -> str:
    """Marks of one kind look alike but for their colour and number."""
    if isinstance(mark, Reference):
        return mark.axis
    if isinstance(mark, Line):
        return mark.style
    return "solid" if isinstance(mark, Steps) else type(mark).__name__


def series_glyph(mark: Mark, kind: str, number: int, cloud: bool) -> str:
    """What the heading shows for a mark: the same signs that draw it."""
    if isinstance(mark, Reference):
        return REFERENCE_MARKERS[kind][number % 3] * (2 if kind == "y" else 1)
    if isinstance(mark, Bars):
        return BAR_KEYS[min(number, 2)]
    if isinstance(mark, Points):
        return CLOUD_KEY if cloud and number == 0 else MARKERS[number % len(MARKERS)]
    return line_key(kind, number)


def vertices(mark: Mark) -> tuple[Array, Array]:
    """The corners of what a mark draws, in data units; a reference has them on its own axis only."""
    if isinstance(mark, Bars):
        x, half = np.asarray(mark.x, dtype=float), mark.width / 2
        return np.concatenate([x - half, x, x + half]), np.tile(mark.heights, 3)
    if isinstance(mark, Steps):
        return np.repeat(mark.edges, 2), np.concatenate([[0.0], np.repeat(mark.heights, 2), [0.0]])
    if isinstance(mark, Line | Points):
        return np.asarray(mark.x, dtype=float), np.asarray(mark.y, dtype=float)
    return np.empty(0), np.empty(0)


def extent(panel: Panel) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of both axes, in axis units: all that can be shown, references and the feet of bars included."""
    xs, ys = [], []
    for mark in panel.marks:
        if isinstance(mark, Reference):
            if mark.axis == "x":
                xs.append(on_axis(np.array([mark.value]), panel.x_log))
            else:
                ys.append(on_axis(np.array([mark.value]), panel.y_log))
            continue
        x, y = vertices(mark)
        x, y = on_axis(x, panel.x_log), on_axis(y, panel.y_log)
        shown = np.isfinite(x) & np.isfinite(y)
        xs.append(x[shown])
        ys.append(y[shown])
        if isinstance(mark, Bars) and not panel.y_log and shown.any():
            ys.append(np.zeros(1))
    low, high = limits(ys)
    if panel.y_log and any(isinstance(mark, Bars) for mark in panel.marks):
        low -= (high - low) / 10  # or the least bar would have no height
    return limits(xs), (low, high)


class PanelPlot(PlotWidget, inherit_bindings=False):
    """A panel of lines, points, bars, steps and references; every series differs from the others without colour too."""

    DEFAULT_CSS = """
    PanelPlot {
        width: 1fr;
        height: 1fr;

        & > .plot--axis, & > .plot--tick, &:focus > .plot--axis {
            color: $foreground 60%;
            text-style: none;
        }

        .heading, .footing {
            layer: plot;
            width: 1fr;
            height: auto;
            text-wrap: nowrap;
        }

        .heading {
            dock: top;
        }

        &.-compact .heading {
            layer: legend;
            width: auto;
            background: $background;
        }

        .footing {
            dock: bottom;
            text-align: center;
            text-style: bold;
        }
    }
    """

    margin_top = reactive(0)
    margin_bottom = reactive(1)

    def __init__(self, panel: Panel, *, can_focus: bool = False, **kwargs: Any) -> None:
        super().__init__(allow_pan_and_zoom=False, **kwargs)
        self.can_focus = can_focus
        self.panel = panel

    def compose(self) -> ComposeResult:
        yield Static(classes="heading")
        yield from super().compose()
        yield Static(classes="footing")

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._recolour)

    def _recolour(self, theme: Theme) -> None:
        self.call_after_refresh(self._draw)

    @on(Canvas.Resize)
    def _fit(self, message: Canvas.Resize) -> None:
        message.stop()
        if message.canvas.id == "plot":
            self._draw()
            self.refresh(layout=True)

    def show(self, panel: Panel) -> None:
        """Draw another state of the panel."""
        self.panel = panel
        if self.is_mounted and self.size:
            self._draw()

    def _draw(self) -> None:
        panel, (width, height) = self.panel, self.size
        series = self._series()
        taken = self._write_labels([one.key for one in series if one.key[2]], width, compact=height < 12)
        (left, right), (low, high) = extent(panel)
        rows = height - taken - self.margin_bottom - 2
        up = upwards(low, high, panel.y_log, rows)
        self.margin_left = 1 + max((len(label) for _, label in up), default=1)
        cells = width - self.margin_left - 2
        self.query_one(Grid).display = rows > 0 and cells > 1
        if rows < 1 or cells < 2:
            return
        self.sides = x, y = Side(left, right, panel.x_log, cells), Side(low, high, panel.y_log, rows)
        self._dots = np.zeros((4 * rows, 2 * cells), dtype=bool)
        self.clear()
        self.set_xlimits(left - x.origin, right - x.origin)
        self.set_ylimits(low - y.origin, high - y.origin)
        below = self._names(x) or [tick for tick in across(left, right, x.log, cells) if x.holds(tick)]
        self._set_ticks(below, up)
        for one in sorted(series, key=lambda one: DRAWN_FIRST.index(type(one.mark))):
            self._draw_series(one)

    def _series(self) -> list[Series]:
        """The marks with the colour, the glyph and the number among their kind that tell them apart."""
        series: list[Series] = []
        seen: Counter[str] = Counter()
        for mark in self.panel.marks:
            kind = series_kind(mark)
            style = colour(self.app, MARK_COLOURS[(seen.total() - seen["x"] - seen["y"]) % len(MARK_COLOURS)])
            if isinstance(mark, Reference):
                style = colour(self.app, "foreground", 0.7)
            number = seen[kind]
            seen[kind] += 1
            # Where points crowd, dots show their shape better than characters.
            cloud = isinstance(mark, Points) and len(mark.x) > self.size.width * min(1.0, self.size.height / 24)
            series.append(Series(mark, number, (series_glyph(mark, kind, number, cloud), style, mark.label)))
        return series

    def _write_labels(self, keys: Sequence[Key], width: int, compact: bool) -> int:
        """What stands over and under the axes; returns the rows that it takes from them.

        Where rows are few, all stands in one line that covers the upper edge of the frame.
        """
        panel = self.panel
        head = heading(axes_named(panel) if compact else [panel.y_label], keys, width, 1 if compact else 3)
        foot = [Text(panel.x_label)] if not compact and panel.x_label else []
        self.set_class(compact, "-compact")
        for selector, lines in ((".heading", head), (".footing", foot)):
            static = self.query_one(selector, Static)
            static.display = bool(lines)
            static.update(Text("\n").join(lines))
        return 0 if compact else len(head) + len(foot)

    def _names(self, x: Side) -> list[Tick]:
        """The names under bars, cut to the room that each has."""
        for mark in self.panel.marks:
            if isinstance(mark, Bars) and mark.names:
                room = max(1, x.cells // len(mark.names) - 1)
                places = zip(on_axis(mark.x, x.log).tolist(), mark.names, strict=False)
                return [(at, cut(name, room)) for at, name in places if np.isfinite(at)]
        return []

    def _set_ticks(self, below: Sequence[Tick], up: Sequence[Tick]) -> None:
        x, y = (
            [(at - side.origin, label) for at, label in ticks]
            for side, ticks in zip(self.sides, (below, up), strict=True)
        )
        self.set_x_formatter(TickLabels(x))
        self.set_xticks([at for at, _ in x])
        self.set_y_formatter(TickLabels(y))
        self.set_yticks([at for at, _ in y])

    def _draw_series(self, one: Series) -> None:
        mark, style = one.mark, one.key[1]
        if isinstance(mark, Reference):
            self._draw_reference(mark, one.key[0][0], style)
        elif isinstance(mark, Bars):
            self._draw_bars(mark, one.number, style)
        elif one.key[0] == CLOUD_KEY:
            self._braille(*self._shown(mark, 2, 4), style)
        elif isinstance(mark, Points):
            self._characters(*self._shown(mark, 1, 1), one.key[0], style)
        else:
            dots = trace(*self._shown(mark, 2, 4), mark.style if isinstance(mark, Line) else "solid")
            self._braille(*dots, style)
            if one.number and len(dots[0]):
                self._characters(*marked(dots, self.sides[0].cells), line_marker(one.number), style)

    def _shown(self, mark: Mark, across: int, up: int) -> tuple[Array, Array]:
        """The vertices that the axes can show, in dots of which a cell has `across` times `up`."""
        x, y = vertices(mark)
        x, y = self.sides[0].dots(x, across), self.sides[1].dots(y, up)
        shown = np.isfinite(x) & np.isfinite(y)
        return x[shown], y[shown]

    def _braille(self, across: Array, up: Array, style: str) -> None:
        """Draw dots, and with them anew those that other series have in the same cells, or they would vanish."""
        x, y = self.sides
        grid = np.zeros((4 * y.cells, 2 * x.cells), dtype=bool)
        grid[np.clip(up.astype(int), 0, 4 * y.cells - 1), np.clip(across.astype(int), 0, 2 * x.cells - 1)] = True
        cells = grid.reshape(y.cells, 4, x.cells, 2).any(axis=(1, 3))
        self._dots |= grid
        rows, columns = np.nonzero(self._dots & cells.repeat(4, axis=0).repeat(2, axis=1))
        coordinates = x.undo(columns.astype(float), 2), y.undo(rows.astype(float), 4)
        self.scatter(*coordinates, marker_style=style, hires_mode=HiResMode.BRAILLE)

    def _characters(self, across: Array, up: Array, char: str, style: str) -> None:
        self.scatter(self.sides[0].undo(across, 1), self.sides[1].undo(up, 1), marker=char, marker_style=style)

    def _draw_reference(self, mark: Reference, char: str, style: str) -> None:
        x, y = self.sides
        along, side = (y, x) if mark.axis == "x" else (x, y)
        at = side.dots(np.array([mark.value]), 1)
        if np.isfinite(at).all():
            line, still = np.arange(along.cells, dtype=float), np.repeat(at, along.cells)
            x_places, y_places = (still, line) if mark.axis == "x" else (line, still)
            self._characters(x_places, y_places, char, style)

    def _draw_bars(self, mark: Bars, number: int, style: str) -> None:
        x, y = self.sides
        left, right = (on_axis(np.asarray(mark.x, dtype=float) + side * mark.width / 2, x.log) for side in (-1, 1))
        heights = on_axis(mark.heights, y.log)
        shown = np.isfinite(left) & np.isfinite(right) & np.isfinite(heights)
        left, right, heights = left[shown], right[shown], heights[shown]
        if number == 0:
            self.bar((left + right) / 2 - x.origin, heights - y.origin, right - left, style, HiResMode.QUADRANT)
            return
        foot = (y.origin - y.low) / (y.high - y.low) * 4 * y.cells
        rows, columns = np.mgrid[0 : 4 * y.cells, 0 : 2 * x.cells]
        inside = np.zeros(rows.shape, dtype=bool)
        for begin, end, height in zip(left, right, heights, strict=True):
            top = (height - y.low) / (y.high - y.low) * 4 * y.cells
            b, e = ((edge - x.low) / (x.high - x.low) * 2 * x.cells for edge in (begin, end))
            inside |= (
                (columns + 0.5 >= b)
                & (columns + 0.5 <= e)
                & (rows + 0.5 >= min(foot, top))
                & (rows + 0.5 <= max(foot, top))
            )
        pattern = columns % 2 == 0 if number == 1 else (rows + columns) % 2 == 0
        up, across = np.nonzero(inside & pattern)
        self._braille(across.astype(float), up.astype(float), style)
