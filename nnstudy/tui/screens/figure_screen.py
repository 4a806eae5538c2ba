"""What the screens with a figure to inspect share: its keys, and a line to say things in."""

from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.content import Content
from textual.css.query import QueryType
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from nnstudy.tui.bindings import key, named
from nnstudy.tui.widgets.fields import Fields
from nnstudy.tui.widgets.inspector import Inspector
from nnstudy.tui.widgets.lastlines import LastLines

FIGURE_KEYS = (
    Binding("left_square_bracket", "turn(-1)", "Panel before", show=False),
    Binding("right_square_bracket", "turn(1)", "Next panel", show=False),
    Binding("c", "cursor", "Cursor", show=False),
    Binding("+", "zoom(1)", "Zoom in", show=False),
    Binding("-", "zoom(-1)", "Zoom out", show=False),
    Binding("0", "show_all", "Show all", show=False),
    Binding("L", "toggle_log('y')", "Logarithmic y axis", show=False),
    Binding("K", "toggle_log('x')", "Logarithmic x axis", show=False),
)

WALK = (
    "{figure.left} {figure.right} {figure.up} {figure.down} walk, {figure.pan-left} {figure.pan-right} {figure.pan-up} "
    "{figure.pan-down} pan, {zoom-1} {zoom-back} zoom, escape leaves the figure"
)


class FigureScreen(Screen[Any]):
    """A screen with one `Inspector`, a table `#measurements`, and `LastLines` below it."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # what has it draws itself

    @dataclass
    class Told(Message):
        """A thread has something to say; where the screen was left meanwhile, nobody hears it."""

        text: str
        style: str = "dim"

    def set_focus(self, widget: Widget | None, scroll_visible: bool = False, from_app_focus: bool = False) -> None:
        """Give a widget the focus; whatever can have it is in sight."""
        super().set_focus(widget, False, from_app_focus)

    def focus_next(self, selector: str | type[QueryType] = "*") -> Widget | None:
        return _begun(super().focus_next(selector), 0)

    def focus_previous(self, selector: str | type[QueryType] = "*") -> Widget | None:
        return _begun(super().focus_previous(selector), -1)

    def on_figure_screen_told(self, message: Told) -> None:
        self._say(message.text, message.style)

    def on_inspector_read(self, message: Inspector.Read) -> None:
        self._lines.read(message.text)

    def on_inspector_left(self) -> None:
        self.set_focus(self.query_one("#measurements"))

    def action_cursor(self) -> None:
        figure = self.query_one(Inspector)
        figure.focus()
        if figure.cursor is None:
            figure.action_walk(0, 0)
        self._say(named(self, WALK))

    def action_turn(self, steps: int) -> None:
        self.query_one(Inspector).turn(steps)

    def action_zoom(self, steps: int) -> None:
        self.query_one(Inspector).zoom(steps)

    def action_show_all(self) -> None:
        self.query_one(Inspector).show_all()

    def action_toggle_log(self, axis: str) -> None:
        if (panel := self.query_one(Inspector).toggle_log(axis)) is not None:
            kind = "logarithmic" if (panel.x_log if axis == "x" else panel.y_log) else "linear"
            self._say(f"the {axis} axis is {kind} now; {key(self, 'show-all')} shows the panel as it was")

    def _say(self, text: str, style: str = "dim") -> None:
        self._lines.say(Content.styled(text, style))

    @property
    def _lines(self) -> LastLines:
        return self.query_one(LastLines)


def _begun(focused: Widget | None, place: int) -> Widget | None:
    """A form is walked into at its first field, or at its last."""
    if isinstance(focused, Fields):
        focused.go(place)
    return focused
