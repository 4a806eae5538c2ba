"""Review: the question with its experiment; predict, run, look, reveal, grade."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.message import Message

from nnstudy.errors import StudyError
from nnstudy.memory.intervals import interval_words
from nnstudy.memory.scheduler import Memory, Rating
from nnstudy.settings import seconds
from nnstudy.store.records import StoredCard
from nnstudy.study import Study
from nnstudy.tui.bindings import LETTERS, key, named
from nnstudy.tui.screens.predict import PREDICT_KEYS, PredictScreen
from nnstudy.tui.widgets.card import CardView, Ticked, crumbs, told_drafts
from nnstudy.tui.widgets.grades import GradeBar
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.painted import Texts
from nnstudy.tui.widgets.topline import TopLine
from nnstudy.words import plural

if TYPE_CHECKING:
    from nnstudy.tui.screens.draft import Written
    from nnstudy.tui.widgets.figure import FigureView

REST_SECONDS = 0.05  # after a question was painted, until its answer is prepared
NO_FORMULA = "This card has no formula."


class Stopwatch:
    """Study time: from the question to the grade, pauses cut to a limit."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self.restart()

    def restart(self) -> None:
        """A new question stands on the screen."""
        self._spent, self._last = 0.0, time.monotonic()

    def touch(self) -> float:
        """The learner did something; returns the seconds spent so far."""
        now = time.monotonic()
        self._spent += min(now - self._last, self._limit)
        self._last = now
        return self._spent


class ReviewScreen(PredictScreen):
    """One card after the other until nothing is left.

    The letters a to d predict while the choices stand on the screen; at any other time b buries (B always does). Before
    the reveal digits begin the number that is asked for, afterwards 1 to 4 grade.
    """

    CSS_PATH = "trial.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("space", "reveal", "Reveal"),
        *[Binding(str(r.value), f"grade({r.value})", r.name.title(), show=False) for r in Rating],
        *PREDICT_KEYS,
        Binding("r", "run", "Run", show=False),
        Binding("i", "inspect", "Inspect", show=False),
        Binding("u", "undo", "Undo"),
        Binding("s", "suspend", "Suspend"),
        Binding("B", "bury", "Bury", key_display="b"),
        Binding("e", "edit", "Note"),
        Binding("m", "source", "Formulas' source", show=False),
        Binding("M", "images", "Formulas as images", show=False),
        Binding("w", "draft", "Draft", show=False),
        Binding("left_square_bracket", "turn(-1)", "Panel before", show=False),
        Binding("right_square_bracket", "turn(1)", "Next panel", show=False),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "leave", "Leave", key_display="q"),
    ]

    class Loaded(Message):
        """The experiments can be had from now on."""

    class Counted(Message):
        """How many cards are left is known from now on."""

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        self.top, self.face, self.grades = TopLine(), CardView(id="card"), GradeBar()
        self.card: StoredCard | None = None
        self.trial = None
        self.prediction = None
        self.runs: list[str] = []
        self.revealed = self.ready = False
        self.proposed: Rating | None = None  # by what came of the prediction
        self.ticked: Rating | None = None  # by the share of points that were ticked
        self._waits: tuple[tuple[object, ...], Mapping[Rating, str]] | None = None  # what each grade would give
        self.watch_time = Stopwatch(seconds(study.settings.pause_limit))
        self.began = study.now()

    def compose(self) -> ComposeResult:
        yield self.top
        with Container(id="body"):
            yield self.face
        yield self.grades
        yield KeyBar(ReviewScreen)

    def on_mount(self) -> None:
        self.ask()
        self.call_after_refresh(lambda: self._load(self.study.read_on()))

    # --- the card on the screen -----------------------------------------------------------------------------------

    def ask(self) -> None:
        """Show the next card, or the end of the session."""
        self.card = card = self.study.next() or self.study.open_question()
        if card is None:
            from nnstudy.tui.screens.finished import FinishedScreen

            self.app.switch_screen(FinishedScreen(self.study, self.began))
            return
        self.revealed, self.proposed, self.ticked, self.runs = False, None, None, []
        self.top.write(crumbs(card), self._left())
        self._give_room(revealed=False)
        self.face.ask(card)
        self.grades.hide(card.is_open)
        self.set_focus(self.face)
        self.watch_time.restart()
        self.trial, self._waits = None, None
        self._invoke_later(partial(self._bring_trial, card), self)  # `call_after_refresh` would take a message

    def notes_changed(self) -> None:
        """Notes were read again: the card on the screen stays, in its new wording; one that is gone makes room."""
        if (shown := self.card) is None:
            return
        self.study.notes_changed(shown.id)
        now = self.study.card(shown.id)
        if now.retired:
            self.ask()
            return
        self.card = now
        self.top.write(crumbs(now), self._left())
        if now.wording != shown.wording:
            self.face.ask(now)
            if self.revealed and not now.is_open:
                self.face.reveal(now)

    @work(thread=True, group="load")
    def _load(self, count: Callable[[], object]) -> None:
        """NumPy and the experiments take a moment to load: meanwhile the first question is read."""
        count()
        self.post_message(self.Counted())
        import nnstudy.tui.widgets.trial  # noqa: F401

        self.study.prepare()
        self.post_message(self.Loaded())  # which is dropped where the review was left meanwhile

    def on_review_screen_counted(self) -> None:
        if self.card is not None:
            self.top.write(crumbs(self.card), self._left())
            self.set_timer(REST_SECONDS, self._prepare)

    def on_review_screen_loaded(self) -> None:
        self.ready = True
        self.app._load_screen_css(self)  # of the first screen Textual reads no style sheet
        if self.card is not None:
            self._bring_trial(self.card)

    def _bring_trial(self, card: StoredCard) -> None:
        """Show the card's experiment, once it can be had and unless the card was answered meanwhile."""
        if self.card is None or card.id != self.card.id:
            return
        self.set_timer(REST_SECONDS, self._prepare)
        if not self.ready:
            return
        self.trial = self.study.trial(card)
        self.prediction = self.study.prediction(self.trial) if self.trial else None
        if self.view is None and self.trial is not None:
            from nnstudy.tui.widgets.trial import TrialView

            self.query_one("#body").mount(TrialView(id="trial"))
        if self.view is not None:
            self.view.offer(self.trial, self.prediction)

    def _left(self) -> Texts:
        if not self.study.counted:
            return ()
        counts = self.study.counts()
        if self.study.session.cram:
            left = counts.learning + counts.due + counts.new
            return ((f"cram, the schedule stays · {left} left", "$text-warning"),)
        parts = [(counts.learning, "learning", "$text-warning"), (counts.due, "due", "$text-success")]
        parts.append((counts.new, "new", "$text-accent"))
        words = [(f"{count} {word}", colour) for count, word, colour in parts if count]
        return tuple(part for word in words for part in ((" · ", ""), word))[1:]

    @property
    def predicting(self) -> bool:
        return super().predicting and not self.revealed

    def rest(self) -> None:
        self.set_focus(self.face)

    # --- predict, run, look ---------------------------------------------------------------------------------------

    def action_predict(self, choice: int) -> None:
        self.watch_time.touch()
        choosing = self.predicting and self.trial is not None and self.trial.question.choices
        if not choosing and choice == LETTERS.index("b"):
            self.action_bury()
        else:
            super().action_predict(choice)

    def action_run(self) -> None:
        self.watch_time.touch()
        view = self.view
        if not self.ready:
            self.notify("One moment: the experiments are being loaded.", timeout=2)
        elif view is None or self.trial is None:
            self.notify("This section has no experiment; `nnstudy lab` has them all.")
        elif view.figure is not None and view.figure.running:
            view.figure.stop()
        elif self.prediction is None and self.predicting and not view.has_class("-asked"):
            view.add_class("-asked")
            view.hint(f"predict first: {view.ways} (or {key(self, 'run')} again to run without)")
        else:
            view.remove_class("-asked")
            view.run()

    def on_figure_view_run_finished(self, message: FigureView.RunFinished) -> None:
        from nnstudy.tui.widgets.trial import told

        view, trial, prediction = self.view, self.trial, self.prediction
        if self.card is None or view is None or trial is None:
            return
        run = self.study.keep(
            message.experiment, message.parameters, message.seed, message.result, seconds=message.seconds,
            status=message.status, card=self.card.id, prediction=prediction, question=trial.question,
        )  # fmt: skip
        self.runs.append(run.id)
        if message.status == "stopped":
            view.settle(Content("stopped: what was measured so far is kept"))
            return
        self.prediction = None
        if prediction is not None:
            right = trial.question.right(prediction.given, trial.question.answer(run.result))
            self.proposed = prediction.proposes(right)
            if self.revealed:
                self._offer_grades()
        view.settle(told(run, trial.question, prediction))

    def on_figure_view_run_failed(self, message: FigureView.RunFailed) -> None:
        if self.view is not None:
            self.view.settle(Content.assemble(("The run failed: ", "bold $text-error"), message.reason))

    def action_turn(self, steps: int) -> None:
        if self.view is not None and self.view.figure is not None:
            self.view.figure.turn(steps)

    def action_inspect(self) -> None:
        if (trial := self.trial) is not None and self.view is not None:
            from nnstudy.tui.screens.lab import LabScreen

            card = self.card.id if self.card else None
            frame = self.view.figure.frame if self.view.figure else None
            self.app.push_screen(LabScreen(self.study, trial.experiment, trial.parameters, trial.seed, frame, card))

    # --- reveal and grade -----------------------------------------------------------------------------------------

    def action_reveal(self) -> None:
        if self.card is not None and not self.revealed:
            self.watch_time.touch()
            self.revealed = True
            self._give_room(revealed=True)
            if self.card.is_open:
                self.face.answer(told_drafts(self.study.drafts.question(self.card.id)))
                return
            self.face.reveal(self.card)
            self.rest()
            self._offer_grades()

    def _give_room(self, revealed: bool) -> None:
        """On a narrow screen a revealed answer takes room from the experiment; a wide one stays as it is."""
        self.set_class(revealed and self.has_class("-narrow"), "-revealed")

    def on_resize(self) -> None:
        self.call_after_refresh(self._give_room, self.revealed)

    def _prepare(self) -> None:
        """Make what the reveal and the next cards will show while the question is read: then it is only painted."""
        if self.card is None or self.revealed or self.card.is_open or not self.is_current:
            return
        self.face.prepare()
        self.grades.expect(self._intervals(self.card), self._proposal)
        for card in self.study.look_ahead() if self.study.counted else ():
            self.face.expect(card)

    def _offer_grades(self) -> None:
        assert self.card is not None
        self.grades.offer(self._intervals(self.card), self._proposal)

    @property
    def _proposal(self) -> Rating | None:
        return min((rating for rating in (self.proposed, self.ticked) if rating is not None), default=None)

    def _intervals(self, card: StoredCard) -> Mapping[Rating, str]:
        """When the card would be asked again after each grade, in words; the same all day."""
        today, cram = self.study.today(), self.study.session.cram
        state = card, today, cram, self.study.scheduler(card.desired_retention)
        if self._waits is None or self._waits[0] != state:
            if cram:
                words = {rating: "" if rating > Rating.AGAIN else "once more" for rating in Rating}
            else:
                now, previews = self.study.now(), self.study.preview(card)
                words = {rating: interval_words(memory, now, today) for rating, memory in previews.items()}
            self._waits = state, words
        return self._waits[1]

    def on_ticked(self, message: Ticked) -> None:
        self.watch_time.touch()
        self.ticked = message.proposed
        self._offer_grades()

    def on_grade_bar_revealed(self) -> None:
        self.action_reveal()

    def on_grade_bar_chosen(self, message: GradeBar.Chosen) -> None:
        self.action_grade(message.rating)

    def action_grade(self, rating: int) -> None:
        if self.card is None:
            return
        if self.card.is_open:
            self.notify(named(self, "Nobody has answered this yet: {draft} writes a draft."), timeout=3)
            return
        if not self.revealed:
            self.notify(named(self, "{reveal} reveals the answer; then grade it.").capitalize(), timeout=2)
            return
        spent = round(self.watch_time.touch() * 1000)
        self._try(lambda: self.study.answer(self.card, Rating(rating), duration_ms=spent, runs=self.runs))  # type: ignore[arg-type]

    def _try(self, act: Callable[[], Memory | None]) -> None:
        """Do what changes the log, then ask the next card; where it could not be kept, say so and stay."""
        try:
            act()
        except StudyError as trouble:
            self.notify(str(trouble), severity="error", timeout=10, markup=False)
            return
        self.ask()

    def action_undo(self) -> None:
        try:
            undone = self.study.undo()
        except StudyError as trouble:
            self.notify(str(trouble), severity="error", timeout=10, markup=False)
            return
        if undone is None:
            self.notify("Nothing to undo.", timeout=2)
            return
        of = "this card" if len(undone.cards) < 2 else plural(len(undone.cards), "card")
        self.notify(f"Taken back: the {undone.word} of {of}.", timeout=2)
        self.ask()

    def action_suspend(self) -> None:
        if self.card is not None:
            self._try(lambda: self.study.suspend(self.card))  # type: ignore[arg-type]
            self.notify(named(self, "Suspended; {undo} takes it back."), timeout=2)

    def action_bury(self) -> None:
        if self.card is not None:
            self._try(lambda: self.study.bury(self.card))  # type: ignore[arg-type]
            self.notify(named(self, "Buried until tomorrow; {undo} takes it back."), timeout=2)

    def action_draft(self) -> None:
        """Write an answer to an open question; the runs made meanwhile are kept as its evidence."""
        if self.card is None or self.card.kind != "open":
            self.notify("Drafts belong to open questions; this card has its answer.", timeout=3)
            return
        from nnstudy.tui.screens.draft import DraftScreen

        question = self.study.drafts.question(self.card.id)
        self.app.push_screen(DraftScreen(self.study, question, self.runs), partial(self._keep_draft, self.card.id))

    def _keep_draft(self, card: str, written: Written | None) -> None:
        if written is None:
            return
        try:
            written.keep(self.study, card)
        except StudyError as trouble:
            self.notify(str(trouble), severity="error", timeout=10, markup=False)
            return
        kept = "Settled: from now on this card is graded." if written.settles else "Kept; it comes back in a week."
        self.notify(kept, timeout=4)
        self.ask()

    def action_edit(self) -> None:
        from nnstudy.tui.editor import edit

        if self.card is not None and edit(self.app, self.study, self.card):
            self.ask()

    def action_source(self) -> None:
        if not self.face.toggle_source():
            self.notify(NO_FORMULA, timeout=2)

    def action_images(self) -> None:
        formulas = self.face.formulas()
        if not formulas:
            self.notify(NO_FORMULA, timeout=2)
            return
        from nnstudy.tui.images import image_widget
        from nnstudy.tui.screens.formulas import FormulasScreen

        try:
            image = image_widget(self.app)
        except StudyError as trouble:
            self.notify(str(trouble), timeout=8, markup=False)
            return
        self.app.push_screen(FormulasScreen(formulas, image))

    def action_leave(self) -> None:
        from nnstudy.tui.screens.today import TodayScreen

        self.study.claims.put_down()
        self.app.switch_screen(TodayScreen(self.study))
