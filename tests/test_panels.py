"""The answer of every question can be read from the panel beside it: computed here from that panel's marks alone."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from support import whole

from nnstudy.lab.experiment import Experiment, Frame, Panel, Question, adjudicate, discover
from nnstudy.lab.normalization import GOAL

Read = Callable[[Panel, Any], float]


def marks(panel: Panel, label: str) -> Any:
    """The mark of a panel that has this label."""
    (found,) = (mark for mark in panel.marks if mark.label == label)
    return found


def at(mark: Any, x: float) -> float:
    """The height of a mark at x."""
    (place,) = np.flatnonzero(mark.x == x)
    return float((mark.heights if hasattr(mark, "heights") else mark.y)[place])


def winner(panel: Panel, _: Any) -> float:
    """The first choice where dots lie above 0, the second below, the third where it is too close to call."""
    (dots,) = (mark.y for mark in panel.marks if mark.label.startswith(("one pair", "20 ")))
    assert len(dots) == 20
    return {1: 0, -1: 1, 0: 2}[adjudicate(dots)]


def last(label: str) -> Read:
    return lambda panel, _: float(marks(panel, label).y[-1])


def among(bounds: tuple[float, ...], read: Read) -> Read:
    """The choice between whose bounds a number lies."""
    return lambda panel, p: int(np.searchsorted(bounds, read(panel, p)))


def per_layer(label: str, layers: int | None = None) -> Read:
    """By what a line falls or grows towards the first layer, over all layers or so many."""

    def read(panel: Panel, _: Any) -> float:
        y = marks(panel, label).y
        return float(y[0] / y[-1]) ** (1.0 if layers is None else layers / (len(y) - 1))

    return read


def labellings(panel: Panel, p: Any) -> float:
    share = at(marks(panel, "counted"), p.points) / 2**p.points
    return 0 if share == 1 else 3 - int(np.searchsorted((0.01, 0.499), share))


def rise(panel: Panel, _: Any) -> float:
    (line,) = (mark for mark in panel.marks if mark.label.startswith("2 ln 9"))
    return float(np.ptp(line.x))


def faster(panel: Panel, p: Any) -> float:
    normal, rival = marks(panel, "normal").y, marks(panel, p.rival).y
    return 2 if np.abs(normal - rival).max() < 1e-9 else int(rival.mean() < normal.mean())


def steps_to_goal(panel: Panel, _: Any) -> float:
    loss = marks(panel, "best step").y
    return math.log(GOAL) / math.log((loss[100] / loss[0]) ** (1 / 200))


def crossed_directions(panel: Panel, _: Any) -> float:
    """In how many directions the path changes side: the axes of the loss, whose valley is the flat one."""
    path, heat = marks(panel, "path"), panel.marks[0]
    x, y = np.meshgrid(heat.x, heat.y)  # type: ignore[union-attr]
    weight = 10.0 ** -heat.values.ravel()  # type: ignore[union-attr]
    _, axes = np.linalg.eigh(np.cov(np.stack([x.ravel(), y.ravel()]), aweights=weight))
    sides = np.sign(np.stack([path.x, path.y], axis=1)[:4] @ axes)
    return int((sides[1:] != sides[:-1]).all(axis=0).sum())


def sides_changed(panel: Panel, _: Any) -> float:
    sides = np.sign(panel.marks[0].y)  # type: ignore[union-attr]
    changes = np.count_nonzero(sides[1:] != sides[:-1])
    return int(np.searchsorted([1, 5], changes, side="right"))


def explained(panel: Panel, _: Any) -> float:
    own = marks(panel, "own data")
    return float(1 - np.square(own.x - own.y).sum() / np.square(own.x).sum())


def few_and_all(panel: Panel, p: Any) -> float:
    pairs = marks(panel, "20 pairs")
    few, every = pairs.y[pairs.x == p.observations // 8], pairs.y[pairs.x == p.inputs]
    assert len(few) == len(every) == 20
    return {1: 0, -1: 1, 0: 2}[adjudicate(few - every)]


def learned_labels(panel: Panel, _: Any) -> float:
    return 2 * (marks(panel, "coins, training").y[-1] < 0.99) + (marks(panel, "coins").y[-1] > 0.6)


def dropout_winner(panel: Panel, _: Any) -> float:
    plain, dropped = (marks(panel, name).y[-1] for name in ("p = 0", "dropout"))
    trained = marks(panel, "dropout, training").y[-1] < marks(panel, "p = 0, training").y[-1]
    return int(trained) if dropped < plain else 2


def penalty(panel: Panel, _: Any) -> float:
    """1 where the points of descent lie on ridge's line, which is drawn for it, and not on that of least squares."""
    points, ridge, plain = (marks(panel, name).y for name in ("descent", "ridge", "plain"))
    assert np.abs(points - ridge).max() < 0.1 * np.abs(plain - ridge).max()
    return 1.0


def average(panel: Panel, _: Any) -> float:
    one, geometric = (marks(panel, name).value for name in ("one pass", "geometric mean"))
    return (one > 1e-9) + (abs(one - geometric) > 1e-9)


def reverse_fit(panel: Panel, p: Any) -> float:
    line = marks(panel, "reverse")
    centre = float(line.x[line.y.argmax()])
    deviation = 1 / (float(line.y.max()) * math.sqrt(2 * math.pi))
    return 0 if abs(centre) > p.separation / 2 else 1 if deviation > 1.1 else 2


READ: dict[tuple[str, str], Read] = {
    ("neuron", "gates"): lambda panel, p: at(marks(panel, "counted"), p.inputs),
    ("neuron", "starts"): lambda panel, p: at(marks(panel, "solved"), p.hidden),
    ("neuron", "labels"): labellings,
    ("neuron", "rise"): among((0.5, 2), rise),
    ("activations", "layers"): per_layer("sigmoid", 5),
    ("activations", "tanh"): among((0.5, 2), per_layer("tanh")),
    ("activations", "duel"): winner,
    ("normalization", "shape"): faster,
    ("normalization", "steps"): steps_to_goal,
    ("normalization", "zigzag"): crossed_directions,
    ("normalization", "networks"): winner,
    ("initialization", "variance"): lambda panel, _: marks(panel, "forward").y[-1] / marks(panel, "forward").y[0],
    ("initialization", "typical"): lambda panel, _: marks(panel, "forward").y[-1] / marks(panel, "theory").y[-1],
    ("initialization", "winner"): winner,
    ("initialization", "initial loss"): last("measured"),
    ("momentum", "crossings"): sides_changed,
    ("momentum", "race"): winner,
    ("momentum", "floor"): lambda panel, _: marks(panel, "this beta").y[-1] / marks(panel, "beta = 0").y[-1],
    ("stability", "growth"): last("tanh networks"),
    ("stability", "angle"): among((0.7, 0.85, 0.95), last("ReLU networks")),
    ("stability", "units"): winner,
    ("stability", "pruning"): lambda panel, _: int(
        np.searchsorted((0.375, 0.675), np.mean(marks(panel, "one network").y > 0.01 + 1e-9))
    ),
    ("overfitting", "noise"): explained,
    ("overfitting", "descent"): few_and_all,
    ("overfitting", "labels"): learned_labels,
    ("overfitting", "units"): winner,
    ("dropout", "winner"): dropout_winner,
    ("dropout", "penalty"): penalty,
    ("dropout", "average"): average,
    ("divergence", "floor"): last("loss"),
    ("divergence", "reverse"): reverse_fit,
    ("divergence", "estimator"): winner,
    ("divergence", "triangle"): lambda panel, p: at(marks(panel, "drawn"), p.outcomes),
}


@cache
def result(experiment: Experiment, parameters: Any) -> Frame:
    if parameters == experiment.make():
        return whole(experiment.name)[-1]
    *_, frame = experiment.run(parameters, 0)
    return frame


QUICK = {"neuron": 3, "momentum": 6, "divergence": 2}  # draws of what runs in a fraction of a second


def asked() -> list[Any]:
    """Every question at the defaults or at the first draw that has it, and at more draws of a quick experiment."""
    found = []
    for experiment in discover().values():
        drawn = [experiment.draw(np.random.default_rng(seed)) for seed in range(12)]
        seen = set()
        for place, parameters in enumerate((experiment.make(), *drawn)):
            for question in experiment.questions(parameters):
                if question.name not in seen or place <= QUICK.get(experiment.name, 0):
                    seen.add(question.name)
                    name = f"{experiment.name} {question.name} {place}"
                    found.append(pytest.param(experiment, parameters, question, id=name))
    return found


@pytest.mark.parametrize(("experiment", "parameters", "question"), asked())
def test_the_answer_can_be_read_from_the_panel_of_the_question(
    experiment: Experiment, parameters: Any, question: Question
) -> None:
    frame = result(experiment, parameters)
    panel = frame.figure.panels[question.panel]
    read = READ[experiment.name, question.name](panel, parameters)
    assert question.right(read, question.answer(frame)), (panel.title, read, question.answer(frame))
