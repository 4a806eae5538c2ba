"""One neuron draws one line, so it computes few gates and never XOR; what a small network could do is not always found.

Model. A neuron forms z = w.x + b and answers phi(z): phi = 1 for z > 0, else 0 (threshold), or 1/(1 + e^-z) (sigmoid).
Its boundary z = 0 is a line (a plane, ...) across w, at the distance -b/|w| from the origin along w/|w|.

    gates        Boolean functions of n inputs that some w, b compute: 4, 14, 104, 1882 for n = 1..4, of 2^(2^n)
    dichotomies  N points of the plane, no three on a line, are split by lines in N^2 - N + 2 of their 2^N labellings
    steepness    across its boundary a sigmoid neuron rises by |w|/4 a unit, and from .1 to .9 over 2 ln 9 / |w|
    XOR          the best linear fit answers 1/2 everywhere: mean squared error 1/4, cross-entropy ln 2
    linear       W_L (... (W_1 x + b_1) ...) + b_L = W x + b: layers without activation are one neuron layer

Two hidden ReLU units do compute XOR, |x_1 - x_2| = max(0, x_1 - x_2) + max(0, x_2 - x_1), and one cannot: it is
monotone along one direction. Whether training finds such weights is counted here over 200 random starts of every
width h: network v.phi(W x + b) + c, b = 0 and c = 0 at first, W and v normal of He's (ReLU) or Xavier's variance
(tanh), cross-entropy of the sigmoid of the output, full-batch gradient descent. A start has solved XOR when all four
answers are on the right side of 1/2 after the last step. The share has no formula: it depends on these choices.

Sources: W. McCulloch and W. Pitts 1943 (the neuron); OEIS A000609, after S. Muroga, Threshold Logic, 1971 (gates);
T. Cover, Geometrical and statistical properties of systems of linear inequalities, 1965 (dichotomies); M. Minsky and
S. Papert, Perceptrons, 1969 (XOR).
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudy.lab import network
from nnstudy.lab.experiment import (
    Array,
    Bars,
    Choice,
    Figure,
    Frame,
    HeatMap,
    Line,
    Mark,
    Measurement,
    Panel,
    Points,
    Question,
    generator,
    parameter,
)
from nnstudy.lab.network import Real, replicas, weight_variance

TITLE = "One neuron"
TOPICS = (
    "neuron", "neurone", "neuroni", "perceptron", "percettrone", "xor", "logic gate", "porta logica", "introduction",
    "introduzione", "structure", "struttura", "model", "modello", "decision boundary", "linear", "lineare",
)  # fmt: skip

GATES = {1: 4, 2: 14, 3: 104, 4: 1882}  # OEIS A000609
LARGEST_WEIGHT = 3  # whole weights up to this reach every gate of four inputs (Muroga 1971)
WIDTHS, STARTS = np.arange(1, 9), 200
STEPS, CHUNK, RATE = 1500, 50, 0.5
INPUTS = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], np.float32)  # the last column carries the bias
XOR = np.array([[0], [1], [1], [0]], np.float32)
CELLS = 31
NEAR = 1e-5  # half the distance over which the slope is taken
EXACT = 1e-9


@dataclass(frozen=True)
class Parameters:
    """What one neuron is asked to do, and the small network that learns XOR."""

    inputs: int = parameter(2, "inputs of the gates that are counted", low=1, high=4)
    points: int = parameter(8, "points in the plane that a line is to split", low=2, high=40)
    steepness: float = parameter(4.0, "length |w| of the sigmoid neuron's weights", low=0.25, high=20.0)
    layers: int = parameter(5, "linear layers that are compared with one matrix", low=2, high=20, unit="layers")
    activation: str = parameter("relu", "activation of the units that learn XOR", choices=("relu", "tanh"))
    hidden: int = parameter(2, "hidden units of the network whose map is drawn", low=1, high=8, unit="units")


# --- what one neuron can do ----------------------------------------------------------------------------------------


def count_gates(inputs: int) -> int:
    """How many Boolean functions threshold neurons compute: all whole weights, and a threshold in every gap of z."""
    x = np.array(list(itertools.product((0, 1), repeat=inputs)))
    weights = np.array(list(itertools.product(range(-LARGEST_WEIGHT, LARGEST_WEIGHT + 1), repeat=inputs)))
    z = weights @ x.T
    thresholds = np.concatenate([z, z.max(axis=1, keepdims=True) + 1], axis=1)
    answers = z[:, None, :] >= thresholds[:, :, None]
    return len(np.unique(answers @ (1 << np.arange(len(x)))))


def count_dichotomies(points: Array) -> int:
    """How many labellings of the points (N, 2) a line can make: 2 sides of the line through each pair, moved slightly.

    Any splitting line can be moved until it touches two points; from there it passes either of them on either side.
    """
    first, second = np.triu_indices(len(points), 1)
    along = points[second] - points[first]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    right = ((points[None] - points[first][:, None]) * across[:, None]).sum(axis=2) > 0
    bits = 1 << np.arange(len(points))
    pair = bits[first] | bits[second]
    rest = np.stack([right @ bits, ~right @ bits]) & ~pair
    found = np.stack([rest, rest | bits[first], rest | bits[second], rest | pair])
    return len(np.unique(found))


def logistic(z: Array) -> Array:
    """1/(1 + e^-z), by tanh, which cannot overflow."""
    return np.asarray((1 + np.tanh(z / 2)) / 2)


def across_boundary(steepness: float, rng: np.random.Generator) -> tuple[float, float]:
    """Slope of a sigmoid neuron at its boundary, and the distance over which it rises from .1 to .9."""
    angle, b = rng.uniform(0, 2 * np.pi), float(rng.standard_normal())
    normal = np.array([math.cos(angle), math.sin(angle)])
    w = steepness * normal

    def answer(distance: Array) -> Array:
        return logistic((distance[:, None] - b / steepness) * normal @ w + b)

    low, high = answer(np.array([-NEAR, NEAR]))
    distance = np.linspace(-6, 6, 24_001) / steepness
    between = distance[np.abs(answer(distance) - 0.5) < 0.4]
    return float(high - low) / (2 * NEAR), float(between[-1] - between[0])


def linear_fit() -> tuple[float, float]:
    """Mean squared error and cross-entropy of one linear neuron that is fitted to XOR, by Newton's method the second."""
    x, y = INPUTS.astype(float), XOR[:, 0].astype(float)
    error = x @ np.linalg.lstsq(x, y, rcond=None)[0] - y
    w = np.array([1.0, -0.5, 0.25])
    for _ in range(20):
        answer = logistic(x @ w)
        w -= np.linalg.solve((x.T * answer * (1 - answer)) @ x, x.T @ (answer - y))
    loss = np.logaddexp(0, (1 - 2 * y) * (x @ w)).mean()
    return float((error**2).mean()), float(loss)


def linear_layers(layers: int, rng: np.random.Generator) -> float:
    """Largest difference between a stack of linear layers and the one matrix and bias, over the largest output."""
    W, b, x = rng.standard_normal((layers, 8, 8)) / 8**0.5, rng.standard_normal((layers, 8)), rng.standard_normal((50, 8))
    stacked, matrix, bias = x, np.eye(8), np.zeros(8)
    for layer in range(layers):
        stacked = stacked @ W[layer] + b[layer]
        matrix, bias = matrix @ W[layer], bias @ W[layer] + b[layer]
    return float(np.abs(stacked - x @ matrix - bias).max() / np.abs(stacked).max())


def exact_measurements(setting: Parameters, rng: np.random.Generator) -> tuple[Measurement, ...]:
    """Everything here that has a closed form."""
    n, N, w = setting.inputs, setting.points, setting.steepness
    gates, dichotomies = count_gates(n), count_dichotomies(rng.standard_normal((N, 2)))
    slope, band = across_boundary(w, rng)
    squared, entropy = linear_fit()
    curved = w**3 * NEAR**2 / 48 + 1e-15 / NEAR  # the next term of the series, and rounding
    hand = np.maximum(INPUTS[:, :2] @ np.array([[1, -1], [-1, 1]]), 0).sum(axis=1) - XOR[:, 0]
    return (
        Measurement(f"gates of {n} inputs, of {2**2**n}", gates, GATES[n], 0.0, "OEIS A000609"),
        Measurement(f"labellings of {N} points by a line", dichotomies, N * N - N + 2, 0.0, "Cover 1965: N^2 - N + 2"),
        Measurement("slope across the boundary", slope, w / 4, curved, "|w|/4; finite difference"),
        Measurement("width of the rise from .1 to .9", band, 2 * math.log(9) / w, 1e-3 / w, "2 ln 9 / |w|; grid"),
        Measurement("XOR, linear fit: squared error", squared, 0.25, EXACT, "answers 1/2 everywhere"),
        Measurement("XOR, linear fit: cross-entropy", entropy, math.log(2), EXACT, "answers 1/2 everywhere"),
        Measurement("linear layers less one matrix", linear_layers(setting.layers, rng), 0.0, EXACT, "rounding"),
        Measurement("XOR by two ReLU set by hand, error", float(np.abs(hand).max()), 0.0, 0.0, "|x1 - x2|"),
    )


# --- what training finds -------------------------------------------------------------------------------------------


class Starts:
    """Networks 2-h-1 of every width h and start, side by side: the columns of W are the hidden units of all of them.

    W: (2 inputs and the bias, units), v: (units,), c: (networks,); networks go by width, then by start.
    """

    def __init__(self, activation: str, seed: int) -> None:
        self.activation, scheme = activation, "he" if activation == "relu" else "xavier"
        widths = np.repeat(WIDTHS, STARTS)
        self.network = np.repeat(np.arange(len(widths)), widths)  # of every unit
        self.first = np.append(0, np.cumsum(widths)[:-1])  # unit of every network
        drawn = np.stack([rng.standard_normal((3, WIDTHS.sum()), np.float32) for rng in replicas("neuron", seed, STARTS)])
        parts = np.split(drawn, np.cumsum(WIDTHS)[:-1], axis=2)
        self.W: Real = np.zeros((3, len(self.network)), np.float32)
        units = np.concatenate([part.swapaxes(0, 1).reshape(3, -1) for part in parts], axis=1)
        inward = [weight_variance(scheme, 2, int(h)) ** 0.5 for h in WIDTHS]
        outward = [weight_variance(scheme, int(h), 1) ** 0.5 for h in WIDTHS]
        self.W[:2] = units[:2] * np.repeat(inward, WIDTHS * STARTS)
        self.v: Real = (units[2] * np.repeat(outward, WIDTHS * STARTS)).astype(np.float32)
        self.c: Real = np.zeros(len(widths), np.float32)

    def answers(self, x: Real) -> tuple[Real, Real]:
        """Activations (N, units) and outputs before the sigmoid (N, networks) for inputs (N, 3)."""
        a = network.activate(self.activation, x @ self.W)
        return a, np.add.reduceat(a * self.v, self.first, axis=1) + self.c

    def loss(self) -> Real:
        """Cross-entropy of every network on the four examples."""
        return np.asarray(np.logaddexp(0, (1 - 2 * XOR) * self.answers(INPUTS)[1]).mean(axis=0))

    def gradient(self) -> tuple[Real, Real, Real]:
        """d loss / d W, d loss / d v and d loss / d c, of each network's own loss."""
        a, output = self.answers(INPUTS)
        error = (network.activate("sigmoid", output) - XOR) / len(XOR)
        spread = error[:, self.network]
        into_v = (spread * a).sum(axis=0)
        spread *= self.v
        spread *= network.slope(self.activation, a, a)
        return INPUTS.T @ spread, into_v, error.sum(axis=0)

    def step(self) -> None:
        """One step of gradient descent by all networks."""
        W, v, c = self.gradient()
        self.W -= RATE * W
        self.v -= RATE * v
        self.c -= RATE * c

    def solved(self) -> Real:
        """Whether all four answers are right: (widths, starts)."""
        right = (self.answers(INPUTS)[1] > 0) == (XOR > 0)
        return np.asarray(right.all(axis=0).reshape(len(WIDTHS), STARTS))
