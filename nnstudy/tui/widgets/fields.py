"""Fields one below the other: how they are walked through, typed in and drawn, whatever is asked for in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.events import Blur, Click, Focus, Key, MouseDown
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.strip import Strip
from textual.widgets import Input
from textual.widgets.input import Selection

from nnstudy.tui.widgets.sparing import SparingFocus, SparingLines, SparingStyles
from nnstudy.words import shorten

MOST_NAME = 14
ARROWS = (("‹ ", " ›"), ("‹", "›"), ("", ""))  # around a choice, as there is room for them


@dataclass(frozen=True)
class Field:
    """One of the fields: text of a type, or one of some choices; `meaning` says in a line which values it takes."""

    name: str
    meaning: str
    type: Literal["text", "integer", "number"] = "text"
    choices: tuple[str, ...] = ()
    unit: str = ""
    mark: str = ""  # behind the name
    empty: str = ""  # what stands there while nothing is typed

    def has_sense(self, text: str) -> bool:
        """Whether the text is of the field's type, or not yet there."""
        try:
            {"text": str, "integer": int, "number": float}[self.type](text or "0")
        except ValueError:
            return False
        return True


NONE = Field("", "")


class Fields(SparingLines, SparingStyles, SparingFocus, Input):
    """One widget for all fields: it edits the one that one stands on, as Textual edits a line of text.

    With a widget for each of them, Textual would style two of them anew, and all around them, at every step.
    """

    @dataclass
    class Described(Message):
        """A field was walked to: what it means and which values it takes."""

        text: str

    class Confirmed(Message):
        """Enter was pressed in a field."""

    class Left(Message):
        """Escape was pressed in a field."""

    PARTS = "fields"
    COMPONENT_CLASSES = {
        f"fields--{part}"
        for part in (
            "name", "mark", "text", "text-here", "wrong", "wrong-here", "empty", "selected", "cursor", "choice",
            "choice-here", "unit",
        )
    }  # fmt: skip
    DEFAULT_CSS = """
    Fields {
        height: 1fr;
        padding: 0;
        border: none;
        background: $background;
        overflow: hidden auto;
        scrollbar-size-vertical: 1;
        background-tint: $foreground 0%;

        &:focus {
            border: none;
            background-tint: $foreground 0%;
        }

        & > .fields--mark {
            color: $text-accent;
        }

        & > .fields--text {
            background: $surface;
        }

        & > .fields--text-here {
            background: $primary-muted;
            text-style: bold;
        }

        & > .fields--wrong {
            color: $text-error;
            background: $error-muted;
        }

        & > .fields--wrong-here {
            color: $text-error;
            background: $primary-muted;
            text-style: bold;
        }

        & > .fields--choice {
            text-style: bold;
        }

        & > .fields--choice-here {
            text-style: bold reverse;
        }

        & > .fields--unit {
            color: $text-muted;
        }

        & > .fields--empty {
            color: $text-disabled;
        }

        & > .fields--selected {
            background: $primary-lighten-1 58%;
        }

        &:ansi > .fields--selected {
            background: $input-selection-background;
        }

        & > .fields--cursor {
            background: $input-cursor-background;
            color: $input-cursor-foreground;
            text-style: $input-cursor-text-style;
        }
    }
    """
    BINDINGS = [
        Binding("tab", "step(1, True)", "Next field", show=False),
        Binding("shift+tab", "step(-1, True)", "Field before", show=False),
        Binding("down", "step(1)", "Next field", show=False),
        Binding("up", "step(-1)", "Field before", show=False),
        Binding("escape", "leave", "Leave the form", show=False),
    ]
    # A change is drawn by the watchers below: in one line.
    value: Reactive[str] = reactive("", init=False, repaint=False)
    selection: Reactive[Selection] = reactive(Selection.cursor(0), init=False, repaint=False)
    _cursor_visible: reactive[bool] = reactive(True, init=False, repaint=False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate_on=(), **kwargs)
        self.fields: tuple[Field, ...] = ()
        self.wrong: str | None = None  # the field that was pointed out
        self.place = 0  # of the field that one stands on
        self._texts: dict[str, str] = {}
        self._told = False  # what was said about the field that is walked to is not to be talked over
        self._first = 0  # the cell of the edited text that is seen first

    # --- what stands in them --------------------------------------------------------------------------------------

    def set_fields(self, fields: Sequence[Field]) -> None:
        """Have these fields, empty, in the place of those that were there."""
        self.fields, self.wrong, self._texts = tuple(fields), None, {field.name: "" for field in fields}
        self.virtual_size = Size(0, len(fields))
        self.go(0)
        self.refresh()

    def fill(self, texts: Mapping[str, str]) -> None:
        """Write texts into fields."""
        self._texts |= texts
        self.go(self.place)
        self.refresh()

    def texts(self) -> dict[str, str]:
        """What stands in the fields, by name."""
        return dict(self._texts)

    @property
    def _field(self) -> Field:
        return self.fields[self.place] if self.fields else NONE

    # --- walking --------------------------------------------------------------------------------------------------

    def go(self, place: int) -> None:
        """Stand on a field, all of it selected: what is typed then replaces it; -1 is the last one."""
        self._repaint()
        self.place, self._first = place % max(1, len(self.fields)), 0
        self.type = self._field.type
        self.set_reactive(Fields.value, text := self._texts.get(self._field.name, ""))
        self.selection = Selection(0, len(text))
        self._repaint()
        row, top, height = self.place, self.scroll_offset.y, self.scrollable_content_region.height
        if height and not top <= row < top + height:
            self.scroll_to(y=row if row < top else row - height + 1, animate=False, force=True)

    def action_step(self, steps: int, leaves: bool = False) -> None:
        """Walk to another field; where there is none, out of the form if that is wanted."""
        if 0 <= self.place + steps < len(self.fields):
            self.go(self.place + steps)
            self._describe()
        elif leaves:
            (self.screen.focus_next if steps > 0 else self.screen.focus_previous)()

    def point_out(self, name: str | None) -> None:
        """Mark the field that is wrong, and go there."""
        self.wrong = None
        for place, field in enumerate(self.fields):
            if field.name == name:
                self.wrong, self._told = name, not self.has_focus
                if place != self.place:
                    self.go(place)
                self.focus()
        self.refresh()

    def on_focus(self, event: Focus) -> None:
        super().on_focus(event)
        self.cursor_blink = not getattr(self.app, "calm", False)
        self._restart_blink()
        self._follow_cursor()
        if not self._told:
            self._describe()
        self._told = False

    def on_blur(self, event: Blur) -> None:
        """A field that was left shows the beginning of its text, however long it is."""
        super().on_blur(event)
        self._first = 0
        self._pause_blink()

    def show_focus(self) -> None:
        self._repaint()

    def _describe(self) -> None:
        if self.fields:
            self.post_message(self.Described(self._field.meaning))

    def action_leave(self) -> None:
        self.post_message(self.Left())

    async def action_submit(self) -> None:
        self.post_message(self.Confirmed())

    # --- typing and choosing --------------------------------------------------------------------------------------

    def _watch_value(self, value: str) -> None:
        if self.fields:
            self._texts[self._field.name] = value
            self.selection = self.selection  # no further than the text goes
            self._repaint()

    def _watch_selection(self, selection: Selection) -> None:
        self._follow_cursor()

    def on_resize(self) -> None:
        self._follow_cursor()

    def _follow_cursor(self) -> None:
        """Of the text that is edited, the part with the cursor is seen."""
        if self.has_focus:
            cell = self._position_to_cell(self.cursor_position)
            self._first = min(max(self._first, cell - self._room(self._field) + 1), cell)
            self.app.cursor_position = self.cursor_screen_offset
        self._repaint()

    def watch__cursor_visible(self) -> None:
        self._repaint()

    def replace(self, text: str, start: int, end: int) -> None:
        if not self._field.choices:
            super().replace("".join(filter(str.isprintable, text)), start, end)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return not self._field.choices and super().check_consume_key(key, character)

    def on_key(self, event: Key) -> None:
        if self._field.choices:  # where nothing is typed, letters are keys of the screen
            event.prevent_default()
            if event.key == "space":
                event.stop()
                self._turn(1)

    def action_cursor_left(self, select: bool = False) -> None:
        self._turn(-1) if self._field.choices else super().action_cursor_left(select)

    def action_cursor_right(self, select: bool = False) -> None:
        self._turn(1) if self._field.choices else super().action_cursor_right(select)

    def _turn(self, steps: int) -> None:
        """The next choice, or the one before."""
        choices = self._field.choices
        place = choices.index(self.value) if self.value in choices else 0
        self.value = choices[(place + steps) % len(choices)]

    # --- the mouse ------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: MouseDown) -> None:
        at = event.get_content_offset(self)
        place = at.y + self.scroll_offset.y if at is not None else len(self.fields)
        if place >= len(self.fields):
            event.prevent_default()
            return
        if place != self.place:
            self.go(place)
            self._describe()
        if self._field.choices:
            event.prevent_default()

    def on_click(self, event: Click) -> None:
        at = event.get_content_offset(self)
        if at is not None and at.y + self.scroll_offset.y == self.place and self._field.choices:
            self._turn(1)

    def _cell_offset_to_index(self, offset: int) -> int:
        return super()._cell_offset_to_index(offset - self._name_width + self._first)

    # --- how they are drawn ---------------------------------------------------------------------------------------

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the terminal's own cursor stands: input methods show there what is being typed."""
        across = self._name_width + self._position_to_cell(self.cursor_position) - self._first
        return self.content_region.offset + Offset(across, self.place - self.scroll_offset.y)

    @property
    def _name_width(self) -> int:
        """What the names leave, the fields have."""
        return min(max((cell_len(field.name + field.mark) for field in self.fields), default=0) + 1, MOST_NAME)

    def _room(self, field: Field) -> int:
        return max(1, self.scrollable_content_region.width - self._name_width - cell_len(field.unit))

    def _repaint(self) -> None:
        """Draw the field that one stands on anew."""
        self.refresh(Region(0, self.place - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """A field: its name, what stands in it, and the unit."""
        place, width, plain = y + self.scroll_offset.y, self.scrollable_content_region.width, self.style("name")
        if place >= len(self.fields):
            return Strip.blank(width, plain)
        field, here = self.fields[place], place == self.place and self.has_focus
        name = shorten(field.name, self._name_width - 1 - cell_len(field.mark))
        rest = self._name_width - cell_len(name + field.mark)
        line = [Segment(name, plain), Segment(field.mark, self.style("mark")), Segment(" " * rest, plain)]
        line += self._choice(field, here) if field.choices else self._text(field, here)
        return Strip([*line, Segment(field.unit, self.style("unit"))]).adjust_cell_length(width, plain)

    def _choice(self, field: Field, here: bool) -> list[Segment]:
        """The choice between arrows that say that there are others."""
        text, room = self._texts[field.name], self._room(field)
        before, after = next((way for way in ARROWS if cell_len(text + "".join(way)) <= room), ("", "›"))
        text = shorten(text, max(1, room - cell_len(before + after)))
        chosen, plain = (self.style("choice-here"),) * 2 if here else (self.style("choice"), self.style("name"))
        rest = " " * (room - cell_len(before + text + after))
        return [Segment(before, plain), Segment(text, chosen), Segment(after + rest, plain)]

    def _text(self, field: Field, here: bool) -> list[Segment]:
        """The text, with the cursor and what is selected; as much of it as there is room for."""
        text, room = self._texts[field.name], self._room(field)
        wrong = field.name == self.wrong or not field.has_sense(text)
        style = self.style(("wrong" if wrong else "text") + ("-here" if here else ""))
        if not text:
            text, style = field.empty, style + Style(color=self.style("empty").color)
        if not here:
            return [Segment(set_cell_size(text, room), style)]
        begin, end = sorted(self.selection)
        selected = style + Style(bgcolor=self.style("selected").bgcolor)
        styles = [selected if begin <= at < end else style for at in range(len(text) + 1)]
        if self._cursor_visible:
            styles[self.cursor_position] += self.style("cursor")
        letters = [Segment(letter, style) for letter, style in zip(f"{text} ", styles, strict=True)]
        return list(Strip(letters).crop(self._first, self._first + room).adjust_cell_length(room, style).simplify())
