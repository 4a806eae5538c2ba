"""The overfitting experiment: closed forms over a grid, its measurements over seeds, its questions."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SEEDS, unseen, whole

from nnstudy.lab import chi2, overfitting
from nnstudy.lab.experiment import Frame, Measurement, Points, adjudicate, digest, share_tolerance
from nnstudy.lab.overfitting import Curves, Labels, Parameters


@cache
def result(parameters: Parameters, seed: int) -> Frame:
    *_, last = overfitting.run(parameters, seed)
    return last


def named(frame: Frame, name: str) -> Measurement:
    return next(m for m in frame.measurements if m.name.startswith(name))


def broken(measurements: list[Measurement] | tuple[Measurement, ...]) -> list[Measurement]:
    return [m for m in measurements if m.holds is False]


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_that_applies_holds_at_the_defaults(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Theory holds at every step of the networks' training: what takes long has no expected value.
    monkeypatch.setattr(overfitting, "LABEL_STEPS", 50)
    monkeypatch.setattr(overfitting, "CURVE_STEPS", 50)
    *_, frame = overfitting.run(Parameters(), seed)
    trained = ("networks that know", "mean log of steps", "test loss ends", "64-64 units end")
    assert [m for m in broken(frame.measurements) if not m.name.startswith(trained)] == []
    assert sum(m.holds is True for m in frame.measurements if not m.name.startswith(trained)) == 13


def test_everything_that_applies_holds_at_the_end_of_training() -> None:
    frame = whole("overfitting")[-1]
    assert broken(frame.measurements) == []
    assert sum(m.holds is True for m in frame.measurements) == 17


# --- regressions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "error"), [(5, 1.376), (20, 2.155), (30, 4.117), (50, 4.183), (80, 1.312), (100, 1.019)])
def test_the_mean_error_is_the_published_one(p: int, error: float) -> None:
    assert overfitting.error_moments(Parameters(), p)[0] == pytest.approx(error, abs=6e-4)


@pytest.mark.parametrize("p", [39, 40, 41])
def test_next_to_n_the_mean_error_is_infinite(p: int) -> None:
    assert overfitting.error_moments(Parameters(), p)[0] == math.inf


@pytest.mark.parametrize(("p", "error"), [(20, 2.05), (36, 13.0)])
def test_the_error_on_pure_noise_is_one_and_p_over_n_less_p_less_one(p: int, error: float) -> None:
    assert 1 + chi2.ratio_moments(40, p)[0] == pytest.approx(error, abs=5e-3)


@pytest.mark.parametrize("k", range(1, 13))
def test_the_moments_of_log_chi_squared_are_those_of_its_density(k: int) -> None:
    t = np.linspace(-60, 8, 200_001)  # of log chi2_k
    density = np.exp(k / 2 * t - np.exp(t) / 2 - k / 2 * math.log(2) - math.lgamma(k / 2))
    density /= density.sum()
    mean = float(density @ t)
    assert chi2.log_chi2(k) == pytest.approx((mean, float(density @ (t - mean) ** 2)), abs=1e-6)


@pytest.mark.parametrize(("n", "p"), [(1, 1), (40, 40), (16, 17), (40, 36), (20, 80)])
def test_the_quantiles_of_the_ratio_are_those_of_drawn_ratios(n: int, p: int) -> None:
    rng, shares = np.random.default_rng([n, p]), np.array([0.1, 0.5, 0.9])
    drawn = rng.chisquare(min(n, p), 100_000) / rng.chisquare(abs(n - p) + 1, 100_000)
    below = (drawn < chi2.ratio_quantiles(n, p, shares)[:, None]).mean(1)
    np.testing.assert_allclose(below, shares, atol=4 * 0.5 / math.sqrt(100_000))


def test_the_median_of_a_cauchy_variables_square_is_one() -> None:
    assert chi2.ratio_quantiles(1, 1, np.array([0.25, 0.5])) == pytest.approx([math.tan(math.pi / 8) ** 2, 1], rel=1e-6)


@given(st.integers(1, 48), st.integers(1, 80))
@settings(max_examples=60, deadline=None)
def test_the_ratio_is_the_same_on_both_sides_of_p_equal_n(n: int, p: int) -> None:
    assert chi2.ratio_moments(n, p) == chi2.ratio_moments(p, n)
    mean, variance = chi2.ratio_moments(n, p)
    assert mean > 0
    assert variance > 0
    assert math.isinf(mean) == (abs(n - p) <= 1)
    assert math.isinf(variance) == (abs(n - p) <= 3)


@pytest.mark.parametrize("n", [16, 30, 48])
@pytest.mark.parametrize("p", [1, 15, 30, 48, 80])
def test_pure_noise_is_explained_as_theory_says_over_a_grid(n: int, p: int) -> None:
    for seed in range(4):
        found, _, _ = overfitting.noise_fits(Parameters(n, p), np.random.default_rng([n, p, seed]))
        assert broken(found) == []
        assert found[1].holds is (None if abs(n - p) < overfitting.CALM else True)


@pytest.mark.parametrize("n", [16, 33, 48])
@pytest.mark.parametrize(("inputs", "noise"), [(100, 0.05), (131, 1.0), (160, 2.0)])
def test_double_descent_is_as_theory_says_over_a_grid(n: int, inputs: int, noise: float) -> None:
    for seed in range(2):
        setting = Parameters(n, inputs=inputs, noise=noise)
        descent = overfitting.Descent(setting, np.random.default_rng([n, inputs, seed]))
        for p in {*descent.judged, n}:
            descent.fit(p)
        found, _ = descent.results()
        assert broken(found) == []
        assert sum(m.holds is True for m in found) >= 6


@pytest.mark.parametrize("p", [10, 60])
def test_the_spread_of_the_error_is_the_closed_form(p: int) -> None:
    spreads = []
    for seed in range(20):
        descent = overfitting.Descent(Parameters(), np.random.default_rng(seed))
        descent.fit(p)
        spreads.append(float(descent.errors[p].var(ddof=1)))
    standard_error = float(np.std(spreads, ddof=1)) / math.sqrt(20)
    assert np.mean(spreads) == pytest.approx(overfitting.error_moments(Parameters(), p)[1], abs=4 * standard_error)


@pytest.mark.parametrize("p", [3, 12, 20])
def test_the_fit_is_the_shortest_least_squares_solution(p: int) -> None:
    rng = np.random.default_rng(p)
    X, y = rng.standard_normal((3, 12, p)), rng.standard_normal((3, 12, 2))
    np.testing.assert_allclose(overfitting.shortest_fit(X, y), np.linalg.pinv(X) @ y, atol=1e-8)


def test_the_error_peaks_where_inputs_are_as_many_as_observations() -> None:
    for seed in range(5):
        descent = overfitting.Descent(Parameters(), np.random.default_rng(seed))
        for p in descent.counts:
            descent.fit(p)
        medians = {p: float(np.median(errors)) for p, errors in descent.errors.items()}
        assert max(medians, key=medians.__getitem__) == 40


@pytest.mark.parametrize(("noise", "sign"), [(0.2, 1), (0.5, 1), (2.0, -1)])
def test_the_noise_decides_whether_all_inputs_beat_few(noise: float, sign: int) -> None:
    for seed in range(5):
        descent = overfitting.Descent(Parameters(noise=noise), np.random.default_rng(seed))
        for p in (*descent.judged, 40):
            descent.fit(p)
        assert descent.results()[1]["descent"] == sign


# --- networks ------------------------------------------------------------------------------------------------------


def test_the_label_network_has_the_weights_that_it_is_said_to_have() -> None:
    net = Labels(Parameters(), 0).net
    assert sum(array[0].size for array in net.weights + net.biases) == overfitting.WEIGHTS == 193


@pytest.mark.parametrize("coin", [0.0, 0.5, 1.0])
def test_the_coin_decides_its_share_of_the_labels(coin: float) -> None:
    labels = Labels(Parameters(examples=500, coin=coin), 1)
    half = overfitting.REPLICAS
    mixed, rule = labels.train[1][:half], labels.train[1][half:]
    assert np.array_equal(labels.train[0][:half], labels.train[0][half:])
    slack = 4 * math.sqrt(coin / 2 * (1 - coin / 2) / mixed.size)
    assert float((mixed != rule).mean()) == pytest.approx(coin / 2, abs=slack)


def test_both_halves_of_the_label_networks_start_alike() -> None:
    weights = Labels(Parameters(), 2).net.weights[0]
    assert np.array_equal(weights[: overfitting.REPLICAS], weights[overfitting.REPLICAS :])


def test_the_networks_descend_along_the_gradient_of_their_loss() -> None:
    labels = Labels(Parameters(examples=20), 0)
    pairs = overfitting.Curves(Parameters(), 0).pairs
    for net, data in ((labels.net, labels.train), (pairs.networks[0], pairs.train), (pairs.networks[1], pairs.train)):
        net._hold(net.theta.astype(np.float64), net.velocity.astype(np.float64), net.generators)
        x, y = (array.astype(np.float64) for array in data)
        gradients = [g.copy() for g in net.gradient(x, y)]
        for array, gradient in zip(net.weights + net.biases, gradients, strict=True):
            around = []
            for shift in (1e-6, -2e-6):
                array[:, -1, -1] += shift
                around.append(net.loss(x, y))
            array[:, -1, -1] += 1e-6
            np.testing.assert_allclose((around[0] - around[1]) / 2e-6, gradient[:, -1, -1], atol=1e-6)


def test_a_rule_is_learned_and_new_labels_are_known() -> None:
    labels = Labels(Parameters(coin=0.0), 0)
    labels.advance(overfitting.LABEL_STEPS)
    found, quantities = labels.results()
    assert quantities["heart"] == 1
    assert quantities["known"] > 0.75
    assert [m.holds for m in found] == [None, None, None]
    assert all(m.remark for m in found)


def test_more_coins_than_weights_are_not_all_learned() -> None:
    labels = Labels(Parameters(examples=400), 0)
    labels.advance(overfitting.LABEL_STEPS)
    found, quantities = labels.results()
    assert quantities["heart"] == 0
    assert 0.6 < quantities["trained"] < 0.95
    assert (found[2].measured, found[2].holds) == (math.inf, None)


def test_coins_are_learned_by_heart_in_about_three_times_the_steps_of_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    unseen(monkeypatch, overfitting, 4)
    labels = Labels(Parameters(), 0)
    for _ in range(overfitting.LABEL_STEPS // overfitting.EVALUATE_EVERY):
        labels.advance(overfitting.EVALUATE_EVERY)
    (_, _, delay), quantities = labels.results()
    assert len(labels.perfect) == 2 * 80
    assert quantities["heart"] == pytest.approx(1, abs=share_tolerance(1, 80))
    assert quantities["known"] == pytest.approx(0.506, abs=4 * 0.5 / math.sqrt(80 * overfitting.NEW_LABELS))
    logs = np.log(labels.perfect[:80] / labels.perfect[80:])
    spread = 4 * float(np.std(logs, ddof=1)) / math.sqrt(80)
    assert delay.measured == pytest.approx(math.log(3), abs=spread + math.log(3.5 / 3))
    assert delay.measured > spread, "slower than a rule in any case"


def test_the_loss_rises_past_its_lowest_and_many_weights_seldom_win(monkeypatch: pytest.MonkeyPatch) -> None:
    unseen(monkeypatch, overfitting, 4)
    curves = Curves(Parameters(), 0)
    for _ in range(overfitting.CURVE_STEPS // overfitting.CURVE_BLOCK):
        curves.pairs.advance(overfitting.CURVE_BLOCK)
    found, _ = curves.results()
    assert len(curves.pairs.losses[-1][0]) == 80
    for share, published in zip((found[0].measured, found[2].measured), (1.0, 0.2), strict=True):
        assert share == pytest.approx(published, abs=share_tolerance(published, 80))


@pytest.mark.parametrize(("blur", "sign"), [(0.0, 1), (0.2, 1), (2.0, -1)])
def test_the_noise_decides_whether_many_weights_beat_few(blur: float, sign: int) -> None:
    pairs = Curves(Parameters(blur=blur), 0).pairs
    pairs.advance(overfitting.CURVE_STEPS)
    assert adjudicate(pairs.losses[-1][1] - pairs.losses[-1][3]) == sign


def test_the_curves_networks_have_the_weights_that_they_are_said_to_have() -> None:
    counts = [sum(a[0].size for a in (*n.weights, *n.biases)) for n in Curves(Parameters(), 0).pairs.networks]
    assert counts == [overfitting.FEW_WEIGHTS, overfitting.MANY_WEIGHTS]


def test_without_noise_training_does_no_harm() -> None:
    assert named(result(LITTLE, 0), "test loss at the end").measured < 1.05


# --- questions and frames ------------------------------------------------------------------------------------------


LITTLE = Parameters(meaningless=2, noise=0.2, coin=1.0, blur=0.0)
MUCH = Parameters(meaningless=50, noise=2.0, coin=0.0, blur=2.0)


def test_little_and_much_noise_have_different_right_answers() -> None:
    asked = overfitting.questions(LITTLE)[0]
    little, much = ([q.answer(result(p, 0)) for q in overfitting.questions(p)] for p in (LITTLE, MUCH))
    assert little[1:] == [0, 0, 0]
    assert much[1:] == [1, 1, 1]
    assert not asked.right(much[0], little[0])


def test_labels_are_short_enough_for_a_terminal() -> None:
    frame = whole("overfitting")[-1]
    labels = [[mark.label for mark in panel.marks if mark.label] for panel in frame.figure.panels]
    assert all(len(panel) <= 5 and all(len(label) <= 24 for label in panel) for panel in labels)
    assert all(len(m.name) <= 40 for m in frame.measurements)


def test_the_twenty_pairs_are_shown() -> None:
    panel = whole("overfitting")[-1].figure.panels[3]
    assert [len(mark.x) for mark in panel.marks if isinstance(mark, Points)] == [20]


def test_the_same_seed_gives_the_same_result_and_another_seed_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overfitting, "LABEL_STEPS", 50)
    monkeypatch.setattr(overfitting, "CURVE_STEPS", 50)
    first, again, other = (digest([*overfitting.run(Parameters(), seed)][-1]) for seed in (0, 0, 1))
    assert first == again != other
