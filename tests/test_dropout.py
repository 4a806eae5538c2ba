"""Dropout: masks, averages over masks, ridge, and the regimes in which it helps or harms."""

import copy
from functools import cache

import numpy as np
import pytest
from support import SEEDS, Answered, unseen, whole

from nnstudy.lab import dropout
from nnstudy.lab.dropout import Chains, Parameters, draw, questions, run
from nnstudy.lab.experiment import Frame, digest, share_tolerance
from nnstudy.lab.network import quadrant_examples


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = run(parameters, seed)
    return last


@pytest.mark.parametrize("seed", SEEDS)
def test_every_measurement_holds_at_the_defaults(seed: int) -> None:
    frame = next(frame for frame in run(Parameters(), seed) if frame.stage == "training")
    assert [m.name for m in frame.measurements if m.holds is False] == []
    assert sum(m.holds is True for m in frame.measurements) == 6


def test_the_last_frame_is_the_last_step_and_has_every_measurement() -> None:
    last = whole("dropout")[-1]
    assert last.step == last.total
    assert sum(m.holds is True for m in last.measurements) == 9


@pytest.mark.parametrize("p", [0.0, 0.05, 0.3, 0.7, 0.9])
@pytest.mark.parametrize("head", [dropout.SOFTMAX, dropout.RELU])
@pytest.mark.parametrize("units", [2, 7, 12])
def test_masks_and_averages_follow_their_formulas(p: float, head: str, units: int) -> None:
    first = next(run(Parameters(p=p, head=head, units=units), 3))
    assert [m.name for m in first.measurements if m.holds is False] == []
    assert first.measurements[1].expected == pytest.approx(p / (1 - p))
    if head == dropout.SOFTMAX:
        assert first.quantities["geometric gap"] < 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_with_a_relu_in_between_one_pass_is_not_the_geometric_mean(seed: int) -> None:
    first = next(run(Parameters(head=dropout.RELU), seed))
    assert first.quantities["geometric gap"] > 1e-6
    assert first.measurements[2].holds is None


def descended(p: float, seed: int, steps: int) -> Chains:
    """Chains after so many steps, block by block: masks for all at once would take half a gigabyte."""
    chains = Chains(p, seed)
    for _ in range(steps // dropout.CHAIN_BLOCK):
        chains.advance(dropout.CHAIN_BLOCK)
    return chains


@pytest.mark.parametrize("p", [0.0, 0.1, 0.8, 0.9])
def test_descent_with_dropout_ends_at_ridge_and_not_at_least_squares(p: float) -> None:
    chains = descended(p, 1, 4000)
    ridge, penalty, away = chains.measurements()
    assert ridge.holds
    assert penalty.holds
    gradient = 2 * (chains.A @ chains.ridge - chains.X.T @ chains.y[:, 0])
    np.testing.assert_allclose(gradient + 2 * p / (1 - p) * np.diag(chains.A) * chains.ridge, 0, atol=1e-8)
    assert (away.measured > 4 * (ridge.tolerance or 0)) == (p > 0)


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_a_step_of_the_regression_goes_along_the_gradient_of_its_masked_loss(p: float) -> None:
    chains = Chains(p, 0)
    masks = dropout.dropout_mask(copy.deepcopy(chains.generators), p, np.empty((dropout.REPLICAS, 1, *chains.X.shape)))

    def loss(w: np.ndarray) -> np.ndarray:
        return np.square(masks[:, 0] * chains.X @ w - chains.y).sum((1, 2)) / 2

    start, gradient = chains.w.copy(), np.empty_like(chains.w)
    for column in range(start.shape[1]):
        shift = np.zeros_like(start)
        shift[:, column] = 1e-5
        gradient[:, column, 0] = (loss(start + shift) - loss(start - shift)) / 2e-5
    chains.advance(1)
    np.testing.assert_allclose(chains.w, start - chains.rate * gradient, atol=1e-8)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_averaged_descent_comes_as_near_to_ridge_as_published_and_least_squares_does_not(p: float) -> None:
    found = []
    for seed in range(1000, 1002):
        found.append([m.measured for m in descended(p, seed, dropout.CHAIN_STEPS).measurements()])
    error, _, away = np.array(found).T
    assert error.max() <= 0.002
    assert 0.09 <= away.min() < away.max() <= 0.75


@pytest.mark.parametrize("regime", dropout.REGIMES)
def test_the_shares_of_pairs_are_the_published_ones(regime: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unseen(monkeypatch, dropout, 4)
    pairs = dropout.train_pairs(Parameters(regime=regime), 0)
    pairs.advance(dropout.REGIMES[regime].steps)
    compared = dropout.compare(pairs)
    shares = compared["dropout helps"], compared["dropout trains worse"], dropout.survives_deletion(pairs)
    assert len(pairs.losses[-1][0]) == 80
    for share, published in zip(shares, (dropout.REGIMES[regime].helps, 1.0, 1.0), strict=True):
        assert share == pytest.approx(published, abs=share_tolerance(published, 80))


def test_clean_data_have_no_noise_and_flipped_labels_are_flipped_in_training_only() -> None:
    rng = np.random.default_rng(0)
    x, y = dropout.REGIMES[dropout.PLENTY].examples(rng, 50, True)
    assert np.array_equal(y, np.sin(3 * x))
    for noisy, share in ((True, 0.2), (False, 0.0)):
        x, y = quadrant_examples(rng, 4000, noisy)
        flipped = (y[:, 1] == 1) != (x[:, 0] * x[:, 1] > 0)
        assert flipped.mean() == pytest.approx(share, abs=4 * (0.16 / 4000) ** 0.5 if noisy else 0)


def test_the_published_shares_are_judged_at_their_own_p_only() -> None:
    judged = [m for m in result(Parameters(p=0.2), 0).measurements if m.name.startswith("pairs")]
    assert [m.holds for m in judged] == [None] * 3
    assert all("p = 0.5" in m.remark for m in judged)


def test_without_dropping_the_pairs_are_equal() -> None:
    assert result(Parameters(p=0.0, regime=dropout.PLENTY), 0).quantities["test winner"] == 0


def test_no_answer_can_be_learned_by_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropout, "CHAIN_STEPS", 2 * dropout.BURN_IN)  # the penalty need only come near
    rng, answered = np.random.default_rng(0), Answered()
    for _ in range(8):
        parameters = draw(rng)
        *_, last = run(parameters, 0)
        for question in questions(parameters):
            right = question.answer(last)
            answered.add(question, right)
    assert max(answered.learned().values()) <= 0.8, answered.learned()


def test_the_same_seed_gives_the_same_result_and_another_seed_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropout, "CHAIN_STEPS", dropout.BURN_IN + dropout.CHAIN_BLOCK)
    first, again, other = (digest([*run(Parameters(), seed)][-1]) for seed in (0, 0, 1))
    assert first == again != other
