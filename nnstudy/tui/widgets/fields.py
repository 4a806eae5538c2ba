"""Fields one below the other: what they have in common, whatever is asked for in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.events import DescendantBlur, DescendantFocus
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input


class Fields(VerticalScroll, can_focus=False):
    """Says what a field means when it is walked to, when Enter and when Escape was pressed, and which one is wrong."""

    @dataclass
    class Described(Message):
        """A field was walked to: what it means and which values it takes."""

        text: str

    class Submitted(Message):
        """Enter was pressed in a field."""

    class Left(Message):
        """Escape was pressed in a field."""

    BINDINGS = [Binding("escape", "leave", "Leave the form", show=False)]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._wrong: str | None = None  # what was said about this field is not to be talked over

    @property
    def fields(self) -> Mapping[str, Widget]:
        """The fields by name."""
        return {}

    def meaning(self, name: str) -> str:
        """What a field means, in a line."""
        return name

    def point_out(self, name: str | None) -> None:
        """Mark the field that is wrong, and go there."""
        for field_name, field in self.fields.items():
            field.set_class(field_name == name, "-wrong")
        if name is not None and name in self.fields and not self.fields[name].has_focus:
            self._wrong = name
            self.fields[name].focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        for name, field in self.fields.items():
            if field is event.widget and name == self._wrong:
                self._wrong = None
            elif field is event.widget:
                self.post_message(self.Described(self.meaning(name)))

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """A field that was left shows the beginning of its text, however long it is."""
        if isinstance(event.widget, Input):
            event.widget.cursor_position = 0

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Submitted())

    def action_leave(self) -> None:
        self.post_message(self.Left())
