"""What the experiments cost: each at its defaults, and the training of small networks beside its own arithmetic.

Run it with ``python tests/benchmarks/experiments.py``; it prints Markdown tables. Where PyTorch is installed, its best
way of training the same networks is timed in the same run.
"""

import importlib.util
import itertools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

import nnstudy  # noqa: F401, I001 (before NumPy, whose threads it sets)
import numpy as np

from nnstudy.lab.experiment import discover
from nnstudy.lab.network import Perceptrons, replicas

NETS, WIDTHS, BATCH, STEPS = 16, (2, 64, 64, 1), 128, 2000


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """The least seconds of a few rounds."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def experiments() -> None:
    """First frame, frames a second and the whole run of every experiment."""
    print("| experiment | first frame, ms (at most 150) | longest gap, ms (at most 100) | run, s (at most 3) |")
    print("|---|---|---|---|")
    for name, experiment in discover().items():
        moments = [time.perf_counter()]
        for _ in experiment.run(experiment.make(), 0):
            moments.append(time.perf_counter())
        gaps = np.diff(moments) * 1000
        print(f"| {name} | {gaps[0]:.0f} | {gaps[1:].max():.0f} | {moments[-1] - moments[0]:.2f} |")


def train(nets: int, activation: str) -> None:
    """So many networks through all steps, with the loss measured every tenth step as an experiment does."""
    net = Perceptrons(WIDTHS, replicas("benchmark", 0, nets), activation=activation)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((nets, BATCH, WIDTHS[0]), np.float32)
    y = np.sin(x.sum(axis=2, keepdims=True))
    for step in range(STEPS):
        net.step(x, y, 0.01)
        if step % 10 == 0:
            net.loss(x, y)


def products(nets: int) -> float:
    """Seconds that the matrix products of that training take alone: forward, for the weights, and back."""
    rng = np.random.default_rng(0)
    layers = list(itertools.pairwise(WIDTHS))
    arrays = [[rng.standard_normal((nets, BATCH, n), np.float32) for n in pair] for pair in layers]
    weights = [rng.standard_normal((nets, *pair), np.float32) for pair in layers]

    def one_step() -> None:
        for place, ((a, delta), W) in enumerate(zip(arrays, weights, strict=True)):
            np.matmul(a, W, out=delta)
            np.matmul(a.swapaxes(1, 2), delta)
            if place:
                np.matmul(delta, W.swapaxes(1, 2))

    return best(lambda: [one_step() for _ in range(STEPS // 10)]) * 10


def torch_seconds(nets: int, activation: str) -> float:
    """PyTorch's better way: all networks in stacked products, or one after the other."""
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    phi = torch.relu if activation == "relu" else torch.tanh
    x = torch.randn(nets, BATCH, WIDTHS[0])
    y = torch.sin(x.sum(2, keepdim=True))

    def run(x: "torch.Tensor", y: "torch.Tensor") -> None:
        shapes = list(itertools.pairwise(WIDTHS))
        W = [(torch.randn(len(x), i, o) * (2 / i) ** 0.5).requires_grad_() for i, o in shapes]
        b = [torch.zeros(len(x), 1, o, requires_grad=True) for _, o in shapes]
        optimizer = torch.optim.SGD([*W, *b], lr=0.01)
        for _ in range(STEPS):
            a = x
            for place in range(len(W)):
                a = torch.baddbmm(b[place], a, W[place])
                a = phi(a) if place < len(W) - 1 else a
            loss = ((a - y) ** 2).mean((1, 2)).sum() / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def one_by_one() -> None:
        for place in range(nets):
            run(x[place : place + 1], y[place : place + 1])

    return min(best(lambda: run(x, y), 1), best(one_by_one, 1) if nets > 1 else np.inf)


def training() -> None:
    """Ours beside its own matrix products, and beside PyTorch where it is installed."""
    has_torch = importlib.util.find_spec("torch") is not None
    print(f"\n{NETS} networks {'-'.join(map(str, WIDTHS))}, batch {BATCH}, {STEPS} steps, {os.cpu_count()} cores\n")
    print("| networks | activation | ours, s | products alone, s | ratio (at most 2.5) | ratio to PyTorch |")
    print("|---|---|---|---|---|---|")
    for nets in (NETS, 1):
        alone = products(nets)
        for activation in ("relu", "tanh"):
            ours = best(lambda n=nets, a=activation: train(n, a), 2)
            torch = f"{ours / torch_seconds(nets, activation):.2f}" if has_torch else "not installed"
            print(f"| {nets} | {activation} | {ours:.2f} | {alone:.2f} | {ours / alone:.2f} | {torch} |")


if __name__ == "__main__":
    experiments()
    training()
