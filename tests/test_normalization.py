"""Input normalization: moments decide and shapes do not, closed forms over a grid, what trained networks prefer."""

import itertools
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from support import SEEDS, Answered, unseen, whole

from nnstudy.lab import normalization
from nnstudy.lab.experiment import Frame, digest
from nnstudy.lab.normalization import SHAPES, Parameters, condition, descend, design, draw, questions, race, run, treat
from nnstudy.lab.pairs import published

GRID = list(itertools.product((0.0, 0.3, 1.0, 3.0, 10.0), (0.01, 0.5, 1.0, 20.0), (0.05, 0.99, 1.0, 1.01, 1.95)))


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = run(parameters, seed)
    return last


def first(parameters: Parameters, seed: int) -> Frame:
    return next(iter(run(parameters, seed)))


def named(frame: Frame, name: str) -> Any:
    return next(m for m in frame.measurements if m.name.startswith(name))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_measurement_holds_at_the_defaults(seed: int) -> None:
    frame = first(Parameters(), seed)
    assert [m.name for m in frame.measurements if not m.holds] == []
    assert len(frame.measurements) == 11


@pytest.mark.parametrize(("shift", "scale", "step"), GRID[::3])
def test_every_closed_form_holds_on_a_grid(shift: float, scale: float, step: float) -> None:
    frame = first(Parameters(shift, scale, step, "one-hot", 1.0), 1)
    assert [(m.name, m.measured, m.expected) for m in frame.measurements if m.holds is False] == []


@pytest.mark.parametrize(("shift", "kappa"), [(0.0, 1.0), (1.0, 6.854), (3.0, 119.0), (10.0, 1.04e4)])
def test_the_condition_number_of_a_shifted_input_is_the_known_one(shift: float, kappa: float) -> None:
    assert condition(shift, 1.0) == pytest.approx(kappa, rel=1e-3)
    assert condition(shift, 1.0) == pytest.approx(((shift + np.sqrt(shift**2 + 4)) / 2) ** 4, rel=1e-12)


@pytest.mark.parametrize(("shift", "scale"), itertools.product((0.0, 0.7, 4.0), (0.05, 1.0, 7.0)))
def test_the_condition_number_is_that_of_the_matrix(shift: float, scale: float) -> None:
    matrix = np.array([[1, shift], [shift, scale**2 + shift**2]])
    assert condition(shift, scale) == pytest.approx(np.linalg.cond(matrix), rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_the_moments_that_are_asked_for(shape: str) -> None:
    X = design(shape, np.random.default_rng(3), 2.0, 0.5)
    moments = [[1, 2, 0], [2, 4.25, 0], [0, 0, 1]]
    np.testing.assert_allclose(X.T @ X / len(X), moments, atol=1e-12)


def test_the_shapes_are_different_indeed() -> None:
    inputs = {shape: design(shape, np.random.default_rng(3), 0.0, 1.0)[:, 1:] for shape in SHAPES}
    assert len({round(float((u**4).mean()), 9) for u in inputs.values()}) == len(SHAPES)
    assert len(np.unique(inputs["one-hot"].round(9), axis=0)) == 3
    assert len(np.unique(inputs["plus or minus one"].round(9), axis=0)) == 4


def test_descent_follows_the_gradient_of_the_loss() -> None:
    X = design("exponential", np.random.default_rng(0), 1.5, 0.7)
    errors, tiny = descend(X, 0.1), 1e-5
    for axis in np.eye(3):
        both = normalization.losses(X, errors[0] + tiny * np.array([axis, -axis]))
        assert axis @ (errors[1] - errors[0]) == pytest.approx(-0.1 * (both[0] - both[1]) / (2 * tiny), abs=1e-8)


def test_no_fixed_step_shrinks_the_slowest_direction_faster_than_the_best_one() -> None:
    X = design("normal", np.random.default_rng(0), 2.0, 1.0)
    best = 2 / normalization.directions(X)[0].sum()
    _, vectors = normalization.directions(X)
    slower = [np.abs(descend(X, factor * best)[100] @ vectors.T).max() for factor in (0.9, 0.99, 1.0, 1.01)]
    assert np.argmin(slower) == 2


def test_raw_inputs_that_would_take_too_long_are_stopped_and_not_judged() -> None:
    steps = named(first(Parameters(shift=10.0, scale=0.1), 0), "steps until")
    assert steps.measured == np.inf
    assert steps.holds is None
    assert "10000" in steps.remark


def test_standardised_inputs_need_one_step() -> None:
    frame = first(Parameters(shift=0.0), 0)
    assert named(frame, "steps until").measured == 1
    assert named(frame, "rate").holds is None


@pytest.mark.parametrize(("step", "shift", "flat", "steep"), [(0.99, 3, 0, 0), (1.01, 3, 0, 1), (1.5, 0, 1, 1)])
def test_the_path_crosses_where_the_step_exceeds_one_over_the_eigenvalue(
    step: float, shift: float, flat: float, steep: float
) -> None:
    quantities = first(Parameters(shift, 1.0, step), 0).quantities
    assert (quantities["flat crosses"], quantities["steep crosses"]) == (flat, steep)


@pytest.mark.parametrize("rival", SHAPES[1:])
@pytest.mark.parametrize(("rival_shift", "faster"), [(3.0, 2), (2.0, 1), (4.0, 0)])
def test_the_mean_decides_the_race_of_shapes_and_the_shape_does_not(
    rival: str, rival_shift: float, faster: int
) -> None:
    for seed in range(3):
        assert first(Parameters(rival=rival, rival_shift=rival_shift), seed).quantities["faster"] == faster


def test_treatments_do_what_they_say_from_the_training_examples_alone() -> None:
    raw = np.exp(np.random.default_rng(1).standard_normal((normalization.LEARNED + 50, 2)))
    fed = {name: treat(name, raw) for name in ("standardised", *normalization.TREATMENTS)}
    train = {name: x[: normalization.LEARNED] for name, x in fed.items()}
    np.testing.assert_allclose(train["standardised"].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(train["standardised"].std(axis=0), 1)
    np.testing.assert_allclose(fed["shifted by 5"] - fed["standardised"], 5)
    np.testing.assert_allclose(fed["times 20"], 2000 * fed["times 1/100"])
    np.testing.assert_allclose(
        [train["min-max"].min(axis=0), train["min-max"].max(axis=0)], [[0, 0], [1, 1]], atol=1e-12
    )
    np.testing.assert_allclose(np.sort(train["rank-Gaussian"][:, 0]), -np.sort(-train["rank-Gaussian"][:, 1])[::-1])
    assert train["rank-Gaussian"].std(axis=0) == pytest.approx([1, 1], abs=0.03)
    changed = raw.copy()
    changed[normalization.LEARNED :] *= 3
    for name, x in train.items():
        np.testing.assert_array_equal(treat(name, changed)[: normalization.LEARNED], x)


def test_networks_are_paired_and_differ_in_their_inputs_only() -> None:
    pairs = race(Parameters(treatment="times 20"), 0)
    for standard, treated in zip(*pairs.networks, strict=True):
        np.testing.assert_array_equal(standard.weights[0], treated.weights[0])
    for (x, y), (x20, y20) in ((pairs.train), (pairs.new)):
        np.testing.assert_allclose(20 * x, x20, rtol=1e-5)
        np.testing.assert_array_equal(y, y20)


@pytest.mark.parametrize("treatment", ["shifted by 5", "times 20", "times 1/100", "min-max"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_standardised_inputs_win_against_badly_scaled_ones(treatment: str, activation: str) -> None:
    frame = result(Parameters(treatment=treatment, activation=activation, target="logarithms"), 0)
    assert frame.quantities["winner"] == 1


@pytest.mark.parametrize("treatment", normalization.TREATMENTS)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_standardised_inputs_win_the_published_share_of_the_pairs(
    treatment: str, activation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unseen(monkeypatch, normalization, 2)
    pairs = race(Parameters(treatment=treatment, activation=activation, target="logarithms"), 0)
    pairs.advance(normalization.TRAINED)
    _, (standard, treated) = pairs.tuned()
    known = normalization.PUBLISHED[activation] if treatment == "rank-Gaussian" else 1.0
    share = float(np.mean(standard < treated))
    assert len(standard) == 40
    assert published("wins", share, known, 40, "published").holds, share


@pytest.mark.parametrize("seed", range(3))
def test_a_more_normal_shape_wins_nothing_for_relu_networks(seed: int) -> None:
    assert result(Parameters(activation="relu", treatment="rank-Gaussian"), seed).quantities["winner"] != -1


def test_questions_are_answered_from_the_run_and_explained_with_its_numbers() -> None:
    answered = Answered()
    for seed in range(30):
        parameters = draw(np.random.default_rng(seed))
        frame = result(parameters, seed) if seed < 8 else first(parameters, seed)
        for question in questions(parameters)[: None if seed < 8 else 3]:
            answer = question.answer(frame)
            answered.add(question, answer)
            assert re.search(r"\d", question.explain(frame))
            assert len(question.explain(frame)) <= 4 * 74
            assert len(question.text) <= 3 * 74
            assert all(len(choice.text) <= 60 for choice in question.choices)
    assert {name: answered.seen(name) for name in ("shape", "zigzag", "networks")} == {
        "shape": 3, "zigzag": 3, "networks": 2,
    }  # fmt: skip
    assert max(answered.learned().values()) <= 0.8, answered.learned()


def test_the_twenty_comparisons_are_shown() -> None:
    dots = whole("normalization")[-1].figure.panels[-1].marks[0]
    assert len(dots.x) == 20  # type: ignore[union-attr]


def test_a_run_can_stop_after_its_first_frame_and_repeats_itself() -> None:
    frames = run(Parameters(), 0)
    assert next(frames).figure.panels
    frames.close()
    *_, again = run(Parameters(), 0)
    assert digest(again) == digest(whole("normalization")[-1]) != digest(result(Parameters(), 1))
