"""The four grades with the intervals that each would give, by key or by mouse; one widget, painted fast."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from nnstudy.memory.scheduler import Rating
from nnstudy.tui.bindings import key
from nnstudy.tui.widgets.painted import Painted, Texts

NAMES = {Rating.AGAIN: "Again", Rating.HARD: "Hard", Rating.GOOD: "Good", Rating.EASY: "Easy"}
STYLES = {
    Rating.AGAIN: "$text-error on $error-muted",
    Rating.HARD: "$text-warning on $warning-muted",
    Rating.GOOD: "$text-success on $success-muted",
    Rating.EASY: "$text-primary on $primary-muted",
}
WORK = (("draft", " write a draft   "), ("reveal", " show yours   "), ("bury", " not today"))


class Line(NamedTuple):
    """Texts with their styles: one behind the other in the middle of the line, or each in a cell of its own."""

    texts: Texts
    are_cells: bool = False


class GradeBar(Painted):
    """The grades in a row; before the reveal, one line that says how to get there."""

    ALLOW_SELECT = False

    class Revealed(Message):
        """The bar was clicked while the answer was hidden."""

    @dataclass
    class Chosen(Message):
        """A grade was clicked."""

        rating: Rating

    def __init__(self) -> None:
        super().__init__(Line(()), id="grades")
        self._intervals: Mapping[Rating, str] | None = None
        self._proposed: Rating | None = None
        self._open = False

    def hide(self, is_open: bool = False) -> None:
        """Offer the reveal only; of an open question, to work on it."""
        self._intervals, self._open = None, is_open
        words = WORK if is_open else (("reveal", " reveals the answer"),)
        bold = [((key(self.screen, action), "bold"), (text, "")) for action, text in words]
        self.show(Line(tuple(part for parts in bold for part in parts)))

    def offer(self, intervals: Mapping[Rating, str], proposed: Rating | None = None) -> None:
        """Offer the four grades with their intervals, and mark the one that the prediction proposes."""
        self._intervals, self._proposed = intervals, proposed
        self.show(self._offered(intervals, proposed))

    def expect(self, intervals: Mapping[Rating, str], proposed: Rating | None = None) -> None:
        """Make what is likely to be offered next."""
        self.prepare(self._offered(intervals, proposed))

    def _offered(self, intervals: Mapping[Rating, str], proposed: Rating | None) -> Line:
        cells = []
        for rating, interval in intervals.items():
            mark = "▸ " if rating is proposed else ""
            text = f"{mark}{key(self.screen, f'grade-{rating.value}')} {NAMES[rating]} {interval}"
            cells.append((text.rstrip(), f"bold {STYLES[rating]}"))
        return Line(tuple(cells), are_cells=True)

    def draw(self, state: Line, width: int) -> Iterable[Strip]:
        if state.are_cells:
            cells = ((text.center(_cell_width(width)), style) for text, style in state.texts)
            yield self.line([part for cell in cells for part in ((" ", ""), cell)][1:], width)
        else:
            before = (width - sum(len(text) for text, _ in state.texts)) // 2
            yield self.line([(" " * before, ""), *state.texts], width)

    async def on_click(self, event: Click) -> None:
        if self._open:
            part = min(2, event.x * 3 // max(1, self.size.width))
            await self.run_action(f"screen.{('draft', 'reveal', 'bury')[part]}")
        elif self._intervals is None:
            self.post_message(self.Revealed())
        else:
            place = min(3, event.x // (_cell_width(self.size.width) + 1))
            self.post_message(self.Chosen(list(self._intervals)[place]))


def _cell_width(width: int) -> int:
    """The cells that each of four grades has, with one between them."""
    return (width - 3) // 4
