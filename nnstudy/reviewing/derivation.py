"""The schedule as the log and what a person said of cards lead to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from nnstudy.memory.moving import Move, moved
from nnstudy.memory.scheduler import Memory, Scheduler, day_begins
from nnstudy.store.records import damaged, stamp
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.memory.replay import Memories, Whole
    from nnstudy.store.whole import Part

FEW = 20  # cards that are always derived one by one
DEARER = 20  # so many times as long takes a card alone
EPOCH = date(1970, 1, 1)
NEW: Mapping[str, Any] = {
    "state": "new", "step": 0, "stability": None, "difficulty": None, "due_at": "", "due_day": "", "interval_days": 0,
    "first_day": "", "last_day": "", "last_at": "", "reviews": 0, "lapses": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Derivation:
    """Replays the reviews of one database; `zone` is where days begin."""

    store: Store
    scheduler: Callable[[float | None], Scheduler]
    zone: tzinfo | None

    def memory(self, card: str, retention: float | None) -> Memory:
        """What one card's reviews lead to, at its own desired retention (None: that of the settings)."""
        log = self.store.log
        return moved(self.scheduler(retention).replay(card, log.steps(card)), log.move(card), self.zone)

    def derive(
        self, cards: Sequence[str], progress: Callable[[int, int], None] = lambda done, total: None
    ) -> list[str]:
        """Bring the schedule of these cards to what their reviews lead to; returns the cards that differed."""
        log, notes = self.store.log, self.store.notes
        if len(cards) > FEW and len(cards) * DEARER > log.cards():
            return self.derive_all(progress, changing=True)
        own = notes.own_retentions() if len(cards) > FEW else {card: notes.own_retention(card) for card in cards}
        return [card for card in cards if log.schedule(card, self.memory(card, own.get(card)))]

    def derive_all(
        self, progress: Callable[[int, int], None] = lambda done, total: None, *, changing: bool
    ) -> list[str]:
        """The same for all cards; `changing`: this transaction has already changed reviews or the schedule."""
        try:
            return self._derive_parts(progress, changing)
        except (IndexError, ValueError, OverflowError) as trouble:
            raise damaged(f"a log that cannot be replayed ({trouble})") from trouble

    def _derive_parts(self, progress: Callable[[int, int], None], changing: bool) -> list[str]:
        from nnstudy.store.whole import parts

        log, differing, done = self.store.log, list[str](), 0
        path = None if changing else self.store.path
        with parts(self.store.connection, path, log.all_anew_since()) as found:
            own, moves, total = self.store.notes.own_retentions(), log.moves(), log.cards()
            for part in found:
                progress(done, total)
                schedule = self._schedule(part, own, moves)
                if not part.is_cached(schedule):
                    differing += log.correct(part.cards, schedule)
                done += len(part.cards)
        progress(total, total)
        return differing

    def _schedule(self, part: Part, own: Mapping[str, float], moves: Mapping[str, Move]) -> dict[str, list[Any]]:
        """What the schedule is to say of each card of a part, column by column; "" for no day or moment."""
        from nnstudy.memory.replay import replay

        cards = part.histories.cards
        if not cards:
            return {name: [value] * len(part.cards) for name, value in NEW.items()}
        usual = self.scheduler(None)
        retentions = [own.get(card, usual.policy.desired_retention) for card in cards]
        schedule = _columns(part, replay(usual, part.histories, retentions))
        for place in (place for place, card in enumerate(cards) if card in moves):
            self._move(schedule, place, moves[cards[place]])
        if len(cards) == len(part.cards):
            return schedule
        places = part.reviewed.tolist()
        return {name: _among(len(part.cards), places, schedule[name], value) for name, value in NEW.items()}

    def _move(self, schedule: Mapping[str, list[Any]], place: int, move: Move) -> None:
        """`moved`, in columns."""
        if schedule["last_at"][place] != stamp(move.last_at):
            return
        if not schedule["due_day"][place]:
            schedule["due_at"][place] = stamp(day_begins(move.day, self.zone))
            return
        schedule["due_day"][place] = move.day.isoformat()
        waits = (move.day - date.fromisoformat(schedule["last_day"][place])).days
        schedule["interval_days"][place] = max(1, waits)


def _columns(part: Part, memories: Memories) -> dict[str, list[Any]]:
    """The columns of the schedule for the cards that have reviews."""
    import numpy as np

    from nnstudy.store.digits import moments

    histories = part.histories
    first_day, last_day = histories.day[histories.begins], histories.day[histories.ends - 1]
    due_at, due_day = [""] * len(last_day), _iso(last_day + memories.interval)
    waiting = np.flatnonzero(memories.wait >= 0)
    due = moments(part.last_at)[waiting] + memories.wait[waiting].astype("timedelta64[ms]")
    for place, at in zip(waiting.tolist(), np.datetime_as_string(due, unit="ms").tolist(), strict=True):
        due_at[place], due_day[place] = f"{at}Z", ""
    return {
        "state": list(memories.state), "step": memories.step.tolist(), "stability": memories.stability.tolist(),
        "difficulty": memories.difficulty.tolist(), "due_at": due_at, "due_day": due_day,
        "interval_days": memories.interval.tolist(), "first_day": _iso(first_day), "last_day": _iso(last_day),
        "last_at": part.last_at.astype("U24").tolist(), "reviews": histories.of_each.tolist(),
        "lapses": memories.lapses.tolist(),
    }  # fmt: skip


def _iso(days: Whole) -> list[str]:
    """Days since 1970 in ISO form; many cards share few days."""
    import numpy as np

    different, place = np.unique(days, return_inverse=True)
    texts = np.array([(EPOCH + timedelta(day)).isoformat() for day in different.tolist()], object)
    found: list[str] = texts[place].tolist()
    return found


def _among(count: int, places: Sequence[int], values: Sequence[Any], other: Any) -> list[Any]:
    """So many of the `other` value, but these at their places."""
    found = [other] * count
    for place, value in zip(places, values, strict=True):
        found[place] = value
    return found
