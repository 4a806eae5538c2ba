"""The four grades with the intervals that each would give; by key or by mouse."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from nnstudy.memory.scheduler import Rating

NAMES = {Rating.AGAIN: "Again", Rating.HARD: "Hard", Rating.GOOD: "Good", Rating.EASY: "Easy"}


class Grade(Static):
    """One grade to click."""

    ALLOW_SELECT = False

    @dataclass
    class Chosen(Message):
        """A grade was clicked."""

        rating: Rating

    def __init__(self, rating: Rating) -> None:
        super().__init__(classes=f"grade -{NAMES[rating].lower()}")
        self.rating = rating

    def show(self, interval: str, proposed: bool) -> None:
        """Print the interval, and mark the grade that the prediction proposes."""
        mark = "▸" if proposed else " "
        self.update(
            Content.assemble((f"{mark}{self.rating.value} ", "bold"), (NAMES[self.rating], "bold"), f" {interval}")
        )
        self.set_class(proposed, "-proposed")

    def on_click(self) -> None:
        self.post_message(self.Chosen(self.rating))


class GradeBar(Horizontal):
    """The grades in a row; before the reveal, one line that says how to get there."""

    @dataclass
    class Revealed(Message):
        """The bar was clicked while the answer was hidden."""

    def compose(self) -> ComposeResult:
        yield Static(Content.assemble(("space", "bold"), " reveals the answer"), id="reveal")
        for rating in Rating:
            yield Grade(rating)

    def hide(self) -> None:
        """Offer the reveal only."""
        self.remove_class("-revealed")

    def offer(self, intervals: Mapping[Rating, str], proposed: Rating | None = None) -> None:
        """Offer the four grades with their intervals."""
        for grade in self.query(Grade):
            grade.show(intervals[grade.rating], grade.rating is proposed)
        self.add_class("-revealed")

    def on_click(self) -> None:
        if not self.has_class("-revealed"):
            self.post_message(self.Revealed())
