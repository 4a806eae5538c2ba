"""Text becomes a Note: properties, section tree, review register, and a report of what is not in any of them.

Every line of the source is in one of these: the front matter or a property line, a heading, a section's body, an
experiment block, a row of the review register, or the report.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from nnstudy.notes.source import Source

PROPERTY = re.compile(r"([^\W\d_][^:\n]{0,39}?):(?: +(.*))?$")
REGISTER = re.compile(r"(?:[\d.]+ )?(?:registro (?:dei )?ripassi|review (?:log|register)|past reviews)")
ROW = re.compile(r"\W*(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\W*?(?:\||$)(.*)")
LANGUAGES = {"it": "it", "italian": "it", "italiano": "it", "en": "en", "english": "en", "inglese": "en"}
WORDS = {  # the small words that fill a text of the language
    "it": "il lo la gli le di che non è per una un con sono del della questo anche più come se si",
    "en": "the of and is are that this not for with a an it as which in to by be or from",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that reading a note found: `rule` is a short fixed name, `line` counts from 1."""

    line: int
    rule: str
    message: str
    level: str = "warning"  # "error", "warning" or "info"


@dataclass(frozen=True)
class ExperimentBlock:
    """A fenced ``experiment`` block: which experiment belongs to a section, with parameter overrides."""

    name: str
    overrides: Mapping[str, object]
    line: int


@dataclass(frozen=True)
class Section:
    """One heading and the text below it, up to the next heading of any level.

    `headings` is the path from the outermost heading to this one; `slugs` the same path as unique slugs; both are empty
    for text above the first heading. `body` begins at the source's line `body_line` and has its lines one for one; an
    experiment block in it is blank lines.
    """

    headings: tuple[str, ...]
    slugs: tuple[str, ...]
    level: int
    line: int
    body: str
    body_line: int
    experiment: ExperimentBlock | None = None


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One row of the note's own review register."""

    day: date
    text: str
    line: int


@dataclass(frozen=True)
class Note:
    """A note as it was read. `id` is the slug of its permalink's last part, else of its file name."""

    id: str
    title: str
    language: str
    properties: Mapping[str, str]
    sections: tuple[Section, ...]
    register: tuple[RegisterEntry, ...]
    report: tuple[Remark, ...]


def read_note(source: "Source", file_name: str) -> Note:
    """The note that a text holds; what cannot be read as meant is in its report, never an error."""
    lines = source.text.split("\n")
    report = list(source.remarks)
    properties, start = _front_matter(lines, report)
    lines, start = _without_stale_tail(lines, start, report)
    first, tokens = start, markdown().parse("\n".join(lines[start:]))
    headings = list(_headings(tokens, first))
    end_of_top = headings[0].line if headings else len(lines)
    start = _property_lines(lines, start, end_of_top, properties)
    blocks = _experiment_blocks(tokens, first, report)
    sections: list[Section] = []
    register: list[RegisterEntry] = []
    for heading in [_Heading(start, start, 0, (), ()), *headings]:
        end = next((h.line for h in headings if h.line >= heading.body), len(lines))
        if heading.headings and REGISTER.match(_folded(heading.headings[-1])):
            register += _register_rows(lines, heading.body, end, report)
        elif (section := _section(lines, heading, end, blocks, report)) is not None:
            sections.append(section)
    stem = PurePath(file_name).stem
    return Note(
        id=slug(properties.get("permalink", "").rstrip("/").rpartition("/")[2]) or slug(stem) or "note",
        title=properties.get("title") or (headings[0].headings[0] if headings else stem),
        language=_language(properties, source.text),
        properties=properties,
        sections=tuple(sections),
        register=tuple(register),
        report=tuple(report),
    )


@cache
def markdown() -> "MarkdownIt":
    """The one Markdown parser: CommonMark with tables."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def slug(text: str) -> str:
    """Lower-case words joined by hyphens, without accents or punctuation: a name that typing and links can carry."""
    return "-".join(re.findall(r"\w+", _folded(text).replace("_", " ")))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


# --- front matter, property lines, language ------------------------------------------------------------------------


def _front_matter(lines: list[str], report: list[Remark]) -> tuple[dict[str, str], int]:
    """The YAML properties at the top of the file, and the index of the first line after them."""
    if lines[0].rstrip() != "---":
        return {}, 0
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        report.append(Remark(1, "front matter", "the front matter that begins here has no end (a line ---)"))
        return {}, 0
    import yaml

    try:
        given = yaml.load("\n".join(lines[1:end]), yaml.BaseLoader)
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        problem = getattr(trouble, "problem", None) or "it is not YAML"
        report.append(Remark(mark.line + 2 if mark else 1, "front matter", f"cannot be read: {problem}", "error"))
        return {}, end + 1
    if given is None or given == "":
        return {}, end + 1
    if not isinstance(given, dict):
        report.append(Remark(2, "front matter", "holds no properties (lines of name: value)", "error"))
        return {}, end + 1
    return {str(name): _plain(value) for name, value in given.items()}, end + 1


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value).strip()


def _property_lines(lines: list[str], start: int, end: int, properties: dict[str, str]) -> int:
    """Take in the ``Name: value`` lines above the first heading; the index of the first line that is none."""
    while start < end:
        found = PROPERTY.match(lines[start])
        if not found and lines[start].strip():
            break
        if found:
            if found[1] in ("Q", "A"):
                break
            properties[found[1].strip()] = (found[2] or "").strip()
        start += 1
    return start


def _language(properties: Mapping[str, str], text: str) -> str:
    """The language that the note names, else the one whose small words it uses most."""
    named = ", ".join(properties.get(name, "") for name in ("lang", "language", "tags"))
    for word in re.findall(r"\w+", named.lower()):
        if word in LANGUAGES:
            return LANGUAGES[word]
    words = re.findall(r"\w+", text[:20_000].lower())
    return max(sorted(WORDS), key=lambda language: sum(word in WORDS[language].split() for word in words))


# --- the stale tail ------------------------------------------------------------------------------------------------


def _without_stale_tail(lines: list[str], start: int, report: list[Remark]) -> tuple[list[str], int]:
    """The lines without what an older, longer version of the file left behind its end."""
    text = "\n".join(lines[start:])
    if (found := stale_tail(text)) is None:
        return lines, start
    cut, origin = found
    line = start + text[:cut].count("\n") + 1
    again = start + text[:origin].count("\n") + 1
    left = text[cut:].strip()
    shown = left if len(left) <= 60 else left[:57] + "…"
    message = (
        f"“{' '.join(shown.split())}” repeats the end of line {again}, cut off at its beginning: it was left behind by "
        f"an older, longer version of the file, and is left out ({len(left)} characters)"
    )
    report.append(Remark(line, "stale tail", message))
    return [*lines[:start], *text[:cut].rstrip("\n").split("\n")], start


def stale_tail(text: str) -> tuple[int, int] | None:
    """Where a stale tail begins, and where its original does; None when the text ends as it should.

    A program that overwrites a file without truncating it leaves the end of the longer old version behind the new
    text. As old and new are mostly the same, that end stands in the text already. It is told from a line that an
    author repeats by its beginning: a new line (or the end of a table's row) in the file, but the inside of a word or
    of a sentence at the original.
    """
    end = len(text.rstrip())
    anchor = text[max(text.rfind("\n", 0, end) + 1, end - 24) : end]
    best: tuple[int, int] | None = None
    origin = text.find(anchor + "\n") if len(anchor) >= 8 else -1
    while 0 <= origin < end - len(anchor):
        cut, start = end - len(anchor), origin
        while start > 0 and cut > origin + len(anchor) and text[cut - 1] == text[start - 1]:
            cut, start = cut - 1, start - 1
        if (best is None or cut < best[0]) and _is_cut_off(text, cut, start, end):
            best = cut, start
        origin = text.find(anchor + "\n", origin + 1)
    return best


def _is_cut_off(text: str, cut: int, start: int, end: int) -> bool:
    begins_line = cut == 0 or text[cut - 1] in "\n|"
    inside_line = start > 0 and text[start - 1] != "\n"
    if not (begins_line and inside_line):
        return False
    inside_word = text[start - 1].isalnum() and text[cut].isalnum()
    return inside_word or (end - cut >= 24 and not text[cut].isupper() and text[cut] not in "|-*+#>")


# --- headings, sections, experiment blocks -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Heading:
    line: int  # indices into the lines, from 0
    body: int
    level: int
    headings: tuple[str, ...]
    slugs: tuple[str, ...]


def _headings(tokens: "list[Token]", offset: int) -> Iterator[_Heading]:
    open_headings: list[_Heading] = []
    taken: set[tuple[str, ...]] = set()
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.level > 0 or token.map is None:
            continue
        level = int(token.tag[1])
        while open_headings and open_headings[-1].level >= level:
            open_headings.pop()
        above = open_headings[-1] if open_headings else _Heading(0, 0, 0, (), ())
        title = " ".join(inline.content.split())
        slugs = _free((*above.slugs, slug(title) or "section"), taken)
        first, last = token.map[0] + offset, token.map[1] + offset
        heading = _Heading(first, last, level, (*above.headings, title), slugs)
        open_headings.append(heading)
        yield heading


def _free(slugs: tuple[str, ...], taken: set[tuple[str, ...]]) -> tuple[str, ...]:
    """The path itself, or with -2, -3 … behind it when a heading above has it already."""
    free, number = slugs, 1
    while free in taken:
        number += 1
        free = (*slugs[:-1], f"{slugs[-1]}-{number}")
    taken.add(free)
    return free


def _experiment_blocks(
    tokens: "list[Token]", offset: int, report: list[Remark]
) -> dict[int, tuple[int, ExperimentBlock | None]]:
    """First line of each experiment block: the line after it, and what it says (None when it cannot be read)."""
    blocks: dict[int, tuple[int, ExperimentBlock | None]] = {}
    for token in tokens:
        if token.type == "fence" and token.map and token.info.split()[:1] == ["experiment"]:
            first = token.map[0] + offset
            blocks[first] = token.map[1] + offset, _experiment_block(token.content, first + 1, report)
    return blocks


def _experiment_block(toml: str, line: int, report: list[Remark]) -> ExperimentBlock | None:
    try:
        given = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as trouble:
        report.append(Remark(line, "experiment", f"the experiment block is not TOML: {trouble}", "error"))
        return None
    name = given.pop("name", None)
    if not isinstance(name, str):
        report.append(Remark(line, "experiment", 'the experiment block needs a line name = "…"', "error"))
        return None
    return ExperimentBlock(name, given, line)


def _section(
    lines: list[str],
    heading: _Heading,
    end: int,
    blocks: Mapping[int, tuple[int, ExperimentBlock | None]],
    report: list[Remark],
) -> Section | None:
    body = lines[heading.body : end]
    experiment: ExperimentBlock | None = None
    for first, (after, block) in blocks.items():
        if heading.body <= first < end:
            body[first - heading.body : after - heading.body] = [""] * (min(after, end) - first)
            if experiment is None:
                experiment = block
            elif block is not None:
                report.append(Remark(first + 1, "experiment", "the section has an experiment already", "error"))
    while body and not body[-1].strip():
        body.pop()
    skipped = next((n for n, line in enumerate(body) if line.strip()), 0)
    if not heading.headings and not body:
        return None
    text, body_line = "\n".join(body[skipped:]), heading.body + skipped + 1
    return Section(heading.headings, heading.slugs, heading.level, heading.line + 1, text, body_line, experiment)


# --- the review register -------------------------------------------------------------------------------------------


def _register_rows(lines: list[str], start: int, end: int, report: list[Remark]) -> list[RegisterEntry]:
    entries = []
    for number, line in enumerate(lines[start:end], start + 1):
        if not re.search(r"\w", line):
            continue  # an empty row, or the line between a table's head and its rows
        found = ROW.match(line)
        try:
            day, month, year = (int(part) for part in found.group(1, 2, 3)) if found else (0, 0, 0)
            when = date(year + 2000 if year < 100 else year, month, day)
        except ValueError:
            report.append(Remark(number, "register", "this line of the review register does not begin with a date"))
            continue
        entries.append(RegisterEntry(when, found[4].strip().strip("|").strip() if found else "", number))
    return entries
