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
BESIDE = 5  # cells that margins, a border and a scrollbar take


def breadcrumb(card: StoredCard) -> Content:
    """Note › section › heading, and what kind of card it is."""
    path = " › ".join((card.note_title, *(h for h in card.section[-2:] if h != card.note_title)))
    flag = card.said.get("flag", "")
    sign = (f"{FLAGS[flag]} {flag}  ", FLAG_COLOURS[flag]) if flag in FLAGS else ""
    return Content.assemble(sign, (visible(path), "bold"), ("  " + KINDS.get(card.kind, card.kind), "dim"))


@dataclass
class Ticked(Message):
    """A point of the card was ticked, or its box emptied: which grade the share of ticked ones speaks for."""

    proposed: Rating | None


class CardView(VerticalScroll, can_focus=True):
    """A question and, once revealed, its answer; the arrow keys scroll what is long."""

    card: StoredCard | None = None
    revealed = False
    source = False  # formulas as they are written
    _width = 0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._written: dict[str, Content] = {}
        self.checklist: Checklist | None = None  # mounted for the first card that has one

    def compose(self) -> ComposeResult:
        yield Static(id="question")
        yield Static(id="answer")
        yield Static(id="beside")

    def ask(self, card: StoredCard) -> None:
        """Show the question alone."""
        self.card, self.revealed, self.source = card, False, False
        self._show()
        if self.checklist is not None:
            self.checklist.display = False
        self.scroll_home(animate=False)

    def reveal(self, card: StoredCard) -> None:
        """Show the answer below the question, and first what of it is to be ticked."""
        self.card, self.revealed = card, True
        self._show()
        if card.points:
            self._tick(card)

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

        return [latex for text in self._texts() for _, _, latex, _ in spans(text)]

    def on_resize(self) -> None:
        if self._room() != self._width and any("$" in text or "\\" in text for text in self._texts()):
            self._show()

    def _texts(self) -> list[str]:
        if self.card is None:
            return []
        return [self.card.prompt, self.card.answer] if self.revealed else [self.card.prompt]

    def _room(self) -> int:
        return max(0, self.scrollable_content_region.width - BESIDE)

    def _show(self) -> None:
        self._width = self._room()
        shown = [prose(text, self._width, self.source) for text in self._texts()]
        self._write("question", shown[0] if shown else Content())
        self._write("answer", shown[1] if self.revealed else Content())
        self.query_one("#answer").display = self.revealed and not self._all_is_ticked()
        self._show_beside()

    def _write(self, part: str, text: Content) -> None:
        """What stands there already is not laid out and drawn again."""
        if part not in self._written or not self._written[part].is_same(text):
            self._written[part] = text
            self.query_one(f"#{part}", Static).update(text)

    def _show_beside(self) -> None:
        """What a person wrote beside the card, once it is revealed."""
        said = self.card.said if self.card is not None and self.revealed else {}
        lines = [
            Content.assemble((f"{what.capitalize()}  ", "bold $text-accent"), prose(said[what], self._width))
            for what in ("mnemonic", "comment")
            if what in said
        ]
        self._write("beside", Content("\n").join(lines))
        self.query_one("#beside").display = bool(lines)

    def _all_is_ticked(self) -> bool:
        """Whether the points to be ticked are the whole answer."""
        card = self.card
        return card is not None and card.kind == "list" and len(card.points) == len(card.answer.splitlines())

    def _tick(self, card: StoredCard) -> None:
        if self.checklist is None:
            from nnstudy.tui.widgets.checklist import Checklist

            self.checklist = Checklist()
            self.mount(self.checklist, before="#answer")
        self.checklist.display = True
        self.checklist.offer(card.points)
        self.checklist.focus()

    def answer(self, text: str) -> None:
        """Show a text in the place of the answer."""
        self._write("answer", prose(text))
        self.query_one("#answer").display = True


def told_drafts(question: OpenQuestion) -> str:
    """The drafts of an open question, the latest first."""
    if not question.drafts:
        return "No draft yet. What would you say today?"
    parts = []
    for draft in reversed(question.drafts):
        runs = f" · {plural(len(draft.runs), 'run')}" if draft.runs else ""
        parts.append(f"**{draft.at.astimezone():%Y-%m-%d %H:%M}**{runs}\n\n{draft.text}")
    return "\n\n".join(parts)
