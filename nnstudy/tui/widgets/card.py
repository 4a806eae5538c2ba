"""The card under review: where it stands, its question and, once revealed, its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from nnstudy.memory.scheduler import Rating
from nnstudy.store.records import StoredCard
from nnstudy.tui.widgets.prose import prose
from nnstudy.words import visible

if TYPE_CHECKING:
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


def breadcrumb(card: StoredCard) -> Content:
    """Note › section › heading, and what kind of card it is."""
    path = " › ".join((card.note_title, *(h for h in card.section[-2:] if h != card.note_title)))
    return Content.assemble((visible(path), "bold"), ("  " + KINDS.get(card.kind, card.kind), "dim"))


@dataclass
class Ticked(Message):
    """A point of the card was ticked, or its box emptied: which grade the share of ticked ones speaks for."""

    proposed: Rating | None


class CardView(VerticalScroll, can_focus=True):
    """A question and, once revealed, its answer; the arrow keys scroll what is long."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.checklist: Checklist | None = None  # mounted for the first card that has one

    def compose(self) -> ComposeResult:
        yield Static(id="question")
        yield Static(id="answer")

    def ask(self, card: StoredCard) -> None:
        """Show the question alone."""
        self.query_one("#question", Static).update(prose(card.prompt))
        answer = self.query_one("#answer", Static)
        answer.update("")
        answer.display = False
        if self.checklist is not None:
            self.checklist.display = False
        self.scroll_home(animate=False)

    def reveal(self, card: StoredCard) -> None:
        """Show the answer below the question, and first what of it is to be ticked."""
        answer = self.query_one("#answer", Static)
        answer.update(prose(card.answer))
        answer.display = card.kind != "list" or len(card.points) != len(card.answer.splitlines())
        if card.points:
            self._tick(card)

    def _tick(self, card: StoredCard) -> None:
        if self.checklist is None:
            from nnstudy.tui.widgets.checklist import Checklist

            self.checklist = Checklist()
            self.mount(self.checklist, before="#answer")
        self.checklist.display = True
        self.checklist.offer(card.points)
        self.checklist.focus()
