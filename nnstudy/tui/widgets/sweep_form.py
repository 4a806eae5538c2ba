"""A form for a sweep: each parameter takes one value, several, or a range; then seeds and a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

from nnstudy.lab.experiment import Parameter, Value
from nnstudy.tui.widgets.fields import Field, Fields
from nnstudy.words import shown

HOW, ALL = "several: 0.2,0.5 or 0.1..0.9x5 (log)", "several with commas, * for all"
SEEDS, CLUSTER = "seeds", "cluster"
SEEDS_MEANT = "seeds: how many runs each combination gets, with the seeds 0, 1, 2 ..."
CLUSTER_MEANT = "cluster: address of a Dask scheduler, tcp://host:8786; empty: the processors of this machine"


class SweepForm(Fields):
    """One line of text for each parameter."""

    def __init__(self, parameters: Sequence[Parameter], values: Mapping[str, Value], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parameters = {p.name: p for p in parameters}
        self._exact: dict[str, tuple[str, Sequence[Value]]] = {}  # what a field shows in few digits
        self.set_fields([
            *map(_field, parameters), Field(SEEDS, SEEDS_MEANT), Field(CLUSTER, CLUSTER_MEANT, empty="this machine"),
        ])  # fmt: skip
        self.fill_in({p.name: (values[p.name],) for p in parameters})
        self.fill({SEEDS: "10"})

    def fill_in(self, values: Mapping[str, Sequence[Value]]) -> None:
        """Write the values of parameters into their fields."""
        texts = {name: ",".join(map(shown, several)) for name, several in values.items()}
        self._exact |= {name: (texts[name], several) for name, several in values.items()}
        self.fill(texts)

    def given(self, name: str) -> Sequence[Value]:
        """The values of a parameter, with all their digits where nobody touched them; else the text in its field."""
        text, values = self._exact[name]
        typed = self.texts()[name]
        return values if typed == text else (typed,)

    def texts(self) -> dict[str, str]:
        return {name: text.strip() for name, text in super().texts().items()}


def _field(p: Parameter) -> Field:
    return Field(p.name, f"{p.name}: {p.help}; {p.allowed()}; {HOW if p.choices is None else ALL}")
