"""How long the first due card and the answer to a key take, beside a Textual program that only says hello.

Run it with ``python tests/benchmarks/first_card.py [CARDS [RUNS]]``: it makes a database of CARDS cards (10,000), all
of them due or new, and prints a Markdown table of ratios, each taken pair by pair in one run on real pseudo-terminals.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support import Terminal

from nnstudy import Study
from nnstudy.memory.scheduler import Step

HELLO = """
from textual.app import App
from textual.widgets import Static

class Hello(App):
    BINDINGS = [("space", "answer", "Answer")]
    def compose(self):
        yield Static("hello there", id="hello")
    def action_answer(self):
        self.query_one("#hello", Static).update("the answer")

Hello().run()
"""
LIMITS = {"first paint": 1.6, "space to the answer": 2.0, "grade to the next card": 2.0}


def make_home(home: Path, cards: int) -> None:
    """A database with so many written cards in sections of ten; nine of ten have a history and are due."""
    home.mkdir(parents=True)
    note = home / "many.md"
    lines = ["# Many"]
    for section in range(cards // 10):
        lines += ["", f"## Dropout, part {section}", ""]
        lines += [f"Q: What is fact {section}-{place}?\nA: It is answer {section}-{place}.\n" for place in range(10)]
    note.write_text("\n".join(lines), encoding="utf-8")
    now, chance = datetime.now(UTC), random.Random(1)
    with Study.open(home, now=lambda: now) as study:
        study.add(note)
        scheduler = study.scheduler()
        with study.store.transaction():
            for card in study.cards():
                if chance.random() < 0.9:
                    then = now - timedelta(days=chance.randint(40, 80))
                    steps = [Step(then + timedelta(days=d), (then + timedelta(days=d)).date(), 3) for d in (0, 1, 5)]
                    study.store.log.schedule(card.id, scheduler.replay(card.id, steps))


def once(command: list[str], home: Path, wanted: str, keys: list[tuple[str, str]]) -> list[float]:
    """Seconds to the first paint, then from each key to the text that answers it."""
    began = time.perf_counter()
    # An installed program finds its byte code: a variable that forbids writing it must not be timed.
    terminal = Terminal(command, {"NNSTUDY_HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""}, 40, 120)
    try:
        times = []
        terminal.wait(wanted)
        times.append(terminal.seen - began)
        for key, text in keys:
            time.sleep(0.6)
            while terminal.pending():
                terminal.read()
            began = time.perf_counter()
            terminal.press(key)
            terminal.wait(text)
            times.append(terminal.seen - began)
        return times
    finally:
        terminal.kill()


def main() -> None:
    cards = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    with tempfile.TemporaryDirectory() as folder:
        home, hello = Path(folder, "home"), Path(folder, "hello.py")
        hello.write_text(HELLO)
        make_home(home, cards)
        ratios: dict[str, list[float]] = {name: [] for name in LIMITS}
        ours_times, bare_times = [], []
        for turn in range(runs + 1):
            ours = once(
                [sys.executable, "-m", "nnstudy", "review"], home, "What is fact",
                [(" ", "It is answer"), ("3", "reveals the answer")],
            )  # fmt: skip
            bare = once([sys.executable, str(hello)], home, "hello there", [(" ", "the answer")])
            if turn:  # the first pair warms the caches
                ours_times.append(ours)
                bare_times.append(bare)
                for name, mine, reference in zip(LIMITS, ours, [bare[0], bare[1], bare[1]], strict=True):
                    ratios[name].append(mine / reference)
    print(f"{cards:,} cards, {runs} pairs, {os.cpu_count()} cores\n")
    print("| what | ours, s | bare Textual, s | ratio (median) | at most |\n|---|---|---|---|---|")
    for place, name in enumerate(LIMITS):
        mine = statistics.median(times[place] for times in ours_times)
        reference = statistics.median(times[min(place, 1)] for times in bare_times)
        print(f"| {name} | {mine:.3f} | {reference:.3f} | {statistics.median(ratios[name]):.2f} | {LIMITS[name]} |")


if __name__ == "__main__":
    main()
