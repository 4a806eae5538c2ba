"""What all plots of the terminal share: axes and their ticks, keys and colours, and where a mark stands on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.text import Text
from textual.app import App
from textual.color import Color

from nnstudy.figures import Tick, limits, on_axis, outline, ticks
from nnstudy.lab.experiment import Array, Bars, Intervals, Line, Mark, Panel, Points, Reference, Steps
from nnstudy.tui.themes import HIGH_CONTRAST, LEGIBLE
from nnstudy.tui.widgets.reading import Window

Key = tuple[str, str, str]  # a glyph, its style and the label that it stands for

MARKERS = "●▲■◆✚"
LINE_KEYS = {"solid": "⠒⠒⠒", "dashed": "⠒⠂⠒", "dotted": "⠂⠂⠂"}
DASHES = {"solid": (1, 1), "dashed": (6, 10), "dotted": (1, 4)}  # (drawn, period) in dots
BAR_KEYS = ("██", "⡇⡇", "⢕⢕")
REFERENCE_MARKERS = {"y": "┄╌┈", "x": "┊╎┆"}
INTERVAL = "│"
CLOUD_KEY = "⠢⠔"
LEAST_BEGINNING = 3  # letters of a label that say more than none
LEAST_ROWS = 7  # of a panel that can spare one for a second line of labels


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

    Where there is no room, the last name goes first, then the other one is cut and goes, then labels are cut.
    """
    names = [name for name in names if name]
    lines: list[Text] = []
    tries = [(names, 60, 60), *((names[:1], room, 60) for room in (60, 24, 16, 9))]
    tries += [([], 0, room) for room in (60, *range(24, 2, -1))]
    for shown, name_room, label_room in tries:
        pieces = [Text(cut(name, name_room), "bold") for name in shown]
        labels = told_apart([label for _, _, label in keys], label_room)
        pieces += [
            Text.assemble((glyph, style), " ", label) for (glyph, style, _), label in zip(keys, labels, strict=True)
        ]
        lines = []
        for piece in pieces:
            if lines and lines[-1].cell_len + 2 + piece.cell_len <= width:
                lines[-1] = Text.assemble(lines[-1], "  ", piece)
            else:
                lines.append(piece)
        if len(lines) <= rows and all(line.cell_len <= width for line in lines):
            break
    return lines[:rows]


def heading_width(names: Sequence[str], keys: Sequence[Key]) -> int:
    """The cells that a heading takes when nothing of it is cut."""
    pieces = [name for name in names if name] + [f"{glyph} {label}" for glyph, _, label in keys]
    return sum(cell_len(piece) + 2 for piece in pieces) - 2


def told_apart(labels: Sequence[str], room: int) -> list[str]:
    """Labels cut to the room there is; of those that would look the same, the first word that differs is shown."""
    shown = [cut(label, room) for label in labels]
    for one in {text for text in shown if shown.count(text) > 1}:
        alike = [place for place, text in enumerate(shown) if text == one]
        words = [labels[place].split(" ") for place in alike]
        shared = len(list(takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))))
        for place, rest in zip(alike, words, strict=True):
            if shared and rest[shared:]:
                end = "…" + " ".join(rest[shared:])
                begin = labels[place][: max(0, room - cell_len(end))].rstrip()
                shown[place] = cut((begin if len(begin) >= LEAST_BEGINNING else "") + end, room)
    return shown


def cut(text: str, room: int) -> str:
    """The text, or as much of it as there is room for, in cells."""
    if cell_len(text) <= room:
        return text
    ends = accumulate(map(cell_len, text))  # a combining mark takes no cell, a wide character two
    if room < 2:
        return "".join(char for char, end in zip(text, ends, strict=True) if end <= room) or "…"
    return "".join(char for char, end in zip(text, ends, strict=True) if end < room) + "…"


def colour(app: App[Any], variable: str, share: float = 1.0) -> str:
    """A colour of the theme as Rich names it, blended with the background down to a share of its strength; in high
    contrast it keeps what makes it legible."""
    share = max(share, LEGIBLE) if app.theme in HIGH_CONTRAST else share
    variables = app.theme_variables
    chosen = Color.parse(variables.get(variable, "ansi_default"))
    behind = Color.parse(variables.get("background", "ansi_default"))
    if share < 1 and chosen.ansi is None and behind.ansi is None:
        chosen = behind.blend(chosen, share)
    return chosen.rich_color.name


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

    def at(self, cell: float, cells: int) -> float:
        """The place, in the units of the axis, of a distance from the beginning of a side of `cells` cells."""
        known = self._on_axis
        return float(np.interp(cell / cells * len(known) - 0.5, np.arange(len(known)), known))

    def index(self, at: float, cells: int) -> int:
        """The cell of a side that is nearest to a place in the units of the axis."""
        known = self._on_axis
        share = (float(np.interp(at, known, np.arange(len(known)))) + 0.5) / len(known)
        return min(int(share * cells + 1e-9), cells - 1)

    def labels(self, cells: int, horizontal: bool) -> list[tuple[int, str]]:
        """(cell, label) of round values between the first and the last centre."""
        known = self._on_axis
        if known[-1] <= known[0]:
            return [(cells // 2, f"{self.values[0]:.3g}")]
        chosen = (across if horizontal else upwards)(float(known[0]), float(known[-1]), self.log, cells)
        places = self._places(np.array([at for at, _ in chosen]), cells)
        return [(int(at), label) for at, (_, label) in zip(places, chosen, strict=True) if np.isfinite(at)]


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

    def middle(self, cell: int) -> float:
        """The middle of a cell, in axis units."""
        return self.low + (cell + 0.5) / max(1, self.cells) * (self.high - self.low)

    def index(self, at: float) -> int:
        """The cell that a place in axis units is in, even outside of the axis."""
        return math.floor((at - self.low) / (self.high - self.low) * self.cells)


@dataclass(frozen=True)
class Series:
    """A mark with its number among the marks of its kind, how the heading names it, and what stands along its line."""

    mark: Mark
    number: int
    key: Key
    marker: str = ""


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
    if isinstance(mark, Intervals):
        return INTERVAL
    if isinstance(mark, Points):
        return CLOUD_KEY if cloud and number == 0 else MARKERS[number % len(MARKERS)]
    return line_key(kind, number)


def vertices(mark: Mark) -> tuple[Array, Array]:
    """The corners of what a mark draws, in data units; a reference has them on its own axis only."""
    if isinstance(mark, Bars):
        x, half = np.asarray(mark.x, dtype=float), mark.width / 2
        return np.concatenate([x - half, x, x + half]), np.tile(mark.heights, 3)
    if isinstance(mark, Steps):
        return outline(mark)
    if isinstance(mark, Intervals):
        return np.tile(np.asarray(mark.x, dtype=float), 2), np.concatenate([mark.low, mark.high])
    if isinstance(mark, Line | Points):
        return np.asarray(mark.x, dtype=float), np.asarray(mark.y, dtype=float)
    return np.empty(0), np.empty(0)


def extent(panel: Panel, behind: Sequence[Mark] = ()) -> Window:
    """The ends of both axes, in axis units: all that can be shown, references and the feet of bars included."""
    xs, ys = [], []
    for mark in (*panel.marks, *behind):
        if isinstance(mark, Reference):
            if mark.axis == "x":
                xs.append(on_axis(np.array([mark.value]), panel.x_log))
            else:
                ys.append(on_axis(np.array([mark.value]), panel.y_log))
            continue
        x, y = vertices(mark)
        if isinstance(mark, Bars) and mark.names:  # each name has its place, of which a slender bar leaves a part empty
            xs.append(np.asarray(mark.x)[:, np.newaxis] + (-0.5, 0.5))
        x, y = on_axis(x, panel.x_log), on_axis(y, panel.y_log)
        shown = np.isfinite(x) & np.isfinite(y)
        xs.append(x[shown])
        ys.append(y[shown])
        if isinstance(mark, Bars) and not panel.y_log and shown.any():
            ys.append(np.zeros(1))
    low, high = limits(ys)
    if panel.y_log and any(isinstance(mark, Bars) for mark in panel.marks):
        low -= (high - low) / 10  # or the least bar would have no height
    return *limits(xs), low, high


def pieces(across: Array, up: Array, width: int, height: int) -> list[tuple[Array, Array]]:
    """The parts of a line that may touch an area, each with the vertices just outside of it."""
    x, y = np.stack([across[:-1], across[1:]]), np.stack([up[:-1], up[1:]])
    near = (x.max(axis=0) >= 0) & (x.min(axis=0) <= width) & (y.max(axis=0) >= 0) & (y.min(axis=0) <= height)
    segments = np.flatnonzero(near)
    runs = np.split(segments, np.flatnonzero(np.diff(segments) > 1) + 1)
    return [(across[run[0] : run[-1] + 2], up[run[0] : run[-1] + 2]) for run in runs if len(run)]


def inside(across: Array, up: Array, width: int, height: int) -> tuple[Array, Array]:
    """The points on an area or on its very edge."""
    on_it = (across > -1e-6) & (across < width + 1e-6) & (up > -1e-6) & (up < height + 1e-6)
    return across[on_it], up[on_it]


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
