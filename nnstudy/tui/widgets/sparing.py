"""A list of options whose cursor moves without the other lines being drawn anew."""

from textual.reactive import reactive
from textual.widgets import OptionList


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
