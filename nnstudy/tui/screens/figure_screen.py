"""What the screens with a figure to inspect share: its keys, and a line to say things in."""

from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from nnstudy.tui.bindings import key, named
from nnstudy.tui.widgets.inspector import Inspector

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
    """A screen with one `Inspector`, a table `#measurements`, and the lines `#reading` and `#message` below it."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # what has it draws itself

    @dataclass
    class Told(Message):
        """A thread has something to say; where the screen was left meanwhile, nobody hears it."""

        text: str
        style: str = "dim"

    def on_figure_screen_told(self, message: Told) -> None:
        self._say(message.text, message.style)

    def on_inspector_read(self, message: Inspector.Read) -> None:
        self.query_one("#reading", Static).update(message.text, layout=False)

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
        """Say it in the last line; what is too long for it takes a line of the reading until something else is said."""
        self.set_class(cell_len(text) > self.size.width - 2, "-long")
        self.query_one("#message", Static).update(Content.styled(text, style), layout=False)
