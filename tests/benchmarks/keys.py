"""How long a key takes to be answered on the screen, while an experiment runs and while none does."""

import asyncio
import gc
import random
import tempfile
import time
from typing import Any

import numpy as np
from textual import events
from textual.pilot import Pilot

from nnstudy.study import Study
from nnstudy.tui.app import StudyApp
from nnstudy.tui.widgets.inspector import Inspector

PAUSE = 0.05, 0.4  # seconds from one answer to the next key: short ones hold frames back, long ones let them come
KEY = "right_square_bracket", "]"  # turns to the next panel of the figure


class Paints:
    """Notes which panel an app painted last, and when."""

    def __init__(self, app: StudyApp, figure: Inspector) -> None:
        self.panel: int | None = None
        self.at = 0.0
        display = app._display

        def noted(*given: Any) -> None:
            display(*given)
            self.panel, self.at = figure._panel, time.perf_counter()

        app._display = noted  # type: ignore[method-assign]


def answered(app: StudyApp, paints: Paints, figure: Inspector, rng: random.Random, running: bool) -> float | None:
    """Seconds from a key, given in a thread as keys are, to the first paint after it; None where the run ended."""
    time.sleep(rng.uniform(*PAUSE))
    while running and not (figure.running and figure.frame is not None and figure.frame.step > 0):
        time.sleep(0.01)
    paints.panel = figure._panel
    run, before, began = figure._run, figure._panel, time.perf_counter()
    app.post_message(events.Key(*KEY))
    while paints.panel == before or paints.at < began:
        time.sleep(0.0002)
    return paints.at - began if not running or (figure.running and figure._run is run) else None


async def run_on(pilot: Pilot[None], figure: Inspector) -> None:
    """Start a run whenever none goes on."""
    while True:
        if not figure.running:
            pilot.app.screen.action_run()
        await asyncio.sleep(0.02)


async def measure(experiment: str, count: int) -> tuple[list[float], list[float]]:
    """Seconds of so many keys while nothing runs, and while the experiment does."""
    rng = random.Random(0)
    found: tuple[list[float], list[float]] = ([], [])
    gc.disable()  # as the program starts: it freezes what a start makes, and collects again
    with tempfile.TemporaryDirectory() as home, Study.open(home) as study:
        app = StudyApp(study, start="lab", experiment=experiment)
        async with app.run_test(size=(120, 40)) as pilot:
            while not app.screen.query(Inspector):
                await asyncio.sleep(0.05)
            figure = app.screen.query_one(Inspector)
            paints = Paints(app, figure)
            await pilot.press("r")
            while figure.running or figure.frame is None:
                await asyncio.sleep(0.05)
            for times, running in zip(found, (False, True), strict=True):
                runs = asyncio.create_task(run_on(pilot, figure)) if running else None
                while len(times) < count:
                    seconds = await asyncio.to_thread(answered, app, paints, figure, rng, running)
                    times += [] if seconds is None else [seconds]
                if runs is not None:
                    runs.cancel()
    return found


def row(experiment: str, count: int) -> list[str]:
    """Median and 99th percentile, idle and running, in milliseconds; the ratios of both."""
    idle, busy = (np.array(times) * 1000 for times in asyncio.run(measure(experiment, count)))
    (a, b), (c, d) = np.percentile(idle, (50, 99)), np.percentile(busy, (50, 99))
    return [experiment, f"{a:.0f}, {b:.0f}", f"{c:.0f}, {d:.0f}", f"{c / a:.2f}", f"{d / b:.2f}"]
