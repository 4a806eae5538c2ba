"""Initial weights set a factor per layer: near 1 any depth can learn, away from 1 depth decides.

Model. z_l = W_l a_{l-1}, a_l = phi(z_l), a_0 = x, biases zero, width n, Var(W) = sigma_w^2 / n. With q_l the mean
square of z_l over units and |x|^2 = n,

    ReLU:    E q_L = sigma_w^2 (sigma_w^2 / 2)^(L-1)     linear:  E q_L = (sigma_w^2)^L
    tanh:    q_{l+1} = sigma_w^2 E tanh(sqrt(q_l) g)^2,  g standard normal: the limit of infinite width.

He takes sigma_w^2 = 2, Xavier (n_in = n_out) 1; `gain` multiplies it. A gradient sent back from a random error obeys
the same law. The mean keeps, the typical network does not: for ReLU given z_l the next layer's variance gains the
random factor F = (2/n) chi^2_K, K ~ Binomial(n, 1/2) the active units, with

    E log F = E psi(K/2) + log(4/n) = -5/(2n) + O(1/n^2),     Var log F = E psi'(K/2) + Var psi(K/2) = 5/n + O(1/n^2),

psi the digamma function; factors of different layers are independent, so log q_L is nearly normal. Forward and backward
the law is exact for normal weights; for uniform ones E F^2 differs by 7.2/n^2, which the tolerance takes up.

Trained networks (ReLU, 16 units a layer, y = sin 3x from 32 points, squared error, momentum .9) are compared in 20
pairs, each scheme at the best of four rates. Published shares of the pairs that He wins against Xavier: .95 with 30
layers, where Xavier stays at the best constant in .97 of the runs and He in .06, but .63 with 9 and .25 to .38 with 4;
against three times its variance 1.0 with 9 layers, .95 with 4 and 0 with 2. All but the last are met here within the
binomial error. With 2 layers He wins about .7, not 0, and .15 to .5 where two spirals are learned: the task decides, so
that share has no expected value.

Sources: Glorot and Bengio (2010), eqs. 10-12; He et al. (2015), eqs. 10 and 14; Hanin and Nica (2020), theorem 1.
Conventions: variances are compared as mean logarithms over networks, since their tails are heavy; log is natural.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab import network, wide
from nnstudy.lab.chi2 import chi2_share, log_chi2
from nnstudy.lab.experiment import Array, Choice, Figure, Frame, Line, Measurement, Panel, Points, Question, parameter
from nnstudy.lab.layers import due
from nnstudy.lab.network import Perceptrons, Real, draw_weights, replicas, weight_variance
from nnstudy.lab.pairs import TunedPairs, median, published, strip
from nnstudy.words import percent

TITLE = "Weight initialization"
TOPICS = (
    "weight initialization", "initialization", "initialisation", "initial weights", "xavier", "glorot", "kaiming",
    "he initialization", "inizializzazione", "inizializzazione dei pesi", "pesi iniziali",
)  # fmt: skip


@dataclass(frozen=True)
class Parameters:
    """How the weights are drawn, and through how many layers of what width they work."""

    scheme: str = parameter("he", "Var(W): 2/n_in, 2/(n_in + n_out), or all equal", choices=network.SCHEMES)
    gain: float = parameter(1.0, "factor on that variance", low=0.1, high=10.0)
    rival: str = parameter("xavier", "scheme with gain 1 that it is trained against", choices=("he", "xavier"))
    distribution: str = parameter("normal", "shape of the weights' distribution", choices=network.DISTRIBUTIONS)
    activation: str = parameter("relu", "activation of every hidden layer", choices=("relu", "tanh", "linear"))
    depth: int = parameter(30, "layers of weights", low=2, high=40, unit="layers")
    width: int = parameter(64, "units in every layer of the untrained networks", low=32, high=256, unit="units")
    classes: int = parameter(10, "classes of the initial loss", low=2, high=1000)


NETWORKS, CHUNK, REPLICAS, TRAINED_WIDTH, EVALUATE_EVERY, BINS = 120, 5, 20, 16, 5, 36
RATES = (0.003, 0.01, 0.03, 0.1)  # every scheme is trained at each
CLASSES = (2, 3, 5, 10, 20, 50, 100, 300, 1000)


# --- theory --------------------------------------------------------------------------------------------------------


@cache
def log_factor(n: int, activation: str) -> tuple[float, float]:
    """Mean and variance of log F of one layer of n units: chi2_n / n, or for ReLU (2/n) chi2_K, given K > 0."""
    if activation != "relu":
        mean, variance = log_chi2(n)
        return mean - math.log(n), variance
    k = np.arange(1, n + 1)
    odds = np.exp(np.cumsum(np.log((n - k + 1) / k)) - n * math.log(2))  # P(K = k), K ~ Binomial(n, 1/2)
    odds /= odds.sum()
    means, variances = np.array([log_chi2(int(active)) for active in k]).T
    mean = float(odds @ means)
    return mean + math.log(2 / n), float(odds @ (variances + (means - mean) ** 2))


def expected_variances(activation: str, sigma2: float, depth: int) -> tuple[Array, Array]:
    """E q_l at |x|^2 = n, and E |d/dz_l|^2 / |d/dz_L|^2, l = 1..depth; for tanh the infinite width's.

    Back through a layer the square of the gradient gains the factor sigma_w^2 E phi'(z_l)^2.
    """
    q, chi = wide.signals(activation, sigma2, depth)
    return q, np.append(np.cumprod(chi[:-1][::-1])[::-1], 1.0)


# --- untrained networks --------------------------------------------------------------------------------------------


def variances(parameters: Parameters, generators: list[np.random.Generator]) -> tuple[Array, Array, Array]:
    """Mean squares of z_l and of d/dz_l relative to the last layer's, by network and layer: (R, depth) each.

    The third array are the z_l of the first network, (depth, width).
    """
    depth, width = parameters.depth, parameters.width
    shape = (depth, width, width)
    drawn = [draw_weights(g, shape, parameters.scheme, parameters.distribution, parameters.gain) for g in generators]
    W: Real = np.stack(drawn, axis=1)
    a, slopes = np.ones((len(generators), 1, width), np.float32), []
    forward, backward = np.empty((2, len(generators), depth))
    passed = np.empty((depth, width))
    for layer in range(depth):
        z = a @ W[layer]
        passed[layer] = z[0, 0]
        forward[:, layer] = np.square(z, dtype=np.float64).mean(axis=(1, 2))
        a = network.activate(parameters.activation, z)
        slopes.append(network.slope(parameters.activation, a, np.empty_like(a)))
    delta = np.stack([g.standard_normal((1, width), np.float32) for g in generators])
    scale = np.square(delta, dtype=np.float64).sum(axis=(1, 2))
    backward[:, -1] = 1
    for layer in range(depth - 1, 0, -1):
        delta = delta @ W[layer].swapaxes(1, 2) * slopes[layer - 1]
        backward[:, layer - 1] = np.square(delta, dtype=np.float64).sum(axis=(1, 2)) / scale
    return forward, backward, passed


class Signals:
    """The variances of all networks drawn so far, forward and backward, and what theory says of them."""

    def __init__(self, parameters: Parameters, seed: int) -> None:
        self.parameters, self.streams = parameters, replicas("initialization", seed, NETWORKS)
        self.forward = self.backward = np.empty((0, parameters.depth))
        self.z = np.empty((parameters.depth, parameters.width))
        n, scheme = parameters.width, "he" if parameters.scheme == "constant" else parameters.scheme
        sigma2 = n * weight_variance(scheme, n, n, parameters.gain)
        self.q, self.chi = expected_variances(parameters.activation, sigma2, parameters.depth)
        if parameters.scheme == "constant":  # every unit is the same number, gain times that of the layer before
            self.q, self.chi = np.power(parameters.gain, 2.0 * np.arange(1, parameters.depth + 1)), self.chi * np.nan

    def advance(self) -> None:
        """Draw and measure another `CHUNK` of networks."""
        start = len(self.forward)
        forward, backward, z = variances(self.parameters, self.streams[start : start + CHUNK])
        self.z = z if start == 0 else self.z
        self.forward, self.backward = np.vstack([self.forward, forward]), np.vstack([self.backward, backward])

    def measurements(self) -> tuple[Measurement, ...]:
        """Mean and variance of the logarithm at the far end, forward and backward, beside the exact law."""
        p, count, layers = self.parameters, len(self.forward), self.parameters.depth - 1
        mean, variance = log_factor(p.width, p.activation)
        first, first_variance = log_factor(p.width, "linear")
        neglected = 7.2 / p.width**2 * layers * (p.distribution == "uniform")
        remark = "for tanh theory is the limit of infinite width" if p.activation == "tanh" else ""
        if p.scheme == "constant":
            remark = "with constant weights all units are alike and nothing is random"
        source, result = "Hanin and Nica (2020)", []
        for way, logs, level, extra in (
            ("forward", np.log(self.forward[:, -1]), np.log(self.q[-1]) + first, first_variance),
            ("backward", np.log(self.backward[:, 0]), np.log(self.chi[0]), 0.0),
        ):
            measured, expected = float(logs.mean()), float(level) + layers * mean
            spread = layers * variance + extra
            slack, room = 4 * (spread / count) ** 0.5, spread * (chi2_share(count - 1, 4.0) - 1)
            name = f"{way}: mean log variance"
            result.append(Measurement(name, measured, expected, slack + neglected, source, not remark, remark))
            name, measured = f"{way}: variance of the log", float(logs.var(ddof=1))
            result.append(Measurement(name, measured, spread, room + neglected, source, not remark, remark))
        return tuple(result)

    def quantities(self) -> dict[str, float]:
        """How the typical network differs from the first layer to the last, and from the mean of all networks."""
        return {
            "median ratio": float(np.median(self.forward[:, -1] / self.forward[:, 0])),
            "expected ratio": float(self.q[-1] / self.q[0]),
            "typical part": float(np.median(self.forward[:, -1]) / self.q[-1]),
        }

    def panel(self) -> Panel:
        """Variances by layer, forward and backward, of the typical (median) network and expected."""
        layers = np.arange(1.0, self.parameters.depth + 1)
        marks = (
            Line(layers, np.median(self.forward, axis=0), "forward"),
            Line(layers, self.q, "theory", "dashed"),
            Line(layers, np.median(self.backward, axis=0), "gradient"),
            Line(layers, self.chi, "its theory", "dashed"),
        )
        return Panel("Variance by layer, median network", "layer", "mean square", marks, y_log=True)

    def histogram(self) -> Panel:
        """Share of the first network's units by size of z_l and layer; the smallest size takes in all below."""
        sizes = np.log10(np.maximum(np.abs(self.z), 1e-30))
        centre = np.log10(self.q) / 2  # as variances of 10^-9 and 10^9 are to fit
        edges = np.linspace(centre.min() - 2.5, centre.max() + 1.0, BINS + 1)
        counts = np.stack([np.histogram(np.clip(row, edges[0], edges[-1]), edges)[0] for row in sizes], axis=1)
        layers, centres = np.arange(1.0, self.parameters.depth + 1), (edges[1:] + edges[:-1]) / 2
        heat = lab.HeatMap(layers, centres, counts / self.parameters.width, "share of the units")
        return Panel("Units of one network by size", "layer", "log10 |z|", (heat,))


def glorot_gains(parameters: Parameters, rng: np.random.Generator) -> tuple[Measurement, ...]:
    """Variance gained through one linear layer 64 -> 256, forward n_in Var(W), backward n_out Var(W) (50 draws)."""
    if parameters.scheme == "constant":
        return ()
    W = draw_weights(rng, (50, 64, 256), parameters.scheme, parameters.distribution, parameters.gain)
    variance = weight_variance(parameters.scheme, 64, 256, parameters.gain)
    result, source = [], "Glorot and Bengio (2010), eqs. 10-11"
    for way, matrix in (("forward", W), ("backward", W.swapaxes(1, 2))):
        gained = np.square(np.ones((1, matrix.shape[1])) @ matrix)
        expected = matrix.shape[1] * variance
        slack = 4 * expected * (2 / gained.size) ** 0.5
        result.append(Measurement(f"gain of 64 to 256, {way}", float(gained.mean()), expected, slack, source))
    return tuple(result)


def initial_loss(parameters: Parameters, rng: np.random.Generator) -> Measurement:
    """Cross-entropy before the first step with small logits; it lies within their range of ln(classes)."""
    x = rng.standard_normal((1, 200, 16), np.float32)
    target = np.eye(parameters.classes, dtype=np.float32)[rng.integers(0, parameters.classes, (1, 200))]
    net = Perceptrons((16, 32, parameters.classes), [rng], loss="softmax")
    net.weights[-1] *= 0.01
    slack = float(np.ptp(net.layers(x)[2], axis=2).max()) + 1e-5
    loss, expected = float(net.loss(x, target)[0]), float(np.log(parameters.classes))
    return Measurement("initial loss with small logits", loss, expected, slack, "uniform prediction: ln(classes)")


def loss_panel(classes: int, measured: float) -> Panel:
    """The loss before the first step by the number of classes, with that of this run."""
    count = np.array(sorted({*CLASSES, classes}), float)
    found = Points(np.array([float(classes)]), np.array([measured]), "measured")
    marks = Line(count, np.log(count), "ln(classes)", "dashed"), found
    return Panel("Loss before the first step", "classes", "cross-entropy", marks, x_log=True)


def unit_spread(parameters: Parameters, rng: np.random.Generator) -> Measurement:
    """Units that start alike stay alike: the spread of a hidden layer's units, in parts of its largest activation."""
    x, target = (array[None].astype(np.float32) for array in network.curve_examples(rng, 50, True))
    net = Perceptrons((1, 16, 1), [rng], scheme=parameters.scheme, distribution=parameters.distribution)
    for _ in range(50):
        net.step(x, target, 0.05)
    hidden = net.layers(x)[0][1]
    spread = float(hidden.std(axis=2).max() / np.abs(hidden).max())
    constant = parameters.scheme == "constant"
    remark = "" if constant else "random weights part the units from the start"
    return Measurement("spread of hidden units", spread, 0.0, 1e-5, "equal gradients, 50 steps", constant, remark)


# --- the run -------------------------------------------------------------------------------------------------------


def train_pairs(parameters: Parameters, seed: int) -> TunedPairs:
    """Networks of `depth` layers by scheme and rival, paired by replica, that learn y = sin 3x from 32 points."""
    streams = replicas("initialization data", seed, REPLICAS)
    train = network.stack_examples(network.curve_examples, streams, 32, False)
    new = network.stack_examples(network.curve_examples, streams, 64, False)
    widths = (1, *(TRAINED_WIDTH,) * (parameters.depth - 1), 1)

    def start(side: int) -> Perceptrons:
        scheme, gain = ((parameters.scheme, parameters.gain), (parameters.rival, 1.0))[side]
        streams = replicas("initialization training", seed, REPLICAS)
        kind, shape = parameters.activation, parameters.distribution
        return Perceptrons(widths, streams, activation=kind, scheme=scheme, distribution=shape, gain=gain)

    return TunedPairs(start, (train, train), (new, new), RATES)


def training_steps(depth: int) -> int:
    """Steps, a multiple of `EVALUATE_EVERY`, that keep the number of layers times steps about the same."""
    return EVALUATE_EVERY * min(max(3600 // (EVALUATE_EVERY * depth), 30), 160)


def compare(pairs: TunedPairs) -> dict[str, float]:
    """Who has the lower loss on new data in the pairs, and how many networks stay at the best constant's loss."""
    rates, (chosen, rival) = pairs.tuned()
    stuck = (pairs.learned() > 0.9 * pairs.train[0][1].var(axis=(1, 2)) / 2).mean(axis=1)
    return {
        "winner": float(lab.adjudicate(rival - chosen)),
        "chosen wins": float(np.mean(chosen < rival)),
        "loss chosen": median(chosen),
        "loss rival": median(rival),
        "rate chosen": rates[0],
        "rate rival": rates[1],
        "stuck chosen": float(stuck[0]),
        "stuck rival": float(stuck[1]),
    }


def known_shares(p: Parameters) -> dict[str, float]:
    """What was published about normal ReLU networks that are trained like these, by name of the quantity."""
    if p.activation != "relu" or p.distribution != "normal":
        return {}
    if (p.scheme, p.gain, p.rival) == ("he", 1.0, "xavier"):
        stuck = {"stuck chosen": 0.06, "stuck rival": 0.97} if p.depth == 30 else {}
        wins = {4: 0.31, 9: 0.63, 30: 0.95}.get(p.depth)
        return stuck | ({} if wins is None else {"chosen wins": wins})
    if (p.scheme, p.gain, p.rival) == ("he", 3.0, "he"):
        return {} if p.depth not in (4, 9) else {"chosen wins": {4: 0.05, 9: 0.0}[p.depth]}
    return {}


SHARES = {
    "chosen wins": "share of pairs: chosen wins",
    "stuck chosen": "chosen: share that stays stuck",
    "stuck rival": "rival: share that stays stuck",
}


def trained_measurements(parameters: Parameters, found: dict[str, float], done: bool) -> tuple[Measurement, ...]:
    """The shares of the networks, beside the published ones where there are any and the training is done."""
    known, source = known_shares(parameters) if done else {}, f"{REPLICAS} pairs, each rate tuned"
    return tuple(
        published(name, found[key], known[key], REPLICAS, f"{source}; published")
        if key in known
        else Measurement(name, found[key], None, None, source)
        for key, name in SHARES.items()
    )


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """The small checks and the first networks in the first frame, then all untrained networks, then the training."""
    rng = lab.generator("initialization checks", seed)
    first_loss = initial_loss(parameters, rng)
    checks = (first_loss, *glorot_gains(parameters, rng), unit_spread(parameters, rng))
    signals, drawn = Signals(parameters, seed), NETWORKS // CHUNK
    total = drawn + 1 + training_steps(parameters.depth) // EVALUATE_EVERY
    quantities = {"initial loss": first_loss.measured}
    for step in range(1, drawn + 1):
        signals.advance()
        measured = checks + signals.measurements()
        panels = signals.panel(), signals.histogram(), loss_panel(parameters.classes, first_loss.measured)
        quantities |= signals.quantities()
        yield Frame(step, total, Figure(TITLE, panels), measured, {**quantities}, "drawing")
    pairs = train_pairs(parameters, seed)
    for step in range(drawn + 1, total + 1):
        if step > drawn + 1:  # the first of these frames shows where the training starts
            pairs.advance(EVALUATE_EVERY)
        quantities |= compare(pairs)
        found = measured + trained_measurements(parameters, quantities, step == total)
        chosen, rival = np.log10(pairs.tuned()[1])
        dots = strip("New data: chosen is better above 0", "log10(loss rival / loss chosen)", rival - chosen)
        figure = Figure(TITLE, (*panels, pairs.curves(("chosen", "rival")), dots))
        layers = pairs.snapshot(0, "chosen") if due(step, total) else None
        yield Frame(step, total, figure, found, {**quantities}, "training", layers)


# --- questions -----------------------------------------------------------------------------------------------------


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """What reaches the last layer, how the typical network differs from the mean, who trains better, the first loss."""
    return tuple(make(parameters) for make in (variance_question, typical_question, winner_question, loss_question))


NAMES = {"he": "He", "xavier": "Xavier", "constant": "constant", "relu": "ReLU"}


def told(p: Parameters) -> str:
    """The networks in words."""
    weights = f"{NAMES[p.scheme]} weights" + (f" of {p.gain:g} times the variance" if p.gain != 1 else "")
    return f"{weights} in {p.depth} {NAMES.get(p.activation, p.activation)} layers"


VARIANCE_BELIEFS = (
    lab.Belief(0.0, 1e-4, "small weights always make signals vanish"),
    lab.Belief(1e-4, 0.1, "what is lost by depth is gradual, not exponential"),
    lab.Belief(0.1, 10.0, "any common scheme keeps the variance"),
    lab.Belief(10.0, 1e4, "the growth by depth is gradual, not exponential"),
    lab.Belief(1e4, np.inf, "deep networks always explode"),
)


def variance_question(parameters: Parameters) -> Question:
    """By which decade does the variance of a signal change from the first layer to the last?"""
    return Question(
        "variance",
        f"{told(parameters)} of {parameters.width} units: by what does the typical network multiply the mean square of "
        "the signal from the first layer to the last?",
        lab.Estimate("decade", 1e-15, 1e15, 1, beliefs=VARIANCE_BELIEFS),
        lambda result: result.quantities["median ratio"],
        lambda result: (
            f"The median network multiplies it by {result.quantities['median ratio']:.3g}; the mean over networks is "
            f"expected to change by {result.quantities['expected ratio']:.3g} in {parameters.depth - 1} layers. Every "
            "layer multiplies by the same factor, so that depth is its exponent; He's 2/n makes it 1 for ReLU."
        ),
    )


def typical_question(parameters: Parameters) -> Question:
    """Which part of the expected variance does the median network reach?"""
    return Question(
        "typical",
        f"{told(parameters)} of {parameters.width} units: which part of the expected variance at the last layer, the "
        "mean over all networks, does the median network reach?",
        lab.Estimate(
            "percentage",
            0,
            1,
            0.15,
            "randomness always piles up with depth, whatever the width",
            "the typical network is like the mean of all networks",
        ),
        lambda result: result.quantities["typical part"],
        lambda result: (
            f"The median is {result.quantities['typical part']:.3f} of the expected variance. Every layer "
            f"multiplies by a random factor of mean 1 whose logarithm has mean about -5/(2n) for ReLU: with L/n = "
            f"{parameters.depth}/{parameters.width} a few networks of large variance hold up the mean."
        ),
    )


def lost(loss: float) -> str:
    """A loss in words."""
    return f"{loss:.2g}" if np.isfinite(loss) else "beyond all bounds"


def apart(p: Parameters) -> str:
    """How far chosen and rival weights carry signals apart, and what training makes of it."""
    if p.scheme == "constant":
        return "Equal weights stay equal: a layer of them is one unit, and training cannot part them."
    ratio = p.gain * {"he": 2, "xavier": 1}[p.scheme] / {"he": 2, "xavier": 1}[p.rival]
    if ratio == 1:
        return "Their weights have the same variance: what differs is chance."
    return (
        f"Their variances differ by a factor of {ratio:.3g} per layer, {ratio**p.depth:.2g} in {p.depth} layers: "
        "training mends small factors only."
    )


def winner_question(parameters: Parameters) -> Question:
    """Who has the lower loss after training?"""
    return Question(
        "winner",
        f"{told(parameters)} of {TRAINED_WIDTH} units, against {NAMES[parameters.rival]} weights: both learn sin 3x in "
        f"{training_steps(parameters.depth)} steps at their best rates. Which have the lower loss on new data?",
        (
            Choice(told(parameters).split(" in ")[0], "its scheme is the better one at any depth"),
            Choice(f"{NAMES[parameters.rival]} weights", "the rival's scheme is the better one at any depth"),
            Choice(lab.TOO_CLOSE, "training makes up for any initial weights"),
        ),
        lambda result: {1: 0, -1: 1, 0: 2}[int(result.quantities["winner"])],
        lambda result: (
            f"The chosen weights win {percent(result.quantities['chosen wins'])} of 20 pairs (median loss "
            f"{lost(result.quantities['loss chosen'])} against {lost(result.quantities['loss rival'])}); "
            f"{percent(result.quantities['stuck chosen'])} and {percent(result.quantities['stuck rival'])} never leave "
            f"the best constant. {apart(parameters)}"
        ),
        panel=4,
    )


def loss_question(parameters: Parameters) -> Question:
    """What is the loss before the first step?"""
    return Question(
        "initial loss",
        f"A network for {parameters.classes} classes starts with small logits. What is its cross-entropy (natural "
        "logarithm) before the first step?",
        lab.Estimate(
            "number",
            0,
            20,
            0.2,
            "small logits make a small loss, or few classes count",
            "an untrained network is surely wrong, so that its loss starts high",
        ),
        lambda result: result.quantities["initial loss"],
        lambda result: (
            f"It measured {result.quantities['initial loss']:.4f}; small logits give all classes nearly the same "
            f"probability: the loss is ln({parameters.classes}) = {np.log(parameters.classes):.4f}. A higher one "
            "means that the last layer starts too large."
        ),
        panel=2,
    )


def draw(rng: np.random.Generator) -> Parameters:
    """A duel whose outcome is known or known to be open, with classes and width drawn anew."""
    won = ("he", 1.0, "xavier", 30), ("he", 1.0, "xavier", 26)
    lost = ("xavier", 1.0, "he", 30), ("he", 9.0, "he", 9)
    duels = (*won, *lost, ("he", 1.0, "xavier", 9), ("he", 1.0, "xavier", 4))  # the last two are open
    scheme, gain, rival, depth = duels[rng.integers(len(duels))]
    width, classes = int(rng.choice([32, 64])), int(rng.choice(CLASSES))
    return Parameters(scheme=scheme, gain=gain, rival=rival, depth=depth, width=width, classes=classes)
