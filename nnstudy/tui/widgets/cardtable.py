"""Cards in rows, however many: only those on the screen are known, and drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from nnstudy.memory.scheduler import Memory
from nnstudy.store.library import CardLine
from nnstudy.tui.widgets.sparing import SparingLines
from nnstudy.words import FLAGS, fitted, percent, visible

PAGE = 100  # rows that are read at once
MOST_KEPT = 1000  # rows as they were drawn
MARKS = 4  # cells: marked, flag, a note beside it, a gap
# Column, title, cells, and from which width of the table on it is shown; the question and the section share the rest.
COLUMNS = (
    ("question", "question", 0, 0), ("section", "section", 0, 100), ("state", "state", 11, 60), ("due", "due", 11, 0),
    ("recall", "recall", 9, 0), ("stability", "stability", 12, 90), ("lapses", "lapses", 9, 76),
)  # fmt: skip
NUMBERS = frozenset({"recall", "stability", "lapses"})  # which stand under the end of their title
SORTED = tuple(name for name, *_ in COLUMNS)


class CardTable(SparingLines, ScrollView, can_focus=True):
    """The rows that a library found; a screen reads their pages when they are `Wanted`."""

    COMPONENT_CLASSES = {
        "card-table--header", "card-table--cursor", "card-table--dim", "card-table--marked", "card-table--due",
        *(f"card-table--{flag}" for flag in FLAGS),
    }  # fmt: skip
    BINDINGS = [
        Binding("up,k", "step(-1)", "Card before", show=False, id="cards.up"),
        Binding("down,j", "step(1)", "Next card", show=False, id="cards.down"),
        Binding("pageup", "leap(-1)", "Page before", show=False, id="cards.page-up"),
        Binding("pagedown", "leap(1)", "Next page", show=False, id="cards.page-down"),
        Binding("home,g", "edge(0)", "First card", show=False, id="cards.first"),
        Binding("end,G", "edge(1)", "Last card", show=False, id="cards.last"),
    ]

    @dataclass
    class Wanted(Message):
        """Rows come on the screen that nobody has read yet: their numbers."""

        numbers: tuple[int, ...]

    class Highlighted(Message):
        """The cursor came to another card."""

    class Opened(Message):
        """Enter was pressed, or the card under the cursor was clicked."""

    @dataclass
    class Sorted(Message):
        """A column's title was clicked."""

        order: str

    class MarksChanged(Message):
        """Cards were marked, or not any more."""

    def __init__(self, today: date, recall: Callable[[Memory], float | None], **kwargs: Any) -> None:
        self._styles: dict[str, Style] = {}
        self._rows: dict[tuple[int, bool, bool, int], Strip] = {}  # as they were drawn
        super().__init__(**kwargs)
        self.today = today
        self._recall = recall
        self.numbers: Sequence[int] = ()
        self.marked: set[int] = set()
        self.cursor = 0
        self.order, self.descending = "place", False
        self._lines: dict[int, CardLine] = {}
        self._asked: set[int] = set()

    # --- what it shows --------------------------------------------------------------------------------------------

    @property
    def line(self) -> CardLine | None:
        """The card under the cursor, once it is read."""
        return self._lines.get(self.number) if self.number is not None else None

    @property
    def room(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.scrollable_content_region.height - 1)

    @property
    def number(self) -> int | None:
        """The number of the card under the cursor."""
        return self.numbers[self.cursor] if 0 <= self.cursor < len(self.numbers) else None

    def show(
        self,
        numbers: Sequence[int],
        order: str,
        descending: bool,
        keep: int | None = None,
        lines: Iterable[CardLine] = (),
    ) -> None:
        """Show these cards, some of which are read; the cursor stays on the card `keep`, else it goes to the top."""
        self.numbers, self.order, self.descending = numbers, order, descending
        self.forget()
        try:
            self.cursor = self.numbers.index(keep) if keep is not None else 0
        except ValueError:
            self.cursor = min(self.cursor, max(0, len(numbers) - 1)) if keep is not None else 0
        self._lines |= {line.number: line for line in lines}
        self.virtual_size = Size(0, len(numbers) + 1)
        self._into_view()

    def forget(self) -> None:
        """Read the rows anew when they are drawn."""
        self._lines.clear()
        self._rows.clear()
        self._asked.clear()
        self.refresh()

    def know(self, lines: Iterable[CardLine]) -> None:
        """Rows were read."""
        before = self.line
        self._lines |= {line.number: line for line in lines}
        self._rows.clear()
        self.refresh()
        if before is None and self.line is not None:
            self.post_message(self.Highlighted())

    # --- how it is drawn ------------------------------------------------------------------------------------------

    def columns(self) -> list[tuple[str, str, int]]:
        """Name, title and width of the columns that have room."""
        width = self.scrollable_content_region.width or self.size.width
        shown = [(name, title, cells) for name, title, cells, least in COLUMNS if width >= least]
        room = max(8, width - MARKS - sum(cells for *_, cells in shown))
        section = room * 2 // 5 if any(name == "section" for name, *_ in shown) else 0
        flexible = {"question": room - section, "section": section}
        return [(name, title, flexible.get(name, cells)) for name, title, cells in shown]

    def render_line(self, y: int) -> Strip:
        """The titles, or one card."""
        width = self.scrollable_content_region.width
        if y == 0:
            return self._titles(width)
        row = y - 1 + self.scroll_offset.y
        if row >= len(self.numbers):
            return Strip.blank(width, self.visual_style.rich_style)
        number = self.numbers[row]
        line = self._lines.get(number)
        if line is None:
            self._want(row)
        looks = number, number in self.marked, row == self.cursor, width
        if looks not in self._rows:
            if len(self._rows) > MOST_KEPT:
                self._rows.clear()
            self._rows[looks] = self._row(line, *looks[1:])
        return self._rows[looks]

    def _titles(self, width: int) -> Strip:
        style = self.get_component_rich_style("card-table--header")
        parts = [" " * MARKS]
        for name, title, cells in self.columns():
            arrow = ("▼" if self.descending else "▲") if name == self.order else " "
            parts.append(set_cell_size(f"{SORTED.index(name) + 1}{arrow}{title}", cells - 1) + " ")
        return Strip([Segment(set_cell_size("".join(parts), width), style)])

    def _row(self, line: CardLine | None, marked: bool, here: bool, width: int) -> Strip:
        base = self.visual_style.rich_style
        if here:
            base += self._style("card-table--cursor")
        dim = base + self._style("card-table--dim")
        mark = Segment("●" if marked else " ", base + self._style("card-table--marked"))
        if line is None:
            return Strip([mark, Segment(set_cell_size("  …", width - 1), dim)])
        flag = base + self._style(f"card-table--{line.flag}") if line.flag else base
        segments = [mark, Segment(FLAGS.get(line.flag, " "), flag), Segment(("✎" if line.noted else " ") + " ", dim)]
        due = base + self._style("card-table--due")
        for name, _, cells in self.columns():
            text, style = self._cell(line, name), base if name == "question" and not line.retired else dim
            if name == "due" and text == "now":
                style = due
            text = text.rjust(cells - 1) if name in NUMBERS else text
            segments.append(Segment(fitted(text, cells - 1) + " ", style))
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, part: str) -> Style:
        """How a part differs from the others; Textual would work it out anew for each paint."""
        if part not in self._styles:
            self._styles[part] = self.get_component_rich_style(part, partial=True)
        return self._styles[part]

    def notify_style_update(self) -> None:
        self._styles.clear()
        self._rows.clear()
        super().notify_style_update()

    def _cell(self, line: CardLine, name: str) -> str:
        memory = line.memory
        if name == "question":
            return visible(line.prompt)
        if name == "section":
            return visible(line.section[-1] if line.section else line.note)
        if name == "state":
            if line.retired:
                return "retired"
            held = "suspended" if line.suspended else "buried" if self._is_buried(line) else ""
            return held or memory.state
        if name == "due":
            return self._due(line)
        if name == "lapses":
            return str(memory.lapses)
        if memory.stability is None:
            return "-"
        if name == "stability":
            return f"{memory.stability:.1f} d"
        recall = self._recall(memory)
        return "-" if recall is None else f"{percent(recall)}"

    def _is_buried(self, line: CardLine) -> bool:
        return line.buried_until is not None and line.buried_until > self.today

    def _due(self, line: CardLine) -> str:
        if line.retired:
            return "-"
        day = line.memory.due_day or (line.memory.due_at.astimezone().date() if line.memory.due_at else None)
        if day is None:
            return "-"
        return "now" if day <= self.today else day.isoformat()

    def _want(self, row: int) -> None:
        page = row // PAGE
        if page not in self._asked:
            self._asked.add(page)
            self.post_message(self.Wanted(tuple(self.numbers[page * PAGE : (page + 1) * PAGE])))

    # --- keys and mouse -------------------------------------------------------------------------------------------

    def move(self, row: int) -> None:
        """Put the cursor on a row."""
        row = max(0, min(row, len(self.numbers) - 1))
        if row != self.cursor:
            self._repaint(self.cursor)
            self.cursor = row
            self._into_view()
            self._repaint(row)
            self.post_message(self.Highlighted())

    def _repaint(self, row: int) -> None:
        """Draw the line of a row anew, below the titles."""
        self.refresh_line(row + 1)

    def _into_view(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self.room:
            self.scroll_to(y=self.cursor - self.room + 1, animate=False, force=True)

    def on_resize(self) -> None:
        self._into_view()

    def action_step(self, rows: int) -> None:
        self.move(self.cursor + rows)

    def action_leap(self, pages: int) -> None:
        self.move(self.cursor + pages * max(1, self.scrollable_content_region.height - 2))

    def action_edge(self, end: int) -> None:
        self.move(end * (len(self.numbers) - 1))

    def action_mark(self) -> None:
        if (number := self.number) is not None:
            self.marked ^= {number}
            self.post_message(self.MarksChanged())
            self.refresh()
            self.move(self.cursor + 1)

    def mark(self, numbers: Iterable[int]) -> None:
        """Mark these cards and no others."""
        self.marked = set(numbers)
        self.post_message(self.MarksChanged())
        self.refresh()

    def action_open(self) -> None:
        if self.number is not None:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is None:
            return
        if at.y == 0:
            self._click_title(at.x)
            return
        row = at.y - 1 + self.scroll_offset.y
        if row >= len(self.numbers):
            return
        here = row == self.cursor
        self.move(row)
        if at.x < MARKS or event.ctrl:
            self.marked ^= {self.numbers[row]}
            self.post_message(self.MarksChanged())
            self.refresh()
        elif event.shift:
            self.mark(self.marked | {self.numbers[row]})
        elif here:
            self.action_open()

    def _click_title(self, x: int) -> None:
        edge = MARKS
        for name, _, cells in self.columns():
            edge += cells
            if x < edge:
                self.post_message(self.Sorted(name))
                return

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.refresh(Region(0, 0, self.size.width, self.size.height))
