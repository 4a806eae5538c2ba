"""Laws of chi-squared variables: their logarithm, and the ratio chi2_a / chi2_m with a = min(n, p), m = |n - p| + 1.

The ratio is cot^2 of an angle whose density on (0, pi/2) is proportional to sin^{m-1} cos^{a-1}: a beta variable's.
Source: N. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions, 2nd ed. 1995, chapters 18, 25 and 27.
"""

import math

import numpy as np

from nnstudy.lab.experiment import Array


def log_chi2(k: int) -> tuple[float, float]:
    """Mean and variance of log chi2_k, by the recurrences of the digamma and trigamma functions at k/2."""
    start, digamma, trigamma = 1.0, -np.euler_gamma, math.pi**2 / 6
    if k % 2:
        start, digamma, trigamma = 0.5, -np.euler_gamma - 2 * math.log(2), math.pi**2 / 2
    below = np.arange(start, k / 2)
    return float(digamma + (1 / below).sum() + math.log(2)), float(trigamma - (1 / below**2).sum())


def ratio_moments(n: int, p: int) -> tuple[float, float]:
    """Mean and variance of chi2_a / chi2_m, a = min(n, p), m = |n - p| + 1; infinite where they do not exist."""
    a, m = min(n, p), abs(n - p) + 1
    mean = a / (m - 2) if m > 2 else math.inf
    return mean, a * (a + 2) / ((m - 2) * (m - 4)) - mean**2 if m > 4 else math.inf


def ratio_quantiles(n: int, p: int, shares: Array) -> Array:
    """The values below which chi2_a / chi2_m stays with the given chances."""
    a, m = min(n, p), abs(n - p) + 1
    angle = (np.arange(4000) + 0.5) * math.pi / 8000
    chance = np.cumsum(np.sin(angle) ** (m - 1) * np.cos(angle) ** (a - 1))
    found = np.interp(1 - shares, chance / chance[-1], angle + angle[0])
    return np.asarray(1 / np.tan(found) ** 2)


def chi2_share(k: int, deviations: float) -> float:
    """What chi2_k / k exceeds as rarely as a normal variable exceeds so many deviations (Wilson and Hilferty 1931).

    A variance that is estimated from k + 1 networks is that skewed: symmetric deviations would fail it too often.
    """
    return float((1 - 2 / (9 * k) + deviations * (2 / (9 * k)) ** 0.5) ** 3)
