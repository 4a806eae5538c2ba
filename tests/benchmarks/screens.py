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
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
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
from watchdog import Watchdog

CARDS, EACH = 100_000, 10
CHARACTERS = {"space": " "}
REST, PATIENCE = 0.1, 2.0  # seconds without a paint after which a key is answered; to wait for one


class Hello(App[None]):
    """A bare program: a key changes its one line."""

    turn = 0

    def compose(self) -> ComposeResult:
        yield Static("hello there", id="hello")

    def key_n(self) -> None:
        self.turn += 1
        self.query_one("#hello", Static).update(f"the answer {self.turn}")


class Durable(Hello):
    """The same, where a row is on the disk before the line changes: what an answer must wait for, and no more."""

    def __init__(self, database: sqlite3.Connection) -> None:
        super().__init__()
        self.database = database

    def key_n(self) -> None:
        self.database.execute("INSERT INTO answer VALUES (?)", (self.turn,))
        super().key_n()


@dataclass
class Times:
    """Seconds from each key to the first paint after it: by the clock, and of this thread's work; and to the last."""

    wall: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)

    def __iadd__(self, other: "Times") -> "Times":
        self.wall += other.wall
        self.work += other.work
        self.last += other.last
        return self

    def every_other(self, begin: int) -> "Times":
        """Those of every second key."""
        return Times(self.wall[begin::2], self.work[begin::2], self.last[begin::2])

    def percentiles(self, of: str) -> tuple[float, float]:
        """Median and 99th percentile, in milliseconds."""
        a, b = np.percentile(np.array(getattr(self, of)) * 1000, (50, 99))
        return float(a), float(b)


async def pressed(app: App[None], keys: Sequence[str], count: int) -> Times:
    """How long the paints take that answer so many keys, turn by turn; keys that nothing answers are left out."""
    display, paints = app._display, []

    def noted(screen: Any, update: Any) -> None:
        display(screen, update)
        if update is not None:
            paints.append((time.perf_counter(), time.thread_time()))

    app._display = noted  # type: ignore[method-assign]
    found = Times()
    for turn in range(count):
        key = keys[turn % len(keys)]
        paints.clear()
        wall, work = time.perf_counter(), time.thread_time()
        app.post_message(events.Key(key, CHARACTERS.get(key, key if len(key) == 1 else None)))
        while (now := time.perf_counter()) - (paints[-1][0] if paints else wall) < (REST if paints else PATIENCE):
            await asyncio.sleep(0.02 if paints else max(0.0, min(0.02, wall + PATIENCE - now)))
        if paints:  # a key that changes nothing here, such as up on the first line, is not counted
            found += Times([paints[0][0] - wall], [paints[0][1] - work], [paints[-1][0] - wall])
    app._display = display  # type: ignore[method-assign]
    return found


@asynccontextmanager
async def opened(study: Study, start: str) -> AsyncIterator[StudyApp]:
    """The program on one of its first screens, once what it loads and counts in threads is there."""
    screen, _, experiment = start.partition(" ")
    app = StudyApp(study, start=screen, experiment=experiment or None)
    async with app.run_test(size=(120, 40)):
        await asyncio.sleep(3)
        yield app


async def press(app: App[None], key: str, rest: float) -> None:
    """Press a key and wait."""
    app.post_message(events.Key(key, CHARACTERS.get(key, key if len(key) == 1 else None)))
    await asyncio.sleep(rest)


async def on_screen(home: Path, way: Sequence[str], keys: Sequence[str], count: int, start: str) -> tuple[Times, Times]:
    """Times of keys on the screen to which a way of keys leads, and of a bare program just before and after."""
    bare = await bare_keys(Hello(), count // 2)
    gc.disable()  # as the program starts: it freezes what a start makes, and collects again
    with Study.open(home) as study:
        async with opened(study, start) as app:
            for key in way:
                await press(app, key, 3)
            ours = await pressed(app, keys, count)
    bare += await bare_keys(Hello(), count // 2)
    return ours, bare


async def bare_keys(app: Hello, count: int) -> Times:
    """Times of keys in a bare program."""
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.3)
        return await pressed(app, ["n"], count)


async def durable_keys(home: Path, count: int) -> tuple[Times, Times]:
    """Times of keys in a bare program that commits a row at each, and in one that does not just before and after."""
    with closing(sqlite3.connect(home / "bare.db", isolation_level=None)) as database:
        database.executescript(ROOMY)
        bare = await bare_keys(Hello(), count // 2)
        durable = await bare_keys(Durable(database), count)
        bare += await bare_keys(Hello(), count // 2)
    (home / "bare.db").unlink()
    return durable, bare


# The log has its full size from the beginning, as in a session: where it grows, a commit waits longer.
ROOMY = """PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE answer (turn);
    INSERT INTO answer VALUES (zeroblob(4000000)); PRAGMA wal_checkpoint;"""

UP_DOWN = ("down", "up")
SCREENS: dict[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "Today, another line": ("today", (), UP_DOWN),
    "Review, reveal": ("review", (), ("space", "3")),
    "Review, grade": ("review", (), ("space", "3")),
    "Laboratory, into the form and out": ("lab dropout", (), ("tab", "shift+tab")),
    "Laboratory, another field": ("lab dropout", ("tab",), ("tab", "shift+tab")),
    "Laboratory, a digit in a field": ("lab dropout", ("tab",), ("1", "backspace")),
    "Laboratory, another panel": ("lab dropout", ("r",), ("right_square_bracket", "left_square_bracket")),
    "Laboratory, another step of the run": ("lab dropout", ("r",), ("comma", "full_stop")),
    "Laboratory, a step in the figure": ("lab dropout", ("r", "c"), ("right", "left")),
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
        if len(ours.wall) < count / 2:
            rows.append([name, f"only {len(ours.wall)} of {count} keys were answered by a paint"])
            continue
        if start == "review":
            ours = ours.every_other(name.endswith("grade"))
        rows.append(row(name, ours, bare))
    rows.append(row("a bare program that commits a row", *asyncio.run(durable_keys(home, count))))
    head = ["key to its first paint", "nnstudy: median, 99 %, ms", "bare Textual, ms", "ratio of medians", "of 99 %"]
    return table([*head, "to the last paint, ms", "of it the loop's own work: nnstudy, bare, ms"], rows)


def row(name: str, ours: Times, bare: Times) -> list[str]:
    """What one screen's keys cost, beside those of the bare program."""
    (a, b), (c, d), (last, _) = ours.percentiles("wall"), bare.percentiles("wall"), ours.percentiles("last")
    (e, _), (f, _) = ours.percentiles("work"), bare.percentiles("work")
    return [
        name, f"{a:.1f}, {b:.1f}", f"{c:.1f}, {d:.1f}", f"{a / c:.2f}", f"{b / d:.2f}", f"{last:.0f}",
        f"{e:.1f}, {f:.1f}",
    ]  # fmt: skip


WALKS: dict[str, tuple[str, Sequence[str]]] = {
    "Today": ("today", ("down", "down", "space", "up")),
    "Review": ("review", ("space", "3", "space", "1", "u")),
    "Laboratory": ("lab dropout", ("tab", "tab", "shift+tab", "shift+tab", "r", "right_square_bracket")),
    "Library": ("today", ("b", "down", "right", "down", "tab", "down", "pagedown", "end", "home", "2", "q", "q")),
    "Progress": ("today", ("p", *["right_square_bracket"] * 11, "q")),
    "Memory": ("today", ("m", *["right_square_bracket"] * 4, "q")),
    "Kept runs": ("today", ("h", "down", "q")),
    "Open questions": ("today", ("o", "down", "q")),
    "Settings": ("today", ("comma", "down", "pagedown", "end", "q")),
    "Help": ("today", ("question_mark", "escape")),
}


async def held(home: Path, start: str, walk: Sequence[str]) -> Watchdog:
    """The longest that the event loop was held while the program stood open, and after keys."""
    gc.disable()
    with Study.open(home) as study:
        async with opened(study, start) as app:
            with Watchdog() as watchdog:
                for key in walk:
                    watchdog.key = key
                    await press(app, key, 3 if key in ("b", "p", "m", "r") else 0.5)
    return watchdog


def holds(home: Path) -> str:
    """The longest work between two turns of the event loop, on every screen."""
    rows = []
    for name, (start, walk) in WALKS.items():
        dog = asyncio.run(held(home, start, walk))
        rows.append([name, f"{1000 * dog.worst:.0f}", dog.after])
    return table(["the event loop was held on", "at most, ms (aim: 50)", "after the key"], rows)


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


async def drawn(home: Path) -> tuple[float, float, float]:
    """Seconds from the key that opens Progress to its first figure and to all of them; and of the processors' work."""
    with Study.open(home) as study:
        async with opened(study, "today") as app:
            began, worked, first = time.perf_counter(), time.process_time(), 0.0
            app.post_message(events.Key("p", "p"))
            while not getattr(app.screen, "whole", False) or app.screen._dirty_widgets:
                await asyncio.sleep(0.002)
                if not first and getattr(app.screen, "pages", ()):
                    first = time.perf_counter() - began
            return first, time.perf_counter() - began, time.process_time() - worked


def progress(home: Path, rounds: int) -> str:
    """Progress: its first figures and all of them, beside one plain scan of the log, and Anki's statistics."""
    scan = "SELECT count(*), sum(rating), max(day) FROM review NOT INDEXED"
    with Study.open(home) as study:
        plain = best(lambda: study.store.connection.execute(scan).fetchone(), rounds + 1)
        study.store.connection.execute("DELETE FROM log_columns")
    _, unread, worked = asyncio.run(drawn(home))  # it keeps columns of the log, from which the others read
    first, whole, works = (min(times) for times in zip(*(asyncio.run(drawn(home)) for _ in range(rounds)), strict=True))
    theirs = anki_graphs.seconds(home / "nnstudy.db", home, rounds)
    rows = [
        ["one plain scan of the log in SQLite", f"{plain:.2f}", ""],
        ["on the screen: first figures", f"{first:.2f}", f"{first / plain:.1f}"],
        [f"on the screen: all figures (at most 1 s; {works:.2f} s of the processors)", f"{whole:.2f}"]
        + [f"{whole / plain:.1f}"],
        [f"the same, when nothing of the log was ever read ({worked:.2f} s of the processors)", f"{unread:.2f}"]
        + [f"{unread / plain:.1f}"],
        [f"Anki's library, `graphs` (ours to it: {whole / theirs:.2f}, at most 1)", f"{theirs:.2f}"]
        + [f"{theirs / plain:.1f}"],
    ]  # fmt: skip
    return table([f"Progress, the best of {rounds}", "s", "plain scans"], rows)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--readme", type=Path, help="write the tables into this file")
    wanted.add_argument("--quick", action="store_true", help="fewer cards and keys, for trying this file")
    wanted.add_argument("--home", type=Path, help="a data folder that an earlier call has filled, or is to fill")
    given = wanted.parse_args()
    cards, count, rounds = (2_000, 12, 1) if given.quick else (CARDS, 60, 3)
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder, "home")
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "nnstudy.db").exists():
            fill(home, cards, EACH)
        with closing(sqlite3.connect(home / "nnstudy.db")) as db:
            cards, reviews = (db.execute(f"SELECT count(*) FROM {of}").fetchone()[0] for of in ("card", "review"))
        text = "\n\n".join((
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {cards:,} cards, {reviews:,} reviews, "
            f"load {os.getloadavg()[0]:.1f} at the start. {count} keys each on screens of 120 by 40, headless; the aim "
            "is a ratio of 1.3:",
            keys(home, count), holds(home), first_paint(home, 2 * rounds + 1), progress(home, rounds),
        ))  # fmt: skip
    publish(given.readme, "figures of the screens", text)


if __name__ == "__main__":
    main()
