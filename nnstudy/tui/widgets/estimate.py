"""A number to predict: typed in one line, read back at once, and kept with how sure the learner is of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Input, Static

from nnstudy.errors import StudyError

if TYPE_CHECKING:
    from nnstudy.lab.experiment import Estimate

LONGEST = 20


class Committed(Static):
    """The number that was predicted; a click says that one is surer of it."""

    class Clicked(Message):
        """It was clicked."""

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Clicked())


class NumberView(Vertical):
    """Asks for the number of an `Estimate`; below stands, from the beginning, how near counts as right."""

    BINDINGS = [Binding("escape", "leave", "Leave", show=False)]

    @dataclass
    class Entered(Message):
        """Enter was pressed behind a number, as it was typed."""

        typed: str

    class Left(Message):
        """Escape was pressed: nothing was entered."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.estimate: Estimate | None = None
        self.committed = False
        self.reaching = False  # a number was begun, and the line has not yet got the focus

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Input(id="number-typed", compact=True, select_on_focus=False, max_length=LONGEST)
            yield Static(id="number-read")
        yield Committed(id="number-kept")
        yield Static(id="number-terms")

    def offer(self, estimate: Estimate | None) -> None:
        """Ask for a number, or for none."""
        self.estimate = estimate
        if estimate is not None:
            self.committed = False
            self.query_one(Input).placeholder = f"such as {' or '.join(estimate.examples[:2])}"
            self.query_one(Input).value = ""
            self._show(writing=True)

    def keep(self, value: float, sure: str) -> None:
        """Show what was predicted, and how surely."""
        if self.estimate is not None:
            line = Content.assemble((f"● {self.estimate.say(value)}", "bold"), (f"   {sure}", "$text-accent"))
            self.query_one(Committed).update(line)
            self.committed = True
            self._show(writing=False)

    def write(self, character: str) -> None:
        """Begin a number with this character (or go on with one just begun), or walk into what stands there."""
        self._show(writing=True)
        entry = self.query_one(Input)
        if character:
            entry.value = (entry.value if self.reaching else "") + character
            entry.cursor_position = len(entry.value)
            self.reaching = not entry.has_focus
        entry.focus()

    def on_descendant_focus(self) -> None:
        self.reaching = False

    def enter(self) -> None:
        """Enter what stands in the line."""
        self.reaching = False
        if typed := self.query_one(Input).value.strip():
            self.post_message(self.Entered(typed))

    def refuse(self, reason: str) -> None:
        """Say why a number was not taken."""
        self.query_one("#number-terms", Static).update(Content.styled(reason, "$text-error"))

    def _show(self, writing: bool) -> None:
        self.query_one(Horizontal).display = writing
        self.query_one(Committed).display = not writing
        self._show_terms()

    def _show_terms(self) -> None:
        assert self.estimate is not None
        terms = f"{self.estimate.tolerance()} · {self.estimate.bounds()}"
        self.query_one("#number-terms", Static).update(Content.styled(terms, "dim"))

    def on_input_changed(self, message: Input.Changed) -> None:
        message.stop()
        read = ""
        if self.estimate is not None:
            try:
                read = f"= {self.estimate.say(self.estimate.parse(message.value))}"
            except StudyError:  # not finished yet, or told when it is entered
                read = ""
            self._show_terms()
        self.query_one("#number-read", Static).update(Content.styled(read, "$text-accent"))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.enter()

    def action_leave(self) -> None:
        self.query_one(Input).value = ""
        self._show(writing=not self.committed)
        self.post_message(self.Left())
