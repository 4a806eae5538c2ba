"""The keys of a screen in one line; each can be clicked. One widget, where Textual's Footer makes one for every key."""

from typing import Any

from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class KeyBar(Static):
    """Made from the screen's own bindings that are to be shown."""

    ALLOW_SELECT = False

    def __init__(self, screen: type[Screen[Any]]) -> None:
        shown = [b for b in screen.BINDINGS if isinstance(b, Binding) and b.show]
        parts = [f"[@click={_action(b.action)}][bold $text-accent]{_name(b)}[/] {b.description}[/]" for b in shown]
        super().__init__(Content.from_markup("  ".join(parts)), id="keys")


def _name(binding: Binding) -> str:
    names = {"question_mark": "?", "enter": "Enter"}
    key = binding.key.split(",")[0]
    return binding.key_display or names.get(key, key)


def _action(action: str) -> str:
    return action if "." in action else f"screen.{action}"
