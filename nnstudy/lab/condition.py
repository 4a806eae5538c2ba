"""When to stop a run: a condition in words, such as "loss below 0.1", on what the frames of a run measure."""

from __future__ import annotations

import difflib
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
        known = [(fold(name), name, value) for name, value in (*numbers(frame), *by_axis(frame))]
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
    yield from ((label or axis, value) for axis, label, value in _ends(frame))


def by_axis(frame: Frame) -> Iterator[tuple[str, float]]:
    """Where each labelled line has come to, as its axis calls it: who says "loss" means a line on that axis."""
    yield from ((f"{axis}, {label}", value) for axis, label, value in _ends(frame) if axis and label)


def unknown(condition: Condition, frame: Frame) -> str:
    """Why a condition is true of no frame such as this one: nothing there has its name."""
    names = list(dict.fromkeys(name for name, _ in numbers(frame)))
    close = difflib.get_close_matches(condition.name, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names[:6])} …"
    return f"nothing is named {condition.name!r}; {hint}"


def _ends(frame: Frame) -> list[tuple[str, str, float]]:
    """Axis, label and last value of each line that was measured; what training did is dotted, theory dashed."""
    found = [(panel.y_label, mark) for panel in frame.figure.panels for mark in panel.marks if isinstance(mark, Line)]
    measured = [(axis, mark) for axis, mark in found if mark.style != "dashed" and len(mark.y)]
    measured.sort(key=lambda one: one[1].style != "solid")
    return [(axis, mark.label, float(np.asarray(mark.y, dtype=float)[-1])) for axis, mark in measured]
