"""The divergence experiment: closed forms over a grid, its measurements over seeds, its questions."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SEEDS, Answered

from nnstudy.lab import divergence
from nnstudy.lab.divergence import NORMAL, Parameters, Z
from nnstudy.lab.experiment import Frame, adjudicate, digest

weights = st.lists(st.floats(1e-3, 1.0), min_size=4, max_size=4).map(lambda parts: np.array(parts) / sum(parts))


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = divergence.run(parameters, seed)
    return last


def named(frame: Frame, name: str) -> divergence.Measurement:
    return next(m for m in frame.measurements if m.name.startswith(name))


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_that_applies_holds_at_the_defaults(seed: int) -> None:
    assert [m for m in result(Parameters(), seed).measurements if m.holds is False] == []


@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(outcomes=2, mean=0.1, separation=0.5, flip=0.5),
        Parameters(outcomes=4, mean=0.5, separation=2.0, weight=0.6, flip=0.01),
        Parameters(outcomes=6, mean=1.0, separation=3.0, weight=0.9, flip=0.2),
        Parameters(outcomes=8, mean=2.5, separation=6.0, weight=0.7, flip=0.0),
        Parameters(outcomes=3, mean=1.5, separation=3.0, weight=0.5, flip=0.35),
    ],
)
def test_everything_that_applies_holds_over_the_range_of_the_parameters(parameters: Parameters) -> None:
    for seed in range(2):
        assert [m for m in result(parameters, seed).measurements if m.holds is False] == []


@given(weights, weights)
@settings(max_examples=60, deadline=None)
def test_the_divergence_is_never_negative_and_bounds_the_total_variation(p: np.ndarray, q: np.ndarray) -> None:
    found = float(divergence.divergence(p, q))
    assert found >= -1e-15
    assert (np.abs(p - q).sum() / 2) ** 2 <= found / 2 + 1e-15
    assert found == pytest.approx(float((p * np.log(p)).sum() - (p * np.log(q)).sum()), abs=1e-12)


def test_an_outcome_that_p_never_has_counts_nothing() -> None:
    assert divergence.divergence(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2))
    assert divergence.divergence(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0


@given(weights, weights, weights)
@settings(max_examples=60, deadline=None)
def test_the_triangle_breaks_where_the_inner_product_says(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> None:
    direct = divergence.divergence(p, r) - divergence.divergence(p, q) - divergence.divergence(q, r)
    assert float(direct) == pytest.approx(float((p - q) @ (np.log(q) - np.log(r))), abs=1e-12)


@pytest.mark.parametrize(("outcomes", "share"), [(2, 1 / 3), (3, 0.254), (6, 0.143)])
def test_the_share_of_broken_triples_is_the_known_one(outcomes: int, share: float) -> None:
    drawn = [divergence.broken_share(outcomes, np.random.default_rng(seed)) for seed in range(20)]
    assert np.mean(drawn) == pytest.approx(
        share, abs=5e-4 + 4 * math.sqrt(share * (1 - share) / (20 * divergence.TRIPLES))
    )


@pytest.mark.parametrize("mean", [0.1, 0.5, 0.8, 1.0, 1.121, 1.5, 2.0, 2.5])
def test_the_estimators_moments_are_their_closed_forms(mean: float) -> None:
    values = divergence.estimators(mean * Z - mean**2 / 2)
    for row, (centre, variance) in zip(values, divergence.estimator_theory(mean), strict=True):
        assert NORMAL @ row == pytest.approx(centre, rel=1e-9)
        assert NORMAL @ (row - centre) ** 2 == pytest.approx(variance, rel=1e-9)


def test_k3_is_worse_than_k1_past_1_121_only() -> None:
    for mean, worse in ((1.120, False), (1.122, True)):
        (_, k1), _, (_, k3) = divergence.estimator_theory(mean)
        assert (k3 > k1) == worse


def test_the_estimators_moments_hold_at_mu_one_for_every_seed() -> None:
    for seed in range(20):
        found = divergence.estimator_measurements(1.0, np.random.default_rng(seed))
        assert [m for m in found if not m.holds] == []


def test_k3_is_not_judged_past_mu_one() -> None:
    found = divergence.estimator_measurements(1.5, np.random.default_rng(0))
    assert [m.holds for m in found if m.name.endswith("k3")] == [None, None]
    assert all(m.holds for m in found if not m.name.endswith("k3"))


def test_the_tolerance_of_a_mean_is_four_standard_errors_and_one_draw() -> None:
    values = np.array([0.0, 1.0, 1.0, 10.0])
    assert divergence.slack(values, 0.25, 100) == pytest.approx(4 * values.std() / 10 + 7 / 100)


@pytest.mark.parametrize(("mean", "sign"), [(0.6, -1), (1.7, 1)])
def test_small_means_favour_k3_and_large_ones_k1(mean: float, sign: int) -> None:
    for seed in range(20):
        assert adjudicate(divergence.trials(Parameters(mean=mean), np.random.default_rng(seed))) == sign


@pytest.mark.parametrize("outcomes", [2, 3, 5, 8])
@pytest.mark.parametrize("mean", [0.1, 1.0, 2.5])
def test_likelihood_and_divergence_agree_over_a_grid(outcomes: int, mean: float) -> None:
    found = divergence.likelihood_measurements(Parameters(outcomes=outcomes, mean=mean), np.random.default_rng(5))
    assert all(m.holds for m in found)


@pytest.mark.parametrize("x", [-7.0, -2.0, 0.0, 0.3, 5.0])
def test_the_mixtures_slope_is_that_of_its_logarithm(x: float) -> None:
    setting = Parameters(separation=2.0, weight=0.7)
    around, _ = divergence.mixture(np.array([x - 1e-5, x + 1e-5]), setting)
    _, slope = divergence.mixture(np.array([x]), setting)
    assert slope[0] == pytest.approx((around[1] - around[0]) / 2e-5, abs=1e-6)


def test_the_mixtures_density_has_mass_one() -> None:
    x = np.linspace(-16, 16, 4001)
    log_density, _ = divergence.mixture(x, Parameters(separation=4.0, weight=0.8))
    assert np.exp(log_density).sum() * (x[1] - x[0]) == pytest.approx(1, abs=1e-9)


def kl_of_fit(mean: float, log_deviation: float, setting: Parameters, reverse: bool) -> float:
    learning = divergence.Learning(setting, 0.1, np.zeros(2), np.array([[mean], [log_deviation]]))
    if reverse:
        return learning.best_reverse()[2]
    x = np.concatenate([setting.separation + Z, Z - setting.separation])
    density = np.concatenate([setting.weight * NORMAL, (1 - setting.weight) * NORMAL])
    return float(density @ (((x - mean) / math.exp(log_deviation)) ** 2 / 2)) + log_deviation


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("mean", "log_deviation"), [(0.3, 0.2), (1.5, -0.3), (-2.0, 0.7)])
def test_the_fits_descend_along_the_natural_gradient(reverse: bool, mean: float, log_deviation: float) -> None:
    setting, tiny = Parameters(separation=1.8, weight=0.6), 1e-5
    by_mean, by_log = (
        (
            kl_of_fit(mean + dm, log_deviation + dl, setting, reverse)
            - kl_of_fit(mean - dm, log_deviation - dl, setting, reverse)
        )
        / (2 * tiny)
        for dm, dl in ((tiny, 0.0), (0.0, tiny))
    )
    learning = divergence.Learning(setting, 0.1, np.array([mean, log_deviation]), np.array([[mean], [log_deviation]]))
    learning.step()
    moved = learning.reverse[:, 0] if reverse else learning.forward
    natural = np.array([by_mean * math.exp(2 * log_deviation), by_log / 2])
    np.testing.assert_allclose(moved - [mean, log_deviation], -0.5 * natural, atol=1e-6)


def test_the_logistic_unit_descends_along_its_gradient() -> None:
    def loss(slope: float) -> float:
        return divergence.Learning(Parameters(), 0.2, np.zeros(2), np.zeros((2, 1)), slope).step()

    learning = divergence.Learning(Parameters(), 0.2, np.zeros(2), np.zeros((2, 1)), 0.4)
    learning.step()
    assert learning.slope - 0.4 == pytest.approx(-4 * (loss(0.4 + 1e-5) - loss(0.4 - 1e-5)) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("separation", [3.0, 4.0, 6.0])
@pytest.mark.parametrize("weight", [0.5, 0.7, 0.9])
def test_the_reverse_fit_takes_one_mode_of_two_far_apart(separation: float, weight: float) -> None:
    frame = result(Parameters(separation=separation, weight=weight), 0)
    assert abs(frame.quantities["reverse_mean"]) == pytest.approx(separation, abs=0.05)
    assert named(frame, "reverse fit").holds


def test_the_reverse_fit_spans_modes_at_plus_and_minus_two() -> None:
    frame = result(Parameters(separation=2.0), 0)
    assert frame.quantities["reverse_mean"] == pytest.approx(0, abs=1e-6)
    assert frame.quantities["reverse_deviation"] > 2
    assert frame.quantities["reverse_cost"] < math.log(2)
    assert named(frame, "reverse fit").holds is None


def test_the_loss_ends_at_the_entropy_of_the_flips() -> None:
    assert divergence.entropy(0.1) == pytest.approx(0.325, abs=1e-3)
    for flip in (0.05, 0.1, 0.3, 0.5):
        assert named(result(Parameters(flip=flip), 0), "loss of the logistic").holds


def test_without_flips_no_floor_is_claimed() -> None:
    assert named(result(Parameters(flip=0.0), 0), "loss of the logistic").holds is None


def test_no_answer_can_be_learned_by_heart() -> None:
    answered = Answered()
    for seed in range(16):
        parameters = divergence.draw(np.random.default_rng(seed))
        frame = result(parameters, seed)
        for question in divergence.questions(parameters):
            answered.add(question, question.answer(frame))
    assert {name: answered.seen(name) for name in ("reverse", "estimator")} == {"reverse": 2, "estimator": 3}
    assert max(answered.learned().values()) <= 0.8, answered.learned()


def test_the_twenty_trials_are_shown() -> None:
    panels = result(Parameters(), 0).figure.panels
    assert [len(mark.x) for mark in panels[1].marks if isinstance(mark, divergence.Points)] == [20]


def test_the_same_seed_gives_the_same_result_and_another_seed_another() -> None:
    *_, again = divergence.run(Parameters(), 1)
    assert digest(result(Parameters(), 1)) == digest(again)
    assert digest(result(Parameters(), 1)) != digest(result(Parameters(), 2))
