"""The stacked perceptrons: formulas against finite differences, replicas against each other, drawn weights."""

import numpy as np
import pytest

from nnstudy.errors import StudyError
from nnstudy.lab import network
from nnstudy.lab.network import Perceptrons, draw_weights, dropout_mask, replicas, weight_variance


def problem(loss: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    target = rng.standard_normal((3, 7, 2)) if loss == "squared" else np.eye(2)[rng.integers(0, 2, (3, 7))]
    return rng.standard_normal((3, 7, 4)), target


@pytest.mark.parametrize("activation", network.ACTIVATIONS)
@pytest.mark.parametrize("loss", network.LOSSES)
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_the_gradient_is_that_of_finite_differences(activation: str, loss: str, dropout: float) -> None:
    x, target = problem(loss)
    net = Perceptrons(
        (4, 6, 5, 2), replicas("t", 0, 3), activation=activation, loss=loss, dropout=dropout, dtype=np.float64
    )

    for bias in net.biases:  # at zero bias a unit whose inputs are all masked would sit on ReLU's kink
        bias += np.random.default_rng(2).standard_normal(bias.shape)

    def masked_loss() -> float:
        net.generators = replicas("masks", 1, 3)
        return float(net.loss(x, target, masked=True).sum())

    net.generators = replicas("masks", 1, 3)
    gradients = [g.copy() for g in net.gradient(x, target)]
    for array, gradient in zip(net.weights + net.biases, gradients, strict=True):
        for index in [(0, 0, 0), (2, array.shape[1] - 1, 1), (1, array.shape[1] // 2, 0)]:
            kept, height = array[index], 1e-6
            array[index] = kept + height
            above = masked_loss()
            array[index] = kept - height
            below = masked_loss()
            array[index] = kept
            assert gradient[index] == pytest.approx((above - below) / (2 * height), rel=1e-5, abs=1e-8)


def test_a_replica_learns_the_same_alone_as_among_others() -> None:
    x, target = (array.astype(np.float32) for array in problem("squared"))
    streams = [replicas("t", 0, 3), replicas("t", 0, 3)[1:2]]
    together, alone = (Perceptrons((4, 8, 2), s, dropout=0.5) for s in streams)
    for _ in range(20):
        together.step(x, target, 0.05, 0.9)
        alone.step(x[1:2], target[1:2], 0.05, 0.9)
    np.testing.assert_array_equal(together.weights[0][1], alone.weights[0][0])


def test_a_part_of_the_replicas_is_trained_in_its_place() -> None:
    x, target = (array.astype(np.float32) for array in problem("softmax"))
    whole, parted = (Perceptrons((4, 8, 5, 2), replicas("t", 0, 3), loss="softmax", dropout=0.5) for _ in range(2))
    for _ in range(5):
        whole.step(x, target, 0.05, 0.9)
        for some in (slice(0, 2), slice(2, 3)):
            parted.part(some).step(x[some], target[some], 0.05, 0.9)
    np.testing.assert_array_equal(whole.theta, parted.theta)
    np.testing.assert_array_equal(whole.weights[1], parted.weights[1])


def test_momentum_adds_the_velocity_of_the_step_before() -> None:
    x, target = problem("squared")
    net = Perceptrons((4, 2), replicas("t", 0, 3), dtype=np.float64)
    start, first = net.weights[0].copy(), net.gradient(x, target)[0].copy()
    net.step(x, target, 0.1, 0.5)
    second = net.gradient(x, target)[0].copy()
    net.step(x, target, 0.1, 0.5)
    np.testing.assert_allclose(net.weights[0], start - 0.1 * first - 0.1 * (0.5 * first + second), rtol=1e-12)


@pytest.mark.parametrize("distribution", network.DISTRIBUTIONS)
@pytest.mark.parametrize("scheme", ["he", "xavier"])
def test_drawn_weights_have_the_scheme_s_variance(scheme: str, distribution: str) -> None:
    weights = draw_weights(np.random.default_rng(0), (300, 100), scheme, distribution, 3.0)
    variance = weight_variance(scheme, 300, 100, 3.0)
    assert variance == pytest.approx(3 * 2 / (300 if scheme == "he" else 400))
    assert abs(weights.var() / variance - 1) < 4 * (2 / weights.size) ** 0.5
    assert abs(weights.mean()) < 4 * (variance / weights.size) ** 0.5


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_a_mask_is_zero_with_probability_p_and_has_mean_one(p: float) -> None:
    mask = dropout_mask([np.random.default_rng(1)], p, np.empty((1, 20_000)))
    assert set(np.unique(mask)) <= {0.0, 1 / (1 - p)}
    assert abs(np.mean(mask == 0) - p) <= 4 * (p * (1 - p) / mask.size) ** 0.5


def test_prediction_uses_no_mask_and_softmax_sums_to_one() -> None:
    x, _ = problem("softmax")
    net = Perceptrons((4, 6, 2), replicas("t", 0, 3), loss="softmax", dropout=0.5, dtype=np.float64)
    np.testing.assert_array_equal(net.predict(x), net.predict(x))
    np.testing.assert_allclose(net.predict(x).sum(axis=2), 1)
    assert not np.array_equal(net.predict(x, masked=True), net.predict(x))


def test_a_large_logit_overflows_neither_softmax_nor_loss() -> None:
    net = Perceptrons((1, 2), replicas("t", 0, 1), loss="softmax", dtype=np.float64)
    net.weights[0][0, 0] = (1000.0, -1000.0)
    assert net.loss(np.ones((1, 1, 1)), np.array([[[0.0, 1.0]]]))[0] == pytest.approx(2000)


@pytest.mark.parametrize("wrong", [{"activation": "step"}, {"loss": "hinge"}, {"scheme": "zero"}, {"dropout": 1.0}])
def test_an_unknown_choice_is_refused_with_a_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(StudyError):
        Perceptrons((2, 3, 1), replicas("t", 0, 1), **wrong)
