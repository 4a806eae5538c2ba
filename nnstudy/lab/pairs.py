"""Fair comparisons: networks paired by replica, both sides at the best learning rate of the same grid.

Whoever compares two ways of training at one learning rate compares the rates that suit them. Here each side is trained
at every rate of a grid, its rate is chosen by the loss on what it was trained on, and the losses on new data at that
rate are compared replica by replica: equal random numbers, equal examples, equal number of steps. A network that
diverged has an infinite loss. Where both sides learn at one rate that the learner sets, `Pairs` does the same.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnstudy.lab.experiment import Array, Line, Measurement, Panel, Points, Reference
from nnstudy.lab.layers import Snapshot
from nnstudy.lab.network import Perceptrons, Real, snapshot

BLOCK = 50  # examples at once
LARGEST = 1e12  # loss that is told apart from one of a network that diverged
TRIALS = 32  # behind a published share, where it is a multiple of 1/16 or 1/32
Examples = tuple[Real, Real]  # inputs (R, N, inputs) and targets (R, N, outputs)


class TunedPairs:
    """Two stacks of networks at every rate of a grid; side 0 or 1 has examples of its own, to learn from and new."""

    def __init__(
        self,
        make: Callable[[int], Perceptrons],
        train: tuple[Examples, Examples],
        new: tuple[Examples, Examples],
        rates: Sequence[float],
        momentum: float = 0.9,
    ) -> None:
        self.train, self.new, self.rates, self.momentum = train, new, rates, momentum
        self.networks = [[make(side) for _ in rates] for side in (0, 1)]
        self.steps: list[int] = []
        self.losses: list[Array] = []
        self.evaluate(0)

    def evaluate(self, step: int) -> None:
        """Keep the losses by side, rate, examples (learned, new) and replica: (2, rates, 2, R)."""
        with np.errstate(over="ignore", invalid="ignore"):
            found = [
                [[net.loss(*examples[side]) for examples in (self.train, self.new)] for net in stacks]
                for side, stacks in enumerate(self.networks)
            ]
        self.steps.append(step)
        self.losses.append(bounded(np.array(found)))

    def advance(self, steps: int) -> None:
        """So many full-batch steps of every network at its rate."""
        with np.errstate(over="ignore", invalid="ignore"):
            for stacks, examples in zip(self.networks, self.train, strict=True):
                for net, rate in zip(stacks, self.rates, strict=True):
                    for _ in range(steps):
                        net.step(*examples, rate, self.momentum)
        self.evaluate(self.steps[-1] + steps)

    def best(self) -> list[int]:
        """The place of each side's best rate, by its present median loss on what it learns from."""
        return [int(place) for place in np.median(self.losses[-1][:, :, 0], axis=2).argmin(axis=1)]

    def snapshot(self, side: int, name: str) -> Snapshot:
        """What stands in the first network of a side, at the middle one of the rates."""
        middle = len(self.rates) // 2
        return snapshot(self.networks[side][middle], *self.train[side], f"{name}, rate {self.rates[middle]:g}, pair 1")

    def tuned(self) -> tuple[list[float], Array]:
        """The best rate of each side and the losses at it on new data, (2, R)."""
        best = self.best()
        return [self.rates[place] for place in best], self.losses[-1][(0, 1), best, 1]

    def learned(self) -> Array:
        """The losses at the best rates on what was learned from, (2, R)."""
        return self.losses[-1][(0, 1), self.best(), 0]

    def curves(self, names: Sequence[str]) -> Panel:
        """Median losses by step of both sides, at the rates that are the best now."""
        medians = np.median(self.losses, axis=4)[:, (0, 1), self.best()]
        steps, styles, lines = np.array(self.steps, float), ("dotted", "solid"), []
        for side, name in enumerate(names):
            for examples, label in enumerate((f"{name}, learned", name)):
                lines.append(Line(steps, medians[:, side, examples], label, styles[examples]))
        return Panel("Loss on new and on learned data", "step", "loss", tuple(lines), y_log=True)


class Pairs:
    """Two stacks of networks, paired by replica, that learn from the same examples; `names` label their curves."""

    def __init__(
        self,
        networks: tuple[Perceptrons, Perceptrons],
        names: tuple[str, str],
        train: tuple[Real, Real],
        test: tuple[Real, Real],
        rate: float,
    ) -> None:
        self.networks, self.names, self.train, self.test, self.rate = networks, names, train, test, rate
        self.steady = True  # nothing was changed on the way
        self.steps: list[int] = []
        self.losses: list[list[Real]] = []
        self.evaluate(0)

    def evaluate(self, step: int) -> None:
        """Keep the losses (R,) without masks: first on train, first on test, second on train, second on test.

        A network that diverged has an infinite loss.
        """
        self.steps.append(step)
        examples = (self.train, self.test)
        with np.errstate(over="ignore", invalid="ignore"):
            losses = [loss_by_blocks(net, *both) for net in self.networks for both in examples]
        self.losses.append([np.nan_to_num(loss, nan=np.inf) for loss in losses])

    def heed(self, changed: Any) -> None:
        """Go on at the learning rate of parameters that were changed on the way, if they were."""
        if changed is not None:
            self.rate, self.steady = changed.rate, False

    def advance(self, steps: int) -> None:
        """So many full-batch steps of all networks with momentum .9, then an evaluation."""
        with np.errstate(over="ignore", invalid="ignore"):
            for net in self.networks:
                for _ in range(steps):
                    net.step(*self.train, self.rate, 0.9)
        self.evaluate(self.steps[-1] + steps)

    def curves(self) -> Panel:
        """Median losses over the replicas, by step."""
        steps = np.array(self.steps, float)
        medians: Real = np.median(self.losses, axis=2)
        lines = []
        for place, name in enumerate(self.names):
            lines.append(Line(steps, medians[:, 2 * place], f"{name}, training", "dotted"))
            lines.append(Line(steps, medians[:, 2 * place + 1], name))
        return Panel("Loss on new data; dotted: training", "step", "loss", tuple(lines), y_log=True)

    def snapshot(self, which: int) -> Snapshot:
        """What stands in the first network of the first (0) or second (1) stack."""
        return snapshot(self.networks[which], *self.train, f"{self.names[which]}, pair 1")

    def dots(self, title: str, index: int) -> Panel:
        """Differences of the final loss, first less second stack, by replica: 0 of the training, 1 of new data."""
        with np.errstate(invalid="ignore"):
            difference = self.losses[-1][index] - self.losses[-1][2 + index]
        marks = (Points(np.arange(1.0, len(difference) + 1), difference, "one pair"), Reference(0.0))
        return Panel(title, "replica", "difference of the loss", marks)


def loss_by_blocks(net: Perceptrons, x: Real, target: Real) -> Array:
    """The loss (R,) of every replica, from so few examples at once that BLAS shares no product among threads.

    Shared, it rounds otherwise, and a result would depend on the number of threads.
    """
    starts = range(0, x.shape[1], BLOCK)
    losses = [net.loss(x[:, start : start + BLOCK], target[:, start : start + BLOCK]) for start in starts]
    return np.average(losses, axis=0, weights=[min(BLOCK, x.shape[1] - start) for start in starts])


def median(losses: Array) -> float:
    """The median of `bounded` losses: infinite where most networks diverged."""
    found = float(np.median(losses))
    return math.inf if found >= LARGEST else found


def bounded(loss: Real) -> Array:
    """A loss whose logarithm can be taken: that of a network that diverged is `LARGEST`."""
    return np.asarray(np.clip(np.nan_to_num(loss, nan=np.inf), 1e-12, LARGEST), float)


def published(name: str, measured: float, share: float, count: int, source: str, trials: int = TRIALS) -> Measurement:
    """A share of `count` trials of our own beside a published share of about `trials`: binomial, 4 sd of both.

    Two trials of each outcome are added to the published ones (Agresti and Coull 1998), so that a share of 1 is not
    taken for a certainty.
    """
    likely = (share * trials + 2) / (trials + 4)
    slack = 4 * math.sqrt(likely * (1 - likely) * (1 / count + 1 / trials))
    return Measurement(name, measured, share, slack, source)


def strip(title: str, axis: str, differences: Array, label: str = "one pair") -> Panel:
    """The difference in every pair, so that the spread is seen beside the winner."""
    dots = Points(np.arange(1.0, len(differences) + 1), np.asarray(differences, float), label)
    return Panel(title, "replica", axis, (dots, Reference(0.0)))
