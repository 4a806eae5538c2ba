"""A panel drawn in the terminal: lines of braille dots, points, bars and steps between axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.markup import escape
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Grid
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Offset, Region
from textual.reactive import reactive
from textual.theme import Theme
from textual.widgets import Static
from textual_hires_canvas import Canvas, HiResMode
from textual_plot import PlotWidget
from textual_plot.axis_formatter import AxisFormatter

from nnstudy.figures import Tick, on_axis
from nnstudy.lab.experiment import Array, Bars, HeatMap, Intervals, Line, Mark, Panel, Points, Reference, Steps
from nnstudy.tui.widgets.axes import (
    CLOUD_KEY,
    Key,
    Series,
    Side,
    across,
    colour,
    cut,
    extent,
    heading,
    inside,
    line_marker,
    marked,
    pieces,
    series_glyph,
    series_kind,
    trace,
    upwards,
    vertices,
)
from nnstudy.tui.widgets.heatmap import HeatMapPlot, axes_named
from nnstudy.tui.widgets.reading import PLAIN, Look, Window

MARK_COLOURS = ("text-primary", "text-warning", "text-success", "text-error", "foreground")
DRAWN_FIRST = (Reference, Bars, Steps, Intervals, Line, Points)  # what comes later is drawn over it


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
        self.look = PLAIN
        self._written: tuple[list[Text], list[Text]] | None = None
        self.sides = Side(0.0, 1.0, False, 0), Side(0.0, 1.0, False, 0)

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

    @on(MouseScrollDown)
    @on(MouseScrollUp)
    def _leave_wheel(self, event: MouseScrollDown | MouseScrollUp) -> None:
        event.prevent_default()  # the plotting library's own zoom would keep the wheel from those around the plot

    @property
    def whole(self) -> Window:
        """The ends of the axes when all is shown."""
        return extent(self.panel, self.look.behind)

    @property
    def area(self) -> Region:
        """Where on the screen the cells within the frame are."""
        return self.query_one("#plot").region.shrink((1, 1, 1, 1)) if self.sides[0].cells else Region()

    def at(self, cell: Offset) -> tuple[float, float]:
        """The place, in the units of the axes, of the middle of a cell of the area."""
        x, y = self.sides
        return x.middle(cell.x), y.middle(y.cells - 1 - cell.y)

    def cell(self, x: float, y: float) -> Offset:
        """The cell of the area that a place is in; it may lie outside of the area."""
        across, up = self.sides
        return Offset(across.index(x), up.cells - 1 - up.index(y))

    def show(self, panel: Panel, look: Look = PLAIN) -> None:
        """Draw another state of the panel."""
        self.panel, self.look = panel, look
        if self.is_mounted and self.size:
            self._draw()

    def _draw(self) -> None:
        panel, (width, height) = self.panel, self.size
        series = self._series()
        behind = self._ghosts()
        keys = [one.key for one in (*series, *behind) if one.key[2]]
        taken = self._write_labels(keys, width, compact=height < 12)
        left, right, low, high = self.look.window or self.whole
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
        self._draw_cursor(before=True)
        for one in (*behind, *sorted(series, key=lambda one: DRAWN_FIRST.index(type(one.mark)))):
            self._draw_series(one)
        self._draw_cursor(before=False)
        self.render()  # now: else the plot is drawn while the screen is painted, and shown by the paint after that

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
            key = series_glyph(mark, kind, number, cloud), style, mark.label
            series.append(Series(mark, number, key, line_marker(number) if number else ""))
        return series

    def _ghosts(self) -> list[Series]:
        """The marks of the runs behind: faint, dotted, with the number of their run."""
        found = []
        for number, marks in enumerate(self.look.ghosts):
            style = colour(self.app, MARK_COLOURS[(number + 1) % len(MARK_COLOURS)], 0.6)
            sign = str(number + 1)
            for mark in marks:
                glyph = sign if isinstance(mark, Points) else f"⠂{sign}⠂"
                found.append(Series(mark, number, (glyph, style, mark.label), sign))
        return found

    def _write_labels(self, keys: Sequence[Key], width: int, compact: bool) -> int:
        """What stands over and under the axes; returns the rows that it takes from them.

        Where rows are few, all stands in one line that covers the upper edge of the frame.
        """
        panel = self.panel
        head = heading(axes_named(panel) if compact else [panel.y_label], keys, width, 1 if compact else 3)
        foot = [Text(panel.x_label)] if not compact and panel.x_label else []
        self.set_class(compact, "-compact")
        if (head, foot) != self._written:  # a text that is written anew has the whole screen arranged anew
            self._written = head, foot
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
        elif isinstance(mark, Intervals):
            self._draw_intervals(mark, style)
        elif one.key[0] == CLOUD_KEY:
            self._braille(*self._shown(mark, 2, 4), style)
        elif isinstance(mark, Points):
            self._characters(*self._shown(mark, 1, 1), one.key[0], style)
        else:
            self._draw_line(mark, one.marker, style)

    def _shown(self, mark: Mark, across: int, up: int) -> tuple[Array, Array]:
        """The vertices that the axes can show, in dots of which a cell has `across` times `up`."""
        x, y = vertices(mark)
        x, y = self.sides[0].dots(x, across), self.sides[1].dots(y, up)
        shown = np.isfinite(x) & np.isfinite(y)
        return x[shown], y[shown]

    def _braille(self, across: Array, up: Array, style: str) -> None:
        """Draw dots, and with them anew those that other series have in the same cells, or they would vanish."""
        x, y = self.sides
        across, up = inside(across, up, 2 * x.cells, 4 * y.cells)
        grid = np.zeros((4 * y.cells, 2 * x.cells), dtype=bool)
        grid[np.clip(up.astype(int), 0, 4 * y.cells - 1), np.clip(across.astype(int), 0, 2 * x.cells - 1)] = True
        cells = grid.reshape(y.cells, 4, x.cells, 2).any(axis=(1, 3))
        self._dots |= grid
        rows, columns = np.nonzero(self._dots & cells.repeat(4, axis=0).repeat(2, axis=1))
        coordinates = x.undo(columns.astype(float), 2), y.undo(rows.astype(float), 4)
        self.scatter(*coordinates, marker_style=style, hires_mode=HiResMode.BRAILLE)

    def _characters(self, across: Array, up: Array, char: str, style: str) -> None:
        x, y = self.sides
        across, up = inside(across, up, x.cells, y.cells)
        self.scatter(x.undo(across, 1), y.undo(up, 1), marker=char, marker_style=style)

    def _draw_line(self, mark: Mark, marker: str, style: str) -> None:
        line = self._shown(mark, 2, 4)
        x, y = self.sides
        for part in pieces(*line, 2 * x.cells, 4 * y.cells) if self.look.window and len(line[0]) > 1 else [line]:
            dots = trace(*part, mark.style if isinstance(mark, Line) else "solid")
            self._braille(*dots, style)
            if marker and len(dots[0]):
                self._characters(*marked(dots, x.cells), marker, style)

    def _draw_intervals(self, mark: Intervals, style: str) -> None:
        x, y = self.sides
        across = x.dots(mark.x, 2)
        low, high = (np.clip(y.dots(side, 4), 0, 4 * y.cells - 1) for side in (mark.low, mark.high))
        for at, begin, end in zip(across.tolist(), low.tolist(), high.tolist(), strict=True):
            if np.isfinite([at, begin, end]).all():
                up = np.arange(np.floor(begin), np.floor(end) + 1)
                self._braille(np.full(up.shape, at), up, style)

    def _draw_cursor(self, before: bool) -> None:
        """The hairs of the cross lie behind all marks, its middle before them."""
        if self.look.cursor is None:
            return
        x, y = self.sides
        across, up = (np.array([float(side.index(at))]) for side, at in zip(self.sides, self.look.cursor, strict=True))
        style = colour(self.app, "text-accent")
        if before:
            self._characters(np.arange(float(x.cells)), np.repeat(up, x.cells), "─", style)
            self._characters(np.repeat(across, y.cells), np.arange(float(y.cells)), "│", style)
        else:
            self._characters(across, up, "┼", style)

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
        if number == 0 and self.look.window is None:
            self.bar((left + right) / 2 - x.origin, heights - y.origin, right - left, style, HiResMode.QUADRANT)
            return
        foot = (y.origin - y.low) / (y.high - y.low) * 4 * y.cells
        rows, columns = np.mgrid[0 : 4 * y.cells, 0 : 2 * x.cells]
        within = np.zeros(rows.shape, dtype=bool)
        for begin, end, height in zip(left, right, heights, strict=True):
            top = (height - y.low) / (y.high - y.low) * 4 * y.cells
            b, e = ((edge - x.low) / (x.high - x.low) * 2 * x.cells for edge in (begin, end))
            within |= (
                (columns + 0.5 >= b)
                & (columns + 0.5 <= e)
                & (rows + 0.5 >= min(foot, top))
                & (rows + 0.5 <= max(foot, top))
            )
        pattern = (columns >= 0, columns % 2 == 0, (rows + columns) % 2 == 0)[min(number, 2)]
        up, across = np.nonzero(within & pattern)
        self._braille(across.astype(float), up.astype(float), style)
