"""Untrained networks of infinite width: what a layer does to the size of a signal, to a gradient and to an angle.

Model. z_l = W_l a_{l-1}, a_l = phi(z_l), biases zero, width n, Var(W) = sigma_w^2 / n, |a_0|^2 = n. As n grows the z of
a layer become normal of variance s_l, and the gradient's norm gains the factor sqrt(chi_l) from z_{l+1} back to z_l:

    s_1 = sigma_w^2,    s_{l+1} = sigma_w^2 E phi(sqrt(s_l) g)^2,    chi_l = sigma_w^2 E phi'(sqrt(s_l) g)^2,

g standard normal. He-ReLU layers take two inputs of cosine c to the cosine

    c' = (sqrt(1 - c^2) + c (pi - arccos c)) / pi >= c,

and a ReLU is dead, off for all of B inputs whose z have the cosine c, with the probability E Phi(-sqrt(c/(1-c)) g)^B.

Sources: Poole et al. (2016), Schoenholz et al. (2017) (s, chi); Cho and Saul (2009), eq. 6 (cosine).
"""

import math
from functools import cache

import numpy as np

from nnstudy.lab import network
from nnstudy.lab.experiment import Array

NODES = np.linspace(-12, 12, 480)  # the trapezoid rule is exact to rounding here; ReLU's kink is between two nodes,
WEIGHTS = np.exp(-(NODES**2) / 2) * (NODES[1] - NODES[0]) / math.sqrt(2 * math.pi)  # and narrow slopes are not missed


def moments(activation: str, variance: float) -> Array:
    """E phi^2, E phi^4, E phi'^2, E phi'^4 and E phi^2 phi'^2 for normal z of this variance."""
    a = network.activate(activation, math.sqrt(variance) * NODES)
    slopes = network.slope(activation, a, np.empty_like(a))
    return np.array([WEIGHTS @ values for values in (a**2, a**4, slopes**2, slopes**4, (a * slopes) ** 2)])


@cache
def signals(activation: str, variance: float, depth: int) -> tuple[Array, Array]:
    """s_1 ... s_depth, and chi_1 ... chi_depth, for weights of this variance sigma_w^2."""
    s, chi = [variance], []
    for _ in range(depth):
        square, _, slope_square, *_ = moments(activation, s[-1])
        s.append(variance * float(square))
        chi.append(variance * float(slope_square))
    return np.array(s[:-1]), np.array(chi)


def next_cosine(c: Array | float) -> Array:
    """The mean cosine after one He-ReLU layer."""
    c = np.clip(c, -1.0, 1.0)
    return np.asarray((np.sqrt(1 - c * c) + c * (np.pi - np.arccos(c))) / np.pi)


def cosines(c: float, depth: int) -> Array:
    """The cosine before layer 1 and after layers 1 ... depth."""
    found = [np.asarray(c)]
    for _ in range(depth):
        found.append(next_cosine(found[-1]))
    return np.array(found)


@cache
def dead_share(depth: int, batch: int) -> Array:
    """Probability in layers 1 ... depth that a ReLU is off for a whole batch of inputs at right angles."""
    found = []
    for c in cosines(0.0, depth)[:-1]:
        lean = math.sqrt(c / (2 * (1 - c)))
        off = np.array([math.erfc(lean * g) / 2 for g in NODES])
        found.append(float(WEIGHTS @ off**batch))
    return np.array(found)
