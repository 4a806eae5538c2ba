"""Stability: angles and perturbations by layer, what deleting units costs, what pruning costs."""

import itertools
import math
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from support import SEEDS, Answered, unseen

from nnstudy.lab import stability
from nnstudy.lab.experiment import Frame, adjudicate, digest, generator, share_tolerance
from nnstudy.lab.pairs import published
from nnstudy.lab.stability import (
    Parameters,
    Redundancy,
    Signals,
    draw,
    growth,
    questions,
    run,
    wide_growth,
)


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = run(parameters, seed)
    return last


def signals(parameters: Parameters, seed: int) -> Signals:
    made = Signals(parameters, seed)
    for _ in range(parameters.depth):
        made.advance()
    return made


def trained(parameters: Parameters, seed: int, steps: int = 12) -> Redundancy:
    nets = Redundancy(parameters, seed)
    for _ in range(steps):
        nets.advance()
    return nets


def named(frame: Frame, name: str) -> Any:
    return next(m for m in frame.measurements if m.name.startswith(name))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_measurement_of_the_layers_holds_at_the_defaults(seed: int) -> None:
    frame = next(frame for frame in run(Parameters(), seed) if frame.step == Parameters().depth)
    assert [m.name for m in frame.measurements if m.holds is False] == []
    assert sum(m.holds is True for m in frame.measurements) == 4


@pytest.mark.parametrize(("scale", "cosine"), itertools.product((0.25, 1.5, 4.0, 16.0), (-1.0, 0.3, 1.0)))
def test_angle_and_growth_hold_on_a_grid(scale: float, cosine: float) -> None:
    for seed, depth in ((0, 2), (1, 8)):
        found = signals(Parameters(depth=depth, cosine=cosine, scale=scale), seed).measurements()
        assert [m.name for m in found if m.holds is False] == []
        assert [m.holds for m in found] == [True, True, None, None]


@pytest.mark.parametrize(("scale", "rate"), [(0.5, 0.706), (1.5, 1.02), (4.0, 1.17), (9.0, 1.36)])
def test_the_growth_settles_at_the_known_rates(scale: float, rate: float) -> None:
    assert wide_growth(scale, 200)[-1] == pytest.approx(rate, abs=0.006)


@pytest.mark.parametrize("q", [0.1, 1.0, 4.0, 16.0])
@pytest.mark.parametrize("r", [0.0, 0.5, -0.9])
def test_the_growth_is_the_mean_over_two_normal_variables(q: float, r: float) -> None:
    x = np.linspace(-9, 9, 901)
    density = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    both = r * x[:, None] + np.sqrt(1 - r * r) * x
    squares = (1 - np.tanh(np.sqrt(q) * x[:, None]) ** 2) ** 2 * both**2
    assert growth(3.0, q, r) == pytest.approx(3.0 * density @ squares @ density, rel=1e-9)


def test_perturbations_are_small_enough_to_grow_linearly(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = Parameters(depth=6, scale=9.0)
    growths = [signals(parameters, 0).sizes[-1] / stability.TINY]
    monkeypatch.setattr(stability, "TINY", stability.TINY / 30)
    growths.append(signals(parameters, 0).sizes[-1] / stability.TINY)
    np.testing.assert_allclose(*growths, rtol=1e-4)


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.9])
def test_deleting_units_keeps_the_mean_and_adds_the_variance(p: float) -> None:
    for seed in range(10):
        assert all(m.holds for m in stability.deletion(Parameters(deleted=p), generator("test", seed)))


def test_deletion_leaves_a_share_of_the_accuracy_and_the_network_as_it_was() -> None:
    nets = trained(Parameters(width=32), 0)
    before = nets.accuracy(nets.nets[0])
    left = nets.without_units(0.5)
    assert left.shape == (2, stability.REPLICAS)
    assert (left[0].mean(), left[1].mean()) < (before.mean(), before.mean())
    np.testing.assert_array_equal(nets.accuracy(nets.nets[0]), before)


def test_pruning_removes_the_smallest_weights_and_puts_them_back() -> None:
    nets = trained(Parameters(width=16), 0)
    before = [W.copy() for W in nets.nets[0].weights]
    accuracy = nets.accuracy(nets.nets[0])
    assert nets.pruned(0.95)[0].mean() < accuracy.mean() - 0.2
    for W, kept in zip(nets.nets[0].weights, before, strict=True):
        np.testing.assert_array_equal(W, kept)


@pytest.mark.parametrize("loss", list(stability.LOSSES))
def test_the_trained_gradient_is_that_of_the_loss(loss: str) -> None:
    net = stability.Perceptrons((2, 5, 2), [np.random.default_rng(1)], loss=stability.LOSSES[loss][0], dtype=np.float64)
    x, y = (array[None, :9] for array in stability.quadrants(np.random.default_rng(0)))
    gradient, W, tiny = net.gradient(x, y)[0].copy(), net.weights[0], 1e-6
    for index in ((0, 0, 0), (0, 1, 3), (0, 0, 4)):
        kept, around = W[index], []
        for change in (tiny, -tiny):
            W[index] = kept + change
            around.append(float(net.loss(x, y)[0]))
        W[index] = kept
        assert gradient[index] == pytest.approx((around[0] - around[1]) / (2 * tiny), abs=1e-7)


@pytest.mark.parametrize("seed", range(2))
def test_many_units_survive_deletion_better_than_few(seed: int) -> None:
    wide, narrow = (
        result(Parameters(depth=2, width=w, rival=v), seed).quantities["winner"] for w, v in ((32, 8), (8, 32))
    )
    assert (wide, narrow) == (1, -1)


def test_equal_networks_are_too_close_to_call() -> None:
    assert result(Parameters(depth=2, width=16, rival=16), 0).quantities["winner"] == 0


@pytest.mark.parametrize("seed", range(2))
def test_cross_entropy_leaves_more_without_units_than_the_squared_error(seed: int) -> None:
    frame = result(Parameters(depth=2, rival=64, rival_loss=stability.SQUARED), seed)
    assert frame.quantities["winner"] == 1
    assert frame.quantities["whole rival"] > 0.85


@pytest.mark.parametrize("width", [2, 256])
@pytest.mark.parametrize("loss", list(stability.LOSSES))
def test_networks_of_any_width_learn_without_running_away(width: int, loss: str) -> None:
    nets = trained(Parameters(width=width, loss=loss, rival=2), 0)
    assert nets.accuracy(nets.nets[0]).mean() > (0.85 if width == 256 else 0.6)


@pytest.mark.parametrize("seed", range(2))
def test_networks_from_two_starts_agree_although_their_weights_are_unlike(seed: int) -> None:
    frame = result(Parameters(depth=2), seed)
    assert named(frame, "permuted units").holds
    assert named(frame, "same class").measured > 0.9
    assert abs(named(frame, "cosine of their").measured) < 0.2


def test_questions_are_answered_from_the_run_and_explained_with_its_numbers() -> None:
    answered = Answered()
    for seed in range(5):
        parameters = draw(np.random.default_rng(seed))
        frame = result(parameters, seed)
        for question in questions(parameters):
            answer = question.answer(frame)
            answered.add(question, answer)
            assert re.search(r"\d", question.explain(frame))
            assert len(question.explain(frame)) <= 4 * 74
            assert len(question.text) <= 3 * 74
            assert all(len(choice.text) <= 60 for choice in question.choices)
    assert len(answered.learned()) == 4
    assert max(answered.learned().values()) <= 0.8, answered.learned()


def test_all_thirty_draws_differ_in_what_becomes_of_a_perturbation() -> None:
    seen = set()
    for seed in range(30):
        parameters = draw(np.random.default_rng(seed))
        factor = float(np.prod(wide_growth(parameters.scale, parameters.depth)))
        seen.add(int(np.searchsorted((0.5, 2.0, 20.0), factor)))
    assert seen == {0, 1, 2, 3}


def test_the_twenty_comparisons_are_shown() -> None:
    dots = result(Parameters(depth=2), 0).figure.panels[2].marks[0]
    assert len(dots.x) == 20  # type: ignore[union-attr]


def test_a_run_can_stop_after_its_first_frame_and_repeats_itself() -> None:
    parameters = Parameters(depth=2, width=16)
    frames = run(parameters, 0)
    assert next(frames).figure.panels
    frames.close()
    *_, again = run(parameters, 0)
    assert digest(again) == digest(result(parameters, 0)) != digest(result(parameters, 1))


def test_of_512_units_half_can_be_deleted_at_less_cost_than_of_8(monkeypatch: pytest.MonkeyPatch) -> None:
    unseen(monkeypatch, stability, 4)
    left = trained(Parameters(width=512, rival=8), 0, steps=6).without_units(0.5, 1)
    assert left.shape == (2, 80)
    assert published("wins", float(np.mean(left[0] > left[1])), 1.0, 80, "published").holds


def test_either_loss_leaves_networks_equally_calm_when_the_input_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stability, "REPLICAS", 4)
    setting, changed = Parameters(width=32, rival=32, rival_loss=stability.SQUARED), []
    for seed in range(1000, 1020):
        changed.append(trained(setting, seed).changed())
    differences = np.diff(np.concatenate(changed, axis=1), axis=0)[0]
    assert abs(differences.mean()) <= 4 * differences.std(ddof=1) / math.sqrt(80)
    assert adjudicate(differences) == 0
    assert 0.03 < np.mean(changed) < 0.1


def test_half_of_the_weights_can_go_in_the_published_share_of_networks_that_may_lose_a_twentieth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stability, "REPLICAS", 4)
    harmless = []
    for seed in range(1000, 1020):
        nets = trained(Parameters(width=64, rival=2), seed)
        lost = nets.accuracy(nets.nets[0]) - nets.pruned(0.5)[0]
        harmless.append(float(np.mean(lost <= 0.05 + stability.EXACT)))
    assert 0.56 - share_tolerance(0.56, 80) <= np.mean(harmless) <= 0.94 + share_tolerance(0.94, 80)


def test_the_rank_of_a_wide_untrained_layer_is_that_of_its_fourier_coefficients() -> None:
    nets = Redundancy(Parameters(width=512), 1000)
    rank = next(m for m in nets.measurements() if m.name.startswith("participation"))
    assert rank.measured == pytest.approx(rank.expected, rel=0.1)
    t = (np.arange(20_000) + 0.5) * np.pi / 10_000
    powers = [np.mean(np.maximum(np.cos(t), 0) * np.cos(k * t)) ** 2 for k in range(200)]
    exact = sum(powers) * 2 - powers[0], sum(p**2 for p in powers) * 2 - powers[0] ** 2
    assert rank.expected == pytest.approx(exact[0] ** 2 / exact[1], rel=1e-4)


def test_what_is_lost_is_shown_for_both_stacks_and_begins_with_nothing_lost() -> None:
    frame = result(Parameters(depth=2, rival=64, rival_loss=stability.SQUARED), 0)
    for panel in frame.figure.panels[3:5]:
        for line, whole in zip(panel.marks, ("whole", "whole rival"), strict=True):
            assert line.y[0] == pytest.approx(frame.quantities[whole])  # type: ignore[union-attr]
            assert line.y[-1] < line.y[0]  # type: ignore[union-attr]
