"""The keys of a screen in one line; each can be clicked. One widget, where Textual's Footer makes one for every key."""

from typing import Any

from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from nnstudy.tui.bindings import NAMES, Keymap, action_name, display


class KeyBar(Static):
    """Made from the screen's own bindings that are to be shown."""

    ALLOW_SELECT = False

    def __init__(self, screen: type[Screen[Any]]) -> None:
        self._of = screen
        super().__init__(self._line({}), id="keys")

    def on_mount(self) -> None:
        if self.app._keymap:
            self.show(self.app._keymap)

    def show(self, keymap: Keymap) -> None:
        """Name the keys as they are now."""
        self.update(self._line(keymap))

    def _line(self, keymap: Keymap) -> Content:
        parts = [
            Content.from_markup(
                f"[@click={_action(b.action)}][bold $text-accent]$key[/] $what[/]",
                key=self._called(b, keymap), what=b.description,
            )
            for b in self._of.BINDINGS if isinstance(b, Binding) and b.show
        ]  # fmt: skip
        return Content("  ").join(parts)

    def _called(self, binding: Binding, keymap: Keymap) -> str:
        return display(f"{NAMES.get(self._of.__name__, '')}.{action_name(binding.action)}", binding, keymap)


def _action(action: str) -> str:
    return action if "." in action else f"screen.{action}"
