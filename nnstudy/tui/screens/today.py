"""Today: what is due and how long it takes, the year behind, the weeks ahead, and one key to begin."""

from dataclasses import dataclass

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from nnstudy.errors import StudyError
from nnstudy.insight.agenda import Agenda, NoteDue, SectionDue
from nnstudy.reviewing.session import Session
from nnstudy.store.store import in_words
from nnstudy.study import Study
from nnstudy.tui.bindings import key, named
from nnstudy.tui.palette import go
from nnstudy.tui.widgets.days import fortnight, year_map
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.sparing import SparingList
from nnstudy.words import fitted, mastery_word, moons, plural, shorten, span, until, visible

FOLDED_FROM = 200  # rows of notes and sections: with more, notes are folded at first
NUMBERS, MOONS, WORD = 11, 12, 9  # cells beside a name
WORDS_FROM = 64  # cells of a line that has room for a word on mastery
LISTED = 3  # predictions, beliefs
MARGIN, FIGURES = 4, 63  # cells beside the lines, and of the figures beside them, as in the style sheet


@dataclass(frozen=True)
class Row:
    """What a line of the list stands for: everything, a note, or a section with those below it."""

    note: NoteDue | None = None
    section: SectionDue | None = None

    @property
    def sections(self) -> tuple[str, ...] | None:
        """The ids of the sections that it stands for; None for all of a note, or of all notes."""
        if self.note is None or self.section is None:
            return None
        top = self.section.headings
        return tuple(section.id for section in self.note.sections if section.headings[: len(top)] == top)


class TodayScreen(Screen[None]):
    """Where every evening begins; it is painted at once, and counted in a thread."""

    CSS_PATH = "today.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("enter", "begin", "Begin"),
        Binding("t", "minutes", "Minutes"),
        Binding("c", "cram", "Cram", show=False),
        Binding("space", "fold", "Fold", show=False),
        Binding("l", "lab", "Lab"),
        Binding("h", "runs", "Runs", show=False),
        Binding("p", "progress", "Progress"),
        Binding("m", "memory", "Memory"),
        Binding("b", "library", "Library"),
        Binding("o", "questions", "Open questions", show=False),
        Binding("u", "undo", "Undo", show=False),
        Binding("comma", "settings", "Settings", key_display=",", show=False),
        Binding("question_mark", "app.help", "Help"),
        Binding("q", "app.quit", "Quit"),
    ]

    @dataclass
    class Counted(Message):
        """What today holds, as far as it is counted; or why it cannot be."""

        asked: int
        agenda: Agenda | None
        trouble: str = ""

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        self.agenda: Agenda | None = None
        self.rows: list[Row] = []
        self._asked = 0
        self._listing: tuple[object, ...] = ()  # what is listed, and how
        self._unfolded: set[str] | None = None  # ids of notes; None: not decided yet

    def compose(self) -> ComposeResult:
        yield Static(Content.assemble(("nnstudy", "bold $text-primary"), "   counting …"), id="begin")
        with Container(id="today"):
            with Vertical(id="waiting"):
                yield Static(id="columns")
                yield SparingList(Option("Everything"), id="notes", markup=False)
            with VerticalScroll(id="agenda"):
                yield Static(id="figures")
        yield KeyBar(TodayScreen)

    def on_mount(self) -> None:
        self.query_one("#notes", OptionList).highlighted = 0  # so that it can be begun before it is counted

    def on_screen_resume(self) -> None:
        self.show()

    def on_resize(self, event: events.Resize) -> None:
        if self.agenda is not None:
            self.call_after_refresh(self._draw)

    def show(self) -> None:
        """Count what the database says now, and draw it."""
        self._asked += 1
        self.query_one("#notes").focus()
        self._count(self._asked)

    def notes_changed(self) -> None:
        """Notes were read again."""
        if self.is_current:
            self.show()

    @work(thread=True, group="today")
    def _count(self, asked: int) -> None:
        try:
            for found in self.study.agenda_in_steps():
                if get_current_worker().is_cancelled or asked != self._asked:
                    return
                self.post_message(self.Counted(asked, found))
        except Exception as trouble:
            said = str(trouble) if isinstance(trouble, StudyError) else in_words(trouble)
            if said is None:
                raise
            self.post_message(self.Counted(asked, None, said))

    def on_today_screen_counted(self, message: Counted) -> None:
        if message.asked != self._asked:
            return
        if message.agenda is None:
            self.query_one("#begin", Static).update(Content.styled(visible(message.trouble), "bold $text-error"))
            return
        self.agenda = message.agenda
        self._draw()

    # --- what is drawn ---------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if (agenda := self.agenda) is None or not self.is_mounted:
            return
        self.query_one("#begin", Static).update(self._invitation(agenda))
        self._list(agenda)
        self.query_one("#figures", Static).update(Content("\n\n").join(self._figures(agenda)))

    def _list(self, agenda: Agenda) -> None:
        listed = self.query_one("#notes", OptionList)
        before = self.rows[listed.highlighted] if listed.highlighted is not None and self.rows else Row()
        if self._unfolded is None:
            count = sum(1 + len(note.sections) for note in agenda.notes)
            self._unfolded = {note.id for note in agenda.notes} if count <= FOLDED_FROM else set()
        self.rows = [Row()]
        for note in agenda.notes:
            self.rows.append(Row(note))
            if note.id in self._unfolded:
                self.rows += [Row(note, section) for section in note.sections]
        width = self.size.width - MARGIN - (FIGURES if self.has_class("-wide") else 0)
        listing = agenda.notes, frozenset(self._unfolded), width
        if listing == self._listing:
            return  # only the figures beside it are others: a key need not wait for the same lines
        self._listing = listing
        heads = f"{'':{self._room(width)}}{'due':>5}{'new':>6}  mastery"
        self.query_one("#columns", Static).update(Content.styled(heads, "dim"))
        listed.set_options([Option(self._line(agenda, row, width)) for row in self.rows])
        listed.highlighted = next((n for n, row in enumerate(self.rows) if _same(row, before)), 0)

    def _room(self, width: int) -> int:
        """The cells of a name."""
        return width - NUMBERS - MOONS - (WORD if width >= WORDS_FROM else 0)

    def _line(self, agenda: Agenda, row: Row, width: int) -> Content:
        has_word, room = width >= WORDS_FROM, self._room(width)
        if row.note is None:
            name, due, new = "Everything", sum(n.due for n in agenda.notes), sum(n.new for n in agenda.notes)
            numbers = _number(due, 5, "$text-success"), _number(new, 6, "$text-accent")
            return Content.assemble((fitted(name, room), "bold"), *numbers)
        if row.section is None:
            fold = "▾ " if row.note.id in (self._unfolded or ()) else "▸ "
            name, due, new, mastery = fold + visible(row.note.title), row.note.due, row.note.new, _mastery(row.note)
        else:
            headings, section = row.section.headings, row.section
            depth = "  " * max(1, len(headings) - 1)
            name = depth + (visible(headings[-1]) if headings else "(before the first heading)")
            due, new, mastery = section.due, section.new, section.mastery
        parts = [
            (fitted(shorten(name, room - 1), room), "bold" if row.section is None else ""),
            _number(due, 5, "$text-success"), _number(new, 6, "$text-accent"),
        ]  # fmt: skip
        if mastery is not None:
            parts += [("  " + moons(mastery), "")]
            parts += [(f" {mastery_word(mastery)}", "dim")] if has_word else []
        return Content.assemble(*parts)

    def _invitation(self, agenda: Agenda) -> Content:
        """What there is to do now, how long it takes, and the key that begins."""
        parts: list[str | tuple[str, str]] = [("nnstudy", "bold $text-primary"), "   "]
        after = until(agenda.next, self.study.now()) if agenda.next else ""
        if agenda.due + agenda.new:
            what = [plural(agenda.due, "card") + " due"] if agenda.due else []
            what += [f"{agenda.new} new"] if agenda.new else []
            parts += [
                (", ".join(what), "bold"),
                f"   {self._takes(agenda)}\n",
                (key(self, "begin"), "bold reverse"),
                " begins",
            ]
            parts += [f"   ·   after that, the next card is due {after}"] if after else []
        else:
            parts += [("All done for now." if agenda.notes else "Nothing to study yet.", "bold $text-success"), "\n"]
            if waiting := agenda.open_questions:
                parts += [
                    (key(self, "begin"), "bold reverse"),
                    f" thinks about {plural(waiting, 'open question')}   ·   ",
                ]
            parts += [f"The next card is due {after}." if after else self._empty(agenda)]
        return Content.assemble(*parts)

    def _empty(self, agenda: Agenda) -> str:
        if agenda.notes:
            return "No card is waiting."
        return named(self, "There is no note yet: {library} opens the library, {library.add} adds notes there.")

    def _takes(self, agenda: Agenda) -> str:
        if agenda.seconds is None:
            return "how long it takes shows after the first reviews"
        each = agenda.effort.each[0] or 0.0
        return f"about {span(agenda.seconds)} at your pace, {each:.0f} s a card"

    def _figures(self, agenda: Agenda) -> list[Content]:
        coming = sum(agenda.ahead)
        bars = fortnight(agenda.ahead, agenda.day) if coming else Content("No card is due in these days yet.")
        found = [_titled("The coming two weeks", f"{coming} due", bars)]
        if agenda.habit is not None:
            streak = agenda.habit.streak
            said = f"streak {plural(streak.current, 'day')}" if streak.current else "no streak now"
            said = f"{said}, longest {streak.longest}" if streak.longest else "a streak begins with the first review"
            found.insert(0, _titled("A year of reviews", said, year_map(agenda.habit.days, agenda.day)))
        if agenda.care is not None:
            found += self._care(agenda)
        if agenda.question:
            found.append(
                _titled("An open question", "", Content(shorten(" ".join(visible(agenda.question).split()), 200)))
            )
        return found

    def _care(self, agenda: Agenda) -> list[Content]:
        assert agenda.care is not None
        found = []
        if agenda.care.weakest:
            lines = [
                f"{moons(s.mastery or 0.0)} {shorten(visible(s.headings[-1] if s.headings else note.title), 42)}"
                for note, s in agenda.care.weakest
            ]
            found.append(_titled("Weakest of what you began", "", Content("\n".join(lines))))
        if predictions := agenda.care.predictions:
            asked = [_of(experiment, question) for question, experiment in predictions[:LISTED]]
            said = f"{len(predictions)}; reviews bring them again"
            found.append(_titled("Predicted, and not run yet", said, Content("\n").join(asked)))
        if beliefs := agenda.care.beliefs:
            wrong = [_of(f"{experiment}, {last:%d %b}", belief) for belief, experiment, last in beliefs[:LISTED]]
            found.append(_titled("Wrong so far; it will come back", f"{len(beliefs)}", Content("\n").join(wrong)))
        return found

    # --- what keys do ----------------------------------------------------------------------------------------------

    @property
    def row(self) -> Row:
        """The line of the list on which the cursor stands."""
        place = self.query_one("#notes", OptionList).highlighted
        return self.rows[place] if place is not None and place < len(self.rows) else Row()

    def on_option_list_option_selected(self) -> None:
        self.action_begin()

    def action_begin(self) -> None:
        row = self.row
        if row.note is not None and not any(self._waiting(row)):
            self.notify(named(self, "Nothing waits here; {cram} crams it without moving the schedule."), timeout=4)
            return
        self._begin(row)

    def _waiting(self, row: Row) -> tuple[int, int]:
        """How many cards of a line are due and new now."""
        if row.note is None:
            return (self.agenda.due, self.agenda.new) if self.agenda else (0, 0)
        among = row.sections
        waiting = [s for s in row.note.sections if among is None or s.id in among]
        return sum(s.due for s in waiting), sum(s.new for s in waiting)

    def _begin(self, row: Row, minutes: float | None = None, cram: bool = False) -> None:
        from nnstudy.tui.screens.review import ReviewScreen

        wanted = Session(row.note.id if row.note else None, row.sections, minutes, cram)
        if wanted != self.study.session:  # else the card that an undo has brought back stays the first
            self.study.choose(wanted.note, sections=wanted.sections, minutes=minutes, cram=cram)
        self.app.switch_screen(ReviewScreen(self.study))

    def action_minutes(self) -> None:
        """Ask how many minutes there are, and begin with what fits into them."""
        from nnstudy.tui.screens.minutes import MinutesScreen

        if self.agenda is not None:
            row = self.row
            sheet = MinutesScreen(self.agenda.effort, *self._waiting(row))
            self.app.push_screen(sheet, lambda found: self._begin(row, found) if found else None)

    def action_cram(self) -> None:
        """Ask all cards of the line, the weakest first; the schedule stays as it is."""
        self._begin(self.row, cram=True)

    def action_fold(self) -> None:
        """Fold the sections of a note, or unfold them."""
        if (note := self.row.note) is not None and self._unfolded is not None:
            self._unfolded ^= {note.id}
            self._draw()

    def action_lab(self) -> None:
        go(self, "lab")

    def action_runs(self) -> None:
        go(self, "runs")

    def action_progress(self) -> None:
        go(self, "progress")

    def action_settings(self) -> None:
        go(self, "settings")

    def action_memory(self) -> None:
        go(self, "memory")

    def action_library(self) -> None:
        go(self, "library")

    def action_questions(self) -> None:
        go(self, "questions")

    def action_undo(self) -> None:
        self.study.choose(None)
        try:
            undone = self.study.undo()
        except StudyError as trouble:
            self.notify(str(trouble), severity="error", timeout=10, markup=False)
            return
        if undone is None:
            said = "Nothing to undo."
        else:
            said = f"Taken back: {undone.told}" + ("; it comes first." if undone.action == "answer" else ".")
        self.notify(said, timeout=3)
        self.show()


def _same(row: Row, other: Row) -> bool:
    ids = [(r.note.id if r.note else "", r.section.id if r.section else "") for r in (row, other)]
    return ids[0] == ids[1]


def _mastery(note: NoteDue) -> float | None:
    """The mean mastery of a note's cards; None until it is counted."""
    cards = sum(section.cards for section in note.sections)
    known = [section.cards * section.mastery for section in note.sections if section.mastery is not None]
    return sum(known) / cards if known and cards else None


def _number(count: int, width: int, style: str) -> tuple[str, str]:
    return f"{count or '·':>{width}}", f"bold {style}" if count else "dim"


def _titled(title: str, beside: str, body: Content) -> Content:
    return Content.assemble((title, "bold"), (f"   {beside}" if beside else "", "dim"), "\n", body)


def _of(experiment: str, said: str) -> Content:
    """What was asked or believed of an experiment, as a paragraph."""
    return Content.assemble((f"{experiment}: ", "$text-accent"), shorten(" ".join(visible(said).split()), 150))
