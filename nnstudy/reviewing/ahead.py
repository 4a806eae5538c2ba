"""The cards that come next, read some at a time and kept as long as nobody changes the database."""

from collections.abc import Callable, Iterable
from datetime import datetime

from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store


class Ahead:
    """What was read ahead of one database; a card alone costs half of what a dozen cost together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mark = (-1, -1)
        self._cards: dict[str, StoredCard] = {}
        self._sections: dict[str, str] = {}

    def card(self, card: str, now: datetime, following: Callable[[datetime], Iterable[str]]) -> StoredCard | None:
        """The card of this id as it is now; None when there is none.

        `following` gives the cards that are likely next at a moment. They are read with it, but not right after a
        change: where others change the database all the time, nothing is read in vain.
        """
        self.check()
        if card not in self._cards:
            notes = self._store.notes
            alone = notes.card(card) if not self._sections else None
            found = [alone] if alone else notes.some({card, *following(now)})
            self._cards = {one.id: one for one in found}
            self._sections |= {one.id: one.section_id for one in found}
        return self._cards.get(card)

    def look(self, cards: Iterable[str]) -> list[StoredCard]:
        """These cards; those not read yet are read now, with the pages that their answers will be written on."""
        self.check()
        wanted = [*cards]
        if missing := [card for card in wanted if card not in self._cards]:
            for one in self._store.notes.some(missing):
                self._cards[one.id], self._sections[one.id] = one, one.section_id
                self._store.log.latest(one.id)
        return [self._cards[card] for card in wanted if card in self._cards]

    def check(self) -> None:
        """Forget what was read if anything has been changed since."""
        mark = self._store.mark()
        if mark != self._mark:
            self._mark, self._cards, self._sections = mark, {}, {}

    def knows(self, card: StoredCard) -> bool:
        """Whether this card is as it was read, right after a `check`."""
        return self._cards.get(card.id) is card

    def answered(self, card: str) -> None:
        """Take in that since the `check`, in the same transaction, this card has been changed and no other."""
        self._cards.pop(card, None)
        self._mark = (self._mark[0], self._store.connection.total_changes)

    def section_of(self, card: str) -> str | None:
        """The section of a card, for the order in which cards are asked."""
        return self._sections.get(card) or self._store.notes.section_of(card)
