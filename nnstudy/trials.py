"""An experiment meets a card: which one, with which parameters, what to predict; a run and what is kept of it."""

import hashlib
import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

import nnstudy
from nnstudy.errors import StudyError
from nnstudy.lab.experiment import Experiment, Frame, Question, digest, find
from nnstudy.store.records import MeasurementRow, OutcomeRow, PredictionRow, RunRow, StoredCard
from nnstudy.store.store import Store


@dataclass(frozen=True)
class Trial:
    """An experiment as a card brings it: parameters and seed drawn anew for this review, and a question to predict.

    The same card before the same review always draws the same, so leaving and coming back changes nothing.
    """

    experiment: Experiment
    parameters: Any
    seed: int
    question: Question
    card: str
    changed: frozenset[str]

    @property
    def values(self) -> Mapping[str, object]:
        """The parameters as plain names and values."""
        return asdict(self.parameters)


@dataclass(frozen=True)
class Prediction:
    """A prediction that was kept: its id and the index of the choice."""

    id: str
    choice: int


@dataclass(frozen=True)
class Run:
    """A run of an experiment, finished or stopped, and what was kept of it."""

    id: str
    experiment: str
    parameters: Mapping[str, object]
    seed: int
    seconds: float
    result: Frame
    digest: str
    questions: tuple[Question, ...]

    @property
    def measurements(self) -> tuple[Any, ...]:
        """What was measured beside what theory expects."""
        return self.result.measurements


def trial_for(card: StoredCard) -> Trial | None:
    """The experiment of a card's section, drawn for its next review; None where the section has none that is known."""
    if card.experiment is None:
        return None
    try:
        experiment = find(card.experiment)
        rng, seed = _randomness(card)
        parameters = experiment.draw(rng, card.overrides)
    except StudyError:  # a note from elsewhere may name what this program does not have: the card is asked without it
        return None
    questions = experiment.questions(parameters)
    defaults = asdict(experiment.make())
    changed = frozenset(name for name, value in asdict(parameters).items() if value != defaults[name])
    return Trial(experiment, parameters, seed, questions[int(rng.integers(len(questions)))], card.id, changed)


def _randomness(card: StoredCard) -> tuple[np.random.Generator, int]:
    bits = hashlib.sha256(f"{card.id}\0{card.memory.reviews}".encode()).digest()
    return np.random.default_rng(list(bits)), int.from_bytes(bits[:4], "big") >> 1


def complete(experiment: Experiment, parameters: Any, seed: int) -> tuple[Frame, float]:
    """Run to the end; the last frame and the seconds it took."""
    started = time.perf_counter()
    last: Frame | None = None
    for frame in experiment.run(parameters, seed):
        last = frame
    if last is None:
        raise StudyError(f"experiment {experiment.name!r} gave no result")
    return last, time.perf_counter() - started


def keep_run(
    store: Store, experiment: Experiment, parameters: Any, seed: int, result: Frame, *, seconds: float, at: datetime,
    device: str, card: str | None = None, status: str = "finished", prediction: Prediction | None = None,
    question: Question | None = None,
) -> Run:  # fmt: skip
    """Write a run into the database, and how the prediction that preceded it turned out."""
    fingerprint = digest(result)
    measurements = tuple(map(_measurement_row, result.measurements))
    row = RunRow(
        experiment.name, asdict(parameters), seed, card, at, seconds, status, fingerprint, experiment.version,
        nnstudy.__version__, np.__version__, platform.platform(), device, measurements,
    )  # fmt: skip
    with store.transaction():
        run_id = store.runs.add(row)
        if prediction and question and status == "finished":
            store.runs.settle(outcome(run_id, prediction, question, result))
    questions = experiment.questions(parameters)
    return Run(run_id, experiment.name, asdict(parameters), seed, seconds, result, fingerprint, questions)


def keep_prediction(store: Store, trial: Trial, choice: int, at: datetime, device: str) -> Prediction:
    """Write down what was predicted before the run."""
    text = trial.question.choices[choice].text
    row = PredictionRow(
        trial.card, trial.experiment.name, trial.values, trial.seed, trial.question.name, trial.question.text,
        choice, text, at, device,
    )  # fmt: skip
    with store.transaction():
        return Prediction(store.runs.predict(row), choice)


def outcome(run_id: str, prediction: Prediction, question: Question, result: Frame) -> OutcomeRow:
    """How a prediction turned out, by the numbers of the run."""
    answer = question.answer(result)
    chosen = question.choices[prediction.choice]
    correct = answer == prediction.choice
    return OutcomeRow(
        prediction=prediction.id,
        run=run_id,
        answer_text=question.choices[answer].text,
        correct=correct,
        misconception="" if correct else chosen.misconception,
        explanation=question.explain(result),
        question_text=question.text,
        choice_text=chosen.text,
    )


def frames(experiment: Experiment, parameters: Any, seed: int) -> Iterator[Frame]:
    """The frames of a run, for a screen that draws them as they come."""
    return experiment.run(parameters, seed)


def _measurement_row(m: Any) -> MeasurementRow:
    return MeasurementRow(m.name, float(m.measured), m.expected, m.tolerance, m.holds, m.source, m.remark)
