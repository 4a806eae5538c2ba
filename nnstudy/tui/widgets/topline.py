"""One line: what stands on the left is cut so that what stands on the right is whole."""

from textual.content import Content
from textual.widgets import Static


class TopLine(Static):
    """The place in the note on the left, what is left to do on the right."""

    def __init__(self) -> None:
        super().__init__(id="top")
        self._left = self._right = Content()

    def show(self, left: Content, right: Content) -> None:
        """Write both sides."""
        self._left, self._right = left, right
        self.refresh()

    def render(self) -> Content:
        room = max(8, self.size.width - self._right.cell_length - 2)
        return Content.assemble(self._left.truncate(room, ellipsis=True, pad=True), "  ", self._right)
