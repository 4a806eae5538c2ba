"""Sections become cards: the ones their author wrote (`families`), and the ones derived from the text (`derived`).

A card's id is made of slugs and needs nothing written into the note: ``note/heading/…/heading/`` and then ``recall``,
``cloze-`` and the term, ``list-`` and the line that leads to the list, or ``card-`` and the first words of the prompt;
``-2``, ``-3`` … part cards that would be called the same. Ids are first suggestions: `nnstudy.notes.identity` lets a
card whose text was edited or moved keep the id, and so the history, that it had.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nnstudy.notes.choice import DECK_TAG, DEFAULT_FAMILIES, Choice, choice_of
from nnstudy.notes.derived import derived
from nnstudy.notes.families import Draft, PriorSchedule, Written, has_marks, written
from nnstudy.notes.inline import name_images as name_images
from nnstudy.notes.language import phrases
from nnstudy.notes.note import Note, Section
from nnstudy.notes.prompts import path_of
from nnstudy.notes.remark import Remark
from nnstudy.notes.structure import Block, structure

DEFAULT = Choice()


@dataclass(frozen=True)
class Card:
    """A question and its answer, and where in the note they stand.

    `kind` is "written", "recall", "cloze", "list", "formula", "definition" or "open"; `section` the headings above it;
    `slugs` the same as slugs; `line` the line of the source; `position` its place in the note, from 0. `prompt` and
    `answer` are Markdown with LaTeX; the answer of an "open" card is empty, it is the learner's. `points` are what to
    tick at the reveal; `schedule` is when another program would ask it.
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
    points: tuple[str, ...] = ()
    schedule: PriorSchedule | None = None


def make_cards(note: Note, choice: Choice = DEFAULT) -> tuple[tuple[Card, ...], tuple[Remark, ...]]:
    """All cards of a note in the order of its text, and what is wrong with the written ones.

    `choice` is what the settings ask for; the note's own properties decide.
    """
    choice, remarks = choice_of(note.properties, _marks(note), choice)
    cards: list[Card] = []
    taken: dict[str, int] = {}
    for section in note.sections:
        drafts, wrong = _drafts(note, section, choice)
        remarks += wrong
        for draft in drafts:
            card_id = _free_id("/".join((note.id, *section.slugs, draft.name)), taken)
            cards.append(
                Card(
                    card_id, note.id, section.headings, section.slugs, draft.kind, name_images(draft.prompt),
                    name_images(draft.answer), section.body_line + draft.line, len(cards),
                    tuple(map(name_images, draft.points)), draft.schedule,
                )
            )  # fmt: skip
    return tuple(cards), tuple(remarks)


def _marks(note: Note) -> Iterator[str]:
    """The families that the note itself shows to be used: Obsidian's by its tag or a schedule, a deck of hashcards."""
    if set(note.properties) == {"name"}:
        yield "hashcards"
    if "flashcard" in note.properties.get("tags", "") or any(
        "<!--SR:" in s.body or ("#flashcard" in s.body and DECK_TAG.search(s.body)) for s in note.sections
    ):
        yield from (*DEFAULT_FAMILIES, "obsidian")


def _drafts(note: Note, section: Section, choice: Choice) -> tuple[list[Draft], tuple[Remark, ...]]:
    path = path_of(section.headings) or note.title
    if not section.body:
        return [], ()
    blocks = section.blocks or _parsed(section)
    found = Written((), frozenset(), ())
    if choice.families and has_marks(section.body):
        found = written(section.body, blocks, choice.families, section.body_line, path)
    say = phrases(note.language)
    drafts = [*found.drafts, *derived(section.body, blocks, found.used, choice.derived, path, say)]
    return sorted(drafts, key=lambda draft: draft.line), found.remarks


def _parsed(section: Section) -> tuple[Block, ...]:
    """The blocks of a section that was not made by reading a note."""
    return structure(section.body).blocks


def _free_id(wanted: str, taken: dict[str, int]) -> str:
    free = wanted
    while free in taken:
        taken[wanted] += 1
        free = f"{wanted}-{taken[wanted]}"
    taken[free] = 1
    return free
