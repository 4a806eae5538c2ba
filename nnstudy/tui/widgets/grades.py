"""The four grades with the intervals that each would give, by key or by mouse; one widget, painted fast."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from nnstudy.memory.scheduler import Rating
from nnstudy.tui.bindings import key

NAMES = {Rating.AGAIN: "Again", Rating.HARD: "Hard", Rating.GOOD: "Good", Rating.EASY: "Easy"}
STYLES = {
    Rating.AGAIN: "$text-error on $error-muted",
    Rating.HARD: "$text-warning on $warning-muted",
    Rating.GOOD: "$text-success on $success-muted",
    Rating.EASY: "$text-primary on $primary-muted",
}
WORK = (("draft", " write a draft   "), ("reveal", " show yours   "), ("bury", " not today"))


class GradeBar(Static):
    """The grades in a row; before the reveal, one line that says how to get there."""

    ALLOW_SELECT = False

    class Revealed(Message):
        """The bar was clicked while the answer was hidden."""

    @dataclass
    class Chosen(Message):
        """A grade was clicked."""

        rating: Rating

    def __init__(self) -> None:
        super().__init__(id="grades")
        self._intervals: Mapping[Rating, str] | None = None
        self._proposed: Rating | None = None
        self._open = False

    def hide(self, is_open: bool = False) -> None:
        """Offer the reveal only; of an open question, to work on it."""
        self._intervals, self._open = None, is_open
        self.refresh()

    def offer(self, intervals: Mapping[Rating, str], proposed: Rating | None = None) -> None:
        """Offer the four grades with their intervals, and mark the one that the prediction proposes."""
        self._intervals, self._proposed = intervals, proposed
        self.refresh()

    def render(self) -> Content:
        if self._open:
            return Content.assemble(
                *(part for action, words in WORK for part in ((key(self.screen, action), "bold"), words))
            ).center(self.size.width)
        if self._intervals is None:
            return Content.assemble((key(self.screen, "reveal"), "bold"), " reveals the answer").center(self.size.width)
        cells = [self._cell(rating, interval) for rating, interval in self._intervals.items()]
        return Content(" ").join(cells)

    def _cell(self, rating: Rating, interval: str) -> Content:
        mark = "▸ " if rating is self._proposed else ""
        text = f"{mark}{key(self.screen, f'grade-{rating.value}')} {NAMES[rating]} {interval}".rstrip()
        return Content.styled(text.center(self._cell_width()), f"bold {STYLES[rating]}")

    def _cell_width(self) -> int:
        return (self.size.width - 3) // 4

    async def on_click(self, event: Click) -> None:
        if self._open:
            part = min(2, event.x * 3 // max(1, self.size.width))
            await self.run_action(f"screen.{('draft', 'reveal', 'bury')[part]}")
        elif self._intervals is None:
            self.post_message(self.Revealed())
        else:
            place = min(3, event.x // (self._cell_width() + 1))
            self.post_message(self.Chosen(list(self._intervals)[place]))
