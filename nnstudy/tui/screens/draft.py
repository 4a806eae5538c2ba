"""A sheet to write on: the learner's answer to an open question, in the terminal or in an editor."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from nnstudy.reviewing.drafts import OpenQuestion
from nnstudy.tui.editor import command
from nnstudy.tui.widgets.prose import prose

KEYS = (  # this program's own words, so that markup is no danger
    "[@click=screen.keep(False)]ctrl+s keep[/] · [@click=screen.keep(True)]ctrl+t settle[/] · "
    "[@click=screen.editor]ctrl+o $EDITOR[/] · [@click=screen.dismiss(None)]escape leave[/]"
)


@dataclass(frozen=True)
class Written:
    """What was written, and whether it settles the question."""

    text: str
    settles: bool


class DraftScreen(ModalScreen[Written | None]):
    """The question above, the latest draft below to go on from; nothing is kept when it is left."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [
        Binding("ctrl+s", "keep(False)", "Keep", priority=True),
        Binding("ctrl+t", "keep(True)", "Settle", priority=True),
        Binding("ctrl+o", "editor", "Editor", priority=True),
        Binding("escape", "dismiss(None)", "Leave", priority=True),
    ]

    def __init__(self, question: OpenQuestion) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        drafts = self.question.drafts
        with Vertical(id="draft") as sheet:
            sheet.border_title = f"Draft {len(drafts) + 1}" if drafts else "Your first draft"
            sheet.border_subtitle = KEYS
            yield Static(prose(self.question.card.prompt), id="draft-question")
            yield TextArea(drafts[-1].text if drafts else "", id="draft-text", soft_wrap=True, tab_behavior="focus")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def action_keep(self, settles: bool) -> None:
        """Hand the text back; an empty one is not kept."""
        text = self.query_one(TextArea).text
        if text.strip():
            self.dismiss(Written(text, settles))
        else:
            self.notify("There is nothing to keep yet.", timeout=2)

    def action_editor(self) -> None:
        """Go on with the text in the learner's own editor."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if not editor:
            self.notify("Set EDITOR to write in it.", timeout=3)
            return
        area = self.query_one(TextArea)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "draft.md")
            file.write_text(area.text, encoding="utf-8")
            try:
                with self.app.suspend():
                    subprocess.run(command(editor, str(file), 1), check=False)
                area.text = file.read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError) as trouble:
                self.notify(f"{editor!r} did not open: {trouble}", severity="error", timeout=6, markup=False)
