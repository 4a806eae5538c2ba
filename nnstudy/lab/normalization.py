"""Gradient descent feels how well the inputs are conditioned, not the shape of their distribution.

Model. A linear neuron learns y = x.w* by gradient descent on f(w) = mean (x.w - y)^2 / 2. Its inputs are a bias, one raw
input m + s u_1 and one standardised input u_2, so x = (1, m + s u_1, u_2), u of mean 0 and covariance I. With the error
e = w - w* and the matrix of second moments M = mean x x',

    f = e' M e / 2,    e_{k+1} = (I - alpha M) e_k,    M = [[1, m, 0], [m, s^2 + m^2, 0], [0, 0, 1]]:

only M appears, so inputs of any shape with equal first and second moments give the same descent. The extreme
eigenvalues, with T = 1 + s^2 + m^2, are (T -+ sqrt(T^2 - 4 s^2)) / 2, the third one, 1, lies between them, and

    kappa = ((T + sqrt(T^2 - 4 s^2)) / (2 s))^2,    for s = 1: ((m + sqrt(m^2 + 4)) / 2)^4.

In the direction of eigenvalue lambda a step multiplies the error by 1 - alpha lambda: it changes side at every step iff
alpha > 1 / lambda. The best fixed step 2 / (lambda_1 + lambda_n) has the rate (kappa - 1) / (kappa + 1); exact line search
multiplies the loss by at most the square of that, with consecutive gradients at right angles. Standardised inputs have
M = I: one step of length 1 arrives. One example's gradient is (x.w - y) x: of one sign where all inputs are positive.

Sources: LeCun, Bottou, Orr, Mueller, Efficient BackProp (1998), sections 4.3 and 5; Luenberger, Linear and Nonlinear
Programming, section 8.2 (Kantorovich). Conventions: the start is w = 0 and w* = v_1 + v_n, the slowest case of the best
fixed step; distances are |e| as a share of the first; n is the direction of the largest eigenvalue, 1 of the smallest.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from nnstudy.lab import network
from nnstudy.lab.experiment import (
    TOO_CLOSE,
    Array,
    Choice,
    Figure,
    Frame,
    HeatMap,
    Line,
    Measurement,
    Panel,
    Question,
    adjudicate,
    generator,
    parameter,
)
from nnstudy.lab.network import Pairs, Perceptrons, replicas

TITLE = "Input normalization"
TOPICS = (
    "input normalization", "normalization", "normalisation", "standardization", "whitening", "conditioning",
    "normal distribution", "normalizzazione", "normalizzazione degli input", "standardizzazione", "condizionamento",
)  # fmt: skip

SHAPES = ("normal", "uniform", "plus or minus one", "exponential", "t with 3 degrees", "one-hot")
TREATMENTS = {
    "shifted by 5": "plus 5",
    "times 20": "times 20",
    "times 1/100": "divided by 100",
    "min-max": "scaled to lie between 0 and 1",
    "rank-Gaussian": "replaced by normal quantiles of their ranks",
}
EXAMPLES, STEPS, GOAL, MOST_STEPS, SEARCHES, SINGLE = 60, 200, 1e-6, 20_000, 10, 4000
REPLICAS, TRAINED, EVALUATE_EVERY, RATE, EXACT = 20, 200, 10, 0.02, 1e-9


@dataclass(frozen=True)
class Parameters:
    """The raw input's mean and deviation, the step, another data set to race against, and what networks are fed."""

    shift: float = parameter(3.0, "mean m of the raw input", low=0.0, high=10.0)
    scale: float = parameter(1.0, "standard deviation s of the raw input", low=0.01, high=20.0)
    step: float = parameter(0.99, "step size, in units of 1 / largest eigenvalue", low=0.05, high=1.95)
    rival: str = parameter("exponential", "shape of the other data set's inputs", choices=SHAPES[1:])
    rival_shift: float = parameter(3.0, "mean of the other data set's raw input", low=0.0, high=10.0)
    treatment: str = parameter("rank-Gaussian", "inputs that race against standardised ones", choices=tuple(TREATMENTS))
    activation: str = parameter("tanh", "activation of the trained networks", choices=("tanh", "relu"))


# --- inputs --------------------------------------------------------------------------------------------------------


def whitened(shape: str, rng: np.random.Generator) -> Array:
    """u, (EXAMPLES, 2): a sample of this shape whose own mean is 0 and whose own covariance is I."""
    size = (EXAMPLES, 2)
    if shape == "one-hot":  # three classes in equal numbers; the third column is 1 minus the others
        raw = rng.permutation(np.eye(3)[np.arange(EXAMPLES) % 3])[:, :2]
    elif shape == "plus or minus one":
        raw = rng.choice([-1.0, 1.0], size)
    elif shape == "t with 3 degrees":
        raw = rng.standard_t(3, size)
    else:
        draws = {"normal": rng.standard_normal, "uniform": rng.random, "exponential": rng.standard_exponential}
        raw = draws[shape](size)
    centred = raw - raw.mean(axis=0)
    root = np.linalg.cholesky(centred.T @ centred / EXAMPLES)
    return np.asarray(np.linalg.solve(root, centred.T).T)


def design(shape: str, rng: np.random.Generator, shift: float, scale: float) -> Array:
    """X, (EXAMPLES, 3): bias, raw input and standardised input."""
    u = whitened(shape, rng)
    return np.column_stack([np.ones(EXAMPLES), shift + scale * u[:, 0], u[:, 1]])


def condition(shift: float, scale: float) -> float:
    """kappa of the second moments of bias and raw input."""
    trace = 1 + scale**2 + shift**2
    root = math.sqrt(((1 - scale) ** 2 + shift**2) * (trace + 2 * scale))  # sqrt(T^2 - 4 s^2) without cancellation
    return ((trace + root) / (2 * scale)) ** 2


def directions(X: Array) -> tuple[Array, Array]:
    """lambda_1 and lambda_n, and v_1 and v_n as rows; singular values keep the small one accurate."""
    _, singular, rows = np.linalg.svd(X[:, :2] / math.sqrt(EXAMPLES), full_matrices=False)
    return singular[::-1] ** 2, np.column_stack([rows[::-1], np.zeros(2)])


# --- descent -------------------------------------------------------------------------------------------------------


def losses(X: Array, errors: Array) -> Array:
    """f of every error, (steps, 3)."""
    return np.asarray(np.square(errors @ X.T).mean(axis=1) / 2)


def descend(X: Array, alpha: float, steps: int) -> Array:
    """e_0 ... e_steps, (steps + 1, 3): gradient descent on the examples from w = 0 towards w* = v_1 + v_n."""
    target = directions(X)[1].sum(axis=0)
    y, w, errors = X @ target, np.zeros(3), [-target]
    for _ in range(steps):
        w = w - alpha * (X.T @ (X @ w - y)) / len(X)
        errors.append(w - target)
    return np.array(errors)


def best_step(X: Array) -> float:
    """2 / (lambda_1 + lambda_n)."""
    return float(2 / directions(X)[0].sum())


def arrival(X: Array) -> float:
    """Steps at the best step until the distance is `GOAL`; infinite past `MOST_STEPS`."""
    M, alpha, e = X.T @ X / len(X), best_step(X), directions(X)[1].sum(axis=0)
    goal = GOAL**2 * (e @ e)
    for step in range(1, MOST_STEPS + 1):
        e = e - alpha * (M @ e)
        if e @ e <= goal:
            return float(step)
    return math.inf


def line_search(X: Array) -> tuple[float, float]:
    """Factor of the loss a step, and the largest |cosine| of consecutive gradients, from exact line search's worst start.

    The worst start, v_1 / lambda_1 + v_n / lambda_n, has equal gradients in both directions.
    """
    eigenvalues, vectors = directions(X)
    e = (vectors / eigenvalues[:, None]).sum(axis=0)
    path, cosine = [e], 0.0
    gradient = X.T @ (X @ e) / len(X)
    for _ in range(SEARCHES):
        e = e - gradient * (gradient @ gradient) / np.square(X @ gradient).mean()
        previous, gradient = gradient, X.T @ (X @ e) / len(X)
        cosine = max(cosine, abs(previous @ gradient) / math.sqrt((previous @ previous) * (gradient @ gradient)))
        path.append(e)
    loss = losses(X, np.array(path))
    return float((loss[-1] / loss[0]) ** (1 / SEARCHES)), float(cosine)


def sides(X: Array, alpha: float, errors: Array) -> list[tuple[float, float]]:
    """Share of steps that change side, measured and expected, in the flat and in the steep direction.

    Steps count while the error is expected to stand out from rounding.
    """
    found = []
    for eigenvalue, vector in zip(*directions(X), strict=True):
        factor = 1 - alpha * float(eigenvalue)
        visible = int(np.sum(abs(factor) ** np.arange(1, len(errors)) > EXACT))
        parts = np.sign(errors[: visible + 1] @ vector)
        changed = float(np.mean(parts[1:] != parts[:-1])) if visible else 0.0
        found.append((changed, float(factor < 0 and visible > 0)))
    return found


# --- measurements of the linear neuron -----------------------------------------------------------------------------


class Neuron:
    """The six data sets with equal moments, the rival with its own, and everything measured on them."""

    def __init__(self, parameters: Parameters, seed: int) -> None:
        p, rng = parameters, generator("normalization", seed)
        self.parameters, self.rng = p, rng
        self.sets = {shape: design(shape, rng, p.shift, p.scale) for shape in SHAPES}
        self.rival = design(p.rival, rng, p.rival_shift, p.scale)
        self.X, self.standard = self.sets["normal"], design("normal", rng, 0.0, 1.0)
        self.kappa = condition(p.shift, p.scale)
        self.alpha = p.step / float(directions(self.X)[0][1])
        self.chosen = descend(self.X, self.alpha, STEPS)
        self.best = descend(self.X, best_step(self.X), STEPS)
        self.one = descend(self.standard, 1.0, STEPS)

    def spread(self) -> float:
        """The largest difference between the six loss curves, as a share of the first loss."""
        curves = np.array([losses(X, descend(X, self.alpha, STEPS)) for X in self.sets.values()])
        return float(np.ptp(curves, axis=0).max() / curves[0, 0])

    def race(self) -> dict[str, float]:
        """Loss curves of normal and rival inputs, each at its best step, summed up: the smaller is the faster."""
        curves = []
        for X in (self.X, self.rival):
            curve = losses(X, descend(X, best_step(X), STEPS))
            curves.append(curve / curve[0])
        gap = float(np.abs(curves[0] - curves[1]).max())
        return {"race gap": gap, "race normal": float(curves[0].mean()), "race rival": float(curves[1].mean())}

    def descents(self) -> tuple[Measurement, ...]:
        """Everything that a few steps show."""
        rho, standing = (self.kappa - 1) / (self.kappa + 1), self.kappa > 1 + EXACT
        lambdas = directions(self.X)[0]
        loss = losses(self.X, self.best[:11])
        rate, one = float((loss[10] / loss[0]) ** 0.05), losses(self.standard, self.one)
        (flat, flat_side), (steep, steep_side) = sides(self.X, self.alpha, self.chosen)
        search, cosine = line_search(self.X) if standing else (0.0, 0.0)
        remark = "" if standing else "kappa = 1: the first step arrives"
        source, side = "(kappa - 1)/(kappa + 1)", "1 - alpha lambda < 0"
        return (
            Measurement("six shapes: spread of the loss", self.spread(), 0.0, EXACT, "only M appears, LeCun 1998"),
            Measurement(
                "kappa", float(lambdas[1] / lambdas[0]), self.kappa, EXACT * self.kappa, "eigenvalues of M, see the model"
            ),
            Measurement("rate at the best step", rate, rho, EXACT, source, standing, remark),
            Measurement("loss after one step, standardised", float(one[1] / one[0]), 0.0, EXACT, "M = I"),
            Measurement("share of steps that cross, flat", flat, flat_side, 0.0, side),
            Measurement("share of steps that cross, steep", steep, steep_side, 0.0, side),
            Measurement("exact line search: loss factor", search, rho**2, EXACT, source + "^2", standing, remark),
            Measurement("its gradients: largest |cosine|", cosine, 0.0, EXACT, "right angles", standing, remark),
        )

    def signs(self) -> tuple[Measurement, ...]:
        """Whether one example's gradients have the same sign for both inputs: positive inputs, then centred ones."""
        u = self.rng.standard_normal((SINGLE, 2))
        found = []
        for x in (np.abs(u), u):
            gradients = (x @ [1.0, -1.0] + self.rng.standard_normal(SINGLE))[:, None] * x
            found.append(float(np.mean(np.sign(gradients[:, 0]) == np.sign(gradients[:, 1]))))
        slack = 4 * math.sqrt(0.25 / SINGLE)
        return (
            Measurement("equal signs, positive inputs", found[0], 1.0, 0.0, "LeCun 1998, section 4.3"),
            Measurement("equal signs, centred inputs", found[1], 0.5, slack, "independent, symmetric inputs"),
        )

    def arrivals(self) -> Measurement:
        """Steps of the raw inputs until the distance is `GOAL`."""
        rho, measured = (self.kappa - 1) / (self.kappa + 1), arrival(self.X)
        expected = float(max(1, math.ceil(math.log(GOAL) / math.log(rho)))) if rho > EXACT else 1.0
        applies = expected <= MOST_STEPS
        remark = "" if applies else f"stopped after {MOST_STEPS} steps"
        return Measurement("steps until 1e-6, raw", measured, expected, 0.0, "(kappa - 1)/(kappa + 1)", applies, remark)

    def panels(self) -> tuple[Panel, ...]:
        """Loss by step beside theory, and the paths over the contours."""
        k, rho = np.arange(STEPS + 1.0), (self.kappa - 1) / (self.kappa + 1)
        best, chosen, one = losses(self.X, self.best), losses(self.X, self.chosen), losses(self.standard, self.one)
        marks = (
            Line(k, best / best[0], "raw, best step"),
            Line(k, rho ** (2 * k), "theory, best step", "dashed"),
            Line(k, chosen / chosen[0], "raw, chosen step"),
            Line(k, one / one[0], "standardised", "dotted"),
        )
        raw = path_panel("Path, raw inputs", self.X, self.chosen)
        standard = path_panel("Path, standardised inputs", self.standard, self.one)
        return Panel("Loss while descending", "step", "loss / first loss", marks, y_log=True), raw, standard


def path_panel(title: str, X: Array, errors: Array) -> Panel:
    """Errors of the bias and of the first weight over the loss."""
    extent = 1.2 * float(np.abs(errors[:, :2]).max())
    axis = np.linspace(-extent, extent, 41)
    grid = np.stack([*np.meshgrid(axis, axis), np.zeros((41, 41))], axis=-1).reshape(-1, 3)
    loss = losses(X, grid).reshape(41, 41)
    heat = HeatMap(axis, axis, np.log10(loss + 1e-3 * loss.max()), "log10 loss")
    return Panel(title, "error of the bias", "error of the weight", (heat, Line(errors[:, 0], errors[:, 1], "path")))


# --- trained networks ----------------------------------------------------------------------------------------------


def treat(treatment: str, train: Array, new: Array) -> tuple[Array, Array]:
    """Inputs (N, inputs) as fed to a network; whatever is estimated comes from the training inputs alone."""
    if treatment == "min-max":
        low, high = train.min(axis=0), train.max(axis=0)
        return (train - low) / (high - low), (new - low) / (high - low)
    if treatment == "rank-Gaussian":
        quantiles = [NormalDist().inv_cdf((i + 0.5) / len(train)) for i in range(len(train))]
        ordered = np.sort(train, axis=0)
        columns = range(train.shape[1])
        first, second = (
            np.stack([np.interp(x[:, j], ordered[:, j], quantiles) for j in columns], 1) for x in (train, new)
        )
        return first, second
    factor = {"times 20": 20.0, "times 1/100": 0.01}.get(treatment, 1.0)
    offset = 5.0 if treatment == "shifted by 5" else 0.0
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return factor * (train - mean) / deviation + offset, factor * (new - mean) / deviation + offset


class Race(Pairs):
    """Networks fed with standardised inputs and with treated ones, equal in everything else."""

    def __init__(self, parameters: Parameters, seed: int) -> None:
        rows = []
        for rng in replicas("normalization data", seed, REPLICAS):
            raw = rng.standard_exponential((264, 2))
            target = np.sin(2 * raw[:, :1]) + raw[:, 1:] / 2
            inputs = [treat(name, raw[:64], raw[64:]) for name in ("standardised", parameters.treatment)]
            rows.append((inputs[0][0], inputs[0][1], inputs[1][0], inputs[1][1], target[:64], target[64:]))
        train, new, self.treated, self.treated_new, y, new_y = (
            np.stack(column).astype(np.float32) for column in zip(*rows, strict=True)
        )

        def stack() -> Perceptrons:
            streams = replicas("normalization training", seed, REPLICAS)
            return Perceptrons((2, 16, 1), streams, activation=parameters.activation)

        super().__init__((stack(), stack()), ("standardised", "treated"), (train, y), (new, new_y), RATE)
