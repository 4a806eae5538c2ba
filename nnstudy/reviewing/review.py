"""The review of one program: which card it asks now, and what an answer makes of it."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from datetime import date, datetime, timedelta
from itertools import islice
from threading import Thread
from typing import NamedTuple

from nnstudy.clock import Clock
from nnstudy.errors import StudyError
from nnstudy.memory.queue import LEARNING, Queue
from nnstudy.memory.scheduler import Memory, Rating, Scheduler, Step
from nnstudy.reviewing.ahead import Ahead
from nnstudy.reviewing.claims import Claims
from nnstudy.reviewing.session import Session
from nnstudy.settings import Settings
from nnstudy.store.records import ReviewRow, StoredCard, moment
from nnstudy.store.store import FLIPPED, Store

KINDS = {"new": "learn", "learning": "learn", "review": "review", "relearning": "relearn"}
SOON = 4  # cards are read in a rest
SESSION = 5  # answers after which more are to be expected
APART = timedelta(minutes=1)  # lie at the least between two programs that ask the same card


class Made(NamedTuple):
    """A queue with what it was made for, and the count of other programs' changes before."""

    session: Session
    day: date
    others: int
    queue: Queue


class Review:
    """Asks the cards of a session, and takes their answers; `claims` tell what other programs are asking."""

    def __init__(
        self, store: Store, settings: Callable[[], Settings], clock: Clock,
        scheduler: Callable[[float | None], Scheduler], claims: Claims,
    ) -> None:  # fmt: skip
        self._store, self._settings, self._clock, self._scheduler = store, settings, clock, scheduler
        self.claims = claims
        self.session = Session()
        self._queue: Queue | None = None
        self._queue_day: date | None = None
        self._making: tuple[Thread, list[Made]] | None = None
        self._first: str | None = None  # the card to ask before there is a queue
        self._others = -1  # counts the changes that other programs had made when the queue was
        self._ahead = Ahead(store)
        self._opened, self._answered = clock.now(), set[tuple[str, datetime | None]]()

    def choose(self, session: Session) -> None:
        """Ask the cards of this session from now on."""
        self.session = session
        self.look_again()

    def look_again(self, first: str | None = None) -> None:
        """What is to be asked has changed: the queue is made anew, with this card, if it is there, as the next one."""
        self._queue = self._making = self._first = None
        if first is not None:
            self.queue().put_first(first)

    def make_queue(self) -> None:
        """Make the queue in a thread, for who first does something else; `queue` waits for it.

        Where a learning card waits, it is the first one: the thread then waits until `go_on`.
        """
        now, session, section_of = self._clock.now(), self.session, self._ahead.section_of
        day, others, settings = self._clock.day_of(now), self._store.mark()[0], self._settings()

        def make() -> None:
            with suppress(StudyError, sqlite3.Error, *FLIPPED), closing(Store(self._store.path)) as store:
                made.append(Made(session, day, others, session.queue(store, settings, now, day, section_of)))

        made: list[Made] = []
        self._making = Thread(target=make, name="queue", daemon=True), made
        plain = session.minutes is None and not session.cram
        among = day, now, session.note, session.sections
        self._first = self._store.waiting.longest_over(*among) if plain else None
        if self._first is None:
            self.go_on()

    def go_on(self) -> Callable[[], object]:
        """Let the thread that makes the queue begin; returns what waits for it, in any thread."""
        if self._making is None:
            return lambda: None
        thread, _ = self._making
        if thread.ident is None:
            thread.start()
        return thread.join

    @property
    def counted(self) -> bool:
        """Whether the queue is there, or made: who asks for its counts waits for no more than a look at the cards."""
        return self._making is None or (self._making[0].ident is not None and not self._making[0].is_alive())

    def queue(self) -> Queue:
        """What is to be asked today, made anew when the day changes."""
        return self._queue_at(self._clock.now())

    def _queue_at(self, now: datetime) -> Queue:
        day = self._clock.day_of(now)
        if self._making is not None:
            self._take_up_made(self._making[1])
        if self._queue is None or self._queue_day != day:
            self._others = self._store.mark()[0]
            self._queue = self.session.queue(self._store, self._settings(), now, day, self._ahead.section_of)
            self._queue_day = day
        return self._queue

    def _take_up_made(self, made: "list[Made]") -> None:
        """Go on with the queue that was made in a thread; where it could not be, that is tried, and told, once more."""
        self.go_on()()
        self._making = None
        for session, day, others, queue in made:
            if session is self.session:
                self._queue, self._queue_day, self._others = queue, day, others
                if self._first is not None:
                    queue.put_first(self._first)
        self._first = None

    def next(self) -> StoredCard | None:
        """The card to ask now; None when nothing is left, nor anything came by another program meanwhile."""
        if (card := self._next()) is None and self._others != self._store.mark()[0] and self.session.minutes is None:
            self._queue = None
            card = self._next()
        return card

    def _next(self) -> StoredCard | None:
        now = self._clock.now()
        if (first := self._first_card(now)) is not None:
            return first
        queue = self._queue_at(now)
        while (waiting := queue.next(now)) is not None:
            mine = self.claims.take(waiting)
            card = self._ahead.card(waiting, now, queue.front)  # after it is claimed: nobody moves it on from here
            if card is None or card.retired or card.suspended or self._is_buried(card):
                queue.remove(waiting)
            elif not self.session.cram and not queue.waits(card.id, card.memory):
                queue.moved_on(card.id, card.memory, now)
            elif not mine or self._asked_elsewhere(card, now):
                queue.put_aside(card.id, now + APART)
            else:
                return card
        self.claims.put_down()
        return None

    def look_ahead(self) -> list[StoredCard]:
        """Do in a rest what the next answer would wait for; returns the cards that are likely to be asked after it."""
        if len(self._answered) == SESSION:
            with suppress(StudyError), self._store.at_once():
                self._store.make_room()
        now = self._clock.now()
        asked = self._queue_at(now).next(now)
        return self._ahead.look(card for card in islice(self._queue_at(now).front(now), SOON) if card != asked)

    def _first_card(self, now: datetime) -> StoredCard | None:
        """The learning card to ask before there is a queue; None where the queue is to decide."""
        if self._making is None or self._first is None:
            return None
        mine, card = self.claims.take(self._first), self._ahead.card(self._first, now, lambda _: ())
        is_asked = card is not None and not (card.retired or card.suspended or self._is_buried(card))
        if card is not None and is_asked and mine and not self._asked_elsewhere(card, now):
            at = card.memory.due_at
            if card.memory.state in LEARNING and at is not None and at <= now:
                return card
        self._first = None
        return None

    def _is_buried(self, card: StoredCard) -> bool:
        return card.buried_until is not None and card.buried_until > self._clock.today()

    def _asked_elsewhere(self, card: StoredCard, now: datetime) -> bool:
        """Whether a program that is open, or was while this one is, has had an answer to the card just now."""
        last = card.memory.last_at
        if last is None or abs(now - last) >= APART or (card.id, last) in self._answered:
            return False
        return last > self._opened or bool(self.claims.others())

    def preview(self, card: StoredCard) -> Mapping[Rating, Memory]:
        """What each rating, given now, would make of the card's memory."""
        scheduler = self._scheduler(card.desired_retention)
        return scheduler.preview(card.id, card.memory, self._clock.now(), self._clock.today())

    def answer(self, card: StoredCard, rating: Rating, duration_ms: int, runs: Iterable[str]) -> Memory:
        """Log an answer and move the card on, in one transaction."""
        if card.is_open:
            raise StudyError("this question is still open: write a draft and settle it; until then it is not graded")
        now = self._clock.now()
        day = self._clock.day_of(now)
        scheduler, log = self._scheduler(card.desired_retention), self._store.log
        with self._store.transaction():
            if len(self._answered) == SESSION:
                self._store.make_room()
            before, anew = self._before(card)
            kind = "cram" if self.session.cram else KINDS[before.state]
            if anew is not None and now <= anew:
                now = anew + timedelta(milliseconds=1)  # the clock was set back: this review counts all the same
            review = ReviewRow(
                card.id, now, day, rating, duration_ms, kind, card.wording, scheduler.retrievability(before, day),
                self._settings().device_name, scheduler.policy.fingerprint, log.new_id(now),
            )  # fmt: skip
            log.add(review, scheduler.policy.parameters, scheduler.library, runs)
            memory = before if self.session.cram else self._moved_on(card, before, Step(now, day, rating), scheduler)
            self._ahead.answered(card.id)
        self.claims.put_down()
        self._answered.add((card.id, memory.last_at))
        next_ = self.session.answered(card.id, rating, memory, now, duration_ms / 1000)
        self._queue_at(now).answered(card.id, next_, now, day)
        return memory

    def _before(self, card: StoredCard) -> tuple[Memory, datetime | None]:
        """A card's memory as it is in the database now, whoever moved it on, and up to when its reviews do not count;
        inside a transaction."""
        self._ahead.check()
        if self._ahead.knows(card):
            anew = card.said.get("anew_since")
            return card.memory, moment(anew) if anew else None
        return self._store.log.memory(card.id), self._store.log.anew_since(card.id)

    def _moved_on(self, card: StoredCard, before: Memory, step: Step, scheduler: Scheduler) -> Memory:
        """Schedule a card by a review that is in the log already."""
        if before.last_at is not None and step.at <= before.last_at:  # the clock was set back: order decides
            from nnstudy.reviewing.derivation import Derivation

            derivation = Derivation(self._store, self._scheduler, self._clock.zone)
            memory = derivation.memory(card.id, card.desired_retention)
        else:
            memory = scheduler.review(card.id, before, step)
        self._store.log.schedule(card.id, memory, before)
        return memory

    def end(self) -> None:
        """Do what no answer waited for; what cannot be done now is done after another session."""
        answered, self._answered = {card for card, _ in self._answered}, set()
        if answered:
            with suppress(StudyError, sqlite3.Error):
                self._store.connection.execute("PRAGMA busy_timeout = 0")  # nobody waits for another program at the end
                with self._store.transaction():
                    self._store.log.follow_due(answered)

    def taken_back(self, card: str, alone: bool) -> None:
        """The answer to a card, or a deed on it (`alone`, or on others, too), was undone: it comes next."""
        self.session.done.discard(card)
        plain, day = alone and not self.session.cram and self.session.minutes is None, self._clock.today()
        if plain and self._queue is not None and self._queue_day == day:
            stored = self._store.notes.card(card)
            if stored is not None and self._queue.taken_back(card, stored.memory, self._clock.now()):
                return  # of ten thousand cards that wait, none need be looked at again
        self.look_again(card)

    def hold(self, card: str, register: str, value: str) -> None:
        """Say of a card why it is not asked now, and ask it no more."""
        with self._store.transaction():
            self._store.log.set_state(card, register, value, self._clock.now(), self._settings().device_name)
        self.queue().remove(card)
