"""Formulas over several lines: matrices, cases and aligned rows, and where a line that is too wide is broken.

While a formula is read, each block is a single character, its stand-in; `display` puts the blocks in their places. A
tab in a row is a place where rows are aligned.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from nnstudy.notes import symbols
from nnstudy.notes.pieces import GAP, GAPS
from nnstudy.notes.symbols import Kind
from nnstudy.words import visible

FIRST = 0xF0000  # stand-ins are private-use characters, which no formula needs
LAST = 0xFFFFD
STAND_INS = re.compile(r"([(\[{|‖⌊⌈]?)([\U000f0000-\U000ffffd])([)\]}|‖⌋⌉]?)")
OPENING, CLOSING = "([{⟨⌊⌈", ")]}⟩⌋⌉"
CONTINUED = "    "
MOST_CELLS = 100_000

# The upper end, the middle, the point and the lower end of a tall bracket.
TALL = {
    "(": "⎛⎜⎜⎝",
    ")": "⎞⎟⎟⎠",
    "[": "⎡⎢⎢⎣",
    "]": "⎤⎥⎥⎦",
    "{": "⎧⎪⎨⎩",
    "}": "⎫⎪⎬⎭",
    "|": "││││",
    "‖": "║║║║",
    "⌊": "⎢⎢⎢⎣",
    "⌋": "⎥⎥⎥⎦",
    "⌈": "⎡⎢⎢⎢",
    "⌉": "⎤⎥⎥⎥",
}

_SIGNS = {sign for sign, kind in [*symbols.SYMBOLS.values(), *symbols.CHARACTERS.values()]
          if kind in (Kind.RELATION, Kind.BINARY)} - {"|"}  # fmt: skip
_OPERATOR = "|".join(sorted(map(re.escape, _SIGNS | {":="}), key=len, reverse=True))
# A line may be broken before an operator that has a space on both sides, after a comma and at a wide space.
BREAK = re.compile(rf"{GAP}(?=(?:{_OPERATOR})[^\s{GAP}]*{GAP})|(?<=[,;]){GAP}|{symbols.QUAD}|[{OPENING}{CLOSING}]")


class TooLargeError(Exception):
    """A block of more cells than anyone would look at: a row can be short and its column wide."""


@dataclass(frozen=True)
class Block:
    """Lines of one width; ``base`` is the one that stands level with the text around it."""

    lines: tuple[str, ...]
    base: int = 0
    bare: bool = False  # brackets that stand directly around it grow as tall as it is

    @property
    def width(self) -> int:
        return width(self.lines[0])


def is_stand_in(letter: str) -> bool:
    return FIRST <= ord(letter) <= LAST


def hold(block: Block, held: list[Block]) -> str:
    """Keep a block; returns its stand-in."""
    held.append(block)
    return chr(FIRST + len(held) - 1)


def width(text: str) -> int:
    """The cells that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cells(letter) for letter in text)


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def tidy(text: str) -> str:
    """A piece of a row as it is shown: spaces made plain, nothing that a terminal would obey."""
    return visible(GAPS.sub(" ", text.replace("\t", " ")).strip().replace(symbols.QUAD, "  "))


# --- building ---------------------------------------------------------------------------------------------------------


def matrix(rows: Sequence[Sequence[str]], held: Sequence[Block], brackets: tuple[str, str], columns: str = "") -> Block:
    """Rows of entries; ``columns`` says how each column is aligned (l, c, r) and where a rule stands (|)."""
    letters = columns.replace("|", "") or "c"
    sides = [letters[min(place, len(letters) - 1)] for place in range(max(map(len, rows)))]
    body = _grid([[laid_out(cell, held) for cell in row] for row in rows], sides, _between(columns, len(sides)))
    return _bracketed(body, *brackets)


def _between(columns: str, count: int) -> list[str]:
    """What stands between one column and the next."""
    found = re.findall(r"[lcr](\|*)", columns)[: count - 1]
    return [" │ " if rule else "  " for rule in found] + ["  "] * (count - 1 - len(found))


def cases(rows: Sequence[Sequence[str]], held: Sequence[Block], brackets: tuple[str, str]) -> Block:
    """Values and their conditions, behind a brace."""
    count = max(map(len, rows))
    body = _grid([[laid_out(cell.rstrip(","), held) for cell in row] for row in rows], ["l"] * count, ["  "] * count)
    return _bracketed(body, *brackets)


def aligned(rows: Sequence[str], held: Sequence[Block]) -> Block:
    """Rows whose tabs stand one below the other: right, left, right, left …, as TeX aligns them."""
    cells = [[laid_out(cell, held) for cell in row.split("\t")] for row in rows]
    count = max(map(len, cells))
    sides = ["r" if place % 2 == 0 and count > 1 else "l" for place in range(count)]
    grid = _grid(cells, sides, [" " if place % 2 == 0 else "   " for place in range(count)])
    indent = min(len(line) - len(line.lstrip()) for line in grid.lines)
    return Block(tuple(line[indent:] for line in grid.lines), grid.base, bare=True)


def _grid(rows: Sequence[Sequence[Block]], sides: Sequence[str], between: Sequence[str]) -> Block:
    widths = [0] * len(sides)
    for row in rows:
        for place, cell in enumerate(row):
            widths[place] = max(widths[place], cell.width)
    if len(rows) * (len(sides) + sum(widths)) > MOST_CELLS:
        raise TooLargeError
    lines: list[str] = []
    for row in rows:
        parts: list[Block] = []
        for place, side in enumerate(sides):
            cell = row[place] if place < len(row) else Block(("",))
            parts += [_padded(cell, widths[place], side), Block((between[place] if place + 1 < len(sides) else "",))]
        lines += _beside(parts, fill={" │ "}).lines
    return Block(tuple(lines), (len(lines) - 1) // 2, bare=True)


def _padded(cell: Block, room: int, side: str) -> Block:
    spare = room - cell.width
    left = {"l": 0, "r": spare}.get(side, (spare + 1) // 2)
    return Block(tuple(" " * left + line + " " * (spare - left) for line in cell.lines), cell.base)


def _beside(parts: Sequence[Block], fill: set[str] | frozenset[str] = frozenset()) -> Block:
    """Blocks side by side, their base lines level; a part in ``fill`` stands on every line."""
    above = max(part.base for part in parts)
    below = max(len(part.lines) - part.base for part in parts)
    lines = []
    for line in range(-above, below):
        shown = []
        for part in parts:
            place = part.base + line
            inside = 0 <= place < len(part.lines)
            shown.append(part.lines[place] if inside else part.lines[0] if part.lines[0] in fill else " " * part.width)
        lines.append("".join(shown))
    return Block(tuple(lines), above)


def _bracketed(body: Block, left: str, right: str) -> Block:
    if not left and not right:
        return body
    if len(body.lines) == 2 and {left, right} & {"{", "}"}:  # the point of the brace has a line of its own
        body = Block((body.lines[0], " " * body.width, body.lines[1]), 1)
    opened, closed = _tall(left, body), _tall(right, body)
    return Block(tuple(map("".join, zip(opened, body.lines, closed, strict=True))), body.base)


def _tall(bracket: str, body: Block) -> list[str]:
    height = len(body.lines)
    if bracket not in TALL or height == 1:
        return [bracket if place == body.base else " " * len(bracket) for place in range(height)]
    upper, middle, point, lower = list(TALL[bracket])
    signs = [upper, *[middle] * (height - 2), lower]
    if height > 2:
        signs[max(1, body.base)] = point
    return signs


# --- placing ----------------------------------------------------------------------------------------------------------


def laid_out(text: str, held: Sequence[Block]) -> Block:
    """A row with its blocks in their places."""
    parts, end = [Block(("",))], 0
    text = GAPS.sub(" ", text).strip()
    for found in STAND_INS.finditer(text):
        left, block, right = found[1], held[ord(found[2]) - FIRST], found[3]
        if not block.bare or not _around(left, right, text[found.end() :]):
            left = right = ""
        start, stop = found.start(2) - len(left), found.end(2) + len(right)
        parts += [Block((_plain(text[end:start]),)), _bracketed(block, left, right)]
        end = stop
    return _beside([*parts, Block((_plain(text[end:]),))])


def _around(left: str, right: str, rest: str) -> bool:
    """Whether the brackets beside a block are its own: both, or a brace that nothing answers, as in a system."""
    return bool(left and right) or (left == "{" and "}" not in rest) or (right == "}" and not left)


def _plain(text: str) -> str:
    return visible(text.replace("\t", " ").replace(symbols.QUAD, "  "))


def on_one_line(rows: Sequence[str]) -> str:
    """The rows of a formula one after the other."""
    shown = [tidy(row) for row in rows]
    return "; ".join(row.rstrip(",; ") for row in shown if row) if len(shown) > 1 else "".join(shown)


def display(rows: Sequence[str], held: Sequence[Block], room: int) -> list[str]:
    """The lines of a formula, none wider than ``room`` (0: no limit) where a break can be had.

    TooLargeError when a block alone is wider: the formula has to be read again without blocks.
    """
    whole = aligned(rows, held) if rows else Block(("",))
    if not room or whole.width <= room:
        return [line.rstrip() for line in whole.lines]
    lines = []
    for row in rows:
        for place, part in enumerate(_broken(row.replace("\t", GAP), held, room)):
            block = laid_out(part, held)
            indent = CONTINUED if place else ""
            if held and len(indent) + block.width > room:
                raise TooLargeError
            lines += [(indent + line).rstrip() for line in block.lines]
    return lines


def _broken(row: str, held: Sequence[Block], room: int) -> list[str]:
    """A row in parts that fit, broken where the fewest brackets are open."""
    places: list[tuple[int, float]] = []
    depth = 0
    for found in BREAK.finditer(row):
        if found[0] in OPENING:
            depth += 1
        elif found[0] in CLOSING:
            depth = max(0, depth - 1)
        else:
            at = found.start()
            places.append((at, depth - 0.5 if row[at - 1 : at] in (",", ";") else depth))  # rather between entries
    parts: list[str] = []
    start = first = 0
    while (end := _fitting(row, start, held, room - (len(CONTINUED) if parts else 0))) < len(row):
        last = bisect_right(places, (end, len(row)))
        # Where nothing fits, the line is broken as soon as it can be.
        within = places[first:last] or places[last : last + 1]
        if not within:
            break
        shallowest = min(depth for _, depth in within)
        cut = max(at for at, depth in within if depth == shallowest)
        parts.append(row[start:cut])
        start = cut + 1
        first = bisect_right(places, (cut, len(row)))
    return [*parts, row[start:]]


def _fitting(row: str, start: int, held: Sequence[Block], room: int) -> int:
    """How far a row fits from a place on."""
    used = 0
    for place in range(start, len(row)):
        letter = row[place]
        used += (
            held[ord(letter) - FIRST].width if is_stand_in(letter) else 2 if letter == symbols.QUAD else _cells(letter)
        )
        if used > room:
            return place
    return len(row)
