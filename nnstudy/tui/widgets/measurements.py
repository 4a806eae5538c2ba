"""What a run measured beside what theory expects, a row each."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.binding import Binding
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from nnstudy.lab.experiment import Frame
from nnstudy.tui.widgets.axes import told_apart
from nnstudy.tui.widgets.sparing import SparingFocus, SparingLines, SparingStyles
from nnstudy.words import number, shorten, verdict

TITLES = ("measurement", "measured", "expected", "difference", "tolerance", "")
WIDTHS = (10, 10, 10, 9, 7)  # of all columns but the first
NAME_WIDTH, WIDE_NAME_WIDTH, LEAST_NAME_WIDTH = 19, 46, 8  # on a narrow, on a wide and on the smallest screen
FOLLOW_SECONDS = 0.25  # until the table follows a run that goes on

Row = tuple[str, ...]


class MeasurementTable(SparingLines, SparingStyles, SparingFocus, ScrollView, can_focus=True):
    """The measurements of a frame; of a run that goes on, of its latest one. A row that changes is drawn alone."""

    PARTS = "measurements"
    COMPONENT_CLASSES = {
        f"measurements--{part}" for part in ("header", "header-focus", "row", "even", "cursor", "cursor-focus")
    }
    DEFAULT_CSS = """
    MeasurementTable {
        overflow-x: hidden;

        & > .measurements--header {
            background: $panel;
            color: $foreground;
            text-style: bold;
        }

        & > .measurements--even {
            background: $surface-lighten-1 50%;
        }

        &:dark > .measurements--even {
            background: $surface-darken-1 40%;
        }

        & > .measurements--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }

        & > .measurements--header-focus {
            background: $panel;
            background-tint: $foreground 10%;
            color: $foreground;
            text-style: bold;
        }

        & > .measurements--cursor-focus {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """
    BINDINGS = [
        Binding("up", "step(-1)", "Row before", show=False),
        Binding("down", "step(1)", "Next row", show=False),
        Binding("pageup", "leap(-1)", "Page before", show=False),
        Binding("pagedown", "leap(1)", "Next page", show=False),
        Binding("home", "edge(0)", "First row", show=False),
        Binding("end", "edge(1)", "Last row", show=False),
    ]
    cursor: reactive[int] = reactive(0, repaint=False, init=False)  # the row

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row."""

        row: int

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows: list[Row] = []
        self._named: tuple[list[Row], int, list[str]] = self.rows, -1, []  # which rows, in which room, and their names
        self._follows: Frame | None = None  # the latest frame of a run that goes on
        self._waits = False  # to be brought up to it

    # --- what it shows --------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Show no row."""
        self._follows = None
        self._set([])

    def show(self, frame: Frame) -> None:
        """Show this frame at once."""
        self._follows = None
        self._set(self._rows(frame))

    def follow(self, frame: Frame) -> None:
        """Show the latest frame of a run soon: a table takes longer to read than a plot."""
        self._follows = frame
        if not self._waits:
            self._waits = True
            self.set_timer(FOLLOW_SECONDS, self._catch_up)

    def _catch_up(self) -> None:
        if self._follows is not None and (rest := getattr(self.app, "rest_in", 0.0)) > 0:
            self.set_timer(rest, self._catch_up)
            return
        self._waits = False
        if self._follows is not None:
            rows = self._rows(self._follows)
            # A run measures again what the one before has measured: rows that it has not come to yet stay, empty.
            self._set(rows + [("",) * len(TITLES)] * (len(self.rows) - len(rows)))

    def _rows(self, frame: Frame) -> list[Row]:
        return [
            (m.name, *map(number, (m.measured, m.expected, m.difference, m.tolerance)), verdict(m.holds))
            for m in frame.measurements
        ]

    def _set(self, rows: list[Row]) -> None:
        before, named, self.rows = self.rows, self._names(), rows
        olds, news = zip_longest(before, named), zip_longest(rows, self._names())  # a new name may make another differ
        for place, (old, new) in enumerate(zip_longest(olds, news)):
            if old != new:
                self._repaint(place)
        if len(rows) != len(before):
            self.virtual_size = Size(0, len(rows) + 1)
            self.cursor = max(0, min(self.cursor, len(rows) - 1))
            if not before:
                self.post_message(self.Highlighted(self.cursor))

    # --- how it is drawn ------------------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        """The first column, cut to the room for it so that no two names look the same."""
        room = self._name_width
        rows, had, names = self._named
        if rows is not self.rows or had != room:
            names = told_apart([row[0] for row in self.rows], room)
            self._named = self.rows, room, names
        return names

    @property
    def _name_width(self) -> int:
        room = max(LEAST_NAME_WIDTH, self.scrollable_content_region.width - sum(cells + 2 for cells in WIDTHS) - 2)
        return min(room, WIDE_NAME_WIDTH if self.screen.has_class("-wide") else NAME_WIDTH)

    def render_line(self, y: int) -> Strip:
        """The titles, or one row."""
        place, width = y - 1 + self.scroll_offset.y, self.scrollable_content_region.width
        if y == 0:
            part = "header"
        elif place >= len(self.rows):
            part = "row"
        else:
            part = "cursor" if place == self.cursor else ("even", "row")[place % 2]
        if self.has_focus and part in ("header", "cursor"):
            part += "-focus"
        style = self.style(part)
        if y and place >= len(self.rows):
            return Strip.blank(width, style)
        widths = self._name_width, *WIDTHS
        cells = TITLES if y == 0 else (self._names()[place], *self.rows[place][1:])
        line = "".join(
            f" {set_cell_size(shorten(text, room), room)} " for text, room in zip(cells, widths, strict=True)
        )
        return Strip([Segment(set_cell_size(line, width), style)], width)

    def _repaint(self, place: int) -> None:
        """Draw a row anew, below the titles."""
        if 0 <= (y := place + 1 - self.scroll_offset.y) < self.size.height and y > 0:
            self.refresh(Region(0, y, self.size.width, 1))

    def show_focus(self) -> None:
        self.refresh(Region(0, 0, self.size.width, 1))
        self._repaint(self.cursor)

    # --- the cursor -----------------------------------------------------------------------------------------------

    def watch_cursor(self, before: int, now: int) -> None:
        """Draw both rows anew, and bring the present one into sight."""
        self._repaint(before)
        self._repaint(now)
        height, top = max(1, self.scrollable_content_region.height - 1), self.scroll_offset.y
        if now < top or now >= top + height:
            self.scroll_to(y=now if now < top else now - height + 1, animate=False, force=True)
        self.post_message(self.Highlighted(now))

    def action_step(self, rows: int) -> None:
        self.cursor = max(0, min(self.cursor + rows, len(self.rows) - 1))

    def action_leap(self, pages: int) -> None:
        self.action_step(pages * max(1, self.scrollable_content_region.height - 2))

    def action_edge(self, end: int) -> None:
        self.cursor = end * max(0, len(self.rows) - 1)

    def on_click(self, event: Click) -> None:
        at = event.get_content_offset(self)
        if at is not None and at.y > 0 and (place := at.y - 1 + self.scroll_offset.y) < len(self.rows):
            self.cursor = place
