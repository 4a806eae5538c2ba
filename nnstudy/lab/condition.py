"""When to stop a run: a condition in words, such as "loss below 0.1", on what the frames of a run measure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudy.errors import StudyError
from nnstudy.lab.experiment import Frame, Line, fold

WORDS = {"below": True, "under": True, "<": True, "<=": True, "above": False, "over": False, ">": False, ">=": False}
SHAPE = re.compile(r"\s*(?:until:?\s)?\s*(?P<name>.+?)\s*(?P<word>below|under|above|over|<=?|>=?)\s*(?P<value>\S+)\s*$")


@dataclass(frozen=True, slots=True)
class Condition:
    """A number of a run's frames goes below (or above) a value."""

    name: str
    below: bool
    value: float

    def __str__(self) -> str:
        return f"{self.name} {'below' if self.below else 'above'} {self.value:g}"

    def meant(self, frame: Frame) -> tuple[str, float] | None:
        """The whole name and the present value of the number that is meant, if the frame has it."""
        wanted = fold(self.name)
        known = [(fold(name), name, value) for name, value in numbers(frame)]
        for agrees in (str.__eq__, str.startswith, str.__contains__):
            for folded, name, value in known:
                if agrees(folded, wanted):
                    return name, value
        return None

    def met(self, frame: Frame) -> bool:
        """Whether the condition is true of this frame."""
        found = self.meant(frame)
        return found is not None and (found[1] < self.value if self.below else found[1] > self.value)


def parse(text: str) -> Condition:
    """The condition that a person wrote: NAME below VALUE, or above; StudyError when it is none."""
    shape = SHAPE.match(text)
    try:
        value = float(shape["value"]) if shape else float("nan")
    except ValueError:
        value = float("nan")
    if shape is None or not np.isfinite(value) or not fold(shape["name"]):
        raise StudyError(f"{text.strip()!r} is no condition: write NAME below VALUE or NAME above VALUE")
    return Condition(shape["name"], WORDS[shape["word"]], value)


def numbers(frame: Frame) -> Iterator[tuple[str, float]]:
    """Every named number of a frame: its step, quantities, measurements, and where each labelled line has come to."""
    yield "step", float(frame.step)
    yield from ((name, float(value)) for name, value in frame.quantities.items())
    yield from ((m.name, float(m.measured)) for m in frame.measurements)
    for panel in frame.figure.panels:
        for mark in panel.marks:
            if isinstance(mark, Line) and mark.style == "solid" and len(mark.y):
                yield mark.label or panel.y_label, float(np.asarray(mark.y, dtype=float)[-1])
