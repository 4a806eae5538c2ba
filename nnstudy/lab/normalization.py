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
inputs have M = I: one step of length 1 arrives. One example's gradient is (x.w - y) x: of one sign where all inputs are positive.

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
from nnstudy.lab.network import Perceptrons, Real, replicas

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
REPLICAS, TRAINED, EVALUATE_EVERY, RATES, EXACT = 20, 200, 10, (0.001, 0.005, 0.02, 0.08), 1e-9


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


# --- inputs --------------------------------------------------------------------------------------------------------


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
    """Factor of the loss a step and largest |cosine| of consecutive gradients in exact line search from its worst start.

    That start, v_1 / lambda_1 + v_n / lambda_n, has equal gradients in both directions.
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
        p, rng = parameters, lab.generator("normalization", seed)
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
                "kappa",
                float(lambdas[1] / lambdas[0]),
                self.kappa,
                EXACT * self.kappa,
                "eigenvalues of M, see the model",
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
    heat = lab.HeatMap(axis, axis, np.log10(loss + 1e-3 * loss.max()), "log10 loss")
    return Panel(title, "error of the bias", "error of the weight", (heat, Line(errors[:, 0], errors[:, 1], "path")))


# --- trained networks ----------------------------------------------------------------------------------------------


def treat(treatment: str, train: Array, new: Array) -> tuple[Array, Array]:
    """Inputs (N, inputs) as fed to a network; whatever is estimated comes from the training inputs alone."""
    if treatment == "min-max":
        low, high = train.min(axis=0), train.max(axis=0)
        return (train - low) / (high - low), (new - low) / (high - low)
    if treatment == "rank-Gaussian":
        quantiles = [NormalDist().inv_cdf((i + 0.5) / len(train)) for i in range(len(train))]
        columns = list(zip(train.T, new.T, np.sort(train, axis=0).T, strict=True))
        first = np.stack([np.interp(x, ordered, quantiles) for x, _, ordered in columns], axis=1)
        return first, np.stack([np.interp(x, ordered, quantiles) for _, x, ordered in columns], axis=1)
    factor = {"times 20": 20.0, "times 1/100": 0.01}.get(treatment, 1.0)
    offset = 5.0 if treatment == "shifted by 5" else 0.0
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return factor * (train - mean) / deviation + offset, factor * (new - mean) / deviation + offset


class Race:
    """Networks fed with standardised and with treated inputs, paired: equal weights and targets, each at `RATES`.

    Raw inputs exp(g/2), g standard normal; targets sin 2a + b/2 of the raw inputs (a, b), or of their logarithms g;
    64 examples to learn from and 200 new ones a replica.
    """

    def __init__(self, parameters: Parameters, seed: int) -> None:
        inputs: tuple[list[Array], ...] = ([], [], [], [])
        targets = []
        for rng in replicas("normalization data", seed, REPLICAS):
            g = rng.standard_normal((264, 2))
            raw = np.exp(g / 2)
            seen = raw if parameters.target == "raw" else g
            targets.append(np.sin(2 * seen[:, :1]) + seen[:, 1:] / 2)
            fed = (*treat("standardised", raw[:64], raw[64:]), *treat(parameters.treatment, raw[:64], raw[64:]))
            for kept, x in zip(inputs, fed, strict=True):
                kept.append(x)
        y: Real = np.stack(targets).astype(np.float32)
        x: list[Real] = [np.stack(kept).astype(np.float32) for kept in inputs]
        self.train, self.new = [(kept, y[:, :64]) for kept in x[::2]], [(kept, y[:, 64:]) for kept in x[1::2]]
        kind, streams = parameters.activation, lambda: replicas("normalization nets", seed, REPLICAS)
        self.nets = [[Perceptrons((2, 16, 1), streams(), activation=kind) for _ in RATES] for _ in range(2)]

    def advance(self) -> None:
        """`EVALUATE_EVERY` full-batch steps of all networks with momentum .9."""
        with np.errstate(over="ignore", invalid="ignore"):
            for nets, examples in zip(self.nets, self.train, strict=True):
                for net, rate in zip(nets, RATES, strict=True):
                    for _ in range(EVALUATE_EVERY):
                        net.step(*examples, rate, 0.9)

    def logarithms(self) -> Array:
        """log10 of the loss on new data, (2, REPLICAS), standardised and treated, at the rate that trains best."""
        found = np.empty((2, 2, len(RATES), REPLICAS))
        with np.errstate(over="ignore", invalid="ignore"):
            for data, examples in enumerate((self.train, self.new)):
                for fed, nets in enumerate(self.nets):
                    found[data, fed] = [net.loss(*examples[fed]) for net in nets]
        train, new = np.clip(np.nan_to_num(found, nan=np.inf), 1e-12, 1e12)
        return np.asarray(np.log10(np.take_along_axis(new, train.argmin(axis=1, keepdims=True), axis=1)[:, 0]))


# --- the run -------------------------------------------------------------------------------------------------------


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """The linear neuron in the first frame, then how long its raw inputs take, then the trained networks."""
    neuron, race = Neuron(parameters, seed), Race(parameters, seed)
    measured, total = neuron.descents() + neuron.signs(), TRAINED // EVALUATE_EVERY + 1
    quantities = neuron.race() | {"kappa": measured[1].measured}
    quantities |= {"flat crosses": measured[4].measured, "steep crosses": measured[5].measured}
    panels = neuron.panels()
    yield Frame(0, total, Figure(TITLE, panels), measured, {**quantities}, "linear neuron")
    measured += (neuron.arrivals(),)
    quantities["steps"] = measured[-1].measured
    yield Frame(1, total, Figure(TITLE, panels), measured, {**quantities}, "linear neuron")
    for step in range(2, total + 1):
        race.advance()
        logarithms = race.logarithms()
        differences = logarithms[1] - logarithms[0]
        if step == total:
            share = float(np.mean(differences > 0))
            medians = {"loss standardised": logarithms[0], "loss treated": logarithms[1]}
            quantities |= {name: float(10 ** np.median(values)) for name, values in medians.items()}
            quantities |= {"winner": float(lab.adjudicate(differences)), "share": share}
            measured += (Measurement("share of pairs: standardised wins", share, None, None, "20 pairs"),)
        figure = Figure(TITLE, (*panels, dots_panel(parameters.treatment, differences)))
        yield Frame(step, total, figure, measured, {**quantities}, "trained networks")


# --- questions -----------------------------------------------------------------------------------------------------


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """Which data set is faster, what a shift costs, whether the path zigzags, and what trained networks prefer."""
    makers = (shape_question, steps_question, zigzag_question, network_question)
    return tuple(make(parameters) for make in makers)


def shape_question(parameters: Parameters) -> Question:
    """Normal inputs against another shape: equal when the loss curves differ by less than 1e-9."""
    p = parameters

    def answer(result: Frame) -> int:
        q = result.quantities
        return 2 if q["race gap"] < EXACT else int(q["race rival"] < q["race normal"])

    def explain(result: Frame) -> str:
        q = result.quantities
        return (
            f"The loss curves differ by at most {q['race gap']:.2g} of the first loss; summed up they come to "
            f"{q['race normal'] * (STEPS + 1):.4g} (normal) and {q['race rival'] * (STEPS + 1):.4g}. Descent sees the "
            "first and second moments only: a mean far from 0 costs, a shape costs nothing."
        )

    return Question(
        "shape",
        f"A linear neuron learns from normal inputs of mean {p.shift:g}, or from inputs of another shape "
        f"({p.rival}), mean {p.rival_shift:g}; both have deviation {p.scale:g}. Each has its best step. Which loss falls faster?",
        (
            Choice("with the normal inputs", "that gradient descent wants normal data"),
            Choice("with the other inputs", "that the other shape is easier to learn from"),
            Choice("both the same, to rounding", "that the mean of the inputs does not matter"),
        ),
        answer,
        explain,
    )


def steps_question(parameters: Parameters) -> Question:
    """How many steps does a raw input cost?"""
    return Question(
        "steps",
        f"A linear neuron with a bias reaches its optimum in 1 step on standardised inputs. One input now has mean "
        f"{parameters.shift:g} and deviation {parameters.scale:g}. How many steps, the best fixed size, until 1e-6 of the distance?",
        (
            Choice("1", "that the bias makes up for any shift at once"),
            Choice("2 to 99", "that a shift costs a little whatever its size"),
            Choice("100 to 999", "that the steps grow with the shift, not with its fourth power"),
            Choice("1000 or more", "that any raw input makes descent hopeless"),
        ),
        lambda result: int(np.searchsorted((2, 100, 1000), result.quantities["steps"], side="right")),
        lambda result: (
            f"It took {result.quantities['steps']:.0f} steps: the condition number is "
            f"{result.quantities['kappa']:.4g}, each step keeps (kappa - 1)/(kappa + 1) of the distance, so about "
            "7 kappa steps. kappa grows with the fourth power of mean over deviation: inputs and bias pull alike."
        ),
    )


def zigzag_question(parameters: Parameters) -> Question:
    """In which directions does the error change side at every step?"""
    return Question(
        "zigzag",
        f"The raw input has mean {parameters.shift:g} and deviation {parameters.scale:g}; the step size is "
        f"{parameters.step:g} / (largest eigenvalue). In which directions does the path zigzag over its minimum?",
        (
            Choice("in none", "that only a step beyond 2 / (largest eigenvalue) overshoots"),
            Choice("in the steepest only", "that overshooting is a matter of the steepest direction alone"),
            Choice("in the steepest and in the flattest", "that a path that zigzags does so in every direction"),
        ),
        lambda result: int(sum(result.quantities[name] > 0.5 for name in ("flat crosses", "steep crosses"))),
        lambda result: (
            f"It changed side in {result.quantities['steep crosses']:.0%} of the steps in the steepest and in "
            f"{result.quantities['flat crosses']:.0%} in the flattest direction. A step keeps 1 - alpha lambda of the "
            f"error: {1 - parameters.step:.3g} in the steepest, {1 - parameters.step / result.quantities['kappa']:.3g} "
            "in the flattest; below 0 it crosses."
        ),
    )


def network_question(parameters: Parameters) -> Question:
    """Standardised inputs against others in trained networks."""
    p, unit = parameters, {"tanh": "tanh", "relu": "ReLU"}[parameters.activation]
    return Question(
        "networks",
        f"20 pairs of {unit} networks learn at the same rate: one is fed standardised inputs, the other the inputs "
        f"{TREATMENTS[p.treatment]}. Which has the lower loss on new data after {TRAINED} steps?",
        (
            Choice("the standardised one", "that standardising beats any other treatment"),
            Choice("the other one", "that the more the inputs are made to look normal the better"),
            Choice(lab.TOO_CLOSE, "that a network with hidden layers puts up with any inputs"),
        ),
        lambda result: {1: 0, -1: 1, 0: 2}[int(result.quantities["winner"])],
        lambda result: (
            f"Standardised inputs won {result.quantities['share']:.0%} of the pairs (median loss "
            f"{result.quantities['loss standardised']:.2g} against {result.quantities['loss treated']:.2g}). Scale and "
            "mean decide how fast descent is; given those, a more normal shape is no help of its own: it bends the "
            "function that is to be learned."
        ),
    )


def draw(rng: np.random.Generator) -> Parameters:
    """Two data sets, a step and a treatment whose outcomes are clear and differ from draw to draw."""
    shift = float(rng.choice([0.0, 1.0, 1.5, 2.0, 2.5, 4.0, 5.0]))
    rival_shift = float(rng.choice([shift, shift + 1, max(shift - 1, 0.0)]))
    steps = (1.2, 1.5) if shift == 0 else (0.5, 0.9, 0.99, 1.1, 1.5, 1.9)
    rival, treatment = str(rng.choice(SHAPES[1:])), str(rng.choice([*TREATMENTS, "rank-Gaussian", "rank-Gaussian"]))
    activation = str(rng.choice(["tanh", "relu"]))
    return Parameters(shift, 1.0, float(rng.choice(steps)), rival, rival_shift, treatment, activation)
