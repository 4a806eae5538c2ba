"""The last lines of a screen: what is read off at a cursor, and what was said last."""

from typing import Any

from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from nnstudy.tui.widgets.sparing import SparingLines

LINES, MOST_SAID = 3, 2


class LastLines(SparingLines, Widget):
    """What is said takes the last line, and where it is too long for it one of the reading until it is short again.

    It is one widget that shares out its own lines: nothing around it is styled or arranged anew for a long message.
    """

    COMPONENT_CLASSES = {"last-lines--reading"}
    DEFAULT_CSS = """
    LastLines {
        height: 3;
        margin: 0 1;

        & > .last-lines--reading {
            color: $text-muted;
        }
    }
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._reading = self._message = Content()
        self._said = 1  # lines of the message
        self._lines = [Content()] * LINES

    def read(self, reading: Content | str) -> None:
        """Show another reading."""
        self._reading = Content.assemble(reading)
        self._share_out()

    def say(self, message: Content) -> None:
        """Show another message."""
        self._message = message
        self._share_out()

    def on_resize(self) -> None:
        self._share_out()

    def _share_out(self) -> None:
        said = self._wrapped(self._message)[:MOST_SAID]
        read = self._wrapped(self._reading)[: LINES - len(said)]
        before, self._lines = self._lines, [*read, *[Content()] * (LINES - len(read) - len(said)), *said]
        self._said = len(said)
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if not old.is_same(new):
                self.refresh(Region(0, y, self.size.width, 1))

    def _wrapped(self, text: Content) -> list[Content]:
        width = max(1, self.size.width)
        return [text] if text.cell_length <= width and "\n" not in text.plain else text.wrap(width)

    def render(self) -> Content:
        reading = Content("\n").join(self._lines[: LINES - self._said])
        muted = self.get_visual_style("last-lines--reading")
        return Content("\n").join([reading.stylize_before(muted), *self._lines[LINES - self._said :]])

    def render_line(self, y: int) -> Strip:
        return super().render_line(y).extend_cell_length(self.size.width, self.visual_style.rich_style)
