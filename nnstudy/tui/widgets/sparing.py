"""Widgets of Textual that leave alone what stays as it is: lines that are drawn, the places of other widgets."""

from textual.reactive import reactive
from textual.visual import VisualType
from textual.widgets import OptionList, Static


class SparingList(OptionList):
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
    """Text as high as its lines; the screen is arranged anew only where there are more of them, or fewer."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        super().update(content, layout=False)
        self.clear_cached_dimensions()
        if layout and self._height() != self.outer_size.height:
            self.refresh(layout=True)

    def _height(self) -> int:
        """The lines that it takes, with what stands around them and within the bounds of its style."""
        styles, width = self.styles, self.content_size.width
        height = self.get_content_height(self.size, self.size, width) + styles.gutter.height
        for bound, nearer in ((styles.max_height, min), (styles.min_height, max)):
            if bound is not None and bound.cells is not None:
                height = nearer(height, bound.cells)
        return height
