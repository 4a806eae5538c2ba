"""The runs that stay behind the present one, to drop one or to compare with it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from nnstudy.tui.bindings import key
from nnstudy.tui.widgets.sparing import SparingList


class BehindScreen(ModalScreen[tuple[str, int]]):
    """Gives "drop" or "compare" and the place of the chosen run."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [
        Binding("x,delete", "give('drop')", "Drop"),
        Binding("d", "give('compare')", "Compare"),
        Binding("escape,q,b", "dismiss", "Close"),
    ]

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        self.labels = labels

    def compose(self) -> ComposeResult:
        lines = [Content.assemble((f"⠂{n}⠂ ", "bold $text-accent"), label) for n, label in enumerate(self.labels, 1)]
        choices = SparingList(*map(Option, lines), id="behind", markup=False)
        choices.border_title = "Runs behind"
        choices.border_subtitle = Content.from_markup(
            "[@click=screen.give('drop')]$drop drops[/] · $compare or Enter compares · escape closes",
            drop=key(self, "give-drop"), compare=key(self, "give-compare"),
        )  # fmt: skip
        yield choices

    def on_option_list_option_selected(self) -> None:
        self.action_give("compare")

    def action_give(self, act: str) -> None:
        """Close with what is to be done with the run under the cursor."""
        place = self.query_one(OptionList).highlighted
        if place is not None:
            self.dismiss((act, place))
