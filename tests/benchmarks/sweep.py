"""How much faster a sweep of 200 runs is in two processes than in one.

Run it with ``python tests/benchmarks/sweep.py [EXPERIMENT [SEEDS [ROUNDS]]]``: it prints a Markdown table with the
ratio of the two shortest times of all rounds, the start of the processes included, and exits 1 when the aim is missed.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from nnstudy.experimenting.sweeps import carry_out, make_plan
from nnstudy.lab.experiment import find

AIM = 0.55


def seconds(experiment: str, seeds: int, workers: int) -> float:
    """How long every run of the plan takes with so many worker processes."""
    plan = make_plan(find(experiment), {}, seeds=seeds)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = carry_out(plan, Path(folder), lambda done, total: None, workers, None)
        assert not done.failures
        return time.perf_counter() - began


def main() -> None:
    experiment = sys.argv[1] if len(sys.argv) > 1 else "momentum"
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    one, two = map(min, zip(*([seconds(experiment, seeds, n) for n in (1, 2)] for _ in range(rounds)), strict=True))
    print("| sweep | one process, s | two, s | ratio | aim |\n|---|---|---|---|---|")
    print(f"| {experiment}, {seeds} runs | {one:.1f} | {two:.1f} | {two / one:.2f} | {AIM} |")
    sys.exit(two / one > AIM)


if __name__ == "__main__":
    main()
