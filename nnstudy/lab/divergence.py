"""The Kullback-Leibler divergence is the part of the loss that learning can remove, and it is no distance.

Model. KL(p || q) = sum p log(p / q) in nats, and the cross-entropy H(p, q) = H(p) + KL(p || q). Distributions over n
outcomes are drawn uniformly (Dirichlet, all ones). One Gaussian with mean m and deviation s is fitted to the mixture
p = w N(d, 1) + (1 - w) N(-d, 1), forward by least KL(p || fit), which takes over the moments of p, and reverse by least
KL(fit || p). Both descend by the natural gradient (that by m times s^2, that by log s halved). With r = p/q and x drawn
from q, three estimators of KL(q || p) are k1 = -log r, k2 = (log r)^2 / 2 and k3 = r - 1 - log r; between q = N(0, 1)
and p = N(mu, 1) log r is normal with mean -mu^2/2 and variance mu^2. Labels of two classes are flipped with probability
f and learned by a logistic unit whose single input is the true class.

Sources. T. Cover and J. Thomas, Elements of Information Theory, 2nd ed. 2006, 2.5 (chain rule), 2.6 (Gibbs), 11.6
(Pinsker: total variation^2 <= KL/2); S. Wilks 1938 and D. Williams 1976 (2N KL is chi^2, and its correction of order
1/N); C. Bishop, Pattern Recognition and Machine Learning, 2006, 10.1 (forward and reverse fits); J. Schulman,
Approximating KL Divergence, 2020 (estimators). The triangle inequality breaks where (p - q).(log q - log r) > 0: over
two outcomes that is when q lies between p and r, in 1/3 of all triples; other shares have no closed form.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab.experiment import Array, Choice, Frame, Line, Measurement, Panel, Points, Question, parameter
from nnstudy.words import percent

TITLE = "KL divergence"
TOPICS = ("kullback", "kl divergence", "divergenza", "cross entropy", "entropia incrociata", "relative entropy")

TRIPLES = 20_000
SAMPLES = 400_000
TABLES = 500
RATIOS = 20_000
COUNTS, COUNTED = 500, 4000  # observations in a sample, and how many samples, for Wilks' theorem
LABELS = 20_000
STEPS = 300
REPLICAS = 20
EXACT = 1e-9
Z = np.linspace(-14, 14, 2801)  # nodes of the trapezoid rule under a standard normal: exact to rounding
NORMAL = np.exp(-(Z**2) / 2) / math.sqrt(2 * math.pi) * (Z[1] - Z[0])
SEEN = np.abs(Z) < 6.4  # beyond it lies none of SAMPLES draws in all but 1 of 16,000 runs
PUBLISHED = {2: (1 / 3, 0.0), 3: (0.254, 5e-4), 6: (0.143, 5e-4)}  # share of broken triples, and its rounding


@dataclass(frozen=True)
class Parameters:
    """One number for each of the divergence's faces."""

    outcomes: int = parameter(3, "outcomes of the drawn distributions", low=2, high=8)
    mean: float = parameter(0.8, "mean mu of p, seen from samples of q = N(0, 1)", low=0.1, high=2.5)
    separation: float = parameter(4.0, "modes at plus and minus this, in deviations", low=0.5, high=6.0)
    weight: float = parameter(0.5, "weight of the right mode", low=0.5, high=0.9)
    flip: float = parameter(0.1, "share of the labels that are flipped", low=0.0, high=0.5)
    samples: int = parameter(1000, "samples in each of the 20 trials of the estimators", low=100, high=10_000)


def divergence(p: Array, q: Array) -> Array:
    """KL(p || q) in nats along the last axis; outcomes that p never has count nothing."""
    ratio = np.where(p > 0, p, 1.0) / np.where(p > 0, q, 1.0)
    total: Array = (p * np.log(ratio)).sum(-1)
    return total


def entropy(share: float) -> float:
    """H of a coin that falls on one side with this probability, in nats."""
    return -sum(part * math.log(part) for part in (share, 1 - share) if part > 0)


def estimators(log_ratio: Array) -> Array:
    """k1, k2 and k3 in rows, from log r."""
    return np.stack([-log_ratio, log_ratio**2 / 2, np.expm1(log_ratio) - log_ratio])


def estimator_theory(mean: float) -> tuple[tuple[float, float], ...]:
    """Mean and variance of k1, k2 and k3 for N(0, 1) against N(mean, 1)."""
    square = mean**2
    k2 = square / 2 * (1 + square / 4)
    k3 = math.expm1(square) - square
    return (square / 2, square), (k2, (square**3 + 2 * square**2) / 4), (square / 2, k3)


def mixture(x: Array, setting: Parameters) -> tuple[Array, Array]:
    """log p and its slope at x for the two modes."""
    right = math.log(setting.weight) - (x - setting.separation) ** 2 / 2
    left = math.log(1 - setting.weight) - (x + setting.separation) ** 2 / 2
    log_density = np.logaddexp(right, left)
    belongs = np.exp(right - log_density)
    return log_density - math.log(2 * math.pi) / 2, setting.separation * (2 * belongs - 1) - x


def broken_share(outcomes: int, rng: np.random.Generator) -> float:
    """The share of drawn triples with KL(p || r) > KL(p || q) + KL(q || r)."""
    p, q, r = rng.dirichlet(np.ones(outcomes), (3, TRIPLES))
    return float(np.mean(divergence(p, r) > divergence(p, q) + divergence(q, r)))


def discrete_measurements(outcomes: int, shares: Array, rng: np.random.Generator) -> tuple[Measurement, ...]:
    """Identities and inequalities over finitely many outcomes; `shares` are the broken triples of 2 to 8 outcomes."""
    p, q = rng.dirichlet(np.ones(outcomes), (2, TRIPLES))
    forward, reverse = divergence(p, q), divergence(q, p)
    split = np.abs(-(p * np.log(q)).sum(-1) + (p * np.log(p)).sum(-1) - forward).max()
    joint = rng.dirichlet(np.ones(outcomes**2), (2, TABLES)).reshape(2, TABLES, outcomes, outcomes)
    margin = joint.sum(-1)
    given = joint / margin[..., None]
    parts = divergence(margin[0], margin[1]) + (margin[0] * divergence(given[0], given[1])).sum(-1)
    chained = np.abs(divergence(*joint.reshape(2, TABLES, -1)) - parts).max()
    below, pinsker = np.sum(forward < -1e-15), np.sum(np.abs(p - q).sum(-1) ** 2 / 4 > forward / 2 + 1e-15)
    lopsided = float(np.median(np.maximum(forward, reverse) / np.minimum(forward, reverse)))
    expected, rounding = PUBLISHED.get(outcomes, (None, 0.0))
    tolerance = None if expected is None else 4 * math.sqrt(expected * (1 - expected) / TRIPLES) + rounding
    share = float(shares[outcomes - 2])
    source = "1/3 exact for two outcomes, else a simulation's value; 4 sd"
    return (
        Measurement("cross-entropy - H - KL, largest", float(split), 0.0, EXACT, "H(p, q) = H(p) + KL(p || q)"),
        Measurement("chain rule, largest error", float(chained), 0.0, EXACT, "Cover and Thomas 2.5"),
        Measurement("pairs with KL below 0", float(below), 0.0, 0.0, "Gibbs"),
        Measurement("pairs against Pinsker", float(pinsker), 0.0, 0.0, "Cover and Thomas 11.6"),
        Measurement("larger order / smaller, median", lopsided, None, None, "1 would be symmetry"),
        Measurement("triples that break the triangle inequality", share, expected, tolerance, source),
    )


def likelihood_measurements(setting: Parameters, rng: np.random.Generator) -> tuple[Measurement, ...]:
    """The Gaussian formula, loss gaps beside KL and Wilks' theorem."""
    mean, deviation = setting.mean * np.arange(1, 7) / 3, np.array([0.8, 1.0, 1.2, 1.5, 2.0, 3.0])
    theory = np.log(deviation) + (1 + mean**2) / (2 * deviation**2) - 0.5

    def log_ratio(x: Array) -> Array:
        standard = (x[:, None] - mean) / deviation
        return np.asarray(standard**2 / 2 - x[:, None] ** 2 / 2 + np.log(deviation))

    error = float(np.abs(NORMAL @ log_ratio(Z) - theory).max())
    slopes = log_ratio(rng.standard_normal(RATIOS)) @ theory / (theory @ theory)
    even = np.full(setting.outcomes, 1 / setting.outcomes)
    statistic = 2 * COUNTS * divergence(rng.multinomial(COUNTS, even, COUNTED) / COUNTS, even)
    larger = 1 + (setting.outcomes + 1) / (6 * COUNTS)  # than chi^2, Williams' correction
    freedom, squared = (setting.outcomes - 1) * larger, (statistic - (setting.outcomes - 1) * larger) ** 2
    sure = [slack(values, 1 / len(values), len(values)) for values in (slopes, statistic, squared)]
    return (
        Measurement("Gaussian KL - quadrature, largest", error, 0.0, EXACT, "log s + (1 + m^2)/(2 s^2) - 1/2"),
        Measurement("slope of the loss gap on KL", slopes.mean(), 1.0, sure[0], "NLL = H + KL; 4 sd"),
        Measurement("2N KL, mean", statistic.mean(), freedom, sure[1], "Wilks, Williams; 4 sd"),
        Measurement("2N KL, variance", squared.mean(), 2 * freedom * larger, sure[2], "of chi^2, Williams; 4 sd"),
    )


def slack(values: Array, weights: Array | float, count: int) -> float:
    """Four standard errors of a mean of `count` values, and the largest of them: in heavy tails one draw decides."""
    centred = values - np.sum(weights * values)
    return 4 * math.sqrt(float(np.sum(weights * centred**2)) / count) + float(np.abs(centred).max()) / count


def estimator_measurements(mean: float, rng: np.random.Generator) -> tuple[Measurement, ...]:
    """Means and variances of k1, k2 and k3 against theory; k2's bias as a share of the truth."""
    found, truth = [], mean**2 / 2
    drawn = estimators(mean * rng.standard_normal(SAMPLES) - truth)
    nodes, weights = estimators(mean * Z[SEEN] - truth), NORMAL[SEEN]
    for index, (centre, variance) in enumerate(estimator_theory(mean)):
        applies = index < 2 or mean <= 1
        remark = "" if applies else "for mu above 1 rare huge ratios make sample moments meaningless"
        spread = slack(nodes[index], weights, SAMPLES), slack((nodes[index] - centre) ** 2, weights, SAMPLES)
        name, source, average = f"k{index + 1}", "moments of a (log)normal; 4 sd", drawn[index].mean()
        if index == 1:
            bias = average / truth - 1
            found.append(Measurement("bias of k2, share of KL", bias, mean**2 / 4, spread[0] / truth, "mu^2/4; 4 sd"))
        else:
            found.append(Measurement(f"mean of {name}", average, centre, spread[0], source, applies, remark))
        deviation = float(np.mean((drawn[index] - centre) ** 2))
        found.append(Measurement(f"variance of {name}", deviation, variance, spread[1], source, applies, remark))
    return tuple(found)


def trials(setting: Parameters, rng: np.random.Generator) -> Array:
    """log10 of the variance of k3 over that of k1, one a replica; below 0 k3 is better."""
    drawn = np.stack([stream.standard_normal(setting.samples) for stream in rng.spawn(REPLICAS)])
    spread = estimators(setting.mean * drawn - setting.mean**2 / 2).var(-1)
    return np.asarray(np.log10(spread[2] / spread[0]), float)


@dataclass
class Learning:
    """What descends: the forward fit (m, log s), the reverse fit from three starts, the logistic unit's weight."""

    setting: Parameters
    flipped: float
    forward: Array
    reverse: Array
    slope: float = 0.0

    def step(self) -> float:
        """One step of all three; the logistic unit's loss before it."""
        d, weight = self.setting.separation, self.setting.weight
        mean, log_deviation = self.forward
        error = np.stack([d + Z, Z - d]) - mean
        off, square = (np.array([weight, 1 - weight]) @ (power @ NORMAL) for power in (error, error**2))
        self.forward = self.forward + 0.5 * np.array([off, (square / np.exp(2 * log_deviation) - 1) / 2])
        mean, deviation = self.reverse[0], np.exp(self.reverse[1])
        _, score = mixture(mean[:, None] + deviation[:, None] * Z, self.setting)
        towards, wider = score @ NORMAL, 1 + deviation * (score @ (NORMAL * Z))
        self.reverse = self.reverse + 0.5 * np.stack([deviation**2 * towards, wider / 2])
        loss = (1 - self.flipped) * np.logaddexp(0, -self.slope) + self.flipped * np.logaddexp(0, self.slope)
        self.slope += 4 * (1 - self.flipped - 1 / (1 + math.exp(-self.slope)))
        return float(loss)

    def best_reverse(self) -> tuple[float, float, float]:
        """Mean, deviation and KL(fit || p) of the best reverse fit."""
        mean, deviation = self.reverse[0], np.exp(self.reverse[1])
        log_density, _ = mixture(mean[:, None] + deviation[:, None] * Z, self.setting)
        cost = -log_density @ NORMAL - np.log(deviation) - (1 + math.log(2 * math.pi)) / 2
        best = int(np.argmin(cost))
        return float(mean[best]), float(deviation[best]), float(cost[best])


def fit_measurements(learning: Learning) -> tuple[Measurement, ...]:
    """The two fits beside the moments and -log w, and the loss beside its floor."""
    d, weight, flip = learning.setting.separation, learning.setting.weight, learning.setting.flip
    mean, deviation, cost = learning.best_reverse()
    overlap = math.sqrt((1 - weight) / weight) * math.exp(-(d**2) / 2)
    apart = d >= 3
    remark = "" if apart else f"the modes overlap; the fit sits at {mean:.3f} with deviation {deviation:.3f}"
    width = math.sqrt(1 + 4 * weight * (1 - weight) * d**2)
    moments, source = "the moments of p", "Bishop 10.1; tolerance: the modes' overlap"
    found = (
        Measurement("forward fit, mean", float(learning.forward[0]), d * (2 * weight - 1), EXACT, moments),
        Measurement("forward fit, deviation", math.exp(learning.forward[1]), width, EXACT, moments),
        Measurement("reverse fit, KL = -log w", cost, -math.log(weight), overlap, source, apart, remark),
    )
    tilt = math.log((1 - flip) / flip) if flip > 0 else 0.0
    tolerance = 4 * tilt * math.sqrt(flip * (1 - flip) / LABELS) + 8 / LABELS
    learned, remark = flip >= 0.01, "" if flip >= 0.01 else "so few flips leave the loss still falling"
    name = "loss of the logistic unit on flipped labels"
    floor = Measurement(name, learning.step(), entropy(flip), tolerance, "H(f); 4 sd of the share", learned, remark)
    return (*found, floor)


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """Distributions drawn and measured first, then the fits and the logistic unit descend."""
    rng = lab.generator("divergence", seed)
    d, flipped = parameters.separation, float(rng.binomial(LABELS, parameters.flip)) / LABELS
    starts = np.array([[d, 0.0, -d], [0.0, math.log(1 + d**2) / 2, 0.0]])  # on either mode and, broad, between them
    learning = Learning(parameters, flipped, np.zeros(2), starts)
    losses = [learning.step()]
    differences = trials(parameters, rng)
    measured, shares = estimator_measurements(parameters.mean, rng), np.zeros(0)
    yield Frame(1, STEPS, figure(learning, losses, shares, differences), measured, stage="estimators")
    shares = np.array([broken_share(outcomes, rng) for outcomes in range(2, 9)])
    measured = discrete_measurements(parameters.outcomes, shares, rng) + measured
    yield Frame(2, STEPS, figure(learning, losses, shares, differences), measured, stage="triples")
    measured += likelihood_measurements(parameters, rng)
    for step in range(3, STEPS):
        losses.append(learning.step())
        if step % 20 == 3:
            yield Frame(step, STEPS, figure(learning, losses, shares, differences), measured, stage="fits")
    quantities = dict(zip(("reverse_mean", "reverse_deviation", "reverse_cost"), learning.best_reverse(), strict=True))
    quantities |= {"broken": float(shares[parameters.outcomes - 2]), "loss": losses[-1]}
    quantities |= {"winner": float(lab.adjudicate(differences)), "k1_share": float(np.mean(differences > 0))}
    measured += fit_measurements(learning)
    yield Frame(STEPS, STEPS, figure(learning, losses, shares, differences), measured, quantities, "done")


def figure(learning: Learning, losses: list[float], shares: Array, differences: Array) -> lab.Figure:
    """The mixture and its fits, broken triples, the estimators' trials and the loss beside its floor."""
    setting = learning.setting
    x = np.linspace(-setting.separation - 4, setting.separation + 4, 241)
    forward = float(learning.forward[0]), math.exp(learning.forward[1])
    marks: list[lab.Mark] = [Line(x, np.exp(mixture(x, setting)[0]), "p", "dashed")]
    fits = ("forward", forward), ("reverse", learning.best_reverse()[:2])
    for label, (mean, deviation) in fits:
        height = np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))
        marks.append(Line(x, height, label))
    panels = [Panel("One Gaussian for two modes", "x", "density", tuple(marks))]
    means = np.linspace(0.1, 2.5, 49)
    theory = np.array([math.log10(k3[1] / k1[1]) for k1, _, k3 in map(estimator_theory, means)])
    dots = Points(np.full(len(differences), setting.mean), differences, "20 trials")
    spread = Line(means, theory, "theory", "dashed"), dots, lab.Reference(0.0, label="equal")
    panels.append(Panel("Above 0 k1 spreads less than k3", "mu", "log10 ratio of variances", spread))
    if len(shares):
        known = Points(np.array(list(PUBLISHED), float), np.array([share for share, _ in PUBLISHED.values()]), "known")
        bars = lab.Bars(np.arange(2.0, 9.0), shares, "drawn")
        panels.append(Panel("Broken triangle inequalities", "outcomes", "share", (bars, known)))
    steps = np.arange(1.0, len(losses) + 1)
    floor = entropy(setting.flip)
    curve = Line(steps, np.array(losses), "loss"), lab.Reference(floor, label=f"H({setting.flip:g}) = {floor:.3f}")
    panels.append(Panel("Loss on flipped labels", "step", "cross-entropy in nats", curve, x_log=True))
    return lab.Figure("Kullback-Leibler divergence", tuple(panels))


# --- what to predict ----------------------------------------------------------------------------------------------


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """The floor of the loss, the reverse fit, the estimators and the triangle inequality."""
    asked = floor_question, reverse_question, estimator_question, triangle_question
    return tuple(ask(parameters) for ask in asked)


def floor_question(setting: Parameters) -> Question:
    """Can the loss reach 0 with flipped labels?"""
    floor = entropy(setting.flip)
    return Question(
        "floor",
        f"A logistic unit learns two classes from labels of which {percent(setting.flip, 1)} are flipped at random. "
        "Where does its cross-entropy (natural logarithm) end?",
        lab.Estimate(
            "number",
            0,
            2,
            0.05,
            "enough training brings the loss close to 0",
            "any noise in the labels costs most of what can be learned",
            (lab.Belief(0.9 * setting.flip, 1.1 * setting.flip, "the floor is the share of flipped labels itself"),),
        ),
        lambda result: result.quantities["loss"],
        lambda result: (
            f"It ended at {result.quantities['loss']:.3f}. The floor is a flip's entropy, H({setting.flip:g}) = "
            f"{floor:.3f} nats: cross-entropy = H + KL, and learning removes the KL only. The best prediction is "
            f"{1 - setting.flip:.3g}; to claim more costs more on flipped labels than it saves on the others."
        ),
        panel=3,
    )


def reverse_question(setting: Parameters) -> Question:
    """Where does the reverse fit go?"""

    def answer(result: Frame) -> int:
        if abs(result.quantities["reverse_mean"]) > setting.separation / 2:
            return 0
        return 1 if result.quantities["reverse_deviation"] > 1.1 else 2

    return Question(
        "reverse",
        f"p has modes at -{setting.separation:.3g} and {setting.separation:.3g}, of deviation 1, the right one "
        f"of weight {setting.weight:.3g}. Where does the single Gaussian with the least KL(fit || p) settle?",
        (
            Choice("on one mode", "the reverse fit takes one mode, however close the modes are"),
            Choice("between the modes, broad", "both orders of the divergence give the same kind of fit"),
            Choice("between the modes, narrow", "the fit averages the places of the modes and keeps their width"),
        ),
        answer,
        lambda result: (
            f"The best fit has mean {result.quantities['reverse_mean']:.3f}, deviation "
            f"{result.quantities['reverse_deviation']:.3f} and KL(fit || p) = {result.quantities['reverse_cost']:.3f}. "
            f"It is costly to put probability where p has none. One mode alone costs {-math.log(setting.weight):.3f} "
            "(-log w) at most; to span both is cheaper only where the gap between them is not empty."
        ),
    )


def estimator_question(setting: Parameters) -> Question:
    """Which estimator spreads less?"""
    (_, k1), _, (_, k3) = estimator_theory(setting.mean)
    return Question(
        "estimator",
        f"KL(q || p) for q = N(0, 1) and p = N({setting.mean:.3g}, 1), from {setting.samples} samples of q: which of "
        "two unbiased estimators spreads less in a trial?",
        (
            Choice("k1 = -log r", "the plain average of the definition cannot be beaten"),
            Choice("k3 = r - 1 - log r", "an estimator that is never negative always spreads less"),
            Choice(lab.TOO_CLOSE, "all unbiased estimators of one quantity are equally good"),
        ),
        lambda result: {1: 0, -1: 1, 0: 2}[int(result.quantities["winner"])],
        lambda result: (
            f"k1 spread less in {percent(result.quantities['k1_share'])} of {REPLICAS} trials. In theory var k1 = mu^2 "
            f"= {k1:.3g} and var k3 = exp(mu^2) - 1 - mu^2 = {k3:.3g}: r - 1 cancels much of log r near 1, but "
            "beyond mu = 1.121 rare huge ratios undo that, so rare that most trials show too little of k3's spread."
        ),
        panel=1,
    )


def triangle_question(setting: Parameters) -> Question:
    """How often does the triangle inequality break?"""
    return Question(
        "triangle",
        f"Three distributions over {setting.outcomes} outcomes are drawn uniformly. How often is KL(p || r) larger "
        "than KL(p || q) + KL(q || r)?",
        lab.Estimate(
            "percentage",
            0,
            1,
            0.05,
            "the triangle inequality fails in rare cases only",
            "a detour is as often shorter as longer, whatever the number of outcomes",
            (lab.Belief(0, 0, "a divergence is a distance, so that a detour cannot be shorter"),),
        ),
        lambda result: result.quantities["broken"],
        lambda result: (
            f"In {percent(result.quantities['broken'], 1)} of {TRIPLES} triples. KL(p || r) - KL(p || q) - KL(q || r) "
            "equals (p - q).(log q - log r), positive when q lies on the way from p to r: with two outcomes in one "
            "ordering of three, with more outcomes less often, as three random points seldom lie nearly in a row."
        ),
        panel=2,
    )


def draw(rng: np.random.Generator) -> Parameters:
    """Each number from where its answer is clear."""

    def within(*ranges: tuple[float, float]) -> float:
        return round(float(rng.uniform(*ranges[rng.integers(len(ranges))])), 3)

    return Parameters(
        outcomes=int(rng.choice([2, 3, 6, 8])),
        mean=within((0.4, 0.9), (1.2, 1.23), (1.6, 1.8)),
        separation=within((1.2, 2.1), (3.0, 5.0)),
        flip=within((0.01, 0.018), (0.03, 0.12), (0.17, 0.25), (0.35, 0.5)),
    )
