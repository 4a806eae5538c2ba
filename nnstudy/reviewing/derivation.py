"""The schedule as the log and what a person said of cards lead to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby

from nnstudy.memory.moving import moved
from nnstudy.memory.scheduler import Memory, Scheduler
from nnstudy.store.store import Store


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

    def memories(self, chosen: bool = False) -> Iterator[tuple[str, Memory]]:
        """Every card with a review (of the chosen ones), in the order of ids, and what its reviews lead to."""
        own, moves = self.store.notes.own_retentions(), self.store.log.moves(chosen)
        for retention, histories in groupby(self.store.log.all_steps(chosen), lambda card: own.get(card[0])):
            for card, memory in self.scheduler(retention).replay_all(histories):
                yield card, moved(memory, moves.get(card), self.zone)
