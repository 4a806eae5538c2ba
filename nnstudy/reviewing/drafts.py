"""Open questions: what a note's author does not know, answered in drafts until the learner settles it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nnstudy.errors import StudyError
from nnstudy.store.drafts import DraftRow
from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store

LONGEST = 100_000  # characters of a draft
REST = timedelta(days=7)  # a question that was worked on is not asked again before


@dataclass(frozen=True)
class OpenQuestion:
    """An open question with its drafts, oldest first; `settled` once one of them is its answer."""

    card: StoredCard
    drafts: tuple[DraftRow, ...]

    @property
    def settled(self) -> bool:
        """Whether it is reviewed like any card."""
        return self.card.settled


@dataclass(frozen=True)
class Drafts:
    """The open questions of one study. Until one is settled it is not graded and counts neither as due nor as new."""

    store: Store
    now: Callable[[], datetime]
    today: Callable[[], date]
    device: str

    def all(self, note: str | None = None) -> list[OpenQuestion]:
        """Every open question (of the note with this id), in order, the settled ones among them."""
        return [self.question(card) for card in self.store.drafts.questions(note)]

    def question(self, card: str) -> OpenQuestion:
        """The open question that this card asks; StudyError when it asks none."""
        found = self.store.notes.known(card)
        if found.kind != "open":
            raise StudyError(f"card {card!r} is no open question; `nnstudy open` lists them")
        return OpenQuestion(found, tuple(self.store.drafts.of(found.id)))

    def next(self, note: str | None = None) -> StoredCard | None:
        """The open question to think about now: the same until it is worked on, put off or settled."""
        waiting = self.store.drafts.waiting(self.today(), note)
        return self.store.notes.known(waiting[0]) if waiting else None

    def waiting(self) -> int:
        """How many open questions can be thought about today."""
        return len(self.store.drafts.waiting(self.today()))

    def add(self, card: str, text: str, runs: Iterable[str] = ()) -> DraftRow:
        """Keep a draft, with the runs that speak for it; the question then rests for a week."""
        question = self.question(card)
        if not text.strip():
            raise StudyError("the draft is empty: nothing was kept")
        if len(text) > LONGEST:
            raise StudyError(f"the draft has {len(text):,} characters; it may have {LONGEST:,}")
        given = list(runs)
        for run in given:
            if not self.store.runs.last(run=run):
                raise StudyError(f"run {run!r} is unknown; `nnstudy runs` lists them")
        with self.store.transaction():
            draft = self.store.drafts.add(question.card.id, text.strip(), given, self.now(), self.device)
            if not question.settled:
                until = (self.today() + REST).isoformat()
                self.store.log.set_state(question.card.id, "buried_until", until, self.now(), self.device)
        return draft

    def settle(self, card: str, draft: str | None = None) -> OpenQuestion:
        """Make a draft (by its id; else the latest) the answer: from now on the card is new, and graded."""
        question = self.question(card)
        found = [mine.id for mine in question.drafts if draft is None or mine.id == draft]
        if not found:
            wanted = f"has no draft {draft!r}" if draft else "has no draft yet: write one first"
            raise StudyError(f"the question {card!r} {wanted}")
        return self._say(question, found[-1])

    def reopen(self, card: str) -> OpenQuestion:
        """Take the answer back: the question is open again, its drafts and reviews stay."""
        question = self.question(card)
        if not question.settled:
            raise StudyError(f"the question {card!r} is open already")
        return self._say(question, None)

    def _say(self, question: OpenQuestion, draft: str | None) -> OpenQuestion:
        card = question.card.id
        with self.store.transaction():
            self.store.drafts.settle(card, draft, self.now(), self.device)
            self.store.drafts.derive(card)
            self.store.notes.word_open(card, self.now())
            if draft is not None and question.card.buried_until:
                self.store.log.set_state(card, "buried_until", None, self.now(), self.device)
        return self.question(card)
