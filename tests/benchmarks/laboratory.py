"""Everything that the laboratory is to be measured by, as Markdown tables; in a few minutes.

Run it with ``python tests/benchmarks/laboratory.py [--readme README.md] [--quick]``: with ``--readme`` the tables are
written into that file, between two comments. Where PyTorch is installed, it does the same work in the same run.
"""

import argparse
import importlib.metadata
import os
import platform
import sys
import time
import tracemalloc
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

import nnstudy  # noqa: F401, I001 (before NumPy, whose threads it sets)
import numpy as np

import keys
import sweep
import training
from nnstudy.lab.experiment import MOST_MEMORY, Experiment, discover
from tables import publish, table

WORDS = {"relu": "ReLU", "tanh": "tanh"}


def moments(experiment: Experiment, values: dict[str, object]) -> list[float]:
    """Seconds between the frames of a run, the way to the first one first."""
    seen = [time.perf_counter()]
    for _ in experiment.run(experiment.make(values), 0):
        seen.append(time.perf_counter())
    return [float(gap) for gap in np.diff(seen)]


def experiments(rounds: int) -> str:
    """First frame, longest gap and whole run of every experiment at its defaults; its memory at its largest."""
    rows = []
    for name, experiment in discover().items():
        runs = [moments(experiment, {}) for _ in range(rounds)]
        first, gap, whole = (min(map(of, runs)) for of in (lambda r: r[0], lambda r: max(r[1:]), sum))
        largest = {p.name: p.high for p in experiment.parameters if p.type == "int"}
        tracemalloc.start()
        moments(experiment, largest)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        rows.append([name, f"{first * 1000:.0f}", f"{gap * 1000:.0f}", f"{whole:.2f}", f"{peak / 2**20:.0f}"])
    head = ["experiment", "first frame, ms (at most 150)", "longest gap, ms (at most 100)", "run, s (at most 3)"]
    return table([*head, f"memory at the largest parameters, MiB (at most {MOST_MEMORY // 2**20})"], rows)


def trained(rounds: int) -> str:
    """Ours beside its own matrix products, and beside PyTorch's best way."""
    rows = []
    for nets, activation in ((n, a) for n in (training.NETS, 1) for a in WORDS):
        alone = training.products(nets)
        ours = {"one process": training.best(lambda n=nets, a=activation: training.train(n, a), rounds)}
        if nets > 1:
            ours["two processes"] = training.in_two(training.train, nets // 2, activation, rounds=rounds)
        row = [str(nets), WORDS[activation], ", ".join(f"{s:.2f} {way}" for way, s in ours.items())]
        row.append(f"{ours['one process'] / alone:.2f}")
        if training.INSTALLED:
            theirs = training.torch_seconds(nets, activation, rounds)
            row.append(", ".join(f"{s:.2f} {way}" for way, s in theirs.items()))
            row.append(f"{min(ours.values()) / min(theirs.values()):.2f}")
        rows.append(row if training.INSTALLED else [*row, "not installed", ""])
    version = importlib.metadata.version("torch") if training.INSTALLED else "2.13"
    head = ["networks", "activation", "nnstudy, s", "one process to its products alone (at most 2.5)"]
    return table([*head, f"PyTorch {version}, s", "best to best (at most 0.5; one network 0.3)"], rows)


def pressed(count: int) -> str:
    """A key while experiments run, beside the same key while nothing does."""
    head = ["while it runs", "nothing runs: median, 99 %, ms", "running, ms", "ratio of medians"]
    rows = [keys.row(name, count) for name in ("dropout", "overfitting")]
    return table([*head, "ratio of 99 % (at most 1.5)"], rows)


def swept(rounds: int, count: int) -> str:
    """A sweep in one process and in two."""
    one, two = (min(sweep.seconds("momentum", count, n) for _ in range(rounds)) for n in (1, 2))
    head = ["experiment", "runs", "one process, s", "two, s", "ratio (at most 0.55)"]
    return table(head, [["momentum", count, f"{one:.1f}", f"{two:.1f}", f"{two / one:.2f}"]])


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--readme", type=Path, help="write the tables into this file")
    wanted.add_argument("--quick", action="store_true", help="one round of everything, for trying this file")
    given = wanted.parse_args()
    rounds, count = (1, 20) if given.quick else (3, 200)
    nets = f"{training.NETS} networks {'-'.join(map(str, training.WIDTHS))}, batch {training.BATCH}"
    text = "\n\n".join((
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, NumPy {np.__version__}. Every experiment:",
        experiments(rounds),
        f"Training {nets}, {training.STEPS:,} steps with the losses measured every {training.EVALUATED}th:",
        trained(rounds),
        f"A key that turns the figure's panel, to the first paint that answers it ({count} keys each):",
        pressed(count),
        "A sweep in worker processes:",
        swept(rounds, count),
    ))  # fmt: skip
    publish(given.readme, "figures of the laboratory", text)


if __name__ == "__main__":
    main()
