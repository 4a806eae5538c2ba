"""Sheets that ask for a line, or for a few: a due date, a mnemonic."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from nnstudy.errors import StudyError
from nnstudy.tui.bindings import named
from nnstudy.words import visible


class AskScreen(ModalScreen[str]):
    """Gives the line that was typed, once it can be read; escape gives None."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "Close")]

    def __init__(self, title: str, hint: str, text: str = "", read: Callable[[str], object] = str) -> None:
        super().__init__()
        self.heading, self.hint, self.text, self.read = title, hint, text, read

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as sheet:
            sheet.border_title = self.heading
            sheet.border_subtitle = "Enter keeps · escape closes"
            yield Input(self.text, compact=True, id="ask-text")
            yield Static(Content.styled(visible(self.hint), "dim"), id="ask-hint")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        try:
            self.read(message.value)
        except StudyError as trouble:
            self.query_one("#ask-hint", Static).update(Content.styled(visible(str(trouble)), "bold $text-error"))
            return
        self.dismiss(message.value)


class WriteScreen(ModalScreen[str]):
    """Gives the text that was written; escape gives None."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [
        Binding("ctrl+s", "keep", "Keep", priority=True),
        Binding("escape", "dismiss(None)", "Leave", priority=True),
    ]

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self.heading, self.text = title, text

    def compose(self) -> ComposeResult:
        with Vertical(id="write") as sheet:
            sheet.border_title = self.heading
            sheet.border_subtitle = named(
                self, "[@click=screen.keep]{keep} keeps[/] · [@click=screen.dismiss(None)]escape leaves[/]"
            )
            yield TextArea(self.text, id="write-text", soft_wrap=True, tab_behavior="focus")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)

    def action_keep(self) -> None:
        """Hand the text back; an empty one takes away what was there."""
        self.dismiss(self.query_one(TextArea).text)
