"""One line: what stands on the left is cut so that what stands on the right is whole."""

from collections.abc import Iterable

from rich.cells import cell_len
from textual.strip import Strip

from nnstudy.tui.widgets.painted import Painted, Texts, cut


class TopLine(Painted):
    """The place in the note on the left, what is left to do on the right."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(((), ()), id="top")

    def write(self, left: Texts, right: Texts) -> None:
        """Write both sides."""
        self.show((left, right))

    @property
    def plain(self) -> str:
        return "  ".join("".join(text for text, _ in side) for side in self.state)

    def draw(self, state: tuple[Texts, Texts], width: int) -> Iterable[Strip]:
        left, right = state
        room = max(8, width - sum(cell_len(text) for text, _ in right) - 4)
        yield self.line([(" ", ""), *cut(left, room), ("  ", ""), *right], width)
