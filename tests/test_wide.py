"""Infinitely wide networks: quadrature against finer quadrature, angles and dead units against sampled networks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.lab import network, wide


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(("sigmoid", "tanh")), st.floats(1e-3, 9))
def test_the_quadrature_agrees_with_one_of_many_more_nodes(activation: str, variance: float) -> None:
    g = np.linspace(-12, 12, 40_000)
    density = np.exp(-(g**2) / 2) * (g[1] - g[0]) / math.sqrt(2 * math.pi)
    a = network.activate(activation, math.sqrt(variance) * g)
    slopes = network.slope(activation, a, np.empty_like(a))
    expected = [density @ values for values in (a**2, a**4, slopes**2, slopes**4, (a * slopes) ** 2)]
    np.testing.assert_allclose(wide.moments(activation, variance), expected, rtol=1e-10)


@pytest.mark.parametrize("variance", [0.1, 1.0, 30.0])
def test_the_moments_of_relu_are_half_those_of_a_normal_variable(variance: float) -> None:
    expected = [variance / 2, 3 * variance**2 / 2, 0.5, 0.5, variance / 2]
    np.testing.assert_allclose(wide.moments("relu", variance), expected, rtol=1e-12)


@pytest.mark.parametrize("variance", [0.3, 1.0, 2.0, 7.0])
@pytest.mark.parametrize(("activation", "kept"), [("relu", 0.5), ("linear", 1.0)])
def test_signal_and_gradient_follow_a_power_law_where_the_activation_has_no_scale(
    variance: float, activation: str, kept: float
) -> None:
    s, chi = wide.signals(activation, variance, 12)
    np.testing.assert_allclose(s, variance * (kept * variance) ** np.arange(12.0), rtol=1e-10)
    np.testing.assert_allclose(chi, kept * variance, rtol=1e-10)


@pytest.mark.parametrize(("before", "after"), [(-1.0, 0.0), (0.0, 1 / np.pi), (1.0, 1.0)])
def test_the_cosine_after_a_layer_is_known_at_the_ends_and_in_the_middle(before: float, after: float) -> None:
    assert wide.next_cosine(before) == pytest.approx(after, abs=1e-12)


def test_the_cosine_is_the_mean_product_of_rectified_pairs() -> None:
    angles = np.linspace(0, 2 * np.pi, 100_001)[:-1]  # the direction of a weight vector in the plane of the two inputs
    for c in (-0.8, -0.1, 0.4, 0.95):
        product = np.maximum(np.cos(angles), 0) * np.maximum(np.cos(angles - np.arccos(c)), 0)
        assert wide.next_cosine(c) == pytest.approx(4 * product.mean(), abs=1e-8)


@pytest.mark.parametrize("batch", [1, 2, 3, 20, 64])
def test_units_are_dead_as_often_as_normal_variables_of_equal_cosines_are_all_negative(batch: int) -> None:
    shares, c, rng = wide.dead_share(6, batch), wide.cosines(0.0, 5), np.random.default_rng(batch)
    assert shares[0] == pytest.approx(0.5**batch, rel=1e-9)
    for layer in (1, 3, 5):
        count = 40_000
        z = math.sqrt(c[layer]) * rng.standard_normal((count, 1))
        z = z + math.sqrt(1 - c[layer]) * rng.standard_normal((count, batch))
        slack = 4 * math.sqrt(shares[layer] * (1 - shares[layer]) / count) + 1e-4
        assert (z < 0).all(axis=1).mean() == pytest.approx(shares[layer], abs=slack)
    if batch == 2:
        np.testing.assert_allclose(shares, 0.25 + np.arcsin(c) / (2 * np.pi), atol=1e-9)
