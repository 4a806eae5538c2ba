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
answers are on the right side of 1/2 after the last step; inputs are coded -1 and 1. The share has no formula: it
depends on these choices, and is compared with published counts of 200 starts. With inputs 0 and 1 it is smaller, since
ReLU units without bias are silent at (0, 0): .20, .44, .64 and .96 for 2, 3, 4 and 8 ReLU units.

Sources: W. McCulloch and W. Pitts 1943 (the neuron); OEIS A000609, after S. Muroga, Threshold Logic, 1971 (gates);
T. Cover, Geometrical and statistical properties of systems of linear inequalities, 1965 (dichotomies); M. Minsky and
S. Papert, Perceptrons, 1969 (XOR).
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab import network, pairs
from nnstudy.lab.experiment import Array, Choice, Frame, Line, Measurement, Panel, Points, Question, parameter
from nnstudy.lab.layers import Snapshot, describe, due
from nnstudy.lab.network import Real, replicas, weight_variance
from nnstudy.words import percent

TITLE = "One neuron"
TOPICS = (
    "neuron", "neurone", "neuroni", "perceptron", "percettrone", "xor", "logic gate", "porta logica", "introduction",
    "introduzione", "structure", "struttura", "model", "modello", "decision boundary",
)  # fmt: skip

GATES = {1: 4, 2: 14, 3: 104, 4: 1882}  # OEIS A000609
LARGEST_WEIGHT = 3  # whole weights up to this reach every gate of four inputs (Muroga 1971)
WIDTHS, STARTS = np.arange(1, 9), 200
STEPS, CHUNK, RATE = 500, 25, 1.0
PUBLISHED = {"relu": {2: 0.245, 3: 0.695, 4: 0.82, 8: 0.995}, "tanh": {2: 0.805, 3: 0.98, 4: 1.0, 8: 1.0}}
INPUTS = np.array([[-1, -1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, 1]], np.float32)  # the last column carries the bias
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
    start: int = parameter(1, "which of the random starts is drawn", low=1, high=200)


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
    """Mean squared error and cross-entropy of one linear neuron fitted to XOR, the second by Newton's method."""
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
    W, b, x = (
        rng.standard_normal((layers, 8, 8)) / 8**0.5,
        rng.standard_normal((layers, 8)),
        rng.standard_normal((50, 8)),
    )
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
    hand = np.maximum(INPUTS[:, :2] @ np.array([[1, -1], [-1, 1]]), 0).sum(axis=1) / 2 - XOR[:, 0]
    return (
        Measurement(f"gates of {n} inputs, of {2**2**n}", gates, GATES[n], 0.0, "OEIS A000609"),
        Measurement(f"labellings of {N} points by a line", dichotomies, N * N - N + 2, 0.0, "Cover 1965: N^2 - N + 2"),
        Measurement("slope across the boundary", slope, w / 4, curved, "|w|/4; finite difference"),
        Measurement("width of the rise from .1 to .9", band, 2 * math.log(9) / w, 1e-3 / w, "2 ln 9 / |w|; grid"),
        Measurement("XOR, linear fit: squared error", squared, 0.25, EXACT, "answers 1/2 everywhere"),
        Measurement("XOR, linear fit: cross-entropy", entropy, math.log(2), EXACT, "answers 1/2 everywhere"),
        Measurement("linear layers less one matrix", linear_layers(setting.layers, rng), 0.0, EXACT, "rounding"),
        Measurement("XOR by two ReLU set by hand, error", float(np.abs(hand).max()), 0.0, 0.0, "|x1 - x2| / 2"),
    )


# --- what training finds -------------------------------------------------------------------------------------------


class Starts:
    """Networks 2-h-1 of every width h and start, side by side, in as many slots for hidden units as the widest has.

    W: (2 inputs and the bias, slots, networks), v: (slots, networks), c: (networks,); networks go by width, then by
    start. A slot that is not used has weights of zero, which stay zero since phi(0) = 0.
    """

    def __init__(self, activation: str, seed: int) -> None:
        self.activation, scheme = activation, "he" if activation == "relu" else "xavier"
        drawn = [
            rng.standard_normal((3, WIDTHS[-1], len(WIDTHS)), np.float32) for rng in replicas("neuron", seed, STARTS)
        ]
        used = np.arange(WIDTHS[-1])[:, None] < WIDTHS
        scale = np.sqrt([[weight_variance(scheme, *fans) for fans in ((2, int(h)), (int(h), 1))] for h in WIDTHS])
        weights = np.stack(drawn, axis=3) * (used * scale.T[[0, 0, 1], None, :])[..., None]
        self.W: Real = weights.reshape(3, WIDTHS[-1], -1).astype(np.float32)
        self.v: Real = self.W[2].copy()
        self.c: Real = np.zeros(self.v.shape[1], np.float32)
        self.W[2] = 0

    def answers(self) -> tuple[Real, Real]:
        """Activations (examples, slots, networks) and outputs before the sigmoid (examples, networks)."""
        z = (INPUTS @ self.W.reshape(3, -1)).reshape(len(INPUTS), *self.v.shape)
        a = network.activate(self.activation, z)
        return a, (a * self.v).sum(axis=1) + self.c

    def loss(self) -> Real:
        """Cross-entropy of every network on the four examples."""
        return np.asarray(np.logaddexp(0, (1 - 2 * XOR) * self.answers()[1]).mean(axis=0))

    def gradient(self) -> tuple[Real, Real, Real]:
        """d loss / d W, d loss / d v and d loss / d c, of each network's own loss."""
        a, output = self.answers()
        error = (network.activate("sigmoid", output) - XOR) / len(XOR)
        into_v = (a * error[:, None]).sum(axis=0)
        delta = network.slope(self.activation, a, a)
        delta *= self.v
        delta *= error[:, None]
        return (INPUTS.T @ delta.reshape(len(INPUTS), -1)).reshape(self.W.shape), into_v, error.sum(axis=0)

    def step(self) -> None:
        """One step of gradient descent by all networks."""
        W, v, c = self.gradient()
        self.W -= RATE * W
        self.v -= RATE * v
        self.c -= RATE * c

    def snapshot(self, hidden: int) -> Snapshot:
        """What stands in the layers of the first start of this width, with the bias among the first weights."""
        (W, v, _), (a, output), one = self.gradient(), self.answers(), (hidden - 1) * STARTS
        weights = self.W[:, :hidden, one], self.v[:hidden, one]
        answers = a[:, :hidden, one], output[:, one]
        return describe("first start", weights, answers, (W[:, :hidden, one], v[:hidden, one]), self.activation)

    def solved(self) -> Real:
        """Whether all four answers are right: (widths, starts)."""
        right = (self.answers()[1] > 0) == (XOR > 0)
        return np.asarray(right.all(axis=0).reshape(len(WIDTHS), STARTS))


# --- the run -------------------------------------------------------------------------------------------------------


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """What has a closed form in the first frame, then all networks learn XOR at once."""
    rng = lab.generator("neuron", seed)
    measured = exact_measurements(parameters, rng)
    capacity, starts = capacity_panel(parameters.points, rng), Starts(parameters.activation, seed)
    gates, rise = gates_panel(parameters.inputs), rise_panel(parameters.steepness)
    quantities = {"gates": measured[0].measured, "labellings": measured[1].measured}
    quantities |= {"slope": measured[2].measured, "rise": measured[3].measured}
    for step in range(STEPS + 1):
        if step % CHUNK == 0:
            share = starts.solved().mean(axis=1)
            quantities |= {"solved": float(share[parameters.hidden - 1]), "solved by 8": float(share[-1])}
            found = (
                Measurement("starts that solve XOR, width 1", float(share[0]), 0.0, 0.0, "one unit is monotone"),
                share_measurement(parameters, quantities["solved"], step == STEPS),
            )
            panels = (
                *map_panels(starts, parameters.hidden, parameters.start),
                share_panel(share, parameters.activation),
                capacity,
                gates,
                rise,
            )
            title = f"{parameters.hidden} hidden units ({WORDS[parameters.activation]}) learn XOR"
            stage = "training" if step < STEPS else "done"
            layers = starts.snapshot(parameters.hidden) if due(step, STEPS) else None
            yield Frame(step, STEPS, lab.Figure(title, panels), measured + found, {**quantities}, stage, layers)
        starts.step()


def share_measurement(parameters: Parameters, share: float, done: bool) -> Measurement:
    """The share of the starts that solve XOR, after the training beside the published one, where there is one."""
    name, source = f"starts that solve XOR, {parameters.hidden} hidden", f"share of {STARTS} starts"
    known = PUBLISHED[parameters.activation].get(parameters.hidden)
    if known is None or not done:
        return Measurement(name, share, None, None, f"{source}; no formula")
    return pairs.published(name, share, known, STARTS, f"{source}; published", STARTS)


WORDS = {"relu": "ReLU", "tanh": "tanh"}


def map_panels(starts: Starts, hidden: int, start: int) -> tuple[Panel, Panel]:
    """What the network of this start, counted from 1, and each of its hidden units answer over the plane."""
    axis, index = np.linspace(-1.5, 1.5, CELLS), (hidden - 1) * STARTS + start - 1
    x = np.stack([*(grid.ravel() for grid in np.meshgrid(axis, axis)), np.ones(CELLS**2)], axis=1)
    units = network.activate(starts.activation, x @ starts.W[:, :hidden, index])
    answer = network.activate("sigmoid", units @ starts.v[:hidden, index] + starts.c[index]).reshape(CELLS, CELLS)
    zeros, ones = INPUTS[XOR[:, 0] == 0], INPUTS[XOR[:, 0] == 1]
    marks: tuple[lab.Mark, ...] = (
        lab.HeatMap(axis, axis, answer - 0.5, "answer - 1/2", diverging=True),
        Points(zeros[:, 0].astype(float), zeros[:, 1].astype(float), "should be 0"),
        Points(ones[:, 0].astype(float), ones[:, 1].astype(float), "should be 1"),
    )
    tiles = units.reshape(CELLS, CELLS, hidden).transpose(0, 2, 1).reshape(CELLS, -1)
    beside = (np.arange(CELLS * hidden) + 0.5) / CELLS + 0.5
    tiled = lab.HeatMap(beside, axis, tiles, "activation", diverging=True)
    borders = tuple(lab.Reference(unit + 0.5, "x") for unit in range(1, hidden))
    return (
        Panel(f"What start {start} answers", "x1", "x2", marks),
        Panel("Its hidden units side by side", "hidden unit", "x2", (tiled, *borders)),
    )


def share_panel(share: Array, activation: str) -> Panel:
    """Share of the starts that have solved XOR, by width."""
    bars = lab.Bars(WIDTHS.astype(float), share, "solved", names=tuple(str(h) for h in WIDTHS))
    known = PUBLISHED[activation]
    dots = Points(np.array(list(known), float), np.array(list(known.values())), "published")
    return Panel(f"Share of {STARTS} starts that solve XOR", "hidden units", "share", (bars, dots))


def capacity_panel(most: int, rng: np.random.Generator) -> Panel:
    """Labellings that a line can make by the number of points: counted, by Cover's formula, and all there are."""
    N = np.arange(2.0, max(most, 6) + 1)
    counted = [count_dichotomies(rng.standard_normal((int(count), 2))) for count in N]
    marks = (
        Points(N, np.array(counted, float), "counted"),
        Line(N, N * N - N + 2, "N^2 - N + 2", "dashed"),
        Line(N, np.exp2(N), "all labellings, 2^N", "dotted"),
    )
    return Panel("Labellings that one line can make", "points N", "labellings", marks, y_log=True)


def gates_panel(inputs: int) -> Panel:
    """Gates that one neuron computes by the number of their inputs, and all there are."""
    n = np.arange(1.0, len(GATES) + 1)
    marks = (
        Points(n, np.array([count_gates(int(count)) for count in n], float), "counted"),
        Line(n, np.array(list(GATES.values()), float), "OEIS A000609", "dashed"),
        Line(n, np.exp2(np.exp2(n)), "all gates, 2^(2^n)", "dotted"),
        lab.Reference(float(inputs), "x"),
    )
    return Panel("Gates that one neuron computes", "inputs n", "gates", marks, y_log=True)


def rise_panel(steepness: float) -> Panel:
    """The answer of a sigmoid neuron along w/|w|, and the distance over which it rises from .1 to .9."""
    far, half = max(2.0, 6 / steepness), math.log(9) / steepness
    distance = np.linspace(-far, far, 401)
    rise = Line(np.array([-half, half]), np.array([0.1, 0.9]), f"2 ln 9 / |w| = {2 * half:.3g}", "dashed")
    levels = tuple(lab.Reference(level) for level in (0.1, 0.9))
    answer = Line(distance, logistic(steepness * distance), "answer")
    return Panel("Answer across the boundary", "distance from the boundary", "answer", (answer, rise, *levels))


# --- questions -----------------------------------------------------------------------------------------------------


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """Which gates one neuron computes, what training finds, how many labellings a line makes, how steep a neuron is."""
    return tuple(ask(parameters) for ask in (gates_question, starts_question, labels_question, rise_question))


def gates_question(parameters: Parameters) -> Question:
    """How many of the Boolean functions does one neuron compute?"""
    n, total = parameters.inputs, 2**2**parameters.inputs
    unit, within = ("number", 0.0) if n <= 2 else ("decade", 0.3)
    beliefs = (
        lab.Belief(total, total, "one neuron does any logic"),
        lab.Belief(total - 2, total - 2, "XOR and its opposite are all that a neuron cannot do"),
    )
    too_low, too_high = "a neuron can do next to nothing", "a neuron always does a fair part of all logic"
    return Question(
        "gates",
        f"There are 2^(2^{n}) = {total} Boolean functions of {n} input{'s' * (n > 1)}. How many of them can one "
        "threshold neuron compute, with weights and bias chosen for each?",
        lab.Estimate(unit, 1, total, within, too_low, too_high, beliefs),
        lambda result: result.quantities["gates"],
        lambda result: (
            f"Counted: {result.quantities['gates']:.0f} of {total}. A function is within reach when a line (or plane) "
            f"parts its ones from its zeros. For 1 to 4 inputs that is 4 of 4, 14 of 16, 104 of 256, 1882 of "
            "65536: the share falls fast."
        ),
        panel=4,
    )


def starts_question(parameters: Parameters) -> Question:
    """Which share of the starts solves XOR?"""
    h = parameters.hidden
    why = (
        "One unit is monotone along one direction and XOR is not: there is nothing to find, from any start."
        if h == 1
        else "Two units suffice when set by hand; but descent sees only the slope where it stands. Spare units make "
        "it likelier that some begin on the useful side."
    )
    beliefs = () if h == 1 else (lab.Belief(0, 0, "a small network cannot do XOR"),)
    too_high = "what exists is found by training" if h > 1 else "one hidden unit can do XOR, given a good start"
    return Question(
        "starts",
        f"A network with {h} hidden {WORDS[parameters.activation]} unit{'s' * (h > 1)} learns XOR from {STARTS} random "
        "starts. Which share of them gets all four answers right?",
        lab.Estimate("percentage", 0, 1, 0.1, "gradient descent mostly gets stuck", too_high, beliefs),
        lambda result: result.quantities["solved"],
        lambda result: (
            f"{percent(result.quantities['solved'], 1)} of {STARTS} starts solved it; with 8 hidden units "
            f"{percent(result.quantities['solved by 8'], 1)} do. {why}"
        ),
        panel=2,
    )


def labels_question(parameters: Parameters) -> Question:
    """How likely can a line separate points whose labels were tossed?"""
    N = parameters.points
    return Question(
        "labels",
        f"Each of {N} points in the plane, no three on a line, gets its label by a coin toss. How likely is it that "
        "one line separates the two labels?",
        (
            Choice("certain", "a line can be turned to fit any labels"),
            Choice("half or more, but not certain", "a line usually fits, however many the points"),
            Choice("less than half, but over 1 in 100", "a line's chance falls slowly with the number of points"),
            Choice("1 in 100 or less", "labels at random are never separable, however few the points"),
        ),
        lambda result: (
            0
            if result.quantities["labellings"] == 2**N
            else 3 - int(np.searchsorted((0.01, 0.499), result.quantities["labellings"] / 2**N))
        ),
        lambda result: (
            f"A line makes {result.quantities['labellings']:.0f} of the {2**N} labellings, a share of "
            f"{result.quantities['labellings'] / 2**N:.3g}. Cover's N^2 - N + 2 grows slowly, 2^N doubles with "
            "each point. All is possible up to 3 points, half at 6 (twice the neuron's 3 parameters)."
        ),
        panel=3,
    )


def rise_question(parameters: Parameters) -> Question:
    """Over what distance does a sigmoid neuron make up its mind?"""
    return Question(
        "rise",
        f"The weights of a sigmoid neuron have the length |w| = {parameters.steepness:g}. You walk straight across its "
        "boundary: within what distance does its answer rise from .1 to .9?",
        (
            Choice("less than 1/2", "a neuron is always a switch, whatever its weights"),
            Choice("1/2 to 2", "weights turn the boundary but do not make it steeper"),
            Choice("more than 2", "larger weights make a softer boundary"),
        ),
        lambda result: int(np.searchsorted((0.5, 2), result.quantities["rise"])),
        lambda result: (
            f"It took {result.quantities['rise']:.3g}; the slope in the middle is {result.quantities['slope']:.3g} = "
            "|w|/4. Only the direction of w and b/|w| place the boundary: multiplying w and b by 10 leaves it where "
            "it is and makes the rise 10 times steeper."
        ),
        panel=5,
    )


def draw(rng: np.random.Generator) -> Parameters:
    """Another number of inputs, another crowd of points, another neuron, and another small network."""
    activation, hidden = (("relu", 1), ("relu", 2), ("relu", 3), ("relu", 4), ("tanh", 2), ("tanh", 5))[rng.integers(6)]
    steepness = float(round(rng.uniform(*((0.5, 1.8), (2.5, 7.0), (11.0, 20.0))[rng.integers(3)]), 1))
    points = int(rng.choice((3, 4, 5, 8, 10, 12, 16, 20, 30)))
    return Parameters(int(rng.integers(1, 5)), points, steepness, int(rng.integers(2, 21)), activation, hidden)
