"""What each macro, environment and script of a formula becomes: its parse tree, read into pieces of text."""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from typing import Any

from nnstudy.notes import blocks, symbols, tree
from nnstudy.notes.pieces import (
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
    struck,
    with_scripts,
)
from nnstudy.notes.symbols import Kind

LENGTH = re.compile(r"[-+]?[\d.]*[a-z]{2}")

Held = list[blocks.Block] | None  # the blocks met so far; None where all has to stand on one line


def rows(latex: str, held: Held) -> list[str]:
    """The rows of a formula, a tab where they are aligned; the blocks in them are added to ``held``."""
    items = tree.parsed(latex)
    if len(items) == 1 and tree.node(items[0]) == "Environment" and tree.name(items[0]) in symbols.ROWS:
        items = list(_inside(items[0])[0])
    return [_Reader(row, held).expression().text for row in tree.lines(items)]


class _Reader:
    """Takes a formula's items one by one, and makes pieces of them."""

    def __init__(self, items: Iterable[Any], held: Held = None) -> None:
        self.items: deque[Any] = deque(items)
        self.held = held

    def expression(self) -> Piece:
        """Everything that is left, as one piece."""
        pieces: list[Piece] = []
        while self.items:
            name = tree.macro(self.items[0])
            if name in ("over", "choose"):
                self.items.popleft()
                return (fraction if name == "over" else binomial)(joined(pieces), self.expression())
            if name in symbols.SWITCHES:
                self.items.popleft()
                pieces.append(in_font(self.expression(), symbols.SWITCHES[name]))
                break
            pieces.append(self._scripted(self._nucleus()))
        return joined(pieces)

    def next_is(self, characters: str) -> bool:
        return bool(self.items) and isinstance(self.items[0], str) and self.items[0] in characters

    def argument(self) -> Piece:
        """The next token or group."""
        if not self.items:
            raise tree.UnreadableError
        item = self.items.popleft()
        if isinstance(item, str):
            if len(item) > 1:
                self.items.appendleft(item[1:])
            sign, kind = symbols.CHARACTERS.get(item[0], (item[0], Kind.ORDINARY))
            return Piece(sign, kind, apart=sign in symbols.BIG)
        if tree.node(item) == "Macro":
            return self._named(item.macroname)
        if tree.node(item) == "Environment":
            return _environment(item, self.held)
        return _Reader(tree.items(item.nodelist), self.held).expression()

    def small(self) -> Piece:
        """The next token or group on one line, as scripts need it."""
        held, self.held = self.held, None
        piece = self.argument()
        self.held = held
        return piece

    def option(self) -> Piece:
        """The argument in square brackets, empty if there is none."""
        inside: list[Any] = []
        if not self.next_is("["):
            return Piece("")
        self.items.popleft()
        depth = 1
        while depth:
            if not self.items:
                raise tree.UnreadableError
            inside.append(self.items.popleft())
            depth += {"[": 1, "]": -1}.get(inside[-1], 0) if isinstance(inside[-1], str) else 0
        return _Reader(inside[:-1]).expression()

    def literal(self) -> str:
        """The next group as text, its spaces kept."""
        if self.items and tree.node(self.items[0]) == "Group":
            return _literal(self.items.popleft().nodelist)
        return self.argument().text

    def _nucleus(self) -> Piece:
        if self.next_is("^_'"):
            return Piece("")
        token = self.items[0]
        if isinstance(token, str) and len(token) > 1:
            self.items.popleft()
            return Piece(token, Kind.RELATION if token == ":=" else Kind.ORDINARY)
        grouped = tree.node(token) == "Group"
        piece = self.argument()
        loose = grouped and piece.kind not in (Kind.OPERATOR, Kind.WORD)
        return replace(piece, kind=Kind.ORDINARY) if loose else piece

    def _scripted(self, base: Piece) -> Piece:
        scripts: dict[str, Piece] = {}
        primes = ""
        while self.items:
            if self.next_is("'"):
                primes += "′"
            elif not self.next_is("^_") and tree.macro(self.items[0]) not in ("limits", "nolimits"):
                break
            mark = self.items.popleft()
            if isinstance(mark, str) and mark != "'":
                if mark in scripts:
                    raise tree.UnreadableError
                scripts[mark] = self.small()
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
        while self.items and tree.node(self.items[0]) == "Group":
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
    reader, pieces = _Reader(tree.items(nodes, text=True)), []
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
    return Piece(f"{piece.within(Binding.PRODUCT)} [{reader.small().text}]", binding=Binding.PRODUCT, apart=True)


def _operator_name(reader: _Reader) -> Piece:
    if reader.next_is("*"):
        reader.items.popleft()
    return Piece(reader.literal(), Kind.OPERATOR)


def _stacked(reader: _Reader, above: bool) -> Piece:
    script, base = reader.small(), reader.argument()
    if above and (sign := symbols.STACKED.get((base.text, script.text))):
        return replace(base, text=sign)
    return with_scripts(base, None if above else script, script if above else None)


def _arrow(reader: _Reader, sign: str) -> Piece:
    held, reader.held = reader.held, None
    below = reader.option()
    reader.held = held
    above = reader.small()
    return with_scripts(Piece(sign, Kind.RELATION), below if below.text else None, above if above.text else None)


def _coloured(reader: _Reader) -> Piece:
    reader.option()
    reader.literal()
    return reader.argument()


def _dropped(reader: _Reader) -> Piece:
    """What sets colours, labels and other things that letters do not show."""
    reader.option()
    reader.literal()
    return Piece("")


def _space(reader: _Reader) -> Piece:
    """A space of a length that is given in a group, or after \\kern and \\hskip without one."""
    if reader.next_is("*"):
        reader.items.popleft()
    if reader.items and tree.node(reader.items[0]) == "Group":
        length = reader.literal()
    else:
        length = ""
        while reader.items and isinstance(reader.items[0], str) and not LENGTH.fullmatch(length):
            length += reader.items.popleft()
    return Piece("" if length.startswith("-") else symbols.QUAD, Kind.SPACE)


def _phantom(reader: _Reader) -> Piece:
    reader.argument()
    return Piece(" ", Kind.SPACE)


def _enclosed(reader: _Reader, left: str, right: str) -> Piece:
    return Piece(left + reader.argument().text + right)


def _general_fraction(reader: _Reader) -> Piece:
    """The arguments of ``genfrac``: brackets, thickness of the bar, style, and what stands above and below."""
    left, right, bar, _style = (reader.literal() for _ in range(4))
    above, below = reader.argument(), reader.argument()
    if bar.startswith("0"):
        return (
            binomial(above, below) if (left, right) == ("(", ")") else Piece(f"{left}{above.text}; {below.text}{right}")
        )
    piece = fraction(above, below)
    return Piece(left + piece.text + right) if left or right else piece


def _numbered(reader: _Reader) -> Piece:
    """An equation's number."""
    if bare := reader.next_is("*"):
        reader.items.popleft()
    number = reader.literal()
    return Piece(symbols.QUAD + (number if bare else f"({number})"), Kind.SPACE)


ARROWS = {
    "xrightarrow": "→",
    "xleftarrow": "←",
    "xleftrightarrow": "↔",
    "xRightarrow": "⇒",
    "xLeftarrow": "⇐",
    "xLeftrightarrow": "⇔",
    "xmapsto": "↦",
    "xhookrightarrow": "↪",
    "xlongequal": "=",
}

MACROS: dict[str, Callable[[_Reader], Piece]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), lambda r: fraction(r.argument(), r.argument())),
    **dict.fromkeys(("nicefrac", "sfrac"), lambda r: fraction(r.argument(), r.argument())),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), lambda r: binomial(r.argument(), r.argument())),
    **dict.fromkeys(("underbrace", "overbrace", "underbracket", "overbracket"), _braced),
    **dict.fromkeys(("overset", "stackrel"), lambda reader: _stacked(reader, above=True)),
    **dict.fromkeys(("cancel", "bcancel", "xcancel", "sout"), lambda reader: struck(reader.argument())),
    **dict.fromkeys(symbols.WRAPPERS, _Reader.argument),
    **dict.fromkeys(symbols.ANNOTATIONS, _dropped),
    **dict.fromkeys(("phantom", "hphantom", "vphantom"), _phantom),
    **dict.fromkeys(("hspace", "vspace", "hskip", "kern", "mskip", "mkern", "mspace"), _space),
    **dict.fromkeys(("operatorname", "operatornamewithlimits"), _operator_name),
    **dict.fromkeys(("textcolor", "colorbox"), _coloured),
    **dict.fromkeys(("pmod", "pod"), lambda r: Piece(f" (mod {r.argument().text})", Kind.MARK)),
    **{name: partial(_arrow, sign=sign) for name, sign in ARROWS.items()},
    **{name: partial(_enclosed, left=left, right=right) for name, (left, right) in symbols.PAIRS.items()},
    "underset": lambda reader: _stacked(reader, above=False),
    "sqrt": _root,
    "genfrac": _general_fraction,
    "tag": _numbered,
    "ref": lambda reader: Piece(reader.literal(), Kind.WORD),
    "eqref": lambda reader: Piece(f"({reader.literal()})"),
    "mathop": lambda reader: replace(reader.argument(), kind=Kind.OPERATOR),
    "mathrel": lambda reader: replace(reader.argument(), kind=Kind.RELATION),
    "mathbin": lambda reader: replace(reader.argument(), kind=Kind.BINARY),
    "not": lambda reader: negated(reader.argument()),
}


def _inside(environment: Any) -> tuple[deque[Any], str]:
    """What an environment holds, and how its columns are said to stand."""
    reader = _Reader(tree.items(environment.nodelist))
    if tree.name(environment) not in symbols.WITH_COLUMNS:
        return reader.items, ""
    reader.option()
    return reader.items, "".join(letter for letter in reader.literal() if letter in "lcr|")


def _environment(node: Any, held: Held) -> Piece:
    name = tree.name(node)
    items, columns = _inside(node)
    lines = tree.lines(items)
    if name in symbols.ROWS:
        return _equations([_Reader(line, held).expression().text for line in lines], held)
    if name not in symbols.CASES and name not in symbols.MATRICES:
        return Piece(" ".join(node.latex_verbatim().split()), Kind.WORD)
    table = [
        [_Reader(cell, held).expression().text.strip() for cell in tree.split(line, tree.is_ampersand)]
        for line in lines
    ]
    table = [row for row in table if any(row) or len(row) > 1]
    brackets = symbols.MATRICES.get(name) or symbols.CASES[name]
    if held is None or not table:
        rules = [len(re.sub("[|]", "", columns[: rule.start()])) for rule in re.finditer(r"\|", columns)]
        return cases(table) if name in symbols.CASES else matrix(table, *brackets, rules)
    block = (
        blocks.cases(table, held, brackets) if name in symbols.CASES else blocks.matrix(table, held, brackets, columns)
    )
    return Piece(blocks.hold(block, held), binding=Binding.SUM if block.bare else Binding.ATOM)


def _equations(lines: list[str], held: Held) -> Piece:
    if held is None or len(lines) < 2:
        return Piece("; ".join(lines), binding=Binding.SUM)
    return Piece(blocks.hold(blocks.aligned(lines, held), held), binding=Binding.SUM)
