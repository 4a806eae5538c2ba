"""Today: what is due by section, how well each is known, and one key to begin."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from nnstudy.store.records import SectionState
from nnstudy.study import NoteState, Study
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.words import mastery_word, moons, plural, shorten, until, visible

NAME_WIDTH = 38


class TodayScreen(Screen[None]):
    """Where every evening begins."""

    CSS_PATH = "today.tcss"
    BINDINGS = [
        Binding("enter", "begin", "Begin"),
        Binding("l", "lab", "Lab"),
        Binding("h", "runs", "Runs"),
        Binding("p", "progress", "Progress"),
        Binding("u", "undo", "Undo"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study

    def compose(self) -> ComposeResult:
        yield Static(id="begin")
        with VerticalScroll(id="notes"):
            yield Static(id="sections")
        yield KeyBar(TodayScreen)

    def on_mount(self) -> None:
        self.show()

    def on_screen_resume(self) -> None:
        self.show()

    def show(self) -> None:
        """Draw what the database says now."""
        sections = self.study.sections()
        lines: list[Content] = []
        for note in self.study.notes():
            lines += [self._note_line(note), *self._section_lines(note, sections), Content("")]
        self.query_one("#sections", Static).update(Content("\n").join(lines))
        self.query_one("#begin", Static).update(self._invitation())
        self.set_focus(self.query_one("#notes"))

    def notes_changed(self) -> None:
        """Notes were read again."""
        if self.is_current:
            self.show()

    def _invitation(self) -> Content:
        """What there is to do now, and the key that begins."""
        due, left = self.study.due(), self.study.counts()
        now = left.learning + left.due + left.new
        parts: list[str | tuple[str, str]] = [("nnstudy", "bold $text-primary"), "   "]
        if now:
            what = [plural(left.learning + left.due, "card") + " due"] if left.learning + left.due else []
            what += [f"{left.new} new"] if left.new else []
            parts += [(", ".join(what), "bold"), "\n", ("Enter", "bold reverse"), " begins"]
            parts += (
                [f"   ·   after that, the next card is due {until(due.next, self.study.now())}"] if due.next else []
            )
        else:
            parts += [("All done for now.", "bold $text-success"), "\n"]
            if waiting := self.study.drafts.waiting():
                parts += [("Enter", "bold reverse"), f" thinks about {plural(waiting, 'open question')}   ·   "]
            parts += [
                f"The next card is due {until(due.next, self.study.now())}." if due.next else "No card is waiting."
            ]
        return Content.assemble(*parts)

    def _note_line(self, note: NoteState) -> Content:
        name = shorten(visible(note.note.title), NAME_WIDTH).ljust(NAME_WIDTH + 2)
        return Content.assemble((name, "bold"), (f"{'due':>5}{'new':>6}   mastery", "dim"))

    def _section_lines(self, note: NoteState, sections: list[SectionState]) -> list[Content]:
        return [self._section_line(section) for section in sections if section.note == note.note.id]

    def _section_line(self, section: SectionState) -> Content:
        depth = max(0, len(section.headings) - 2)
        name = "  " * depth + (visible(section.headings[-1]) if section.headings else "(before the first heading)")
        mastery = self.study.mastery(section.memories)
        return Content.assemble(
            "  " + shorten(name, NAME_WIDTH).ljust(NAME_WIDTH),
            (f"{section.due or '·':>5}", "bold $text-success" if section.due else "dim"),
            (f"{section.new or '·':>6}", "$text-accent" if section.new else "dim"),
            f"   {moons(mastery)} ",
            (mastery_word(mastery), "dim"),
        )

    def action_begin(self) -> None:
        from nnstudy.tui.screens.review import ReviewScreen

        self.app.switch_screen(ReviewScreen(self.study))

    def action_lab(self) -> None:
        from nnstudy.tui.screens.lab import LabScreen

        self.app.push_screen(LabScreen(self.study))

    def action_runs(self) -> None:
        from nnstudy.tui.screens.runs import RunsScreen

        self.app.push_screen(RunsScreen(self.study))

    def action_progress(self) -> None:
        from nnstudy.tui.screens.progress import ProgressScreen

        self.app.push_screen(ProgressScreen(self.study))

    def action_undo(self) -> None:
        undone = self.study.undo()
        self.notify("Nothing to undo." if undone is None else "Taken back; the card comes first.", timeout=3)
        self.show()
