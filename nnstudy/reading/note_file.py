"""One note file: found, read, its sections given their experiments, its cards made."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType

from nnstudy import lab, notes
from nnstudy.errors import StudyError
from nnstudy.lab.experiment import suggest
from nnstudy.lab.plugins import Laboratory
from nnstudy.notes.cards import DEFAULT, Card, make_cards
from nnstudy.notes.choice import Choice
from nnstudy.notes.note import Note, Remark, Section, read_note
from nnstudy.notes.source import Source, check_size, read_source
from nnstudy.store.records import SectionRow

SUFFIXES = {".md", ".markdown"}
RETENTION = ("desired_retention", "retention")


@dataclass(frozen=True)
class ReadFile:
    """A note file as it was read: the note, its sections with their experiments, its cards, and all remarks."""

    path: str
    source: Source
    note: Note
    sections: tuple[SectionRow, ...]
    cards: tuple[Card, ...]
    remarks: tuple[Remark, ...]


def note_files(paths: Iterable[Path | str], emptied: Callable[[Path], object] = lambda path: False) -> list[Path]:
    """The files that are meant: files as named, folders with all Markdown files below them but hidden ones.

    A path without any is an error, unless it is one that is known to be `emptied`.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            visible = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)]
            if not visible and not emptied(path):
                raise StudyError(f"{path} holds no Markdown file (.md or .markdown)")
            found += visible
        elif path.is_file():
            found.append(path)
        elif not emptied(path):
            raise StudyError(f"{path} does not exist")
    return list(dict.fromkeys(p.resolve() for p in found))


def read_file(path: Path, laboratory: Laboratory, choice: Choice = DEFAULT) -> ReadFile:
    """Read one note file; `choice` says which cards are made of it."""
    return cards_of(read_note_file(path, bytes_of(path)), laboratory, choice=choice)


def bytes_of(path: Path) -> bytes:
    """What a file holds; StudyError when it cannot be read."""
    try:
        check_size(path.stat().st_size, str(path))
        return path.read_bytes()
    except OSError as trouble:
        raise StudyError(f"{path} cannot be read: {trouble.strerror}") from trouble


def read_note_file(path: Path, data: bytes) -> tuple[Path, Source, Note]:
    """The note that a file holds, without its cards."""
    source = read_source(data, str(path))
    return path, source, read_note(source, path.name)


def cards_of(
    read: tuple[Path, Source, Note], laboratory: Laboratory, note_id: str | None = None, choice: Choice = DEFAULT
) -> ReadFile:
    """The note with its cards; `note_id` replaces the id that the note itself suggests."""
    path, source, note = read
    if note_id is not None:
        note = replace(note, id=note_id)
    cards, remarks = make_cards(note, choice)
    sections, unknown = _sections(note, laboratory)
    found = sorted((*note.report, *remarks, *unknown, *retention(note.properties)[1]), key=lambda remark: remark.line)
    return ReadFile(str(path), source, note, sections, cards, tuple(dict.fromkeys(found)))


@cache
def reader() -> str:
    """What notes are read by: the digest of the code that reads them."""
    code = hashlib.sha256()
    for file in [Path(__file__), *_code_of(notes), *_code_of(lab)]:  # topics of experiments are matched with sections
        code.update(file.read_bytes())
    return code.hexdigest()


def _code_of(package: ModuleType) -> list[Path]:
    return sorted(file for folder in package.__path__ for file in Path(folder).glob("*.py"))


def _sections(note: Note, laboratory: Laboratory) -> tuple[tuple[SectionRow, ...], list[Remark]]:
    """The sections, each with the experiment that its note names, else the one whose topics it speaks of."""
    rows, remarks = [], []
    for position, section in enumerate(note.sections):
        name, overrides = None, {}
        if block := section.experiment:
            try:
                laboratory.find(block.name).make(block.overrides)
                name, overrides = block.name, dict(block.overrides)
            except StudyError as trouble:
                remarks.append(Remark(block.line, "experiment", str(trouble), "error"))
        if name is None and (suggested := suggest(section.headings, section.body, laboratory.experiments)):
            name = suggested.name
        rows.append(_section_row(note.id, section, position, name, overrides))
    return tuple(rows), remarks


def _section_row(
    note: str, section: Section, position: int, experiment: str | None, overrides: dict[str, object]
) -> SectionRow:
    place = section_id(note, section.slugs)
    return SectionRow(place, note, section.headings, section.level, section.line, position, experiment, overrides)


def section_id(note: str, slugs: Sequence[str]) -> str:
    """The id of a section."""
    return "/".join((note, *slugs))


def retention(properties: Mapping[str, str]) -> tuple[float | None, list[Remark]]:
    """The desired retention that the note itself asks for."""
    for name in RETENTION:
        if (given := properties.get(name)) is not None:
            try:
                if 0.7 <= (value := float(given)) <= 0.97:
                    return value, []
            except ValueError:
                pass
            return None, [Remark(1, "retention", f"{name} is {json.dumps(given)}; it takes 0.7 to 0.97", "error")]
    return None, []
