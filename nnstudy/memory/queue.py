"""What comes next: learning cards whose step is over, then due cards with new ones between, then learning cards early.

A queue is made once for a day and a choice of cards. From then on an answer costs a look at a few cards at the front,
however many wait: due and new cards, and learning ones whose step was over already, are linked lists in their order;
the other learning cards, which are few, are a list sorted by moment.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from nnstudy.memory.scheduler import Memory

LEARN_AHEAD = timedelta(minutes=20)
LEARNING = ("learning", "relearning")
FRONT = 16  # how many cards are looked at for one of another section than the last

Learning = tuple[str, datetime | None]  # a card, and the moment at which its step is over (None: now)
Due = tuple[str, float | None, str | None]  # a card, its stability, and the ISO day of its last review


class Counts(NamedTuple):
    """How many cards are left: learning ones that come within the learn-ahead limit, due ones, and new ones."""

    learning: int
    due: int
    new: int


class Queue:
    """The cards of one day in the order in which they are asked.

    - Learning and relearning cards whose step is over come first, the one that waits longest before the others.
    - Due cards follow, the one least likely to be recalled first; the new ones, at most `new_left` and in the order
      given, are spread evenly between them.
    - Of the cards at the front, one of another section than the last answered is taken where there is one.
    - When nothing else is left, learning cards are asked up to `learn_ahead` early.

    The queue holds for the local day `day`; on the next, make it anew. `section_of` tells the section of a card: it is
    asked for the few cards at the front only, since ten thousand may wait behind them.
    """

    def __init__(
        self,
        learning: Iterable[Learning],
        due: Iterable[Due],
        new: Iterable[str],
        *,
        section_of: Callable[[str], str | None],
        now: datetime,
        day: date,
        new_left: int,
        learn_ahead: timedelta = LEARN_AHEAD,
    ) -> None:
        self._section_of = section_of
        self._day = day
        self._due = OrderedDict.fromkeys(card for card, _, _ in _most_overdue_first(due, day))
        self._new = OrderedDict.fromkeys(islice(new, max(0, new_left)))
        self._learning_at = {card: due_at or now for card, due_at in learning}
        when = self._learning_at.__getitem__
        in_order = sorted(sorted(self._learning_at), key=when)
        over = bisect_right(in_order, now, key=when)
        self._began, self._over = now, OrderedDict((card, when(card)) for card in in_order[:over])
        self._learning = [(when(card), card) for card in in_order[over:]]
        self._learn_ahead = learn_ahead
        self._due_done = self._new_done = 0
        self._last: str | None = None
        self._gone: set[str] = set()  # what was answered since the queue was made
        self._shown: str | None = None
        self._aside: list[tuple[datetime, str, OrderedDict[str, None] | datetime]] = []

    def next(self, now: datetime) -> str | None:
        """The card to ask: the same until it is answered or removed. None when nothing is left for now."""
        if self._aside:
            self._bring_back(now)
        if self._shown is None:
            self._shown = self._choose(now)
        return self._shown

    def answered(self, card: str, memory: Memory, now: datetime, day: date) -> None:
        """Take in what an answer made of a card: it leaves, or waits for its next learning step."""
        self._due_done += card in self._due
        self._new_done += card in self._new
        self.moved_on(card, memory, now)
        self._last = card
        self._gone.add(card)

    def taken_back(self, card: str, memory: Memory, now: datetime) -> bool:
        """Ask a card next whose answer was taken back, with the memory that it has again.

        False, and nothing has changed, where it was not answered here: then the queue is to be made anew.
        """
        kind = self._new if memory.state == "new" else self._due
        is_due = memory.due_day is not None and memory.due_day <= self._day
        if card not in self._gone or not (memory.state in LEARNING or kind is self._new or is_due):
            return False
        self._gone.remove(card)
        self._drop(card)
        if memory.state in LEARNING:
            self._learn(card, memory.due_at or now)
        else:
            kind[card] = None
            kind.move_to_end(card, last=False)
            self._due_done -= kind is self._due
            self._new_done -= kind is self._new
        self._last, self._shown = None, card
        return True

    def waits(self, card: str, memory: Memory) -> bool:
        """Whether a card with this memory waits as it does here, and was not moved on elsewhere meanwhile."""
        if (at := self._learning_at.get(card)) is not None:
            return memory.state in LEARNING and memory.due_at in (at, None)
        if memory.state == "new":
            return card in self._new
        return card in self._due and memory.due_day is not None and memory.due_day <= self._day

    def moved_on(self, card: str, memory: Memory, now: datetime) -> None:
        """Take in what a card's memory is now: it leaves, or waits for its next learning step."""
        self._drop(card)
        if memory.state in LEARNING:
            self._learn(card, memory.due_at or now)
        self._shown = None

    def put_aside(self, card: str, until: datetime) -> None:
        """Do not ask this card before a moment; then it stands where it stood, the first of its kind."""
        place = next((kind for kind in (self._due, self._new) if card in kind), self._learning_at.get(card))
        self.remove(card)
        if place is not None:
            self._aside.append((until, card, place))

    def _bring_back(self, now: datetime) -> None:
        back = [entry for entry in self._aside if entry[0] <= now]
        self._aside = [entry for entry in self._aside if entry[0] > now]
        for _, card, place in reversed(back):
            if isinstance(place, datetime):
                self._learn(card, place)
            else:
                place[card] = None
                place.move_to_end(card, last=False)

    def _learn(self, card: str, at: datetime) -> None:
        self._learning_at[card] = at
        insort(self._learning, (at, card))

    def remove(self, card: str) -> None:
        """Leave out a card that was suspended or buried."""
        self._drop(card)
        if self._shown == card:
            self._shown = None

    def put_first(self, card: str) -> None:
        """Ask this card next, as after an undo; nothing changes when it is not to be asked today."""
        if card in self._learning_at or card in self._due or card in self._new:
            self._shown = card

    def fit(self, seconds: float, each_due: float, each_new: float) -> None:
        """Leave out what does not fit into so many seconds, in the order in which it would be asked.

        Learning cards, and at least one card of all, stay.
        """
        left = seconds - len(self._learning_at) * each_due
        due, new = list(self._due), list(self._new)
        kept_due = kept_new = 0
        while kept_due < len(due) or kept_new < len(new):
            is_new = kept_due == len(due) or (
                kept_new < len(new) and kept_due * (len(new) + 1) >= (kept_new + 1) * (len(due) + 1)
            )
            left -= each_new if is_new else each_due
            if left < 0 and (kept_due or kept_new or self._learning_at):
                break
            kept_due, kept_new = kept_due + (not is_new), kept_new + is_new
        self._due = OrderedDict.fromkeys(due[:kept_due])
        self._new = OrderedDict.fromkeys(new[:kept_new])

    def front(self, now: datetime) -> list[str]:
        """The cards that are likely to be asked soon."""
        soon = [card for _, card in self._soonest(min(FRONT, self._learning_until(now) + 1))]
        due = list(islice(self._due, FRONT - len(soon)))
        return [*soon, *due, *islice(self._new, max(FRONT // 4, FRONT - len(soon) - len(due)))]

    def counts(self, now: datetime) -> Counts:
        """How many cards are left."""
        return Counts(self._learning_until(now + self._learn_ahead), len(self._due), len(self._new))

    def when(self, now: datetime) -> datetime | None:
        """The moment at which the next learning card comes due; None when none waits."""
        later = self._learning[self._waiting(now) :][:1]
        moments = [at for at, _ in later]
        if now < self._began:  # the clock was set back
            moments += [at for at in self._over.values() if at > now]
        return min(moments, default=None)

    def _choose(self, now: datetime) -> str | None:
        if self._learning_until(now):
            return self._soonest(1)[0][1]
        if self._due or self._new:
            return self._apart(self._new if self._is_turn_of_new() else self._due)
        return self._early(now)

    def _is_turn_of_new(self) -> bool:
        """Whether a new card is next, so that D due and N new cards of the day stand evenly mixed.

        The n-th new card comes after n (D + 1) / (N + 1) due ones.
        """
        if not (self._due and self._new):
            return bool(self._new)
        due, new = self._due_done + len(self._due), self._new_done + len(self._new)
        return self._due_done * (new + 1) >= (self._new_done + 1) * (due + 1)

    def _apart(self, waiting: "OrderedDict[str, None]") -> str:
        """The first card at the front that is not of the section asked last; the very first when all are."""
        first = next(iter(waiting))
        if self._last is None:
            return first
        last = self._section_of(self._last)
        return next((card for card in islice(waiting, FRONT) if self._section_of(card) != last), first)

    def _early(self, now: datetime) -> str | None:
        """The next learning card within the limit, but rather another than the one answered last."""
        soon = [card for at, card in self._soonest(2) if at <= now + self._learn_ahead]
        return next((card for card in soon if card != self._last), soon[0] if soon else None)

    def _soonest(self, count: int) -> list[tuple[datetime, str]]:
        """The first learning cards, in order."""
        over = [(at, card) for card, at in islice(self._over.items(), count)]
        return sorted(over + self._learning[:count])[:count]

    def _learning_until(self, moment: datetime) -> int:
        over = len(self._over)
        if moment < self._began:  # the clock was set back
            over = sum(at <= moment for at in self._over.values())
        return over + self._waiting(moment)

    def _waiting(self, moment: datetime) -> int:
        return bisect_right(self._learning, moment, key=itemgetter(0))

    def _drop(self, card: str) -> None:
        self._due.pop(card, None)
        self._new.pop(card, None)
        at = self._learning_at.pop(card, None)
        if at is not None and self._over.pop(card, None) is None:
            del self._learning[bisect_left(self._learning, (at, card))]


def _most_overdue_first(due: Iterable[Due], day: date) -> list[Due]:
    """Sorted by days since the last review over stability, which puts the least likely recalled first.

    That holds for any parameters of the forgetting curve. Equal ones keep their order.
    """
    waiting = list(due)
    days = {last for _, _, last in waiting if last}  # far fewer than cards
    ago = {last: -max(0, (day - date.fromisoformat(last)).days) for last in days}
    weight = [ago[last] / stability if last and stability else -math.inf for _, stability, last in waiting]
    return [waiting[place] for place in sorted(range(len(waiting)), key=weight.__getitem__)]
