"""A sheet to add notes from: a path to type, or a folder or file to pick."""

from collections.abc import Iterable
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Input, Static

from nnstudy.reading.note_file import SUFFIXES
from nnstudy.tui.bindings import named
from nnstudy.words import visible

HINT = "Enter on a file, or {folder} on a folder, adds it with all notes below; or type a path above"


class NoteTree(DirectoryTree):
    """Folders, and of the files the notes; nothing that is hidden."""

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """What is shown of a folder."""
        return [path for path in paths if not path.name.startswith(".") and self._is_shown(path)]

    def _is_shown(self, path: Path) -> bool:
        try:
            return path.is_dir() or path.suffix.lower() in SUFFIXES
        except OSError:
            return False


class AddScreen(ModalScreen[Path]):
    """Gives the path of a note or of a folder; escape gives None."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "Close"), Binding("a", "folder", "Add the folder")]

    def __init__(self, start: Path | None = None) -> None:
        super().__init__()
        self.start = start or Path.home()

    def compose(self) -> ComposeResult:
        with Vertical(id="add") as sheet:
            sheet.border_title = "Add notes"
            sheet.border_subtitle = "escape closes"
            yield Input(placeholder="path of a note or of a folder, such as ~/notes", compact=True, id="add-path")
            yield NoteTree(self.start, id="add-files")
            yield Static(Content.styled(named(self, HINT), "dim"), id="add-hint")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self._give(Path(message.value.strip()).expanduser() if message.value.strip() else None)

    def on_directory_tree_file_selected(self, message: DirectoryTree.FileSelected) -> None:
        self._give(message.path)

    def action_folder(self) -> None:
        """The folder under the cursor."""
        node = self.query_one(NoteTree).cursor_node
        self._give(node.data.path if node is not None and node.data is not None else None)

    def _give(self, path: Path | None) -> None:
        if path is not None and path.exists():
            self.dismiss(path)
        else:
            said = f"{path} does not exist" if path is not None else "type a path, or pick a note below"
            self.query_one("#add-hint", Static).update(Content.styled(visible(said), "bold $text-error"))
