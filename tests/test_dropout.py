"""Dropout: masks, averages over masks, ridge, and the regimes in which it helps or harms."""

import re
from functools import cache

import numpy as np
import pytest
from support import Answered

from nnstudy.lab import dropout
from nnstudy.lab.dropout import Chains, Parameters, draw, questions, run
from nnstudy.lab.experiment import Frame, digest


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = run(parameters, seed)
    return last


@pytest.mark.parametrize("seed", range(20))
def test_every_measurement_holds_at_the_defaults(seed: int) -> None:
    frame = next(frame for frame in run(Parameters(), seed) if frame.stage == "training")
    assert [m.name for m in frame.measurements if m.holds is False] == []
    assert sum(m.holds is True for m in frame.measurements) == 6


def test_the_last_frame_is_the_last_step_and_has_every_measurement() -> None:
    last = result(Parameters(), 0)
    assert last.step == last.total
    assert sum(m.holds is True for m in last.measurements) == 6
    assert any("share of pairs" in m.name for m in last.measurements)


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


@pytest.mark.parametrize("p", [0.0, 0.1, 0.8, 0.9])
def test_descent_with_dropout_ends_at_ridge_and_not_at_least_squares(p: float) -> None:
    chains = Chains(p, 1)
    chains.advance(6000)
    ridge, penalty, away = chains.measurements()
    assert ridge.holds
    assert penalty.holds
    gradient = 2 * (chains.A @ chains.ridge - chains.X.T @ chains.y[:, 0])
    np.testing.assert_allclose(gradient + 2 * p / (1 - p) * np.diag(chains.A) * chains.ridge, 0, atol=1e-8)
    assert (away.measured > 4 * (ridge.tolerance or 0)) == (p > 0)


@pytest.mark.parametrize("seed", range(2))
def test_dropout_helps_where_noise_is_fitted_and_harms_where_units_are_few(seed: int) -> None:
    wins = {r: result(Parameters(regime=r), seed).quantities["test winner"] for r in dropout.REGIMES}
    assert wins[dropout.OVERFIT] == 1
    assert wins[dropout.PLENTY] == wins[dropout.SPIRALS] == -1


@pytest.mark.parametrize("seed", range(5))
def test_dropout_trains_to_the_higher_loss_and_survives_deletion(seed: int) -> None:
    quantities = result(Parameters(), seed).quantities
    assert quantities["dropout trains worse"] >= 0.95
    assert quantities["survives deletion"] >= 0.95


def test_without_dropping_the_pairs_are_equal() -> None:
    assert result(Parameters(p=0.0, regime=dropout.PLENTY), 0).quantities["test winner"] == 0


def test_questions_answer_from_the_run_and_differ_between_draws() -> None:
    rng, answered = np.random.default_rng(0), Answered()
    for _ in range(14):
        parameters = draw(rng)
        last = result(parameters, 0)
        for question in questions(parameters):
            right = question.answer(last)
            answered.add(question, right)
            assert re.search(r"\d", question.explain(last))
    assert max(answered.learned().values()) <= 0.8, answered.learned()


def test_a_run_can_stop_after_its_first_frame_and_repeats_itself() -> None:
    frames = run(Parameters(), 0)
    assert next(frames).figure.panels
    frames.close()
    *_, again = run(Parameters(), 0)
    assert digest(again) == digest(result(Parameters(), 0)) != digest(result(Parameters(), 1))
