"""An area of the terminal that is drawn on cell by cell, as arrays, and turned into strips at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from nnstudy.lab.experiment import Array
from nnstudy.words import visible

BRAILLE = 0x2800
BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
QUADRANTS = np.array(
    [ord(char) for char in " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"]
)  # bits: upper left, upper right, lower left, lower right
UP, RIGHT, DOWN, LEFT = 1, 2, 4, 8
HEAVY = " ╹╺┗╻┃┏┣╸┛━┻┓┫┳╋"  # by the sides that a heavy line goes to


class Raster:
    """Cells with a character and a style each; places are (row, column) from the upper left corner.

    Dots that are drawn into the same cell add up, and the cell has the style of those that came last.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self._codes = np.full((rows, columns), ord(" "), dtype="<u4")
        self._painted = np.zeros((rows, columns), dtype=np.intp)
        self._dots = np.zeros((rows, columns), dtype=np.intp)
        self._styles = [""]

    def characters(self, rows: NDArray[np.intp], columns: NDArray[np.intp], char: str, style: str) -> None:
        """Write a character into cells."""
        self._codes[rows, columns] = ord(char)
        self._painted[rows, columns] = self._number(style)

    def dots(self, rows: NDArray[np.intp], columns: NDArray[np.intp], style: str) -> None:
        """Draw braille dots, four rows and two columns of which make a cell."""
        cells = rows // 4, columns // 2
        np.bitwise_or.at(self._dots, cells, BRAILLE_BITS[rows % 4, columns % 2])
        self._codes[cells] = BRAILLE + self._dots[cells]
        self._painted[cells] = self._number(style)

    def blocks(self, filled: NDArray[np.bool_], style: str) -> None:
        """Fill quarters of cells: `filled` has two rows and two columns a cell."""
        quarters = filled.reshape(self.rows, 2, self.columns, 2)
        bits = quarters[:, 0, :, 0] + 2 * quarters[:, 0, :, 1] + 4 * quarters[:, 1, :, 0] + 8 * quarters[:, 1, :, 1]
        drawn = bits > 0
        self._codes[drawn] = QUADRANTS[bits[drawn]]
        self._painted[drawn] = self._number(style)

    @property
    def free(self) -> NDArray[np.bool_]:
        """The cells in which nothing stands."""
        free: NDArray[np.bool_] = self._codes == ord(" ")
        return free

    def _number(self, style: str) -> int:
        if style not in self._styles:
            self._styles.append(style)
        return self._styles.index(style)

    def segments(self, base: Style) -> list[list[Segment]]:
        """The rows from the top as segments of one style each, laid over a base style."""
        styles = [base + Style.parse(style) for style in self._styles]
        begins_one = np.ones((self.rows, self.columns), dtype=bool)
        begins_one[:, 1:] = np.diff(self._painted) != 0
        begins = np.flatnonzero(begins_one).tolist()
        painted, text = self._painted[begins_one].tolist(), self._codes.tobytes().decode("utf-32-le")
        rows: list[list[Segment]] = [[] for _ in range(self.rows)]
        for begin, end, number in zip(begins, [*begins[1:], len(text)], painted, strict=True):
            rows[begin // self.columns].append(Segment(text[begin:end], styles[number]))
        return rows


class Frame:
    """A heavy frame of so many cells within, with ticks that stand out of it."""

    def __init__(self, rows: int, columns: int) -> None:
        self._sides = np.zeros((rows + 2, columns + 2), dtype=np.intp)
        self._sides[[0, -1], 1:-1] = LEFT | RIGHT
        self._sides[1:-1, [0, -1]] = UP | DOWN
        self._sides[0, 0], self._sides[0, -1] = RIGHT | DOWN, LEFT | DOWN
        self._sides[-1, 0], self._sides[-1, -1] = RIGHT | UP, LEFT | UP

    def tick_across(self, column: int) -> None:
        """A tick at a column, of the frame, above and below."""
        self._sides[0, column] |= UP
        self._sides[-1, column] |= DOWN

    def tick_up(self, row: int) -> None:
        """A tick at a row, of the frame, on the left and on the right."""
        self._sides[row, 0] |= LEFT
        self._sides[row, -1] |= RIGHT

    @property
    def top(self) -> str:
        """The upper edge."""
        return "".join(HEAVY[sides] for sides in self._sides[0].tolist())

    @property
    def bottom(self) -> str:
        """The lower edge."""
        return "".join(HEAVY[sides] for sides in self._sides[-1].tolist())

    def edges(self, row: int) -> tuple[str, str]:
        """What stands on the left and on the right of a row of cells."""
        return HEAVY[self._sides[row + 1, 0]], HEAVY[self._sides[row + 1, -1]]


def cell_numbers(places: Array, count: int) -> NDArray[np.intp]:
    """The whole numbers, from 0 to below `count`, of the cells or dots that places are in."""
    return np.clip(places.astype(np.intp), 0, count - 1)


def labelled(labels: Sequence[tuple[int, str]], width: int) -> str:
    """A line of labels, each of which begins at a cell or as near as the ends allow; one without room is left out."""
    line, at = "", 0
    for begin, label in sorted((begin, visible(label)) for begin, label in labels):
        begin = max(0, min(begin, width - cell_len(label)))
        if begin >= at + bool(line) and begin + cell_len(label) <= width:
            line += " " * (begin - at) + label
            at = begin + cell_len(label)
    return line + " " * (width - at)
