"""A form made from an experiment's parameters: bounds, units and help come from their description."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from nnstudy.lab.experiment import Parameter
from nnstudy.tui.widgets.fields import Fields
from nnstudy.words import shorten

MOST_NAME = 14
LIVE = "; ~ Enter changes it while a run goes on"


class ChoiceField(Static, can_focus=True):
    """One of a few words; the arrow keys, space or a click go through them."""

    BINDINGS = [
        Binding("right,space", "turn(1)", "Next choice", show=False),
        Binding("left", "turn(-1)", "Choice before", show=False),
    ]
    ALLOW_SELECT = False
    value: reactive[str] = reactive("")

    def __init__(self, choices: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = tuple(choices)

    def render(self) -> Content:
        arrows = next((way for way in (("‹ ", " ›"), ("‹", "›"), ("", "")) if self._fits(way)), ("", "›"))
        room = self.size.width - cell_len("".join(arrows))
        return Content.assemble(arrows[0], (shorten(self.value, max(1, room)), "bold"), arrows[1])

    def _fits(self, arrows: tuple[str, str]) -> bool:
        return cell_len(self.value + "".join(arrows)) <= self.size.width

    def action_turn(self, steps: int) -> None:
        place = self.choices.index(self.value) if self.value in self.choices else 0
        self.value = self.choices[(place + steps) % len(self.choices)]

    def on_click(self) -> None:
        self.action_turn(1)


class ParameterForm(Fields):
    """A field for each parameter, and one for the seed."""

    SEED = Parameter("seed", "int", 0, 0, 2**31 - 1, None, "", "the run's random numbers: the same seed, the same run")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._fields: dict[str, Widget] = {}
        self._parameters: dict[str, Parameter] = {}
        self._exact: dict[str, tuple[str, float]] = {}  # what a field shows in few digits

    async def show(self, parameters: Sequence[Parameter], values: Mapping[str, object], seed: int) -> None:
        """Make the form for these parameters, filled in."""
        await self.remove_children()
        self._parameters, self._exact = {p.name: p for p in (*parameters, self.SEED)}, {}
        self._fields = {name: _field(p) for name, p in self._parameters.items()}
        width = min(max(_name(p).cell_length for p in self._parameters.values()) + 1, MOST_NAME)
        await self.mount_all(
            Horizontal(_label(p, width), self._fields[name], Static(Content(p.unit), classes="unit"))
            for name, p in self._parameters.items()
        )
        self.fill({**values, "seed": seed})

    def fill(self, values: Mapping[str, object]) -> None:
        """Write values into the fields."""
        for name, value in values.items():
            text = f"{value:.6g}" if isinstance(value, float) else str(value)
            if isinstance(value, float):
                self._exact[name] = text, value
            field = self._fields[name]
            if isinstance(field, Input | ChoiceField):
                field.value = text

    def values(self) -> dict[str, object]:
        """What stands in the fields, seed and all; a number that nobody touched has all its digits."""
        shown = {name: field.value for name, field in self._fields.items() if isinstance(field, Input | ChoiceField)}
        exact = {name: value for name, (text, value) in self._exact.items() if shown.get(name) == text}
        return {**shown, **exact}

    @property
    def fields(self) -> Mapping[str, Widget]:
        return self._fields

    def meaning(self, name: str) -> str:
        p = self._parameters[name]
        return f"{name}: {p.help}; {p.allowed()}{LIVE if p.live else ''}"


def _name(parameter: Parameter) -> Content:
    return Content.assemble(parameter.name, (" ~" if parameter.live else "", "$text-accent"))


def _label(parameter: Parameter, width: int) -> Static:
    label = Static(_name(parameter), classes="name")
    label.styles.width = width  # what the names leave, the fields have
    return label


def _field(parameter: Parameter) -> Widget:
    if parameter.choices is not None:
        return ChoiceField(parameter.choices, classes="field")
    return Input(
        type="integer" if parameter.type == "int" else "number", compact=True, classes="field", valid_empty=True
    )
