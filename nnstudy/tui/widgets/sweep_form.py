"""A form for a sweep: each parameter takes one value, several, or a range; then seeds and a cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.message import Message
from textual.widgets import Input, Static

from nnstudy.lab.experiment import Parameter
from nnstudy.words import shown

HOW = "several: 0.2,0.5 or 0.1..0.9x5 (log)"
SEEDS, CLUSTER = "seeds", "cluster"
MEANT = {
    SEEDS: "seeds: how many runs each combination gets, with the seeds 0, 1, 2 ...",
    CLUSTER: "cluster: address of a Dask scheduler, tcp://host:8786; empty: the processors of this machine",
}


class SweepForm(VerticalScroll, can_focus=False):
    """One line of text for each parameter."""

    @dataclass
    class Described(Message):
        """A field was walked to: what it means and which values it takes."""

        text: str

    @dataclass
    class Submitted(Message):
        """Enter was pressed in a field."""

    @dataclass
    class Left(Message):
        """Escape was pressed in a field."""

    BINDINGS = [Binding("escape", "leave", "Leave the form", show=False)]

    def __init__(self, parameters: Sequence[Parameter], values: Mapping[str, object], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parameters = {p.name: p for p in parameters}
        texts = {p.name: shown(values[p.name]) for p in parameters}
        self._fields = {
            name: Input(text, compact=True, classes="field")
            for name, text in {**texts, SEEDS: "10", CLUSTER: ""}.items()
        }
        self._wrong: str | None = None  # what was said about this field is not to be talked over
        self._fields[CLUSTER].placeholder = "this machine"

    def compose(self) -> Any:
        for name, field in self._fields.items():
            yield Horizontal(Static(Content(name), classes="name"), field)

    def fill(self, texts: Mapping[str, str]) -> None:
        """Write texts into fields."""
        for name, text in texts.items():
            self._fields[name].value = text

    def texts(self) -> dict[str, str]:
        """What stands in the fields."""
        return {name: field.value.strip() for name, field in self._fields.items()}

    def point_out(self, name: str | None) -> None:
        """Mark the field that is wrong, and go there."""
        for field_name, field in self._fields.items():
            field.set_class(field_name == name, "-wrong")
        if name in self._fields and not self._fields[name].has_focus:
            self._wrong = name
            self._fields[name].focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        for name, field in self._fields.items():
            if field is event.widget and name == self._wrong:
                self._wrong = None
            elif field is event.widget:
                p = self.parameters.get(name)
                how = HOW if p is None or p.choices is None else "several with commas, * for all"
                self.post_message(self.Described(f"{name}: {p.help}; {p.allowed()}; {how}" if p else MEANT[name]))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Submitted())

    def action_leave(self) -> None:
        self.post_message(self.Left())
