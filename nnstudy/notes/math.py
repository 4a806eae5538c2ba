"""LaTeX formulas in Markdown text: where they stand, and how they read in a terminal's letters."""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from nnstudy.notes import symbols
from nnstudy.notes.pieces import (
    GAPS,
    Binding,
    Piece,
    accented,
    binomial,
    cases,
    fraction,
    in_font,
    joined,
    matrix,
    negated,
    script,
    with_scripts,
)
from nnstudy.notes.symbols import Kind
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
PERCENT = re.compile(r"\\.|%", re.S)
NUMBER = re.compile(r"\d+(?:,\d{3}(?!\d))*(?:\.\d+)?")
LENGTH = re.compile(r"\*?\[-?[\d.]+[a-z]{2}\]")


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
    """The text with every formula in its readable form."""
    pieces, end = [], 0
    for start, stop, latex, _display in spans(text):
        pieces += [text[end:start], readable(latex)]
        end = stop
    return "".join([*pieces, text[end:]])


def readable(latex: str) -> str:
    r"""One formula in Unicode: ``\frac{1}{1+e^{-x}}`` as ``1/(1 + e⁻ˣ)``.

    It is one line, but for the rows of ``aligned`` and its kin; what cannot be read as LaTeX is shown as written.
    """
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerError

    escaped = PERCENT.sub(lambda found: "\\%" if found[0] == "%" else found[0], latex)
    try:
        nodes = LatexWalker(escaped, latex_context=_grammar(), tolerant_parsing=False).get_latex_nodes()[0]
        text = _rows(_items(nodes)).text
    except (LatexWalkerError, UnreadableError, RecursionError):
        text = " ".join(latex.split())
    lines = (GAPS.sub(" ", line).strip() for line in text.split("\n"))
    return visible("\n".join(filter(None, lines)).replace(symbols.QUAD, "  "), keep="\n")


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


class UnreadableError(Exception):
    """A formula that breaks LaTeX's own rules."""


@cache
def _grammar() -> Any:
    """A grammar without a single macro: their arguments are taken by TeX's rule, the next token or group."""
    from pylatexenc.macrospec import EnvironmentSpec, LatexContextDb, MacroSpec

    grammar = LatexContextDb()
    grammar.set_unknown_macro_spec(MacroSpec("", ""))
    grammar.set_unknown_environment_spec(EnvironmentSpec("", ""))
    return grammar


def _node(item: Any) -> str:
    return type(item).__name__.removeprefix("Latex").removesuffix("Node")


def _macro(item: Any) -> str:
    return str(item.macroname) if _node(item) == "Macro" else ""


def _items(nodes: Iterable[Any], text: bool = False) -> Iterator[Any]:
    """The characters and the nodes in a row; white space means nothing in a formula, but something in its text."""
    for node in nodes:
        if _node(node) == "Chars":
            yield from (character for character in node.chars if text or not character.isspace())
        elif _node(node) == "Math" and not text:
            yield from _items(node.nodelist)
        elif _node(node) != "Comment":
            yield node


def _split(items: Iterable[Any], parts: Callable[[Any], bool]) -> list[list[Any]]:
    rows: list[list[Any]] = [[]]
    for item in items:
        if parts(item):
            rows.append([])
        else:
            rows[-1].append(item)
    return rows


def _is_ampersand(item: Any) -> bool:
    return isinstance(item, str) and item == "&"


def _lines(items: Iterable[Any]) -> list[list[Any]]:
    rows = _split(items, lambda item: _macro(item) in ("\\", "cr", "newline"))
    for place, row in enumerate(rows[1:], 1):
        if length := LENGTH.match("".join(item if isinstance(item, str) else " " for item in row[:12])):
            rows[place] = row[length.end() :]
    return [row for row in rows if row]


def _rows(items: Iterable[Any]) -> Piece:
    rows = [_Reader(row).expression() for row in _lines(items)]
    return rows[0] if len(rows) == 1 else Piece("\n".join(row.text for row in rows), binding=Binding.SUM)


class _Reader:
    """Takes a formula's items one by one, and makes pieces of them."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.items: deque[Any] = deque(items)

    def expression(self) -> Piece:
        """Everything that is left, as one piece."""
        pieces: list[Piece] = []
        while self.items:
            name = _macro(self.items[0])
            if name in ("over", "choose"):
                self.items.popleft()
                return (fraction if name == "over" else binomial)(joined(pieces), self.expression())
            pieces.append(self._scripted(self._nucleus()))
        return joined(pieces)

    def next_is(self, characters: str) -> bool:
        return bool(self.items) and isinstance(self.items[0], str) and self.items[0] in characters

    def argument(self) -> Piece:
        """The next token or group."""
        if not self.items:
            raise UnreadableError
        item = self.items.popleft()
        if isinstance(item, str):
            sign, kind = symbols.CHARACTERS.get(item, (item, Kind.ORDINARY))
            return Piece(sign, kind, apart=sign in symbols.BIG)
        if _node(item) == "Macro":
            return self._named(item.macroname)
        if _node(item) == "Environment":
            return _environment(item)
        return _Reader(_items(item.nodelist)).expression()

    def option(self) -> Piece:
        """The argument in square brackets, empty if there is none."""
        inside: list[Any] = []
        if not self.next_is("["):
            return Piece("")
        self.items.popleft()
        depth = 1
        while depth:
            if not self.items:
                raise UnreadableError
            inside.append(self.items.popleft())
            depth += {"[": 1, "]": -1}.get(inside[-1], 0) if isinstance(inside[-1], str) else 0
        return _Reader(inside[:-1]).expression()

    def literal(self) -> str:
        """The next group as text, its spaces kept."""
        if self.items and _node(self.items[0]) == "Group":
            return _literal(self.items.popleft().nodelist)
        return self.argument().text

    def _nucleus(self) -> Piece:
        if self.next_is("^_'"):
            return Piece("")
        ahead = "".join(item if isinstance(item, str) else " " for item in islice(self.items, 40))
        if number := NUMBER.match(ahead):
            for _ in number[0]:
                self.items.popleft()
            return Piece(number[0])
        if ahead.startswith(":="):
            self.items.popleft()
            return replace(self.argument(), text=":=")
        grouped = _node(self.items[0]) == "Group"
        piece = self.argument()
        loose = grouped and piece.kind not in (Kind.OPERATOR, Kind.WORD)
        return replace(piece, kind=Kind.ORDINARY) if loose else piece

    def _scripted(self, base: Piece) -> Piece:
        scripts: dict[str, Piece] = {}
        primes = ""
        while self.items:
            if self.next_is("'"):
                primes += "′"
            elif not self.next_is("^_") and _macro(self.items[0]) not in ("limits", "nolimits"):
                break
            mark = self.items.popleft()
            if isinstance(mark, str) and mark != "'":
                if mark in scripts:
                    raise UnreadableError
                scripts[mark] = self.argument()
        return with_scripts(base, scripts.get("_"), scripts.get("^"), primes) if scripts or primes else base

    def _named(self, name: str) -> Piece:
        if name in symbols.SYMBOLS:
            sign, kind = symbols.SYMBOLS[name]
            return Piece(sign, kind, apart=sign in symbols.BIG)
        if name in MACROS:
            return MACROS[name](self)
        if name in symbols.FONTS:
            return in_font(self.argument(), symbols.FONTS[name])
        if name in symbols.ACCENTS:
            return accented(self.argument(), name)
        if name in symbols.TEXTS:
            text = self.literal()
            return Piece(text, Kind.WORD, Binding.SUM if " " in text.strip() else Binding.ATOM)
        if name in symbols.ANNOTATIONS:
            self.literal()
            return Piece("")
        if name in symbols.OPENING | symbols.CLOSING | symbols.PARTING | symbols.SIZED:
            return self._delimiter(name)
        return self._unnamed(name)

    def _delimiter(self, name: str) -> Piece:
        piece = self.argument()
        sign = symbols.DELIMITERS.get(piece.text, piece.text)
        kind = Kind.OPEN if name in symbols.OPENING else Kind.CLOSE if name in symbols.CLOSING else piece.kind
        return Piece(sign, Kind.RELATION if name in symbols.PARTING else kind)

    def _unnamed(self, name: str) -> Piece:
        """A symbol of pylatexenc's long table, or else the macro and its groups as they are written."""
        if sign := _rare_symbol(name):
            return Piece(sign, Kind.RELATION if unicodedata.category(sign) in ("Sm", "So") else Kind.ORDINARY)
        written = [f"\\{name}"]
        while self.items and _node(self.items[0]) == "Group":
            written.append(self.items.popleft().latex_verbatim())
        return Piece("".join(written), Kind.WORD)


@cache
def _rare_symbols() -> Any:
    from pylatexenc.latex2text import get_default_latex_context_db

    return get_default_latex_context_db()


def _rare_symbol(name: str) -> str:
    found = getattr(_rare_symbols().get_macro_spec(name), "simplify_repl", None)
    return found if isinstance(found, str) and len(found) == 1 else ""


def _literal(nodes: Iterable[Any]) -> str:
    reader, pieces = _Reader(_items(nodes, text=True)), []
    while reader.items:
        if isinstance(reader.items[0], str):
            letter = reader.items.popleft()
            pieces.append(" " if letter.isspace() else letter)
        else:
            pieces.append(reader.literal())
    return "".join(pieces)


def _root(reader: _Reader) -> Piece:
    index = reader.option()
    sign = symbols.ROOTS.get(index.text) or script(index, symbols.SUPERSCRIPTS, "^").lstrip("^") + "√"
    return Piece(sign + reader.argument().within(Binding.ATOM), binding=Binding.POWER, apart=True)


def _braced(reader: _Reader) -> Piece:
    """What stands over or under a brace, with the brace's label behind it."""
    piece = reader.argument()
    if not reader.next_is("_^"):
        return piece
    reader.items.popleft()
    return Piece(f"{piece.text} [{reader.argument().text}]", binding=piece.binding, apart=True)


def _operator_name(reader: _Reader) -> Piece:
    if reader.next_is("*"):
        reader.items.popleft()
    return Piece(reader.literal(), Kind.OPERATOR)


def _stacked(reader: _Reader, above: bool) -> Piece:
    script, base = reader.argument(), reader.argument()
    return with_scripts(base, None if above else script, script if above else None)


def _arrow(reader: _Reader, sign: str) -> Piece:
    below = reader.option()
    return with_scripts(Piece(sign, Kind.RELATION), below if below.text else None, reader.argument())


def _coloured(reader: _Reader) -> Piece:
    reader.literal()
    return reader.argument()


MACROS: dict[str, Callable[[_Reader], Piece]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), lambda r: fraction(r.argument(), r.argument())),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), lambda r: binomial(r.argument(), r.argument())),
    **dict.fromkeys(("underbrace", "overbrace"), _braced),
    **dict.fromkeys(("overset", "stackrel"), lambda reader: _stacked(reader, above=True)),
    **dict.fromkeys(("boxed", "ensuremath", "substack"), _Reader.argument),
    "underset": lambda reader: _stacked(reader, above=False),
    "sqrt": _root,
    "operatorname": _operator_name,
    "mathop": lambda reader: replace(reader.argument(), kind=Kind.OPERATOR),
    "mathrel": lambda reader: replace(reader.argument(), kind=Kind.RELATION),
    "mathbin": lambda reader: replace(reader.argument(), kind=Kind.BINARY),
    "not": lambda reader: negated(reader.argument()),
    "xrightarrow": lambda reader: _arrow(reader, "→"),
    "xleftarrow": lambda reader: _arrow(reader, "←"),
    "pmod": lambda reader: Piece(f" (mod {reader.argument().text})", Kind.MARK),
    "textcolor": _coloured,
}


def _environment(node: Any) -> Piece:
    name = node.environmentname.rstrip("*")
    reader = _Reader(_items(node.nodelist))
    if name in symbols.WITH_COLUMNS:
        reader.literal()
    if name in symbols.ROWS:
        return _rows(reader.items)
    if name not in symbols.CASES and name not in symbols.MATRICES:
        return Piece(" ".join(node.latex_verbatim().split()), Kind.WORD)
    rows = [
        [_Reader(cell).expression().text.strip() for cell in _split(row, _is_ampersand)] for row in _lines(reader.items)
    ]
    return cases(rows) if name in symbols.CASES else matrix(rows, *symbols.MATRICES[name])
