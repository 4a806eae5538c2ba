"""No handler holds the event loop for long, whatever screen is opened on a database of some size.

What is measured is the time that the loop's own thread worked between two turns of the loop, not what the clock says:
other programs of the machine do not disturb it. Importing a module the first time is the machine's work and not a
handler's, so the walk is walked twice, and the second time counts.
"""

import asyncio
import gc
import sys
import time
from pathlib import Path

import pytest
from support import until

from nnstudy.study import Study
from nnstudy.tui.app import StudyApp

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from big import fill
from watchdog import Watchdog

CARDS, REVIEWS = 3_000, 4
MOST = 0.05  # seconds
WALKS = {
    "today": ("down", "down", "up"),
    "review": ("space", "3", "space", "3", "u"),
    "library": ("b", "down", "right", "down", "tab", "down", "pagedown", "end", "2", "q"),
    "memory": ("m", "right_square_bracket", "right_square_bracket", "q"),
    "progress": ("p", "right_square_bracket", "right_square_bracket", "right_square_bracket", "q"),
    "runs": ("h", "down", "q"),
    "settings": ("comma", "down", "down", "pagedown", "q"),
    "help": ("question_mark", "escape"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sizeable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sizeable")
    fill(home, CARDS, REVIEWS)
    return home


async def walk(pilot, keys, watchdog=None) -> None:
    for key in keys:
        if watchdog is not None:
            watchdog.key = key
        await pilot.press(key)
        await pilot.pause()
        progress = pilot.app.screen
        if hasattr(progress, "whole"):
            await until(pilot, lambda screen=progress: screen.whole)


async def test_the_watchdog_barks():
    with Watchdog() as watchdog:

        async def hold() -> None:
            began = time.thread_time()
            while time.thread_time() - began < 2 * MOST:
                pass

        await asyncio.create_task(hold())
    assert watchdog.worst > MOST


@pytest.mark.parametrize("name", WALKS)
async def test_no_handler_holds_the_loop(sizeable, name):
    with Study.open(sizeable) as study:
        app = StudyApp(study, start="review" if name == "review" else "today")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause(0.3)
            keys = WALKS[name]
            await walk(pilot, keys)
            gc.collect()
            gc.freeze()  # as the program does once it has started
            with Watchdog() as watchdog:
                await walk(pilot, keys, watchdog)
            gc.unfreeze()
    assert watchdog.worst < MOST, f"{1000 * watchdog.worst:.0f} ms after {watchdog.after}"
