"""Which cards a session asks: all, or those of a note or of sections; what fits into some minutes; or a cram."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from nnstudy import settings as _settings
from nnstudy.errors import StudyError
from nnstudy.memory.queue import Queue
from nnstudy.memory.scheduler import Memory, Rating
from nnstudy.settings import Settings
from nnstudy.store.store import Store
from nnstudy.store.waiting import Waiting

CRAM_AGAIN = timedelta(minutes=1)  # until a card that was forgotten in a cram is asked again
USUAL = 12.0  # seconds of a card before the first review
LONGEST = 24 * 60  # minutes
LATEST = 2_000  # answers that one's own pace is taken from


@dataclass
class Session:
    """What is asked; `spent` are the seconds, `done` the cards of a cram that are behind."""

    note: str | None = None
    sections: tuple[str, ...] | None = None
    minutes: float | None = None
    cram: bool = False
    spent: float = field(default=0.0, compare=False)
    done: set[str] = field(default_factory=set, compare=False)

    def __post_init__(self) -> None:
        if self.minutes is not None and not 0 < self.minutes <= LONGEST:
            raise StudyError(f"a session takes up to {LONGEST} minutes, not {self.minutes:g}")

    def queue(
        self, store: Store, settings: Settings, now: datetime, day: date, section_of: Callable[[str], str | None]
    ) -> Queue:
        """What is to be asked on this day, in order; `section_of` tells the section of a card."""
        waiting, among = store.waiting, (self.note, self.sections)
        if self.cram:
            return self._cram(waiting, now, day)
        new_left = max(0, settings.new_per_day - waiting.introduced_on(day))
        limits = new_limits(waiting, settings, day)
        new = waiting.new_cards(day, *among, limit=new_left, limits=limits)
        queue = Queue(
            waiting.learning(day, *among), waiting.due_cards(day, *among), new,
            section_of=section_of, now=now, day=day, new_left=new_left,
            learn_ahead=timedelta(seconds=_settings.seconds(settings.learn_ahead)),
        )  # fmt: skip
        if self.minutes is not None:
            from nnstudy.memory.habit import effort

            pace = effort(store.agenda.answers(LATEST, int(1000 * _settings.seconds(settings.pause_limit))))
            queue.fit(60 * self.minutes - self.spent, *(USUAL if each is None else each for each in pace.each))
        return queue

    def _cram(self, waiting: Waiting, now: datetime, day: date) -> Queue:
        """All cards, the least likely to be recalled first, whether they are due or not; new ones between them."""
        known, new = waiting.for_cram(day, self.note, self.sections)
        left = [card for card in new if card not in self.done]
        return Queue(
            (), (card for card in known if card[0] not in self.done), left,
            section_of=lambda card: None, now=now, day=day, new_left=len(left),
        )  # fmt: skip

    def answered(self, card: str, rating: Rating, memory: Memory, now: datetime, seconds: float) -> Memory:
        """Note an answer; the memory that the queue goes on with, which in a cram is that of this evening only."""
        self.spent += seconds
        if not self.cram:
            return memory
        if rating is Rating.AGAIN:
            return Memory(state="learning", due_at=now + CRAM_AGAIN)
        self.done.add(card)
        return Memory(state="review")


def new_limits(waiting: Waiting, settings: Settings, day: date) -> dict[str, int]:
    """How many new cards the day still takes of each note that has a `new_per_day` of its own."""
    own = {note: of["new_per_day"] for note, of in settings.notes.items() if "new_per_day" in of}
    return {note: max(0, most - waiting.introduced_on(day, note)) for note, most in own.items()}
