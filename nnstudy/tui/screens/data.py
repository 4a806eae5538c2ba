"""What a figure is made of, as tables: the data behind a panel, and how a run differs from the one that was kept."""

from collections.abc import Sequence
from itertools import islice, zip_longest
from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static

from nnstudy.files import written_whole
from nnstudy.lab.experiment import Panel
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.overlay import Setting
from nnstudy.tui.widgets.reading import Cell, Column, as_csv, columns
from nnstudy.words import number, plural, shorten, shown, visible

MOST_ROWS = 2000  # of a table on the screen; files and the clipboard have all
WIDEST = 24
NARROWEST = 10  # what a number takes at most


class DataScreen(Screen[None]):
    """The data behind one panel: a column for each x and y of its marks, long rows for a map."""

    CSS_PATH = "data.tcss"
    BINDINGS = [
        Binding("y", "copy", "Copy as CSV"),
        Binding("w", "save", "Save CSV"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape,t", "app.pop_screen", "Back", key_display="q"),
    ]

    def __init__(self, panel: Panel, file: Path) -> None:
        super().__init__()
        self.panel = panel
        self.columns = columns(panel)
        self.file = file

    def compose(self) -> ComposeResult:
        rows = max((len(column.cells) for column in self.columns), default=0)
        most = f"; the first {MOST_ROWS} are shown" if rows > MOST_ROWS else ""
        title = Content.assemble((visible(self.panel.title), "bold $text-primary"), f"   {plural(rows, 'row')}{most}")
        yield Static(title, id="data-title")
        yield DataTable(id="data", cursor_type="cell", zebra_stripes=True)
        yield Static(id="data-message")
        yield KeyBar(DataScreen)

    def on_mount(self) -> None:
        fill(self.query_one(DataTable), self.columns)

    def action_copy(self) -> None:
        text = as_csv(self.columns)
        self.app.copy_to_clipboard(text)
        self._say(f"copied: {plural(text.count(chr(10)) - 1, 'row')} of CSV")

    def action_save(self) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(self.file) as file:
                file.write(as_csv(self.columns))
        except OSError as trouble:
            self._say(f"the data were not saved to {self.file}: {trouble.strerror or trouble}", "bold $text-error")
            return
        self._say(f"saved: {self.file}")

    def _say(self, text: str, style: str = "dim") -> None:
        self.query_one("#data-message", Static).update(Content.styled(visible(text), style))


def fill(table: DataTable[Content], found: Sequence[Column]) -> None:
    """Columns into a table: numbers to the right, in few digits."""
    for column in found:
        name = shorten(visible(column.name), WIDEST)
        table.add_column(Text(name), width=max(len(name), NARROWEST))
    rows = zip_longest(*(column.cells for column in found), fillvalue="")
    table.add_rows([Content(_shown(cell)) for cell in row] for row in islice(rows, MOST_ROWS))


def _shown(cell: Cell) -> str:
    return number(cell).rjust(NARROWEST) if isinstance(cell, float) else visible(str(cell))


# --- two runs ---------------------------------------------------------------------------------------------------------


class BesideScreen(Screen[None]):
    """The parameters in which the present run differs from the kept one, and the measurements of both."""

    CSS_PATH = "data.tcss"
    BINDINGS = [
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape,d", "app.pop_screen", "Back", key_display="q"),
    ]

    def __init__(self, kept: Setting, present: Setting) -> None:
        super().__init__()
        self.kept = kept
        self.present = present

    def compose(self) -> ComposeResult:
        changed = [n for n, value in self.present.values.items() if value != self.kept.values.get(n)]
        names = f"{', '.join(changed)} {'differs' if len(changed) == 1 else 'differ'}" if changed else "nothing differs"
        yield Static(Content.assemble(("The kept run and this one: ", "bold $text-primary"), names), id="data-title")
        yield DataTable(id="data", cursor_type="row", zebra_stripes=True)
        yield KeyBar(BesideScreen)

    def on_mount(self) -> None:
        table: DataTable[Content] = self.query_one(DataTable)
        for name, width in (("", 36), ("kept", 11), ("this run", 11), ("change", 11)):
            table.add_column(name, width=width)
        for row in differences(self.kept, self.present):
            table.add_row(*map(Content, row))


def differences(kept: Setting, present: Setting) -> list[tuple[str, str, str, str]]:
    """Rows of name, kept value, present value, change: parameters that differ first, then all measurements."""
    rows = []
    for name, value in present.values.items():
        before = kept.values.get(name)
        if value != before:
            numbers = isinstance(value, int | float) and isinstance(before, int | float)
            change = number(float(value) - float(before)) if numbers else ""  # type: ignore[arg-type]
            rows.append((f"● {name}", shown(before), shown(value), change))
    measured = {m.name: m.measured for m in kept.frame.measurements}
    for m in present.frame.measurements:
        known = measured.get(m.name)
        change = "" if known is None else number(m.measured - known)
        rows.append((shorten(visible(m.name), 36), number(known), number(m.measured), change))
    return rows
