"""Note files come in: read, matched with the cards the database knows, and kept."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from nnstudy.errors import StudyError
from nnstudy.lab.experiment import suggest
from nnstudy.lab.plugins import Laboratory
from nnstudy.notes.cards import Card, make_cards
from nnstudy.notes.identity import Known, Matching, match
from nnstudy.notes.note import Note, Remark, Section, read_note
from nnstudy.notes.source import Source, read_source
from nnstudy.store.notes import NewCard
from nnstudy.store.records import NoteRow, SectionRow, StoredCard
from nnstudy.store.store import Store

SUFFIXES = {".md", ".markdown"}
RETENTION = ("desired_retention", "retention")


@dataclass(frozen=True)
class NoteReport:
    """What reading a note found, and what became of its cards."""

    note: str
    path: str
    title: str
    cards: int
    new: tuple[str, ...]
    kept: tuple[str, ...]
    edited: tuple[str, ...]
    moved: tuple[str, ...]
    retired: tuple[str, ...]
    register: tuple[date, ...]
    warnings: tuple[Remark, ...]

    @property
    def has_error(self) -> bool:
        """Whether something in the note could not be read as meant."""
        return any(remark.level == "error" for remark in self.warnings)


@dataclass(frozen=True)
class ReadFile:
    """A note file as it was read: the note, its sections with their experiments, its cards, and all remarks."""

    path: str
    source: Source
    note: Note
    sections: tuple[SectionRow, ...]
    cards: tuple[Card, ...]
    remarks: tuple[Remark, ...]


def note_files(paths: Iterable[Path | str]) -> list[Path]:
    """The files that are meant: files as named, folders with all Markdown files below them but hidden ones."""
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            visible = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)]
            if not visible:
                raise StudyError(f"{path} holds no Markdown file (.md or .markdown)")
            found += visible
        elif path.is_file():
            found.append(path)
        else:
            raise StudyError(f"{path} does not exist")
    return list(dict.fromkeys(p.resolve() for p in found))


def read_file(path: Path, laboratory: Laboratory, note_id: str | None = None) -> ReadFile:
    """Read one note file; `note_id` replaces the id that the note itself suggests."""
    try:
        data = path.read_bytes()
    except OSError as trouble:
        raise StudyError(f"{path} cannot be read: {trouble.strerror}") from trouble
    source = read_source(data, str(path))
    note = read_note(source, path.name)
    if note_id is not None:
        note = replace(note, id=note_id)
    cards, remarks = make_cards(note)
    sections, unknown = _sections(note, laboratory)
    found = sorted((*note.report, *remarks, *unknown, *_retention(note)[1]), key=lambda remark: remark.line)
    return ReadFile(str(path), source, note, sections, cards, tuple(dict.fromkeys(found)))


def report_only(read: ReadFile) -> NoteReport:
    """What there is to say of a note that is only looked at: all its cards are new."""
    return _report(read, match([], read.cards))


def take_in(store: Store, path: Path, at: datetime, laboratory: Laboratory, *, dry_run: bool = False) -> NoteReport:
    """Read a note file into the database, with the history of every card that it still has."""
    read = read_file(path, laboratory, _note_id(store, path, laboratory))
    stored = store.notes.cards(read.note.id) + store.notes.cards(read.note.id, retired=True)
    matching = match([_known(read.note.id, card) for card in stored], read.cards)
    if not dry_run:
        with store.transaction():
            _keep(store, read, matching, at)
    return _report(read, matching)


def _note_id(store: Store, path: Path, laboratory: Laboratory) -> str | None:
    """The id under which this file is known, else a free one when another existing file has its own; else None."""
    rows = store.notes.all()
    for row in rows:
        if row.path == str(path):
            return row.id
    wanted = read_file(path, laboratory).note.id
    taken = {row.id: row.path for row in rows}
    if wanted not in taken or not Path(taken[wanted]).exists():
        return None
    return next(free for n in range(2, len(taken) + 3) if (free := f"{wanted}-{n}") not in taken)


def _keep(store: Store, read: ReadFile, matching: Matching, at: datetime) -> None:
    note = read.note
    row = NoteRow(
        note.id, read.path, note.title, note.language, read.source.digest, note.properties, _retention(note)[0]
    )
    cards = [
        NewCard(
            matching.ids[c.id], _section_id(note.id, c.slugs), c.kind, c.prompt, c.answer, c.line, c.position
        )
        for c in read.cards
    ]  # fmt: skip
    store.notes.save(row, read.sections, cards, matching.retired, at)


def _report(read: ReadFile, matching: Matching) -> NoteReport:
    return NoteReport(
        note=read.note.id,
        path=read.path,
        title=read.note.title,
        cards=len(read.cards),
        new=tuple(matching.new),
        kept=(*matching.kept, *matching.revived),
        edited=tuple(matching.edited),
        moved=tuple(matching.moved),
        retired=tuple(matching.retired),
        register=tuple(entry.day for entry in read.note.register),
        warnings=read.remarks,
    )


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
    section_id = _section_id(note, section.slugs)
    return SectionRow(section_id, note, section.headings, section.level, section.line, position, experiment, overrides)


def _section_id(note: str, slugs: Sequence[str]) -> str:
    return "/".join((note, *slugs))


def _known(note: str, card: StoredCard) -> Known:
    slugs = tuple(card.section_id.removeprefix(note).strip("/").split("/")) if card.section_id != note else ()
    return Known(card.id, card.prompt, card.answer, card.kind, slugs, card.retired)


def _retention(note: Note) -> tuple[float | None, list[Remark]]:
    """The desired retention that the note itself asks for."""
    for name in RETENTION:
        if (given := note.properties.get(name)) is not None:
            try:
                if 0.7 <= (value := float(given)) <= 0.97:
                    return value, []
            except ValueError:
                pass
            return None, [Remark(1, "retention", f"{name} is {json.dumps(given)}; it takes 0.7 to 0.97", "error")]
    return None, []
