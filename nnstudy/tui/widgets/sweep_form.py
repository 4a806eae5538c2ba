"""A form for a sweep: each parameter takes one value, several, or a range; then seeds and a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from nnstudy.lab.experiment import Parameter
from nnstudy.tui.widgets.fields import Fields
from nnstudy.words import shown

HOW = "several: 0.2,0.5 or 0.1..0.9x5 (log)"
SEEDS, CLUSTER = "seeds", "cluster"
MEANT = {
    SEEDS: "seeds: how many runs each combination gets, with the seeds 0, 1, 2 ...",
    CLUSTER: "cluster: address of a Dask scheduler, tcp://host:8786; empty: the processors of this machine",
}


class SweepForm(Fields):
    """One line of text for each parameter."""

    def __init__(self, parameters: Sequence[Parameter], values: Mapping[str, object], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parameters = {p.name: p for p in parameters}
        texts = {p.name: shown(values[p.name]) for p in parameters}
        self._fields = {
            name: Input(text, compact=True, classes="field")
            for name, text in {**texts, SEEDS: "10", CLUSTER: ""}.items()
        }
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

    @property
    def fields(self) -> Mapping[str, Widget]:
        return self._fields

    def meaning(self, name: str) -> str:
        p = self.parameters.get(name)
        how = HOW if p is None or p.choices is None else "several with commas, * for all"
        return f"{name}: {p.help}; {p.allowed()}; {how}" if p else MEANT[name]
