"""One line to say when a run is to stop: "loss below 0.1"."""

from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from nnstudy.errors import StudyError
from nnstudy.lab.condition import Condition, parse, unknown
from nnstudy.lab.experiment import Frame
from nnstudy.words import number


class UntilInput(Input):
    """Stands on the screen only while it is written in; without words a run goes on to its end."""

    @dataclass
    class Chosen(Message):
        """Enter was pressed: the condition, or none; or what is wrong with the words."""

        condition: Condition | None
        trouble: str = ""

    class Left(Message):
        """Escape was pressed."""

    BINDINGS = [Binding("escape", "leave", "Leave", show=False)]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(placeholder="until: loss below 0.1   (Enter runs; empty: to the end)", compact=True, **kwargs)
        self.display = False

    def ask(self) -> None:
        """Come on the screen, to be written in."""
        self.display = True
        self.focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        try:
            condition = parse(self.value) if self.value.strip() else None
        except StudyError as trouble:
            self.post_message(self.Chosen(None, str(trouble)))
            return
        self.display = False
        self.post_message(self.Chosen(condition))

    def action_leave(self) -> None:
        self.display = False
        self.post_message(self.Left())


def outcome(condition: Condition, result: Frame) -> str:
    """What became of a condition by the end of a run, in words."""
    found = condition.meant(result)
    if found is None:
        return unknown(condition, result)
    name, value = found
    if condition.met(result):
        return f"{name} {number(value)} at step {result.step} of {result.total}"
    return f"{condition} never came: {name} {number(value)} at the end"
