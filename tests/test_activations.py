"""Activations: what a layer does to signal and gradient, in theory and in networks; who learns better."""

import dataclasses
import math
import re
from functools import cache

import numpy as np
import pytest
from support import SEEDS, Answered, unseen

from nnstudy.lab import activations, network
from nnstudy.lab.activations import KINDS, Parameters, draw, duel, expect, passages, propagate, questions, run
from nnstudy.lab.experiment import Frame, digest, generator
from nnstudy.lab.network import replicas
from nnstudy.lab.pairs import published

SMALL = Parameters(depth=8, width=64)


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = run(parameters, seed)
    return last


def deep(setting: Parameters, seed: int) -> list[tuple[str, float, float | None]]:
    """The measurements of the deep networks that fail."""
    found = [passages(setting, rng) for rng in replicas("activations", seed, activations.NETWORKS)]
    measured = activations.deep_measurements(setting, found)
    return [(m.name, m.measured, m.expected) for m in measured if m.holds is False]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_measurement_holds_at_the_defaults(seed: int) -> None:
    assert deep(Parameters(), seed) == []
    bound, popular = activations.chain_measurements(Parameters(), generator("activations chains", seed))
    assert bound.holds
    assert 0 < popular.measured < 0.01


@pytest.mark.parametrize("variance", [0.25, 1.0, 2.0, 4.0, 9.0])
@pytest.mark.parametrize(("depth", "width"), [(6, 64), (24, 64), (16, 128)])
def test_the_theory_holds_on_a_grid(variance: float, depth: int, width: int) -> None:
    setting = Parameters("tanh", variance, depth, width)
    found = [passages(setting, rng) for rng in replicas("activations", 0, activations.NETWORKS)]
    for kind in KINDS:
        measured = activations.deep_measurements(dataclasses.replace(setting, activation=kind), found)
        assert [(m.name, m.measured, m.expected) for m in measured if m.holds is False] == []


@pytest.mark.parametrize(
    ("activation", "variance", "factor"),
    [("sigmoid", 1, 0.2343), ("tanh", 1, 0.9037), ("tanh", 2, 1.0223), ("relu", 1, 0.7071), ("relu", 2, 1.0)],
)
def test_the_factor_is_the_known_one_in_the_limit_of_infinite_width(
    activation: str, variance: float, factor: float
) -> None:
    chi = expect(activation, float(variance), 16, 256).chi
    assert math.exp(np.log(chi).mean() / 2) == pytest.approx(factor, abs=5e-5)


def test_the_variances_between_networks_are_those_of_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 200
    for kind, variance in (("sigmoid", 4.0), ("tanh", 1.0), ("relu", 2.0)):
        monkeypatch.setattr(activations, "KINDS", (kind,))
        setting, theory = Parameters(kind, variance, 16, 64), expect(kind, variance, 16, 64)
        found = [passages(setting, rng)[kind] for rng in np.random.default_rng(0).spawn(count)]
        squares = np.log([way.squares[-1] for way in found])
        gradients = 2 * np.log([way.gradients[0] for way in found])
        slack = 4 * math.sqrt(2 / count) + 0.2  # the next order in 1/n
        assert squares.var() == pytest.approx(theory.s_variance + 2 / 64, rel=slack)
        assert gradients.var() == pytest.approx(theory.gradient_variance, rel=slack)


@pytest.mark.parametrize("activation", KINDS)
def test_the_gradient_sent_back_is_that_of_finite_differences(activation: str) -> None:
    rng, h = np.random.default_rng(1), 1e-6
    W, x, error = rng.standard_normal((4, 6, 6)), rng.standard_normal(6), rng.standard_normal(6)
    way = propagate(W, x, error, activation, x[None])
    for layer in range(4):
        gradient = np.zeros(6)
        for unit in range(6):
            ends = []
            for shift in (h, -h):
                z = way.z[layer].copy()
                z[unit] += shift
                for matrix in W[layer + 1 :]:
                    z = network.activate(activation, z) @ matrix
                ends.append(z @ error)
            gradient[unit] = (ends[0] - ends[1]) / (2 * h)
        assert way.gradients[layer] == pytest.approx(np.linalg.norm(gradient), rel=1e-6)


@pytest.mark.parametrize("variance", [0.25, 4.0, 9.0])
@pytest.mark.parametrize("depth", [6, 24])
def test_no_chain_of_sigmoid_units_passes_the_bound(variance: float, depth: int) -> None:
    setting = Parameters(variance=variance, depth=depth)
    assert activations.chain_measurements(setting, np.random.default_rng(0))[0].measured == 0


def test_the_slope_of_a_saturated_sigmoid_has_a_logarithm() -> None:
    z = np.array([-700.0, -40.0, -1.0, 0.0, 2.0, 40.0, 700.0])
    near = np.exp(-z[2:5])
    assert activations.log_slope(z)[2:5] == pytest.approx(np.log(near / (1 + near) ** 2))
    assert activations.log_slope(z)[[0, 1, 5, 6]] == pytest.approx([-700, -40, -40, -700])


def test_large_weights_break_the_popular_bound() -> None:
    setting = Parameters(variance=9.0, depth=6)
    assert activations.chain_measurements(setting, np.random.default_rng(0))[1].measured > 0.01


def test_the_share_of_flat_units_is_not_judged_where_there_are_none() -> None:
    rare = {m.name: m for m in result(SMALL, 0).measurements}["last layer: share of flat units"]
    assert rare.holds is None
    assert rare.remark


@pytest.mark.parametrize(
    ("activation", "variance", "published"),
    [
        ("sigmoid", 1.0, 0.2340),
        ("tanh", 1.0, 0.9036),
        ("tanh", 2.0, 1.0214),
        ("relu", 1.0, 0.7059),
        ("relu", 2.0, 0.9983),
    ],
)
def test_the_factor_of_the_gradient_is_the_published_one(
    activation: str, variance: float, published: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activations, "KINDS", (activation,))
    setting = Parameters(activation, variance, 16, 256)
    theory = expect(activation, variance, 16, 256)
    found = [passages(setting, rng)[activation] for rng in replicas("published", 0, activations.NETWORKS)]
    logs = [math.log(way.gradients[0] / way.gradients[-1]) for way in found]
    assert math.exp(np.mean(logs)) == pytest.approx(published**15, rel=0.05 + 2 * math.sqrt(theory.gradient_variance))


@pytest.mark.parametrize(("activation", "variance"), [("relu", 2.0), ("tanh", 4.0), ("sigmoid", 9.0)])
def test_saturated_and_dead_units_come_near_the_limit_of_infinite_width(activation: str, variance: float) -> None:
    setting = Parameters(activation, variance, 10, 256)
    found = [passages(setting, rng)[activation].flat for rng in replicas("activations", 0, 10)]
    np.testing.assert_allclose(np.mean(found, axis=0), activations.flat_theory(setting), atol=0.02)
    assert np.mean(found) > 0.02


@pytest.mark.parametrize("activation", KINDS)
def test_flat_units_are_counted_over_the_whole_batch(activation: str) -> None:
    W = np.array([[[2.0, -2.0, 0.001], [0.0, 0.0, -8.0]]])
    batch = np.array([[3.0, 0.0], [3.0, 1.0]])
    expected = {"relu": 1 / 3, "tanh": 5 / 6, "sigmoid": 5 / 6}
    assert activations.flat_by_layer(W, batch, activation)[0] == pytest.approx(expected[activation])


def test_relu_loses_to_both_smooth_activations_on_a_wave_of_many_inputs() -> None:
    for rival in ("sigmoid", "tanh"):
        pairs = duel(Parameters(rival=rival, task="wave"), 0)
        pairs.advance(activations.STEPS)
        _, losses = pairs.tuned()
        assert np.mean(losses[0] < losses[1]) <= 0.25


@pytest.mark.parametrize("rival", ["sigmoid", "tanh"])
def test_relu_wins_the_published_share_of_the_pairs(rival: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unseen(monkeypatch, activations, 4)
    pairs = duel(Parameters(rival=rival), 0)
    pairs.advance(activations.STEPS)
    _, losses = pairs.tuned()
    share = float(np.mean(losses[0] < losses[1]))
    assert len(losses[0]) == 80
    assert published("wins", share, activations.PUBLISHED[rival], 80, "published").holds, share


def test_a_pair_learns_from_the_same_examples_and_the_best_rate_is_one_of_the_grid() -> None:
    rates, losses = duel(SMALL, 0).tuned()
    assert set(rates) <= set(activations.RATES)
    assert losses.shape == (2, activations.REPLICAS)
    assert np.isfinite(losses).all()


def test_questions_are_answered_from_the_run_and_explained_with_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activations, "STEPS", 20)
    answered = Answered()
    for seed in range(16):
        parameters = dataclasses.replace(draw(np.random.default_rng(seed)), width=64)
        *_, frame = run(parameters, seed)
        for question in questions(parameters):
            answer, explanation = question.answer(frame), question.explain(frame)
            answered.add(question, answer)
            assert re.search(r"\d", explanation)
            assert len(explanation) <= 4 * 74
            assert len(question.text) <= 3 * 74
            assert all(len(choice.text) <= 60 for choice in question.choices)
    learned = answered.learned()
    assert learned.keys() == {"layers", "tanh", "duel"}
    assert max(learned["layers"], learned["tanh"]) <= 0.8
    assert learned["duel"] < 1, "so few steps decide it otherwise than a whole run does"


@pytest.mark.parametrize(("variance", "expected"), [(0.5, 0), (1.0, 0), (2.0, 1), (4.0, 2), (9.0, 2)])
def test_the_gradient_of_tanh_shrinks_keeps_or_grows_with_the_weights(variance: float, expected: int) -> None:
    setting = Parameters(variance=variance, width=128)
    found = [passages(setting, rng) for rng in replicas("activations", 0, activations.NETWORKS)]
    tanh = activations.deep_measurements(setting, found)[1].measured
    frame = dataclasses.replace(result(SMALL, 0), quantities={"tanh": tanh ** (setting.depth - 1)})
    assert {question.name: question for question in questions(setting)}["tanh"].answer(frame) == expected


def test_labels_and_names_fit_the_screen() -> None:
    last = result(SMALL, 0)
    assert all(len(m.name) <= 40 for m in last.measurements)
    assert len(last.figure.panels) == 6
    for panel in last.figure.panels:
        labels = [mark.label for mark in panel.marks if mark.label]
        assert len(labels) <= 4
        assert all(len(label) <= 22 for label in labels)


def test_a_run_can_be_stopped_after_its_first_frame() -> None:
    frames = run(Parameters(), 0)
    first = next(frames)
    frames.close()
    assert 0 < first.step < first.total


def test_the_same_seed_gives_the_same_result_and_another_seed_another() -> None:
    *_, again = run(SMALL, 0)
    assert digest(result(SMALL, 0)) == digest(again)
    assert digest(result(SMALL, 0)) != digest(result(SMALL, 2))
