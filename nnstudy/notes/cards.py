"""Sections become cards: written ones and derived ones."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A question and its answer, and where in the note they stand.

    `kind` is "written", "recall", "cloze" or "list"; `section` the headings above it; `slugs` the same as slugs; `line`
    the line of the source; `position` its place in the note, from 0. `prompt` and `answer` are Markdown with LaTeX.
    """

    id: str
    note: str
    section: tuple[str, ...]
    slugs: tuple[str, ...]
    kind: str
    prompt: str
    answer: str
    line: int
    position: int
