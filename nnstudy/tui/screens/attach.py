"""A sheet of the latest runs, to tick those that speak for a draft."""

from collections.abc import Collection, Mapping

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from nnstudy.tui.bindings import named
from nnstudy.tui.screens.pick import ROOM
from nnstudy.tui.widgets.sparing import SparingList
from nnstudy.words import shorten, visible


class AttachScreen(ModalScreen[tuple[str, ...]]):
    """Gives the ids of the runs that are ticked when it is closed."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("space", "tick", "Tick"), Binding("escape,q", "take", "Take")]

    def __init__(self, runs: Mapping[str, str], ticked: Collection[str]) -> None:
        super().__init__()
        self.runs = runs
        self.ticked = dict.fromkeys(ticked)  # in their order

    def compose(self) -> ComposeResult:
        choices = SparingList(*(Option(self._line(run)) for run in self.runs), id="pick", markup=False)
        choices.border_title = "Which runs speak for it?"
        choices.border_subtitle = named(self, "{tick}, Enter or a click ticks · escape takes what is ticked")
        yield choices

    def _line(self, run: str) -> Content:
        box = ("☑ ", "bold $text-success") if run in self.ticked else ("☐ ", "")
        return Content.assemble(box, shorten(visible(self.runs[run]), ROOM))

    def on_option_list_option_selected(self) -> None:
        self.action_tick()

    def action_tick(self) -> None:
        """Tick the run under the cursor, or empty its box."""
        choices = self.query_one(OptionList)
        if choices.highlighted is not None:
            run = list(self.runs)[choices.highlighted]
            if run in self.ticked:
                del self.ticked[run]
            else:
                self.ticked[run] = None
            choices.replace_option_prompt_at_index(choices.highlighted, self._line(run))

    def action_take(self) -> None:
        self.dismiss(tuple(self.ticked))
