"""Progress: how well one recalls, how much time it takes, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import get_current_worker

from nnstudy.errors import StudyError
from nnstudy.study import Study
from nnstudy.tui.bindings import named, turning
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.sparing import SparingStatic
from nnstudy.words import plural, visible

if TYPE_CHECKING:
    from nnstudy.insight.progress_figure import Page
    from nnstudy.lab.experiment import Panel
    from nnstudy.tui.widgets.plot import PanelPlot

MOST_KEPT = 20  # drawings: as many as there are figures


class ProgressScreen(Screen[None]):
    """The figures of the log, one at a time; they are added up in a thread."""

    CSS_PATH = "progress.tcss"
    HEADING = "Progress"  # in small letters, also the name of its files
    BINDINGS = [
        Binding("left_square_bracket,left", "turn(-1)", "Figure before", show=False),
        Binding("right_square_bracket,right", "turn(1)", "Next figure", show=False),
        Binding("g", "choose", "Figures"),
        Binding("f", "save_figure", "Save figures"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "app.pop_screen", "Back", key_display="q"),
    ]

    @dataclass
    class Counted(Message):
        """The figures, or the first of them; or why there are none."""

        pages: tuple[Page, ...]
        whole: bool
        trouble: str = ""

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        self.pages: tuple[Page, ...] = ()
        self.whole = False
        self._place = 0
        self._plot: PanelPlot | None = None
        self._wanted = ""  # the title of the page that was turned to

    def compose(self) -> ComposeResult:
        yield SparingStatic(Content.styled(self.HEADING, "bold $text-primary"), id="progress-title")
        yield Vertical(id="progress-plot")
        with VerticalScroll(id="progress-list"):
            yield Static(id="progress-lines")
        yield SparingStatic("Counting …", id="progress-advice")
        yield KeyBar(type(self))

    def on_mount(self) -> None:
        self.query_one("#progress-list").display = False
        self._count()

    @work(thread=True, group="progress")
    def _count(self) -> None:
        from nnstudy.insight.progress_figure import WHOLE, pages

        try:
            for found, counted in self.study.stats_in_steps():
                if not self.is_mounted or get_current_worker().is_cancelled:
                    return
                self.post_message(self.Counted(pages(found, counted), counted == WHOLE))
        except StudyError as trouble:
            self.post_message(self.Counted((), True, str(trouble)))

    def on_progress_screen_counted(self, message: Counted) -> None:
        if message.trouble:
            self.query_one("#progress-advice", Static).update(
                Content.styled(visible(message.trouble), "bold $text-error")
            )
            return
        self.pages, self.whole = message.pages, message.whole
        self._go(self._wanted)

    def _go(self, title: str) -> None:
        """Show the figure of this title, or the first one while it is not counted yet."""
        self._wanted, titles = title, [page.title for page in self.pages]
        self._place = titles.index(title) if title in titles else 0
        self._draw()

    def _draw(self) -> None:
        page, plot = self.pages[self._place], self.query_one("#progress-plot")
        counting = "" if self.whole else "   counting the others …"
        title = Content.assemble(
            (self.HEADING, "bold $text-primary"), "   ", (page.title, "bold"),
            (f"   {self._place + 1}/{len(self.pages)}  {turning(self)}{counting}", "dim"),
        )  # fmt: skip
        self.query_one("#progress-title", Static).update(title, layout=False)
        self.query_one("#progress-advice", Static).update(Content(visible(named(self, page.advice))))
        listed = self.query_one("#progress-list")
        plot.display, listed.display = page.panel is not None, page.panel is None
        if page.panel is not None:
            self._show_panel(page.panel)
        else:
            lines = [_line(line) for line in page.lines or ("Nothing to show yet.",)]
            self.query_one("#progress-lines", Static).update(Content("\n").join(lines))
            listed.scroll_home(animate=False)
            listed.focus()

    def _show_panel(self, panel: Panel) -> None:
        from nnstudy.tui.widgets.plot import PanelPlot  # loads NumPy: only when a first plot is drawn

        if self._plot is None:
            self._plot = PanelPlot(panel, keeps=MOST_KEPT)
            self.query_one("#progress-plot").mount(self._plot)
        self._plot.show(panel)

    def action_turn(self, steps: int) -> None:
        if self.pages:
            self._go(self.pages[(self._place + steps) % len(self.pages)].title)

    def action_choose(self) -> None:
        """Go to one of the figures."""
        from nnstudy.tui.screens.pick import PickScreen

        titles = [page.title for page in self.pages]  # others may be counted meanwhile
        if titles:
            self.app.push_screen(
                PickScreen(self.HEADING, titles, self._place),
                lambda place: None if place is None else self._go(titles[place]),
            )

    @work(thread=True, group="save", exclusive=True)
    def action_save_figure(self) -> None:
        """Save the figures, all panels in one, as PNG, SVG and PDF."""
        from nnstudy.figures import save
        from nnstudy.lab.experiment import Figure

        app = self.app  # the screen may be left meanwhile
        panels = tuple(page.panel for page in self.pages if page.panel is not None)
        if not panels:
            app.call_from_thread(app.notify, "There is no figure to save yet.", timeout=3)
            return
        app.call_from_thread(app.notify, f"Saving {plural(len(panels), 'figure')} as PNG, SVG and PDF …", timeout=3)
        try:
            for kind in ("png", "svg", "pdf"):
                name = f"{self.HEADING.lower()}-{self.study.today()}.{kind}"
                path = save(Figure(self.HEADING, panels), self.study.folder / "figures" / name)
        except StudyError as trouble:
            app.call_from_thread(app.notify, str(trouble), severity="error", markup=False)
        else:
            app.call_from_thread(app.notify, f"Saved: {path.with_suffix('')}.png, .svg, .pdf", markup=False)


def _line(line: str) -> Content:
    """A line of a list; what only says more of the one above it is dim."""
    from nnstudy.insight.progress_figure import BELOW

    return Content.styled(visible(line), "dim" if line.startswith(BELOW) else "")
