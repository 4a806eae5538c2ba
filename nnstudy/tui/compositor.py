"""Paints no more than what changed.

Textual's compositor asks each widget that touches a change for all of the lines that it shows, and throws away those
that stay as they are: of a list of forty lines in which a cursor moves by one, thirty-eight.
"""

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class SparingCompositor(Compositor):
    """Asks the widgets for the lines only that are to be painted anew."""

    _changed: tuple[range, ...] | None = None  # lines of the screen; None: all

    def render_partial_update(self):  # type: ignore[no-untyped-def]
        self._changed = runs(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = None

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if self._changed is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            for lines in self._changed:
                part = shown.intersection(Region(shown.x, lines.start, shown.width, len(lines)))
                if part:
                    yield region, part, widget.render_lines(part.translate(-region.offset))


def runs(regions: Iterable[Region]) -> tuple[range, ...]:
    """The lines on which regions lie, without gaps and overlaps, from the top."""
    found: list[range] = []
    for lines in sorted((region.line_range for region in regions), key=lambda lines: lines.start):
        if found and lines.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, lines.stop))
        else:
            found.append(lines)
    return tuple(found)
