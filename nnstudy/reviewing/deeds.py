"""What a person does to cards, one or many at once: each deed is one transaction, and one undo takes it back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from nnstudy.errors import StudyError
from nnstudy.memory.moving import Move
from nnstudy.memory.scheduler import LONGEST_INTERVAL, Scheduler
from nnstudy.reviewing.derivation import Derivation
from nnstudy.reviewing.relink import Relinking
from nnstudy.store.records import LINKS, Undone, stamp, stamp_after
from nnstudy.store.registers import DERIVING, HIGHEST_AIM, LONGEST_TEXT, LOWEST_AIM, due_value
from nnstudy.store.store import Store
from nnstudy.words import FLAGS

DAYS = {"today": 0, "tomorrow": 1}
Said = tuple[str, str, str | None]  # card, register, value


def day_of(text: str, today: date) -> date:
    """The day that a person types: 2026-12-01, +7, 7, 2w, today, tomorrow. StudyError when it is none."""
    word = text.strip().casefold().removeprefix("in ").removeprefix("+").removesuffix("days").strip()
    try:
        if word in DAYS:
            return today + timedelta(days=DAYS[word])
        if word.endswith("w"):
            return today + timedelta(weeks=int(word[:-1]))
        return today + timedelta(days=int(word)) if word.isdecimal() else date.fromisoformat(word)
    except (ValueError, OverflowError) as trouble:
        raise StudyError(f"{text!r} is no day; write 2026-12-01, 7 (days from now), 2w, today or tomorrow") from trouble


def aim_of(text: str) -> float | None:
    """The desired retention that a person types: 0.9, 90 %; nothing or "own": None. StudyError when it is none."""
    word = text.strip().casefold()
    if word in ("", "own"):
        return None
    try:
        value = float(word.removesuffix("%")) / (100 if word.endswith("%") else 1)
    except ValueError as trouble:
        raise StudyError(f"{text!r} is no desired retention; write 0.9 or 90 %, or nothing for the usual") from trouble
    return value


@dataclass(frozen=True)
class Deeds:
    """The deeds on one database; a thread makes its own, with a database of its own.

    Each returns how many cards it changed: one that is so already is left as it is.
    """

    store: Store
    scheduler: Callable[[float | None], Scheduler]
    now: Callable[[], datetime]
    today: date
    device: str
    zone: tzinfo | None

    def suspend(self, cards: Sequence[str], suspended: bool = True) -> int:
        """Do not ask cards any more, or ask them again."""
        return self._say((card, "suspended", "1" if suspended else None) for card in cards)

    def bury(self, cards: Sequence[str], buried: bool = True) -> int:
        """Do not ask cards before tomorrow, or ask them today all the same."""
        until = (self.today + timedelta(days=1)).isoformat()
        return self._say((card, "buried_until", until if buried else None) for card in cards)

    def start_anew(self, cards: Sequence[str]) -> int:
        """Let cards be new again; their reviews so far stay in the log, and count for the schedule no more."""
        now, said = self.now(), []
        for card in cards:
            last = self.store.log.memory(card).last_at
            if last is not None:
                said.append((card, "anew_since", stamp_after(now, stamp(last))))
        return self._say(said)

    def reschedule(self, cards: Sequence[str], day: date) -> int:
        """Let cards be due on a day, until they are reviewed; a card that is new is not asked before that day."""
        if not self.today <= day <= self.today + timedelta(days=LONGEST_INTERVAL):
            raise StudyError(f"{day} is no day to come: a due date is today or later, within {LONGEST_INTERVAL:,} days")
        said: list[Said] = []
        for card in cards:
            last = self.store.log.memory(card).last_at
            said.append(
                (card, "buried_until", day.isoformat() if day > self.today else None)
                if last is None
                else (card, "due", due_value(Move(day, last)))
            )
        return self._say(said)

    def move(self, days: Mapping[str, date]) -> int:
        """Let each of these cards, none of them new, be due on a day of its own, until it is reviewed."""
        last = {card: self.store.log.memory(card).last_at for card in days}
        return self._say((card, "due", due_value(Move(days[card], at))) for card, at in last.items() if at is not None)

    def aim(self, cards: Sequence[str], retention: float | None) -> int:
        """Give cards a desired retention of their own (None: that of their note or of the settings)."""
        if retention is not None and not LOWEST_AIM <= retention <= HIGHEST_AIM:
            raise StudyError(f"a desired retention is from {LOWEST_AIM} to {HIGHEST_AIM}, not {retention:g}")
        return self._say((card, "desired_retention", None if retention is None else repr(retention)) for card in cards)

    def use_experiment(self, cards: Sequence[str], name: str | None) -> int:
        """Let cards bring this experiment ("": none; None: that of their section)."""
        return self._say((card, "experiment", name) for card in cards)

    def flag(self, cards: Sequence[str], flag: str | None) -> int:
        """Give cards a flag, or take theirs away."""
        if flag is not None and flag not in FLAGS:
            raise StudyError(f"flag {flag!r} is unknown; there are {', '.join(FLAGS)}")
        return self._say((card, "flag", flag) for card in cards)

    def write(self, cards: Sequence[str], what: str, text: str) -> int:
        """Write a "mnemonic" or a "comment" beside cards, which the reveal shows; an empty one is taken away."""
        if what not in ("mnemonic", "comment"):
            raise StudyError(f"{what!r} cannot be written beside a card: a mnemonic or a comment can")
        text = text.strip()
        if len(text) > LONGEST_TEXT:
            raise StudyError(f"the {what} has {len(text):,} characters; it may have {LONGEST_TEXT:,}")
        return self._say((card, what, text or None) for card in cards)

    def undo(self) -> Undone | None:
        """Take back this machine's latest answer or deed; None when there is none."""
        with self.store.transaction():
            undone = self.store.log.undo(self.now(), self.device)
            linked = undone is not None and not undone.names.isdisjoint(LINKS)
            stays = undone is not None and linked and not self._relinking.take_back(undone)
            if undone is not None and (undone.action == "answer" or undone.names & DERIVING):
                self._derive(undone.cards)
        if stays:
            raise StudyError("the link stays: no note has its text any more; the next undo takes back what was before")
        return undone

    @property
    def _relinking(self) -> Relinking:
        return Relinking(self.store, self.now, self.device)

    def _say(self, said: Iterable[Said]) -> int:
        log, now, changed, names = self.store.log, self.now(), [], set[str]()
        with self.store.transaction():
            deed = log.new_id(now)
            for card, name, value in said:
                if log.said(card, name) != value:
                    log.set_state(card, name, value, now, self.device, deed)
                    changed.append(card)
                    names.add(name)
            if names & DERIVING:
                self._derive(changed)
        return len(changed)

    def _derive(self, cards: Sequence[str]) -> None:
        Derivation(self.store, self.scheduler, self.zone).derive(cards)
