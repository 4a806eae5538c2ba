"""Other due days for many cards at once: a backlog spread over days, or all of them moved by as many days.

Nothing is lost and no card is asked before today; the reviews themselves, and so the memories, stay what they are.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from nnstudy.memory.scheduler import Memory, Scheduler


class Waiting(NamedTuple):
    """A card in review: the day it is due, its stability in days, the day of its last review."""

    card: str
    due: date
    stability: float
    last_day: date


def spread(
    scheduler: Scheduler, waiting: Sequence[Waiting], today: date, days: int, easy_days: Collection[int] = ()
) -> dict[str, date]:
    """A day from today on, within so many days, for each card that is due: the days become as even as they can.

    What is due later stays, and counts for its day. The cards whose retrievability would fall the most by waiting to
    the end come first. On `easy_days` (weekdays, 0 is Monday) none is put where another day is there.
    """
    late = [card for card in waiting if card.due <= today]
    order = sorted(late, key=lambda card: (-_loss(scheduler, card, today, days), card.card))
    chosen = [today + timedelta(days=place) for place in range(days)]
    load = dict.fromkeys(chosen, 0)
    for card in waiting:
        if card.due in load and card.due > today:
            load[card.due] += 1
    open_days = [day for day in chosen if day.weekday() not in easy_days] or chosen
    places = iter(order)
    return {next(places).card: day for day, room in _rooms(load, open_days, len(order)).items() for _ in range(room)}


def shift(waiting: Sequence[Waiting], today: date, days: int) -> dict[str, date]:
    """Each card's due day moved by so many days, on or back; what is late counts as due today, none is due before."""
    moved = {card.card: max(today, max(today, card.due) + timedelta(days=days)) for card in waiting}
    return {card.card: moved[card.card] for card in waiting if moved[card.card] != card.due}


def _loss(scheduler: Scheduler, card: Waiting, today: date, days: int) -> float:
    """How far the retrievability of a card falls while it waits for so many days."""
    memory = Memory(stability=card.stability, last_day=card.last_day)
    now, then = (scheduler.retrievability(memory, day) or 0.0 for day in (today, today + timedelta(days=days)))
    return now - then


def _rooms(load: Mapping[date, int], days: Sequence[date], count: int) -> dict[date, int]:
    """How many of `count` cards each day takes: the fullest is as low as can be, the earlier days take the rest."""
    low, high = 0, max((load[day] for day in days), default=0) + count
    while low < high:  # the least level at which all cards find room
        level = (low + high) // 2
        if sum(max(0, level - load[day]) for day in days) >= count:
            high = level
        else:
            low = level + 1
    rooms, left = {}, count
    below = {day: max(0, low - 1 - load[day]) for day in days}
    extra = count - sum(below.values())
    for day in days:
        one_more = extra > 0 and load[day] < low
        rooms[day] = min(left, below[day] + one_more)
        extra, left = extra - one_more, left - rooms[day]
    return rooms


def by_day(waiting: Sequence[Waiting], moved: Mapping[str, date], today: date, days: int) -> list[tuple[int, int]]:
    """How many cards are due on each of the coming days, before and after; what is late counts for today."""
    found = [[0, 0] for _ in range(days)]
    for card in waiting:
        for which, due in enumerate((card.due, moved.get(card.card, card.due))):
            place = (max(today, due) - today).days
            if place < days:
                found[place][which] += 1
    return [(before, after) for before, after in found]
