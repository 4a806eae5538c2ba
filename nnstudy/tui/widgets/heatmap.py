"""A heat map of half blocks, two rows of values a cell; and the axes and keys that all plots in the terminal share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import App
from textual.color import Color
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from nnstudy.figures import Tick, limits, number_labels, on_axis, ticks
from nnstudy.lab.experiment import Array, HeatMap, Line, Mark, Panel, Points, Reference

Key = tuple[str, str, str]  # a glyph, its style and the label that it stands for

MARKERS = "●▲■◆✚"
LINE_KEYS = {"solid": "⠒⠒⠒", "dashed": "⠒⠂⠒", "dotted": "⠂⠂⠂"}
DASHES = {"solid": (1, 1), "dashed": (6, 10), "dotted": (1, 4)}  # (drawn, period) in dots
BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


# --- axes ---------------------------------------------------------------------------------------------------------


def across(low: float, high: float, log: bool, cells: int) -> list[Tick]:
    """As many ticks as stand side by side in `cells` cells, at most nine."""
    chosen: list[Tick] = []
    for most in range(9, 0, -1):
        chosen = ticks(low, high, log, most)
        apart = min((b[0] - a[0] for a, b in pairwise(chosen)), default=high - low)
        if max((cell_len(label) for _, label in chosen), default=0) + 2 <= apart / (high - low) * cells:
            return chosen
    return chosen[:1]


def upwards(low: float, high: float, log: bool, rows: int) -> list[Tick]:
    """As many ticks as are read with ease one over the other in `rows` rows."""
    return ticks(low, high, log, max(2, min(8, (rows + 2) // 3)))


# --- keys and colours -----------------------------------------------------------------------------------------------


def heading(names: Sequence[str], keys: Sequence[Key], width: int, rows: int) -> list[Text]:
    """The labels of axes and what each glyph stands for, in at most `rows` lines.

    Where there is no room, the last name goes first, then labels are cut, then the other name goes.
    """
    names = [name for name in names if name]
    lines: list[Text] = []
    for shown, room in ((names, 60), (names[:1], 60), (names, 12), (names[:1], 9), ([], 12), ([], 8), ([], 5), ([], 3)):
        pieces = [Text(cut(name, room), "bold") for name in shown]
        pieces += [Text.assemble((glyph, style), " ", cut(label, room)) for glyph, style, label in keys]
        lines = []
        for piece in pieces:
            if lines and lines[-1].cell_len + 2 + piece.cell_len <= width:
                lines[-1] = Text.assemble(lines[-1], "  ", piece)
            else:
                lines.append(piece)
        if len(lines) <= rows and all(line.cell_len <= width for line in lines):
            break
    return lines[:rows]


def cut(text: str, room: int) -> str:
    """The text, or as much of it as there is room for."""
    return text if cell_len(text) <= room else text[: max(1, room - 1)] + "…"


def colour(app: App[Any], variable: str, share: float = 1.0) -> str:
    """A colour of the theme as Rich names it, blended with the background down to a share of its strength."""
    variables = app.theme_variables
    chosen = Color.parse(variables.get(variable, "ansi_default"))
    behind = Color.parse(variables.get("background", "ansi_default"))
    if share < 1 and chosen.ansi is None and behind.ansi is None:
        chosen = behind.blend(chosen, share)
    return chosen.rich_color.name


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


class Centres:
    """Where data stand along one side of a map: value i has its centre at i, in units of one column or row."""

    def __init__(self, values: Array, log: bool) -> None:
        self.values = np.asarray(values, dtype=float)
        self.log = log
        self._on_axis = on_axis(self.values, log)

    def places(self, data: Array, cells: int) -> Array:
        """Where data stand on a side of `cells` cells, from its beginning; NaN for what lies outside of the map."""
        return self._places(on_axis(data, self.log), cells)

    def _places(self, wanted: Array, cells: int) -> Array:
        known = self._on_axis
        if len(known) < 2:
            return np.where(np.isclose(wanted, known[0]), cells / 2, np.nan)
        low, high = known[0] - (known[1] - known[0]) / 2, known[-1] + (known[-1] - known[-2]) / 2
        index = np.interp(wanted, [low, *known, high], [0.0, *(np.arange(len(known)) + 0.5), len(known)])
        inside = np.clip(index / len(known) * cells, 1e-6, cells - 1e-6)
        return np.where((wanted >= low) & (wanted <= high), inside, np.nan)

    def labels(self, cells: int, horizontal: bool) -> list[tuple[int, str]]:
        """(cell, label) of round values between the first and the last centre."""
        known = self._on_axis
        if known[-1] <= known[0]:
            return [(cells // 2, f"{self.values[0]:.3g}")]
        chosen = (across if horizontal else upwards)(float(known[0]), float(known[-1]), self.log, cells)
        places = self._places(np.array([at for at, _ in chosen]), cells)
        return [(int(at), label) for at, (_, label) in zip(places, chosen, strict=True) if np.isfinite(at)]


class HeatMapPlot(Widget):
    """A panel with a heat map: half blocks, a colour bar in the first row, other marks drawn over it."""

    DEFAULT_CSS = """
    HeatMapPlot {
        width: 1fr;
        height: 1fr;
    }
    """

    def __init__(self, panel: Panel, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.panel = panel
        self._strips: list[Strip] = []
        self._drawn: tuple[Size, Panel, str] | None = None

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.refresh())

    def show(self, panel: Panel) -> None:
        """Draw another state of the panel."""
        self.panel = panel
        self.refresh()

    def render_line(self, y: int) -> Strip:
        now = (self.size, self.panel, self.app.theme)
        if self._drawn != now:
            self._strips, self._drawn = self._draw(), now
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self) -> list[Strip]:
        panel, (width, height) = self.panel, self.size
        surface = ascending(next(mark for mark in panel.marks if isinstance(mark, HeatMap)), panel)
        head = self._head(surface, width, height)
        named = height >= 10 and bool(panel.x_label)
        rows = height - len(head) - 1 - named
        if rows < 1 or width < 6 or surface.values.size == 0:
            return head
        columns, up = Centres(surface.x, panel.x_log), Centres(surface.y, panel.y_log)
        y_labels = {rows - 1 - place: label for place, label in up.labels(rows, horizontal=False)}
        margin = min(max(len(label) for label in y_labels.values()) + 1, width // 2)
        cells = width - margin
        levels = resample(surface, 2 * rows, cells)
        over = overlay(panel.marks, columns, up, rows, cells)
        base = self.rich_style
        grey = base + Style.parse(colour(self.app, "foreground", 0.6))
        body = []
        for row in range(rows):
            edge = cut(y_labels.get(row, ""), margin - 1).rjust(margin - 1) + ("┤" if row in y_labels else "│")
            shades = _row(levels[2 * row : 2 * row + 2], over, row, surface.diverging, base)
            body.append(Strip([Segment(edge, grey), *shades], width))
        below = [" "] * width
        for place, label in columns.labels(cells, horizontal=True):
            begin = max(0, min(width - len(label), margin + place - len(label) // 2))
            below[begin : begin + len(label)] = label
        foot = [Strip([Segment("".join(below)[:width], grey)], width)]
        if named:
            name = Text(cut(panel.x_label, cells), "bold")
            foot.append(self._strip(name, margin + (cells - name.cell_len) // 2, width))
        return head + body + foot

    def _head(self, surface: HeatMap, width: int, height: int) -> list[Strip]:
        """The first rows: what goes upwards, the colours from low to high, and what is drawn over the map."""
        panel = self.panel
        names = [panel.y_label] if height >= 10 else axes_named(panel)
        low, high = value_range(surface)
        step = (high - low) / 100
        first, last = number_labels([float(f"{v:.3g}") for v in (low, high)], float(f"{step:.1g}"))
        wide = max(4, min(16, width // 5))
        bar = Text.assemble(f"{cut(surface.label, width // 4)} {first} ")
        for red, green, blue in paint(np.linspace(0, 1, wide), surface.diverging):
            bar.append("█", Style(color=RichColor.from_rgb(red, green, blue)))
        bar.append(f" {last}")
        keys = [(over.glyph, "bold", over.mark.label) for over in drawn_over(panel.marks) if over.mark.label]
        room = width - bar.cell_len - 3
        lines = heading(names, keys if height < 10 and room > 30 else (), max(4, room), 1) or [Text()]
        lines[0] = Text.assemble(lines[0], " " * max(1, width - lines[0].cell_len - bar.cell_len), bar)
        if height >= 10 and keys:
            lines += heading([], keys, width, 2)
        return [self._strip(line, 0, width) for line in lines]

    def _strip(self, text: Text, begin: int, width: int) -> Strip:
        segments = Segment.apply_style(text.render(self.app.console), self.rich_style)
        strip = Strip([Segment(" " * begin, self.rich_style), *segments])
        return strip.adjust_cell_length(width, self.rich_style)


def _row(
    levels: NDArray[np.int_], over: dict[tuple[int, int], str], row: int, diverging: bool, base: Style
) -> Iterator[Segment]:
    for column, (upper, lower) in enumerate(levels.T.tolist()):
        if (char := over.get((row, column))) is not None:
            yield Segment(char, base + _mark_style(max(upper, lower), diverging))
        elif upper >= 0 and lower >= 0:
            yield Segment("▀", _cell_style(upper, lower, diverging))
        else:
            char = " " if upper < 0 and lower < 0 else "▄" if upper < 0 else "▀"
            yield Segment(char, base + _cell_style(upper, lower, diverging))


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


def trace(across: Array, up: Array, style: str) -> tuple[Array, Array]:
    """The dots of a solid, dashed or dotted line through points, in units of one dot."""
    if len(across) < 2:
        return across, up
    lengths = np.maximum(np.abs(np.diff(across)), np.abs(np.diff(up)))
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    steps = np.linspace(0.0, along[-1], min(int(along[-1]) + 2, 200_000))
    drawn, period = DASHES[style]
    steps = steps[np.arange(len(steps)) % period < drawn]
    return np.interp(steps, along, across), np.interp(steps, along, up)


def line_key(style: str, number: int) -> str:
    """What stands for a line; all of a style but the first carry a marker here and there."""
    key = LINE_KEYS[style]
    return key[0] + line_marker(number) + key[2] if number else key


def line_marker(number: int) -> str:
    """The marker of line `number`, from 1, of a style."""
    return MARKERS[(number - 1) % len(MARKERS)]


def marked(dots: tuple[Array, Array], cells: int) -> tuple[Array, Array]:
    """The places, in cells, of a line's markers: about every eight cells, six at most."""
    some = np.linspace(0, len(dots[0]) - 1, 2 * max(1, min(6, cells // 8)) + 1).astype(int)[1::2]
    return dots[0][some] / 2, dots[1][some] / 4


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


def _dots(across: Array, up: Array) -> dict[tuple[int, int], str]:
    bits: dict[tuple[int, int], int] = {}
    for x, y in zip(across.astype(int).tolist(), up.astype(int).tolist(), strict=True):
        place = (y // 4, x // 2)
        bits[place] = bits.get(place, 0x2800) | int(BRAILLE_BITS[y % 4, x % 2])
    return {place: chr(code) for place, code in bits.items()}
