"""How long the handlers of an event loop keep its thread at work."""

import asyncio
import time


class Watchdog:
    """Notes which callback of a loop kept its thread at work the longest.

    It counts the thread's own work between two turns of the loop, not what the clock says: other programs of the
    machine, and other threads, do not disturb it.
    """

    def __init__(self) -> None:
        self.worst, self.after = 0.0, ""  # the longest, and the key after which it came
        self.key = ""

    def __enter__(self) -> "Watchdog":
        self._run = run = asyncio.events.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            try:
                run(handle)
            finally:
                spent = time.thread_time() - began
                if spent > self.worst:
                    self.worst, self.after = spent, self.key

        asyncio.events.Handle._run = timed  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.events.Handle._run = self._run  # type: ignore[method-assign]
