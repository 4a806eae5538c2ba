"""Neuron: what one threshold neuron computes, by count and by formula, and what training finds of it."""

import itertools
import math
import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SEEDS, Answered

from nnstudy.lab import neuron
from nnstudy.lab.experiment import Frame, digest
from nnstudy.lab.neuron import GATES, STARTS, Parameters, Starts, draw, exact_measurements, questions, run
from nnstudy.lab.pairs import published


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = run(parameters, seed)
    return last


@pytest.mark.parametrize("seed", SEEDS)
def test_every_measurement_holds_at_the_defaults(seed: int) -> None:
    found = result(Parameters(), seed).measurements
    assert [(m.name, m.measured, m.expected) for m in found if m.holds is False] == []
    assert sum(m.holds is True for m in found) == 10


@pytest.mark.parametrize("inputs", GATES)
@pytest.mark.parametrize(("points", "steepness", "layers"), [(2, 0.25, 2), (3, 1.0, 7), (17, 9.0, 13), (40, 20.0, 20)])
def test_the_closed_forms_hold_on_a_grid(inputs: int, points: int, steepness: float, layers: int) -> None:
    setting = Parameters(inputs, points, steepness, layers)
    found = exact_measurements(setting, np.random.default_rng(inputs))
    assert [(m.name, m.measured, m.expected) for m in found if not m.holds] == []


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_larger_weights_reach_no_further_gates(inputs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neuron, "LARGEST_WEIGHT", 6)
    assert neuron.count_gates(inputs) == GATES[inputs]


def test_weights_of_one_do_not_reach_every_gate_of_four_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neuron, "LARGEST_WEIGHT", 1)
    assert neuron.count_gates(4) < GATES[4]


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 25), st.integers(0, 10_000))
def test_lines_make_as_many_labellings_as_covers_formula_says(count: int, seed: int) -> None:
    points = np.random.default_rng(seed).standard_normal((count, 2))
    assert neuron.count_dichotomies(points) == count * count - count + 2


def test_random_lines_make_no_labelling_that_was_not_counted() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        points, lines = rng.standard_normal((5, 2)), rng.standard_normal((20_000, 3))
        sides = points @ lines[:, :2].T + lines[:, 2] > 0
        assert len(np.unique(sides, axis=1).T) <= neuron.count_dichotomies(points)


def test_four_corners_of_a_square_leave_out_the_two_labellings_of_xor() -> None:
    square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert neuron.count_dichotomies(square) == 14 == neuron.count_gates(2)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_gradient_is_that_of_finite_differences(activation: str) -> None:
    starts, h = Starts(activation, 0), 1e-6
    starts.W, starts.v, starts.c = (array.astype(float) for array in (starts.W, starts.v, starts.c))
    starts.W[2] = 0.3
    gradients = starts.gradient()
    rng, widths = np.random.default_rng(0), np.repeat(neuron.WIDTHS, STARTS)
    for _ in range(60):
        row, owner = rng.integers(3), rng.integers(len(widths))
        unit = rng.integers(widths[owner])
        for array, index, expected in (
            (starts.W, (row, unit, owner), gradients[0][row, unit, owner]),
            (starts.v, (unit, owner), gradients[1][unit, owner]),
            (starts.c, (owner,), gradients[2][owner]),
        ):
            kept, losses = array[index], []
            for shifted in (kept + h, kept - h):
                array[index] = shifted
                losses.append(starts.loss()[owner])
            array[index] = kept
            assert (losses[0] - losses[1]) / (2 * h) == pytest.approx(expected, abs=1e-7)


def test_networks_do_not_learn_from_each_other() -> None:
    one, other = Starts("tanh", 0), Starts("tanh", 0)
    other.v[:, -1] = 5.0
    for _ in range(20):
        one.step()
        other.step()
    np.testing.assert_array_equal(one.v[:, :-1], other.v[:, :-1])
    assert not np.array_equal(one.v[:, -1], other.v[:, -1])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_network_has_as_many_units_as_its_width_before_and_after_training(activation: str) -> None:
    starts = Starts(activation, 0)
    for _ in range(2):
        used = np.count_nonzero(starts.v.reshape(8, 8, STARTS), axis=0)
        np.testing.assert_array_equal(used, np.repeat(neuron.WIDTHS[:, None], STARTS, axis=1))
        for _ in range(20):
            starts.step()


@pytest.mark.parametrize(("activation", "variance"), [("relu", 1.0), ("tanh", 0.2)])
def test_weights_begin_with_the_variance_of_their_scheme(activation: str, variance: float) -> None:
    weights = Starts(activation, 3).W[:2, :8, 7 * STARTS :]  # Xavier from 2 inputs to 8 units: 2/(2 + 8)
    assert (weights**2).mean() == pytest.approx(variance, abs=4 * variance * math.sqrt(2 / weights.size))


def test_no_start_solves_xor_with_one_hidden_unit() -> None:
    for activation, seed in itertools.product(("relu", "tanh"), range(3)):
        by_name = {m.name: m for m in result(Parameters(activation=activation), seed).measurements}
        assert by_name["starts that solve XOR, width 1"].measured == 0


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_xor_is_solved_from_the_published_share_of_starts(activation: str) -> None:
    known, solved = neuron.PUBLISHED[activation], np.zeros(len(neuron.WIDTHS))
    seeds = range(1000, 1005)
    for seed in seeds:
        starts = Starts(activation, seed)
        for _ in range(neuron.STEPS):
            starts.step()
        solved += starts.solved().mean(axis=1) / len(seeds)
    for width, share in known.items():
        measured = float(solved[width - 1])
        assert published("solved", measured, share, len(seeds) * STARTS, "counted", STARTS).holds, (
            width,
            measured,
            share,
        )


def test_wider_networks_find_xor_more_often_than_those_of_two_units() -> None:
    for seed in range(5):
        shares = [result(Parameters(activation=kind), seed).quantities for kind in ("relu", "tanh")]
        assert all(0 < share["solved"] < share["solved by 8"] for share in shares)


def test_questions_are_answered_from_the_run_and_explained_with_its_numbers() -> None:
    answered = Answered()
    for seed in range(16):
        parameters = draw(np.random.default_rng(seed))
        frame = result(parameters, seed)
        for question in questions(parameters):
            answer = question.answer(frame)
            answered.add(question, answer)
            assert re.search(r"\d", question.explain(frame))
    assert {name: answered.seen(name) for name in ("gates", "labels", "rise")} == {"gates": 4, "labels": 4, "rise": 3}
    assert max(answered.learned().values()) <= 0.8, answered.learned()


@pytest.mark.parametrize(("points", "expected"), [(2, 0), (3, 0), (4, 1), (6, 1), (7, 2), (14, 2), (15, 3), (40, 3)])
def test_the_chance_of_random_labels_is_answered_by_the_count(points: int, expected: int) -> None:
    parameters = Parameters(points=points)
    question = {question.name: question for question in questions(parameters)}["labels"]
    assert question.answer(result(parameters, 0)) == expected


def test_texts_fit_the_screen() -> None:
    for seed in range(16):
        parameters = draw(np.random.default_rng(seed))
        for question in questions(parameters):
            assert len(question.text) <= 3 * 74
            assert len(question.explain(result(parameters, seed))) <= 4 * 74
            assert all(len(choice.text) <= 60 for choice in question.choices)
        assert all(len(m.name) <= 40 for m in result(parameters, seed).measurements)
        for panel in result(parameters, seed).figure.panels:
            labels = [mark.label for mark in panel.marks if mark.label]
            assert len(labels) <= 4
            assert all(len(label) <= 22 for label in labels)


def test_a_run_can_be_stopped_after_its_first_frame() -> None:
    frames = run(Parameters(), 0)
    first = next(frames)
    frames.close()
    assert first.measurements
    assert first.step < first.total


def test_the_same_seed_gives_the_same_result_and_another_seed_another() -> None:
    *_, again = run(Parameters(), 1)
    assert digest(result(Parameters(), 1)) == digest(again)
    assert digest(result(Parameters(), 1)) != digest(result(Parameters(), 2))
