"""A heat map of half blocks, two rows of values a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Offset, Region
from textual.strip import Strip

from nnstudy.figures import limits, number_labels, on_axis
from nnstudy.lab.experiment import Array, HeatMap, Line, Mark, Panel, Points, Reference
from nnstudy.tui.widgets.axes import (
    LEAST_ROWS,
    MARKERS,
    Centres,
    colour,
    cut,
    heading,
    heading_width,
    line_key,
    line_marker,
    marked,
    trace,
)
from nnstudy.tui.widgets.drawn import DrawnPanel
from nnstudy.tui.widgets.raster import BRAILLE, BRAILLE_BITS, labelled
from nnstudy.tui.widgets.reading import Window, cropped, map_extent

TALL = 10  # rows of a map that has a line for the name of its x axis, and lines for keys
MOST_COLOURS, LEAST_COLOURS = 16, 4  # cells of the colour bar
LEAST_LABEL, LEAST_NAME = 12, 4  # cells, down to which a label or the name of an axis can be guessed


def _table(text: str) -> NDArray[np.float64]:
    return np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in text.split()], dtype=float)


SEQUENTIAL = _table("440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725")
DIVERGING = _table("2166ac 4393c3 92c5de d1e5f0 f2f2f2 fddbc7 f4a582 d6604d b2182b")


def paint(shares: Array, diverging: bool) -> NDArray[np.uint8]:
    """Colours, of shape (..., 3), of shares between 0 and 1 of a map's range."""
    table = DIVERGING if diverging else SEQUENTIAL
    at = np.clip(np.nan_to_num(shares), 0, 1) * (len(table) - 1)
    grid = np.arange(len(table))
    return np.stack([np.interp(at, grid, table[:, channel]) for channel in range(3)], axis=-1).round().astype(np.uint8)


# --- the heat map -----------------------------------------------------------------------------------------------------


class HeatMapPlot(DrawnPanel):
    """A panel with a heat map: half blocks, a colour bar in the first row, other marks drawn over it."""

    @property
    def surface(self) -> HeatMap:
        """The panel's map as it lies on rising axes."""
        return ascending(next(mark for mark in self.panel.marks if isinstance(mark, HeatMap)), self.panel)

    @property
    def whole(self) -> Window:
        """The ends of the axes when all is shown."""
        return map_extent(self.surface, self.panel)

    def at(self, cell: Offset) -> tuple[float, float]:
        """The place, in the units of the axes, of the middle of a cell of the area."""
        self.rows()
        x, y = self._centres()
        return x.at(cell.x + 0.5, self.grid.width), y.at(self.grid.height - cell.y - 0.5, self.grid.height)

    def cell(self, x: float, y: float) -> Offset:
        """The cell of the area that a place is in; it may lie outside of the area."""
        self.rows()
        return self._cell(x, y)

    def _cell(self, x: float, y: float) -> Offset:
        across, up = self._centres()
        return Offset(across.index(x, self.grid.width), self.grid.height - 1 - up.index(y, self.grid.height))

    def _centres(self) -> tuple[Centres, Centres]:
        surface = self._shown()
        return Centres(surface.x, self.panel.x_log), Centres(surface.y, self.panel.y_log)

    def _shown(self) -> HeatMap:
        return cropped(self.surface, self.panel, self.look.window) if self.look.window else self.surface

    def _draw(self) -> list[Strip]:
        panel, (width, height) = self.panel, self.size
        surface, self.grid = self._shown(), Region()
        head = self._head(surface, width, height)
        named = height >= TALL and bool(panel.x_label)
        rows = height - len(head) - 1 - named
        if rows < 1 or width < 6 or surface.values.size == 0:
            return head
        columns, up = Centres(surface.x, panel.x_log), Centres(surface.y, panel.y_log)
        y_labels = {rows - 1 - place: label for place, label in up.labels(rows, horizontal=False)}
        margin = min(max(len(label) for label in y_labels.values()) + 1, width // 2)
        cells = width - margin
        levels = resample(surface, 2 * rows, cells)
        over = overlay((*panel.marks, *self.look.behind), columns, up, rows, cells)
        self.grid = Region(margin, len(head), cells, rows)
        if self.look.cursor is not None:
            over |= cross(self._cell(*self.look.cursor), rows, cells)
        base = self.base
        grey = base + Style.parse(colour(self.app, "foreground", 0.6))
        body = []
        for row in range(rows):
            edge = cut(y_labels.get(row, ""), margin - 1).rjust(margin - 1) + ("┤" if row in y_labels else "│")
            shades = _row(levels[2 * row : 2 * row + 2], over, row, surface.diverging, base)
            body.append(Strip([Segment(edge, grey), *shades], width))
        places = columns.labels(cells, horizontal=True)
        below = labelled([(margin + place - len(label) // 2, label) for place, label in places], width)
        foot = [Strip([Segment(below, grey)], width)]
        if named:
            name = Text(cut(panel.x_label, cells), "bold")
            foot.append(self._strip(name, margin + (cells - name.cell_len) // 2, width))
        return head + body + foot

    def _head(self, surface: HeatMap, width: int, height: int) -> list[Strip]:
        """The first rows: what goes upwards, the colours from low to high, and what is drawn over the map."""
        low = height < TALL
        names = axes_named(self.panel) if low else [self.panel.y_label]
        over_it = drawn_over((*self.panel.marks, *self.look.behind))
        keys = [(over.glyph, "bold", over.mark.label) for over in over_it if over.mark.label]
        beside, below = (keys, []) if low else ([], keys)
        room = width - heading_width(names, beside) - 2
        bar = colour_bar(surface, room)
        fits = bar.cell_len <= room
        if not fits and height >= LEAST_ROWS:
            lines = [colour_bar(surface, width, 1), *heading(names, keys, width, 1 if low else 2)]
        else:
            room = width - bar.cell_len - 2
            said = heading(names, beside if fits else (), room, 1) if room >= LEAST_NAME else []
            first = said[0] if said else Text()
            lines = [Text.assemble(first, " " * (width - first.cell_len - bar.cell_len), bar)]
            lines += heading([], below, width, 2)
        return [self._strip(line, 0, width) for line in lines]


def colour_bar(surface: HeatMap, room: int, least_label: int = LEAST_LABEL) -> Text:
    """What a map shows, and its colours from the lowest value to the highest; in less room, fewer cells of colour.

    The label is cut last, and not below its least cells: the bar may take more room than there is.
    """
    low, high = value_range(surface)
    step = (high - low) / 100
    first, last = number_labels([float(f"{v:.3g}") for v in (low, high)], float(f"{step:.1g}"))
    ends = cell_len(first) + cell_len(last) + 3
    label = cut(surface.label, max(least_label, room - ends - LEAST_COLOURS))
    bar = Text(f"{label} {first} ")
    cells = min(max(room - ends - cell_len(label), LEAST_COLOURS), MOST_COLOURS)
    for red, green, blue in paint(np.linspace(0, 1, cells), surface.diverging):
        bar.append("█", Style(color=RichColor.from_rgb(red, green, blue)))
    return bar.append(f" {last}")


def _row(
    levels: NDArray[np.int_], over: dict[tuple[int, int], str], row: int, diverging: bool, base: Style
) -> Iterator[Segment]:
    cells = ((upper, lower, over.get((row, column))) for column, (upper, lower) in enumerate(levels.T.tolist()))
    for (upper, lower, char), alike in groupby(cells):
        count = sum(1 for _ in alike)
        if char is not None:
            yield Segment(char * count, base + _mark_style(max(upper, lower), diverging))
        elif upper >= 0 and lower >= 0:
            yield Segment("▀" * count, _cell_style(upper, lower, diverging))
        else:
            char = " " if upper < 0 and lower < 0 else "▄" if upper < 0 else "▀"
            yield Segment(char * count, base + _cell_style(upper, lower, diverging))


LEVELS = 64  # shades of a map: few enough that their pairs are styled once and kept


@cache
def _shade(level: int, diverging: bool) -> RichColor | None:
    if level < 0:
        return None
    red, green, blue = paint(np.array(level / (LEVELS - 1)), diverging).tolist()
    return RichColor.from_rgb(red, green, blue)


@cache
def _cell_style(upper: int, lower: int, diverging: bool) -> Style:
    if upper < 0:
        return Style(color=_shade(lower, diverging))
    return Style(color=_shade(upper, diverging), bgcolor=_shade(lower, diverging))


@cache
def _mark_style(level: int, diverging: bool) -> Style:
    """Black or white, whichever stands out from the shade under the mark."""
    behind = _shade(level, diverging)
    if behind is None or behind.triplet is None:
        return Style(bold=True)
    red, green, blue = behind.triplet
    light = 0.299 * red + 0.587 * green + 0.114 * blue > 110
    return Style(color="black" if light else "white", bgcolor=behind, bold=True)


def axes_named(panel: Panel) -> list[str]:
    """Both labels with the way that they go, for where all has to stand in one line."""
    return [f"{arrow} {label}" for arrow, label in (("↑", panel.y_label), ("→", panel.x_label)) if label]


def ascending(surface: HeatMap, panel: Panel) -> HeatMap:
    """The map with rows and columns in the order of rising coordinates, without those that the axes cannot show."""
    y, x = on_axis(surface.y, panel.y_log), on_axis(surface.x, panel.x_log)
    rows, columns = np.argsort(y)[: np.isfinite(y).sum()], np.argsort(x)[: np.isfinite(x).sum()]
    return replace(surface, x=surface.x[columns], y=surface.y[rows], values=surface.values[rows][:, columns])


def value_range(surface: HeatMap) -> tuple[float, float]:
    """What the first and the last colour stand for: zero is in the middle of a diverging map."""
    low, high = limits([on_axis(surface.values, log=False)])
    return (-max(abs(low), abs(high)), max(abs(low), abs(high))) if surface.diverging else (low, high)


def resample(surface: HeatMap, rows: int, columns: int) -> NDArray[np.int_]:
    """The shade of each half cell, of shape (rows, columns) with the top row first; -1 where there is no number."""
    values = on_axis(surface.values, log=False)
    pick_row = (np.arange(rows)[::-1] * 2 + 1) * values.shape[0] // (2 * rows)
    pick_column = (np.arange(columns) * 2 + 1) * values.shape[1] // (2 * columns)
    low, high = value_range(surface)
    shares = (values[np.ix_(pick_row, pick_column)] - low) / (high - low)
    return np.where(np.isfinite(shares), np.rint(np.nan_to_num(shares) * (LEVELS - 1)), -1).astype(int)


@dataclass(frozen=True)
class Over:
    """A mark drawn over a map, with its number among those of its kind."""

    mark: Line | Points | Reference
    number: int

    @property
    def glyph(self) -> str:
        """What draws the mark, or stands for it in the heading."""
        if isinstance(self.mark, Line):
            return line_key(self.mark.style, self.number)
        if isinstance(self.mark, Reference):
            return "│" if self.mark.axis == "x" else "┄"
        return MARKERS[self.number % len(MARKERS)]


def drawn_over(marks: Sequence[Mark]) -> list[Over]:
    """The marks of a panel that are drawn over its map, points last."""
    seen: Counter[str] = Counter()
    over = []
    for mark in marks:
        if isinstance(mark, Line | Points | Reference):
            kind = mark.style if isinstance(mark, Line) else type(mark).__name__
            over.append(Over(mark, seen[kind]))
            seen[kind] += 1
    return sorted(over, key=lambda one: (Reference, Line, Points).index(type(one.mark)))


def overlay(marks: Sequence[Mark], columns: Centres, up: Centres, rows: int, cells: int) -> dict[tuple[int, int], str]:
    """The characters, by (row, column) of the screen, of the lines, points and references drawn over a map."""
    over: dict[tuple[int, int], str] = {}
    for one in drawn_over(marks):
        mark = one.mark
        if isinstance(mark, Reference):
            side, room = (columns, cells) if mark.axis == "x" else (up, rows)
            at = side.places(np.array([mark.value]), room)
            for place in at[np.isfinite(at)].astype(int).tolist():
                down, along = [(i, place) for i in range(rows)], [(rows - 1 - place, i) for i in range(cells)]
                over |= dict.fromkeys(down if mark.axis == "x" else along, one.glyph)
            continue
        x, y = columns.places(mark.x, cells), up.places(mark.y, rows)
        shown = np.isfinite(x) & np.isfinite(y)
        x, y = x[shown], rows - y[shown]
        if isinstance(mark, Line) and len(x):
            dots = trace(2 * x, 4 * y, mark.style)
            over |= _dots(*dots)
            x, y = marked(dots, cells) if one.number else (x[:0], y[:0])
        char = one.glyph if isinstance(mark, Points) else line_marker(one.number)
        over |= {(int(row), int(column)): char for row, column in zip(y, x, strict=True)}
    return over


def cross(cell: Offset, rows: int, cells: int) -> dict[tuple[int, int], str]:
    """The characters of the cross that reads a map."""
    across = {(cell.y, column): "─" for column in range(cells)}
    return across | {(row, cell.x): "│" for row in range(rows)} | {(cell.y, cell.x): "┼"}


def _dots(across: Array, up: Array) -> dict[tuple[int, int], str]:
    bits: dict[tuple[int, int], int] = {}
    for x, y in zip(across.astype(int).tolist(), up.astype(int).tolist(), strict=True):
        place = (y // 4, x // 2)
        bits[place] = bits.get(place, BRAILLE) | int(BRAILLE_BITS[y % 4, x % 2])
    return {place: chr(code) for place, code in bits.items()}
