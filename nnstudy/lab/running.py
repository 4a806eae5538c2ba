"""A run on its way: its frames one by one, and the parameters that were changed between two of them."""

import dataclasses
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudy.errors import StudyError, nearest
from nnstudy.lab.experiment import Experiment, Frame, Value


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that got another value after the frame of a step."""

    step: int
    name: str
    value: Value


class Running(Iterator[Frame]):
    """The frames of a run whose live parameters may be changed; `planned` changes are made where they were made then.

    `parameters` are the present ones, `changes` what was changed so far, `frame` is the last one.
    """

    def __init__(self, experiment: Experiment, parameters: Any, seed: int, planned: Sequence[Change] = ()) -> None:
        self.experiment, self.parameters = experiment, parameters
        self.changes: list[Change] = []
        self.frame: Frame | None = None
        self._planned = list(planned)
        self._frames = experiment.run(parameters, seed)
        self._news: Any = None

    def __next__(self) -> Frame:
        news, self._news = self._news, None
        self.frame = next(self._frames) if news is None else self._generator().send(news)
        while self._planned and self._planned[0].step <= self.frame.step:
            again = self._planned.pop(0)
            self.change({again.name: again.value})
        return self.frame

    def change(self, values: Mapping[str, object]) -> tuple[Change, ...]:
        """Go on with other values of live parameters from the state reached; returns what is really another value.

        Raises StudyError, and changes nothing, for a name that is unknown or not live and for a value out of bounds.
        """
        live = {p.name: p for p in self.experiment.parameters if p.live}
        for name in values:
            if name not in live:
                raise StudyError(f"{name} cannot be changed while {self.experiment.name} runs{nearest(name, live)}")
        if self.frame is None:
            raise StudyError("the run has not begun: start it with these parameters instead")
        made = self.experiment.make(values, base=self.parameters)
        differing = [name for name in values if getattr(made, name) != getattr(self.parameters, name)]
        changes = tuple(Change(self.frame.step, name, getattr(made, name)) for name in differing)
        if changes:
            self._generator()
            self.parameters = self._news = made
            self.changes += changes
        return changes

    def _generator(self) -> Generator[Frame, Any, None]:
        if not isinstance(self._frames, Generator):
            raise StudyError(f"{self.experiment.name} takes no changes while it runs: its run is no generator")
        return self._frames


def started(parameters: Any, changes: Sequence[Change]) -> Any:
    """The parameters that a run ended with, from those that it started with."""
    return dataclasses.replace(parameters, **{change.name: change.value for change in changes})
