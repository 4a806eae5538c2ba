"""The card under review: where it stands, its question and, once revealed, its answer."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from nnstudy.store.records import StoredCard
from nnstudy.tui.widgets.prose import prose
from nnstudy.words import visible

KINDS = {"written": "question", "recall": "recall", "cloze": "fill the gap", "list": "list"}


def breadcrumb(card: StoredCard) -> Content:
    """Note › section › heading, and what kind of card it is."""
    path = " › ".join((card.note_title, *(h for h in card.section[-2:] if h != card.note_title)))
    return Content.assemble((visible(path), "bold"), ("  " + KINDS.get(card.kind, card.kind), "dim"))


class CardView(VerticalScroll, can_focus=True):
    """A question and, once revealed, its answer; the arrow keys scroll what is long."""

    def compose(self) -> ComposeResult:
        yield Static(id="question")
        yield Static(id="answer")

    def ask(self, card: StoredCard) -> None:
        """Show the question alone."""
        self.query_one("#question", Static).update(prose(card.prompt))
        answer = self.query_one("#answer", Static)
        answer.update("")
        answer.display = False
        self.scroll_home(animate=False)

    def reveal(self, card: StoredCard) -> None:
        """Show the answer below the question."""
        answer = self.query_one("#answer", Static)
        answer.update(prose(card.answer))
        answer.display = True
