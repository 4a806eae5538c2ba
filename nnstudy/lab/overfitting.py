"""A model with enough free numbers explains pure noise, and what it explained is worth nothing on new data.

Model. Inputs x ~ N(0, I_D), y = x.beta + sigma e, e ~ N(0, 1), |beta| = 1 with beta_j^2 proportional to j^-decay. Least
squares sees the first p inputs of n observations; past p = n it takes the shortest of all exact fits (minimum norm).
The inputs that it does not see act as noise of variance s^2 = sigma^2 + sum_{j>p} beta_j^2. With t = 1 - that sum,
a = min(n, p) and m = |n - p| + 1 the squared error on new data is, given the training data and exactly in law,

    s^2 (1 + chi2_a / chi2_m) + t Beta((p - n)/2, n/2),       the last term for p > n only,

all three independent: the noise that was learned, and the part of beta that n observations cannot show. Its mean

    p <= n - 2:  s^2 (1 + p/(n-p-1))        p >= n + 2:  s^2 (1 + n/(p-n-1)) + t (1 - n/p)

falls, rises to infinity at p = n and falls again: double descent. There the tails are too heavy for a mean, but
E log chi2_k = psi(k/2) + log 2 and Var log chi2_k = psi'(k/2) are finite for all k.
Pure noise is beta = 0, sigma = 1: R^2 ~ Beta(p/2, (n-p)/2), so p/n on average, and the error is 1 + chi2_a / chi2_m.

Networks, 20 replicas of each, trained in full batches with momentum .9: 10 inputs, 16 hidden units and 193 weights that
learn labels decided by coin flips; and few or many hidden units that learn a curved surface from noisy examples. No
theory says how they end, except that nobody predicts a coin: half of the new labels.

Sources: Belkin, Hsu, Xu, SIAM J. Math. Data Sci. 2 (2020), theorem 1, for the means; Muirhead, Aspects of Multivariate
Statistical Theory (1982), theorem 3.2.12, for their law; Zhang et al., ICLR (2017), for labels by coin flip.
Conventions: errors are mean squares, losses of networks are halved; R^2 is without intercept, 1 - |y - fit|^2 / |y|^2.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab.experiment import (
    TOO_CLOSE,
    Array,
    Choice,
    Figure,
    Frame,
    Line,
    Measurement,
    Panel,
    Points,
    Question,
    Reference,
    parameter,
)
from nnstudy.lab.network import Pairs, Perceptrons, Real, replicas, stack_examples

TITLE = "Overfitting"
TOPICS = (
    "overfitting", "overfit", "hallucinates patterns", "double descent", "early stopping", "generalization",
    "generalisation", "memorization", "sovradattamento", "sovradattamento ai dati", "generalizzazione",
    "doppia discesa", "arresto anticipato",
)  # fmt: skip

REGRESSIONS, NETWORKS = "regressions", "networks"


@dataclass(frozen=True)
class Parameters:
    """What the regressions see, what the networks learn, and which of them are compared."""

    observations: int = parameter(40, "observations n that a regression learns from", low=16, high=48)
    meaningless: int = parameter(20, "inputs p of the regression on pure noise", low=1, high=80)
    inputs: int = parameter(100, "inputs D of the regressions with a signal", low=100, high=160)
    decay: float = parameter(0.0, "how fast the inputs lose importance: beta_j^2 ~ j^-decay", low=0.0, high=3.0)
    noise: float = parameter(0.5, "standard deviation sigma of the regressions' noise", low=0.05, high=2.0)
    blur: float = parameter(1.0, "standard deviation of the noise in the networks' examples", low=0.0, high=2.0)
    examples: int = parameter(100, "examples with labels decided by coin flips", low=20, high=500)
    coin: float = parameter(1.0, "share of those labels that a coin decides; a rule the others", low=0.0, high=1.0)
    compared: str = parameter(REGRESSIONS, "where few and many weights are compared", choices=(REGRESSIONS, NETWORKS))

    @property
    def beta(self) -> Array:
        """The D coefficients, the most important first, of length 1."""
        squares = np.arange(1.0, self.inputs + 1) ** -self.decay
        return np.asarray(np.sqrt(squares / squares.sum()))


FITS, REPLICAS, ROUNDING = 400, 20, 1e-9
CALM = 8  # m - 1 from which the fourth moment of 1 / chi2_m is finite, so that four sigma mean something
LABEL_INPUTS, LABEL_WIDTH, LABEL_STEPS, NEW_LABELS = 10, 16, 500, 200
NARROW, WIDE, SURFACE_EXAMPLES, SURFACE_STEPS, EVALUATE_EVERY = 3, 64, 60, 800, 20


# --- regressions: theory -------------------------------------------------------------------------------------------


def log_chi2(k: int) -> tuple[float, float]:
    """Mean and variance of log chi2_k, by the recurrences of the digamma and trigamma functions at k/2."""
    start, digamma, trigamma = (1.0, -np.euler_gamma, math.pi**2 / 6)
    if k % 2:
        start, digamma, trigamma = 0.5, -np.euler_gamma - 2 * math.log(2), math.pi**2 / 2
    below = np.arange(start, k / 2)
    return float(digamma + (1 / below).sum() + math.log(2)), float(trigamma - (1 / below**2).sum())


def ratio_moments(n: int, p: int) -> tuple[float, float]:
    """Mean and variance of chi2_a / chi2_m, a = min(n, p), m = |n - p| + 1; infinite where they do not exist."""
    a, m = min(n, p), abs(n - p) + 1
    mean = a / (m - 2) if m > 2 else math.inf
    return mean, a * (a + 2) / ((m - 2) * (m - 4)) - mean**2 if m > 4 else math.inf


def error_moments(setting: Parameters, p: int) -> tuple[float, float]:
    """Mean and variance, over training sets, of the squared error on new data with the first p inputs."""
    n, seen = setting.observations, float((setting.beta[:p] ** 2).sum())
    unseen = setting.noise**2 + 1 - seen
    mean, variance = ratio_moments(n, p) if p > 0 else (0.0, 0.0)
    mean, variance = unseen * (1 + mean), unseen**2 * variance
    if p > n:  # Beta(b, c): mean b/(b+c), variance bc/((b+c)^2 (b+c+1))
        mean += seen * (1 - n / p)
        variance += seen**2 * (p - n) * n / (p**2 * (p / 2 + 1))
    return mean, variance


def best_classical(setting: Parameters) -> int:
    """The number of inputs, fewer than observations, whose mean error on new data is the least."""
    return int(np.argmin([error_moments(setting, p)[0] for p in range(setting.observations - 1)]))


# --- regressions: fits ---------------------------------------------------------------------------------------------


def shortest_fit(X: Array, y: Array) -> Array:
    """Least squares, of minimum norm where many fits are exact: X (R, n, p), y (R, n, k) -> (R, p, k)."""
    transposed = X.swapaxes(1, 2)
    if X.shape[2] <= X.shape[1]:
        return np.asarray(np.linalg.solve(transposed @ X, transposed @ y))
    return np.asarray(transposed @ np.linalg.solve(X @ transposed, y))


def noise_fits(
    setting: Parameters, rng: np.random.Generator
) -> tuple[tuple[Measurement, ...], Panel, dict[str, float]]:
    """Pure noise, explained by inputs that mean nothing: R^2 in the data themselves, the error on new data."""
    n, p = setting.observations, setting.meaningless
    X, y = rng.standard_normal((FITS, n, p)), rng.standard_normal((FITS, n, 1))
    w = shortest_fit(X, y)
    fitted, lengths = X @ w, np.square(w).sum((1, 2))
    shares = 1 - np.square(y - fitted).sum((1, 2)) / np.square(y).sum((1, 2))
    a, mean_error = min(n, p), float(1 + lengths.mean())
    slack = 4 * math.sqrt(2 * a * (n - a) / (n**2 * (n + 2)) / FITS) + ROUNDING
    (expected, variance), name = ratio_moments(n, p), f"test error, {p} inputs, pure noise"
    measurements = (
        Measurement(f"R^2 of pure noise, {p} inputs", float(shares.mean()), a / n, slack, "p/n, at most 1; 4 sd"),
        mean_measurement(name, mean_error, 1 + expected, variance, abs(n - p)),
        log_measurement("mean log |w|^2, pure noise", np.log(lengths), n, p),
    )
    X_new, y_new = rng.standard_normal((n, p)), rng.standard_normal(n)
    marks = (
        Points(y[0, :, 0], fitted[0, :, 0], "its own data"),
        Points(y_new, X_new @ w[0, :, 0], "new data"),
        Line(np.array([-2.5, 2.5]), np.array([-2.5, 2.5]), "a perfect fit", "dashed"),
    )
    quantities = {"explained": float(shares.mean()), "noise error": float(np.median(1 + lengths))}
    return measurements, Panel("Patterns found in pure noise", "noise", "prediction", marks), quantities


def mean_measurement(name: str, measured: float, expected: float, variance: float, distance: int) -> Measurement:
    """A mean over `FITS` fits beside its closed form, where p is not too near n for four sigma to hold."""
    calm = distance >= CALM
    slack = 4 * math.sqrt(variance / FITS) + ROUNDING if calm else None
    remark = "" if calm else f"p within {CALM} of n: the tail is too heavy for a mean of {FITS}"
    return Measurement(name, measured, expected, slack, "Belkin, Hsu, Xu 2020, theorem 1; 4 sd", calm, remark)


def log_measurement(name: str, logarithms: Array, n: int, p: int) -> Measurement:
    """A mean logarithm of chi2_a / chi2_m over fits beside its closed form, which exists for all n and p."""
    (above, spread_above), (below, spread_below) = log_chi2(min(n, p)), log_chi2(abs(n - p) + 1)
    slack = 4 * math.sqrt((spread_above + spread_below) / len(logarithms))
    return Measurement(name, float(logarithms.mean()), above - below, slack, "psi(a/2) - psi(m/2); 4 sd")


class Descent:
    """Regressions on ever more of the same inputs; `errors[p]` has the error on new data of every fit, (FITS,)."""

    def __init__(self, setting: Parameters, rng: np.random.Generator) -> None:
        self.setting, n, D = setting, setting.observations, setting.inputs
        self.X = rng.standard_normal((FITS, n, D))
        self.y = self.X @ setting.beta + setting.noise * rng.standard_normal((FITS, n))
        self.classical = best_classical(setting)
        self.shown = sorted({max(1, n // 8), n // 2, 3 * n // 4, 5 * n // 4, 2 * n, D})
        around = {n + offset for offset in (-4, -2, -1, 0, 1, 2, 4)}
        grid = {round(p) for p in np.linspace(0, D, 13)}
        self.counts = sorted({self.classical, *self.shown, *around, *grid})
        self.errors: dict[int, Array] = {}
        self.training: dict[int, float] = {}
        self.learned_noise: Array = np.zeros(0)

    def fit(self, p: int) -> None:
        """Fit the first p inputs: to y, and to what p inputs cannot tell of y."""
        setting, X = self.setting, self.X[:, :, :p]
        beta = setting.beta[:p]
        unseen = self.y - X @ beta
        w = shortest_fit(X, np.stack([self.y, unseen], 2))
        missing = setting.noise**2 + float((setting.beta[p:] ** 2).sum())
        self.errors[p] = missing + np.square(w[:, :, 0] - beta).sum(1)
        self.training[p] = float(np.square(self.y - (X @ w[:, :, :1])[:, :, 0]).mean())
        if p == setting.observations:
            self.learned_noise = np.log(np.square(w[:, :, 1]).sum(1) / missing)

    def measurements(self) -> tuple[Measurement, ...]:
        """Errors on new data beside the closed form; at p = n, where it is infinite, the mean logarithm."""
        n, D = self.setting.observations, self.setting.inputs
        found = []
        for p in self.shown:
            name, (expected, variance) = f"test error, {p} of {D} inputs", error_moments(self.setting, p)
            found.append(mean_measurement(name, float(self.errors[p].mean()), expected, variance, abs(n - p)))
        found.append(log_measurement("mean log of the noise learned, p = n", self.learned_noise, n, n))
        largest = max(error for p, error in self.training.items() if p > n)
        found.append(Measurement("training error past p = n, largest", largest, 0.0, ROUNDING, "the fit is exact"))
        return tuple(found)

    def differences(self) -> Array:
        """log10 of the classical error over that of all inputs, in the first replicas; above 0 all inputs win."""
        few, many = self.errors[self.classical][:REPLICAS], self.errors[self.setting.inputs][:REPLICAS]
        return np.asarray(np.log10(few / many))

    def panel(self) -> Panel:
        """Error on new data and on the training data by the number of inputs."""
        n = self.setting.observations
        done = [p for p in self.counts if p in self.errors]
        every = [p for p in range(self.setting.inputs + 1) if abs(n - p) > 1]
        theory = np.array([error_moments(self.setting, p)[0] for p in every])
        calm, near = ([p for p in done if (abs(n - p) >= CALM) == far] for far in (True, False))
        marks = (
            Line(np.array(every, float), theory, "mean, theory", "dashed"),
            Points(np.array(calm, float), np.array([self.errors[p].mean() for p in calm]), "mean of the fits"),
            Points(np.array(near, float), np.array([np.median(self.errors[p]) for p in near]), "median, near p = n"),
            Line(np.array(done, float), np.array([self.training[p] for p in done]), "training data", "dotted"),
        )
        return Panel("Error on new data by inputs used", "inputs p", "squared error", marks, y_log=True)


# --- networks that learn coin flips --------------------------------------------------------------------------------


class Labels:
    """The same networks on the same inputs, once with labels decided by coin flips, once with labels by a rule.

    The rule is the sign of the sum of the inputs; labels are +-1, and a network is right where its output has the sign.
    """

    def __init__(self, setting: Parameters, seed: int) -> None:
        self.x, self.new_x, labels, new_labels = [], [], [], []
        for rng in replicas("overfitting labels", seed, REPLICAS):
            for x, y, count in ((self.x, labels, setting.examples), (self.new_x, new_labels, NEW_LABELS)):
                x.append(rng.standard_normal((count, LABEL_INPUTS)).astype(np.float32))
                rule = np.sign(x[-1].sum(1, keepdims=True))
                flips = rng.choice(np.array([-1, 1], np.float32), rule.shape)
                y.append(np.stack([np.where(rng.random(rule.shape) < setting.coin, flips, rule), rule]))
