"""What to tick at the reveal: the items of a list, the key points of a section."""

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from nnstudy.memory.scheduler import Rating
from nnstudy.tui.bindings import key
from nnstudy.tui.widgets.card import Ticked
from nnstudy.tui.widgets.prose import prose
from nnstudy.tui.widgets.sparing import SparingList

SHARES = ((0.8, Rating.GOOD), (0.5, Rating.HARD), (0.0, Rating.AGAIN))


def proposed(ticked: int, points: int) -> Rating:
    """The grade that a share of points speaks for: good from four in five, hard from half, else again."""
    return next(rating for share, rating in SHARES if ticked >= share * points)


class Checklist(SparingList):
    """The points of a card with a box each. Space or a click ticks one, and goes on to the next."""

    BINDINGS = [Binding("space", "select", "Tick", show=False)]

    def __init__(self) -> None:
        super().__init__(id="points", markup=False, compact=True)
        self._points: Sequence[str] = ()
        self._ticked: set[int] = set()

    def offer(self, points: Sequence[str]) -> None:
        """Show points, none of them ticked."""
        self._points, self._ticked = points, set()
        self.clear_options()
        self.add_options([Option(self._line(place)) for place in range(len(points))])
        self.highlighted = 0 if points else None
        self.border_title = "Tick what you said"
        self._count()

    def _count(self) -> None:
        self.border_subtitle = f"{len(self._ticked)} of {len(self._points)} · {key(self, 'select')} ticks"

    def _line(self, place: int) -> Content:
        box = ("☑ ", "bold $text-success") if place in self._ticked else ("☐ ", "")
        return Content.assemble(box, prose(self._points[place]))

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        place = message.option_index
        self._ticked ^= {place}
        self.replace_option_prompt_at_index(place, self._line(place))
        self._count()
        if place in self._ticked and place + 1 < len(self._points):
            self.highlighted = place + 1
        self.post_message(Ticked(proposed(len(self._ticked), len(self._points)) if self._ticked else None))
