"""A form made from an experiment's parameters: bounds, units and help come from their description."""

from collections.abc import Mapping, Sequence
from typing import Any

from nnstudy.lab.experiment import Parameter
from nnstudy.tui.widgets.fields import Field, Fields

LIVE = "; ~ Enter changes it while a run goes on"


class ParameterForm(Fields):
    """A field for each parameter, and one for the seed."""

    SEED = Parameter("seed", "int", 0, 0, 2**31 - 1, None, "", "the run's random numbers: the same seed, the same run")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._exact: dict[str, tuple[str, float]] = {}  # what a field shows in few digits

    def show(self, parameters: Sequence[Parameter], values: Mapping[str, object], seed: int) -> None:
        """Make the form for these parameters, filled in."""
        self._exact = {}
        self.set_fields([_field(p) for p in (*parameters, self.SEED)])
        self.fill_in({**values, "seed": seed})

    def fill_in(self, values: Mapping[str, object]) -> None:
        """Write values into the fields."""
        texts = {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in values.items()}
        self._exact |= {name: (texts[name], value) for name, value in values.items() if isinstance(value, float)}
        self.fill(texts)

    def values(self) -> dict[str, object]:
        """What stands in the fields, seed and all; a number that nobody touched has all its digits."""
        texts = self.texts()
        return texts | {name: value for name, (text, value) in self._exact.items() if texts.get(name) == text}


def _field(p: Parameter) -> Field:
    meaning = f"{p.name}: {p.help}; {p.allowed()}{LIVE if p.live else ''}"
    mark = " ~" if p.live else ""
    if p.choices is not None:
        return Field(p.name, meaning, choices=p.choices, mark=mark)
    return Field(p.name, meaning, "integer" if p.type == "int" else "number", unit=p.unit, mark=mark)
