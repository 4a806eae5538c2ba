"""Multilayer perceptrons, many at a time: forward pass, backward pass and update as in their formulas.

Layer l of L turns its input a_{l-1} (a_0 = x) into

    z_l = a_{l-1} W_l + b_l,        a_l = m_l * phi(z_l)   in hidden layers,        output = z_L,

where m_l is the mask of inverted dropout: 0 with probability p, else 1/(1-p); without dropout m_l = 1. With the errors
delta_l = d loss / d z_l the gradient is

    delta_L = (prediction - target) / N,        delta_{l-1} = (delta_l W_l^T) * m_{l-1} * phi'(z_{l-1}),
    d loss / d W_l = a_{l-1}^T delta_l,         d loss / d b_l = sum of delta_l over the N examples,

and the update with momentum (heavy ball) is v <- beta v + gradient, w <- w - alpha v.

Conventions: the first index of every array counts replicas: R independent networks are trained by one stacked matrix
product a layer. The loss is a mean over N examples, of |z_L - target|^2 / 2 ("squared", prediction z_L) or of the
cross-entropy -sum target log softmax(z_L) ("softmax", prediction softmax(z_L)): delta_L is the same formula for both.
A bias is the weight of a last input that is always one: [a 1] [W b] is a W + b, one product forward and one for both
gradients. Biases start at zero. Every replica has its own random numbers, so what it does does not depend on the
others.

Source: Rumelhart, Hinton, Williams, Nature 323 (1986); Srivastava et al., JMLR 15 (2014), for dropout.
"""

import copy
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnstudy.errors import StudyError
from nnstudy.lab.experiment import generator
from nnstudy.lab.layers import Snapshot, describe

Real = NDArray[Any]

ACTIVATIONS = ("relu", "tanh", "sigmoid", "linear")
LOSSES = ("squared", "softmax")
SCHEMES = ("he", "xavier", "constant")
DISTRIBUTIONS = ("normal", "uniform")


def replicas(experiment: str, seed: int, count: int) -> list[np.random.Generator]:
    """One stream of random numbers for each of `count` replicas; the first k are the same for every count >= k."""
    return generator(experiment, seed).spawn(count)


def check(name: str, given: str, allowed: Sequence[str]) -> None:
    """StudyError when `given` is none of the `allowed` words for `name`."""
    if given not in allowed:
        raise StudyError(f"{name} {given!r} is unknown: it is one of {', '.join(allowed)}")


# --- initialization ------------------------------------------------------------------------------------------------


def weight_variance(scheme: str, fan_in: int, fan_out: int, gain: float = 1.0) -> float:
    """Var(W) of a scheme, times `gain`: He 2/fan_in, Xavier 2/(fan_in + fan_out).

    Sources: He et al. (2015), eq. 10; Glorot and Bengio (2010), eq. 12.
    """
    check("scheme", scheme, ("he", "xavier"))
    return gain * 2.0 / (fan_in if scheme == "he" else fan_in + fan_out)


def draw_weights(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    scheme: str = "he",
    distribution: str = "normal",
    gain: float = 1.0,
    dtype: DTypeLike = np.float32,
) -> Real:
    """Weights of mean zero and the scheme's variance; the scheme "constant" gives gain/fan_in everywhere.

    shape: (..., fan_in, fan_out). A uniform variable on [-a, a] has the variance a^2/3.
    """
    check("scheme", scheme, SCHEMES)
    check("distribution", distribution, DISTRIBUTIONS)
    fan_in, fan_out = shape[-2:]
    if scheme == "constant":
        return np.full(shape, gain / fan_in, dtype)
    deviation = weight_variance(scheme, fan_in, fan_out, gain) ** 0.5
    if distribution == "normal":
        weights: Real = rng.standard_normal(shape, np.float32)
        weights *= np.float32(deviation)
    else:
        bound = np.float32(3**0.5 * deviation)
        weights = rng.random(shape, np.float32)
        weights *= 2 * bound
        weights -= bound
    return weights.astype(dtype, copy=False)


# --- one layer's functions -----------------------------------------------------------------------------------------


def activate(activation: str, z: Real) -> Real:
    """phi(z), written over z."""
    if activation == "relu":
        np.maximum(z, 0, out=z)
    elif activation == "tanh":
        np.tanh(z, out=z)
    elif activation == "sigmoid":  # by tanh, which cannot overflow
        z *= 0.5
        np.tanh(z, out=z)
        z += 1
        z *= 0.5
    return z


def slope(activation: str, a: Real, out: Real) -> Real:
    """phi'(z) from the activation a = phi(z), written to `out`; ReLU's slope at 0 is taken as 0."""
    if activation == "relu":
        np.greater(a, 0, out=out)
    elif activation == "tanh":
        np.multiply(a, a, out=out)
        np.subtract(1, out, out=out)
    elif activation == "sigmoid":
        np.subtract(1, a, out=out)
        out *= a
    else:
        out.fill(1)
    return out


def softmax(z: Real) -> Real:
    """exp(z) / sum exp(z) over the last axis; the maximum is taken off first, which changes nothing but overflow."""
    exponential: Real = np.exp(z - z.max(axis=-1, keepdims=True))
    exponential /= exponential.sum(axis=-1, keepdims=True)
    return exponential


def log_softmax(z: Real) -> Real:
    """z - log sum exp z over the last axis."""
    z = z - z.max(axis=-1, keepdims=True)
    return np.asarray(z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))


def dropout_mask(generators: Sequence[np.random.Generator], p: float, out: Real) -> Real:
    """Inverted dropout, written to `out` (R, ...): 0 with probability p, else 1/(1-p), one generator a replica."""
    for rng, values in zip(generators, out, strict=True):
        values[...] = rng.random(values.shape, np.float32)
    np.greater_equal(out, p, out=out)
    out /= 1 - p
    return out


# --- the networks --------------------------------------------------------------------------------------------------


class Perceptrons:
    """R multilayer perceptrons of the same shape, trained side by side.

    widths: units from the inputs to the outputs, such as (2, 64, 64, 1); one generator a replica gives the weights,
    then the dropout masks. weights[l]: (R, fan_in, fan_out), biases[l]: (R, 1, fan_out).
    """

    def __init__(
        self,
        widths: Sequence[int],
        generators: Sequence[np.random.Generator],
        *,
        activation: str = "relu",
        loss: str = "squared",
        scheme: str = "he",
        distribution: str = "normal",
        gain: float = 1.0,
        dropout: float = 0.0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        check("activation", activation, ACTIVATIONS)
        check("loss", loss, LOSSES)
        if len(widths) < 2 or not generators:
            raise StudyError(
                "a network needs at least its inputs, its outputs and one replica: give two widths or more"
            )
        if not 0 <= dropout < 1:
            raise StudyError(f"dropout = {dropout} is not allowed: it takes a number from 0 to below 1")
        self.activation, self.loss_name, self.dropout = activation, loss, dropout
        self.widths = tuple(widths)
        size = sum((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(widths))
        self._hold(np.zeros((len(generators), size), dtype), np.zeros((len(generators), size), dtype), generators)
        for shape, W in zip(itertools.pairwise(widths), self.weights, strict=True):
            for rng, one in zip(generators, W, strict=True):
                one[...] = draw_weights(rng, shape, scheme, distribution, gain, dtype)

    def _hold(self, theta: Real, velocity: Real, generators: Sequence[np.random.Generator]) -> None:
        """Take these vectors, (R, weights and biases), as parameters and velocities."""
        self.theta, self.velocity, self.generators = theta, velocity, list(generators)
        self._gradient = np.empty_like(theta)
        self._joint, self.weights, self.biases = self._by_layer(theta)
        self._joint_gradients, *self._gradients = self._by_layer(self._gradient)
        self.velocities = list(itertools.chain(*self._by_layer(velocity)[1:]))
        self._kept: dict[tuple[str, int, tuple[int, ...]], Real] = {}

    def _by_layer(self, vectors: Real) -> tuple[list[Real], list[Real], list[Real]]:
        """Vectors (R, weights and biases) seen layer by layer: as [W b] (R, fan_in + 1, fan_out), as W and as b."""
        ends = itertools.accumulate((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(self.widths))
        parts = [vectors[:, start:end] for start, end in itertools.pairwise((0, *ends))]
        joint = [part.reshape(len(part), -1, units) for part, units in zip(parts, self.widths[1:], strict=True)]
        return joint, [both[:, :-1] for both in joint], [both[:, -1:] for both in joint]

    def part(self, replicas: slice) -> "Perceptrons":
        """Some of the replicas, on the same weights, velocities and random numbers."""
        some = copy.copy(self)
        some._hold(self.theta[replicas], self.velocity[replicas], self.generators[replicas])
        return some

    def alone(self, replica: int) -> "Perceptrons":
        """One replica without dropout, on the same weights: what is asked of it leaves the stack as it was."""
        one = self.part(slice(replica, replica + 1))
        one.dropout = 0.0
        return one

    def _work(self, name: str, layer: int, shape: tuple[int, int, int]) -> Real:
        """A work array (R, N, units + 1), made once: new memory at every step would cost more than the arithmetic.

        BLAS is slowest where both factors are summed along their rows, as an example's errors and the weights W^T are
        in delta W^T. So in every second layer the examples of a unit stand side by side, not the units of an example.
        """
        key = (name, layer, shape)
        if key not in self._kept:
            count, examples, units = shape
            upright = np.zeros((count, units + 1, examples), self.theta.dtype).swapaxes(1, 2)
            self._kept[key] = upright if layer % 2 else np.zeros((count, examples, units + 1), self.theta.dtype)
        return self._kept[key]

    def layers(self, x: Real, masked: bool = False) -> tuple[list[Real], list[Real], Real]:
        """The inputs a_{l-1} of every layer, the slopes m_l * phi'(z_l) of the hidden ones and the output z_L.

        x: (R, N, inputs), or (1, N, inputs) for the same examples in all replicas. The arrays hold until the next pass.
        """
        inputs, slopes, z = self._forward(x, masked, sloped=True)
        return [a[..., :-1] for a in inputs], [a[..., :-1] for a in slopes], z

    def _forward(self, x: Real, masked: bool, sloped: bool) -> tuple[list[Real], list[Real], Real]:
        """As `layers`, with a last column beside the units: of ones in [a 1], so that a W + b is [a 1] [W b]."""
        a = self._work("input", -1, x.shape)
        a[..., :-1], a[..., -1] = x, 1
        inputs, slopes, last = [a], list[Real](), len(self._joint) - 1
        for layer, joint in enumerate(self._joint):
            shape = (joint.shape[0], x.shape[1], joint.shape[2])
            a, s = self._work("z", layer, shape), self._work("slope", layer, shape)
            z = np.matmul(inputs[layer], joint, out=a[..., :-1])
            if layer == last:
                break
            if self.activation == "relu":  # its slope is also what z is multiplied by
                a *= slope("relu", a, s)
            else:
                activate(self.activation, a)
                if sloped:
                    slope(self.activation, a, s)
            a[..., -1] = 1
            if masked and self.dropout > 0:
                mask = dropout_mask(self.generators, self.dropout, np.empty(shape, a.dtype))
                z *= mask
                s[..., :-1] *= mask
            inputs.append(a)
            slopes.append(s)
        return inputs, slopes, z

    def predict(self, x: Real, masked: bool = False) -> Real:
        """z_L, or softmax(z_L) for the cross-entropy: (R, N, outputs); without masks the weights need no scaling."""
        z = self._forward(x, masked, sloped=False)[2]
        return softmax(z) if self.loss_name == "softmax" else z.copy()

    def loss(self, x: Real, target: Real, masked: bool = False) -> Real:
        """The loss of every replica, (R,); target: (R or 1, N, outputs), one-hot or probabilities for softmax."""
        z = self._forward(x, masked, sloped=False)[2]
        if self.loss_name == "squared":
            total = np.square(z - target).sum(axis=2) / 2
        else:
            z = z - z.max(axis=2, keepdims=True)
            total = np.log(np.exp(z).sum(axis=2)) - (target * z).sum(axis=2)
        return np.asarray(total.mean(axis=1, dtype=np.float64))

    def gradient(self, x: Real, target: Real) -> list[Real]:
        """d loss / d W_l of every layer, then d loss / d b_l of every layer, with fresh masks."""
        inputs, slopes, z = self._forward(x, masked=True, sloped=True)
        delta = self._work("delta", len(slopes), z.shape)
        delta[..., :-1] = softmax(z) if self.loss_name == "softmax" else z
        delta[..., :-1] -= target
        delta /= x.shape[1]
        for layer in range(len(slopes), -1, -1):
            W, errors = self.weights[layer], delta[..., :-1]
            np.matmul(inputs[layer].swapaxes(1, 2), errors, out=self._joint_gradients[layer])
            if layer > 0:
                if W.shape[2] == 1:  # NumPy has BLAS multiply from two columns on; the second one of delta is zero
                    W, errors = np.repeat(W, 2, axis=2), delta
                delta = self._work("delta", layer - 1, (*z.shape[:2], W.shape[1]))
                np.matmul(errors, W.swapaxes(1, 2), out=delta[..., :-1])
                delta *= slopes[layer - 1]
        return list(itertools.chain(*self._gradients))

    def step(self, x: Real, target: Real, rate: float, momentum: float = 0.0) -> None:
        """One update of every replica: v <- momentum v + gradient, w <- w - rate v."""
        self.gradient(x, target)
        if momentum:
            self.velocity *= momentum
            self.velocity += self._gradient
        else:
            self.velocity[...] = self._gradient
        np.multiply(self.velocity, rate, out=self._gradient)
        self.theta -= self._gradient


def snapshot(net: Perceptrons, x: Real, target: Real, name: str, replica: int = 0) -> Snapshot:
    """What stands in the layers of one replica on its examples x, (R or 1, N, inputs), without dropout.

    Nothing is drawn and nothing of the stack is changed: a run gives the same whether it is looked at or not.
    """
    one, place = net.alone(replica), slice(replica, replica + 1)
    examples = x[place] if len(x) > 1 else x, target[place] if len(target) > 1 else target
    with np.errstate(over="ignore", invalid="ignore"):
        gradients = one.gradient(*examples)[: len(one.weights)]
        inputs, _, z = one.layers(examples[0])
        return describe(name, one.weights, [*inputs[1:], z], gradients, net.activation)


# --- examples to learn from ----------------------------------------------------------------------------------------

Examples = Callable[[np.random.Generator, int, bool], tuple[Real, Real]]


def regression_examples(rng: np.random.Generator, count: int, noisy: bool) -> tuple[Real, Real]:
    """y = sin(2 x.w) + noise of standard deviation 1/2 where noisy, 16 inputs, w = (1/4, ...)."""
    x = rng.standard_normal((count, 16))
    return x, np.sin(x.sum(axis=1, keepdims=True) / 2) + 0.5 * noisy * rng.standard_normal((count, 1))


def curve_examples(rng: np.random.Generator, count: int, noisy: bool) -> tuple[Real, Real]:
    """y = sin 3x + noise of standard deviation .3 where noisy, one input in [-1, 1]."""
    x = rng.uniform(-1, 1, (count, 1))
    return x, np.sin(3 * x) + 0.3 * noisy * rng.standard_normal((count, 1))


def spiral_examples(rng: np.random.Generator, count: int, noisy: bool) -> tuple[Real, Real]:
    """Two intertwined spirals of one turn, one for each class."""
    label, radius = rng.integers(0, 2, count), rng.uniform(0.25, 1, count)
    angle = 2 * np.pi * radius + np.pi * label
    x = 2 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + 0.1 * rng.standard_normal((count, 2)), np.eye(2)[label]


def quadrant_examples(rng: np.random.Generator, count: int, noisy: bool) -> tuple[Real, Real]:
    """The sign of x1 x2; a fifth of the labels is flipped where noisy."""
    x = rng.standard_normal((count, 2))
    label = (x[:, 0] * x[:, 1] > 0).astype(int)
    return x, np.eye(2)[np.where(noisy * rng.random(count) > 0.8, 1 - label, label)]


def stack_examples(
    examples: Examples, streams: Sequence[np.random.Generator], count: int, noisy: bool
) -> tuple[Real, Real]:
    """Examples of every replica from its own stream: inputs (R, count, inputs) and targets (R, count, outputs)."""
    x, y = zip(*(examples(rng, count, noisy) for rng in streams), strict=True)
    return np.stack(x).astype(np.float32), np.stack(y).astype(np.float32)
