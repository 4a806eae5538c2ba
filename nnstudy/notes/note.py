"""Text becomes a Note: properties, section tree, review register, and a report of what is not in any of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


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

    `headings` is the path from the outermost heading to this one; `slugs` the same path as unique slugs. `body` has no
    trailing blank lines, no experiment block; `body_line` is the line of the source where `body` begins.
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
