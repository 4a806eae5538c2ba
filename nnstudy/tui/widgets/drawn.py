"""A panel that draws its own rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from nnstudy.lab.experiment import Panel
from nnstudy.tui.widgets.axes import Side
from nnstudy.tui.widgets.reading import PLAIN, Look

BITE_SECONDS = 0.002  # between two bites of a drawing that yields

State = tuple[Size, Panel, Hashable, str]  # what a drawing depends on; the last is the theme

Drawing = tuple[list[Strip], Region, tuple[Side, Side], NDArray[np.bool_]]  # the rows, `grid`, `sides` and `free`


class DrawnPanel(Widget):
    """A panel on the screen: its rows are drawn when they are painted, and anew only where something changed.

    It is one widget, however its heading or its margins grow: nothing around it is arranged anew for a frame. It
    `keeps` so many drawings: panels that are turned back to are not drawn anew.
    """

    DEFAULT_CSS = """
    DrawnPanel {
        width: 1fr;
        height: 1fr;
    }
    """

    def __init__(self, panel: Panel, *, keeps: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keeps = keeps
        self.panel = panel
        self.look = PLAIN
        self.grid = Region()  # the cells that marks stand in, within the widget
        self.base = Style()  # of what is being drawn: to ask a widget for its own takes a while
        self.sides = Side(0.0, 1.0, False, 0), Side(0.0, 1.0, False, 0)  # the axes of a plot
        self._strips: list[Strip] = []
        self._drawn: State | None = None
        self._yields = False  # drawing begins soon
        self.free: NDArray[np.bool_] = np.zeros((0, 0), dtype=bool)  # the cells of the grid without any mark
        self._kept: dict[
            State, tuple[list[Strip], Region, tuple[Side, Side], NDArray[np.bool_]]
        ] = {}  # the latest last

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.refresh())

    @property
    def area(self) -> Region:
        """Where on the screen the cells within the axes are."""
        self.rows()
        return self.grid.translate(self.content_region.offset) if self.grid else Region()

    def show(self, panel: Panel, look: Look = PLAIN, *, yields: bool = False) -> None:
        """Draw another state of the panel; where it `yields`, in bites, between which a key is answered."""
        regions = self._touched(panel, look)
        self.panel, self.look = panel, look
        if not yields:
            self._yields = False
            self.refresh(*regions)
        elif not self._yields:
            self._yields = True
            self.set_timer(BITE_SECONDS, self._draw_ahead)

    def _touched(self, panel: Panel, look: Look) -> Sequence[Region]:
        """Where this state of the panel differs from the present one; nothing where it may be anywhere."""
        return ()

    def _drawn_look(self) -> Hashable:
        """What a drawing depends on beside the panel."""
        return self.look

    def _draw_ahead(self) -> None:
        """Draw the rows, and let them be painted later: either would be waited for."""
        if not self._yields:
            return  # they were asked for at once meanwhile
        if (rest := getattr(self.app, "rest_in", 0.0)) > 0:
            self.set_timer(rest, self._draw_ahead)
            return
        self._yields = False
        self.rows()
        self.set_timer(BITE_SECONDS, self.refresh)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows as they are drawn; where nothing stands around them, no style is laid over each of them again."""
        if self.gutter:
            return super().render_lines(crop)
        rows, width, background = self.rows(), self.size.width, self.background_colors[1]
        strips = [rows[y] if y < len(rows) else Strip.blank(width, self.rich_style) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        left, right = crop.column_span
        return strips if (left, right) == (0, width) else [strip.crop(left, right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        strips = self.rows()
        return strips[y] if y < len(strips) else Strip.blank(self.size.width, self.rich_style)

    def rows(self) -> list[Strip]:
        """The rows as the present state has them."""
        now = (self.size, self.panel, self._drawn_look(), self.app.theme)
        if self._drawn != now:
            if (kept := self._kept.pop(now, None)) is not None:
                self._strips, self.grid, self.sides, self.free = kept
            else:
                self.base = self.rich_style
                self._strips = self._draw()
            self._kept[now], self._drawn = (self._strips, self.grid, self.sides, self.free), now
            if len(self._kept) > self._keeps:
                del self._kept[next(iter(self._kept))]
        return self._strips

    def _draw(self) -> list[Strip]:
        """The rows of the widget, from the top; sets `grid`, `sides` and `free`. A panel of no kind has none."""
        return []

    def _strip(self, text: Text, begin: int, width: int) -> Strip:
        segments = Segment.apply_style(text.render(self.app.console), self.base)
        strip = Strip([Segment(" " * begin, self.base), *segments])
        return strip.adjust_cell_length(width, self.base)
