"""Training small networks: ours, its matrix products alone, and PyTorch's three ways where it is installed."""

import importlib.util
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from nnstudy.lab.network import Perceptrons, replicas

NETS, WIDTHS, BATCH, STEPS, EVALUATED = 16, (2, 64, 64, 1), 128, 2000, 10


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """The least seconds of a few rounds."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def in_two(work: Callable[..., object], *given: object, rounds: int = 3) -> float:
    """The least seconds in which two processes, which stand ready, each do the work."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        twice = [[value] * 2 for value in given]
        list(pool.map(work, *twice, [100] * 2))  # loads all that is needed
        return best(lambda: list(pool.map(work, *twice)), rounds)


def train(nets: int, activation: str, steps: int = STEPS) -> None:
    """So many networks through all steps; every tenth step their losses are measured, as an experiment does."""
    net = Perceptrons(WIDTHS, replicas("benchmark", 0, nets), activation=activation)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((nets, BATCH, WIDTHS[0]), np.float32)
    y = np.sin(x.sum(axis=2, keepdims=True))
    for step in range(steps):
        net.step(x, y, 0.01)
        if step % EVALUATED == 0:
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


# --- PyTorch -------------------------------------------------------------------------------------------------------

INSTALLED = importlib.util.find_spec("torch") is not None


def stacked(nets: int, activation: str, threads: int, steps: int = STEPS) -> None:
    """All networks in stacked products."""
    import torch

    torch.set_num_threads(threads)
    phi = torch.relu if activation == "relu" else torch.tanh
    x = torch.randn(nets, BATCH, WIDTHS[0])
    y = torch.sin(x.sum(2, keepdim=True))
    shapes = list(itertools.pairwise(WIDTHS))
    W = [(torch.randn(nets, i, o) * (2 / i) ** 0.5).requires_grad_() for i, o in shapes]
    b = [torch.zeros(nets, 1, o, requires_grad=True) for _, o in shapes]
    optimizer = torch.optim.SGD([*W, *b], lr=0.01)

    def losses() -> "torch.Tensor":
        a = x
        for place in range(len(W)):
            a = torch.baddbmm(b[place], a, W[place])
            a = phi(a) if place < len(W) - 1 else a
        return ((a - y) ** 2).mean((1, 2)) / 2

    for step in range(steps):
        optimizer.zero_grad()
        losses().sum().backward()
        optimizer.step()
        if step % EVALUATED == 0:
            with torch.no_grad():
                losses()


def eager(activation: str, threads: int, steps: int = STEPS) -> None:
    """One network of the library's own layers."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    parts = [(nn.Linear(i, o), nn.ReLU() if activation == "relu" else nn.Tanh()) for i, o in itertools.pairwise(WIDTHS)]
    net = nn.Sequential(*itertools.chain(*parts))[:-1]
    x = torch.randn(BATCH, WIDTHS[0])
    y = torch.sin(x.sum(1, keepdim=True))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for step in range(steps):
        loss = ((net(x) - y) ** 2).mean() / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % EVALUATED == 0:
            with torch.no_grad():
                ((net(x) - y) ** 2).mean()


def torch_seconds(nets: int, activation: str, rounds: int) -> dict[str, float]:
    """Seconds of every way of PyTorch: stacked, in two processes, one after the other; of one network, eager."""
    threads = range(1, (os.cpu_count() or 1) + 1)
    for count in threads:
        stacked(nets, activation, count, 100)  # loads all that is needed
    one = min(best(lambda n=n: eager(activation, n), rounds) for n in threads)
    together = min(best(lambda n=n: stacked(nets, activation, n), rounds) for n in threads)
    if nets == 1:
        return {"eager": one, "stacked": together}
    return {
        "stacked": together,
        "two processes": in_two(stacked, nets // 2, activation, 1, rounds=rounds),
        "one after the other": nets * one,
    }
