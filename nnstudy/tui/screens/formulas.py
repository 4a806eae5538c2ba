"""The formulas of a card as matplotlib sets them, for terminals that show images."""

from io import BytesIO

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from nnstudy.errors import StudyError
from nnstudy.notes.math import readable

# A picture fills the width of what it stands in; one with a width of its own would at first be laid out without height.
CELL = 12  # pixels of a formula in a cell's width: its letters are a little larger than the text's


class FormulasScreen(ModalScreen[None]):
    """One below the other, each as soon as it is set; what matplotlib cannot set stands there in letters."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape,q,M,enter", "dismiss", "Close")]

    def __init__(self, formulas: list[str], image: type[Widget]) -> None:
        super().__init__()
        self.formulas, self.image = formulas, image

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="formulas") as sheet:
            sheet.border_title = "Formulas"
            sheet.border_subtitle = "escape closes"
            yield Static("setting them …", id="setting")

    def on_mount(self) -> None:
        self._set(self.app.theme_variables["foreground"])

    @work(thread=True)
    def _set(self, colour: str) -> None:
        """matplotlib takes a second to load."""
        from nnstudy.figures import set_formula

        worker, app = get_current_worker(), self.app
        for latex in self.formulas:
            try:
                found: bytes | str = set_formula(latex, colour)
            except StudyError as trouble:
                found = str(trouble)
            if worker.is_cancelled:
                return
            app.call_from_thread(self._show, latex, found)
        app.call_from_thread(self._done)

    def _show(self, latex: str, found: bytes | str) -> None:
        if not self.is_attached:
            return
        sheet = self.query_one("#formulas")
        if isinstance(found, bytes):
            pixels = int.from_bytes(found[16:20], "big")  # a PNG says there how wide it is
            frame = Vertical(self.image(BytesIO(found)), classes="formula")  # type: ignore[arg-type]
            frame.styles.width = max(2, min(sheet.content_size.width or pixels, round(pixels / CELL)))
            sheet.mount(frame)
            return
        lines = Content.assemble(readable(latex), "\n", (found, "dim italic"))
        sheet.mount(Static(lines, classes="formula"))

    def _done(self) -> None:
        if self.is_attached:
            self.query_one("#setting").remove()
