"""Widgets of Textual that leave alone what stays as it is: lines that are drawn, the places of other widgets."""

from typing import TYPE_CHECKING, Any, ClassVar

from rich.style import Style
from textual.content import Content
from textual.events import Blur, Focus
from textual.geometry import Region, Size, Spacing
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import OptionList, Static

if TYPE_CHECKING:
    View = ScrollView
else:
    View = object  # Textual takes styles and keys from the first widget that another one inherits

MOST_KEPT = 40  # texts of one widget


class SparingLines(View):
    """For a view that draws its lines: those that are asked for, and beside them no scroll bar."""

    _arranged: tuple[Size, Size, Spacing] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are drawn; where nothing stands around them, no style is laid over each of them again."""
        if self.styles.gutter:
            return super().render_lines(crop)
        strips, background = [self.render_line(y) for y in crop.line_range], self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return [strip.crop(*crop.column_span) for strip in strips]

    def refresh_lines(self, y_start: int, line_count: int = 1) -> None:
        self.refresh(Region(0, y_start - self.scroll_offset.y, self.scrollable_content_region.width, line_count))

    def refresh_line(self, y: int) -> None:
        self.refresh_lines(y)

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Textual draws the scroll bars anew whenever anything on the screen is arranged."""
        now = size, self.virtual_size, self.styles.gutter
        if now == self._arranged:
            return False
        self._arranged = now
        return super()._size_updated(size, virtual_size, container_size, layout)


class SparingStyles(View):
    """Keeps the styles of its parts, which Textual works out anew whenever anything of a widget is drawn anew."""

    PARTS: ClassVar[str]  # what the names of its component classes begin with

    def style(self, part: str) -> Style:
        """The style of a part."""
        kept: dict[str, Style] = vars(self).setdefault("_styles_of_parts", {})
        if part not in kept:
            kept[part] = self.get_component_rich_style(f"{self.PARTS}--{part}")
        return kept[part]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        vars(self).pop("_styles_of_parts", None)


class SparingFocus(View):
    """Draws in some of its lines whether it has the focus.

    Textual would style it and draw it anew from top to bottom, and tell all around it.
    """

    def watch_has_focus(self, _has_focus: bool) -> None:
        self.show_focus()

    def show_focus(self) -> None:
        """Draw anew what shows whether this has the focus."""

    def on_focus(self, event: Focus) -> None:
        event.prevent_default()
        self.has_focus = True

    def on_blur(self, event: Blur) -> None:
        event.prevent_default()
        self.has_focus = False


class SparingList(SparingLines, OptionList):
    """Textual's list draws all of its lines at every step of the cursor; this one those of two options."""

    highlighted: reactive[int | None] = reactive(None, repaint=False)
    _mouse_hovering_over: reactive[int | None] = reactive(None, repaint=False)

    def watch_highlighted(self, old: int | None, highlighted: int | None) -> None:  # type: ignore[override]
        self._repaint_options(old, highlighted)
        super().watch_highlighted(highlighted)

    def watch__mouse_hovering_over(self, old: int | None, hovered: int | None) -> None:
        self._repaint_options(old, hovered)

    def _repaint_options(self, *places: int | None) -> None:
        for place in places:
            if place is not None and (line := self._index_to_line.get(place)) is not None:
                self.refresh_lines(line, self._heights[place])


class SparingStatic(Static):
    """Text as high as its lines; the screen is arranged anew only where there are more of them, or fewer.

    Its latest texts are kept as they were drawn: one often comes back to them.
    """

    def __init__(self, content: VisualType = "", **kwargs: Any) -> None:
        super().__init__(content, **kwargs)
        self._kept: dict[tuple[Any, ...], Any] = {}

    def _render_content(self) -> None:
        content = self._render()
        if self.text_selection is not None or not isinstance(content, Content):
            super()._render_content()
            return
        state = content.plain, tuple(content.spans), self.size, self.visual_style, self.app.theme
        if (kept := self._kept.get(state)) is not None:
            self._render_cache = kept
            self._dirty_regions.clear()
        else:
            super()._render_content()
            self._kept[state] = self._render_cache
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        super().update(content, layout=False)
        self.clear_cached_dimensions()
        if layout and self._height() != self.outer_size.height:
            self.refresh(layout=True)

    def _height(self) -> int:
        """The lines that it takes, with what stands around them and within the bounds of its style."""
        styles, width = self.styles, self.content_size.width
        height = self.get_content_height(self.size, self.size, width) + styles.gutter.height
        around = self.parent.content_size if isinstance(self.parent, Widget) else self.screen.size
        for bound, nearer in ((styles.max_height, min), (styles.min_height, max)):
            if bound is not None:
                height = nearer(height, int(bound.resolve(around, self.screen.size)))
        return height
