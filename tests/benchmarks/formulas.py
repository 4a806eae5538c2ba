"""What reading formulas costs, beside pylatexenc's parse of the same ones; and what the first one costs.

Run it with ``python tests/benchmarks/formulas.py [FORMULAS]``: it takes the hand-checked ones and those of the shipped
note, each with another number behind it so that none is remembered, 4,000 in all, and prints a Markdown table.
"""

import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from nnstudy.notes import tree
from nnstudy.notes.math import readable, spans

ROOT = Path(__file__).parents[2]
FIRST = (
    "import sys, time; from nnstudy.notes.math import readable; began = time.perf_counter(); "
    r"readable(r'\frac{1}{2}'); print(time.perf_counter() - began)"
)


def formulas(count: int) -> list[str]:
    lines = (ROOT / "tests/fixtures/formulas.txt").read_text(encoding="utf-8").splitlines()
    known = [line for line in lines if line and line[0] not in " #"]
    note = (ROOT / "content/neural-networks.md").read_text(encoding="utf-8")
    known += [latex for _, _, latex, _ in spans(note)]
    return [f"{known[place % len(known)]} + {place}" for place in range(count)]


def main() -> None:
    taken = formulas(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)
    began = time.perf_counter()
    for latex in taken:
        tree.parsed(latex)
    parse = time.perf_counter() - began
    began = time.perf_counter()
    for latex in taken:
        readable(latex)
    read = time.perf_counter() - began
    began = time.perf_counter()
    for latex in taken[-1000:]:
        readable(latex)
    again = (time.perf_counter() - began) * len(taken) / 1000
    first = float(subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True).stdout)
    print(f"{len(taken):,} formulas of {sum(map(len, taken)) / len(taken):.0f} characters\n")
    print("| what | s | beside parsing |\n|---|---|---|")
    for what, seconds in (("pylatexenc's parse", parse), ("read", read), ("read again", again), ("the first", first)):
        print(f"| {what} | {seconds:.3f} | {seconds / parse:.2f} |")


if __name__ == "__main__":
    main()
