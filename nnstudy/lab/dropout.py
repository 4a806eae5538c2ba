"""Dropout is noise that acts as a penalty: it helps a network that overfits and harms one that does not.

Model. Every example, at every step, multiplies hidden activation a_j by its own mask m_j (inverted dropout):

    m_j = 0 with probability p, else 1/(1-p),        E m = 1,        Var m = p/(1-p) = r.

At the test no unit is dropped and nothing needs scaling. Three things follow, or do not.

1. Linear regression, masks on the inputs. With A = X'X the expected squared error is
   |y - X w|^2 + r w' diag(A) w: ridge regression whose penalty comes from the data, least at w = (A + r diag A)^-1 X'y.
   Stochastic gradient descent with fresh masks has a mean that obeys a linear recursion, so that its time average is
   w without bias once the start is forgotten.
2. One softmax layer. The normalised geometric mean of the predictions under all 2^n masks is the prediction of one pass
   without masks, since the logits are linear in the mask. With a ReLU layer in between it is not.
   The mean of k sampled masks is away from the arithmetic mean over all masks by V/k in mean square, V the variance.
3. A network with one hidden layer, 20 replicas with dropout and the same 20 without: which has the lower loss on new
   data depends on the regime; no theory says so, the replicas decide. The published shares are for p = 1/2.

Flipped labels are flipped in the training data only. There dropout loses, even with units to spare: it fits less noise,
but is less sure of what is true, and cross-entropy makes it pay for that. Against new labels that are flipped as often
it would win in .6 to .7 of the pairs.

Sources: Srivastava et al., JMLR 15 (2014), section 9.1; Wager, Wang, Liang (2013); Baldi and Sadowski (2013).
Conventions: squared errors are halved; losses are means over examples, taken without masks; distances of the regression
are in units of the length of plain least squares.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab import network
from nnstudy.lab.experiment import Array, Choice, Frame, Line, Measurement, Panel, Points, Question, parameter
from nnstudy.lab.layers import due
from nnstudy.lab.network import Perceptrons, dropout_mask, log_softmax, replicas
from nnstudy.lab.pairs import Pairs
from nnstudy.words import percent

TITLE = "Dropout"
TOPICS = (
    "dropout", "regularization", "regularisation", "inverted dropout", "monte carlo dropout", "regolarizzazione",
    "spegnimento casuale", "ensemble",
)  # fmt: skip

OVERFIT, PLENTY, SPIRALS, FLIPPED = "overfit regression", "plenty of clean data", "spirals width 8", "flipped labels"
SOFTMAX, RELU = "softmax", "ReLU then softmax"


@dataclass(frozen=True)
class Parameters:
    """What is dropped, where, and what the networks learn."""

    p: float = parameter(0.5, "probability of dropping a unit", low=0.0, high=0.9, live=True)
    pace: float = parameter(1.0, "learning rate of the networks, times the regime's", low=0.01, high=10.0, live=True)
    regime: str = parameter(OVERFIT, "what the networks learn", choices=(OVERFIT, PLENTY, SPIRALS, FLIPPED))
    head: str = parameter(SOFTMAX, "what lies above the masks that are enumerated", choices=(SOFTMAX, RELU))
    units: int = parameter(10, "masked units whose 2^units masks are enumerated", low=2, high=12)


REPLICAS, MASKS, REPEATS, ROUNDING = 20, 100_000, 400, 1e-9
COUNTS = np.array([1, 4, 16, 64, 256])
CHAIN_STEPS, BURN_IN, CHAIN_BLOCK, EVALUATE_EVERY = 8000, 1000, 200, 20


# --- masks -----------------------------------------------------------------------------------------------------------


def mask_moments(p: float, rng: np.random.Generator) -> tuple[Measurement, Measurement]:
    """Mean and variance of drawn masks beside 1 and p/(1-p); tolerances are four standard errors."""
    mask = dropout_mask([rng], p, np.empty((1, MASKS)))
    variance, fourth = p / (1 - p), p + p**4 / (1 - p) ** 3
    slack = 4 * (variance / MASKS) ** 0.5 + ROUNDING
    slack_variance = 4 * ((fourth - variance**2) / MASKS) ** 0.5 + ROUNDING
    return (
        Measurement("mean of the mask", float(mask.mean()), 1.0, slack, "E m = 1"),
        Measurement("variance of the mask", float(((mask - 1) ** 2).mean()), variance, slack_variance, "p/(1-p)"),
    )


# --- averages over all masks -----------------------------------------------------------------------------------------


def enumerate_masks(parameters: Parameters, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Log-predictions under all masks on the inputs of random layers (4 classes), the masks' probabilities, one pass.

    Shapes: (2^n, classes), (2^n,), (classes,). The softmax layer stands above 16 units, linear or ReLU.
    """
    n, p = parameters.units, parameters.p
    kept = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    probabilities = (p ** (1 - kept) * (1 - p) ** kept).prod(axis=1)
    x, first, top = rng.standard_normal(n), rng.standard_normal((n, 16)), rng.standard_normal((16, 4))

    def log_predict(inputs: Array) -> Array:
        h = inputs @ first * (2 / n) ** 0.5
        return log_softmax((np.maximum(h, 0) if parameters.head == RELU else h) @ top * (2 / 16) ** 0.5)

    return log_predict(kept / (1 - p) * x), probabilities, log_predict(x)


def compare_averages(
    parameters: Parameters, rng: np.random.Generator
) -> tuple[tuple[Measurement, ...], dict[str, float], Panel]:
    """One pass against the means over all masks, and k sampled masks, `REPEATS` times, against V/k."""
    log_predictions, probabilities, log_single = enumerate_masks(parameters, rng)
    single, arithmetic = np.exp(log_single), probabilities @ np.exp(log_predictions)
    geometric = np.exp(log_softmax(probabilities @ log_predictions))
    deviations = np.exp(log_predictions) - arithmetic
    squared = np.square(deviations).sum(axis=1)
    variance, k = float(probabilities @ squared), int(COUNTS[2])
    drawn = rng.choice(len(squared), (REPEATS, COUNTS[-1]), p=probabilities)
    errors = np.stack([np.square(deviations[drawn[:, :count]].mean(axis=1)).sum(axis=1) for count in COUNTS])
    # Exact for a mean of k independent centred vectors: its fourth moment has k single terms and k(k-1) pairs.
    covariance = (probabilities[:, None] * deviations).T @ deviations
    pairs = variance**2 + 2 * float(np.square(covariance).sum())
    fourth = (float(probabilities @ squared**2) + (k - 1) * pairs) / k**3
    slack = 4 * (max(fourth - (variance / k) ** 2, 0) / REPEATS) ** 0.5 + ROUNDING
    distance, gap = float(np.linalg.norm(single - arithmetic)), float(np.abs(geometric - single).max())
    linear = parameters.head == SOFTMAX or parameters.p == 0
    remark = "" if linear else "with a ReLU in between the logits are not linear in the mask"
    name, source = "geometric mean over all masks, less one pass", "Srivastava et al. (2014), 9.1"
    measurements = (
        Measurement(name, gap, 0.0, ROUNDING, source, linear, remark),
        Measurement(f"mean square error of {k} masks", float(errors[2].mean()), variance / k, slack, "V/k"),
    )
    equal = variance / distance**2 if distance > ROUNDING else float("inf")
    quantities = {"geometric gap": gap, "arithmetic gap": distance, "masks to equal one pass": equal}
    marks = (
        Points(COUNTS.astype(float), np.sqrt(errors.mean(axis=1)), "k masks"),
        Line(COUNTS.astype(float), np.sqrt(variance / COUNTS), "sqrt(V/k)", "dashed"),
        lab.Reference(distance, "y", "one pass"),
        lab.Reference(float(np.linalg.norm(geometric - arithmetic)), "y", "geometric mean"),
    )
    title = "Distance from all masks' mean"
    return measurements, quantities, Panel(title, "k masks", "distance", marks, x_log=True, y_log=True)


# --- linear regression -----------------------------------------------------------------------------------------------


class Chains:
    """Stochastic gradient descent on a linear regression with dropout, in independent chains over the same data.

    X: (60, 6), correlated columns. All chains start at plain least squares, from where dropout pulls them away.
    """

    def __init__(self, p: float, seed: int) -> None:
        rng = lab.generator("dropout regression", seed)
        self.p, self.generators = p, rng.spawn(REPLICAS)
        self.X = 0.6 * rng.standard_normal((60, 1)) + 0.8 * rng.standard_normal((60, 6))
        self.y = self.X @ rng.standard_normal((6, 1)) + rng.standard_normal((60, 1))
        self.A = self.X.T @ self.X
        self.D = np.diag(np.diag(self.A))
        self.H = self.A + p / (1 - p) * self.D
        self.least_squares = np.asarray(np.linalg.solve(self.A, self.X.T @ self.y)[:, 0], float)
        self.ridge = np.asarray(np.linalg.solve(self.H, self.X.T @ self.y)[:, 0], float)
        self.rate = 1 / float(np.trace(self.H))
        self.w = np.tile(self.least_squares[:, None], (REPLICAS, 1, 1))
        self.sum = np.zeros_like(self.w)
        self.steps = 0

    def advance(self, steps: int) -> None:
        """w <- w - rate X~'(X~ w - y), X~ = m * X with a fresh mask at every step; summed up after the burn-in."""
        masks = dropout_mask(self.generators, self.p, np.empty((REPLICAS, steps, *self.X.shape)))
        for step in range(steps):
            masked = masks[:, step] * self.X
            self.w -= self.rate * (masked.swapaxes(1, 2) @ (masked @ self.w - self.y))
            self.steps += 1
            if self.steps > BURN_IN:
                self.sum += self.w

    @property
    def averages(self) -> Array:
        """Time average of every chain, (R, columns); the iterate itself during the burn-in."""
        return np.asarray((self.sum / (self.steps - BURN_IN) if self.steps > BURN_IN else self.w)[:, :, 0])

    def measurements(self) -> tuple[Measurement, ...]:
        """The mean of all chains beside the ridge solution, and the penalty that it implies beside p/(1-p).

        The penalty is where A w + r diag(A) w = X'y holds best, given w; its error is linear in the error of w.
        """
        mean, length = self.averages.mean(axis=0), float(np.linalg.norm(self.least_squares))
        error = float(np.linalg.norm(mean - self.ridge)) / length
        error_slack = 4 * float(self.averages.var(axis=0, ddof=1).sum() / REPLICAS) ** 0.5 / length + ROUNDING
        direction = self.D @ mean / np.square(self.D @ mean).sum()
        penalty = float(direction @ (self.X.T @ self.y[:, 0] - self.A @ mean))
        slack = 4 * float((self.averages @ self.H @ direction).std(ddof=1)) / REPLICAS**0.5 + ROUNDING
        away, r = float(np.linalg.norm(self.least_squares - self.ridge)) / length, self.p / (1 - self.p)
        source = "(A + p/(1-p) diag A)^-1 X'y"
        return (
            Measurement("averaged descent, distance from ridge", error, 0.0, error_slack, source),
            Measurement("penalty in units of diag A", penalty, r, slack, "Wager, Wang, Liang (2013)"),
            Measurement("plain least squares, distance from ridge", away, None, None, "closed forms"),
        )

    def panel(self) -> Panel:
        """Weights: descent with dropout, ridge and plain least squares."""
        index = np.arange(1.0, len(self.ridge) + 1)
        marks = (
            Points(index, self.averages.mean(axis=0), "descent"),
            Line(index, self.ridge, "ridge", "dashed"),
            Line(index, self.least_squares, "plain", "dotted"),
        )
        return Panel("Regression with dropout is ridge", "weight", "value", marks)


# --- trained networks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Regime:
    """What is learned, from how many examples, by how many hidden units, in how many full-batch steps.

    `helps` is the published share of pairs in which dropout (p = 1/2) ends with the lower loss on new data.
    """

    examples: network.Examples
    loss: str
    count: int
    width: int
    steps: int
    rate: float
    helps: float


REGIMES = {
    OVERFIT: Regime(network.regression_examples, "squared", 40, 64, 400, 0.01, 1.0),
    PLENTY: Regime(lambda rng, count, _: network.curve_examples(rng, count, False), "squared", 400, 4, 400, 0.05, 0.0),
    SPIRALS: Regime(network.spiral_examples, "softmax", 100, 8, 400, 0.1, 0.0),
    FLIPPED: Regime(network.quadrant_examples, "softmax", 100, 16, 300, 0.1, 0.02),
}


def train_pairs(parameters: Parameters, seed: int) -> Pairs:
    """The networks without and with dropout, paired by replica, and their data."""
    regime, streams = REGIMES[parameters.regime], replicas("dropout data", seed, REPLICAS)
    train = network.stack_examples(regime.examples, streams, regime.count, True)
    test = network.stack_examples(regime.examples, streams, 200, False)
    widths = (train[0].shape[2], regime.width, train[1].shape[2])
    plain = Perceptrons(widths, replicas("dropout", seed, REPLICAS), loss=regime.loss)
    dropped = Perceptrons(widths, replicas("dropout", seed, REPLICAS), loss=regime.loss, dropout=parameters.p)
    return Pairs((plain, dropped), ("p = 0", "dropout"), train, test, parameters.pace * regime.rate)


def compare(pairs: Pairs) -> dict[str, float]:
    """Medians of the losses, and the share of pairs in which dropout has the higher or lower one."""
    train, test, train_dropped, test_dropped = pairs.losses[-1]
    return {
        "train plain": float(np.median(train)),
        "test plain": float(np.median(test)),
        "train dropout": float(np.median(train_dropped)),
        "test dropout": float(np.median(test_dropped)),
        "test winner": float(lab.adjudicate(test - test_dropped)),
        "dropout helps": float(np.mean(test_dropped < test)),
        "dropout trains worse": float(np.mean(train_dropped > train)),
    }


def survives_deletion(pairs: Pairs) -> float:
    """Share of pairs in which the net trained with dropout is the better one without half its units (10 masks)."""
    losses = []
    for net in pairs.networks:
        net.dropout = 0.5
        losses.append(np.mean([net.loss(*pairs.test, masked=True) for _ in range(10)], axis=0))
    return float(np.mean(losses[1] < losses[0]))


def share_measurements(
    parameters: Parameters, quantities: Mapping[str, float], steady: bool = True
) -> tuple[Measurement, ...]:
    """The shares of pairs beside the published ones; `steady`: nothing was changed on the way."""
    published = {
        "dropout helps": ("pairs: dropout is lower on new data", REGIMES[parameters.regime].helps),
        "dropout trains worse": ("pairs: dropout is higher in training", 1.0),
        "survives deletion": ("pairs: dropout survives deletion better", 1.0),
    }
    usual = steady and parameters.p == 0.5 and parameters.pace == 1
    remark = "" if usual else "published for p = 0.5 and pace 1 throughout"
    source = f"published share; binomial, {REPLICAS} pairs"
    return tuple(
        Measurement(name, quantities[key], share, lab.share_tolerance(share, REPLICAS), source, not remark, remark)
        for key, (name, share) in published.items()
    )


# --- the run -------------------------------------------------------------------------------------------------------


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """Masks and averages in the first frame, then the regression's chains, then the pairs of networks.

    Another p or pace on the way is one for the networks: the regression is about one p from its start to its end.
    """
    rng = lab.generator("dropout masks", seed)
    moments = mask_moments(parameters.p, rng)
    averaging, quantities, distances = compare_averages(parameters, rng)
    chains, pairs = Chains(parameters.p, seed), train_pairs(parameters, seed)
    total = CHAIN_STEPS // CHAIN_BLOCK + REGIMES[parameters.regime].steps // EVALUATE_EVERY
    descent: tuple[Measurement, ...] = ()

    def frame(step: int, stage: str) -> Frame:
        panels = (pairs.curves(), pairs.dots("Dropout is better above 0", 1), chains.panel(), distances)
        layers = pairs.snapshot(1) if due(step, total) else None
        return Frame(
            step, total, lab.Figure(TITLE, panels), moments + averaging + descent, {**quantities}, stage, layers
        )

    def heed(changed: Parameters | None) -> None:
        if changed is not None:
            pairs.networks[1].dropout, pairs.steady = changed.p, False
            pairs.rate = changed.pace * REGIMES[parameters.regime].rate

    heed((yield frame(0, "masks")))
    for step in range(1, total + 1):
        if chains.steps < CHAIN_STEPS:
            chains.advance(CHAIN_BLOCK)
            if chains.steps == CHAIN_STEPS:
                descent = chains.measurements()
                quantities["penalty"] = descent[1].measured
                quantities["least squares away"] = descent[2].measured
        else:
            pairs.advance(EVALUATE_EVERY)
            quantities.update(compare(pairs))
        if step == total:
            quantities["survives deletion"] = survives_deletion(pairs)
            descent += share_measurements(parameters, quantities, pairs.steady)
        heed((yield frame(step, "regression" if len(pairs.steps) == 1 else "training")))


# --- questions -----------------------------------------------------------------------------------------------------


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """Who wins on new data and at what price, how strong the penalty is, what one pass averages."""
    return winner_question(parameters), penalty_question(parameters), average_question(parameters)


def winner_question(parameters: Parameters) -> Question:
    """With or without dropout: who has the lower loss on new data, and who on the training data?"""
    regime = REGIMES[parameters.regime]

    def answer(result: Frame) -> int:
        trains_better = result.quantities["dropout trains worse"] < 0.5
        return {1: int(trains_better), -1: 2, 0: 3}[int(result.quantities["test winner"])]

    def explain(result: Frame) -> str:
        q = result.quantities
        return (
            f"On new data the median loss is {q['test dropout']:.3g} with dropout and {q['test plain']:.3g} without "
            f"(lower with dropout in {percent(q['dropout helps'])} of 20 pairs); on the training data "
            f"{q['train dropout']:.3g} and {q['train plain']:.3g} (higher with dropout in "
            f"{percent(q['dropout trains worse'])}). Dropout adds noise and a penalty: that pays where the network can "
            "fit noise, and costs where it has few units to spare or little noise to fit."
        )

    text = (
        f"{parameters.regime}: {regime.count} examples, {regime.width} hidden units, {regime.steps} steps. "
        f"Which networks end with the lower loss on new data: with dropout p = {parameters.p:g}, or without?"
    )
    choices = (
        Choice("with dropout, though their training loss is the higher one", "dropout improves every network"),
        Choice("with dropout, and their training loss is lower too", "dropout helps to fit the training data"),
        Choice("without dropout", "dropout only takes capacity away"),
        Choice(lab.TOO_CLOSE, "dropout hardly changes what is learned"),
    )
    return Question("winner", text, choices, answer, explain)


def penalty_question(parameters: Parameters) -> Question:
    """How strong is the ridge penalty that dropout amounts to?"""
    return Question(
        "penalty",
        f"Dropout with p = {parameters.p:g} on the inputs of a linear regression amounts to ridge regression. How many "
        "times the sum of the squares of input j is the penalty on w_j^2?",
        lab.Estimate(
            "factor",
            0.001,
            1000,
            1.2,
            "the penalty is a share, such as p or p squared, and never above 1",
            "the penalty is the inverse of what is kept, or more",
        ),
        lambda result: result.quantities["penalty"],
        lambda result: (
            f"The mean of 20 chains implies the penalty {result.quantities['penalty']:.4f}; the variance of the "
            f"mask is p/(1-p) = {parameters.p / (1 - parameters.p):.4f}, and it multiplies w_j^2 x_j^2 in the expected "
            f"squared error. Plain least squares is {percent(result.quantities['least squares away'])} away."
        ),
        panel=2,
    )


def average_question(parameters: Parameters) -> Question:
    """Is one pass without masks an average over all masks?"""

    def answer(result: Frame) -> int:
        return sum(result.quantities[name] > ROUNDING for name in ("arithmetic gap", "geometric gap"))

    def explain(result: Frame) -> str:
        q = result.quantities
        return (
            f"One pass differs by {q['geometric gap']:.2g} from the normalised geometric mean and by "
            f"{q['arithmetic gap']:.2g} from the arithmetic one. A mean of logits is a geometric mean of softmax "
            "predictions, exact while the logits are linear in the mask; a ReLU in between breaks that. About "
            f"{q['masks to equal one pass']:.0f} sampled masks come as close to the arithmetic mean."
        )

    text = (
        f"Dropout (p = {parameters.p:g}) on the {parameters.units} inputs of one layer: {parameters.head}. One pass "
        f"without masks predicts, to rounding, which mean over all {2**parameters.units} masks?"
    )
    choices = (
        Choice("the arithmetic mean", "scaling the weights averages the predictions"),
        Choice("the normalised geometric mean", "scaling is an exact average through any layers"),
        Choice("neither", "scaling is never more than a rule of thumb"),
    )
    return Question("average", text, choices, answer, explain, panel=3)


def draw(rng: np.random.Generator) -> Parameters:
    """A regime (that in which dropout helps as often as two others), a p and a head, each anew."""
    regime, head = str(rng.choice([*REGIMES, OVERFIT])), str(rng.choice([SOFTMAX, RELU]))
    return Parameters(p=float(rng.choice([0.2, 0.5, 0.8])), regime=regime, head=head)
