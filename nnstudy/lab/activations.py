"""An activation's slope decides which part of the gradient each layer passes on, and so how deep a network can learn.

Model. z_l = W_l a_{l-1}, a_l = phi(z_l), l = 1..L, biases zero, width n, Var(W) = sigma_w^2 / n, |a_0|^2 = n. In a wide
network the z of a layer are normal of variance s_l, and sent back from z_{l+1} to z_l the gradient's norm gains the
factor sqrt(chi_l):

    s_1 = sigma_w^2,    s_{l+1} = sigma_w^2 E phi(sqrt(s_l) g)^2,    chi_l = sigma_w^2 E phi'(sqrt(s_l) g)^2,

g standard normal, expectations by quadrature, layer by layer, not at the fixed point. Of width n, a layer's
squared gradient varies by the share (3 k - 1)/n about that, k = E phi'^4 / (E phi'^2)^2, and s_{l+1} by
(m - 1)/n, m = E phi^4 / (E phi^2)^2; for ReLU both are 5/n. What moves s_l moves the layers after it and chi with them;
these shares, added up to first order in 1/n, give the tolerances. A logarithm's mean lies half a variance lower.

One unit a layer, sigmoid: |d a_L / d a_0| = product of |w_l| phi'(z_l) <= product of |w_l| / 4, since phi' <= 1/4. The
well-known (1/4)^L follows for |w_l| <= 1 only.

Diagnostics: the share of units on the flat part of phi (|tanh| above .97, the same |2 sigmoid - 1|, ReLU off), of ReLUs
that are off for all of B inputs and so learn nothing (dead), the activations' histogram by layer, and log10 |update| /
|weights| of the first step on one example, which practice wants near -3. Dead units come with depth since inputs become
alike: unrelated inputs have, in a wide network, the cosine c_l of their z_l, c_1 = 0 and
c_{l+1} = (sqrt(1 - c_l^2) + c_l (pi - arccos c_l)) / pi, and a ReLU is dead with the probability
E Phi(-sqrt(c_l / (1 - c_l)) g)^B, Phi the normal distribution function.

Comparison: one hidden layer of 16 units, squared error, 64 examples, momentum .9, 200 steps, each activation with the
best rate of a grid. Published: ReLU beats sigmoid in .84 of the pairs, tanh in .26. Where sin 3x is learned from noisy
data that is met within the binomial error; from exact data ReLU beats tanh too (about .85), and with the sine of a sum
of 16 inputs it loses to both: the task decides.

Sources: B. Poole et al., Exponential expressivity in deep neural networks, 2016, and S. Schoenholz et al., Deep
information propagation, 2017 (s, chi); S. Hochreiter, 1991 (the bound); X. Glorot and Y. Bengio, 2010 (diagnostics).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab import network, wide
from nnstudy.lab.experiment import Array, Choice, Frame, Line, Measurement, Panel, Question, parameter
from nnstudy.lab.layers import due
from nnstudy.lab.network import Perceptrons, Real, replicas
from nnstudy.lab.pairs import TunedPairs, median, published, strip
from nnstudy.words import percent

TITLE = "Activation functions"
TOPICS = (
    "activation functions", "activation function", "activation", "attivazione", "funzione di attivazione", "sigmoid",
    "funzioni di attivazione", "sigmoide", "relu", "tanh", "vanishing gradient", "gradiente evanescente",
)  # fmt: skip

KINDS = ("sigmoid", "tanh", "relu")
WORDS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
FLAT = {"sigmoid": 2 * math.atanh(0.97), "tanh": math.atanh(0.97)}  # |z| from which phi counts as flat
NETWORKS, CHAINS, REPLICAS = 20, 100_000, 20
RATES, STEPS, CHUNK = (0.03, 0.1, 0.3, 1.0), 200, 20  # of the shallow networks
UNITS, EXAMPLES = 16, 64
PUBLISHED = {"sigmoid": 0.84, "tanh": 0.26}  # share of the pairs that ReLU wins
BINS, BATCH = 41, 64


@dataclass(frozen=True)
class Parameters:
    """The deep untrained networks, and what a shallow one learns."""

    activation: str = parameter("sigmoid", "activation of the deep networks that are shown", choices=KINDS)
    variance: float = parameter(1.0, "sigma_w^2: n times the variance of the weights", low=0.25, high=9.0)
    depth: int = parameter(16, "layers of weights", low=6, high=24, unit="layers")
    width: int = parameter(256, "units in every layer", low=64, high=256, unit="units")
    rate: float = parameter(0.01, "learning rate of the first update of the deep networks", low=1e-5, high=1.0)
    rival: str = parameter("sigmoid", "activation that ReLU is trained against", choices=("sigmoid", "tanh"))
    task: str = parameter("noisy curve", "what the shallow networks learn", choices=("curve", "noisy curve", "wave"))


# --- theory --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Theory:
    """s_l and chi_l by layer, and variances of logarithms between networks: of s_L, of the gradient's square.

    `chi_shares` is the part of the latter that a layer's own units make: half of it lies between mean and mean log.
    """

    s: Array
    chi: Array
    chi_shares: Array
    s_variance: float
    gradient_variance: float


@cache
def expect(activation: str, variance: float, depth: int, width: int) -> Theory:
    """The law of the model for L = depth layers; chi of the depth - 1 passages back."""
    s, chi = wide.signals(activation, variance, depth)
    by_layer = np.array([wide.moments(activation, passed) for passed in s[:-1]])
    leaning = np.log([wide.moments(activation, 1.001 * passed) for passed in s[:-1]] / by_layer) / math.log(1.001)
    square, fourth, slope_square, slope_fourth, both = by_layer.T
    s_shares, chi_shares = (fourth / square**2 - 1) / width, (3 * slope_fourth / slope_square**2 - 1) / width
    shared = (both / (square * slope_square) - 1) / width
    s_variance = gradient_variance = felt = 0.0  # felt: how log s_{l+1} moves the gradient through all later layers
    for layer, lean in enumerate(leaning):
        s_variance = lean[0] ** 2 * s_variance + s_shares[layer]
    for layer in reversed(range(depth - 1)):
        gradient_variance += chi_shares[layer] + felt**2 * s_shares[layer] + 2 * felt * shared[layer]
        felt = leaning[layer][2] + leaning[layer][0] * felt
    return Theory(s, chi[:-1], chi_shares, float(s_variance), float(gradient_variance))


# --- untrained deep networks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Passage:
    """One network's way there and back, by layer: mean squares of z_l, norms of d/dz_l and a_{l-1}, and z_l itself.

    `flat` is the share of saturated units, of ReLUs that of the dead ones, when a batch of inputs passes.
    """

    squares: Array
    gradients: Array
    inputs: Array
    z: Real
    flat: Array


def propagate(W: Real, x: Real, error: Real, activation: str, batch: Real) -> Passage:
    """Send x (n,) and a batch (B, n) through W (L, n, n), and the gradient `error` (n,) at z_L back to z_1."""
    a, z, slopes, inputs = x, [], [], []
    for matrix in W:
        inputs.append(np.linalg.norm(a))
        z.append(a @ matrix)
        a = network.activate(activation, z[-1].copy())
        slopes.append(network.slope(activation, a, np.empty_like(a)))
    norms = [np.linalg.norm(error)]
    for layer in range(len(W) - 1, 0, -1):
        error = (W[layer] @ error) * slopes[layer - 1]
        norms.append(np.linalg.norm(error))
    passed = np.stack(z)
    squares = np.square(passed, dtype=float).mean(axis=1)
    flat = flat_by_layer(W, batch, activation)
    return Passage(squares, np.array(norms[::-1], float), np.array(inputs, float), passed, flat)


def flat_by_layer(W: Real, batch: Real, activation: str) -> Array:
    """Share by layer of saturated activations, or of ReLUs that are off for the whole batch."""
    a, found = batch, []
    for matrix in W:
        z = a @ matrix
        flat = is_flat(activation, z)
        found.append((flat.all(axis=0) if activation == "relu" else flat).mean())
        a = network.activate(activation, z)
    return np.array(found)


def passages(setting: Parameters, rng: np.random.Generator) -> dict[str, Passage]:
    """One network's weights with each activation in turn, the same inputs and the same error of length 1."""
    n = setting.width
    W = rng.standard_normal((setting.depth, n, n), np.float32) * np.float32(math.sqrt(setting.variance / n))
    x, error = rng.standard_normal((2, n), np.float32)
    x, error = x * (math.sqrt(n) / np.linalg.norm(x)), error / np.linalg.norm(error)
    batch = rng.standard_normal((BATCH, n), np.float32)
    batch *= math.sqrt(n) / np.linalg.norm(batch, axis=1, keepdims=True)
    x, error = x.astype(np.float32), error.astype(np.float32)
    return {kind: propagate(W, x, error, kind, batch) for kind in KINDS}


def flat_share(activation: str, variance: Array) -> Array:
    """Probability that a normal z of each variance lies on the flat part of phi."""
    if activation == "relu":
        return np.full(variance.shape, 0.5)
    return np.array([math.erfc(FLAT[activation] / math.sqrt(2 * s)) for s in variance])


def flat_theory(setting: Parameters) -> Array:
    """What `Passage.flat` is in networks of infinite width with the chosen activation."""
    if setting.activation == "relu":
        return wide.dead_share(setting.depth, BATCH)
    return flat_share(setting.activation, expect(setting.activation, setting.variance, setting.depth, setting.width).s)


def is_flat(activation: str, z: Real) -> Real:
    """Which z lie on the flat part of phi."""
    return np.asarray(z < 0 if activation == "relu" else np.abs(z) > FLAT[activation])


def deep_measurements(setting: Parameters, found: list[dict[str, Passage]]) -> tuple[Measurement, ...]:
    """The gradient's factor a layer with every activation, and three numbers of the last layer."""
    return (
        *(factor_measurement(setting, kind, [way[kind] for way in found]) for kind in KINDS),
        *last_layer_measurements(setting, [way[setting.activation] for way in found]),
        dead_measurement(setting, [way["relu"] for way in found]),
    )


def factor_measurement(setting: Parameters, kind: str, ways: list[Passage]) -> Measurement:
    """The typical network's factor of the gradient's norm a layer."""
    theory, layers = expect(kind, setting.variance, setting.depth, setting.width), setting.depth - 1
    logs = np.array([math.log(way.gradients[0] / way.gradients[-1]) for way in ways])
    mean = float((np.log(theory.chi) - theory.chi_shares / 2).sum()) / 2
    factor, slack = math.exp(mean / layers), 2 * math.sqrt(theory.gradient_variance / len(ways)) / layers
    name, source = f"gradient's factor a layer, {WORDS[kind]}", "sqrt(chi), typical network; 4 sd"
    return Measurement(name, math.exp(logs.mean() / layers), factor, factor * math.expm1(slack), source)


def last_layer_measurements(setting: Parameters, ways: list[Passage]) -> tuple[Measurement, ...]:
    """The signal that reaches the last layer, and the share of its units that are flat, with the chosen activation."""
    kind, width, root = setting.activation, setting.width, math.sqrt(len(ways))
    theory = expect(kind, setting.variance, setting.depth, width)
    logs = np.array([math.log(way.squares[-1]) for way in ways])
    spread = theory.s_variance + 2 / width
    last, slack = math.log(theory.s[-1]) - spread / 2, 4 * math.sqrt(spread) / root
    share = np.array([is_flat(kind, way.z[-1]).mean() for way in ways])
    near = flat_share(kind, theory.s[-1] * np.array([1.0, 1.01]))
    p, lean = float(near[0]), float(near[1] - near[0]) / 0.01
    deviation = math.sqrt(p * (1 - p) / width + lean**2 * theory.s_variance)
    often = p * width * len(ways) >= 20
    rare = "" if often else "too rare to be counted in so few units"
    name, flat = "last layer: mean log of mean z^2", "last layer: share of flat units"
    return (
        Measurement(name, float(logs.mean()), last, slack, "s_L, Poole et al. 2016; 4 sd"),
        Measurement(flat, float(share.mean()), p, 4 * deviation / root, "normal z; 4 sd", often, rare),
    )


def dead_measurement(setting: Parameters, ways: list[Passage]) -> Measurement:
    """The share of the last layer's ReLUs that are off for the whole batch."""
    name, dead = f"last layer: ReLUs off for all {BATCH} inputs", float(np.mean([way.flat[-1] for way in ways]))
    expected, source = float(wide.dead_share(setting.depth, BATCH)[-1]), "unrelated inputs, Cho and Saul 2009"
    remark = f"the limit of infinite width; here the width is {setting.width}"
    return Measurement(name, dead, expected, None, source, False, remark)


def log_slope(z: Array) -> Array:
    """The logarithm of the sigmoid's slope a (1 - a), also where a rounds to 0 or 1: -|z| - 2 log(1 + e^-|z|)."""
    return np.asarray(-np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z))))


def chain_measurements(setting: Parameters, rng: np.random.Generator) -> tuple[Measurement, ...]:
    """Chains of one sigmoid unit a layer: derivatives above the bound, and above (1/4)^L."""
    a, slope_logs, weight_logs = rng.standard_normal(CHAINS), np.zeros(CHAINS), np.zeros(CHAINS)
    for _ in range(setting.depth):
        w = math.sqrt(setting.variance) * rng.standard_normal(CHAINS)
        z = w * a
        a = network.activate("sigmoid", z)
        slope_logs += log_slope(z)
        weight_logs += np.log(np.abs(w))
    quarter = setting.depth * math.log(0.25)
    broken = float(np.sum(slope_logs > quarter + 1e-9))
    popular = float(np.mean(slope_logs + weight_logs > quarter))
    return (
        Measurement("chains above the bound", broken, 0.0, 0.0, "product of |w|/4, Hochreiter 1991"),
        Measurement("share of chains above (1/4)^L", popular, None, None, "holds for |w| <= 1 only"),
    )


# --- shallow networks that learn -----------------------------------------------------------------------------------


def duel(setting: Parameters, seed: int) -> TunedPairs:
    """ReLU and its rival with one hidden layer: 20 pairs at every learning rate, on the same examples."""
    examples = network.regression_examples if setting.task == "wave" else network.curve_examples
    streams = replicas("activations data", seed, REPLICAS)
    train = network.stack_examples(examples, streams, EXAMPLES, setting.task == "noisy curve")
    new = network.stack_examples(examples, streams, 4 * EXAMPLES, False)

    def start(side: int) -> Perceptrons:
        kind, scheme = (("relu", "he"), (setting.rival, "xavier"))[side]
        streams = replicas("activations training", seed, REPLICAS)
        return Perceptrons((train[0].shape[2], UNITS, 1), streams, activation=kind, scheme=scheme)

    return TunedPairs(start, (train, train), (new, new), RATES)


def duel_measurement(setting: Parameters, share: float, done: bool) -> Measurement:
    """The share of pairs that ReLU wins, after the training beside the published one where the data are noisy."""
    name, source = "share of pairs: ReLU wins", f"{REPLICAS} pairs, each rate tuned"
    if setting.task != "noisy curve" or not done:
        return Measurement(name, share, None, None, source)
    return published(name, share, PUBLISHED[setting.rival], REPLICAS, f"{source}; published")


# --- the run -------------------------------------------------------------------------------------------------------


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """One deep network a frame, its diagnostics and the chains; then the shallow ones learn."""
    found: list[dict[str, Passage]] = []
    total = NETWORKS + STEPS // CHUNK
    for rng in replicas("activations", seed, NETWORKS):
        found.append(passages(parameters, rng))
        yield Frame(len(found), total, lab.Figure(TITLE, deep_panels(parameters, found)), stage="deep networks")
    measured = deep_measurements(parameters, found)
    measured += chain_measurements(parameters, lab.generator("activations chains", seed))
    factors = dict(zip(KINDS, (m.measured for m in measured), strict=False))
    quantities = {"factor": factors[parameters.activation]}
    quantities["tanh"] = factors["tanh"] ** (parameters.depth - 1)
    pairs = duel(parameters, seed)
    for step in range(NETWORKS + 1, total + 1):
        pairs.advance(CHUNK)
        rates, losses = pairs.tuned()
        differences = np.log10(losses[1]) - np.log10(losses[0])
        share = float(np.mean(differences > 0))
        quantities |= {"winner": float(lab.adjudicate(differences)), "share": share}
        quantities |= {"rate": rates[0], "rival rate": rates[1]}
        quantities |= dict(zip(("loss", "rival loss"), map(median, losses), strict=True))
        won = duel_measurement(parameters, share, step == total)
        axis = f"log10(loss {parameters.rival} / loss ReLU)"
        dots = strip("One layer, new data: ReLU is better above 0", axis, differences)
        panels = (*deep_panels(parameters, found), dots)
        stage = "training" if step < total else "done"
        layers = pairs.snapshot(1, WORDS[parameters.rival]) if due(step, total) else None
        yield Frame(step, total, lab.Figure(TITLE, panels), (*measured, won), {**quantities}, stage, layers)


def deep_panels(setting: Parameters, found: list[dict[str, Passage]]) -> tuple[Panel, ...]:
    """Gradient, signal, flat units and first update by layer with every activation; histogram with the chosen one."""
    theory = expect(setting.activation, setting.variance, setting.depth, setting.width)
    sent = np.append(np.sqrt(np.cumprod(theory.chi[::-1]))[::-1], 1.0)
    ways = {kind: [way[kind] for way in found] for kind in KINDS}
    gradients = {kind: np.exp(np.mean([np.log(way.gradients) for way in ways[kind]], axis=0)) for kind in KINDS}
    squares = {kind: np.exp(np.mean([np.log(way.squares) for way in ways[kind]], axis=0)) for kind in KINDS}
    flat = {kind: np.mean([way.flat for way in ways[kind]], axis=0) for kind in KINDS}
    length = math.sqrt(setting.variance * setting.width)  # of a layer's weights
    updates = {k: np.log10(setting.rate * ways[k][0].inputs * ways[k][0].gradients / length) for k in KINDS}
    practice = (lab.Reference(-3.0, label="practice: -3"),)
    return (
        Panel("Gradient's norm by layer", "layer", "norm", by_layer(setting, gradients, sent), y_log=True),
        Panel("Signal by layer", "layer", "mean of z^2", by_layer(setting, squares, theory.s), y_log=True),
        histogram_panel(setting.activation, ways[setting.activation][0].z),
        Panel("Saturated units, dead ReLUs", "layer", "share", by_layer(setting, flat, flat_theory(setting))),
        Panel("First update beside the weights", "layer", "log10 |update|/|weights|",
              by_layer(setting, updates) + practice),
    )  # fmt: skip


def by_layer(setting: Parameters, values: dict[str, Array], theory: Array | None = None) -> tuple[lab.Mark, ...]:
    """One line an activation, and theory's for the chosen one."""
    layers = np.arange(1.0, setting.depth + 1)
    lines = tuple(Line(layers, values[kind], WORDS[kind]) for kind in KINDS)
    expected = f"theory, {WORDS[setting.activation]}"
    return lines if theory is None else (*lines, Line(layers, theory, expected, "dashed"))


def histogram_panel(kind: str, z: Real) -> Panel:
    """Share of the units by activation and layer, in one network; of ReLU up to the largest activation."""
    a = network.activate(kind, z.copy())
    edges = np.linspace(-1.0 if kind == "tanh" else 0.0, float(a.max()) if kind == "relu" else 1.0, BINS + 1)
    counts = np.stack([np.histogram(layer, edges)[0] for layer in a], axis=1) / z.shape[1]
    layers, centres = np.arange(1.0, len(z) + 1), (edges[1:] + edges[:-1]) / 2
    heat = lab.HeatMap(layers, centres, counts, "share of the units")
    return Panel(f"Activations of one network, {WORDS[kind]}", "layer", "activation", (heat,))


# --- questions -----------------------------------------------------------------------------------------------------

TASKS = {"curve": "sin 3x, exact", "noisy curve": "sin 3x from noisy data", "wave": "the sine of a sum of 16 inputs"}


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """What five layers do to a gradient, whether tanh shrinks it, and who learns better with one layer."""
    return tuple(ask(parameters) for ask in (layers_question, tanh_question, duel_question))


LAYER_BELIEFS = (
    lab.Belief(0.0, 1 / 50, "deep networks always lose the gradient within a few layers"),
    lab.Belief(1 / 50, 1 / 3, "a few layers always cost a fair part of the gradient"),
    lab.Belief(1 / 3, 3.0, "the gradient reaches every layer about as strong, whatever the activation"),
    lab.Belief(3.0, math.inf, "gradients always explode with depth"),
)


def layers_question(parameters: Parameters) -> Question:
    """By what do five more layers multiply the gradient?"""
    kind = WORDS[parameters.activation]
    return Question(
        "layers",
        f"Weights of variance {parameters.variance:g}/n, {parameters.width} {kind} units in every layer. The gradient "
        "passes back through five more layers: by what is its norm multiplied?",
        lab.Estimate("decade", 1e-8, 1e6, 0.5, beliefs=LAYER_BELIEFS),
        lambda result: result.quantities["factor"] ** 5,
        lambda result: (
            f"Each layer multiplied it by {result.quantities['factor']:.3g}, five by "
            f"{result.quantities['factor'] ** 5:.2g}. The factor is the root of {parameters.variance:g} times the mean "
            "of the squared slope: at most 1/16 for the sigmoid, 1/2 for ReLU, near 1 for tanh only where z is small."
        ),
    )


def tanh_question(parameters: Parameters) -> Question:
    """Does the gradient of a deep tanh network shrink or grow on its way back?"""
    return Question(
        "tanh",
        f"A tanh network of {parameters.depth} layers, weights of variance {parameters.variance:g}/n. On its way back "
        "from the last layer to the first, the gradient's norm",
        (
            Choice("falls to less than half", "tanh has slopes below 1, so gradients must vanish"),
            Choice("stays within a factor of two", "tanh is centred at zero, so gradients keep their size"),
            Choice("more than doubles", "large weights outweigh saturation from the start"),
        ),
        lambda result: int(np.searchsorted((0.5, 2), result.quantities["tanh"])),
        lambda result: (
            f"It was multiplied by {result.quantities['tanh']:.3g} in {parameters.depth - 1} passages. Larger weights "
            "saturate more units, whose slope is near 0, but the weights themselves multiply the gradient too. Here "
            "the weights decide: it shrinks at 1/n, keeps near 2/n and grows at 4/n."
        ),
    )


def duel_question(parameters: Parameters) -> Question:
    """Is ReLU the better activation of one hidden layer?"""
    rival = WORDS[parameters.rival]
    return Question(
        "duel",
        f"One hidden layer of {UNITS} units learns {TASKS[parameters.task]}, {STEPS} steps, each activation with its "
        "own best learning rate. Which has the lower error on new data?",
        (
            Choice("ReLU", "ReLU is better everywhere, not only in deep networks"),
            Choice(rival, f"a smooth activation like {rival} always fits better"),
            Choice(lab.TOO_CLOSE, "with a tuned learning rate the activation never matters"),
        ),
        lambda result: {1: 0, -1: 1, 0: 2}[int(result.quantities["winner"])],
        lambda result: (
            f"ReLU won {percent(result.quantities['share'])} of {REPLICAS} pairs (loss {result.quantities['loss']:.2g} "
            f"at rate {result.quantities['rate']:g}, {rival} {result.quantities['rival loss']:.2g} at "
            f"{result.quantities['rival rate']:g}; medians). In one layer no gradient fades: the task decides."
        ),
        panel=5,
    )


def draw(rng: np.random.Generator) -> Parameters:
    """Another activation and scale of the weights, and a duel that is clear or known to be open."""
    rival, task = (("sigmoid", "curve"), ("sigmoid", "wave"), ("tanh", "wave"), ("tanh", "noisy curve"))[
        rng.integers(4)
    ]
    variance, depth = float(rng.choice((0.5, 1.0, 2.0, 4.0, 9.0))), int(rng.integers(12, 19))
    return Parameters(KINDS[rng.integers(3)], variance, depth, 256, 0.01, rival, task)
