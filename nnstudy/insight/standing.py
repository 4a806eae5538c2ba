"""How notes stand: what is due in each and how well it is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from nnstudy.clock import Clock
from nnstudy.memory.scheduler import Memory, Scheduler
from nnstudy.store.records import NoteRow, SectionState
from nnstudy.store.waiting import Waiting

HORIZON = timedelta(days=30)  # what will still be recalled then is known


@dataclass(frozen=True)
class NoteState:
    """A note with what is due in it and how well it is known."""

    note: NoteRow
    cards: int
    due: int
    new: int
    mastery: float


@dataclass(frozen=True)
class Due:
    """How much is due now and new, and when the next card will be due (None when none ever will)."""

    due: int
    new: int
    next: datetime | None


def due(cards: Waiting, clock: Clock) -> Due:
    """How much waits, in all notes."""
    day = clock.today()
    waiting, new = cards.counts(day, clock.now())
    moment, later = cards.next_due(day)
    begins = clock.begin_of(later) if later else None
    return Due(waiting, new, min((m for m in (moment, begins) if m), default=None))


def mastery(memories: Iterable[Memory], scheduler: Scheduler, today: date) -> float:
    """The share of these cards that will still be recalled in 30 days if nothing is reviewed until then."""
    shares = [scheduler.retrievability(memory, today + HORIZON) or 0.0 for memory in memories]
    return sum(shares) / len(shares) if shares else 0.0


def note_states(
    notes: Iterable[NoteRow], sections: Iterable[SectionState], scheduler: Scheduler, today: date
) -> list[NoteState]:
    """How each of these notes stands; not one that is gone and has no cards."""
    of_note: dict[str, list[SectionState]] = {}
    for section in sections:
        of_note.setdefault(section.note, []).append(section)
    here = (note for note in notes if note.id in of_note or Path(note.path).exists())
    return [_state(note, of_note.get(note.id, []), scheduler, today) for note in here]


def _state(note: NoteRow, sections: list[SectionState], scheduler: Scheduler, today: date) -> NoteState:
    memories = [memory for section in sections for memory in section.memories]
    due, new = sum(section.due for section in sections), sum(section.new for section in sections)
    return NoteState(note, len(memories), due, new, mastery(memories, scheduler, today))
