"""A panel drawn in the terminal: lines of braille dots, points, bars and steps between axes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Offset, Region
from textual.strip import Strip

from nnstudy.figures import Tick, on_axis
from nnstudy.lab.experiment import Array, Bars, HeatMap, Intervals, Line, Mark, Panel, Points, Reference, Steps
from nnstudy.tui.widgets.axes import (
    CLOUD_KEY,
    LEAST_ROWS,
    Key,
    Series,
    Side,
    across,
    colour,
    cut,
    extent,
    heading,
    heading_width,
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
from nnstudy.tui.widgets.drawn import DrawnPanel
from nnstudy.tui.widgets.heatmap import HeatMapPlot, axes_named
from nnstudy.tui.widgets.raster import Frame, Raster, cell_numbers, labelled
from nnstudy.tui.widgets.reading import Look, Window

MARK_COLOURS = ("text-primary", "text-warning", "text-success", "text-error", "foreground")
COMPACT = 12  # rows below which a plot is low
DRAWN_FIRST = (Reference, Bars, Steps, Intervals, Line, Points)  # what comes later is drawn over it

Cross = tuple[int | None, int | None]  # column and row


def plot_of(panel: Panel) -> type[PanelPlot] | type[HeatMapPlot]:
    """The widget that draws this kind of panel."""
    return HeatMapPlot if any(isinstance(mark, HeatMap) for mark in panel.marks) else PanelPlot


class PanelPlot(DrawnPanel):
    """A panel of lines, points, bars, steps and references; every series differs from the others without colour too."""

    def __init__(self, panel: Panel, *, can_focus: bool = False, **kwargs: Any) -> None:
        super().__init__(panel, **kwargs)
        self.can_focus = can_focus
        self._raster = Raster(0, 0)
        self._crossed: tuple[list[Strip], Cross, list[Strip]] = [], (None, None), []

    @property
    def whole(self) -> Window:
        """The ends of the axes when all is shown."""
        return extent(self.panel, self.look.behind)

    def at(self, cell: Offset) -> tuple[float, float]:
        """The place, in the units of the axes, of the middle of a cell of the area."""
        self.rows()
        x, y = self.sides
        return x.middle(cell.x), y.middle(y.cells - 1 - cell.y)

    def cell(self, x: float, y: float) -> Offset:
        """The cell of the area that a place is in; it may lie outside of the area."""
        self.rows()
        across, up = self.sides
        return Offset(across.index(x), up.cells - 1 - up.index(y))

    # --- the cursor: a cross over what is drawn, which stays as it is ----------------------------------------------

    def rows(self) -> list[Strip]:
        strips = super().rows()
        if (cross := self._cross(self.look)) is None:
            return strips
        if self._crossed[:2] != (strips, cross):
            self._crossed = strips, cross, self._under_cross(strips, cross)
        return self._crossed[2]

    def _drawn_look(self) -> Hashable:
        return self.look.window, self.look.ghosts

    def _touched(self, panel: Panel, look: Look) -> Sequence[Region]:
        if panel is not self.panel or (look.window, look.ghosts) != self._drawn_look():
            return ()
        regions, (left, top, width, height) = [], self.grid
        for column, row in filter(None, (self._cross(self.look), self._cross(look))):
            regions += [Region(left + column, top, 1, height)] if column is not None else []
            regions += [Region(left, top + row, width, 1)] if row is not None else []
        return regions

    def _cross(self, look: Look) -> Cross | None:
        """The column and the row of the cursor, each where it is not outside of the axes."""
        if look.cursor is None or not self.grid:
            return None
        across, up = (_cell(side, at) for side, at in zip(self.sides, look.cursor, strict=True))
        return across, None if up is None else self.grid.height - 1 - up

    def _under_cross(self, strips: list[Strip], cross: Cross) -> list[Strip]:
        """The rows with a cross, whose hairs lie behind all marks and its middle before them."""
        (column, row), (left, top, _, _) = cross, self.grid
        style = self.base + Style.parse(colour(self.app, "text-accent"))
        found = list(strips)
        if column is not None:
            for y in np.flatnonzero(self.free[:, column]).tolist():
                found[top + y] = _put(strips[top + y], left + column, Segment("│", style))
        if row is not None:
            at, line = left, strips[top + row]
            parts = [line.crop(0, left)]
            for is_free, cells in groupby(self.free[row].tolist()):
                end = at + len(list(cells))
                parts.append(Strip([Segment("─" * (end - at), style)], end - at) if is_free else line.crop(at, end))
                at = end
            line = Strip.join([*parts, line.crop(at)])
            found[top + row] = line if column is None else _put(line, left + column, Segment("┼", style))
        return found

    # --- how it is drawn ------------------------------------------------------------------------------------------

    def _draw(self) -> list[Strip]:
        panel, (width, height) = self.panel, self.size
        series, behind = self._series(), self._ghosts()
        compact = height < COMPACT  # all that stands over and under the axes stands in their upper edge
        names = axes_named(panel) if compact else [panel.y_label]
        keys = [one.key for one in (*series, *behind) if one.key[2]]
        lines = heading(names, keys, width, self._head_rows(names, keys, width))
        head = [self._strip(line, 0, width) for line in lines]
        named = not compact and bool(panel.x_label)
        left, right, low, high = self.look.window or self.whole
        above = max(0, len(head) - 1) if compact else len(head)  # the last line of a low plot stands in its frame
        rows = height - above - named - 3
        up = upwards(low, high, panel.y_log, rows)
        margin = 1 + max((len(label) for _, label in up), default=1)
        cells = width - margin - 2
        self.grid = Region()
        if rows < 1 or cells < 2:
            return head
        self.sides = Side(left, right, panel.x_log, cells), Side(low, high, panel.y_log, rows)
        self.grid = Region(margin + 1, above + 1, cells, rows)
        self._draw_marks(series, behind)
        self.free = self._raster.free
        body = self._framed(up, margin, width)
        if compact and head:
            covered = cell_len(head[-1].text.rstrip())
            body[0] = Strip.join([head.pop().crop(0, covered), body[0].crop(covered, width)])
        name = Text(cut(panel.x_label, width), "bold")
        return [*head, *body, *([self._strip(name, (width - name.cell_len) // 2, width)] if named else [])]

    def _head_rows(self, names: Sequence[str], keys: Sequence[Key], width: int) -> int:
        """Lines for the labels: of a low plot one, or two where that one would cut a label."""
        height = self.size.height
        if height >= COMPACT:
            return 3
        whole = heading_width(names if height >= LEAST_ROWS + 2 else (), keys)
        return 2 if whole > width and height >= LEAST_ROWS else 1

    def _draw_marks(self, series: Sequence[Series], behind: Sequence[Series]) -> None:
        self._raster = Raster(self.sides[1].cells, self.sides[0].cells)
        for one in (*behind, *sorted(series, key=lambda one: DRAWN_FIRST.index(type(one.mark)))):
            self._draw_series(one)

    def _framed(self, up: Sequence[Tick], margin: int, width: int) -> list[Strip]:
        """The raster within its frame, with the ticks on the left of it and under it."""
        x, y = self.sides
        frame, beside, below = Frame(y.cells, x.cells), {}, []
        for at, label in up:
            if y.low <= at <= y.high:
                row = y.cells + 1 if at == y.low else y.cells - y.index(at)
                frame.tick_up(row)
                beside[row] = label
        for at, label in self._names(x) or [tick for tick in across(x.low, x.high, x.log, x.cells) if x.holds(tick)]:
            if x.low <= at <= x.high:
                column = 0 if at == x.low else 1 + x.index(at)
                frame.tick_across(column)
                begin = margin + column - (cell_len(label) - 1 if at == x.high else (cell_len(label) - 1) // 2)
                below.append((begin, label))
        grey = self.base + Style.parse(colour(self.app, "foreground", 0.6))
        labels = [beside.get(row, "").rjust(margin - 1) + " " for row in range(y.cells + 2)]
        strips = [Strip([Segment(labels[0] + frame.top, grey)], width)]
        for row, segments in enumerate(self._raster.segments(self.base)):
            left, right = frame.edges(row)
            strips.append(Strip([Segment(labels[row + 1] + left, grey), *segments, Segment(right, grey)], width))
        strips.append(Strip([Segment(labels[-1] + frame.bottom, grey)], width))
        return [*strips, Strip([Segment(labelled(below, width), grey)], width)]

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

    def _names(self, x: Side) -> list[Tick]:
        """The names under bars, cut to the room that each has."""
        for mark in self.panel.marks:
            if isinstance(mark, Bars) and mark.names:
                room = max(1, x.cells // len(mark.names) - 1)
                places = zip(on_axis(mark.x, x.log).tolist(), mark.names, strict=False)
                return [(at, cut(name, room)) for at, name in places if np.isfinite(at)]
        return []

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
        x, y = self.sides
        across, up = inside(across, up, 2 * x.cells, 4 * y.cells)
        self._raster.dots(4 * y.cells - 1 - cell_numbers(up, 4 * y.cells), cell_numbers(across, 2 * x.cells), style)

    def _characters(self, across: Array, up: Array, char: str, style: str) -> None:
        x, y = self.sides
        across, up = inside(across, up, x.cells, y.cells)
        self._raster.characters(y.cells - 1 - cell_numbers(up, y.cells), cell_numbers(across, x.cells), char, style)

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

    def _draw_reference(self, mark: Reference, char: str, style: str) -> None:
        x, y = self.sides
        along, side = (y, x) if mark.axis == "x" else (x, y)
        at = side.dots(np.array([mark.value]), 1)
        if np.isfinite(at).all():
            line, still = np.arange(along.cells, dtype=float), np.repeat(at, along.cells)
            x_places, y_places = (still, line) if mark.axis == "x" else (line, still)
            self._characters(x_places, y_places, char, style)

    def _draw_bars(self, mark: Bars, number: int, style: str) -> None:
        if number == 0:
            self._raster.blocks(self._within(mark, 2, 2), style)
            return
        within = self._within(mark, 2, 4)
        rows, columns = np.nonzero(within)
        some = columns % 2 == 0 if number == 1 else (rows + columns) % 2 == 0
        self._raster.dots(rows[some], columns[some], style)

    def _within(self, mark: Bars, across: int, up: int) -> NDArray[np.bool_]:
        """What bars cover, the top row first, `across` times `up` dots a cell; a bar of anything has at least one."""
        x, y = self.sides
        middle, half = np.asarray(mark.x, dtype=float), mark.width / 2
        foot = (y.origin - y.low) / (y.high - y.low) * up * y.cells
        heights = y.dots(mark.heights, up)
        edges = np.stack([
            x.dots(middle - half, across), x.dots(middle + half, across), np.minimum(heights, foot),
            np.maximum(heights, foot),
        ])  # fmt: skip
        edges = edges[:, np.isfinite(edges).all(axis=0) & (np.asarray(mark.heights) != 0)]
        count = np.array([[across * x.cells], [across * x.cells], [up * y.cells], [up * y.cells]])
        ends = np.rint(np.clip(edges, -1, count + 1)).astype(int)
        ends[1], ends[3] = np.maximum(ends[1], ends[0] + 1), np.maximum(ends[3], ends[2] + 1)
        within = np.zeros((up * y.cells, across * x.cells), dtype=bool)
        for begin, end, low, high in np.clip(ends, 0, count).T.tolist():
            within[low:high, begin:end] = True
        return within[::-1]


def _cell(side: Side, at: float) -> int | None:
    """The cell of an axis that a place is in, or on whose very edge it is."""
    index = side.index(at)
    if index == side.cells and math.isclose(at, side.high):
        index -= 1
    return index if 0 <= index < side.cells else None


def _put(strip: Strip, column: int, cell: Segment) -> Strip:
    """The strip with another cell in a column."""
    return Strip.join([strip.crop(0, column), Strip([cell], 1), strip.crop(column + 1)])
