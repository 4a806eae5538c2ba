"""A line on the terminal that says how long a command will still take."""

import time
from collections.abc import Callable
from typing import Self, TextIO

from nnstudy.words import Pace

ROOM = 60


class ProgressLine:
    """How much is done of what takes long, and how long the rest will take, in one line that is written over.

    Nothing is said within the first `patience` seconds. `clock` gives seconds; what was done before the first call does
    not count for the pace.
    """

    def __init__(
        self, out: TextIO, what: str, patience: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out, self._what, self._patience = out, what, patience
        self._clock = clock
        self._began = 0.0
        self._pace: Pace | None = None
        self._painted: float | None = None

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        if self._pace is None:
            self._began, self._pace = now, Pace(now, done)
        left = self._pace.left(now, done, total)
        fresh = self._painted is not None and now - self._painted < 0.1
        if fresh or now - self._began < self._patience or not self._out.isatty():
            return
        self._painted = now
        said = f"{done:,} of {total:,} {self._what}", left
        self._out.write("\r" + ", ".join(filter(None, said)).ljust(ROOM))
        self._out.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._painted is not None:
            self._out.write("\r" + " " * ROOM + "\r")
            self._out.flush()
