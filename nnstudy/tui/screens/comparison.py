"""Two kept runs side by side."""

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static

from nnstudy.experimenting.kept import Contrast, contrasts
from nnstudy.store.run_records import RunRow
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.words import shorten, shown, visible

HEADINGS: Mapping[str, str] = {"parameter": "Parameters", "measurement": "Measurements", "answer": "Answers"}


class ComparisonScreen(Screen[None]):
    """Two runs side by side: what was set, what was measured, what came out."""

    CSS_PATH = "runs.tcss"
    BINDINGS = [
        Binding("e", "toggle_equal", "Equal ones too"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape,d,enter", "app.pop_screen", "Back", key_display="q"),
    ]

    def __init__(self, first: RunRow, second: RunRow) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.rows = contrasts(first, second)
        self.equal_too = False
        self._shown: list[Contrast | None] = []  # by row of the table; None for a heading

    def compose(self) -> ComposeResult:
        yield Static(id="runs-title")
        yield DataTable(id="differences", cursor_type="row")
        yield Static(id="pair")
        yield KeyBar(ComparisonScreen)

    def on_resize(self) -> None:
        self._tabulate()

    def action_toggle_equal(self) -> None:
        """Show what is the same in both, or leave it out."""
        self.equal_too = not self.equal_too
        self._tabulate()

    def _tabulate(self) -> None:
        apart = sum(row.differs for row in self.rows)
        equal = len(self.rows) - apart
        told = f"{apart} differ, {equal} are equal" + ("" if self.equal_too else " and left out")
        self.query_one("#runs-title", Static).update(Content.assemble(("Two runs", "bold $text-primary"), f"   {told}"))
        table = self.query_one(DataTable)
        table.clear(columns=True)
        room = self.size.width - 12
        value = min(36, room * 3 // 10)
        widths = (2, room - 2 - 2 * value, value, value)
        for title, width in zip(("", "", self._title(self.first), self._title(self.second)), widths, strict=True):
            table.add_column(Text(shorten(title, width)), width=width)
        self._shown = []
        kind = "setting"
        for row in self.rows:
            if not row.differs and not self.equal_too:
                continue
            if row.kind != kind:
                kind = row.kind
                self._shown.append(None)
                table.add_row("", Content.styled(HEADINGS[kind], "bold $text-accent"), "", "")
            self._shown.append(row)
            table.add_row(*self._cells(row, widths))

    def on_data_table_row_highlighted(self, message: DataTable.RowHighlighted) -> None:
        """Below the table: the row under the cursor without anything cut off."""
        row = self._shown[message.cursor_row] if message.cursor_row < len(self._shown) else None
        lines = ["", "", ""] if row is None else [row.name, _told(row.first), _told(row.second)]
        name, first, second = map(visible, lines)
        told = Content.assemble(
            (name, "bold"), "\n", first and "  older  ", first, "\n", second and "  newer  ", second
        )
        self.query_one("#pair", Static).update(told)

    def _cells(self, row: Contrast, widths: Sequence[int]) -> list[Content]:
        texts = (
            "≠" if row.differs else "",
            row.name,
            _told(row.first),
            _told(row.second),
        )
        style = "bold" if row.differs else "dim"
        return [Content.styled(shorten(visible(text), width), style) for text, width in zip(texts, widths, strict=True)]

    def _title(self, run: RunRow) -> str:
        return visible(run.name) or f"{run.at.astimezone():%d %b %H:%M} {run.id[9:13]}"


def _told(value: object) -> str:
    return "-" if value is None else shown(value)
