"""Memory made visible: how one forgets, what comes, what a year costs; parameters fitted to the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from nnstudy.errors import StudyError
from nnstudy.tui.bindings import key, named
from nnstudy.tui.screens.progress import ProgressScreen
from nnstudy.words import plural, visible

if TYPE_CHECKING:
    from nnstudy.insight.insight import Optimized

YEAR = 365


class MemoryScreen(ProgressScreen):
    """The figures of memory, one at a time; what takes long is done in a thread."""

    HEADING = "Memory"
    BINDINGS = [
        Binding("left_square_bracket,left", "turn(-1)", "Figure before", show=False),
        Binding("right_square_bracket,right", "turn(1)", "Next figure", show=False),
        Binding("g", "choose", "Figures", show=False),
        Binding("o", "optimize", "Optimize"),
        Binding("d", "default", "Default parameters", show=False),
        Binding("s", "plan('spread')", "Spread"),
        Binding("v", "plan('move')", "Move"),
        Binding("u", "undo", "Undo"),
        Binding("f", "save_figure", "Save figures"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "app.pop_screen", "Back", key_display="q"),
    ]

    @dataclass
    class Working(Message):
        """What is being done just now."""

        what: str

    @dataclass
    class Fitted(Message):
        """A fit is over; or it failed."""

        found: Optimized | None
        trouble: str = ""

    @dataclass
    class WentBack(Message):
        """The default parameters count again: so many cards moved; or why not."""

        moved: int
        trouble: str = ""

    @dataclass
    class Undone(Message):
        """What was taken back, in words; or why not."""

        words: str
        trouble: str = ""

    def on_mount(self) -> None:
        self.fitted: Optimized | None = None
        self.fitting = False  # or going back to the defaults
        super().on_mount()

    @work(thread=True, group="memory", exclusive=True)
    def _count(self) -> None:
        """Count the figures, what is known soonest first."""
        from nnstudy.insight.memory_figure import coming, curve, year_ahead
        from nnstudy.memory.forecast import RETENTIONS

        worker = get_current_worker()
        try:
            with self.study.beside() as study:
                pages = [curve(study.scheduler().policy.parameters, self.fitted)]
                pages.append(coming(study.forecast(YEAR, only_due=True)))
                if worker.is_cancelled or not self.is_mounted:
                    return
                self.post_message(self.Counted(tuple(pages), whole=False))
                pages += year_ahead(study.forecast(YEAR, RETENTIONS))
                if not worker.is_cancelled and self.is_mounted:
                    self.post_message(self.Counted(tuple(pages), whole=True))
        except StudyError as trouble:
            self.post_message(self.Counted((), True, str(trouble)))

    def action_optimize(self) -> None:
        """Fit the parameters to the log."""
        if self._is_free():
            self._say("Fitting …")
            self._fit()

    def action_default(self) -> None:
        """Let the default parameters count again."""
        if self._is_free():
            self._say("Going back …")
            self._go_back()

    def _is_free(self) -> bool:
        """Whether the parameters can be changed now; from then on others cannot."""
        if self.fitting:
            self.notify("One moment: the parameters are being changed already.", timeout=2)
            return False
        self.fitting = True
        return True

    @work(thread=True, group="fit")
    def _fit(self) -> None:
        try:
            with self.study.beside() as study:
                found = study.optimize(progress=self._deriving, tell=lambda stage: self._tell(f"{stage} …"))
        except StudyError as trouble:
            self.post_message(self.Fitted(None, str(trouble)))
        else:
            self.post_message(self.Fitted(found))

    @work(thread=True, group="fit")
    def _go_back(self) -> None:
        try:
            with self.study.beside() as study:
                moved = study.use_default_parameters(self._deriving)
        except StudyError as trouble:
            self.post_message(self.WentBack(0, str(trouble)))
        else:
            self.post_message(self.WentBack(moved))

    def on_memory_screen_went_back(self, message: WentBack) -> None:
        self.fitting = False
        if message.trouble:
            self._say(message.trouble)
            return
        self.fitted = None
        self.study.take_up()
        self.notify(f"The defaults count again; {plural(message.moved, 'card')} moved.", timeout=4)
        self._count()

    def _deriving(self, done: int, total: int) -> None:
        self._tell(f"deriving the schedule: {done:,} of {total:,} cards")

    def _tell(self, what: str) -> None:
        self.post_message(self.Working(what[:1].upper() + what[1:]))

    def on_memory_screen_working(self, message: Working) -> None:
        self._say(message.what)

    def _say(self, words: str) -> None:
        self.query_one("#progress-advice", Static).update(Content(visible(words)))

    def on_memory_screen_fitted(self, message: Fitted) -> None:
        from nnstudy.insight.memory_figure import CURVE, told

        self.fitting = False
        if message.found is None:
            self._say(message.trouble)
            return
        self.fitted, self._wanted = message.found, CURVE
        if message.found.kept:
            self.study.take_up()
        self._say(named(self, told(message.found)))
        self._count()

    def action_plan(self, what: str) -> None:
        """Show other due days before they are kept."""
        from nnstudy.tui.screens.plan import PlanScreen

        self.app.push_screen(PlanScreen(self.study, what), self._moved)

    def _moved(self, moved: int | None) -> None:
        if moved is not None:
            self.notify(f"{plural(moved, 'card')} moved; {key(self, 'undo')} takes it back.", timeout=4)
            self._count()

    @work(thread=True, group="undo", exclusive=True)
    def action_undo(self) -> None:
        """Take back the latest answer or deed, in a thread: it may concern many cards."""
        try:
            with self.study.beside() as study:
                undone = study.deeds().undo()
        except StudyError as trouble:
            self.post_message(self.Undone("", str(trouble)))
        else:
            words = f"Taken back: {undone.told}." if undone else "Nothing to undo."
            self.post_message(self.Undone(words))

    def on_memory_screen_undone(self, message: Undone) -> None:
        self.notify(message.words or message.trouble, timeout=4, markup=False)
        self.study.take_up()
        self._count()
