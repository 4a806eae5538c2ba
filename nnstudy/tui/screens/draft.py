"""A sheet to write on: the learner's answer to an open question, in the terminal or in an editor."""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from nnstudy.reviewing.drafts import OpenQuestion
from nnstudy.study import Study
from nnstudy.tui.bindings import named
from nnstudy.tui.editor import command
from nnstudy.tui.screens.pick import ROOM
from nnstudy.tui.widgets.prose import prose
from nnstudy.words import shorten, visible

KEYS = (  # this program's own words, so that markup is no danger
    "[@click=screen.keep(False)]{keep} keep[/] · [@click=screen.keep(True)]{settle} settle[/] · "
    "[@click=screen.attach]{attach} runs[/] · [@click=screen.editor]{editor} $EDITOR[/] · "
    "[@click=screen.dismiss(None)]escape[/]"
)


@dataclass(frozen=True)
class Written:
    """What was written, whether it settles the question, and the runs that speak for it."""

    text: str
    settles: bool
    runs: tuple[str, ...] = ()

    def keep(self, study: Study, card: str) -> None:
        """Keep it as a draft of this card's answer; StudyError where it cannot be."""
        draft = study.drafts.add(card, self.text, self.runs)
        if self.settles:
            study.settle(card, draft.id)


class DraftScreen(ModalScreen[Written | None]):
    """The question above, the latest draft with its runs below to go on from; nothing is kept when it is left."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [
        Binding("ctrl+s", "keep(False)", "Keep", priority=True, id="draft.keep"),
        Binding("ctrl+t", "keep(True)", "Settle", priority=True, id="draft.settle"),
        Binding("ctrl+r", "attach", "Runs", priority=True),
        Binding("ctrl+o", "editor", "Editor", priority=True),
        Binding("escape", "dismiss(None)", "Leave", priority=True),
    ]

    def __init__(self, study: Study, question: OpenQuestion, runs: Iterable[str] = ()) -> None:
        """`runs` were made meanwhile; those of the latest draft go before them."""
        super().__init__()
        self.study, self.question = study, question
        before = question.drafts[-1].runs if question.drafts else ()
        self.runs = tuple(dict.fromkeys([*before, *runs]))

    def compose(self) -> ComposeResult:
        drafts = self.question.drafts
        with Vertical(id="draft") as sheet:
            sheet.border_title = f"Draft {len(drafts) + 1}" if drafts else "Your first draft"
            sheet.border_subtitle = named(self, KEYS)
            yield Static(prose(self.question.card.prompt), id="draft-question")
            yield TextArea(drafts[-1].text if drafts else "", id="draft-text", soft_wrap=True, tab_behavior="focus")
            yield Static(id="draft-runs")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()
        self._tell_runs()

    def _tell_runs(self) -> None:
        lines = [shorten(f"▸ {visible(line)}", ROOM) for line in self.study.runs.lines(self.runs).values()]
        shown = self.query_one("#draft-runs", Static)
        shown.update(Content.styled("\n".join(lines), "dim"))
        shown.display = bool(lines)

    def action_attach(self) -> None:
        """Tick the runs that speak for the draft."""
        found = self.study.runs.choice(self.question.card.experiment, self.runs)
        if not found:
            self.notify("No run is kept yet: the laboratory makes them.", timeout=3)
            return
        from nnstudy.tui.screens.attach import AttachScreen

        self.app.push_screen(AttachScreen(found, self.runs), self._attached)

    def _attached(self, runs: tuple[str, ...] | None) -> None:
        self.runs = runs if runs is not None else self.runs
        self._tell_runs()

    def action_keep(self, settles: bool) -> None:
        """Hand the text back; an empty one is not kept."""
        text = self.query_one(TextArea).text
        if text.strip():
            self.dismiss(Written(text, settles, self.runs))
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
