"""The schedule is derived anew: when it is asked for, by other parameters, or after logs were merged."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnstudy.clock import Clock
from nnstudy.reviewing.derivation import Derivation
from nnstudy.reviewing.schedulers import Schedulers
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.memory.fitting import Fit

Progress = Callable[[int, int], None]  # hears how many cards of how many are done


@dataclass(frozen=True)
class Rebuilding:
    """Brings the schedule of one database to what its log says; every method returns how many cards differed."""

    store: Store
    schedulers: Schedulers
    clock: Clock

    def rebuild(self, progress: Progress) -> int:
        """Derive every card's state."""
        with self.transaction():
            return self.derive(progress, changing=False)

    def schedule_by(self, parameters: Sequence[float], fit: "Fit | None", device: str, progress: Progress) -> int:
        """Let these parameters count from now on; `fit` is where they come from, if not from the program."""
        reviews = fit.trained + fit.held_out if fit else 0
        losses = (fit.loss_before, fit.loss_after) if fit else None
        with self.transaction():
            self.store.parameters.add(parameters, reviews, losses, self.clock.now(), device)
            return self.derive(progress, changing=False)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction to derive in; when it fails, other parameters that it brought do not count either."""
        with self.schedulers.as_before_if_it_fails(), self.store.transaction():
            yield

    def derive(self, progress: Progress, cards: Sequence[str] | None = None, *, changing: bool = True) -> int:
        """Derive the state of these cards (None: of all), inside a `transaction`.

        Of all in any case when a merge has brought other parameters. `changing`: the transaction has already changed
        the log or the schedule, so that no other connection sees them as they are now.
        """
        if self.schedulers.take_up():
            cards = None
        derivation = Derivation(self.store, self.schedulers, self.clock.zone)
        if cards is None:
            differing = set(derivation.derive_all(progress, changing=changing))
        else:
            differing = set(derivation.derive(cards, progress))
        differing.update(self.store.log.repair_states())
        for card in self.store.drafts.derive():
            self.store.notes.word_open(card, self.clock.now())
            differing.add(card)
        return len(differing)
