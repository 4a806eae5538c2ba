"""LaTeX formulas in Markdown text: where they stand, and how they read in a terminal's letters."""

import re
from collections.abc import Iterator
from functools import lru_cache

from nnstudy.words import visible

# The possessive ++ keeps every try linear: what stops a formula from closing also stops the next one from opening.
END_OF_LINE = r"\n(?![ \t]*(?:\n|\Z))"
INSIDE = rf"(?:[^\\`$\n]|\\(?:.|{END_OF_LINE})|{END_OF_LINE})"
INSIDE_DOUBLE = rf"(?:{INSIDE}|\$(?!\$))"
INSIDE_BRACKETS = rf"(?:[^\\`\n]|\\[^()\[\]\n]|\\?{END_OF_LINE})"
FORMULA = re.compile(
    rf"\\\((?P<parentheses>{INSIDE_BRACKETS}++)\\\)"
    rf"|\\\[(?P<brackets>{INSIDE_BRACKETS}++)\\\]"
    r"|\\."
    rf"|\$\$(?P<double>{INSIDE_DOUBLE}++)\$\$"
    rf"|\$(?=\S)(?P<single>{INSIDE}++)(?<!\s)\$(?!\d)"
    r"|\$\$"
)
FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^`\n]*$(?:\n.*)*?(?:\n[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)",
    re.M,
)
BACKTICKS = re.compile(r"`+|\n[ \t]*(?=\n)")
LINE_END = re.compile(r"[ \t]*(?:\n|\Z)")
BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
PERCENT = re.compile(r"\\.|%", re.S)
NESTING = re.compile(r"\\(?:(?P<opens>begin|left)|(?P<closes>end|right))\b|\\.|(?P<brace>[{}])", re.S)
DEEPEST = 60  # deeper than any formula that a person wrote, and far from Python's own limit


def spans(text: str) -> Iterator[tuple[int, int, str, bool]]:
    r"""Yield the formulas of Markdown text as (start, end, latex, display), in order.

    They stand between ``$…$``, ``$$…$$``, ``\(…\)`` or ``\[…\]``, never in code and never over a blank line; ``$`` as
    in pandoc: no space after the opening one, neither a space before the closing one nor a digit after it. ``display``
    tells whether a ``$$…$$`` or ``\[…\]`` has its lines for itself.
    """
    if "$" not in text and "\\" not in text:
        return
    for found in FORMULA.finditer(_without_code(text)):
        kind = found.lastgroup
        if kind is None:
            continue
        start, end = found.span()
        display = kind in ("double", "brackets") and LINE_END.match(text, end) is not None
        if display:
            display = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        yield start, end, found[kind].strip(), display


def readable_text(text: str) -> str:
    """The text with every formula in its readable form, on one line each."""
    pieces, end = [], 0
    for start, stop, latex, _display in spans(text):
        pieces += [text[end:start], readable(latex, inline=True)]
        end = stop
    return "".join([*pieces, text[end:]])


def first_line(text: str) -> str:
    """What a list shows of a prompt or an answer: its first line, formulas readable, without the signs of bold."""
    if "$" in text or "\\" in text:
        text = readable_text(text)
    line = text.strip().partition("\n")[0]
    return BOLD.sub(r"\1", line) if "**" in line and "`" not in line else line


@lru_cache(maxsize=4096)
def readable(latex: str, *, inline: bool = False, width: int = 0) -> str:
    r"""One formula in Unicode: ``\frac{1}{1+e^{-x}}`` as ``1/(1 + e⁻ˣ)``.

    Matrices, cases and aligned rows take several lines; ``inline`` writes all on one, ``[1 2; 3 4]``. What is wider
    than ``width`` (cells; 0 is no limit) is broken at operators. What cannot be read as LaTeX is shown as written.
    """
    from nnstudy.notes import blocks, tree
    from nnstudy.notes.latex import rows

    try:
        if _depth(latex) > DEEPEST or any(map(blocks.is_stand_in, latex)):
            raise tree.UnreadableError
        escaped = PERCENT.sub(lambda found: "\\%" if found[0] == "%" else found[0], latex)
        if inline:
            return blocks.on_one_line(rows(escaped, None))
        try:
            held: list[blocks.Block] = []
            return "\n".join(blocks.display(rows(escaped, held), held, width))
        except blocks.TooLargeError:
            return "\n".join(blocks.display(rows(escaped, None), [], width))
    except (tree.UnreadableError, RecursionError):
        return visible(" ".join(latex.split()))


def _depth(latex: str) -> int:
    """How deep the groups of a formula are nested."""
    depth = deepest = 0
    for found in NESTING.finditer(latex):
        depth += 1 if found["opens"] or found["brace"] == "{" else -1 if found["closes"] or found["brace"] else 0
        deepest = max(deepest, depth)
    return deepest


def _without_code(text: str) -> str:
    """The text at its length, with fenced code as blank lines and code spans as backticks."""
    text = FENCE.sub(lambda found: "\n" * len(found[0]), text)
    if "`" not in text:
        return text
    runs = list(BACKTICKS.finditer(text))
    closing: list[int | None] = [None] * len(runs)
    later: dict[int, int] = {}
    for place in range(len(runs) - 1, -1, -1):
        if runs[place][0][0] == "\n":
            later.clear()
        else:
            length = len(runs[place][0])
            closing[place], later[length] = later.get(length), place
    pieces, end, place = [], 0, 0
    while place < len(runs):
        start, close = runs[place].start(), closing[place]
        if close is not None and text[max(0, start - 1) : start] != "\\":
            pieces += [text[end:start], "`" * (runs[close].end() - start)]
            end, place = runs[close].end(), close
        place += 1
    return "".join([*pieces, text[end:]])
