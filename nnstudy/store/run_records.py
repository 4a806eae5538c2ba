"""Frozen values of runs and predictions that cross the store's border; the way to the first card needs none of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """A measured number beside its expected one, as kept with a run."""

    name: str
    measured: float
    expected: float | None
    tolerance: float | None
    holds: bool | None
    source: str
    remark: str = ""


@dataclass(frozen=True)
class RunRow:
    """A run of an experiment: what it was given, what it measured, and what it ran on."""

    experiment: str
    parameters: Mapping[str, object]
    seed: int
    card: str | None
    at: datetime
    seconds: float
    status: str
    digest: str
    experiment_version: str
    program_version: str
    numpy_version: str
    platform: str
    device: str
    measurements: tuple[MeasurementRow, ...] = field(default=())
    answers: Mapping[str, str] = field(default_factory=dict)  # of each question by name: the choice that came true
    changes: tuple[tuple[int, str, int | float | str], ...] = ()  # made on the way: after which step, name and value
    starred: bool = False
    name: str = ""
    comment: str = ""
    id: str = ""

    @property
    def holds(self) -> tuple[int, int]:
        """How many measurements agree with theory, of how many that theory speaks of."""
        judged = [m.holds for m in self.measurements if m.holds is not None]
        return sum(judged), len(judged)


@dataclass(frozen=True)
class PredictionRow:
    """What a learner predicted before a run; what came out stands in `OutcomeRow`."""

    card: str | None
    experiment: str
    parameters: Mapping[str, object]
    seed: int
    question: str
    question_text: str
    choice: int | None  # None where a number was asked for
    number: float | None
    choice_text: str  # the choice, or the number with its unit
    confidence: str  # "guess", "think so" or "sure"
    at: datetime
    device: str
    id: str = ""


@dataclass(frozen=True)
class OutcomeRow:
    """How a prediction turned out, explained from the numbers of its run."""

    prediction: str
    run: str
    answer_text: str
    correct: bool
    misconception: str
    explanation: str
    question_text: str = ""
    choice_text: str = ""
    confidence: str = ""
    experiment: str = ""
    question: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    number: float | None = None  # what was predicted, where a number was


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """One question of an experiment as it was answered once, with the misconception that a wrong answer showed."""

    experiment: str
    question: str
    at: datetime
    correct: bool
    misconception: str


@dataclass(frozen=True, slots=True)
class Explored:
    """What was done with an experiment so far: its last run, the misconception shown last, the questions answered."""

    last_run: datetime | None
    misconception: str
    asked: frozenset[str]
