"""A line to say how many minutes there are."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from nnstudy.memory.habit import Effort
from nnstudy.reviewing.session import LONGEST, USUAL
from nnstudy.words import plural, span

START = "10"


class MinutesScreen(ModalScreen[float]):
    """Gives the minutes; says meanwhile how many cards fit."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape", "dismiss", "Close")]

    def __init__(self, effort: Effort, due: int, new: int) -> None:
        super().__init__()
        self.is_known, self.waiting = effort.each[0] is not None, due + new
        seconds = effort.seconds(due, new)
        self.seconds = USUAL * self.waiting if seconds is None else seconds

    def compose(self) -> ComposeResult:
        with Vertical(id="minutes") as sheet:
            sheet.border_title = "Only what fits into"
            sheet.border_subtitle = "Enter begins · escape closes"
            yield Input(START, type="number", compact=True, id="minutes-typed")
            yield Static(id="minutes-fit")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._say(START)

    @property
    def minutes(self) -> float | None:
        """What is typed; None where it is no number of minutes."""
        try:
            found = float(self.query_one(Input).value)
        except ValueError:
            return None
        return found if 0 < found <= LONGEST else None

    def on_input_changed(self, message: Input.Changed) -> None:
        self._say(message.value)

    def _say(self, _: str) -> None:
        whose = "at your pace" if self.is_known else "as a guess: there are no reviews yet"
        if (minutes := self.minutes) is None:
            said = f"Minutes, up to {LONGEST}."
        elif not self.waiting:
            said = "Nothing waits here now."
        elif self.seconds <= 60 * minutes:
            said = f"All that waits here, {plural(self.waiting, 'card')}, takes about {span(self.seconds)}, {whose}."
        else:
            pace = self.seconds / self.waiting
            fit = plural(max(1, int(60 * minutes / pace)), "card")
            said = f"{minutes:g} min: about {fit} of {self.waiting}, {whose} ({pace:.0f} s each)."
        self.query_one("#minutes-fit", Static).update(Content(said))

    def on_input_submitted(self) -> None:
        if self.minutes is not None:
            self.dismiss(self.minutes)
