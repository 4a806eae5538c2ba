"""Study: the front door to notes, review, experiments and history, for the commands, the screens and Python users.

What costs much to import (NumPy, the experiments, the note parser) is imported where it is used: the way from the
start of the program to the first card stays short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Self

from nnstudy import settings as _settings
from nnstudy.errors import StudyError, nearest
from nnstudy.memory.queue import Counts, Queue
from nnstudy.memory.scheduler import (
    DEFAULT_PARAMETERS,
    Memory,
    Policy,
    Rating,
    Scheduler,
    Step,
    day_begins,
    local_day,
)
from nnstudy.reviewing.claims import Claims
from nnstudy.reviewing.session import Session
from nnstudy.settings import Settings
from nnstudy.store.records import NoteRow, OutcomeRow, ReviewRow, SectionState, StoredCard, Undone
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.experimenting.kept import KeptRuns
    from nnstudy.experimenting.kept_sweeps import KeptSweeps
    from nnstudy.experimenting.sweeps import Sweep
    from nnstudy.experimenting.trials import Prediction, Run, Trial
    from nnstudy.figures import Behind
    from nnstudy.history.report import Chapter
    from nnstudy.history.shared_folder import Synced
    from nnstudy.insight.agenda import Agenda
    from nnstudy.insight.insight import Forecast, Insight, Optimized
    from nnstudy.insight.shelf import Shelf
    from nnstudy.lab.experiment import Experiment, Frame
    from nnstudy.lab.plugins import Laboratory
    from nnstudy.memory.diagnosis import Diagnosis
    from nnstudy.memory.explanation import Explained
    from nnstudy.memory.fitting import Fit
    from nnstudy.notes.choice import Choice
    from nnstudy.preferences import Preferences
    from nnstudy.reading.intake import Intake, NoteReport
    from nnstudy.reading.relink import Relinking
    from nnstudy.reading.seeding import Seeding
    from nnstudy.reading.writeback import WriteBack
    from nnstudy.reviewing.deeds import Deeds
    from nnstudy.reviewing.derivation import Derivation
    from nnstudy.reviewing.drafts import Drafts, OpenQuestion
    from nnstudy.reviewing.plans import Plans
    from nnstudy.store.merge import Merged

KINDS = {"new": "learn", "learning": "learn", "review": "review", "relearning": "relearn"}
HORIZON = timedelta(days=30)
APART = timedelta(minutes=1)  # lie at the least between two programs that ask the same card


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


@dataclass(frozen=True)
class Summary:
    """What a session did, what comes tomorrow, and how its predictions turned out."""

    answers: int
    ratings: Mapping[Rating, int]
    seconds: float
    tomorrow: int
    predictions: tuple[OutcomeRow, ...]


class Study:
    """The notes, reviews and experiments of one data folder."""

    def __init__(
        self, store: Store, settings: Settings, folder: Path, now: Callable[[], datetime], zone: tzinfo | None = None
    ) -> None:
        self.store = store
        self.settings = settings
        self.folder = folder
        self._clock = now
        self._zone = zone
        self.session = Session()
        self._queue: Queue | None = None
        self._queue_day: date | None = None
        self._minute, self._day = datetime.min, date.min
        self._schedulers: dict[float, Scheduler] = {}
        self.claims = Claims(folder / "nnstudy.lock")
        self._opened, self._answered = self.now(), set[tuple[str, datetime | None]]()
        self._laboratory: Laboratory | None = None
        self._gathering = Lock()  # the first card is asked while a thread gathers the experiments
        self._policy = self._find_policy()  # here: a thread that asks for a scheduler later has no database
        if settings.notes:
            self._give_notes_their_retention()

    @classmethod
    def open(
        cls, folder: str | Path | None = None, *, now: Callable[[], datetime] | None = None, zone: tzinfo | None = None
    ) -> Self:
        """Open the data folder (default: NNSTUDY_HOME or the platform's), made at the first use.

        `now` gives the present moment (aware of its zone); `zone` is where days begin (default: the system's zone).
        Raises StudyError when the database or the settings cannot be used.
        """
        home = Path(folder).expanduser() if folder is not None else _settings.home()
        return cls(Store(home / "nnstudy.db"), _settings.load(home), home, now or _settings.clock(), zone)

    def beside(self) -> Self:
        """The same data on a connection of its own, to be closed: for a thread; `take_up` what it has changed."""
        return type(self)(Store(self.store.path), self.settings, self.folder, self._clock, self._zone)

    def take_up(self) -> None:
        """Go on with what another thread or program has changed: parameters, due dates."""
        self._take_up_parameters()
        self._queue = None

    def close(self) -> None:
        """Close the database."""
        self.claims.leave()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def zone(self) -> tzinfo | None:
        """Where days begin; None: the system's zone."""
        return self._zone

    def now(self) -> datetime:
        """The present moment in UTC, to the millisecond."""
        moment = self._clock().astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def today(self) -> date:
        """The local day that a review counts for now; it begins at 04:00."""
        minute = self.now().replace(second=0, microsecond=0)  # days begin on a whole minute everywhere
        if minute != self._minute:
            self._minute, self._day = minute, local_day(minute, self._zone)
        return self._day

    # --- notes and cards ------------------------------------------------------------------------------------------

    def add(
        self,
        *paths: str | Path,
        fresh: bool = False,
        dry_run: bool = False,
        prune: bool = False,
        store: Store | None = None,
    ) -> list[NoteReport]:
        """Add or re-read notes (files, or folders with all below); returns what became of each one's cards.

        A note that is new starts its cards from the schedule that it gives itself, unless they shall be `fresh`. Of a
        known note whose file is gone the report says so, and with `prune` its cards are retired. A thread gives a
        `store` of its own, and `notes_changed` is called afterwards.
        """
        from nnstudy.reading.gone import gone_below, look_for
        from nnstudy.reading.note_file import note_files
        from nnstudy.reading.seeding import Seeding

        kept = store or self.store
        rows = kept.notes.all()
        seeding = None if fresh else Seeding(self.scheduler, self.settings.device_name, self.today(), self._zone)
        files = note_files(paths, lambda path: gone_below([path], rows))
        reports = self._intake(kept, seeding, dry_run).take_in(files)
        reports += look_for(kept, gone_below(paths, rows), reports, self.now() if prune else None, dry_run)
        if store is None:
            self._queue = None
        return reports

    def _intake(self, store: Store, seeding: Seeding | None = None, dry_run: bool = False) -> Intake:
        from nnstudy.reading.intake import Intake

        return Intake(
            store, self.laboratory, self._reading(), self.now(), seeding, dry_run, self._choice, self.settings.notes
        )

    def watch(self, stop: Event, tell: Callable[[Sequence[NoteReport]], None]) -> None:
        """Read notes again when they are saved, until told to stop: for a thread; `tell` is called in it."""
        from nnstudy.reading.watch import follow

        follow(self.store.path, self._intake, stop, tell)

    def notes_changed(self, card: str | None = None) -> None:
        """Take up what another thread or program has read; this card, if it is still there, stays the next one."""
        self._queue = None
        if card is not None:
            self.queue().put_first(card)

    def _reading(self) -> str:
        """What decides how a note is read, besides its text: the settings, and which experiments there are."""
        from importlib.metadata import entry_points

        files = sorted((self.folder / "lab").glob("*.py"))
        own = [(file.name, file.stat().st_mtime_ns) for file in files if self.settings.allow_own_experiments]
        packages = [(point.name, point.value) for point in entry_points(group="nnstudy.experiments")]
        chosen = self.settings.card_families, self.settings.derived_cards, self.settings.allow_own_experiments
        return repr((chosen, own, packages))

    @cached_property
    def _choice(self) -> Choice:
        """Which cards are made of notes, by the settings."""
        from nnstudy.notes.choice import by_settings

        return by_settings(self.settings.card_families, self.settings.derived_cards)

    def check(self, *paths: str | Path, ignore: Iterable[str] = ()) -> list[NoteReport]:
        """Read notes and say what was found, and what could be better, but for the rules to ignore; nothing is kept."""
        from nnstudy.reading.checking import check
        from nnstudy.reading.note_file import note_files

        left_out = [*self.settings.lint_ignore, *ignore]
        return check(note_files(paths), self.laboratory(), self._choice, left_out, self.store.notes.all())

    def add_shipped_note(self) -> None:
        """Add the note that comes with the program, when there is no other."""
        if not self.store.notes.all():
            self.add(_settings.shipped_note(), fresh=True)  # its register is its author's, not this learner's

    def notes(self) -> list[NoteState]:
        """Every note with its cards, what is due and how well it is known; not one that is gone and has no cards."""
        sections: dict[str, list[SectionState]] = {}
        for section in self.sections():
            sections.setdefault(section.note, []).append(section)
        notes = [note for note in self.store.notes.all() if note.id in sections or Path(note.path).exists()]
        return [self._note_state(note, sections.get(note.id, [])) for note in notes]

    def _note_state(self, note: NoteRow, sections: list[SectionState]) -> NoteState:
        memories = [memory for section in sections for memory in section.memories]
        due, new = sum(s.due for s in sections), sum(s.new for s in sections)
        return NoteState(note, len(memories), due, new, self.mastery(memories))

    def sections(self) -> list[SectionState]:
        """Every section that has cards, with what is due and its cards' memories."""
        return self.store.notes.sections(self.today(), self.now())

    def mastery(self, memories: Iterable[Memory]) -> float:
        """The share of these cards that will still be recalled in 30 days if nothing is reviewed until then."""
        scheduler, then = self.scheduler(), self.today() + HORIZON
        shares = [scheduler.retrievability(memory, then) or 0.0 for memory in memories]
        return sum(shares) / len(shares) if shares else 0.0

    def cards(self, note: str | None = None, *, retired: bool = False) -> list[StoredCard]:
        """The cards of a note (its id, title or path) or of all notes; those in use, or the retired ones."""
        return self.store.notes.cards(self.note_id(note), retired=retired)

    def card(self, card_id: str) -> StoredCard:
        """The card of this id; StudyError when there is none."""
        return self._known(self.store.notes.card(card_id), card_id)

    @staticmethod
    def _known(card: StoredCard | None, card_id: str) -> StoredCard:
        if card is None:
            raise StudyError(f"card {card_id!r} is unknown; `nnstudy cards` lists them all")
        return card

    @cached_property
    def preferences(self) -> Preferences:
        """To change the settings, here and in settings.toml."""
        from nnstudy.preferences import Preferences

        return Preferences(self.folder, lambda: self.settings, self._take_up_settings)

    def _take_up_settings(self, settings: Settings) -> None:
        before, self.settings = self.settings, settings
        for made in ("_choice", "_insight"):
            self.__dict__.pop(made, None)
        self._policy, self._schedulers = self._find_policy(), {}
        self._queue = None
        if before.notes != settings.notes:
            self._give_notes_their_retention()

    def _give_notes_their_retention(self) -> None:
        """What the settings say of a note counts before what the note says of itself."""
        from nnstudy.reading.note_file import retention

        with self.store.transaction():
            for note in self.store.notes.all():
                own = self.settings.notes.get(note.id, {}).get("desired_retention") or retention(note.properties)[0]
                if own != note.desired_retention:
                    self.store.notes.set_retention(note.id, own)

    @cached_property
    def drafts(self) -> Drafts:
        """The open questions, and the learner's drafts of an answer."""
        return self.drafts_in(self.store)

    def drafts_in(self, store: Store) -> Drafts:
        """The same for a thread, which gives a database of its own."""
        from nnstudy.reviewing.drafts import Drafts

        def card(card_id: str) -> StoredCard:
            return self._known(store.notes.card(card_id), card_id)

        return Drafts(store, card, self.now, self.today, self.settings.device_name)

    @cached_property
    def relinking(self) -> Relinking:
        """To correct which card is which: `relink` and `unlink`."""
        from nnstudy.reading.relink import Relinking

        return Relinking(self.store, self.card, self.now, self.settings.device_name)

    def relink(self, old: str, new: str) -> None:
        """The text that is the card `new` is the card `old`, with its history; see `nnstudy.reading.relink`."""
        self.relinking.relink(old, new)
        self._queue = None

    def unlink(self, card: str) -> str:
        """The text of a card is another card, without its history; returns the id of that one."""
        self._queue = None
        return self.relinking.unlink(card)

    def write_back(self, note: str, *, dry_run: bool = False) -> WriteBack:
        """Write into a note's own lines when its next review is, how well it is known, and what was reviewed."""
        from nnstudy.reading.writeback import Learned, due_day, write_back
        from nnstudy.words import moons

        note_id = self.note_id(note)
        row = next(row for row in self.store.notes.all() if row.id == note_id)
        cards = self.cards(note_id)
        state = moons(self.mastery(card.memory for card in cards))
        history = list(self.store.log.history(note=note_id))
        days = [due_day(card, lambda moment: local_day(moment, self._zone)) for card in cards]
        learned = Learned(self.today(), cards, history, state, [day for day in days if day])
        done = write_back(row, learned, self.now(), dry_run=dry_run)
        if done.backup is not None:
            self.add(done.path)
        return done

    def note_id(self, name: str | None) -> str | None:
        """The id of the note of this id, title or path; None for None; StudyError when there is none."""
        if name is None:
            return None
        notes = self.store.notes.all()
        for note in notes:
            if name in (note.id, note.title, note.path) or str(Path(name).resolve()) == note.path:
                return note.id
        raise StudyError(f"note {name!r} is unknown{nearest(name, [note.id for note in notes])}")

    # --- review ---------------------------------------------------------------------------------------------------

    def scheduler(self, desired_retention: float | None = None) -> Scheduler:
        """The scheduler of the settings, for a note's own desired retention where it has one."""
        wanted = desired_retention or self.settings.desired_retention
        if wanted not in self._schedulers:
            self._schedulers[wanted] = Scheduler(replace(self._policy, desired_retention=wanted))
        return self._schedulers[wanted]

    def _find_policy(self) -> Policy:
        fitted = self.store.parameters.latest()
        return Policy(
            parameters=fitted.parameters if fitted else DEFAULT_PARAMETERS,
            learning_steps=tuple(map(_settings.seconds, self.settings.learning_steps)),
            relearning_steps=tuple(map(_settings.seconds, self.settings.relearning_steps)),
            maximum_interval=self.settings.maximum_interval,
            fuzz=self.settings.fuzz,
            easy_days=_settings.weekdays(self.settings.easy_days),
        )

    def _take_up_parameters(self) -> bool:
        """Schedule by the parameters that count now; whether they are others than before."""
        found = self._find_policy()
        if found.parameters == self._policy.parameters:
            return False
        self._policy, self._schedulers = found, {}  # threads that ask for a scheduler meanwhile find either
        return True

    def choose(
        self, note: str | None = None, *, sections: Sequence[str] | None = None, minutes: float | None = None,
        cram: bool = False,
    ) -> None:  # fmt: skip
        """Review the cards of this note only (None: of all), or of the sections with these ids, from now on.

        With `minutes`, only what fits into them. A `cram` asks all of these cards, the weakest first, whether they are
        due or not; its answers are logged, and do not move the schedule.
        """
        among = None if sections is None else tuple(sections)
        self.session, self._queue = Session(self.note_id(note), among, minutes, cram), None

    def next(self) -> StoredCard | None:
        """The card to ask now: the same until it is answered, suspended or buried; None when nothing is left.

        What another program has answered meanwhile is not asked again, nor what it is asking.
        """
        queue, now = self.queue(), self.now()
        while (waiting := queue.next(now)) is not None:
            mine = self.claims.take(waiting)
            card = self.card(waiting)  # read after it is claimed: nobody moves it on from here
            if not self.session.cram and not queue.waits(card.id, card.memory):
                queue.moved_on(card.id, card.memory, now)
            elif card.retired or card.suspended or (card.buried_until or date.min) > self.today():
                queue.remove(card.id)
            elif not mine or self._asked_elsewhere(card, now):
                queue.put_aside(card.id, now + APART)
            else:
                return card
        self.claims.put_down()
        return None

    def _asked_elsewhere(self, card: StoredCard, now: datetime) -> bool:
        """Whether a program that is open, or was while this one is, has had an answer to the card just now."""
        last = card.memory.last_at
        if last is None or abs(now - last) >= APART or (card.id, last) in self._answered:
            return False
        return last > self._opened or bool(self.claims.others())

    def open_question(self) -> StoredCard | None:
        """The open question to think about when no card is left to ask; None when all rest, or there is none."""
        return None if self.session.cram else self.drafts.next(self.session.note)

    def settle(self, card: str, draft: str | None = None) -> OpenQuestion:
        """Make a draft (the latest one) the answer of an open question, which is graded from then on."""
        self._queue = None
        return self.drafts.settle(card, draft)

    def queue(self) -> Queue:
        """What is to be asked today, made anew when the day changes."""
        day = self.today()
        if self._queue is None or self._queue_day != day:
            self._queue = self.session.queue(self.store, self.settings, self.now(), day)
            self._queue_day = day
        return self._queue

    def counts(self) -> Counts:
        """How many cards are left in this session: learning, due and new."""
        return self.queue().counts(self.now())

    def due(self) -> Due:
        """How much is due now, how much is new, and when the next card will be due."""
        now, day = self.now(), self.today()
        due, new = self.store.notes.counts(day, now)
        moment, later = self.store.notes.next_due(day)
        begins = day_begins(later, self._zone) if later else None
        return Due(due, new, min((m for m in (moment, begins) if m), default=None))

    def due_moment(self, memory: Memory) -> datetime | None:
        """The moment from which a card is due; None for a new card."""
        if memory.due_day is not None:
            return day_begins(memory.due_day, self._zone)
        return memory.due_at

    def retrievability(self, memory: Memory) -> float | None:
        """The probability of recalling a card now; None for a new card."""
        return self.scheduler().retrievability(memory, self.today())

    def preview(self, card: StoredCard) -> Mapping[Rating, Memory]:
        """What each rating, given now, would make of the card's memory."""
        scheduler = self.scheduler(card.desired_retention)
        return scheduler.preview(card.id, card.memory, self.now(), self.today())

    def answer(
        self, card: StoredCard | str, rating: Rating | int, *, duration_ms: int = 0, runs: Iterable[str] = ()
    ) -> Memory:
        """Log an answer and move the card on: one transaction, on disk when the call returns.

        What counts is the card's memory as the database has it then: another program may have moved it on meanwhile.
        """
        card = self.card(card) if isinstance(card, str) else card
        if card.is_open:
            raise StudyError("this question is still open: write a draft and settle it; until then it is not graded")
        rating, now, day = Rating(rating), self.now(), self.today()
        scheduler, spent = self.scheduler(card.desired_retention), max(0, int(duration_ms))
        with self.store.transaction():
            before = self.store.log.memory(card.id)
            kind = "cram" if self.session.cram else KINDS[before.state]
            if (anew := self.store.log.anew_since(card.id)) is not None and now <= anew:
                now = anew + timedelta(milliseconds=1)  # the clock was set back: this review counts all the same
            review = ReviewRow(
                card.id, now, day, rating, spent, kind, card.wording, scheduler.retrievability(before, day),
                self.settings.device_name, scheduler.policy.fingerprint,
            )  # fmt: skip
            self.store.log.add(review, scheduler.policy.parameters, scheduler.library, runs)
            if self.session.cram:
                memory = before
            elif before.last_at is not None and now <= before.last_at:  # the clock was set back: order decides
                memory = self._derivation.memory(card.id, card.desired_retention)
            else:
                memory = scheduler.review(card.id, before, Step(now, day, rating))
            if not self.session.cram:
                self.store.log.schedule(card.id, memory)
        self.claims.put_down()
        self._answered.add((card.id, memory.last_at))
        next_ = self.session.answered(card.id, rating, memory, now, spent / 1000)
        self.queue().answered(card.id, next_, now, day)
        return memory

    def undo(self) -> Undone | None:
        """Take back this machine's latest answer or deed; its card comes next. None: there is none."""
        undone = self.deeds().undo()
        if undone is not None:
            self.session.done.discard(undone.card)
            self._queue = None
            self.queue().put_first(undone.card)
        return undone

    def deeds(self, store: Store | None = None) -> Deeds:
        """What can be done to cards, several at once; a thread gives a database of its own.

        Call `notes_changed` afterwards: other cards may be due.
        """
        from nnstudy.reviewing.deeds import Deeds

        of = store or self.store
        return Deeds(of, self.scheduler, self.now, self.today(), self.settings.device_name, self._zone)

    @property
    def plans(self) -> Plans:
        """Other due days for many cards: a backlog spread over days, or all of them moved."""
        from nnstudy.reviewing.plans import Plans

        return Plans(self.store, self.scheduler, self.today(), self.deeds())

    def shelf(self, store: Store) -> Shelf:
        """What a library shows of a database; a thread gives one of its own."""
        from nnstudy.insight.shelf import Shelf

        return Shelf(store, self.scheduler, self.now(), self.today(), self._zone)

    @cached_property
    def _derivation(self) -> Derivation:
        from nnstudy.reviewing.derivation import Derivation

        return Derivation(self.store, self.scheduler, self._zone)

    def suspend(self, card: StoredCard | str) -> None:
        """Do not ask this card any more, until it is taken back."""
        self._hold(card, "suspended", "1")

    def bury(self, card: StoredCard | str) -> None:
        """Do not ask this card again today."""
        self._hold(card, "buried_until", (self.today() + timedelta(days=1)).isoformat())

    def _hold(self, card: StoredCard | str, name: str, value: str) -> None:
        card_id = self.card(card if isinstance(card, str) else card.id).id
        with self.store.transaction():
            self.store.log.set_state(card_id, name, value, self.now(), self.settings.device_name)
        self.queue().remove(card_id)

    # --- what the log says ----------------------------------------------------------------------------------------

    @cached_property
    def _insight(self) -> Insight:
        from nnstudy.insight.insight import Insight

        return Insight(self.store, self.settings, self.scheduler, self._zone)

    def stats(self) -> Diagnosis:
        """How well memory, its scheduler and one's own judgement do, and what to do about it."""
        return self._insight.stats(self.today())

    def stats_in_steps(self) -> Iterator[tuple[Diagnosis, frozenset[str]]]:
        """`stats`, what is counted soonest first, each with what is counted by then: for a thread of a screen."""
        from nnstudy.insight.insight import Insight

        with closing(Store(self.store.path)) as store:
            yield from Insight(store, self.settings, self.scheduler, self._zone).stats_in_steps(self.today())

    def agenda_in_steps(self) -> Iterator[Agenda]:
        """What today holds, what is counted soonest first: for a thread of a screen."""
        from nnstudy.insight.agenda import agenda_in_steps

        with closing(Store(self.store.path)) as store:
            yield from agenda_in_steps(store, self.settings, self.scheduler, self._zone, self.today(), self.now())

    def why(self, card: StoredCard | str) -> tuple[Explained, ...]:
        """Every review of a card, oldest first: the memory before and after it, and what other ratings had made."""
        return self._insight.why(self.card(card if isinstance(card, str) else card.id))

    def optimize(
        self, *, dry_run: bool = False, progress: Callable[[int, int], None] = lambda done, total: None,
        tell: Callable[[str], None] = lambda stage: None,
    ) -> Optimized:  # fmt: skip
        """Fit the parameters of FSRS to the log; those that predict held-out reviews better are kept.

        The schedule is then derived anew. `tell` hears what is being done before. Raises StudyError when there are too
        few reviews.
        """
        from nnstudy.insight.insight import Optimized

        found = self._insight.fit(tell)
        if dry_run or not found.better:
            return Optimized(found, kept=False, moved=0)
        return Optimized(found, kept=True, moved=self._schedule_by(found.after, found, progress))

    def use_default_parameters(self, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Go back to the default parameters of FSRS; returns how many cards' schedules changed."""
        return self._schedule_by(DEFAULT_PARAMETERS, None, progress)

    def _schedule_by(self, parameters: Sequence[float], fit: Fit | None, progress: Callable[[int, int], None]) -> int:
        reviews = fit.trained + fit.held_out if fit else 0
        losses = (fit.loss_before, fit.loss_after) if fit else None
        with self.store.transaction():
            self.store.parameters.add(parameters, reviews, losses, self.now(), self.settings.device_name)
            return self._derive(progress)

    def forecast(self, days: int = 30, retentions: Sequence[float] = (), *, only_due: bool = False) -> Forecast:
        """Reviews a day to come: as they are scheduled, and simulated at the desired and at other retentions."""
        return self._insight.forecast(self.today(), days, retentions, only_due)

    def summary(self, since: datetime) -> Summary:
        """What was done since then, and what comes tomorrow."""
        reviews = [review for review in self.store.log.history(since=since) if review.retracted_at is None]
        tomorrow = self.today() + timedelta(days=1)
        return Summary(
            answers=len(reviews),
            ratings=Counter(Rating(review.rating) for review in reviews),
            seconds=sum(review.duration_ms for review in reviews) / 1000,
            tomorrow=self.store.notes.due_by_day(tomorrow, tomorrow).get(tomorrow, 0),
            predictions=tuple(self.store.runs.outcomes(since)),
        )

    # --- experiments ----------------------------------------------------------------------------------------------

    def laboratory(self) -> Laboratory:
        """The experiments of this program, of installed packages and of one's own, gathered once; and broken ones."""
        from nnstudy.lab.plugins import gather

        with self._gathering:
            if self._laboratory is None:
                self._laboratory = gather(self.folder / "lab", self.settings.allow_own_experiments)
            return self._laboratory

    def experiments(self) -> Mapping[str, Experiment]:
        """Every experiment by name."""
        return self.laboratory().experiments

    def prepare(self) -> None:
        """Load what the first answer and the first experiment need: for a thread, while the first question is read."""
        import nnstudy.experimenting.trials  # noqa: F401
        from nnstudy.experimenting.engine import shared

        self.experiments()
        scheduler = self.scheduler()
        scheduler.preview("", Memory(), self.now(), self.today())
        assert scheduler.policy.fingerprint
        shared().warm()

    def experiment(self, name: str) -> Experiment:
        """The experiment of this name; StudyError with the nearest known one, or with what is wrong with this one."""
        return self.laboratory().find(name)

    def trial(self, card: StoredCard) -> Trial | None:
        """The experiment that belongs to a card, drawn for its next review."""
        from nnstudy.experimenting.trials import home, trial_for

        name, laboratory, runs = card.experiment, self.laboratory(), self.store.runs
        own = laboratory.experiments.get(name) if name else None
        loose = name if own and home(own, runs.bringing(own.name)) == card.section_id else None
        return trial_for(card, laboratory, runs.answered(card.section_id, loose), self._zone)

    def apart(self, outcome: OutcomeRow) -> str:
        """How far a predicted number was from what came out, in words; empty for a choice."""
        from nnstudy.experimenting.trials import apart

        return apart(self.laboratory(), outcome)

    def surprise(self, seed: int) -> Trial:
        """A question to predict outside of a review: one that was never answered, while there is one."""
        from numpy.random import default_rng

        from nnstudy.experimenting.trials import surprise

        asked = {name: explored.asked for name, explored in self.store.runs.explored().items()}
        return surprise(self.laboratory(), asked, default_rng(seed))

    def predict(self, trial: Trial, choice: float | str, confidence: str = "think so") -> Prediction:
        """Keep a prediction, a "guess", "think so" or "sure": the index of the choice, or the number, also as typed."""
        from nnstudy.experimenting.trials import keep_prediction

        return keep_prediction(self.store, trial, choice, confidence, self.now(), self.settings.device_name)

    def prediction(self, trial: Trial) -> Prediction | None:
        """The prediction made for this trial that no run has settled yet."""
        from nnstudy.experimenting.trials import Prediction

        found = self.store.runs.unsettled(trial.card, trial.seed, trial.question.name) if trial.card else None
        return Prediction(*found) if found else None

    def run(self, experiment: str, *, seed: int = 0, figure: str | Path | None = None, **parameters: object) -> Run:
        """Run an experiment to its end and keep the run; `figure` names a file (.png, .svg, .pdf) for its plots."""
        return self.run_with(experiment, parameters, seed=seed, figure=figure)

    def run_with(
        self, experiment: str, parameters: Mapping[str, object], *, seed: int = 0, figure: str | Path | None = None
    ) -> Run:
        """As `run`, with the parameters as a mapping."""
        from nnstudy.experimenting.trials import complete

        found = self.experiment(experiment)
        made = found.make(parameters)
        result, seconds = complete(found, made, seed)
        if figure is not None:
            self.save_figure(result, figure)
        return self.keep(found, made, seed, result, seconds=seconds)

    def keep(self, experiment: Experiment, parameters: Any, seed: int, result: Frame, **what: Any) -> Run:
        """Keep a run that a screen has driven; see `nnstudy.experimenting.trials.keep_run`."""
        from nnstudy.experimenting.trials import keep_run

        what |= {"at": self.now(), "device": self.settings.device_name}
        return keep_run(self.store, experiment, parameters, seed, result, **what)

    def sweep(
        self, experiment: str, grid: Mapping[str, Sequence[object]], fixed: Mapping[str, object] | None = None, *,
        seeds: int = 10, workers: int | None = None, cluster: str | None = None,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Sweep:  # fmt: skip
        """Run an experiment at every combination of a grid, with `fixed` parameters, for seeds 0 to `seeds` - 1."""
        return self.sweeps.run(self.sweeps.plan(experiment, grid, fixed, seeds), progress, workers, cluster)

    @cached_property
    def sweeps(self) -> KeptSweeps:
        """The sweeps that were made here: to plan, run, stop, take up and find again."""
        from nnstudy.experimenting.kept_sweeps import KeptSweeps

        return KeptSweeps(self.folder / "sweeps", self.experiment, self.now)

    @cached_property
    def runs(self) -> KeptRuns:
        """The runs that were kept: to list, name, compare and run again."""
        from nnstudy.experimenting.kept import KeptRuns

        return KeptRuns(self.store, self.experiment, self.now, self.settings.device_name)

    def save_figure(self, result: Frame, path: str | Path, behind: Sequence[Behind] = ()) -> Path:
        """Write a run's figure, over those of the runs `behind` it, into a file; returns where."""
        from nnstudy.figures import save

        return save(result.figure, Path(path), behind)

    # --- history --------------------------------------------------------------------------------------------------

    def history(self, card: str | None = None) -> Iterator[ReviewRow]:
        """The review log (of one card), newest first."""
        return self.store.log.history(self.card(card).id if card else None)

    def export(
        self, format: str, output: str | Path | None = None, note: str | None = None,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:  # fmt: skip
        """Write the history in a format (see `nnstudy.history.formats`) into a file, or to standard output.

        `progress` hears how many rows of how many are written.
        """
        from nnstudy.history import export

        export(
            format, self.store, output, self.note_id(note), now=self.now(), today=self.today(), zone=self._zone,
            scheduler=self.scheduler, progress=progress,
            report=lambda: self._report(self.note_id(note)),
        )  # fmt: skip

    def _report(self, note: str | None) -> tuple[str, list[Chapter]]:
        from nnstudy.insight.insight import Insight
        from nnstudy.insight.reporting import chapters

        with closing(Store(self.store.path)) as store:
            title = "nnstudy"
            if note is not None:
                title = next(row.title for row in store.notes.all() if row.id == note)
                store.look_at(note)
            insight = Insight(store, self.settings, self.scheduler, self._zone)
            return f"{title}: report", chapters(store, insight, self.today())

    def rebuild(self, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Derive every card's state from the log anew; returns how many differed from what stood in the schedule.

        `progress` hears how many cards of how many are done.
        """
        with self.store.transaction():
            return self._derive(progress)

    def sync(self, folder: str | Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Synced:
        """Write this machine's news into a folder that others share, and take in theirs; StudyError when it cannot."""
        from nnstudy.history.shared_folder import sync

        with self.store.transaction():
            synced = sync(
                self.store, Path(folder), self.settings.device_name, before=lambda: self._back_up_before("merge")
            )
            self._derive(progress, synced.merged.cards)
        return synced

    def _back_up_before(self, deed: str) -> None:
        from nnstudy.store.backup import back_up_before

        back_up_before(self.store.path, self.folder / "backups", deed, self.now())

    def back_up(self, file: str | Path | None = None) -> Path:
        """Write a whole copy of the database, which may be in use, into a file; returns where."""
        from nnstudy.store.backup import back_up

        default = self.folder / "backups" / f"nnstudy-{self.now():%Y%m%d-%H%M%S}.db"
        return back_up(self.store.path, Path(file) if file is not None else default)

    def back_up_daily(self) -> Path | None:
        """The first time of a day, keep a copy in `backups/`; None when today's is there already."""
        from nnstudy.store.backup import back_up_daily

        return back_up_daily(self.store.path, self.folder / "backups", self.today())

    def _derive(self, progress: Callable[[int, int], None], cards: Sequence[str] | None = None) -> int:
        """Bring the schedule (of these cards) to what the log says; returns how many cards differed."""
        if self._take_up_parameters():
            cards = None
        log, chosen = self.store.log, cards is not None
        log.choose(cards or ())
        differing = {*log.repair_states(), *log.repair(self._derivation.memories(chosen), progress, chosen)}
        for card in self.store.drafts.derive():
            self.store.notes.word_open(card, self.now())
            differing.add(card)
        self._queue = None
        return len(differing)

    def take_in(self, path: str | Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Merged:
        """Merge what a `jsonl` export, another nnstudy database or an Anki archive holds; twice is the same as once.

        Nothing known is overwritten by something older. Raises StudyError when the file is none of them.
        """
        from nnstudy.history import take_in

        self._back_up_before("merge")
        with self.store.transaction():
            merged = take_in(self.store, Path(path), self._zone)
            self._derive(progress, merged.cards)
        return merged
