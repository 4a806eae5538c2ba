"""An experiment's source as a textbook page."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.highlight import highlight
from textual.screen import Screen
from textual.widgets import Static

from nnstudy.lab.experiment import Experiment
from nnstudy.tui.widgets.keys import KeyBar


class SourceScreen(Screen[None]):
    """The file of one experiment, to read."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [
        Binding("q,escape,v", "app.pop_screen", "Back", key_display="q"),
        Binding("question_mark", "app.help", "Help"),
    ]

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.experiment = experiment

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="source") as page:
            page.border_title = f"{self.experiment.name}.py"
            yield Static(highlight(self.experiment.source, language="python"))
        yield KeyBar(SourceScreen)

    def on_mount(self) -> None:
        self.query_one("#source").focus()
