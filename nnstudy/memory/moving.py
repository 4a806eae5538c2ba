"""A due date that a person has set: it counts until the card is reviewed again."""

from datetime import date, datetime, tzinfo
from typing import NamedTuple

from nnstudy.memory.scheduler import Memory, day_begins


class Move(NamedTuple):
    """A card is to be due on a local day; `last_at` is the moment of the last review that was known then."""

    day: date
    last_at: datetime


def moved(memory: Memory, move: Move | None, zone: tzinfo | None) -> Memory:
    """The memory with the due date that was set, unless another review has come since; nothing else changes.

    A card in its learning steps waits until that day begins.
    """
    if move is None or memory.last_at != move.last_at or memory.last_day is None:
        return memory
    if memory.due_day is None:
        return memory._replace(due_at=day_begins(move.day, zone))
    return memory._replace(due_day=move.day, interval=max(1, (move.day - memory.last_day).days))
