"""An experiment meets a card: which one, with which parameters, what to predict; a run and what is kept of it."""

import hashlib
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, tzinfo
from typing import Any

import numpy as np

import nnstudy
from nnstudy.errors import StudyError
from nnstudy.lab.experiment import Experiment, Frame, Question, digest, relevance
from nnstudy.lab.plugins import Laboratory
from nnstudy.lab.running import Change
from nnstudy.memory.scheduler import Rating, local_day
from nnstudy.store.records import StoredCard
from nnstudy.store.run_records import AnsweredRow, MeasurementRow, OutcomeRow, PredictionRow, RunRow
from nnstudy.store.store import Store


@dataclass(frozen=True)
class Trial:
    """An experiment as a card brings it: parameters and seed drawn anew for this review, and a question to predict.

    The same card before the same review draws the same until an outcome was seen, so leaving and coming back changes
    nothing.
    """

    experiment: Experiment
    parameters: Any
    seed: int
    question: Question
    card: str | None  # None for one outside of a review
    changed: frozenset[str]
    returns: bool = False  # a question answered wrongly before: it comes back until it is understood

    @property
    def values(self) -> Mapping[str, object]:
        """The parameters as plain names and values."""
        return asdict(self.parameters)


DRAWS = 10  # of an experiment, to find a question that is asked for: some are asked at some draws only
CONFIDENCES = ("guess", "think so", "sure")


@dataclass(frozen=True)
class Prediction:
    """A prediction that was kept: the index of the choice, or the number, and how sure the learner was of it."""

    id: str
    choice: int | None
    confidence: str
    number: float | None = None

    @property
    def given(self) -> float:
        """The index of the choice, or the number: as the question judges it."""
        given = self.choice if self.number is None else self.number
        assert given is not None
        return given

    def surer(self) -> str:
        """The next confidence in turn: from think so to sure, from sure to guess."""
        return CONFIDENCES[(CONFIDENCES.index(self.confidence) + 1) % len(CONFIDENCES)]

    def proposes(self, right: bool) -> Rating:
        """The grade that the outcome speaks for: what was believed surely and wrongly was not known at all."""
        if not right:
            return Rating.AGAIN if self.confidence == "sure" else Rating.HARD
        return Rating.HARD if self.confidence == "guess" else Rating.GOOD


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


def trial_for(
    card: StoredCard, laboratory: Laboratory, answered: Sequence[AnsweredRow] = (), zone: tzinfo | None = None, *,
    today: date | None = None, heard: Sequence[str] = (),
) -> Trial | None:  # fmt: skip
    """The experiment of a card, drawn for its next review; None where its section has none that is known.

    `answered` are the questions that were answered in the section before: one that showed a misconception comes back.
    `heard` are those of the experiment whose answer was seen anywhere, the latest last: they wait for their turn.
    """
    wrong = misunderstood(answered, zone, today)
    name, overrides = (wrong[0], {}) if wrong and wrong[0] != card.experiment else (card.experiment, card.overrides)
    if name is None:
        return None
    try:
        experiment = laboratory.find(name)
        rng, seed = _randomness(card, len(answered))
        for _ in range(DRAWS):
            parameters = experiment.draw(rng, overrides)
            questions = experiment.questions(parameters)
            again = next((q for q in questions if wrong and q.name == wrong[1]), None)
            if again or not wrong:
                break
    except StudyError:  # a note from elsewhere may name what this program does not have: the card is asked without it
        return None
    question = again or _in_turn(questions, heard, rng)
    return Trial(experiment, parameters, seed, question, card.id, _changed(experiment, parameters), again is not None)


def _in_turn(questions: Sequence[Question], heard: Sequence[str], rng: np.random.Generator) -> Question:
    """One whose answer was never seen, else the one seen longest ago: what was told just now cannot be predicted."""
    fresh = [q for q in questions if q.name not in heard]
    among = fresh or [min(questions, key=lambda q: heard.index(q.name))]
    return among[int(rng.integers(len(among)))]


def surprise(laboratory: Laboratory, asked: Mapping[str, frozenset[str]], rng: np.random.Generator) -> Trial:
    """A question that was not answered yet (`asked`: experiment, its answered questions), else any, to predict now."""
    for _ in range(DRAWS):
        drawn = [(experiment, experiment.draw(rng)) for experiment in laboratory.experiments.values()]
        every = [(e, p, question) for e, p in drawn for question in e.questions(p)]
        if fresh := [one for one in every if one[2].name not in asked.get(one[0].name, ())]:
            break
    among = fresh or every
    experiment, parameters, question = among[int(rng.integers(len(among)))]
    seed = int(rng.integers(2**31))
    return Trial(experiment, parameters, seed, question, None, _changed(experiment, parameters))


def _changed(experiment: Experiment, parameters: Any) -> frozenset[str]:
    defaults = asdict(experiment.make())
    return frozenset(name for name, value in asdict(parameters).items() if value != defaults[name])


def home(experiment: Experiment, bringing: Mapping[str, Sequence[str]]) -> str | None:
    """The section to which what is asked outside of reviews belongs: that whose headings speak most of the experiment.

    `bringing` are the headings by section, in order, of those that bring it.
    """
    return max(bringing, key=lambda section: relevance(experiment, bringing[section]), default=None)


def apart(laboratory: Laboratory, outcome: OutcomeRow) -> str:
    """How far a predicted number was from what came out; empty for a choice, and where nothing can be compared."""
    if outcome.number is None:
        return ""
    try:
        experiment = laboratory.find(outcome.experiment)
        asked = experiment.questions(experiment.make(outcome.parameters))
        estimate = next((q.estimate for q in asked if q.name == outcome.question), None)
        return estimate.apart(outcome.number, estimate.read(outcome.answer_text)) if estimate else ""
    except StudyError:  # an experiment that is gone or was changed, a run that gave no number
        return ""


def misunderstood(
    answered: Iterable[AnsweredRow], zone: tzinfo | None = None, today: date | None = None
) -> tuple[str, str] | None:
    """Experiment and question of the oldest misconception that still stands, and is to be asked about `today`.

    It stands from the wrong answer that showed it until the question was answered right on two different days: once
    it was answered right, it rests for that day.
    """
    right_days: dict[tuple[str, str], set[date]] = {}
    for row in answered:
        key = row.experiment, row.question
        if not row.correct and row.misconception:
            right_days[key] = set()
        elif row.correct and key in right_days:
            right_days[key].add(local_day(row.at, zone))
            if len(right_days[key]) >= 2:
                del right_days[key]
    return next((key for key, days in right_days.items() if today not in days), None)


def _randomness(card: StoredCard, outcomes: int) -> tuple[np.random.Generator, int]:
    """New with each review and each outcome seen: an undo does not bring back a question whose answer is known."""
    bits = hashlib.sha256(f"{card.id}\0{card.memory.reviews}\0{outcomes}".encode()).digest()
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
    question: Question | None = None, changes: Sequence[Change] = (),
) -> Run:  # fmt: skip
    """Write a run into the database, and how the prediction that preceded it turned out.

    A run whose parameters were changed on the way answers no question: those are about parameters that stay.
    """
    fingerprint = digest(result)
    measurements = tuple(map(_measurement_row, result.measurements))
    questions = experiment.questions(parameters)
    answers = {q.name: q.say(q.answer(result)) for q in questions} if status == "finished" and not changes else {}
    row = RunRow(
        experiment.name, asdict(parameters), seed, card, at, seconds, status, fingerprint, experiment.version,
        nnstudy.__version__, np.__version__, platform.platform(), device, measurements, answers,
        tuple((change.step, change.name, change.value) for change in changes),
    )  # fmt: skip
    with store.transaction():
        run_id = store.runs.add(row)
        if prediction and question and status == "finished" and not changes:
            store.runs.settle(outcome(run_id, prediction, question, result))
    return Run(run_id, experiment.name, asdict(parameters), seed, seconds, result, fingerprint, questions)


def keep_prediction(
    store: Store, trial: Trial, given: float | str, confidence: str, at: datetime, device: str
) -> Prediction:  # fmt: skip
    """Write down what was predicted before the run, and how surely."""
    if confidence not in CONFIDENCES:
        raise StudyError(f"confidence {confidence!r} is unknown: it is one of {', '.join(CONFIDENCES)}")
    question = trial.question
    value = question.parse(given)
    choice, number = (int(value), None) if question.estimate is None else (None, value)
    row = PredictionRow(
        trial.card, trial.experiment.name, trial.values, trial.seed, question.name, question.text,
        choice, number, question.say(value), confidence, at, device,
    )  # fmt: skip
    with store.transaction():
        return Prediction(store.runs.predict(row), choice, confidence, number)


def outcome(run_id: str, prediction: Prediction, question: Question, result: Frame) -> OutcomeRow:
    """How a prediction turned out, by the numbers of the run."""
    answer = question.answer(result)
    return OutcomeRow(
        prediction=prediction.id,
        run=run_id,
        answer_text=question.say(answer),
        correct=question.right(prediction.given, answer),
        misconception=question.misconception(prediction.given, answer),
        explanation=question.explain(result),
        question_text=question.text,
        choice_text=question.say(prediction.given),
        confidence=prediction.confidence,
    )


def frames(experiment: Experiment, parameters: Any, seed: int) -> Iterator[Frame]:
    """The frames of a run, for a screen that draws them as they come."""
    return experiment.run(parameters, seed)


def _measurement_row(m: Any) -> MeasurementRow:
    return MeasurementRow(m.name, float(m.measured), m.expected, m.tolerance, m.holds, m.source, m.remark)
