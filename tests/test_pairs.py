"""Fair comparisons: each side at its own best rate, on equal terms."""

import numpy as np
import pytest

from nnstudy.lab.network import Perceptrons, replicas
from nnstudy.lab.pairs import TunedPairs, bounded, published, strip

RATES = (1e-4, 0.05, 1e6)


def made(momentum: float = 0.9) -> TunedPairs:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 40, 2))
    train, new = [((x[:, part], x[:, part, :1] * 2 - 1)) for part in (slice(20), slice(20, None))]

    def start(side: int) -> Perceptrons:
        return Perceptrons((2, 4, 1), replicas("pairs", 0, 3), gain=1.0 + side, dtype=np.float64)

    return TunedPairs(start, (train, train), (new, new), RATES, momentum)


def test_each_side_is_shown_at_the_rate_that_trains_best_and_a_rate_that_diverges_is_none() -> None:
    pairs = made()
    pairs.advance(100)
    rates, losses = pairs.tuned()
    assert rates == [0.05, 0.05]
    assert losses.shape == (2, 3)
    expected = [stacks[1].loss(*pairs.new[side]) for side, stacks in enumerate(pairs.networks)]
    np.testing.assert_allclose(losses, expected)


def test_networks_of_a_pair_train_as_they_would_alone() -> None:
    pairs, alone = made(0.5), made(0.5).networks[1][1]
    pairs.advance(7)
    for _ in range(7):
        alone.step(*pairs.train[1], 0.05, 0.5)
    np.testing.assert_array_equal(pairs.networks[1][1].weights[0], alone.weights[0])


def test_a_loss_that_is_no_number_counts_as_a_very_large_one() -> None:
    np.testing.assert_array_equal(bounded(np.array([np.nan, np.inf, 0.0, 2.0])), [1e12, 1e12, 1e-12, 2.0])


def test_every_pair_is_a_dot_beside_zero() -> None:
    panel = strip("title", "axis", np.array([1.0, -2.0, 0.5]))
    dots, zero = panel.marks
    np.testing.assert_array_equal(dots.x, [1, 2, 3])  # type: ignore[union-attr]
    assert zero.value == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(("share", "count"), [(0.0, 20), (0.12, 20), (0.5, 400), (0.95, 20), (1.0, 200)])
def test_equal_shares_agree_with_published_ones_nearly_always(share: float, count: int) -> None:
    rng, held = np.random.default_rng(0), []
    for _ in range(2000):
        ours, theirs = rng.binomial([count, 32], share) / (count, 32)
        held.append(published("share", ours, theirs, count, "source").holds)
    assert np.mean(held) > 0.998


def test_a_share_that_is_clearly_another_one_does_not_hold() -> None:
    assert published("share", 0.7, 0.0, 400, "source").holds is False
    assert published("share", 0.1, 0.95, 20, "source").holds is False
