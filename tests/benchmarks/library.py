"""How long the event loop is held, and keys wait, in the library over a large database.

Run it with ``python tests/benchmarks/library.py [CARDS [REVIEWS_EACH [HOME]]]``; HOME is a database made before.
It prints a Markdown table: each step, until it stands on the screen, and the longest time that the loop was held then.
"""

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from big import fill
from textual import events

from nnstudy.study import Study
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.leaf import LeafScreen
from nnstudy.tui.screens.library import LibraryScreen
from nnstudy.tui.widgets.cardtable import CardTable

LONGEST = 0.05


class Watchdog:
    """Notes how long the event loop was held at most."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last - 0.001)
            last = now

    def take(self) -> float:
        """The longest since the last time."""
        longest, self.longest = self.longest, 0.0
        return longest


async def steps(home: Path) -> None:
    """Print each step, its seconds, and the longest hold."""
    gc.disable()  # as the program starts: it freezes what a start makes, and collects again
    with Study.open(home) as study:
        app = StudyApp(study)
        async with app.run_test(size=(120, 40)) as pilot:
            await asyncio.sleep(4)  # Today is counted
            dog = Watchdog()

            async def step(name: str, keys: list[str], done: Callable[[], object]) -> None:
                dog.take()
                began = time.perf_counter()
                for key in keys:
                    letter = {"space": " "}.get(key, key if len(key) == 1 else None)
                    app.post_message(events.Key(key, letter))
                    await asyncio.sleep(0.03)
                while not done() and time.perf_counter() - began < 20:
                    await asyncio.sleep(0.005)
                took = time.perf_counter() - began
                await asyncio.sleep(0.3)
                print(f"| {name} | {took:.2f} | {1000 * dog.take():.0f} | {1000 * LONGEST:.0f} |", flush=True)

            await step("open", ["b"], lambda: app.screen.query(CardTable) and app.screen.table.line)
            screen = app.screen
            assert isinstance(screen, LibraryScreen)
            table = screen.table
            await step("the tree", [], lambda: screen.shelf.root.children)
            await step("into the table", ["tab"], lambda: screen.leaf)
            await step("the last card", ["end"], lambda: table.line)
            await step("50 rows up", ["up"] * 50, lambda: table.line)
            await step("sort by due", ["4"], lambda: table.order == "due")
            await step("sort by question", ["1"], lambda: table.order == "question")
            await step("search: answer 77", ["slash", *"answer"], lambda: True)
            await step("… found", ["space", *"77"], lambda: len(table.numbers) < 20_000 and table.line)
            await step("one card", ["enter", "enter"], lambda: isinstance(app.screen, LeafScreen) and app.screen.leaf)
            await step("its curve", ["right_square_bracket"], lambda: app.screen.query("PanelPlot"))
            await step("back", ["q"], lambda: app.screen is screen)
            await step("search away", ["escape"], lambda: len(table.numbers) > 20_000)
            await step("mark all", ["a"], lambda: table.marked)
            await step("suspend all", ["s"], lambda: not screen._busy)
            await step("undo", ["u"], lambda: not screen._busy)
            await pilot.pause()


def main() -> None:
    cards, each = (int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((1, 100_000), (2, 10)))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(folder)
        if len(sys.argv) <= 3:
            fill(home, cards, each)
        print("| step | seconds | loop held at most, ms | at most |\n|---|---|---|---|")
        asyncio.run(steps(home))


if __name__ == "__main__":
    main()
