"""A model with enough free numbers explains pure noise, and what it explained is worth nothing on new data.

Model. Inputs x ~ N(0, I_D), y = x.beta + sigma e, e ~ N(0, 1), beta = (1, ..., 1) / sqrt(D). Least squares sees the
first p inputs of n observations; past p = n it takes the shortest of all exact fits (minimum norm). The inputs that it
does not see act as noise: s^2 = sigma^2 + 1 - p/D in all. With a = min(n, p), m = |n - p| + 1 the squared error on new
data is, by the training data it came from, distributed as

    s^2 (1 + chi2_a / chi2_m) + p/D Beta((p - n)/2, n/2),       the last term for p > n only,

all three independent: the noise that was learned, and the part of beta that n observations cannot show. Its mean

    p <= n - 2:  s^2 (1 + p/(n-p-1))        p >= n + 2:  s^2 (1 + n/(p-n-1)) + p/D (1 - n/p)

falls, rises to infinity at p = n and falls again: double descent. There the tails are too heavy for a mean, but
E log chi2_k = psi(k/2) + log 2, Var log chi2_k = psi'(k/2) for all k, and chi2_a / chi2_m is cot^2 of an angle whose
density is proportional to sin^{m-1} cos^{a-1}, which gives its median. On pure noise (no beta, s = 1) R^2 is
Beta(p/2, (n-p)/2), so p/n on average, and the error is 1 + chi2_a / chi2_m.

Networks, 20 replicas of each, full batches. 193 weights (10 inputs, 16 tanh units, plain descent with step 1/2) learn
100 labels by coin flips in about 3 times the steps that a rule, the sign of the inputs' sum, takes; how many times
depends on the rule and the loss (1 to 6). Ten weights (3 ReLU units) or 4,353 (two layers of 64) learn a curve from 30
examples with noise 1, by momentum .9: many beat few in about .2 of the pairs, in all without noise, in none with much.

Sources: Belkin, Hsu, Xu, SIAM J. Math. Data Sci. 2 (2020), theorem 1, for the means; Muirhead, Aspects of Multivariate
Statistical Theory (1982), theorem 3.2.12, for their law; Zhang et al., ICLR (2017), for labels by coin flips.
Conventions: errors are mean squares, losses of networks are halved; R^2 is without intercept, 1 - |y - fit|^2 / |y|^2.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab.chi2 import log_chi2, ratio_moments, ratio_quantiles
from nnstudy.lab.experiment import Array, Choice, Frame, Line, Measurement, Panel, Points, Question, parameter
from nnstudy.lab.layers import Snapshot, due
from nnstudy.lab.network import Perceptrons, Real, replicas, snapshot, stack_examples
from nnstudy.lab.pairs import Pairs
from nnstudy.words import percent

TITLE = "Overfitting"
TOPICS = (
    "overfitting", "overfit", "hallucinates patterns", "double descent", "early stopping", "generalization",
    "memorization", "sovradattamento", "generalizzazione", "doppia discesa", "arresto anticipato",
)  # fmt: skip


@dataclass(frozen=True)
class Parameters:
    """What the regressions see, and what the networks learn."""

    observations: int = parameter(40, "observations n that a regression learns from", low=16, high=48)
    meaningless: int = parameter(20, "inputs p of the regression on pure noise", low=1, high=80)
    inputs: int = parameter(100, "inputs D of the regressions with a signal", low=100, high=160)
    noise: float = parameter(0.5, "standard deviation sigma of the regressions' noise", low=0.05, high=2.0)
    examples: int = parameter(100, "examples with labels for the network of 193 weights", low=20, high=500)
    coin: float = parameter(1.0, "share of those labels that a coin decides; a rule the others", low=0.0, high=1.0)
    blur: float = parameter(1.0, "standard deviation of the noise on the curve", low=0.0, high=2.0)
    rate: float = parameter(0.05, "learning rate of the networks on the curve", low=1e-4, high=1.0, live=True)

    def unseen(self, p: int) -> float:
        """s^2, the variance of all that the first p inputs cannot tell."""
        return self.noise**2 + 1 - p / self.inputs


FITS, REPLICAS, ROUNDING = 300, 20, 1e-9
CALM = 8  # |n - p| from which 1 / chi2_m has a fourth moment, so that four sigma of a mean say something
LABEL_INPUTS, LABEL_WIDTH, LABEL_STEPS, NEW_LABELS, EVALUATE_EVERY = 10, 16, 500, 200, 5
WEIGHTS = (LABEL_INPUTS + 1) * LABEL_WIDTH + LABEL_WIDTH + 1
FEW_WEIGHTS, MANY_WEIGHTS = 10, 4353
FEW, MANY, CURVE_EXAMPLES, CURVE_STEPS, CURVE_BLOCK = "3 units", "64-64 units", 30, 500, 10


def error_moments(setting: Parameters, p: int) -> tuple[float, float]:
    """Mean and variance, over training sets, of the squared error on new data with the first p inputs."""
    n, seen = setting.observations, p / setting.inputs
    mean, variance = ratio_moments(n, p)
    mean, variance = setting.unseen(p) * (1 + mean), setting.unseen(p) ** 2 * variance
    if p > n:  # Beta(b, c) has the mean b/(b+c) and the variance bc/((b+c)^2 (b+c+1))
        mean += seen * (1 - n / p)
        variance += seen**2 * (p - n) * n / (p**2 * (p / 2 + 1))
    return mean, variance


def mean_measurement(name: str, errors: Array, moments: tuple[float, float], distance: int) -> Measurement:
    """A mean over fits beside its closed form, judged where p is not too near n for four sigma to hold."""
    calm, (expected, variance) = distance >= CALM, moments
    slack = 4 * math.sqrt(variance / len(errors)) if calm else None
    remark = "" if calm else f"p is within {CALM} of n: the tail is too heavy for a mean of {len(errors)}"
    return Measurement(name, float(errors.mean()), expected, slack, "Belkin et al., theorem 1; 4 sd", calm, remark)


def log_measurement(name: str, ratios: Array, n: int, p: int) -> Measurement:
    """The mean logarithm of chi2_a / chi2_m over fits beside its closed form, which exists for all n and p."""
    (above, spread_above), (below, spread_below) = log_chi2(min(n, p)), log_chi2(abs(n - p) + 1)
    slack = 4 * math.sqrt((spread_above + spread_below) / len(ratios))
    return Measurement(name, float(np.log(ratios).mean()), above - below, slack, "psi(a/2) - psi(m/2); 4 sd")


def median_measurement(name: str, errors: Array, setting: Parameters) -> Measurement:
    """The median error at p = n beside its law's; four standard errors of the share of fits that lie below it."""
    n, s2, beyond = setting.observations, setting.unseen(setting.observations), 2 / math.sqrt(FITS)
    low, median, high = s2 * (1 + ratio_quantiles(n, n, np.array([0.5 - beyond, 0.5, 0.5 + beyond])))
    slack = float(max(high - median, median - low))
    return Measurement(name, float(np.median(errors)), float(median), slack, "median of s^2 (1 + cot^2); 4 sd")


def shortest_fit(X: Array, y: Array) -> Array:
    """Least squares, of minimum norm where many fits are exact: X (R, n, p), y (R, n, k) -> (R, p, k)."""
    transposed = X.swapaxes(1, 2)
    if X.shape[2] <= X.shape[1]:
        return np.asarray(np.linalg.solve(transposed @ X, transposed @ y))
    return np.asarray(transposed @ np.linalg.solve(X @ transposed, y))


def noise_fits(setting: Parameters, rng: np.random.Generator) -> tuple[list[Measurement], Panel, dict[str, float]]:
    """Pure noise explained by inputs that mean nothing: R^2 on the data themselves, the error on new data."""
    n, p = setting.observations, setting.meaningless
    X, y, a = rng.standard_normal((FITS, n, p)), rng.standard_normal((FITS, n, 1)), min(n, p)
    w = shortest_fit(X, y)
    fitted, lengths = X @ w, np.square(w).sum((1, 2))
    share = float((1 - np.square(y - fitted).sum((1, 2)) / np.square(y).sum((1, 2))).mean())
    slack = 4 * math.sqrt(2 * a * (n - a) / (n**2 * (n + 2)) / FITS) + ROUNDING  # of Beta(a/2, (n-a)/2)
    mean, variance = ratio_moments(n, p)
    measurements = [
        Measurement(f"R^2 of pure noise, {p} inputs", share, a / n, slack, "p/n, at most 1; 4 sd"),
        mean_measurement(f"test error, pure noise, {p} inputs", 1 + lengths, (1 + mean, variance), abs(n - p)),
        log_measurement("mean log of the noise learned from it", lengths, n, p),
    ]
    ends, new = np.array([-2.5, 2.5]), rng.standard_normal((n, p + 1))
    found = Points(y[0, :, 0], fitted[0, :, 0], "own data"), Points(new[:, 0], new[:, 1:] @ w[0, :, 0], "new data")
    marks = *found, Line(ends, ends, "perfect", "dashed")
    panel = Panel("Patterns found in pure noise", "noise", "prediction", marks)
    return measurements, panel, {"explained": share, "noise error": float(np.median(1 + lengths))}


class Descent:
    """Regressions on ever more of the same inputs; `errors[p]` has the error on new data of every fit, (FITS,)."""

    def __init__(self, setting: Parameters, rng: np.random.Generator) -> None:
        self.setting, n, D = setting, setting.observations, setting.inputs
        self.X, self.beta = rng.standard_normal((FITS, n, D)), np.full(D, D**-0.5)
        self.y = (self.X @ self.beta + setting.noise * rng.standard_normal((FITS, n)))[:, :, None]
        self.judged = (n // 8, n // 2, 3 * n // 4, 5 * n // 4, 2 * n, D)
        self.counts = sorted({*self.judged, *range(10, D, 10), n - 4, *range(n - 2, n + 3), n + 4})
        self.errors: dict[int, Array] = {}
        self.training: dict[int, float] = {}

    def fit(self, p: int) -> None:
        """Fit the first p inputs."""
        X, beta = self.X[:, :, :p], self.beta[:p, None]
        w = shortest_fit(X, self.y)
        self.errors[p] = self.setting.unseen(p) + np.square(w - beta).sum((1, 2))
        self.training[p] = float(np.square(self.y - X @ w).mean())

    def results(self) -> tuple[list[Measurement], dict[str, float]]:
        """Errors on new data beside theory, at p = n by the mean logarithm; few and all inputs, paired by replica."""
        n, D, judged = self.setting.observations, self.setting.inputs, []
        for p in self.judged:
            moments, name = error_moments(self.setting, p), f"test error, {p} of {D} inputs"
            judged.append(mean_measurement(name, self.errors[p], moments, abs(n - p)))
        learned = self.errors[n] / self.setting.unseen(n) - 1
        judged.append(log_measurement("mean log of the noise learned, p = n", learned, n, n))
        judged.append(median_measurement(f"median test error, {n} of {D} inputs", self.errors[n], self.setting))
        largest = max(error for p, error in self.training.items() if p > n)
        judged.append(Measurement("largest training error past p = n", largest, 0.0, ROUNDING, "the fit is exact"))
        classical, over = self.errors[self.judged[0]][:REPLICAS], self.errors[D][:REPLICAS]
        quantities = {"classical": float(np.median(classical)), "over": float(np.median(over))}
        quantities |= {"over_share": float(np.mean(over < classical)), "peak": float(np.median(self.errors[n]))}
        return judged, quantities | {"descent": float(lab.adjudicate(classical - over))}

    @cached_property
    def medians(self) -> Array:
        """Numbers of inputs near n, and the median error that theory has there: (2, inputs).

        Past n the part of beta that is not shown is small, and taken at its mean.
        """
        n, D = self.setting.observations, self.setting.inputs
        near = np.arange(n - CALM + 1, n + CALM)
        ratios = np.array([ratio_quantiles(n, int(p), np.array([0.5]))[0] for p in near])
        return np.stack([near, (self.setting.noise**2 + 1 - near / D) * (1 + ratios) + np.maximum(near - n, 0) / D])

    def pairs(self) -> Points:
        """The errors that few and all inputs make in the same twenty fits, as far as they were made."""
        made = [p for p in (self.judged[0], self.judged[-1]) if p in self.errors]
        errors = [self.errors[p][:REPLICAS] for p in made]
        return Points(np.repeat(np.array(made, float), REPLICAS), np.concatenate(errors or [np.zeros(0)]), "20 pairs")

    def panel(self) -> Panel:
        """Error on new data and on the training data by the number of inputs."""
        n, setting, inputs = self.setting.observations, self.setting, np.arange(1, self.setting.inputs + 1)
        calm, near = ([p for p in self.errors if (abs(n - p) >= CALM) == far] for far in (True, False))
        means = np.array([error_moments(setting, int(p))[0] for p in inputs])
        seen = {p: error for p, error in self.training.items() if error > 1e-3}  # past p = n it is rounding only
        marks = (
            Line(inputs.astype(float), np.where(np.isfinite(means), means, np.nan), "theory", "dashed"),
            Points(np.array(calm, float), np.array([self.errors[p].mean() for p in calm]), "mean"),
            Line(self.medians[0], self.medians[1], "", "dashed"),
            Points(np.array(near, float), np.array([np.median(self.errors[p]) for p in near]), "median"),
            Line(np.array([*seen], float), np.array([*seen.values()]), "training", "dotted"),
            self.pairs(),
        )
        return Panel("Error on new data by inputs used", "inputs p", "squared error", marks, y_log=True)


class Labels:
    """Networks that learn labels (+-1) by coin flips, and as many that learn the sign of the same inputs' sum."""

    def __init__(self, setting: Parameters, seed: int) -> None:
        self.coin, self.streams = setting.coin, replicas("overfitting labels", seed, REPLICAS)
        self.train, self.new = self.draw(setting.examples), self.draw(NEW_LABELS)
        starts = [*replicas("overfitting starts", seed, REPLICAS), *replicas("overfitting starts", seed, REPLICAS)]
        self.net = Perceptrons((LABEL_INPUTS, LABEL_WIDTH, 1), starts, activation="tanh", scheme="xavier")
        self.steps, self.perfect = 0, np.full(2 * REPLICAS, np.inf)
        self.seen: list[tuple[float, ...]] = []

    def draw(self, count: int) -> tuple[Real, Real]:
        """Inputs and labels, (2 REPLICAS, count, inputs or 1)."""
        x = np.stack([rng.standard_normal((count, LABEL_INPUTS)) for rng in self.streams])
        rule = np.where(x.sum(2, keepdims=True) > 0, 1.0, -1.0)
        chance = np.stack([rng.random((2, count, 1)) for rng in self.streams], 1)
        labels = np.where(chance[0] < self.coin, np.where(chance[1] < 0.5, 1.0, -1.0), rule)
        return np.concatenate([x, x]).astype(np.float32), np.concatenate([labels, rule]).astype(np.float32)

    def right(self, examples: tuple[Real, Real]) -> Array:
        """Share of the labels that each network gets right, (2 REPLICAS,)."""
        return np.asarray((self.net.predict(examples[0]) * examples[1] > 0).mean((1, 2)))

    def advance(self, steps: int) -> None:
        """So many full-batch steps; then note which networks know all their labels for the first time."""
        for _ in range(steps):
            self.net.step(*self.train, 0.5)
        self.steps += steps
        trained, new = self.right(self.train), self.right(self.new)
        self.perfect[(trained == 1) & np.isinf(self.perfect)] = self.steps
        self.seen.append((self.steps, *(float(half.mean()) for share in (trained, new) for half in np.split(share, 2))))

    def panel(self) -> Panel:
        """Labels that the networks get right, by step."""
        steps, *shares = np.array(self.seen or [(0, *[np.nan] * 4)]).T
        kinds = [(label, style) for style in ("dotted", "solid") for label in ("coins", "rule")]
        lines = [
            Line(steps, share, label if style == "solid" else f"{label}, training", style)
            for share, (label, style) in zip(shares, kinds, strict=True)
        ]
        return Panel("New labels right; dotted: training", "step", "share", (*lines, lab.Reference(0.5)))

    def snapshot(self) -> Snapshot:
        """What stands in the first network that learns labels by coin flips."""
        return snapshot(self.net, *self.train, "labels by coin, network 1")

    def results(self) -> tuple[list[Measurement], dict[str, float]]:
        """What was learned by heart, how fast, and that nobody predicts a coin."""
        trained, new = self.right(self.train)[:REPLICAS], self.right(self.new)[:REPLICAS]
        heart, known = float(np.mean(trained == 1)), float(new.mean())
        coins, slack = self.coin == 1, 4 * 0.5 / math.sqrt(REPLICAS * NEW_LABELS)
        fair = "" if coins else "holds where a coin decides all labels"
        remark = "" if coins and self.train[0].shape[1] == 100 else "published for 100 labels by coin flips"
        measurements = [
            Measurement("share of new labels right", known, 0.5, slack, "a fair coin; 4 sd", coins, fair),
            published("networks that know all by heart", heart, 1.0, remark),
            self.delay(remark),
        ]
        return measurements, {"heart": heart, "known": known, "trained": float(trained.mean())}

    def delay(self, remark: str) -> Measurement:
        """How much longer coins take than the rule, over pairs; published as 3 times, so as 2.5 to 3.5."""
        coin, rule = np.split(self.perfect, 2)
        name, source = "mean log of steps, coin's / rule's", "log 3, published; 4 sd and its rounding"
        if not np.isfinite(self.perfect).all():
            return Measurement(name, math.inf, math.log(3), None, source, False, "some never know all their labels")
        logs = np.log(coin / rule)
        slack = 4 * float(logs.std(ddof=1)) / math.sqrt(REPLICAS) + math.log(3.5 / 3)
        return Measurement(name, float(logs.mean()), math.log(3), slack, source, not remark, remark)


def published(name: str, share: float, expected: float, remark: str) -> Measurement:
    """A share of replicas beside the published one; a `remark` says why that is for another setting."""
    slack, source = lab.share_tolerance(expected, REPLICAS), f"published share; binomial, {REPLICAS} replicas"
    return Measurement(name, share, expected, slack, source, not remark, remark)


class Curves:
    """Pairs of networks with few and with many weights that learn sin 3x, |x| < 1, from noise; new data have none."""

    def __init__(self, setting: Parameters, seed: int) -> None:
        def examples(rng: np.random.Generator, count: int, noisy: bool) -> tuple[Real, Real]:
            x = rng.uniform(-1, 1, (count, 1))
            return x, np.sin(3 * x) + setting.blur * noisy * rng.standard_normal((count, 1))

        streams = replicas("overfitting curve", seed, REPLICAS)
        train = stack_examples(examples, streams, CURVE_EXAMPLES, True)
        test = stack_examples(examples, streams, 200, False)
        few, many = (
            Perceptrons((1, *hidden, 1), replicas("overfitting", seed, REPLICAS)) for hidden in ((3,), (64, 64))
        )
        self.blur, self.pairs = setting.blur, Pairs((few, many), ("few", "many"), train, test, setting.rate)

    def results(self) -> tuple[list[Measurement], dict[str, float]]:
        """How far the loss on new data rises past its lowest, and whether many weights end lower."""
        losses: Array = np.array(self.pairs.losses, float)
        few, many = losses[:, 1], losses[:, 3]
        share, risen = float(np.mean(many[-1] < few[-1])), float(np.mean(many[-1] > many.min(0)))
        rise, best = float(np.median(many[-1] / many.min(0))), np.array(self.pairs.steps)[many.argmin(0)]
        quantities = {"rise": rise, "best_step": float(np.median(best)), "share": share}
        quantities |= {"units": float(lab.adjudicate(few[-1] - many[-1]))}
        quantities |= {"few": float(np.median(few[-1])), "many": float(np.median(many[-1]))}
        usual = self.blur == 1 and self.pairs.steady and self.pairs.rate == 0.05
        remark = "" if usual else "published for noise 1 and rate 0.05 throughout"
        return [
            published("test loss ends past its lowest", risen, 1.0, remark),
            Measurement("test loss at the end / its lowest", rise, None, None, f"median of {REPLICAS}, {MANY}"),
            published(f"{MANY} end lower than {FEW}", share, 0.2, remark),
        ], quantities

    def fit(self) -> Panel:
        """What the first pair makes of its data now."""
        x = np.linspace(-1, 1, 81)
        fits = [net.alone(0).predict(x[None, :, None].astype(np.float32))[0, :, 0] for net in self.pairs.networks]
        seen, noisy = (array[0, :, 0].astype(float) for array in self.pairs.train)
        marks = (
            Points(seen, noisy, "data"),
            Line(x, np.sin(3 * x), "truth", "dashed"),
            Line(x, fits[0].astype(float), "few", "dotted"),
            Line(x, fits[1].astype(float), "many"),
        )
        return Panel(f"Fit by {FEW} and by {MANY}", "x", "y", marks)


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """Patterns in pure noise, then regressions on ever more inputs, then labels by coin, then a noisy curve."""
    rng = lab.generator("overfitting", seed)
    measured, patterns, quantities = noise_fits(parameters, rng)
    descent, labels, curves = Descent(parameters, rng), Labels(parameters, seed), Curves(parameters, seed)
    fitted, labelled = len(descent.counts), len(descent.counts) + LABEL_STEPS // EVALUATE_EVERY
    pairs, total = curves.pairs, labelled + CURVE_STEPS // CURVE_BLOCK

    def frame(step: int, stage: str) -> Frame:
        dots = pairs.dots("Above 0: many units are better", 1)
        panels = descent.panel(), curves.fit(), pairs.curves(), dots, patterns, labels.panel()
        layers = None
        if due(step, total):
            layers = pairs.snapshot(1) if step > labelled else labels.snapshot()
        return Frame(step, total, lab.Figure(TITLE, panels), tuple(measured), {**quantities}, stage, layers)

    def record(results: tuple[list[Measurement], dict[str, float]]) -> None:
        measured.extend(results[0])
        quantities.update(results[1])

    for step, p in enumerate(descent.counts, 1):
        descent.fit(p)
        pairs.heed((yield frame(step, "regressions")))
    record(descent.results())
    for step in range(fitted + 1, labelled + 1):
        labels.advance(EVALUATE_EVERY)
        pairs.heed((yield frame(step, "labels")))
    record(labels.results())
    for step in range(labelled + 1, total + 1):
        pairs.advance(CURVE_BLOCK)
        if step == total:
            record(curves.results())
        pairs.heed((yield frame(step, "curve")))


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """Noise explained, few or many inputs, labels by coin flips, few or many units."""
    return tuple(ask(parameters) for ask in (noise_question, descent_question, label_question, units_question))


def noise_question(setting: Parameters) -> Question:
    """How much of pure noise does least squares explain?"""
    n, p = setting.observations, setting.meaningless
    return Question(
        "noise",
        f"Least squares fits {n} values of pure noise by {p} inputs that have nothing to do with them. Which share of "
        "their squares does it explain, on average?",
        lab.Estimate(
            "percentage",
            0,
            1,
            0.08,
            "inputs without meaning explain next to nothing",
            "least squares fits nearly anything, whatever the number of inputs",
        ),
        lambda result: result.quantities["explained"],
        lambda result: (
            f"It explained {percent(result.quantities['explained'], 1)}. Each input is one more chance to match {n} "
            f"values: p inputs explain p/{n} on average, {n} or more explain all. On new data the median error is "
            f"{result.quantities['noise error']:.3g}, worse than to predict 0, which errs by 1."
        ),
        panel=4,
    )


def duel(name: str, text: str, sides: tuple[str, str], explain: str, panel: int = 0) -> Question:
    """Many weights or few: the quantity `name` tells; `explain` is a template that the quantities fill."""
    return Question(
        name,
        text,
        (
            Choice(sides[0], "over-parametrised always beats classical"),
            Choice(sides[1], "more weights than observations must overfit and lose"),
            Choice(lab.TOO_CLOSE, "the number of weights does not matter"),
        ),
        lambda result: {1: 0, -1: 1, 0: 2}[int(result.quantities[name])],
        lambda result: explain.format(
            **result.quantities, **{f"{key}_percent": percent(value) for key, value in result.quantities.items()}
        ),
        panel,
    )


def descent_question(setting: Parameters) -> Question:
    """Few inputs, or more than observations?"""
    n, D = setting.observations, setting.inputs
    return duel(
        "descent",
        f"{n} observations depend on {D} inputs, all alike, with noise {setting.noise:.3g} (the signal has 1). Which "
        f"errs less on new data: least squares on {n // 8} inputs, or the shortest exact fit by all {D}?",
        (f"all {D} inputs", f"{n // 8} inputs"),
        f"Median errors: {{classical:.3g}} with {n // 8} inputs, {{peak:.3g}} with {n}, {{over:.3g}} with {D}, which "
        f"won {{over_share_percent}} of 20 pairs. Past {n} inputs the exact fit gets shorter and its error falls "
        "again; whether below that of few inputs, the noise decides: an exact fit keeps all of it.",
    )


def label_question(setting: Parameters) -> Question:
    """What does a network learn of coin flips, and what is that worth?"""
    how = {0.0: "a rule", 1.0: "coin flips"}.get(setting.coin, f"coin flips ({percent(setting.coin)}) or a rule")
    return Question(
        "labels",
        f"A network with {WEIGHTS} weights trains {LABEL_STEPS} steps on {setting.examples} examples. Their labels "
        f"(one of two) are decided by {how}. Which labels does it get right in the end?",
        (
            Choice("all it trained on, half of the new ones", "a network can store any number of labels"),
            Choice("all it trained on, most of the new ones", "what is learned without error must be a rule"),
            Choice("not all it trained on, half of the new ones", "a network cannot store what has no rule"),
            Choice("not all it trained on, most of the new ones", "a network learns a rule and leaves chance out"),
        ),
        lambda result: 2 * (result.quantities["heart"] < 0.5) + (result.quantities["known"] > 0.6),
        lambda result: (
            f"It learned {percent(result.quantities['trained'], 1)} ({percent(result.quantities['heart'])} of 20 "
            f"networks learned all) and knew {percent(result.quantities['known'], 1)} of new ones. {WEIGHTS} weights "
            "have room for a hundred labels, with a rule or without: what is known by heart says nothing about new "
            "data."
        ),
        panel=5,
    )


def units_question(setting: Parameters) -> Question:
    """Few or many hidden units?"""
    return duel(
        "units",
        f"Networks learn a curve between -1 and 1 from {CURVE_EXAMPLES} examples with noise {setting.blur:.3g}, in "
        f"{CURVE_STEPS} steps. Which have the lower loss on new data at the end?",
        (f"two layers of 64 units ({MANY_WEIGHTS} weights)", f"{FEW} ({FEW_WEIGHTS} weights)"),
        f"{MANY} won {{share_percent}} of 20 pairs (median loss {{many:.3g}} against {{few:.3g}}). They follow what "
        f"{FEW} cannot, and noise as well: their loss was lowest near step {{best_step:.0f}} of "
        f"{CURVE_STEPS} and ended at {{rise:.2f}} times that. To stop where it is lowest is early stopping.",
        panel=3,
    )


def draw(rng: np.random.Generator) -> Parameters:
    """Each number from where its answer is clear, or (noise 1, blur .5) deliberately not."""
    observations = int(rng.integers(32, 49))
    return Parameters(
        observations,
        meaningless=round(observations * float(rng.choice([0.05, 0.25, 0.5, 0.75, 1.25]))),
        noise=float(rng.choice([0.2, 0.5, 1.0, 2.0])),
        examples=int(rng.choice([60, 100, 400])),
        coin=float(rng.choice([0.0, 1.0])),
        blur=float(rng.choice([0.0, 0.2, 0.5, 1.5, 2.0])),
    )
