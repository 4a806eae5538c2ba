"""Widgets that draw their own lines: made once, ahead of time where possible, and painted only where they differ."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from nnstudy.tui.compositor import runs

KEPT = 8  # pictures: of what stands there, of what stood there, and of what was prepared

Texts = tuple[tuple[str, str], ...]  # with their styles, one behind the other


class Painted(Widget):
    """A widget that shows what its `state` says, and nothing else: the same state in the same width, the same lines.

    It is as high as its lines, or as its style says. What is around it is arranged anew only where its height changes.
    """

    DEFAULT_CSS = """
    Painted {
        width: 1fr;
        height: auto;
    }
    """

    def __init__(self, state: Hashable, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._state = state
        self._shown: list[Strip] = []
        self._pictures: dict[Hashable, list[Strip]] = {}  # the latest last
        self._look: Hashable = None  # that these styles belong to
        self._styles: dict[str, RichStyle] = {}

    def draw(self, state: Any, width: int) -> Iterable[Strip]:
        """The lines of a state, so many cells wide."""
        raise NotImplementedError

    @property
    def plain(self) -> str:
        """The text that stands there, without line breaks where it is wrapped."""
        raise NotImplementedError

    # --- what stands there ----------------------------------------------------------------------------------------

    @property
    def state(self) -> Any:
        """What stands there."""
        return self._state

    def show(self, state: Hashable) -> None:
        """Let this stand there: the lines that differ are painted."""
        self._state = state
        width, height = self.size
        if not width:
            self.refresh(layout=True)
            return
        before, now = self._shown, self._picture(state, width)
        self._shown = now
        if now is before:
            return
        if len(now) != len(before) and self._wanted(len(now), height) != height:
            self.refresh(layout=True)
        elif changed := [y for y, (old, new) in enumerate(zip_longest(before, now)) if old != new]:
            self._repaint([Region(0, run.start, width, len(run)) for run in runs(changed)])

    def prepare(self, state: Hashable) -> None:
        """Make the lines of what is likely to be shown next."""
        if width := self.size.width:
            self._picture(state, width)

    def _repaint(self, regions: Sequence[Region]) -> None:
        """As `refresh`, but without a message to itself and one to the screen: they take as long as the painting."""
        self._set_dirty(*regions)
        self.screen._dirty_widgets.add(self)
        self.screen.check_idle()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._picture(self._state, width))

    def _wanted(self, lines: int, height: int) -> int:
        """How high it is with so many lines, where it is so high now."""
        styles, parent = self.styles, self.parent
        if not styles.is_auto_height:
            return height
        if styles.min_height is None or not styles.min_height.value or not isinstance(parent, Widget):
            return lines
        return max(lines, parent.scrollable_content_region.height)  # its style says: at least as high as that

    # --- how it is drawn ------------------------------------------------------------------------------------------

    def _picture(self, state: Hashable, width: int) -> list[Strip]:
        look = self.app.theme, self.visual_style
        if look != self._look:
            self._look, self._styles = look, {}
        key = state, width, self.text_selection, look
        if (picture := self._pictures.pop(key, None)) is None:
            picture = [*self.draw(state, width)]
        self._pictures[key] = picture
        if len(self._pictures) > KEPT:
            del self._pictures[next(iter(self._pictures))]
        return picture

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are made already: no style is laid over each of them again."""
        width = self.size.width
        self._shown = lines = self._picture(self._state, width)
        strips = [lines[y] if y < len(lines) else self.blank(width) for y in crop.line_range]
        left, right = crop.column_span
        return strips if (left, right) == (0, width) else [strip.crop(left, right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """A line, where the mouse asks for what stands in it."""
        [line] = self.render_lines(Region(0, y, self.size.width, 1))
        return line

    def blank(self, width: int) -> Strip:
        """An empty line."""
        return Strip.blank(width, self.rich(""))

    def line(self, texts: Iterable[tuple[str, str]], width: int) -> Strip:
        """Texts with their styles, one behind the other, as one line."""
        segments = [Segment(text, self.rich(style)) for text, style in texts]
        return Strip(segments).adjust_cell_length(width, self.rich(""))

    def rich(self, style: str) -> RichStyle:
        """A style laid over that of the widget, as it is painted."""
        if (found := self._styles.get(style)) is None:
            of = self.visual_style + self._get_style(style) if style else self.visual_style
            [(_, filtered, _)] = self.filtered(Strip([Segment(" ", of.rich_style)]))
            self._styles[style] = found = filtered or RichStyle()
        return found

    def filtered(self, strip: Strip) -> Strip:
        """A line as the theme and the terminal want its colours."""
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self.background_colors[1])
        return strip

    @property
    def selected(self) -> Style:
        """The style of what the mouse has selected."""
        return Style.from_styles(self.screen.get_component_styles("screen--selection"))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(self.plain), "\n"


def cut(texts: Texts, room: int) -> Texts:
    """Texts in so many cells, filled with spaces, or with a sign that there is more."""
    cells = [cell_len(text) for text, _ in texts]
    if (missing := room - sum(cells)) >= 0:
        return *texts, *([(" " * missing, "")] if missing else [])
    found, left = list[tuple[str, str]](), room - 1
    for (text, style), length in zip(texts, cells, strict=True):
        if length > left:
            return *found, (set_cell_size(text, left) + "…", style)
        found.append((text, style))
        left -= length
    return tuple(found)
