"""Notes are looked at and not kept: what reading them found, and what the lint has to say."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from nnstudy.errors import StudyError
from nnstudy.lab.plugins import Laboratory
from nnstudy.notes.choice import Choice
from nnstudy.notes.lint import Surroundings, ignored, ignored_by, lint, without
from nnstudy.notes.names import slug
from nnstudy.reading.intake import NoteReport, report_only, unreadable
from nnstudy.reading.note_file import SUFFIXES, read_file
from nnstudy.store.records import NoteRow

OUTWARDS = 6  # folders above a note's in which a path from the root of a site is looked for


def check(
    paths: Sequence[Path], laboratory: Laboratory, choice: Choice, ignore: Iterable[str], known: Iterable[NoteRow]
) -> list[NoteReport]:
    """What there is to say of each note file, without the rules to ignore; `known` are the notes of the database.

    A file that cannot be read raises StudyError when it is the only one, else its report says so.
    """
    left_out = ignored(ignore)
    names = {name for row in known for name in (slug(row.title), slug(Path(row.path).stem), row.id)}
    names |= {slug(path.stem) for path in paths}
    reports, beside = [], cache(_beside)
    for path in paths:
        try:
            read = read_file(path, laboratory, choice)
        except StudyError as trouble:
            if len(paths) == 1:
                raise
            reports.append(unreadable(path, trouble))
            continue
        by_note, wrong = ignored_by(read.note.properties)
        found = lint(read.note, read.cards, Surroundings(names | beside(path.parent), _looking_from(path.parent)))
        remarks = sorted((*read.remarks, *wrong, *found), key=lambda remark: remark.line)
        reports.append(replace(report_only(read), warnings=without(remarks, left_out | by_note)))
    return reports


def _beside(folder: Path) -> frozenset[str]:
    """The names of the notes in a folder."""
    return frozenset(slug(file.stem) for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)


def _looking_from(folder: Path) -> Callable[[str], bool | None]:
    """Whether a path that a note writes leads to a file; None for one that leaves the note's folder."""
    here = folder.resolve()

    def holds(path: str) -> bool | None:
        if "\0" in path or len(path) > 1000:
            return False
        if path.startswith("/"):  # from the root of the site that the notes are part of
            return any(_is_there(root / path.lstrip("/")) for root in [here, *here.parents][:OUTWARDS])
        place = Path(os.path.normpath(here / path))
        return _is_there(place) if place.is_relative_to(here) else None

    return holds


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
