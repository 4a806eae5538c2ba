"""Study: the front door to notes, review, experiments and history, for the commands, the screens and Python users.

What costs much to import (NumPy, the experiments, the note parser) is imported where it is used: the way from the
start of the program to the first card stays short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Self

from nnstudy import settings as _settings
from nnstudy.clock import Clock
from nnstudy.errors import StudyError, nearest
from nnstudy.experimenting.gathering import Gathering
from nnstudy.memory.queue import Counts
from nnstudy.memory.scheduler import DEFAULT_PARAMETERS, Memory, Rating
from nnstudy.reading.notebook import Notebook
from nnstudy.reviewing.claims import Claims
from nnstudy.reviewing.review import Review
from nnstudy.reviewing.schedulers import Schedulers
from nnstudy.reviewing.session import Session
from nnstudy.settings import Settings
from nnstudy.store.records import NoteRow, ReviewRow, SectionState, StoredCard, Undone
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.exchange import Exchange
    from nnstudy.experimenting.bench import Bench
    from nnstudy.experimenting.kept import KeptRuns
    from nnstudy.experimenting.kept_sweeps import KeptSweeps
    from nnstudy.experimenting.sweeps import Sweep
    from nnstudy.experimenting.trials import Prediction, Run, Trial
    from nnstudy.figures import Behind
    from nnstudy.history.shared_folder import Synced
    from nnstudy.insight.agenda import Agenda
    from nnstudy.insight.insight import Forecast, Insight, Optimized
    from nnstudy.insight.shelf import Shelf
    from nnstudy.insight.standing import Due, NoteState
    from nnstudy.insight.summary import Summary
    from nnstudy.lab.experiment import Experiment, Frame
    from nnstudy.lab.plugins import Laboratory
    from nnstudy.memory.diagnosis import Diagnosis
    from nnstudy.memory.explanation import Explained
    from nnstudy.preferences import Preferences
    from nnstudy.reading.intake import NoteReport
    from nnstudy.reading.writeback import WriteBack
    from nnstudy.reviewing.deeds import Deeds
    from nnstudy.reviewing.drafts import Drafts, OpenQuestion
    from nnstudy.reviewing.plans import Plans
    from nnstudy.reviewing.rebuilding import Rebuilding
    from nnstudy.reviewing.relink import Relinking
    from nnstudy.store.merge import Merged
    from nnstudy.store.run_records import OutcomeRow

Progress = Callable[[int, int], None]  # hears how much of how much is done


def _unheard(done: int, total: int) -> None:
    """Nobody wants to hear it."""


class Study:
    """The notes, reviews and experiments of one data folder."""

    def __init__(
        self, store: Store, settings: Settings, folder: Path, now: Callable[[], datetime], zone: tzinfo | None = None
    ) -> None:
        self.store = store
        self.settings = settings
        self.folder = folder
        self.clock = Clock(now, zone)
        self.claims = Claims(folder / "nnstudy.lock")
        self.scheduler = Schedulers(store.parameters, self._present)
        self._review = Review(store, self._present, self.clock, self.scheduler, self.claims)
        self._notebook = Notebook(folder, self._present, self.clock, self.laboratory, self.scheduler)
        self._gathering = Gathering(folder / "lab", self._present)
        if settings.notes:
            self._notebook.give_retentions(store)

    def _present(self) -> Settings:
        return self.settings

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
        return type(self)(Store(self.store.path), self.settings, self.folder, self.clock.read, self.zone)

    def take_up(self) -> None:
        """Go on with what another thread or program has changed: parameters, due dates."""
        self.scheduler.take_up()
        self._review.look_again()

    def close(self) -> None:
        """Close the database."""
        self._review.end()
        self.claims.leave()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def zone(self) -> tzinfo | None:
        """Where days begin; None: the system's zone."""
        return self.clock.zone

    def now(self) -> datetime:
        """The present moment in UTC, to the millisecond."""
        return self.clock.now()

    def today(self) -> date:
        """The local day that a review counts for now; it begins at 04:00."""
        return self.clock.today()

    # --- notes and cards ------------------------------------------------------------------------------------------

    def add(
        self,
        *paths: str | Path,
        fresh: bool = False,
        dry_run: bool = False,
        prune: bool = False,
        store: Store | None = None,
        progress: Progress = _unheard,
    ) -> list[NoteReport]:
        """Add or re-read notes (files, or folders with all below); returns what became of each one's cards.

        A note that is new starts its cards from the schedule that it gives itself, unless they shall be `fresh`. Of a
        known note whose file is gone the report says so, and with `prune` its cards are retired. A thread gives a
        `store` of its own, and `notes_changed` is called afterwards. `progress` hears how many notes are read.
        """
        reports = self._notebook.add(
            store or self.store, paths, fresh=fresh, dry_run=dry_run, prune=prune, progress=progress
        )
        if store is None:
            self._review.look_again()
        return reports

    def watch(self, stop: Event, tell: Callable[[Sequence[NoteReport]], None]) -> None:
        """Read notes again when they are saved, until told to stop: for a thread; `tell` is called in it."""
        self._notebook.watch(self.store.path, stop, tell)

    def notes_changed(self, card: str | None = None) -> None:
        """Take up what another thread or program has read; this card, if it is still there, stays the next one."""
        self._review.look_again(card)

    def check(self, *paths: str | Path, ignore: Iterable[str] = ()) -> list[NoteReport]:
        """Read notes and say what was found, and what could be better, but for the rules to ignore; nothing is kept."""
        return self._notebook.check(self.store, paths, ignore)

    def add_shipped_note(self) -> None:
        """Add the note that comes with the program, when there is no other."""
        if not self.store.notes.all():
            self.add(_settings.shipped_note(), fresh=True)  # its register is its author's, not this learner's

    def notes(self) -> list[NoteState]:
        """Every note with its cards, what is due and how well it is known; not one that is gone and has no cards."""
        from nnstudy.insight.standing import note_states

        return note_states(self.store.notes.all(), self.sections(), self.scheduler(), self.today())

    def sections(self) -> list[SectionState]:
        """Every section that has cards, with what is due and its cards' memories."""
        return self.store.waiting.sections(self.today(), self.now())

    def mastery(self, memories: Iterable[Memory]) -> float:
        """The share of these cards that will still be recalled in 30 days if nothing is reviewed until then."""
        from nnstudy.insight.standing import mastery

        return mastery(memories, self.scheduler(), self.today())

    def cards(self, note: str | None = None, *, retired: bool = False) -> list[StoredCard]:
        """The cards of a note (its id, title or path) or of all notes; those in use, or the retired ones."""
        return self.store.notes.cards(self.note_id(note), retired=retired)

    def card(self, card_id: str) -> StoredCard:
        """The card of this id; StudyError when there is none."""
        return self.store.notes.known(card_id)

    @cached_property
    def preferences(self) -> Preferences:
        """To change the settings, here and in settings.toml."""
        from nnstudy.preferences import Preferences

        return Preferences(self.folder, lambda: self.settings, self._take_up_settings)

    def _take_up_settings(self, settings: Settings) -> None:
        before, self.settings = self.settings, settings
        self.scheduler.take_up()
        self._review.look_again()
        if before.notes != settings.notes:
            self._notebook.give_retentions(self.store)

    @property
    def drafts(self) -> Drafts:
        """The open questions, and the learner's drafts of an answer."""
        return self.drafts_in(self.store)

    def drafts_in(self, store: Store) -> Drafts:
        """The same for a thread, which gives a database of its own."""
        from nnstudy.reviewing.drafts import Drafts

        return Drafts(store, self.now, self.today, self.settings.device_name)

    def relink(self, old: str, new: str) -> None:
        """The text that is the card `new` is the card `old`, with its history; see `nnstudy.reviewing.relink`."""
        self._relinking().relink(old, new)
        self._review.look_again()

    def unlink(self, card: str) -> str:
        """The text of a card is another card, without its history; returns the id of that one."""
        parted = self._relinking().unlink(card)
        self._review.look_again()
        return parted

    def _relinking(self) -> Relinking:
        from nnstudy.reviewing.relink import Relinking

        return Relinking(self.store, self.now, self.settings.device_name)

    def write_back(self, note: str, *, dry_run: bool = False) -> WriteBack:
        """Write into a note's own lines when its next review is, how well it is known, and what was reviewed."""
        from nnstudy.reading.writeback import Learned, write_back
        from nnstudy.words import moons

        row = self._note(note)
        cards, history = self.cards(row.id), list(self.store.log.history(note=row.id))
        known = moons(self.mastery(card.memory for card in cards))
        learned = Learned(self.today(), cards, history, known, self.clock.day_of)
        done = write_back(row, learned, self.now(), dry_run=dry_run)
        if done.backup is not None:
            self.add(done.path)
        return done

    def note_id(self, name: str | None) -> str | None:
        """The id of the note of this id, title or path; None for None; StudyError when there is none."""
        return None if name is None else self._note(name).id

    def _note(self, name: str) -> NoteRow:
        notes = self.store.notes.all()
        for note in notes:
            if name in (note.id, note.title, note.path) or str(Path(name).resolve()) == note.path:
                return note
        raise StudyError(f"note {name!r} is unknown{nearest(name, [note.id for note in notes])}")

    # --- review ---------------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """Which cards are asked, and what is spent on them."""
        return self._review.session

    def choose(
        self, note: str | None = None, *, sections: Sequence[str] | None = None, minutes: float | None = None,
        cram: bool = False,
    ) -> None:  # fmt: skip
        """Review the cards of this note only (None: of all), or of the sections with these ids, from now on.

        With `minutes`, only what fits into them. A `cram` asks all of these cards, the weakest first, whether they are
        due or not; its answers are logged, and do not move the schedule.
        """
        among = None if sections is None else tuple(sections)
        self._review.choose(Session(self.note_id(note), among, minutes, cram))

    def read_ahead(self) -> None:
        """Find out in a thread what is to be asked: for who does something else before `next`."""
        self._review.make_queue()

    def read_on(self) -> Callable[[], object]:
        """Let that thread go on where it waits, the first card being known; returns what waits for its end."""
        return self._review.go_on()

    @property
    def counted(self) -> bool:
        """Whether `counts` can be had at once."""
        return self._review.counted

    def next(self) -> StoredCard | None:
        """The card to ask now: the same until it is answered, suspended or buried; None when nothing is left.

        What another program has answered meanwhile is not asked again, nor what it is asking.
        """
        return self._review.next()

    def look_ahead(self) -> list[StoredCard]:
        """Do in a rest what the next answer would wait for; returns the cards that are likely to be asked after it."""
        return self._review.look_ahead()

    def open_question(self) -> StoredCard | None:
        """The open question to think about when no card is left to ask; None when all rest, or there is none."""
        return None if self.session.cram else self.drafts.next(self.session.note)

    def settle(self, card: str, draft: str | None = None) -> OpenQuestion:
        """Make a draft (the latest one) the answer of an open question, which is graded from then on."""
        settled = self.drafts.settle(card, draft)
        self._review.look_again()
        return settled

    def counts(self) -> Counts:
        """How many cards are left in this session: learning, due and new."""
        return self._review.queue().counts(self.now())

    def due(self) -> Due:
        """How much is due now, how much is new, and when the next card will be due."""
        from nnstudy.insight.standing import due

        return due(self.store.waiting, self.clock)

    def due_moment(self, memory: Memory) -> datetime | None:
        """The moment from which a card is due; None for a new card."""
        return memory.due_at if memory.due_day is None else self.clock.begin_of(memory.due_day)

    def retrievability(self, memory: Memory) -> float | None:
        """The probability of recalling a card now; None for a new card."""
        return self.scheduler().retrievability(memory, self.today())

    def preview(self, card: StoredCard) -> Mapping[Rating, Memory]:
        """What each rating, given now, would make of the card's memory."""
        return self._review.preview(card)

    def answer(
        self, card: StoredCard | str, rating: Rating | int, *, duration_ms: int = 0, runs: Iterable[str] = ()
    ) -> Memory:
        """Log an answer and move the card on: one transaction, on disk when the call returns.

        What counts is the card's memory as the database has it then: another program may have moved it on meanwhile.
        """
        asked = self.card(card) if isinstance(card, str) else card
        return self._review.answer(asked, Rating(rating), max(0, int(duration_ms)), runs)

    def undo(self) -> Undone | None:
        """Take back this machine's latest answer or deed; its card comes next. None: there is none."""
        undone = self.deeds().undo()
        if undone is not None:
            self._review.taken_back(undone.card, alone=len(undone.cards) < 2)
        return undone

    def deeds(self, store: Store | None = None) -> Deeds:
        """What can be done to cards, several at once; a thread gives a database of its own.

        Call `notes_changed` afterwards: other cards may be due.
        """
        from nnstudy.reviewing.deeds import Deeds

        of = store or self.store
        return Deeds(of, self.scheduler, self.now, self.today(), self.settings.device_name, self.zone)

    @property
    def plans(self) -> Plans:
        """Other due days for many cards: a backlog spread over days, or all of them moved."""
        from nnstudy.reviewing.plans import Plans

        return Plans(self.store, self.scheduler, self.today(), self.deeds())

    def shelf(self, store: Store) -> Shelf:
        """What a library shows of a database; a thread gives one of its own."""
        from nnstudy.insight.shelf import Shelf

        return Shelf(store, self.scheduler, self.now(), self.today(), self.zone)

    def suspend(self, card: StoredCard | str) -> None:
        """Do not ask this card any more, until it is taken back."""
        self._hold(card, "suspended", "1")

    def bury(self, card: StoredCard | str) -> None:
        """Do not ask this card again today."""
        self._hold(card, "buried_until", (self.today() + timedelta(days=1)).isoformat())

    def _hold(self, card: StoredCard | str, register: str, value: str) -> None:
        self._review.hold(self.card(card if isinstance(card, str) else card.id).id, register, value)

    # --- what the log says ----------------------------------------------------------------------------------------

    def _insight(self, store: Store) -> Insight:
        from nnstudy.insight.insight import Insight

        return Insight(store, self.settings, self.scheduler, self.zone)

    def stats(self) -> Diagnosis:
        """How well memory, its scheduler and one's own judgement do, and what to do about it."""
        return self._insight(self.store).stats(self.today())

    def stats_in_steps(self) -> Iterator[tuple[Diagnosis, frozenset[str]]]:
        """`stats`, what is counted soonest first, each with what is counted by then: for a thread of a screen."""
        with closing(Store(self.store.path)) as store:
            yield from self._insight(store).stats_in_steps(self.today())

    def agenda_in_steps(self) -> Iterator[Agenda]:
        """What today holds, what is counted soonest first: for a thread of a screen."""
        from nnstudy.insight.agenda import agenda_in_steps

        with closing(Store(self.store.path)) as store:
            yield from agenda_in_steps(store, self.settings, self.scheduler, self.zone, self.today(), self.now())

    def why(self, card: StoredCard | str) -> tuple[Explained, ...]:
        """Every review of a card, oldest first: the memory before and after it, and what other ratings had made."""
        return self._insight(self.store).why(self.card(card if isinstance(card, str) else card.id))

    def optimize(
        self, *, dry_run: bool = False, progress: Progress = _unheard,
        tell: Callable[[str], None] = lambda stage: None,
    ) -> Optimized:  # fmt: skip
        """Fit the parameters of FSRS to the log; those that predict held-out reviews better are kept.

        The schedule is then derived anew. `tell` hears what is being done before. Raises StudyError when there are too
        few reviews.
        """
        from nnstudy.insight.insight import Optimized

        found = self._insight(self.store).fit(tell)
        if dry_run or not found.better:
            return Optimized(found, kept=False, moved=0)
        moved = self._rebuilding.schedule_by(found.after, found, self.settings.device_name, progress)
        self._review.look_again()
        return Optimized(found, kept=True, moved=moved)

    def use_default_parameters(self, progress: Progress = _unheard) -> int:
        """Go back to the default parameters of FSRS; returns how many cards' schedules changed."""
        moved = self._rebuilding.schedule_by(DEFAULT_PARAMETERS, None, self.settings.device_name, progress)
        self._review.look_again()
        return moved

    def forecast(self, days: int = 30, retentions: Sequence[float] = (), *, only_due: bool = False) -> Forecast:
        """Reviews a day to come: as they are scheduled, and simulated at the desired and at other retentions."""
        return self._insight(self.store).forecast(self.today(), days, retentions, only_due)

    def summary(self, since: datetime) -> Summary:
        """What was done since then, and what comes tomorrow."""
        from nnstudy.insight.summary import summary

        return summary(self.store, since, self.today())

    # --- experiments ----------------------------------------------------------------------------------------------

    def laboratory(self) -> Laboratory:
        """The experiments of this program, of installed packages and of one's own, gathered once; and broken ones."""
        return self._gathering.laboratory()

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
        return self._bench.trial(card)

    def apart(self, outcome: OutcomeRow) -> str:
        """How far a predicted number was from what came out, in words; empty for a choice."""
        from nnstudy.experimenting.trials import apart

        return apart(self.laboratory(), outcome)

    def surprise(self, seed: int) -> Trial:
        """A question to predict outside of a review: one that was never answered, while there is one."""
        return self._bench.surprise(seed)

    def predict(self, trial: Trial, choice: float | str, confidence: str = "think so") -> Prediction:
        """Keep a prediction, a "guess", "think so" or "sure": the index of the choice, or the number, also as typed."""
        return self._bench.predict(trial, choice, confidence)

    def prediction(self, trial: Trial) -> Prediction | None:
        """The prediction made for this trial that no run has settled yet."""
        return self._bench.prediction(trial)

    def run(self, experiment: str, *, seed: int = 0, figure: str | Path | None = None, **parameters: object) -> Run:
        """Run an experiment to its end and keep the run; `figure` names a file (.png, .svg, .pdf) for its plots."""
        return self.run_with(experiment, parameters, seed=seed, figure=figure)

    def run_with(
        self, experiment: str, parameters: Mapping[str, object], *, seed: int = 0, figure: str | Path | None = None
    ) -> Run:
        """As `run`, with the parameters as a mapping."""
        return self._bench.run(experiment, parameters, seed, None if figure is None else Path(figure))

    def keep(self, experiment: Experiment, parameters: Any, seed: int, result: Frame, **what: Any) -> Run:
        """Keep a run that a screen has driven; see `nnstudy.experimenting.trials.keep_run`."""
        return self._bench.keep(experiment, parameters, seed, result, **what)

    def sweep(
        self, experiment: str, grid: Mapping[str, Sequence[object]], fixed: Mapping[str, object] | None = None, *,
        seeds: int = 10, workers: int | None = None, cluster: str | None = None,
        progress: Progress = _unheard,
    ) -> Sweep:  # fmt: skip
        """Run an experiment at every combination of a grid, with `fixed` parameters, for seeds 0 to `seeds` - 1."""
        return self.sweeps.run(self.sweeps.plan(experiment, grid, fixed, seeds), progress, workers, cluster)

    @cached_property
    def sweeps(self) -> KeptSweeps:
        """The sweeps that were made here: to plan, run, stop, take up and find again."""
        from nnstudy.experimenting.kept_sweeps import KeptSweeps

        return KeptSweeps(self.folder / "sweeps", self.experiment, self.now)

    @property
    def runs(self) -> KeptRuns:
        """The runs that were kept: to list, name, compare and run again."""
        return self.runs_in(self.store)

    def runs_in(self, store: Store) -> KeptRuns:
        """The same in a database of one's own, as a thread needs it."""
        from nnstudy.experimenting.kept import KeptRuns

        return KeptRuns(store, self.experiment, self.now, self.settings.device_name)

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
        progress: Progress = _unheard,
    ) -> None:  # fmt: skip
        """Write the history in a format (see `nnstudy.history.formats`) into a file, or to standard output.

        `progress` hears how many rows of how many are written.
        """
        self._exchange.export(format, output, self.note_id(note), progress)

    def rebuild(self, progress: Progress = _unheard) -> int:
        """Derive every card's state from the log anew; returns how many differed from what stood in the schedule.

        `progress` hears how many cards of how many are done.
        """
        differing = self._rebuilding.rebuild(progress)
        self._review.look_again()
        return differing

    def sync(self, folder: str | Path, progress: Progress = _unheard) -> Synced:
        """Write this machine's news into a folder that others share, and take in theirs; StudyError when it cannot."""
        synced = self._exchange.sync(Path(folder), progress)
        self._review.look_again()
        return synced

    def back_up(self, file: str | Path | None = None) -> Path:
        """Write a whole copy of the database, which may be in use, into a file; returns where."""
        return self._exchange.back_up(file)

    def back_up_daily(self) -> Path | None:
        """The first time of a day, keep a copy in `backups/`; None when today's is there already."""
        return self._exchange.back_up_daily()

    def take_in(self, path: str | Path, progress: Progress = _unheard) -> Merged:
        """Merge what a `jsonl` export, another nnstudy database or an Anki archive holds; twice is the same as once.

        Nothing known is overwritten by something older. Raises StudyError when the file is none of them.
        """
        merged = self._exchange.take_in(Path(path), progress)
        self._review.look_again()
        return merged

    # --- what the work goes to ------------------------------------------------------------------------------------

    @cached_property
    def _bench(self) -> Bench:
        from nnstudy.experimenting.bench import Bench

        return Bench(self.store, self._present, self.clock, self.laboratory())

    @cached_property
    def _exchange(self) -> Exchange:
        from nnstudy.exchange import Exchange

        return Exchange(self.store, self.folder, self._present, self.clock, self._rebuilding)

    @cached_property
    def _rebuilding(self) -> Rebuilding:
        from nnstudy.reviewing.rebuilding import Rebuilding

        return Rebuilding(self.store, self.scheduler, self.clock)
