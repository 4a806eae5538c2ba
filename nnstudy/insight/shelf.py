"""What a library shows of one database: notes as trees of sections, lists of cards, and all there is of one card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from nnstudy.insight.names import told_apart
from nnstudy.insight.standing import HORIZON
from nnstudy.memory.explanation import Explained, explain
from nnstudy.memory.moving import Move
from nnstudy.memory.scheduler import Scheduler
from nnstudy.store.library import CardLine, Scope, SectionSum, WordingRow
from nnstudy.store.records import CardText, ReviewRow, StoredCard, stamp
from nnstudy.store.store import Store
from nnstudy.words import percent, plural

if TYPE_CHECKING:
    from nnstudy.lab.experiment import Panel

ALIKE = 40  # cards that a retired one may be, the most alike first


@dataclass(frozen=True)
class Branch:
    """A note, or a section of it with the sections below; `sections` are all of them, None for a whole note.

    The last branch may be that of the `retired` cards, of whatever note.
    """

    title: str
    note: str
    sections: tuple[str, ...] | None
    cards: int
    due: int
    new: int
    mastery: float
    below: tuple[Branch, ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Alike:
    """A card in use, and how much of its question another one has too, of 100."""

    card: CardText
    share: float


@dataclass(frozen=True, eq=False)
class Leaf:
    """All there is of one card: its wordings, its log, what its reviews made of it, and recall, past and to come."""

    card: StoredCard
    wordings: tuple[WordingRow, ...]
    history: tuple[ReviewRow, ...]  # newest first
    reviews: tuple[Explained, ...]
    move: Move | None
    aim: float
    recall: float | None
    curve: Panel | None


def why_due(leaf: Leaf, today: date) -> str:
    """Why a card is due when it is, in a sentence."""
    card, memory = leaf.card, leaf.card.memory
    if card.retired:
        return "It is retired: no note has it any more, and it is not asked. Its history stays."
    if card.suspended:
        return "It is suspended: it is not asked until that is taken back."
    if card.buried_until is not None and card.buried_until > today:
        return f"It is put off until {card.buried_until}."
    if card.is_open:
        return "It is an open question: it is graded once a draft settles it."
    if memory.last_day is None or memory.stability is None:
        return "It is new: it has never been reviewed" + (" since it was started anew." if leaf.history else ".")
    if memory.due_day is None:
        when = f"{memory.due_at.astimezone():%Y-%m-%d %H:%M}" if memory.due_at else "once"
        return f"It is in its learning steps: it comes back at {when}."
    known = f"after {plural(memory.reviews, 'review')} it is remembered for {memory.stability:.1f} days (stability)"
    if leaf.move is not None and leaf.move.last_at == memory.last_at:
        return f"Due {memory.due_day}, as you set it; {known}."
    now = "" if leaf.recall is None else f"; now it would be recalled with {percent(leaf.recall)}"
    return f"Due {memory.due_day}: {known}, and recall falls to {percent(leaf.aim)} by then{now}."


@dataclass(frozen=True)
class Shelf:
    """Reads one database; a thread makes its own, with a database of its own."""

    store: Store
    scheduler: Callable[[float | None], Scheduler]
    now: datetime
    today: date
    zone: tzinfo | None

    def branches(self) -> tuple[Branch, ...]:
        """Every note that has cards, then the cards that are retired."""
        sums = self.store.library.sections(
            self.scheduler(None).recall, self.today + HORIZON, self.today, stamp(self.now)
        )
        notes: dict[str, list[SectionSum]] = {}
        for section in sums:
            notes.setdefault(section.note, []).append(section)
        called = told_apart(self.store)
        found = [
            replace(branch, title=called.get(note, branch.title))
            for note, of in notes.items() if (branch := _note(of)).cards
        ]  # fmt: skip
        if count := self.store.library.retired():
            found.append(Branch("Retired cards", "", None, count, 0, 0, 0.0, retired=True))
        return tuple(found)

    def alike(self, card: StoredCard) -> list[Alike]:
        """The cards in use whose questions are most like this one's, those of its note and kind first where as like."""
        from nnstudy.notes.hints import most_alike

        texts = self.store.notes.texts(retired=False)
        texts.sort(key=lambda one: (one.note != card.note, one.kind != card.kind))
        found = most_alike(card.prompt, [one.prompt for one in texts], ALIKE)
        return [Alike(texts[place], share) for place, share in found]

    def find(self, scope: Scope) -> list[int]:
        """The numbers of the cards in a scope."""
        return self.store.library.find(scope, self.today, stamp(self.now))

    def lines(self, numbers: Sequence[int]) -> list[CardLine]:
        """Cards as a list shows them: each prompt in a line, its formulas readable."""
        from nnstudy.notes.prompts import in_a_line

        found = self.store.library.lines(numbers)
        return [replace(line, prompt=in_a_line(line.prompt, line.section)) for line in found]

    def leaf(self, card_id: str, drawn: bool = True) -> Leaf | None:
        """All there is of a card (without its curve, unless `drawn`); None when there is no such card."""
        card = self.store.notes.card(card_id)
        if card is None:
            return None
        log, scheduler = self.store.log, self.scheduler(card.desired_retention)
        reviews = explain(scheduler, card.id, log.steps(card.id))
        return Leaf(
            card, tuple(self.store.library.wordings(card.id)), tuple(log.history(card.id)), reviews, log.move(card.id),
            scheduler.policy.desired_retention, scheduler.retrievability(card.memory, self.today),
            self._curve(card, reviews, scheduler) if drawn else None,
        )  # fmt: skip

    def _curve(self, card: StoredCard, reviews: Sequence[Explained], scheduler: Scheduler) -> Panel | None:
        from nnstudy.insight.card_figure import curve

        return curve(reviews, card.memory, scheduler, self.now, self.today)


def _note(sections: Sequence[SectionSum]) -> Branch:
    first = sections[0]
    below = _below(sections, (first.note_title,))
    whole = _sum(first.note_title, first.note, None, below, ())
    return replace(whole, below=tuple(branch for branch in below if branch.cards))


def _below(sections: Sequence[SectionSum], path: tuple[str, ...]) -> list[Branch]:
    """The branches of sections in order: what comes after a section, and begins with its headings, is below it."""
    found, place = [], 0
    while place < len(sections):
        section = sections[place]
        end = place + 1
        while end < len(sections) and _is_below(sections[end].headings, section.headings):
            end += 1
        inner = sections[place + 1 : end]
        if section.headings == path:  # the note's own title: what is below it stands below the note
            if section.cards:
                found.append(_sum("(beginning)", section.note, (section.id,), (), (section,)))
            found += _below(inner, section.headings)
        else:
            title = section.headings[-1] if section.headings else "(before the first heading)"
            below = _below(inner, section.headings)
            ids = (section.id, *(one.id for one in inner))
            branch = _sum(title, section.note, ids, below, (section,))
            found.append(replace(branch, below=tuple(one for one in below if one.cards)))
        place = end
    return [branch for branch in found if branch.cards]


def _is_below(headings: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return bool(above) and len(headings) > len(above) and headings[: len(above)] == above


def _sum(
    title: str, note: str, sections: tuple[str, ...] | None, below: Iterable[Branch], own: Iterable[SectionSum]
) -> Branch:
    parts: list[Branch | SectionSum] = [*below, *own]
    cards = sum(part.cards for part in parts)
    known = sum(part.mastery * part.cards for part in parts)
    due, new = sum(part.due for part in parts), sum(part.new for part in parts)
    return Branch(title, note, sections, cards, due, new, known / cards if cards else 0.0)
