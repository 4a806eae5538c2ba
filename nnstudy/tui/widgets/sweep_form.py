"""A form for a sweep: each parameter takes one value, several, or a range; then seeds and a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from nnstudy.lab.experiment import Parameter, Value
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

    def __init__(self, parameters: Sequence[Parameter], values: Mapping[str, Value], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parameters = {p.name: p for p in parameters}
        self._fields = {name: Input(compact=True, classes="field") for name in (*self.parameters, SEEDS, CLUSTER)}
        self._exact: dict[str, tuple[str, Sequence[Value]]] = {}  # what a field shows in few digits
        self.fill_in({p.name: (values[p.name],) for p in parameters})
        self.fill({SEEDS: "10"})
        self._fields[CLUSTER].placeholder = "this machine"

    def compose(self) -> Any:
        for name, field in self._fields.items():
            yield Horizontal(Static(Content(name), classes="name"), field)

    def fill(self, texts: Mapping[str, str]) -> None:
        """Write texts into fields."""
        for name, text in texts.items():
            self._fields[name].value = text

    def fill_in(self, values: Mapping[str, Sequence[Value]]) -> None:
        """Write the values of parameters into their fields."""
        texts = {name: ",".join(map(shown, several)) for name, several in values.items()}
        self._exact |= {name: (texts[name], several) for name, several in values.items()}
        self.fill(texts)

    def given(self, name: str) -> Sequence[Value]:
        """The values of a parameter, with all their digits where nobody touched them; else the text in its field."""
        text, values = self._exact[name]
        typed = self._fields[name].value.strip()
        return values if typed == text else (typed,)

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
