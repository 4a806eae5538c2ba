"""A sheet to pick one of several lines from."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from nnstudy.tui.widgets.sparing import SparingList
from nnstudy.words import visible

ROOM = 66  # cells of a line that is not to be broken, as the style sheet has it


class PickScreen(ModalScreen[int]):
    """Gives the place of the line that was picked."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape,q", "dismiss", "Close")]

    def __init__(self, title: str, lines: Sequence[str], present: int = 0) -> None:
        super().__init__()
        self.heading, self.lines, self.present = title, lines, present

    def compose(self) -> ComposeResult:
        choices = SparingList(
            *(Option(Content(visible(line, keep="\n"))) for line in self.lines), id="pick", markup=False
        )
        choices.border_title = self.heading
        choices.border_subtitle = "Enter or a click picks · escape closes"
        choices.highlighted = self.present
        yield choices

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option_index)
