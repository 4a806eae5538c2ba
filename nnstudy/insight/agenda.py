"""What today holds: what is due and how long it takes, the year behind, the two weeks ahead, and what wants care."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from nnstudy import settings as _settings
from nnstudy.insight.names import told_apart
from nnstudy.insight.standing import HORIZON
from nnstudy.memory.habit import Effort, Streak, effort, streak
from nnstudy.memory.scheduler import Scheduler, day_begins
from nnstudy.reviewing.session import LATEST, new_limits
from nnstudy.settings import Settings
from nnstudy.store.store import Store

AHEAD = 14  # days
WEAKEST = 3


@dataclass(frozen=True)
class SectionDue:
    """A section with what waits in it; `mastery` is None until it is counted."""

    id: str
    headings: tuple[str, ...]
    due: int
    new: int
    cards: int
    mastery: float | None = None


@dataclass(frozen=True)
class NoteDue:
    """A note with its sections, in order."""

    id: str
    title: str
    sections: tuple[SectionDue, ...]

    @property
    def due(self) -> int:
        """Cards that are due in it."""
        return sum(section.due for section in self.sections)

    @property
    def new(self) -> int:
        """New cards in it."""
        return sum(section.new for section in self.sections)


@dataclass(frozen=True)
class Habit:
    """The days with reviews, and their streaks."""

    days: Mapping[date, int]
    streak: Streak


@dataclass(frozen=True)
class Care:
    """What wants care: the weakest sections that were begun, predictions that no run settled, beliefs not mended.

    `predictions` are question and experiment, `beliefs` belief, experiment and the day on which it showed last.
    """

    weakest: tuple[tuple[NoteDue, SectionDue], ...]
    predictions: tuple[tuple[str, str], ...]
    beliefs: tuple[tuple[str, str, date], ...]


@dataclass(frozen=True)
class Agenda:
    """What stands on Today. `new` are the new cards that today still takes; `ahead` the cards due on the coming days.

    `next` is when the next card will be due. `habit` and `care` are None until they are counted.
    """

    day: date
    notes: tuple[NoteDue, ...]
    due: int
    new: int
    effort: Effort
    ahead: tuple[int, ...]
    next: datetime | None
    open_questions: int
    question: str  # the one whose turn it is
    habit: Habit | None = None
    care: Care | None = None

    @property
    def seconds(self) -> float | None:
        """How long all of it takes; None before the first review."""
        return self.effort.seconds(self.due, self.new)


def agenda_in_steps(
    store: Store, settings: Settings, scheduler: Callable[[], Scheduler], zone: tzinfo | None, day: date, now: datetime
) -> Iterator[Agenda]:
    """What today holds, what is counted soonest first; the last one is whole."""
    found = _waiting(store, settings, day, now, zone)
    yield found
    found = _with_mastery(found, store, scheduler(), zone)
    yield found
    days = store.agenda.days()
    yield replace(found, habit=Habit(days, streak(days, day)))


def _waiting(store: Store, settings: Settings, day: date, now: datetime, zone: tzinfo | None) -> Agenda:
    notes: dict[str, tuple[str, list[SectionDue]]] = {}
    for note, title, section, headings, due, new, cards in store.agenda.sections(day, now):
        notes.setdefault(note, (title, []))[1].append(SectionDue(section, headings, due, new, cards))
    called = told_apart(store)
    found = tuple(NoteDue(note, called.get(note, title), tuple(of)) for note, (title, of) in notes.items())
    limits = new_limits(store.waiting, settings, day)
    left = max(0, settings.new_per_day - store.waiting.introduced_on(day))
    moment, later = store.agenda.next_due(day, now)
    begins = day_begins(later, zone) if later else None
    longest = int(1000 * _settings.seconds(settings.pause_limit))
    by_day = store.waiting.due_by_day(day + timedelta(days=1), day + timedelta(days=AHEAD))
    new = sum(min(note.new, limits.get(note.id, note.new)) for note in found)
    questions = store.drafts.waiting(day)
    question = store.notes.card(questions[0]) if questions else None
    return Agenda(
        day, found, sum(note.due for note in found), min(left, new),
        effort(store.agenda.answers(LATEST, longest)),
        tuple(by_day.get(day + timedelta(days=place), 0) for place in range(1, AHEAD + 1)),
        min((m for m in (moment, begins) if m), default=None), len(questions), question.prompt if question else "",
    )  # fmt: skip


def _with_mastery(found: Agenda, store: Store, scheduler: Scheduler, zone: tzinfo | None) -> Agenda:
    known = store.agenda.mastery(scheduler.recall, found.day + HORIZON)
    notes = tuple(
        replace(note, sections=tuple(replace(s, mastery=known.get(s.id, (0.0, 0))[0]) for s in note.sections))
        for note in found.notes
    )
    begun = [(note, s) for note in notes for s in note.sections if known.get(s.id, (0.0, 0))[1]]
    weakest = tuple(sorted(begun, key=lambda one: one[1].mastery or 0.0)[:WEAKEST])
    predictions = tuple((question, experiment) for question, experiment, _ in store.agenda.unsettled())
    beliefs = [
        (belief, experiment, last.astimezone(zone).date())
        for belief, experiment, _, last, mended in store.statistics.misconceptions()
        if mended is None
    ]
    beliefs.sort(key=lambda one: one[2], reverse=True)
    return replace(found, notes=notes, care=Care(weakest, predictions, tuple(beliefs)))
