"""A formula's parse tree, by pylatexenc, as rows of tokens and nodes."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

TOKEN = re.compile(r"\d+(?:[.,]\d+)*|:=|\s+|.", re.S)
ROW_SPACE = re.compile(r"\*?\[\s*-?[\d.]+\s*[a-z]{2}\s*\]")
LINE_BREAKS = ("\\", "cr", "newline")


class UnreadableError(Exception):
    """A formula that breaks LaTeX's own rules."""


def parsed(latex: str) -> list[Any]:
    """The tokens and nodes of a formula; UnreadableError when it is no LaTeX, as with a brace that nothing closes."""
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerError

    try:
        nodes = LatexWalker(latex, latex_context=_grammar(), tolerant_parsing=False).get_latex_nodes()[0]
    except LatexWalkerError as trouble:
        raise UnreadableError from trouble
    return list(items(nodes))


@cache
def _grammar() -> Any:
    """A grammar without a single macro: their arguments are taken by TeX's rule, the next token or group."""
    from pylatexenc.macrospec import EnvironmentSpec, LatexContextDb, MacroSpec

    grammar = LatexContextDb()
    grammar.set_unknown_macro_spec(MacroSpec("", ""))
    grammar.set_unknown_environment_spec(EnvironmentSpec("", ""))
    return grammar


def node(item: Any) -> str:
    """The kind of a node: Chars, Group, Macro, Environment …; nothing for a token."""
    return type(item).__name__[len("Latex") : -len("Node")]


def macro(item: Any) -> str:
    return str(item.macroname) if node(item) == "Macro" else ""


def name(environment: Any) -> str:
    return str(environment.environmentname).rstrip("*")


def items(nodes: Iterable[Any], text: bool = False) -> Iterator[Any]:
    """The tokens and the nodes in a row; white space means nothing in a formula, but something in its text."""
    for each in nodes:
        if node(each) == "Chars":
            tokens = each.chars if text else TOKEN.findall(each.chars)
            yield from (token for token in tokens if text or not token.isspace())
        elif node(each) == "Math" and not text:
            yield from items(each.nodelist)
        elif node(each) != "Comment":
            yield each


def split(tokens: Iterable[Any], parts: Callable[[Any], bool]) -> list[list[Any]]:
    rows: list[list[Any]] = [[]]
    for item in tokens:
        if parts(item):
            rows.append([])
        else:
            rows[-1].append(item)
    return rows


def is_ampersand(item: Any) -> bool:
    return isinstance(item, str) and item == "&"


def lines(tokens: Iterable[Any]) -> list[list[Any]]:
    rows = split(tokens, lambda item: macro(item) in LINE_BREAKS)
    for place, row in enumerate(rows[1:], 1):
        start = "".join(item if isinstance(item, str) else "\0" for item in row[:12])
        if ROW_SPACE.match(start):
            rows[place] = row[row.index("]") + 1 :]
    return [row for row in rows if row]
