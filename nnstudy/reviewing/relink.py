"""What a person corrects: that a text is a card that it was not taken for, or is not the card that it was taken for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nnstudy.errors import StudyError
from nnstudy.store.records import LINKED, PARTED, StoredCard, Undone
from nnstudy.store.store import Store

NAME_BOTH = "name the card with the history first, and the one with its present text second"


@dataclass(frozen=True)
class Relinking:
    """Corrects which card is which. Nothing is taken from the log: ids change places, and every reading heeds it."""

    store: Store
    now: Callable[[], datetime]
    device: str

    def relink(self, old: str, new: str) -> None:
        """The text that is the card `new` is the card `old`: they change places.

        `old` goes on with the text and place of `new`; `new` is retired when `old` was, else it goes where `old` stood.
        Each keeps the reviews that it had.
        """
        ours, theirs = self.store.notes.known(old), self.store.notes.known(new)
        if ours.id == theirs.id:
            raise StudyError(f"card {old!r} is itself already; name the retired card first and the present one second")
        if theirs.retired:
            raise StudyError(
                f"no note has card {new!r} any more; name the retired card first and the present one second"
            )
        with self.store.transaction():
            self._exchange(ours, theirs)
            self.store.log.note_link(ours.id, LINKED, theirs.id, self.now(), self.device)

    def unlink(self, name: str) -> str:
        """The text that is this card is another one: it becomes a new card, whose id is returned.

        The card is retired with its history, and with the wording that its last review showed.
        """
        card = self.store.notes.known(name)
        if card.retired:
            raise StudyError(f"no note has card {name!r} any more: there is nothing to part it from")
        taken = set(self.store.notes.ids(card.id.partition("/")[0]))
        free = next(free for number in range(2, len(taken) + 3) if (free := f"{card.id}-{number}") not in taken)
        with self.store.transaction():
            self._say(card, card.wording, False)
            self.store.notes.part(card.id, free, self.now())
            self.store.log.note_link(card.id, PARTED, free, self.now(), self.device)
        return free

    def take_back(self, undone: Undone) -> bool:
        """Bring a text back to the card that it was before a link or a parting, inside a transaction.

        False, and nothing has changed, where no note has the text any more.
        """
        first, second = (self.store.notes.known(card) for card in undone.cards)
        ours, theirs = (second, first) if LINKED in undone.names else (first, second)
        if theirs.retired:
            return False
        self._exchange(ours, theirs)
        return True

    def _exchange(self, ours: StoredCard, theirs: StoredCard) -> None:
        self._say(ours, theirs.wording, True)
        if not ours.retired:
            self._say(theirs, ours.wording, True)
        self.store.notes.change_places(ours.id, theirs.id)

    def _say(self, card: StoredCard, wording: str, same: bool) -> None:
        self.store.notes.correct(card.id, wording, same, self.now(), self.device)
