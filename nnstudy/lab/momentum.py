"""Momentum turns the condition number into its square root, at its best setting, and is no free speed elsewhere.

Model. The loss is f(w) = (lambda_1 w_1^2 + lambda_2 w_2^2) / 2 with a flat direction lambda_1 = 1 and a steep one
lambda_2 = kappa; steps are counted with 18 more directions between the two. Both methods remember past gradients in a
velocity v, with v_0 = 0 and w_0 = (1, 1):

    heavy ball   v <- beta v + grad f(w)                 w <- w - alpha v
    nesterov     v <- beta v + grad f(w - alpha beta v)  w <- w - alpha v

With v <- beta v + (1 - beta) grad f(w), another convention, the same path needs the step alpha / (1 - beta); beta = 0
is plain gradient descent. In every direction of curvature lambda the iterate obeys w_{k+1} = b w_k - c w_{k-1}, where

    heavy ball   b = 1 + beta - alpha lambda             c = beta
    nesterov     b = (1 + beta) (1 - alpha lambda)       c = beta (1 - alpha lambda)

so the two roots r of r^2 - b r + c = 0 decide everything: w_k = S_k - c S_{k-1}, S_k the sum of r_1^i r_2^{k-i}, the
rate is the larger |r|, and complex roots swing. The iterate under gradient noise of standard deviation sigma is an
autoregression of order two, so its variance is alpha^2 sigma^2 (1 + c) / ((1 - c) ((1 + c)^2 - b^2)).

Momentum is compared with plain descent at the same effective step alpha/(1-beta). Momentum (.01, .9) against (.1, 0) is
ahead in 0 to .14 of the pairs while the start decides (kappa to 10, noise to .01); where noise decides, more often: .5
at kappa 6 and noise .05, .8 at 15 and .1, as plain descent comes near its limit alpha kappa = 2.

Sources. B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964, theorem 9 (rate and best
setting of the heavy ball); G. Goh, Why Momentum Really Works, Distill 2017 (stability, critical beta: the square there
is of 1 - sqrt(alpha lambda)); Y. Nesterov, Lectures on Convex Optimization, 2004; G. Box, Time Series Analysis, 1970.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnstudy.lab import experiment as lab
from nnstudy.lab.experiment import Array, Choice, Frame, Line, Measurement, Panel, Points, Question, parameter
from nnstudy.lab.recurrence import critical, edge, exact_path, optimum, rate, recurrence
from nnstudy.words import percent

TITLE = "Momentum"
TOPICS = ("momentum", "momento", "heavy ball", "nesterov", "optimization", "ottimizzazione", "learning rate")

GOAL = 1e-6  # the distance, as a share of the first, at which a run counts as arrived
DIRECTIONS = 20  # of the valley in which steps are counted: curvatures from 1 to kappa, each the same times the last
CROSSING_STEPS = 100  # over which the flat direction's passages of the minimum are counted
NOISY_STEPS, NOISY_RUNS = 300, 4000
COMPARED_STEPS, REPLICAS = 100, 20
LIMIT = 1e30  # of the velocity of a run that diverges, so that its numbers stay finite
CELLS, EXACT, ROOT_EXACT = 60, 1e-9, 1e-7  # a double root is known to the square root of the rounding only


@dataclass(frozen=True)
class Parameters:
    """The method's setting and the valley's shape; the defaults are the heavy ball's optimum for kappa = 100."""

    method: str = parameter("heavy ball", "how past gradients are remembered", choices=("heavy ball", "nesterov"))
    alpha: float = parameter((2 / 11) ** 2, "step size", low=1e-4, high=2.0, live=True)
    beta: float = parameter((9 / 11) ** 2, "share of the velocity that is kept", low=0.0, high=0.995, live=True)
    kappa: float = parameter(100.0, "curvature of the steep direction; the flat one has 1", low=1.5, high=1000.0)
    noise: float = parameter(0.1, "standard deviation of the gradient's noise", low=0.0, high=1.0)

    @property
    def curvatures(self) -> Array:
        """lambda of the flat and of the steep direction."""
        return np.array([1.0, self.kappa])


def noise_variance(setting: Parameters, beta: float) -> Array:
    """The variance that the iterate settles at under gradient noise, in both directions; for a stable setting."""
    b, c = recurrence(setting.method, beta, setting.alpha * setting.curvatures)
    return np.asarray((setting.alpha * setting.noise) ** 2 * (1 + c) / ((1 - c) * ((1 + c) ** 2 - b**2)))


def descend(
    setting: Parameters,
    alpha: Array | float,
    beta: Array | float,
    start: Array,
    noise: Iterable[Array | float],
    curvatures: Array | None = None,
) -> Iterator[Array]:
    """Positions (..., directions) after each step; one array of noise, added to the gradient, for every step."""
    position, velocity = start, np.zeros_like(start)
    bent = setting.curvatures if curvatures is None else curvatures
    for disturbance in noise:
        ahead = position - alpha * beta * velocity if setting.method == "nesterov" else position
        velocity = np.clip(beta * velocity + bent * ahead + disturbance, -LIMIT, LIMIT)
        position = position - alpha * velocity
        yield position


def arrival(path: Array) -> float:
    """The step from which |w| stays within `GOAL` of where it began; infinite when the path ends before."""
    distance = np.linalg.norm(path, axis=1)
    after = np.flatnonzero(distance > GOAL * distance[0])[-1] + 1
    return float(after) if after < len(path) else math.inf


def arrivals(setting: Parameters, steps: int) -> tuple[float, float]:
    """The step of arrival from (1, ..., 1) in `DIRECTIONS` directions, walked and in closed form."""
    bent, start = np.geomspace(1, setting.kappa, DIRECTIONS), np.ones(DIRECTIONS)
    walked = [start, *descend(setting, setting.alpha, setting.beta, start, np.zeros(steps), bent)]
    exact = [exact_path(setting.method, setting.beta, float(stretch), steps) for stretch in setting.alpha * bent]
    return arrival(np.array(walked)), arrival(np.stack(exact, 1))


def crossings(path: Array) -> float:
    """How often one direction's iterates (steps,) change side; one that lands on the minimum is on neither."""
    shown = path[: CROSSING_STEPS + 1]
    sides = np.sign(shown[np.abs(shown) > EXACT * np.abs(np.roll(shown, 1))])
    return float(np.count_nonzero(sides[1:] != sides[:-1]))


def compare(setting: Parameters, rng: np.random.Generator) -> Array:
    """log10 of plain descent's loss over momentum's at equal effective step, one a replica; above 0 momentum wins.

    Plain descent takes alpha / (1 - beta), which is how far a lasting gradient carries momentum; both see the same
    start and noise; the loss is the mean over the last tenth of the steps.
    """
    streams = rng.spawn(REPLICAS)
    start = np.array([stream.standard_normal(2) for stream in streams])
    noise = setting.noise * np.stack([stream.standard_normal((COMPARED_STEPS, 2)) for stream in streams], 1)
    beta = np.array([setting.beta, 0.0])[:, None, None]
    alpha = np.array([setting.alpha, setting.alpha / (1 - setting.beta)])[:, None, None]
    path = np.array(list(descend(setting, alpha, beta, np.stack([start, start]), noise)))[-COMPARED_STEPS // 10 :]
    loss = (setting.curvatures * path**2).sum(-1).mean(0)
    return np.asarray(np.log10(loss[1] + 1e-300) - np.log10(loss[0] + 1e-300))


def run(parameters: Parameters, seed: int) -> Iterator[Frame]:
    """The path of one noiseless run, then what noise leaves, then twenty comparisons with plain descent.

    Another alpha or beta on the way is one for the noisy runs and what follows them: the path is there from the start.
    """
    rng, alpha, beta = lab.generator("momentum", seed), parameters.alpha, parameters.beta
    factor = max(float(rate(parameters.method, beta, alpha * parameters.curvatures).max()), 1e-3)
    shortest = 120 if factor < 1 else 8  # a run that diverges is soon past what floating point can hold
    steps = int(np.clip(30 / max(abs(math.log(factor)), 1e-3), shortest, 1200))
    path = np.array([np.ones(2), *descend(parameters, alpha, beta, np.ones(2), np.zeros(steps))])
    total, cloud, left = steps + NOISY_STEPS + COMPARED_STEPS, np.zeros((2, 0, 2)), list[Array]()
    setting, settling = parameters, NOISY_STEPS
    for shown in range(1, steps, max(1, steps // 10)):
        changed = yield Frame(shown, total, figure(parameters, path[: shown + 1], cloud), stage="one run")
        setting = changed or setting
    measured = path_measurements(parameters, path)
    noise = (parameters.noise * rng.standard_normal((NOISY_RUNS, 2)) for _ in range(NOISY_STEPS))
    pace, both = np.array(setting.alpha), np.array([setting.beta, 0.0])[:, None, None]  # the second without momentum
    for step, cloud in enumerate(descend(parameters, pace, both, np.zeros((2, NOISY_RUNS, 2)), noise)):
        left.append(0.5 * (parameters.curvatures * cloud**2).sum(-1).mean(-1))
        if step % 50 == 0:
            drawn = figure(parameters, path, cloud, *noise_panels(setting, left))
            changed = yield Frame(steps + step, total, drawn, measured, stage="noise")
            if changed is not None:
                setting, settling = changed, NOISY_STEPS - step
                pace[...], both[0] = setting.alpha, setting.beta
    losses = 0.5 * (parameters.curvatures * cloud**2).sum(-1)
    measured += noise_measurements(setting, losses, settling)
    differences = compare(setting, rng)
    median, name = float(np.median(differences)), "log10(loss plain / momentum), effective step equal"
    measured += (Measurement(name, median, None, None, f"median of {REPLICAS} paired runs"),)
    floor, plain_floor = (float(loss.mean()) for loss in losses)
    quantities = {"crossings": crossings(path[:, 0]), "floor": floor, "plain_floor": plain_floor, "median": median}
    quantities |= {"winner": float(lab.adjudicate(differences)), "share": float(np.mean(differences > 0))}
    drawn = figure(parameters, path, cloud, *noise_panels(setting, left), race_panel(differences))
    yield Frame(total, total, drawn, measured, quantities, "done")


def path_measurements(setting: Parameters, path: Array) -> tuple[Measurement, ...]:
    """What the noiseless run shows beside its closed form."""
    method, steps = setting.method, len(path) - 1
    both = [exact_path(method, setting.beta, float(stretch), steps) for stretch in setting.alpha * setting.curvatures]
    exact = np.stack(both, 1)
    error = np.abs(path - exact).max(0) / np.abs(exact).max(0)
    closed = "w_k = S_k - c S_{k-1}, see the model"
    slow = Parameters("heavy ball", 2 / (1 + setting.kappa), 0.0, setting.kappa)
    enough = math.ceil(math.log(GOAL) / math.log((setting.kappa - 1) / (setting.kappa + 1))) + 1
    (here, here_exact), (plain, plain_exact) = arrivals(setting, steps), arrivals(slow, enough)
    swings, name = crossings(exact[:, 0]), f"steps until 1e-6, {DIRECTIONS} directions"
    return (
        Measurement("flat direction, largest error", float(error[0]), 0.0, EXACT, closed),
        Measurement("steep direction, largest error", float(error[1]), 0.0, EXACT, closed),
        rate_measurement(setting, path),
        *optimum_measurements(setting, path),
        Measurement(name, here, here_exact, 0.0, closed),
        Measurement("the same, plain descent at its best", plain, plain_exact, 0.0, "(1 - alpha lambda)^k"),
        Measurement("crossings, flat direction, 100 steps", crossings(path[:, 0]), swings, 0.0, closed),
        *map_measurements(setting),
    )


def rate_measurement(setting: Parameters, path: Array) -> Measurement:
    """The slower direction's rate by Abel's identity: w_k^2 - w_{k-1} w_{k+1} falls by exactly c = r_1 r_2 a step."""
    stretches = setting.alpha * setting.curvatures
    slow = int(np.argmax(rate(setting.method, setting.beta, stretches)))
    b, c = recurrence(setting.method, setting.beta, stretches[slow])
    w = path[: min(len(path), 20), slow]
    envelope = np.abs(w[1:-1] ** 2 - w[:-2] * w[2:])
    measured = (envelope[-1] / envelope[0]) ** (0.5 / (len(envelope) - 1)) if envelope[0] > 0 else 0.0
    expected = float(rate(setting.method, setting.beta, stretches[slow]))
    swings = bool(b * b - 4 * c < 1e-14)
    remark = "" if swings else "the roots are real: this is their geometric mean, the larger one decides"
    source = "sqrt(c), where the roots are complex or one"
    return Measurement("rate, slower direction", float(measured), expected, ROOT_EXACT, source, swings, remark)


def optimum_measurements(setting: Parameters, path: Array) -> tuple[Measurement, ...]:
    """The heavy ball's optimum: its path, a double root, and why a fitted line misleads there."""
    best = (math.sqrt(setting.kappa) - 1) / (math.sqrt(setting.kappa) + 1)
    alpha, beta = optimum(setting.kappa)
    there = setting.method == "heavy ball" and np.allclose((setting.alpha, setting.beta), (alpha, beta), 1e-12, 0)
    remark = "" if there else f"holds at the heavy ball's optimum: alpha = {alpha:.6g}, beta = {beta:.6g}"
    k = np.arange(len(path))
    double = np.stack([(1 + k * (1 - best)) * best**k, (1 + k * (1 + best)) * (-best) ** k], 1)
    error, distance = float(np.abs(path - double).max()), np.linalg.norm(path, axis=1)
    late = (distance > 1e-12) & (k >= len(k) // 3)
    slope = math.exp(np.polyfit(k[late], np.log(distance[late]), 1)[0]) if late.sum() > 1 else math.nan
    biased = "a double root bends the line: k r^k falls more slowly than r^k" if there else remark
    source = "(sqrt kappa - 1)/(sqrt kappa + 1), Polyak 1964"
    return (
        Measurement("largest error from the double root", error, 0.0, EXACT, "(1 + k(1 -+ r)) (+-r)^k", there, remark),
        Measurement("fitted slope of the log distance, late", slope, best, None, source, False, biased),
    )


def map_measurements(setting: Parameters) -> tuple[Measurement, ...]:
    """Where the smallest rate lies in beta, and whether the map's rates below one are where theory has them."""
    stretch = setting.alpha if setting.method == "heavy ball" or setting.alpha < 1 else 0.5
    betas = np.linspace(0, 1, 10_001)
    found = float(betas[np.argmin(rate(setting.method, betas, stretch))])
    across, up, values = rate_map(setting.method)
    wrong = float(np.sum((values < 1) != (across < edge(setting.method, up)[:, None])))
    bound = "(2 + 2 beta)/(1 + 2 beta)" if setting.method == "nesterov" else "2 + 2 beta"
    name = f"beta of the least rate, alpha lambda = {stretch:.3g}"
    return (
        Measurement(
            name,
            found,
            float(critical(setting.method, stretch)),
            1e-4,
            "critical beta, Goh 2017; tolerance: the grid's spacing",
        ),
        Measurement("map cells against the bound", wrong, 0.0, 0.0, f"0 < alpha lambda < {bound} (Jury)"),
    )


@cache
def rate_map(method: str) -> tuple[Array, Array, Array]:
    """Centres of alpha lambda and beta, none of them on the edge of stability, and the rate on them."""
    stretch, beta = (np.arange(CELLS) + 0.5) * 4.5 / CELLS, (np.arange(CELLS) + 0.5) / CELLS
    return stretch, beta, rate(method, beta[:, None], stretch)


def noise_measurements(setting: Parameters, losses: Array, steps: int = NOISY_STEPS) -> tuple[Measurement, ...]:
    """The loss (2 settings, runs) that noise leaves after so many steps: with beta, and with 0 at the same step."""
    found = []
    for label, beta, loss in (("this beta", setting.beta, losses[0]), ("beta = 0", 0.0, losses[1])):
        name, mean = f"noise floor of the loss, {label}", float(loss.mean())
        if setting.alpha * setting.kappa >= edge(setting.method, beta):
            found.append(Measurement(name, mean, None, None, "there is no floor", False, "this setting runs away"))
            continue
        shares = setting.curvatures * noise_variance(setting, beta)
        slowest = float(rate(setting.method, beta, setting.alpha * setting.curvatures).max())
        settled = steps**2 * slowest ** (2 * steps) < 1e-4
        tolerance = 4 * math.sqrt(0.5 * (shares**2).sum() / NOISY_RUNS)
        remark = "" if settled else f"{steps} steps are too few to settle at the rate {slowest:.4f}"
        expected, source = float(0.5 * shares.sum()), "variance of an autoregression of order two; 4 sd"
        found.append(Measurement(name, mean, expected, tolerance, source, settled, remark))
    return tuple(found)


def seen(path: Array) -> Array:
    """Distances that a plot should show: those above rounding."""
    return np.where(np.abs(path) > 1e-15, np.abs(path), np.nan)


def figure(setting: Parameters, path: Array, cloud: Array, *more: Panel) -> lab.Figure:
    """Distance by step, the path on the loss, the map of rates, the flat direction's swings, and what came after."""
    panels = (
        distance_panel(setting, path),
        path_panel(path, cloud, setting.kappa),
        rates_panel(setting),
        swing_panel(setting, path),
        *more,
    )
    return lab.Figure(f"{setting.method}, kappa = {setting.kappa:.4g}", panels)


def distance_panel(setting: Parameters, path: Array) -> Panel:
    """Both directions by step beside their closed form, and plain descent at its best."""
    k, plain = np.arange(len(path), dtype=float), (setting.kappa - 1) / (setting.kappa + 1)
    marks: list[lab.Mark] = []
    for column, name in enumerate(("flat", "steep")):
        stretch = float(setting.alpha * setting.curvatures[column])
        theory = exact_path(setting.method, setting.beta, stretch, len(path) - 1)
        marks += [Line(k, seen(path[:, column]), name), Line(k, seen(theory), "theory" if column else "", "dashed")]
    marks.append(Line(k, seen(plain**k), "plain", "dotted"))
    return Panel("Distance to the minimum", "step", "|w|", tuple(marks), y_log=True)


def rates_panel(setting: Parameters) -> Panel:
    """The rate over alpha lambda and beta, the edge of stability, critical beta, and this run's two directions."""
    stretch_axis, beta_axis, values = rate_map(setting.method)
    here = np.array([x for x in setting.alpha * setting.curvatures if x <= stretch_axis[-1]])
    slow = stretch_axis[stretch_axis < 1]
    marks = (
        lab.HeatMap(stretch_axis, beta_axis, np.minimum(values, 1.2), "rate"),
        Line(edge(setting.method, beta_axis), beta_axis, "edge", "dashed"),
        Line(slow, critical(setting.method, slow), "critical beta", "dotted"),
        Points(here, np.full(len(here), setting.beta), "this run"),
    )
    return Panel("Rate per step", "alpha lambda", "beta", marks)


def swing_panel(setting: Parameters, path: Array) -> Panel:
    """On which side of its minimum the flat direction is, its decay taken out so that late swings are seen too."""
    k = np.arange(min(len(path), CROSSING_STEPS + 1.0))
    pace = max(float(rate(setting.method, setting.beta, setting.alpha)), 0.01)
    swing = Line(k, path[: len(k), 0] * np.exp(-k * math.log(pace)), "flat")
    return Panel("Swings of the flat direction", "step", "w / rate^step", (swing, lab.Reference(0.0)))


def noise_panels(setting: Parameters, left: list[Array]) -> tuple[Panel, ...]:
    """The loss by step that noise leaves with this beta and with none, and where theory has it settle."""
    if not setting.noise:
        return ()
    steps, losses = np.arange(1.0, len(left) + 1), np.array(left)
    marks: list[lab.Mark] = []
    for place, (label, beta) in enumerate((("this beta", setting.beta), ("beta = 0", 0.0))):
        marks.append(Line(steps, losses[:, place], label, ("solid", "dotted")[place]))
        if setting.alpha * setting.kappa < edge(setting.method, beta):
            floor = float(0.5 * (setting.curvatures * noise_variance(setting, beta)).sum())
            marks.append(lab.Reference(floor, label="theory" if place else ""))
    return (Panel("Loss that noise leaves", "step", "loss", tuple(marks), y_log=True),)


def race_panel(differences: Array) -> Panel:
    """Who is ahead in each of the twenty comparisons."""
    pairs = Points(np.arange(1.0, REPLICAS + 1), np.clip(differences, -12, 12), "one pair, -12 to 12")
    return Panel("Above 0 momentum is ahead", "pair of runs", "log10 ratio of losses", (pairs, lab.Reference(0.0)))


def path_panel(path: Array, cloud: Array, kappa: float) -> Panel:
    """The path over the loss, and where noisy runs hover around the minimum."""
    extent = float(np.clip(1.1 * np.abs(path).max(), 1.2, 4.0))
    axis = np.linspace(-extent, extent, 81)
    loss = 0.5 * (axis**2 + kappa * axis[:, None] ** 2)
    inside, near = (points[np.abs(points).max(1) <= extent] for points in (path, cloud[0, :200]))
    heat = lab.HeatMap(axis, axis, np.log10(np.maximum(loss, 1e-3)), "log10 loss")
    marks: list[lab.Mark] = [heat, Line(inside[:, 0], inside[:, 1], "path")]
    if len(near):
        marks.append(Points(near[:, 0], near[:, 1], "runs in noise"))
    return Panel("Path on the loss", "flat direction", "steep direction", tuple(marks))


def questions(parameters: Parameters) -> tuple[Question, ...]:
    """Overshooting, the comparison with a longer plain step and, where noise leaves a floor either way, that floor."""
    asked = crossing_question(parameters), race_question(parameters), floor_question(parameters)
    settles = parameters.alpha * parameters.kappa < min(edge(parameters.method, np.array([0.0, parameters.beta])))
    return asked if parameters.noise > 0 and settles else asked[:2]


def times(count: float) -> str:
    """A count of crossings in words."""
    return {0: "never", 1: "once"}.get(round(count), f"{count:.0f} times")


def crossing_question(setting: Parameters) -> Question:
    """Does the flat direction overshoot?"""
    b, c = recurrence(setting.method, setting.beta, setting.alpha)
    discriminant = float(b * b - 4 * c)
    return Question(
        "crossings",
        f"{setting.method}, alpha = {setting.alpha:.4g}, beta = {setting.beta:.4g}: how often does the flat direction "
        f"(lambda = 1) cross its minimum in {CROSSING_STEPS} steps?",
        (
            Choice("never", "a small step cannot overshoot, whatever the velocity"),
            Choice("1 to 4 times", "momentum always overshoots a little and then settles"),
            Choice("5 times or more", "any momentum makes the iterate swing all the time"),
        ),
        lambda result: int(np.searchsorted([1, 5], result.quantities["crossings"], side="right")),
        lambda result: (
            f"It crossed {times(result.quantities['crossings'])}. Here b^2 - 4c = {discriminant:.3g}: "
            f"{'complex roots, so it swings' if discriminant < -1e-9 else 'real roots, so it does not swing'}. For the "
            "heavy ball the roots are complex past beta = (1 - sqrt(alpha lambda))^2. Still more beta brings more "
            "crossings, which die more slowly."
        ),
        panel=3,
    )


def race_question(setting: Parameters) -> Question:
    """Is momentum faster than a plain step of the same effective length?"""
    plain, stretch = setting.alpha / (1 - setting.beta), setting.alpha / (1 - setting.beta) * setting.kappa
    limit = "runs away, as above 2" if stretch > 2 else "is not limited, as it would be above 2"
    return Question(
        "race",
        f"Momentum, (alpha, beta) = ({setting.alpha:.4g}, {setting.beta:.4g}), against plain descent with the same "
        f"effective step, ({plain:.4g}, 0): which has the lower loss after {COMPARED_STEPS} steps? kappa = "
        f"{setting.kappa:.4g}, gradient noise {setting.noise:.3g}.",
        (
            Choice("momentum", "momentum is free speed"),
            Choice("plain descent", "a longer plain step is always as good as momentum"),
            Choice(lab.TOO_CLOSE, "momentum is nothing but a longer step"),
        ),
        lambda result: {1: 0, -1: 1, 0: 2}[int(result.quantities["winner"])],
        lambda result: (
            f"Momentum was ahead in {percent(result.quantities['share'])} of {REPLICAS} paired runs (median log10 "
            f"ratio {result.quantities['median']:+.3g}). Plain descent, its alpha kappa {stretch:.3g}, {limit}. "
            "Momentum gains much where a steep direction forbids the long step. Elsewhere it loses where it swings, "
            "differs little where it does not, and where noise sets the floor both end at nearly the same loss."
        ),
        panel=5 if setting.noise else 4,
    )


def floor_question(setting: Parameters) -> Question:
    """What does beta do to the loss that noise leaves?"""
    averaging = lab.Belief(0.01, 1.1, "averaging past gradients averages their noise away, for free")
    return Question(
        "floor",
        f"Gradient noise {setting.noise:.3g}, alpha = {setting.alpha:.4g}, kappa = {setting.kappa:.4g}: how many times "
        f"as high is the loss that noise leaves with beta = {setting.beta:.4g} as with beta = 0 at the same alpha?",
        lab.Estimate(
            "factor",
            0.01,
            1e4,
            1.5,
            "the floor grows with beta a little, not with 1/(1 - beta)",
            "any momentum amplifies noise greatly",
            (averaging,),
        ),
        lambda result: result.quantities["floor"] / result.quantities["plain_floor"],
        lambda result: (
            f"The loss ended at {result.quantities['floor']:.3g} with beta and at "
            f"{result.quantities['plain_floor']:.3g} without. A gradient counts {1 / (1 - setting.beta):.3g} times, "
            "1/(1 - beta): the velocity averages its noise, but the step is as much longer."
        ),
        panel=4,
    )


def draw(rng: np.random.Generator) -> Parameters:
    """A valley and a setting: the optimum, swinging, slower than plain descent, or drowned in noise."""
    kind = int(rng.integers(6))
    if kind == 5:
        kappa = float(rng.integers(30, 300))
        return Parameters("heavy ball", *optimum(kappa), kappa)
    beta, noise = ((0.97, 0.1), (0.9, 0.002), (0.9, 0.05), (0.75, 1e-6), (0.1, 0.002))[kind]
    alpha = rng.uniform(*((0.02, 0.05), (0.006, 0.012), (0.009, 0.01), (0.05, 0.06), (0.02, 0.03))[kind])
    kappa = rng.uniform(*((25, 30), (2, 6), (5.5, 7), (2, 4), (2, 4))[kind])
    return Parameters("heavy ball", round(float(alpha), 4), beta, round(float(kappa), 1), noise)
