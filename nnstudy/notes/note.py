"""Text becomes a Note: properties, section tree, review register, and a report of what is not in any of them.

Every line of the source is in one of these: the front matter or a property line, a heading, a section's body, an
experiment block, a row of the review register, or the report.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from nnstudy.notes.language import language_of
from nnstudy.notes.names import folded
from nnstudy.notes.names import slug as slug
from nnstudy.notes.properties import end_of_notion_properties, front_matter, property_lines
from nnstudy.notes.register import REGISTER, RegisterEntry, is_register, register_rows
from nnstudy.notes.remark import Remark as Remark
from nnstudy.notes.structure import Block, Fence, Heading, structure
from nnstudy.notes.tail import stale_tail

if TYPE_CHECKING:
    from nnstudy.notes.source import Source

LONGEST = 120  # characters of a heading in an id
FAMILIES = ("card_families", "card families")


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
    experiment block in it is blank lines. `blocks` are the blocks of the body, by its lines.
    """

    headings: tuple[str, ...]
    slugs: tuple[str, ...]
    level: int
    line: int
    body: str
    body_line: int
    experiment: ExperimentBlock | None = None
    blocks: tuple[Block, ...] = field(default=(), compare=False, repr=False)


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


@dataclass(frozen=True)
class _Place:
    """A heading with its path; `body` is the line after it, from 0. The text above all headings has an empty path."""

    line: int
    body: int
    level: int
    headings: tuple[str, ...]
    slugs: tuple[str, ...]


def read_note(source: "Source", file_name: str) -> Note:
    """The note that a text holds; what cannot be read as meant is in its report, never an error."""
    lines = source.text.split("\n")
    report = list(source.remarks)
    properties, start = front_matter(lines, report)
    lines = _without_stale_tail(lines, start, report)
    found = structure("\n".join(lines[start:]), rules_close_cards="hashcards" in _families(properties))
    places = list(_places(found.headings, start))
    first_heading = places[0].line if places else len(lines)
    top = property_lines(lines, start, first_heading, properties, report)
    places = [_Place(top, top, 0, (), ()), *places]
    if top == first_heading and places[0] is not places[-1]:
        places[1] = _with_notion_properties(places[1], places, lines, properties, report)
    sections, register = _sections(places, lines, found.blocks, found.fences, start, properties, report)
    stem = PurePath(file_name).stem
    return Note(
        id=slug(properties.get("permalink", "").rstrip("/").rpartition("/")[2]) or slug(stem) or "note",
        title=properties.get("title") or (places[1].headings[0] if len(places) > 1 else "") or stem,
        language=language_of(properties, source.text),
        properties=properties,
        sections=tuple(sections),
        register=tuple(register),
        report=tuple(report),
    )


def _families(properties: Mapping[str, str]) -> str:
    """The families of written cards that the note names; a deck of hashcards is told by its TOML property `name`."""
    named = next((properties[name] for name in FAMILIES if name in properties), None)
    return named if named is not None else ("hashcards" if set(properties) == {"name"} else "")


def _without_stale_tail(lines: list[str], start: int, report: list[Remark]) -> list[str]:
    """The lines without what an older, longer version of the file left behind its end."""
    text = "\n".join(lines[start:])
    if (found := stale_tail(text)) is None:
        return lines
    cut, origin = found
    line = start + text.count("\n", 0, cut) + 1
    again = start + text.count("\n", 0, origin) + 1
    left = text[cut:].strip()
    shown = left if len(left) <= 60 else left[:57] + "…"
    message = (
        f"“{' '.join(shown.split())}” repeats the text from line {again} on, cut off at its beginning: it was left "
        f"behind by an older, longer version of the file, and is left out ({len(left)} characters)"
    )
    report.append(Remark(line, "stale tail", message))
    return [*lines[:start], *text[:cut].rstrip("\n").split("\n")]


# --- headings --------------------------------------------------------------------------------------------------------


def _places(headings: Sequence[Heading], offset: int) -> Iterator[_Place]:
    above: list[_Place] = []
    taken: dict[tuple[str, ...], int] = {}
    for heading in headings:
        while above and above[-1].level >= heading.level:
            above.pop()
        path = above[-1] if above else _Place(0, 0, 0, (), ())
        slugs = _free((*path.slugs, slug(heading.text)[:LONGEST] or "section"), taken)
        first, last = heading.line + offset, heading.end + offset
        place = _Place(first, last, heading.level, (*path.headings, heading.text), slugs)
        above.append(place)
        yield place


def _free(slugs: tuple[str, ...], taken: dict[tuple[str, ...], int]) -> tuple[str, ...]:
    """The path itself, or with -2, -3 … behind it when a heading above has it already."""
    free = slugs
    while free in taken:
        taken[slugs] += 1
        free = (*slugs[:-1], f"{slugs[-1]}-{taken[slugs]}")
    taken[free] = 1
    return free


def _with_notion_properties(
    title: _Place, places: list[_Place], lines: list[str], properties: dict[str, str], report: list[Remark]
) -> _Place:
    """The note's title, its body without the properties that Notion writes below it."""
    end = next((place.line for place in places if place.line >= title.body), len(lines))
    if title.level == 1 and (last := end_of_notion_properties(lines, title.body, end)) is not None:
        return replace(title, body=property_lines(lines, title.body, last, properties, report))
    return title


# --- sections and the register ---------------------------------------------------------------------------------------


def _sections(
    places: Sequence[_Place],
    lines: list[str],
    blocks: Sequence[Block],
    fences: Sequence[Fence],
    offset: int,
    properties: Mapping[str, str],
    report: list[Remark],
) -> tuple[list[Section], list[RegisterEntry]]:
    sections: list[Section] = []
    register: list[RegisterEntry] = []
    experiments = [fence for fence in fences if fence.info == "experiment"]
    next_block = next_fence = 0
    for number, place in enumerate(places):
        end = places[number + 1].line if number + 1 < len(places) else len(lines)
        first_block, first_fence = next_block, next_fence
        while next_block < len(blocks) and blocks[next_block].line + offset < end:
            next_block += 1
        while next_fence < len(experiments) and experiments[next_fence].line + offset < end:
            next_fence += 1
        if is_register(place.headings):
            start = place.body
            if not lines[place.line].lstrip().startswith("#"):
                start = place.line + 1 if REGISTER.match(folded(lines[place.line])) else place.line  # rows above a rule
            elif not REGISTER.match(folded(place.headings[-1])):
                report.append(Remark(place.line + 1, "register", "this heading parts the review register", "info"))
            register += register_rows(lines, start, end, properties, report)
            continue
        own = experiments[first_fence:next_fence]
        section = _section(lines, place, end, own, blocks[first_block:next_block], offset, report)
        if section is not None:
            sections.append(section)
    return sections, register


def _section(
    lines: list[str],
    place: _Place,
    end: int,
    fences: Sequence[Fence],
    blocks: Sequence[Block],
    offset: int,
    report: list[Remark],
) -> Section | None:
    body = lines[place.body : end]
    experiment: ExperimentBlock | None = None
    for fence in fences:
        first, last = fence.line + offset, min(fence.end + offset, end)
        body[first - place.body : last - place.body] = [""] * (last - first)
        block = _experiment_block(fence.content, first + 1, report)
        if experiment is None:
            experiment = block
        elif block is not None:
            report.append(Remark(first + 1, "experiment", "the section has an experiment already", "error"))
    while body and not body[-1].strip():
        body.pop()
    skipped = next((n for n, line in enumerate(body) if line.strip()), 0)
    if not place.headings and not body:
        return None
    body_line = place.body + skipped + 1
    shifted = tuple(_shifted(block, offset - body_line + 1, len(body) - skipped) for block in blocks)
    inside = tuple(block for block in shifted if 0 <= block.line < block.end)
    text = "\n".join(body[skipped:])
    return Section(place.headings, place.slugs, place.level, place.line + 1, text, body_line, experiment, inside)


def _shifted(block: Block, by: int, end: int) -> Block:
    items = tuple((first + by, min(last + by, end)) for first, last in block.items)
    return Block(block.kind, block.line + by, min(block.end + by, end), block.text, items, block.inner)


def _experiment_block(toml: str, line: int, report: list[Remark]) -> ExperimentBlock | None:
    try:
        given = tomllib.loads(toml)
    except (tomllib.TOMLDecodeError, RecursionError) as trouble:
        report.append(Remark(line, "experiment", f"the experiment block is not TOML: {trouble}", "error"))
        return None
    name = given.pop("name", None)
    if not isinstance(name, str):
        report.append(Remark(line, "experiment", 'the experiment block needs a line name = "…"', "error"))
        return None
    return ExperimentBlock(name, given, line)
