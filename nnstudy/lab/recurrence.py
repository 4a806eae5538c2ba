"""The iterate w_{k+1} = b w_k - c w_{k-1} of descent with momentum: its path, its rate and where it settles.

Model. With alpha lambda, the step times the curvature, called the stretch,

    heavy ball   b = 1 + beta - alpha lambda             c = beta
    nesterov     b = (1 + beta) (1 - alpha lambda)       c = beta (1 - alpha lambda)

and r_1, r_2 the roots of r^2 - b r + c = 0, from w_0 = 1 at rest w_k = S_k - c S_{k-1}, S_k the sum of r_1^i r_2^{k-i}.
The rate is the larger |r|; both are below 1 where |c| < 1 and |b| < 1 + c (Jury), and complex where b^2 < 4 c.

Sources: B. T. Polyak 1964, theorem 9 (optimum); G. Goh, Distill 2017 (stability, critical beta); Y. Nesterov 2004.
"""

import math

import numpy as np

from nnstudy.lab.experiment import Array


def recurrence(method: str, beta: Array | float, stretch: Array | float) -> tuple[Array, Array]:
    """b and c of w_{k+1} = b w_k - c w_{k-1}; `stretch` is alpha lambda, arrays are broadcast."""
    beta, stretch = np.broadcast_arrays(np.asarray(beta, float), np.asarray(stretch, float))
    if method == "nesterov":
        return (1 + beta) * (1 - stretch), beta * (1 - stretch)
    return 1 + beta - stretch, beta


def rate(method: str, beta: Array | float, stretch: Array | float) -> Array:
    """The factor per step in the long run: the spectral radius of the step's matrix, by its eigenvalues."""
    b, c = recurrence(method, beta, stretch)
    rows = np.stack([b, -c], -1), np.stack([np.ones_like(b), np.zeros_like(b)], -1)
    return np.asarray(np.abs(np.linalg.eigvals(np.stack(rows, -2))).max(-1), float)


def exact_path(method: str, beta: float, stretch: float, steps: int) -> Array:
    """w_0 ... w_steps from w_0 = 1 in closed form; accurate at a double root too, where S_k = (k + 1) r^k."""
    b, c = (float(value) for value in recurrence(method, beta, stretch))
    if abs(c) < 1e-300:
        return np.asarray(b ** np.arange(steps + 1.0))
    root = np.sqrt(b * b - 4 * c + 0j)
    larger = (b + root) / 2 if b >= 0 else (b - root) / 2
    logarithm = np.log(c / larger**2)
    terms = np.arange(steps + 2.0)
    sums = larger ** (terms - 1) * (np.expm1(terms * logarithm) / np.expm1(logarithm) if logarithm != 0 else terms)
    return np.asarray(np.real(sums[1:] - c * sums[:-1]))


def optimum(kappa: float) -> tuple[float, float]:
    """alpha and beta of the fastest heavy ball for curvatures 1 to kappa (Polyak 1964)."""
    root = math.sqrt(kappa)
    return 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2


def edge(method: str, beta: Array | float) -> Array:
    """The alpha lambda below which runs converge: both |r| < 1 (Jury's criterion)."""
    beta = np.asarray(beta, float)
    return np.asarray((2 + 2 * beta) / (1 + 2 * beta) if method == "nesterov" else 2 + 2 * beta)


def critical(method: str, stretch: Array | float) -> Array:
    """The beta past which a direction swings, and at which its rate is least; alpha lambda <= 1 with nesterov."""
    root = np.sqrt(stretch)
    return np.asarray((1 - root) / (1 + root) if method == "nesterov" else (1 - root) ** 2)
