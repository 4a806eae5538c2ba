"""The card under review: where it stands, its question and, once revealed, its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message

from nnstudy.memory.scheduler import Rating
from nnstudy.store.records import StoredCard
from nnstudy.tui.widgets.cardtext import CardText, Face
from nnstudy.tui.widgets.painted import Texts
from nnstudy.words import FLAGS, plural, visible

if TYPE_CHECKING:
    from nnstudy.reviewing.drafts import OpenQuestion
    from nnstudy.tui.widgets.checklist import Checklist

KINDS = {
    "written": "question",
    "recall": "recall",
    "cloze": "fill the gap",
    "list": "list",
    "formula": "formula",
    "definition": "definition",
    "open": "open question",
}

FLAG_COLOURS = {
    "red": "$text-error", "orange": "$text-warning", "green": "$text-success", "blue": "$text-primary",
    "violet": "$text-secondary",
}  # fmt: skip


def crumbs(card: StoredCard) -> Texts:
    """Note › section › heading, and what kind of card it is."""
    path = " › ".join((card.note_title, *(h for h in card.section[-2:] if h != card.note_title)))
    flag = card.said.get("flag", "")
    sign = ((f"{FLAGS[flag]} {flag}  ", FLAG_COLOURS[flag]),) if flag in FLAGS else ()
    return *sign, (visible(path), "bold"), ("  " + KINDS.get(card.kind, card.kind), "dim")


@dataclass
class Ticked(Message):
    """A point of the card was ticked, or its box emptied: which grade the share of ticked ones speaks for."""

    proposed: Rating | None


class CardView(VerticalScroll, can_focus=True):
    """A question and, once revealed, its answer; the arrow keys scroll what is long.

    Its texts are lines of one widget, at least as high as the room for them: what is revealed is painted, and nothing
    is arranged anew. Only points to be ticked are widgets of their own, and stand between two texts.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.card: StoredCard | None = None
        self.revealed = self.source = False
        self._said: str | None = None  # in the place of an answer
        self._text = CardText(Face())
        self._below = CardText(Face(), id="below")  # what stands below the points
        self.checklist: Checklist | None = None  # mounted for the first card that has one

    def compose(self) -> ComposeResult:
        yield self._text

    def ask(self, card: StoredCard) -> None:
        """Show the question alone."""
        self.card, self.revealed, self.source, self._said = card, False, False, None
        self._untick()
        self._show()
        if self.scroll_y:
            self.scroll_home(animate=False)

    def reveal(self, card: StoredCard) -> None:
        """Show the answer below the question, and first what of it is to be ticked."""
        self.card, self.revealed = card, True
        if card.points:
            self._tick(card)
        self._show()

    def answer(self, text: str) -> None:
        """Show a text in the place of the answer."""
        self._said = text
        self._show()

    def prepare(self) -> None:
        """Make the lines of the answer, before they are asked for."""
        if self.card is not None and not self.revealed and not self.card.points:
            self._text.prepare(self._face(self.card, revealed=True))

    def expect(self, card: StoredCard) -> None:
        """Make the lines of a question that may be asked next."""
        self._text.prepare(Face(card.prompt))

    def toggle_source(self) -> bool:
        """Show formulas as they are written, or readable again; False when there is none."""
        if not self.formulas():
            return False
        self.source = not self.source
        self._show()
        return True

    def formulas(self) -> list[str]:
        """The formulas that stand there now, as LaTeX."""
        from nnstudy.notes.math import spans

        texts = [] if self.card is None else [self.card.prompt, self.card.answer][: 1 + self.revealed]
        return [latex for text in texts for _, _, latex, _ in spans(text)]

    @property
    def plain(self) -> str:
        """The text that stands there, but for points to be ticked."""
        return "\n\n".join(filter(None, (self._text.plain, self._below.plain)))

    def _face(self, card: StoredCard, revealed: bool) -> Face:
        said = card.said if revealed else {}
        beside = tuple((what, said[what]) for what in ("mnemonic", "comment") if what in said)
        answer = card.answer if revealed and not _all_is_ticked(card) else self._said
        return Face(card.prompt, answer, beside, self.source)

    def _show(self) -> None:
        if self.card is None:
            return
        face = self._face(self.card, self.revealed)
        if self.has_class("-ticks"):
            self._text.show(Face(face.prompt, source=face.source))
            self._below.show(face._replace(prompt=None))
        else:
            self._text.show(face)

    def _tick(self, card: StoredCard) -> None:
        if self.checklist is None:
            from nnstudy.tui.widgets.checklist import Checklist

            self.checklist = Checklist()
            self.mount(self.checklist, self._below, after=self._text)
        self.add_class("-ticks")
        self.checklist.offer(card.points)
        self.checklist.focus()

    def _untick(self) -> None:
        self.remove_class("-ticks")


def _all_is_ticked(card: StoredCard) -> bool:
    """Whether the points to be ticked are the whole answer."""
    return card.kind == "list" and len(card.points) == len(card.answer.splitlines())


def told_drafts(question: OpenQuestion) -> str:
    """The drafts of an open question, the latest first."""
    if not question.drafts:
        return "No draft yet. What would you say today?"
    parts = []
    for draft in reversed(question.drafts):
        runs = f" · {plural(len(draft.runs), 'run')}" if draft.runs else ""
        parts.append(f"**{draft.at.astimezone():%Y-%m-%d %H:%M}**{runs}\n\n{draft.text}")
    return "\n\n".join(parts)
