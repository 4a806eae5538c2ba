"""The keys of a screen in one line; each can be clicked. One widget, where Textual's Footer makes one for every key."""

from collections.abc import Mapping
from typing import Any

from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class KeyBar(Static):
    """Made from the screen's own bindings that are to be shown."""

    ALLOW_SELECT = False

    def __init__(self, screen: type[Screen[Any]]) -> None:
        self._of = screen
        super().__init__(self._line({}), id="keys")

    def on_mount(self) -> None:
        study = getattr(self.app, "study", None)
        if study is not None and study.settings.keys:
            self.show(study.settings.keys)

    def show(self, chosen: Mapping[str, Mapping[str, str]]) -> None:
        """Name the keys as they are chosen: by screen and action."""
        self.update(self._line(chosen))

    def _line(self, chosen: Mapping[str, Mapping[str, str]]) -> Content:
        shown = [b for b in self._of.BINDINGS if isinstance(b, Binding) and b.show]
        parts = [
            Content.from_markup(
                f"[@click={_action(b.action)}][bold $text-accent]$key[/] $what[/]",
                key=self._called(b, chosen), what=b.description,
            )
            for b in shown
        ]  # fmt: skip
        return Content("  ").join(parts)

    def _called(self, binding: Binding, chosen: Mapping[str, Mapping[str, str]]) -> str:
        if chosen:
            from nnstudy.tui.bindings import key_of, shown

            return shown(key_of(self._of, binding, chosen))
        names = {"question_mark": "?", "enter": "Enter", "comma": ","}
        key = binding.key.split(",")[0]
        return binding.key_display or names.get(key, key)


def _action(action: str) -> str:
    return action if "." in action else f"screen.{action}"
