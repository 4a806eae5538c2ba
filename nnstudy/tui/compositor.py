"""Paints no more than what changed and is seen.

Textual's compositor asks each widget that touches the lines of a change for those lines: of a figure, the form beside
it and the containers around it, too. Here a widget is asked only for what no widget before it has covered.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.console import Console
from textual._compositor import Compositor, CompositorUpdate, ReflowResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class Piece(NamedTuple):
    """What stands on a line of the screen from a column on."""

    y: int
    x: int
    strip: Strip


class Pieces(CompositorUpdate):
    """Pieces to be written to the terminal."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """As text with escape sequences."""
        return "".join(f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for y, x, strip in self.pieces)


class SparingCompositor(Compositor):
    """Asks each widget for what is seen of it and is to be painted anew, and for nothing else."""

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Arrange all widgets; Textual would do so once more, where one of them had not been seen before."""
        found = super().reflow(parent, size)
        self._full_map_invalidated = False
        return found

    def render_partial_update(self) -> Pieces | None:  # type: ignore[override]
        screen, changed = self.size.region, self._dirty_regions
        self._dirty_regions = set()
        spans = self._regions_to_spans(region.intersection(screen) for region in changed)
        # from above: an image may be drawn from its last line, over those before it
        return Pieces(sorted(self._pieces(spans), key=lambda piece: piece.y)) if changed else None

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        whole = ((y, *crop.column_span) for y in crop.line_range if is_rendered_line(y))
        chops: list[dict[int, Strip]] = [{} for _ in range(self.size.height)]
        for y, x, strip in sorted(self._pieces(whole), key=lambda piece: piece.x):
            chops[y][x] = strip
        return chops

    def _pieces(self, dirty: Iterable[tuple[int, int, int]]) -> Iterator[Piece]:
        """What the spans (line, first column, column past the last), in rising order, show."""
        uncovered: dict[int, list[tuple[int, int]]] = {}
        for y, begin, end in dirty:
            uncovered.setdefault(y, []).append((begin, end))
        for widget, (region, clip) in self.visible_widgets.items():  # from the front to the back
            if not uncovered:
                break
            shown = region.intersection(clip)
            left, right = shown.column_span
            top, bottom = shown.line_span
            lines = [
                y for y, spans in uncovered.items()
                if top <= y < bottom and any(begin < right and left < end for begin, end in spans)
            ]  # fmt: skip
            for run in runs(lines):
                part = Region(left, run.start, shown.width, len(run)).translate(-region.offset)
                for y, strip in zip(run, widget.render_lines(part), strict=False):
                    rest = []
                    for begin, end in uncovered[y]:
                        first, last = max(begin, left), min(end, left + strip.cell_length)
                        if first < last:
                            yield Piece(y, first, strip.crop(first - left, last - left))
                            rest += [span for span in ((begin, first), (last, end)) if span[0] < span[1]]
                        else:
                            rest.append((begin, end))
                    if rest:
                        uncovered[y] = rest
                    else:
                        del uncovered[y]


def runs(lines: Sequence[int]) -> Iterator[range]:
    """Rising numbers, those that follow each other together."""
    for _, run in groupby(enumerate(lines), key=lambda numbered: numbered[1] - numbered[0]):
        found = [line for _, line in run]
        yield range(found[0], found[-1] + 1)
