"""Everything that the screens are to be measured by with many cards and reviews, as Markdown tables; in a few minutes.

Run it with ``python tests/benchmarks/screens.py [--readme README.md] [--quick]``: with ``--readme`` the tables are
written into that file, between two comments. Beside each figure stands the same of a Textual program that only says
hello, or of Anki's own library, taken in the same run.
"""

import argparse
import asyncio
import gc
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import nnstudy  # noqa: F401, I001 (before NumPy, whose threads it sets)
import numpy as np
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

import anki_graphs
from big import fill
from first_card import HELLO, once
from nnstudy import Study
from nnstudy.tui.app import StudyApp
from tables import publish, table

CARDS, EACH = 100_000, 10
CHARACTERS = {"space": " "}


class Hello(App[None]):
    """A bare program: a key changes its one line."""

    turn = 0

    def compose(self) -> ComposeResult:
        yield Static("hello there", id="hello")

    def key_n(self) -> None:
        self.turn += 1
        self.query_one("#hello", Static).update(f"the answer {self.turn}")


async def pressed(app: App[None], keys: Sequence[str], count: int) -> tuple[list[float], list[float]]:
    """Seconds from each of so many keys, turn by turn, to the paint after it: by the clock, and of this processor."""
    painted, display, at = asyncio.Event(), app._display, [0.0, 0.0]

    def noted(screen: Any, update: Any) -> None:
        display(screen, update)
        if update is None or painted.is_set():
            return
        at[:] = time.perf_counter(), time.thread_time()
        painted.set()

    app._display = noted  # type: ignore[method-assign]
    walls, works = [], []
    for turn in range(count):
        key = keys[turn % len(keys)]
        await asyncio.sleep(0.06)
        painted.clear()
        wall, work = time.perf_counter(), time.thread_time()
        app.post_message(events.Key(key, CHARACTERS.get(key, key if len(key) == 1 else None)))
        try:
            await asyncio.wait_for(painted.wait(), 2)
        except TimeoutError:  # a key that changes nothing here, such as up on the first line, is not counted
            continue
        walls.append(at[0] - wall)
        works.append(at[1] - work)
    app._display = display  # type: ignore[method-assign]
    if len(walls) < count / 2:
        raise SystemExit(f"of {count} keys {keys} only {len(walls)} were answered by a paint on {app.screen}")
    return walls, works


async def on_screen(home: Path, way: Sequence[str], keys: Sequence[str], count: int, start: str) -> tuple[Any, Any]:
    """Times of keys on the screen to which a way of keys leads, and of a bare program just before and after."""
    bare: tuple[list[float], list[float]] = ([], [])

    async def hello() -> None:
        async with (app := Hello()).run_test(size=(120, 40)) as pilot:
            await pilot.pause(0.3)
            for all_of_them, more in zip(bare, await pressed(app, ["n"], count // 2), strict=True):
                all_of_them += more

    await hello()
    gc.disable()  # as the program starts: it freezes what a start makes, and collects again
    with Study.open(home) as study:
        screen, _, experiment = start.partition(" ")
        app = StudyApp(study, start=screen, experiment=experiment or None)
        async with app.run_test(size=(120, 40)) as pilot:
            await asyncio.sleep(2)  # what is counted, loaded and backed up in threads is done
            for key in way:
                await pilot.press(key)
                await asyncio.sleep(3)
            ours = await pressed(app, keys, count)
    await hello()
    return ours, bare


UP_DOWN = ("down", "up")
SCREENS: dict[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "Today, another line": ("today", (), UP_DOWN),
    "Review, reveal": ("review", (), ("space", "3")),
    "Review, grade": ("review", (), ("space", "3")),
    "Laboratory, another field": ("lab dropout", (), ("tab", "shift+tab")),
    "Library, another section": ("today", ("b",), UP_DOWN),
    "Library, another card": ("today", ("b", "tab"), UP_DOWN),
    "Progress, another figure": ("today", ("p",), ("right_square_bracket", "left_square_bracket")),
    "Memory, another figure": ("today", ("m",), ("right_square_bracket", "left_square_bracket")),
    "Settings, another line": ("today", ("comma",), UP_DOWN),
}


def keys(home: Path, count: int) -> str:
    """Median and 99th percentile of a key on each screen, beside the same of a bare program."""
    rows = []
    for name, (start, way, given) in SCREENS.items():
        ours, bare = asyncio.run(on_screen(home, way, given, count, start))
        if start == "review":
            ours = tuple(times[name.endswith("grade") :: 2] for times in ours)
        (a, b), (c, d) = (np.percentile(np.array(of[0]) * 1000, (50, 99)) for of in (ours, bare))
        (e, _), (f, _) = (np.percentile(np.array(of[1]) * 1000, (50, 99)) for of in (ours, bare))
        rows.append(
            [name, f"{a:.1f}, {b:.1f}", f"{c:.1f}, {d:.1f}", f"{a / c:.2f}", f"{b / d:.2f}", f"{e:.1f}, {f:.1f}"]
        )
    head = ["key", "nnstudy: median, 99 %, ms", "bare Textual, ms", "ratio of medians (at most 1.3)"]
    return table([*head, "of 99 % (at most 1.3)", "work of the processor: nnstudy, bare, ms"], rows)


def first_paint(home: Path, pairs: int) -> str:
    """The first due card, beside a bare program's first paint, on real pseudo-terminals."""
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder, "hello.py")
        hello.write_text(HELLO)
        ours, bare = [], []
        for turn in range(pairs + 1):
            mine = once([sys.executable, "-m", "nnstudy", "review"], home, "What is fact", [])[0]
            theirs = once([sys.executable, str(hello)], home, "hello there", [])[0]
            if turn:  # the first pair warms the caches
                ours.append(mine)
                bare.append(theirs)
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    row = ["first due card", f"{statistics.median(ours):.2f}", f"{statistics.median(bare):.2f}", f"{ratio:.2f}"]
    return table(
        ["first paint", "nnstudy, s", "bare Textual, s", f"ratio, median of {pairs} pairs (at most 1.5)"], [row]
    )


def best(of: Callable[[], Any], rounds: int) -> float:
    """The least seconds of some rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        of()
        times.append(time.perf_counter() - began)
    return min(times)


def progress(home: Path, rounds: int) -> str:
    """Progress: its first figures and all of them, beside one plain scan of the log, and Anki's statistics."""
    from nnstudy.insight.progress_figure import pages

    scan = "SELECT count(*), sum(rating), max(day) FROM review NOT INDEXED"
    with Study.open(home) as study:
        plain = best(lambda: study.store.connection.execute(scan).fetchone(), rounds + 1)
        first = best(lambda: pages(*next(study.stats_in_steps())), 1)
        works = time.process_time()
        whole = best(lambda: [pages(*step) for step in study.stats_in_steps()], rounds)
        works = (time.process_time() - works) / rounds
    theirs = anki_graphs.seconds(home / "nnstudy.db")
    rows = [
        ["one plain scan of the log in SQLite", f"{plain:.2f}", ""],
        ["first figures", f"{first:.2f}", f"{first / plain:.1f}"],
        [f"all figures (at most 1 s; {works:.2f} s of the processors)", f"{whole:.2f}", f"{whole / plain:.1f}"],
        [
            f"Anki's library, `graphs` (ours to it: {whole / theirs:.2f}, at most 1)",
            f"{theirs:.2f}",
            f"{theirs / plain:.1f}",
        ],
    ]
    return table(["Progress", "s", "plain scans"], rows)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--readme", type=Path, help="write the tables into this file")
    wanted.add_argument("--quick", action="store_true", help="fewer cards and keys, for trying this file")
    wanted.add_argument("--home", type=Path, help="a data folder that an earlier call has filled, or is to fill")
    given = wanted.parse_args()
    cards, count, rounds = (2_000, 20, 1) if given.quick else (CARDS, 40, 2)
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder, "home")
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "nnstudy.db").exists():
            fill(home, cards, EACH)
        reviews = sqlite3.connect(home / "nnstudy.db").execute("SELECT count(*) FROM review").fetchone()[0]
        text = "\n\n".join((
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {cards:,} cards, {reviews:,} reviews, "
            f"load {os.getloadavg()[0]:.1f} at the start. {count} keys each, headless:",
            keys(home, count),
            first_paint(home, 2 * rounds + 1),
            progress(home, rounds),
        ))  # fmt: skip
    publish(given.readme, "figures of the screens", text)


if __name__ == "__main__":
    main()
