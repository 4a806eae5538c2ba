"""The open questions: by note, with their drafts and the runs that speak for them; to write, settle and reopen."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from nnstudy.errors import StudyError
from nnstudy.insight.names import told_apart
from nnstudy.notes.math import first_line
from nnstudy.notes.prompts import in_a_line
from nnstudy.reviewing.drafts import OpenQuestion
from nnstudy.store.store import Store
from nnstudy.study import Study
from nnstudy.tui.bindings import named
from nnstudy.tui.widgets.card import crumbs
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.prose import prose
from nnstudy.tui.widgets.sparing import SparingList
from nnstudy.words import plural, shorten, visible

if TYPE_CHECKING:
    from nnstudy.tui.screens.draft import Written


class QuestionsScreen(Screen[None]):
    """A list of questions above, the one under the cursor in full below."""

    CSS_PATH = "library.tcss"
    BINDINGS = [
        Binding("w,enter", "draft", "Write a draft", key_display="w"),
        Binding("t", "settle", "Settle"),
        Binding("r", "reopen", "Reopen"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "dismiss", "Back", key_display="q"),
    ]

    @dataclass
    class Read(Message):
        """The questions were read."""

        questions: list[OpenQuestion]
        runs: dict[str, str]  # those that speak for a draft, in a line each

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        self.questions: dict[str, OpenQuestion] = {}
        self.runs: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="library-title")
        yield SparingList(id="questions", markup=False)
        with VerticalScroll(id="question-sheet"):
            yield Static(id="question-text")
        yield Static(id="message")
        yield KeyBar(QuestionsScreen)

    def on_mount(self) -> None:
        self.read()

    def notes_changed(self) -> None:
        """Notes were read again."""
        self.read()

    @work(thread=True, group="questions", exclusive=True, exit_on_error=False)
    def read(self) -> None:
        """Read the questions anew."""
        with closing(Store(self.study.store.path)) as store:
            found = self.study.drafts_in(store).all()
            runs = dict.fromkeys(run for question in found for draft in question.drafts for run in draft.runs)
            self.post_message(self.Read(found, self.study.runs_in(store).lines(runs)))

    def on_questions_screen_read(self, message: Read) -> None:
        here, self.runs = self.here, message.runs
        self.questions = {question.card.id: question for question in message.questions}
        settled = sum(question.settled for question in message.questions)
        counts = f"   {len(self.questions) - settled} open, {settled} settled"
        self.query_one("#library-title", Static).update(
            Content.assemble(("Open questions", "bold $text-primary"), counts)
        )
        choices = self.query_one(OptionList)
        choices.clear_options()
        note, called = "", told_apart(self.study.store)
        for question in message.questions:
            if question.card.note != note:
                note = question.card.note
                title = called.get(note, question.card.note_title)
                choices.add_option(Option(Content.styled(visible(title), "bold"), disabled=True))
            choices.add_option(Option(_line(question), id=question.card.id))
        if self.questions:
            wanted = here.card.id if here and here.card.id in self.questions else next(iter(self.questions))
            choices.highlighted = choices.get_option_index(wanted)
        else:
            self.query_one("#question-text", Static).update(
                "No open question: a note asks one where it says that its author does not know."
            )
        self._show()

    @property
    def here(self) -> OpenQuestion | None:
        """The question under the cursor."""
        choices = self.query_one(OptionList)
        if choices.highlighted is None:
            return None
        return self.questions.get(choices.get_option_at_index(choices.highlighted).id or "")

    def on_option_list_option_highlighted(self) -> None:
        self._show()

    def on_option_list_option_selected(self) -> None:
        self.action_draft()

    def _show(self) -> None:
        if (question := self.here) is None:
            return
        parts = [Content.assemble(*crumbs(question.card)), prose(question.card.prompt).stylize("bold"), Content("")]
        if not question.drafts:
            parts.append(Content.styled("No draft yet. What would you say today?", "dim"))
        for draft in reversed(question.drafts):
            answer = question.settled and draft.text == question.card.answer
            sign = ("   ✓ the answer", "bold $text-success") if answer else ""
            parts.append(Content.assemble((f"{draft.at.astimezone():%Y-%m-%d %H:%M}", "bold $text-accent"), sign))
            parts += [Content.styled(visible(f"▸ {self.runs.get(run, run)}"), "dim") for run in draft.runs]
            parts += [prose(draft.text), Content("")]
        self.query_one("#question-text", Static).update(Content("\n").join(parts))
        self.query_one("#question-sheet").scroll_home(animate=False)

    def say(self, text: str, style: str = "dim") -> None:
        """Say something in a line."""
        self.query_one("#message", Static).update(Content.styled(visible(text), style))

    # --- the keys -------------------------------------------------------------------------------------------------

    def action_draft(self) -> None:
        """Write a draft, from the latest one on."""
        if (question := self.here) is not None:
            from nnstudy.tui.screens.draft import DraftScreen

            self.app.push_screen(DraftScreen(self.study, question), partial(self._keep, question.card.id))

    def _keep(self, card: str, written: Written | None) -> None:
        if written is None:
            return
        try:
            written.keep(self.study, card)
        except StudyError as trouble:
            self.say(str(trouble), "bold $text-error")
            return
        self._changed("settled: from now on it is graded" if written.settles else "kept; it rests for a week")

    def action_settle(self) -> None:
        """Make a draft the answer: the only one, or the one that is picked."""
        question = self.here
        if question is None or not question.drafts:
            self.say(named(self, "write a draft first: {draft}"))
            return
        if len(question.drafts) == 1:
            self._settle(question, 0)
            return
        from nnstudy.tui.screens.pick import ROOM, PickScreen

        drafts = question.drafts[::-1]
        lines = [shorten(f"{draft.at.astimezone():%Y-%m-%d %H:%M}  {first_line(draft.text)}", ROOM) for draft in drafts]
        last = len(drafts) - 1
        self.app.push_screen(
            PickScreen("Which draft is the answer?", lines),
            lambda place: None if place is None else self._settle(question, last - place),
        )

    def _settle(self, question: OpenQuestion, place: int) -> None:
        try:
            self.study.settle(question.card.id, question.drafts[place].id)
        except StudyError as trouble:
            self.say(str(trouble), "bold $text-error")
            return
        self._changed(named(self, "settled: from now on it is graded; {reopen} reopens it"))

    def action_reopen(self) -> None:
        """Take the answer back."""
        if (question := self.here) is None:
            return
        if not question.settled:
            self.say(named(self, "it is open already; {settle} settles it with a draft"))
            return
        try:
            self.study.drafts.reopen(question.card.id)
        except StudyError as trouble:
            self.say(str(trouble), "bold $text-error")
            return
        self._changed("open again; its drafts and reviews stay")

    def _changed(self, said: str) -> None:
        self.study.notes_changed()
        self.say(said)
        self.read()


def _line(question: OpenQuestion) -> Content:
    """The question, and below it what there is of drafts."""
    line = Content.assemble(
        (f"  {'✓' if question.settled else '?'} ", "bold $text-accent"),
        visible(in_a_line(question.card.prompt, question.card.section)),
    )
    if question.drafts:
        runs = len({run for draft in question.drafts for run in draft.runs})
        told = f"{plural(len(question.drafts), 'draft')}, last {question.drafts[-1].at.astimezone():%Y-%m-%d}"
        line += Content.styled(f"\n    {told}" + (f", {plural(runs, 'run')}" if runs else ""), "dim")
    return line
