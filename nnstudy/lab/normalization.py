"""Gradient descent feels how well the inputs are conditioned, not the shape of their distribution.

Model. A linear neuron learns y = x.w* by gradient descent on f(w) = mean (x.w - y)^2 / 2. Its inputs are a bias, a raw
input m + s u_1 and a standardised input u_2: x = (1, m + s u_1, u_2), u of mean 0 and covariance I. With the error
e = w - w* and the matrix of second moments M = mean x x',

    f = e' M e / 2,    e_{k+1} = (I - alpha M) e_k,    M = [[1, m, 0], [m, s^2 + m^2, 0], [0, 0, 1]]:

only M appears, so inputs of any shape with equal first and second moments give the same descent. The extreme
eigenvalues, with T = 1 + s^2 + m^2, are (T -+ sqrt(T^2 - 4 s^2)) / 2, the third one, 1, lies between them, and

    kappa = ((T + sqrt(T^2 - 4 s^2)) / (2 s))^2,    for s = 1: ((m + sqrt(m^2 + 4)) / 2)^4.

In the direction of eigenvalue lambda a step multiplies the error by 1 - alpha lambda: it changes side at every step iff
alpha > 1 / lambda. The best fixed step 2 / (lambda_1 + lambda_n) has the rate (kappa - 1) / (kappa + 1); exact line
search multiplies the loss by at most the square of that, with consecutive gradients at right angles. Standardised
inputs have M = I: one step of length 1 arrives. One example's gradient is (x.w - y) x: of one sign where x > 0.

Trained networks (2-16-1, squared error, 64 examples, momentum .9, 200 steps, each side at the best of four rates) get
standardised or otherwise treated inputs. Published shares of pairs that standardised inputs win: 1.0 against shifted,
scaled and min-max inputs, but .12 (tanh) and .31 (ReLU) against ranks made normal. They are met where the target is a
function of the logarithms, which ranks made normal give back; where it is one of the raw inputs, standardised ones win
.9 (tanh) and .6 (ReLU) against them: bending the inputs helps when it unbends the target.

Sources: LeCun, Bottou, Orr, Mueller, Efficient BackProp (1998), sections 4.3 and 5; Luenberger, Linear and Nonlinear
Programming, section 8.2 (Kantorovich). Conventions: the start is w = 0 and w* = v_1 + v_n, the slowest case of the best
fixed step; distances are |e| as a share of the first; n is the direction of the largest eigenvalue, 1 of the smallest.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab.experiment import Array, Choice, Figure, Frame, Line, Measurement, Panel, Question, parameter
from nnstudy.lab.layers import due
from nnstudy.lab.network import Perceptrons, replicas
from nnstudy.lab.pairs import TunedPairs, median, published, strip
from nnstudy.words import percent

TITLE = "Input normalization"
TOPICS = (
    "input normalization", "normalization", "normalisation", "standardization", "whitening", "conditioning",
    "normal distribution", "normalizzazione", "normalizzazione degli input", "standardizzazione", "condizionamento",
)  # fmt: skip

SHAPES = ("normal", "uniform", "plus or minus one", "exponential", "t with 3 degrees", "one-hot")
TREATMENTS = {
    "shifted by 5": "standardised plus 5", "times 20": "20 times standardised", "times 1/100": "1/100 of standardised",
    "min-max": "scaled to lie from 0 to 1", "rank-Gaussian": "replaced by normal quantiles of their ranks",
}  # fmt: skip
EXAMPLES, STEPS, GOAL, MOST_STEPS, SEARCHES, SINGLE, EXACT = 60, 200, 1e-6, 10_000, 10, 4000, 1e-9
REPLICAS, LEARNED, NEW, TRAINED, EVALUATE_EVERY, RATES = 20, 64, 200, 200, 10, (0.001, 0.005, 0.02, 0.08)


PUBLISHED = {"tanh": 0.12, "relu": 0.31}  # share of the pairs that standardised inputs win against rank-Gaussian ones


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
    target: str = parameter("raw", "what the networks' target is a function of", choices=("raw", "logarithms"))


def whitened(shape: str, rng: np.random.Generator) -> Array:
    """u, (EXAMPLES, 2): a sample of this shape whose own mean is 0 and whose own covariance is I."""
    size = (EXAMPLES, 2)
    if shape == "one-hot":  # three classes in equal numbers; the third column is 1 minus the others
        raw = rng.permutation(np.eye(3)[np.arange(EXAMPLES) % 3])[:, :2]
    elif shape == "plus or minus one":
        raw = rng.choice([-1.0, 1.0], size)
    elif shape == "exponential":
        raw = rng.standard_exponential(size)
    elif shape == "t with 3 degrees":
        raw = rng.standard_t(3, size)
    else:
        raw = rng.standard_normal(size) if shape == "normal" else rng.random(size)
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


def losses(X: Array, errors: Array) -> Array:
    """f of every error, (steps, 3)."""
    return np.asarray(np.square(errors @ X.T).mean(axis=1) / 2)


def descend(X: Array, alpha: float | None = None) -> Array:
    """e_0 ... e_STEPS, (STEPS + 1, 3): descent on the examples from w = 0 to w* = v_1 + v_n, by default at its best."""
    eigenvalues, vectors = directions(X)
    target, alpha = vectors.sum(axis=0), alpha or 2 / float(eigenvalues.sum())
    target = target * (1 if target[0] > 0 else -1)
    y, w, errors = X @ target, np.zeros(3), [-target]
    for _ in range(STEPS):
        w = w - alpha * (X.T @ (X @ w - y)) / len(X)
        errors.append(w - target)
    return np.array(errors)


def arrival(X: Array) -> float:
    """Steps at the best step until the distance is `GOAL`; infinite past `MOST_STEPS`."""
    eigenvalues, vectors = directions(X)
    M, alpha, e = X.T @ X / len(X), 2 / eigenvalues.sum(), vectors.sum(axis=0)
    goal = GOAL**2 * (e @ e)
    for step in range(1, MOST_STEPS + 1):
        e = e - alpha * (M @ e)
        if e @ e <= goal:
            return float(step)
    return math.inf


def line_search(X: Array) -> tuple[float, float]:
    """Factor of the loss a step and largest |cosine| of consecutive gradients: exact line search, its worst start."""
    eigenvalues, vectors = directions(X)
    e = (vectors / eigenvalues[:, None]).sum(axis=0)  # where both directions have the same gradient
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
    """Share of the steps above rounding that change side, measured and expected, flat then steep direction."""
    found = []
    for eigenvalue, vector in zip(*directions(X), strict=True):
        factor = 1 - alpha * float(eigenvalue)
        visible = int(np.sum(abs(factor) ** np.arange(1, len(errors)) > EXACT))
        parts = np.sign(errors[: visible + 1] @ vector)
        changed = float(np.mean(parts[1:] != parts[:-1])) if visible else 0.0
        found.append((changed, float(factor < 0 and visible > 0)))
    return found


class Neuron:
    """The six data sets with equal moments, the rival with its own, and everything measured on them."""

    def __init__(self, parameters: Parameters, seed: int) -> None:
        p, self.rng = parameters, lab.generator("normalization", seed)
        self.sets = [design(shape, self.rng, p.shift, p.scale) for shape in SHAPES]
        self.X, self.rival = self.sets[0], design(p.rival, self.rng, p.rival_shift, p.scale)
        self.shape = p.rival
        self.standard, self.kappa = design("normal", self.rng, 0.0, 1.0), condition(p.shift, p.scale)
        self.rate, self.alpha = (self.kappa - 1) / (self.kappa + 1), p.step / float(directions(self.X)[0][1])
        self.best, self.chosen, self.one = descend(self.X), descend(self.X, self.alpha), descend(self.standard, 1.0)

    def shapes(self) -> tuple[Array, Array]:
        """Loss by step, as a share of the first, of normal inputs and of the rival's, each at its best step."""
        normal, rival = (losses(X, descend(X)) for X in (self.X, self.rival))
        return normal / normal[0], rival / rival[0]

    def faster(self) -> dict[str, float]:
        """The gap between the two curves, their means, and the right choice: equal when the gap is rounding."""
        normal, rival = self.shapes()
        gap, first, second = float(np.abs(normal - rival).max()), float(normal.mean()), float(rival.mean())
        faster = 2.0 if gap < EXACT else float(second < first)
        return {"race gap": gap, "race normal": first, "race rival": second, "faster": faster}

    def measurements(self) -> tuple[Measurement, ...]:
        """Everything that the linear neuron shows."""
        (flat, flat_side), (steep, steep_side) = sides(self.X, self.alpha, self.chosen)
        standing, lambdas = self.kappa > 1 + EXACT, directions(self.X)[0]
        remark = "" if standing else "kappa = 1: the first step arrives"
        loss, one = losses(self.X, self.best), losses(self.standard, self.one)
        curves = np.array([losses(X, descend(X, self.alpha)) for X in self.sets])
        spread = float(np.ptp(curves, axis=0).max() / curves[0, 0])
        search, cosine = line_search(self.X) if standing else (0.0, 0.0)
        kappa, rate = float(lambdas[1] / lambdas[0]), float((loss[10] / loss[0]) ** 0.05)
        best, side, lecun = "(kappa - 1)/(kappa + 1)", "1 - alpha lambda < 0", "LeCun et al. (1998), section 4.3"
        steps = math.ceil(math.log(GOAL) / math.log(self.rate)) if standing else 1
        late = "" if steps <= MOST_STEPS else f"stopped after {MOST_STEPS} steps"
        u, wrong = self.rng.standard_normal((SINGLE, 2)), self.rng.standard_normal((SINGLE, 1))
        positive, centred = (float(np.mean(np.prod(wrong * x, axis=1) > 0)) for x in (np.abs(u), u))
        slack = 4 * math.sqrt(0.25 / SINGLE)
        return (
            Measurement("six shapes: spread of the loss", spread, 0.0, EXACT, "only M appears, LeCun et al. (1998)"),
            Measurement("kappa", kappa, self.kappa, EXACT * self.kappa, "eigenvalues of M, see the model"),
            Measurement("rate at the best step", rate, self.rate, EXACT, best, standing, remark),
            Measurement("steps until 1e-6, raw", arrival(self.X), float(steps), 0.0, best, not late, late),
            Measurement("loss after one step, standardised", float(one[1] / one[0]), 0.0, EXACT, "M = I"),
            Measurement("share of steps that cross, flat", flat, flat_side, 0.0, side),
            Measurement("share of steps that cross, steep", steep, steep_side, 0.0, side),
            Measurement("line search: loss factor", search, self.rate**2, EXACT, f"({best})^2", standing, remark),
            Measurement("its gradients: largest |cosine|", cosine, 0.0, EXACT, "right angles", standing, remark),
            Measurement("equal signs, positive inputs", positive, 1.0, 0.0, lecun),
            Measurement("equal signs, centred inputs", centred, 0.5, slack, "independent, symmetric inputs"),
        )

    def panels(self) -> tuple[Panel, ...]:
        """Loss by step beside theory, of two shapes, and the paths over the contours."""
        k = np.arange(STEPS + 1.0)
        best, chosen, one = losses(self.X, self.best), losses(self.X, self.chosen), losses(self.standard, self.one)
        labels = ("best step", "theory", "chosen step", "standardised")
        curves = (best / best[0], self.rate ** (2 * k), chosen / chosen[0], one / one[0])
        styles = ("solid", "dashed", "solid", "dotted")
        marks = tuple(  # a loss below 1e-15 is rounding
            Line(k, np.where(y > 1e-15, y, np.nan), *how) for y, *how in zip(curves, labels, styles, strict=True)
        )
        normal, rival = self.shapes()
        shapes = Line(k, normal, "normal", "solid"), Line(k, rival, self.shape, "dashed")
        return (
            Panel("Loss while descending", "step", "loss / first loss", marks, y_log=True),
            Panel("Two shapes of inputs, best steps", "step", "loss / first loss", shapes, y_log=True),
            path_panel("Path, raw", self.X, self.chosen),
            path_panel("Path, standardised", self.standard, self.one),
        )


def path_panel(title: str, X: Array, errors: Array) -> Panel:
    """Errors of the bias and of the first weight over the loss."""
    extent = 1.2 * float(np.abs(errors[:, :2]).max())
    axis = np.linspace(-extent, extent, 41)
    grid = np.stack([*np.meshgrid(axis, axis), np.zeros((41, 41))], axis=-1).reshape(-1, 3)
    loss = losses(X, grid).reshape(41, 41)
    heat = lab.HeatMap(axis, axis, np.log10(loss + 1e-3 * loss.max()), "log10 loss")
    return Panel(title, "error of the bias", "error of the weight", (heat, Line(errors[:, 0], errors[:, 1], "path")))


def treat(treatment: str, raw: Array) -> Array:
    """Inputs (N, inputs) as fed to a network; what is estimated comes from the first `LEARNED` examples alone."""
    train = raw[:LEARNED]
    if treatment == "min-max":
        return np.asarray((raw - train.min(axis=0)) / np.ptp(train, axis=0))
    if treatment == "rank-Gaussian":
        quantiles = [NormalDist().inv_cdf((i + 0.5) / LEARNED) for i in range(LEARNED)]
        return np.stack([np.interp(x, np.sort(x[:LEARNED]), quantiles) for x in raw.T], axis=1)
    z = np.asarray((raw - train.mean(axis=0)) / train.std(axis=0))
    return {"shifted by 5": z + 5, "times 20": 20 * z, "times 1/100": z / 100}.get(treatment, z)


def race(parameters: Parameters, seed: int) -> TunedPairs:
    """Networks fed with standardised and with treated inputs, paired: equal weights and targets.

    With g standard normal the target is sin 2a + b/2 of the raw inputs a, b = exp(g/2), or sin g + g/2 of the
    logarithms of the raw inputs exp(g).
    """
    streams = replicas("normalization data", seed, REPLICAS)
    g = np.array([rng.standard_normal((LEARNED + NEW, 2)) for rng in streams])
    raw, wave = (np.exp(g / 2), 2 * np.exp(g / 2)) if parameters.target == "raw" else (np.exp(g), g)
    y = (np.sin(wave[..., :1]) + wave[..., 1:] / (4 if parameters.target == "raw" else 2)).astype(np.float32)
    fed = [np.array([treat(name, x) for x in raw], np.float32) for name in ("standardised", parameters.treatment)]
    train, new = ([(x[:, part], y[:, part]) for x in fed] for part in (slice(LEARNED), slice(LEARNED, None)))

    def start(side: int) -> Perceptrons:
        streams = replicas("normalization nets", seed, REPLICAS)
        return Perceptrons((2, 16, 1), streams, activation=parameters.activation)

    return TunedPairs(start, (train[0], train[1]), (new[0], new[1]), RATES)


def race_measurement(parameters: Parameters, share: float) -> Measurement:
    """The share of pairs that standardised inputs win, beside the published one for the task that it holds for."""
    name, source = "share of pairs: standardised wins", f"{REPLICAS} pairs, each rate tuned"
    if parameters.target != "logarithms":
        return Measurement(name, share, None, None, source)
    known = PUBLISHED[parameters.activation] if parameters.treatment == "rank-Gaussian" else 1.0
    return published(name, share, known, REPLICAS, f"{source}; published")


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """The linear neuron in the first frame, then how long its raw inputs take, then the trained networks."""
    neuron, pairs = Neuron(parameters, seed), race(parameters, seed)
    measured, total, panels = neuron.measurements(), TRAINED // EVALUATE_EVERY, neuron.panels()
    names = ("kappa", "steps", "flat crosses", "steep crosses")
    quantities = neuron.faster() | {name: measured[i].measured for name, i in zip(names, (1, 3, 5, 6), strict=True)}
    yield Frame(0, total, Figure(TITLE, panels), measured, {**quantities}, "linear neuron")
    for step in range(1, total + 1):
        pairs.advance(EVALUATE_EVERY)
        rates, (standard, treated) = pairs.tuned()
        differences = np.log10(treated / standard)
        if step == total:
            share = float(np.mean(differences > 0))
            quantities |= {"winner": float(lab.adjudicate(differences)), "share": share}
            quantities |= {"standardised": median(standard), "treated": median(treated)}
            quantities |= {"rate": rates[0], "rate treated": rates[1]}
            measured += (race_measurement(parameters, share),)
        dots = strip("Standardised is better above 0", "log10(loss treated / standardised)", differences)
        layers = pairs.snapshot(1, f"{parameters.treatment} inputs") if due(step, total) else None
        yield Frame(step, total, Figure(TITLE, (*panels, dots)), measured, {**quantities}, "trained networks", layers)


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """Which data set is faster, what a shift costs, whether the path zigzags, and what trained networks prefer."""
    return tuple(ask(parameters) for ask in (shape_question, steps_question, zigzag_question, network_question))


def shape_question(p: Parameters) -> Question:
    """Normal inputs against another shape: equal when the loss curves differ by less than 1e-9."""
    return Question(
        "shape",
        f"A linear neuron learns from normal inputs of mean {p.shift:g}, or from inputs of another shape ({p.rival}), "
        f"mean {p.rival_shift:g}; both have deviation {p.scale:g}. Each at its best step: which loss falls faster?",
        (
            Choice("with the normal inputs", "gradient descent wants normal data"),
            Choice("with the other inputs", "the other shape is easier to learn from"),
            Choice("both the same, to rounding", "the mean of the inputs does not matter"),
        ),
        lambda result: int(result.quantities["faster"]),
        lambda result: (
            f"The loss curves differ by at most {result.quantities['race gap']:.2g} of the first loss; their means are "
            f"{result.quantities['race normal']:.3g} (normal) and {result.quantities['race rival']:.3g}. Descent sees "
            "first and second moments only: a mean far from 0 costs, a shape costs nothing."
        ),
        panel=1,
    )


def steps_question(p: Parameters) -> Question:
    """How many steps does a raw input cost?"""
    return Question(
        "steps",
        f"On standardised inputs a linear neuron with a bias arrives in 1 step. Now one input has mean {p.shift:g} and "
        f"deviation {p.scale:g}. How many times as many steps of the best size until 1e-6 of the distance is left?",
        lab.Estimate(
            "factor",
            1,
            1e6,
            2,
            "the steps grow with the shift, not with its fourth power",
            "any raw input makes descent hopeless",
            (lab.Belief(1, 2, "the bias makes up for any shift at once"),),
        ),
        lambda result: result.quantities["steps"],
        lambda result: (
            f"It took {result.quantities['steps']:.0f} step{'s' * (result.quantities['steps'] > 1)}. A step keeps "
            f"(kappa - 1)/(kappa + 1) of the distance, kappa = {result.quantities['kappa']:.4g}. That takes about 7 "
            "kappa steps unless kappa is nearly 1, and kappa grows with the fourth power of the mean."
        ),
    )


def zigzag_question(p: Parameters) -> Question:
    """In which directions does the error change side at every step?"""
    return Question(
        "zigzag",
        f"The raw input has mean {p.shift:g} and deviation {p.scale:g}; the step size is {p.step:g} / (largest "
        "eigenvalue). In which directions does the path zigzag over its minimum?",
        (
            Choice("in none", "only a step beyond 2 / (largest eigenvalue) overshoots"),
            Choice("in the steepest only", "overshooting concerns the steepest direction alone"),
            Choice("in the steepest and in the flattest", "a path that zigzags does so in every direction"),
        ),
        lambda result: int(sum(result.quantities[name] > 0.5 for name in ("flat crosses", "steep crosses"))),
        lambda result: (
            f"It changed side in {percent(result.quantities['steep crosses'])} of the steps in the steepest and in "
            f"{percent(result.quantities['flat crosses'])} in the flattest direction. A step keeps 1 - alpha lambda of "
            f"the error: {1 - p.step:.3g} and {1 - p.step / result.quantities['kappa']:.3g}; below 0 it crosses."
        ),
        panel=2,
    )


def network_question(p: Parameters) -> Question:
    """Standardised inputs against others in trained networks."""
    unit, of = (
        {"tanh": "tanh", "relu": "ReLU"}[p.activation],
        {"raw": "skewed inputs"}.get(p.target, "their logarithms"),
    )
    return Question(
        "networks",
        f"20 pairs of {unit} networks learn a wave of {of}, each at its best rate of 4: inputs standardised, or "
        f"{TREATMENTS[p.treatment]}. Lower loss on new data after {TRAINED} steps?",
        (
            Choice("standardised", "standardising beats any other treatment"),
            Choice("the other", "the more the inputs are made to look normal the better"),
            Choice(lab.TOO_CLOSE, "a network with hidden layers puts up with any inputs"),
        ),
        lambda result: {1: 0, -1: 1, 0: 2}[int(result.quantities["winner"])],
        lambda result: (
            f"Standardised inputs won {percent(result.quantities['share'])} of the pairs (median loss "
            f"{result.quantities['standardised']:.2g} against {result.quantities['treated']:.2g}). Mean and scale make "
            "descent fast or slow. A more normal shape is no help of its own: it bends what is to be learned."
        ),
        panel=4,
    )


def draw(rng: np.random.Generator) -> Parameters:
    """Two data sets, a step and a treatment whose outcomes are clear and differ from draw to draw."""
    shift = float(rng.choice([0.0, 0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0]))
    rival_shift = float(rng.choice([shift, shift + 1, max(shift - 1, 0.0)]))
    step = float(rng.choice((1.2, 1.5) if shift == 0 else (0.5, 0.9, 0.99, 1.1, 1.5, 1.9)))
    treatment = str(rng.choice([*TREATMENTS, "rank-Gaussian", "rank-Gaussian"]))
    names = str(rng.choice(["tanh", "relu"])), str(rng.choice(["raw", "logarithms"]))
    return Parameters(shift, 1.0, step, str(rng.choice(SHAPES[1:])), rival_shift, treatment, *names)
