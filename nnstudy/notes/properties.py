"""The properties of a note: YAML or TOML at its top, and ``Name: value`` lines as Notion writes them."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from nnstudy.notes.dates import find_date
from nnstudy.notes.remark import Remark

RULE = "front matter"
LONGEST = 65_536  # characters of front matter that are parsed, and of one value
MOST_BRACKETS = 300
PROPERTY = re.compile(r"([^\W\d_][^:\n]{0,39}?):(?: +(.*))?$")
# YAML as most notes have it, which needs no parser: a name, a plain value that no rule of YAML changes.
PLAIN = re.compile(r"([A-Za-z_][\w.-]*):(?:[ ]+((?![-?:,\[\]{}#&*!|>'\"%@`])[^#:\n]*(?::(?=\S)[^#:\n]*)*))?[ \t]*$")
FLOW = re.compile(r"([A-Za-z_][\w.-]*):[ ]+\[([\w ./-]*(?:,[\w ./-]*)*)\][ \t]*$")
LOOSE = re.compile(r"\s*([^\s:#\-][^:\n]*?)\s*:(?:\s+(.*))?$")
MARKERS = ("Q", "A", "C")
KNOWN = (
    "ultima modifica|primo abbozzo|ripasso prox|stato|studi personali|created|created time|last edited|tags|status|data"
    "|last edited time|date created|date modified|date|type|tipo|author|autore|url|area|materia|course|corso"
)
IS_KNOWN = frozenset(KNOWN.split("|"))


def front_matter(lines: list[str], report: list[Remark]) -> tuple[dict[str, str], int]:
    """The properties between two lines ``---`` (or ``+++``) at the top of the file, and the index of the line after."""
    fence = lines[0].rstrip()
    if fence not in ("---", "+++"):
        return {}, 0
    ends = ("---", "...") if fence == "---" else ("+++",)
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ends), None)
    if end is None:
        if any(PROPERTY.match(line) for line in lines[1:4]):
            report.append(Remark(1, RULE, f"the front matter that begins here has no end (a line {fence})"))
        return {}, 0
    inside = lines[1:end]
    if (properties := _plain_yaml(inside) if fence == "---" else None) is not None:
        return properties, end + 1
    found = _parsed("\n".join(inside), inside, fence, report)
    if found is None:
        return {}, 0
    for number, line in enumerate(inside, 2):
        if line.lstrip().startswith("#"):
            report.append(Remark(number, RULE, f"{line.strip()[:60]!r} is a comment here, and left out", "info"))
    return found, end + 1


def _plain_yaml(lines: list[str]) -> dict[str, str] | None:
    """The properties when every line is ``name: value`` with nothing in it that YAML reads in a way of its own."""
    properties: dict[str, str] = {}
    for line in lines:
        if found := PLAIN.match(line):
            value = (found[2] or "").strip()
        elif found := FLOW.match(line):
            value = ", ".join(part.strip() for part in found[2].split(",") if part.strip())
        elif line.strip():
            return None
        else:
            continue
        if found[1] in properties:
            return None
        properties[found[1]] = value
    return properties


def _parsed(text: str, lines: list[str], fence: str, report: list[Remark]) -> dict[str, str] | None:
    """Front matter by the rules of YAML or TOML, else line by line; None when it is none, but text between rules."""
    if not text.strip():
        return {}
    if len(text) > LONGEST or text.count("[") + text.count("{") > MOST_BRACKETS:
        limits = f"{LONGEST} characters or {MOST_BRACKETS} brackets"
        report.append(Remark(1, RULE, f"has over {limits}; it was read line by line", "error"))
        return _line_by_line(lines, report)
    toml = _toml(text)
    if toml is not None:
        return toml
    import yaml

    try:
        given = _yaml(text, report)
    except (yaml.YAMLError, RecursionError, ValueError) as trouble:
        mark = getattr(trouble, "problem_mark", None)
        problem = getattr(trouble, "problem", None) or "it is not YAML"
        line = min(mark.line, len(lines) - 1) + 2 if mark else 2
        report.append(Remark(line, RULE, f"cannot be read: {problem}; its lines were read one by one", "error"))
        return _line_by_line(lines, report)
    if given is None:
        report.append(Remark(1, RULE, "what stands between these rules holds no properties; it was read as text"))
    return given


def _toml(text: str) -> dict[str, str] | None:
    if not re.match(r"\s*(?:#[^\n]*\n\s*)*[\w.-]+[ \t]*=", text):
        return None
    try:
        return {name: _plain(value) for name, value in tomllib.loads(text).items()}
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _yaml(text: str, report: list[Remark]) -> dict[str, str] | None:
    """The mapping that YAML holds, values as text; None when it is no mapping."""
    import yaml

    loader = yaml.BaseLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            return None
        properties: dict[str, str] = {}
        for key, value in node.value:
            name = _plain(loader.construct_object(key, deep=True))
            if name in properties:
                message = f"{name} is given twice; the last one counts"
                report.append(Remark(key.start_mark.line + 2, RULE, message))
            properties[name] = _plain(loader.construct_object(value, deep=True))
        return properties
    finally:
        loader.dispose()


def _plain(value: Any) -> str:
    """A value as one line of text, bounded: an alias of aliases may stand for more than a memory holds."""
    pieces, length = [], 0
    for piece in _pieces(value, 0):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST:
            break
    return ", ".join(pieces)[:LONGEST]


def _pieces(value: Any, depth: int) -> Iterator[str]:
    if depth > 20:
        yield "…"
    elif isinstance(value, list):
        for item in value:
            yield from _pieces(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield f"{name}: {', '.join(_pieces(item, depth + 1)) if depth < 3 else '…'}"
    else:
        yield str(value).strip()


def _line_by_line(lines: list[str], report: list[Remark]) -> dict[str, str]:
    """What can be made of front matter that cannot be parsed; lines that are no ``name: value`` are reported."""
    properties: dict[str, str] = {}
    for number, line in enumerate(lines, 2):
        if found := LOOSE.match(line):
            if found[1] in properties:
                report.append(Remark(number, RULE, f"{found[1]} is given twice; the last one counts"))
            properties[found[1]] = (found[2] or "").strip().strip("\"'")
        elif line.strip() and not line.lstrip().startswith("#") and all(remark.line != number for remark in report):
            report.append(Remark(number, RULE, "this line of the front matter is no name: value", "error"))
    return properties


# --- Name: value lines -----------------------------------------------------------------------------------------------


def property_lines(lines: list[str], start: int, end: int, properties: dict[str, str], report: list[Remark]) -> int:
    """Take in the ``Name: value`` lines from `start` on; the index of the first line that is none."""
    while start < end:
        found = PROPERTY.match(lines[start])
        if not found and lines[start].strip():
            break
        if found:
            name = found[1].strip()
            if name in MARKERS:
                break
            if name in properties:
                report.append(Remark(start + 1, "property", f"{name} is given twice; the last one counts"))
            properties[name] = (found[2] or "").strip()
        start += 1
    return start


def end_of_notion_properties(lines: list[str], start: int, end: int) -> int | None:
    """The end of the ``Name: value`` lines below a note's title, where Notion writes them; None when they are text."""
    first = next((n for n in range(start, end) if lines[n].strip()), end)
    last = next((n for n in range(first, end) if not lines[n].strip()), end)
    found = [PROPERTY.match(line) for line in lines[first:last]]
    if not found or not all(match and match[1].strip() not in MARKERS for match in found):
        return None
    named = [(match[1].strip().casefold(), (match[2] or "").strip()) for match in found if match]
    is_notion = any(name in IS_KNOWN or (len(value) < 30 and find_date(value)) for name, value in named)
    return last if is_notion else None
