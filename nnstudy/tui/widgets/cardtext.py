"""The texts of a card as lines: its question, its answer, and what a person wrote beside it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.segment import Segment
from textual.content import Content
from textual.selection import Selection
from textual.strip import Strip

from nnstudy.tui.widgets.painted import Painted
from nnstudy.tui.widgets.prose import prose

INDENT = 1  # cells on both sides of a text
EDGE = "█ ", "$success"  # before each line of an answer
BESIDE = 5  # cells that stand beside a formula at the most


class Face(NamedTuple):
    """What of a card stands there."""

    prompt: str | None = None
    answer: str | None = None
    beside: tuple[tuple[str, str], ...] = ()  # what a person wrote beside it
    source: bool = False  # formulas as they are written


class CardText(Painted):
    """The texts of a card, one below the other."""

    @property
    def plain(self) -> str:
        return "\n\n".join(content.plain for content, _, _ in _texts(self.state, self.size.width))

    def draw(self, state: Face, width: int) -> Iterable[Strip]:
        base, selection, first = self.visual_style, self.text_selection, 0
        for content, style, (edge, colour) in _texts(state, width):
            margin = [Segment(" " * INDENT, self.rich("")), *([Segment(edge, self.rich(colour))] if edge else [])]
            begin = INDENT + len(edge)
            lines = content._wrap_and_format(
                max(1, width - begin - INDENT), get_style=self._get_style,
                selection=_from_line(selection, first), selection_style=self.selected if selection else None,
            )  # fmt: skip
            yield self.blank(width)
            for line in lines:
                line.y += first  # as the text is counted when it is selected
                segments, length = line.to_strip(base + self._get_style(style))
                text = self.filtered(Strip(segments, length))
                yield Strip([*margin, *text], begin + length).adjust_cell_length(width, self.rich(""))
            first += content.plain.count("\n") + 2


def room_for_text(width: int) -> int:
    """The cells that a formula can take in a card of so many."""
    return max(0, width - BESIDE)


def _texts(face: Face, width: int) -> Iterator[tuple[Content, str, tuple[str, str]]]:
    """Each text, its style, and what stands before each of its lines."""
    room = room_for_text(width)
    if face.prompt is not None:
        yield prose(face.prompt, room, face.source), "bold", ("", "")
    if face.answer is not None:
        yield prose(face.answer, room, face.source), "", EDGE
    if face.beside:
        lines = [
            Content.assemble((f"{what.capitalize()}  ", "bold $text-accent"), prose(said, room))
            for what, said in face.beside
        ]
        yield Content("\n").join(lines), "", ("", "")


def _from_line(selection: Selection | None, first: int) -> Selection | None:
    """A selection as a text counts its lines that begins at this one."""
    if selection is None:
        return None
    start, end = (None if place is None else place - (0, first) for place in selection)
    return Selection(start, end)
