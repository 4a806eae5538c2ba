"""What it costs to add a folder of 300 notes once more, when none of them has changed.

Run it with ``python tests/benchmarks/adding.py [NOTES [RUNS]]``; it prints a Markdown table. Each note is made of other
sections of the shipped one, so that all have texts of their own.
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from nnstudy import Study
from nnstudy.settings import shipped_note


def write_notes(folder: Path, notes: int) -> int:
    """The notes, and how many bytes they have."""
    chance = random.Random(1)
    sections = shipped_note().read_text(encoding="utf-8").split("\n## ")[1:]
    folder.mkdir()
    size = 0
    for number in range(notes):
        lines = "\n## ".join(chance.sample(sections, 2)).split("\n")
        text = "\n".join(f"{line} ({number})" if line.startswith(("Q:", "A:")) else line for line in lines)
        size += (folder / f"note{number}.md").write_text(f"# Note {number}\n\n## {text}\n", encoding="utf-8")
    return size


def seconds(study: Study, folder: Path) -> float:
    began = time.perf_counter()
    study.add(folder)
    return time.perf_counter() - began


def main() -> None:
    notes = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    first, again, one = [], [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, "notes")
            size = write_notes(folder, notes)
            with Study.open(Path(place, "home")) as study:
                study.experiments()  # loaded once, and no part of reading a note
                first.append(seconds(study, folder))
                again.append(seconds(study, folder))
                with (folder / "note0.md").open("a", encoding="utf-8") as file:
                    file.write("\none more line\n")
                one.append(seconds(study, folder))
                cards = len(study.cards())
    added = statistics.median(first)
    print(f"{notes} notes, {size / 1e6:.1f} MB, {cards:,} cards, median of {runs} runs\n")
    print("| what | seconds | of adding | at most |\n|---|---|---|---|")
    print(f"| add the folder | {added:.2f} | 1 | |")
    for name, times, limit in (("again, nothing changed", again, "0.05"), ("again, one note changed", one, "")):
        ratio = statistics.median(mine / whole for mine, whole in zip(times, first, strict=True))
        print(f"| {name} | {statistics.median(times):.3f} | {ratio:.3f} | {limit} |")


if __name__ == "__main__":
    main()
