"""How many whole days a card waits, spread by a little chance, and how a wait is told in few letters."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnstudy.memory.scheduler import Memory

UNFUZZED_BELOW = 2.5
FUZZ_SHARES = ((2.5, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, math.inf, 0.05))
MONTH, YEAR = 365 * 86_400 / 12, 365 * 86_400
UNITS: tuple[tuple[float, str, float, int], ...] = (  # up to so many seconds, the unit, its seconds, parts shown of it
    (60, "s", 1, 1), (3600, "m", 60, 1), (86_400, "h", 3600, 10), (MONTH, "d", 86_400, 1), (YEAR, "mo", MONTH, 10),
    (math.inf, "y", YEAR, 10),
)  # fmt: skip


def interval_bounds(interval: float, shortest: int, longest: int, *, fuzz: bool) -> tuple[int, int]:
    """The least and the most whole days that an interval may become.

    As Anki has it: an interval is first brought between `shortest` and `longest`; from 2.5 days on, fuzz moves it by a
    day at most, and by 15 % of its days from 2.5 to 7, 10 % of those to 20 and 5 % of those beyond.
    """
    interval = min(max(interval, shortest), longest)
    spread = 0.0
    if fuzz and interval >= UNFUZZED_BELOW:
        for start, end, share in FUZZ_SHARES:
            if interval > start:
                spread += share * (min(interval, end) - start)
        spread += 1
    return max(shortest, _round(interval - spread)), min(longest, _round(interval + spread))


def interval_words(memory: Memory, at: datetime, day: date) -> str:
    """How long a card waits, seen from a moment of a local day, in Anki's few letters: 6m, 3d, 2.1mo, 1.4y."""
    if memory.due_day is not None:
        seconds = (memory.due_day - day).total_seconds()
    else:
        seconds = ((memory.due_at or at) - at).total_seconds()
    if seconds <= 0:
        return "now"
    _, unit, size, parts = next(found for found in UNITS if seconds < found[0])
    return f"{_round(seconds / size * parts) / parts:g}{unit}"


def _round(value: float) -> int:
    return math.floor(value + 0.5)
