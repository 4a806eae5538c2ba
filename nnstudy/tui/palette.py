"""What the command palette offers besides Textual's own commands: what keys do, and the way to every screen."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import ModalScreen, Screen
from textual.theme import ThemeProvider

from nnstudy.tui.bindings import NAMES, PLACES, action_name, display

if TYPE_CHECKING:
    from nnstudy.tui.app import StudyApp

WAYS = {
    "library": "The library", "progress": "Progress", "memory": "Memory", "questions": "The open questions",
    "lab": "The laboratory", "runs": "The kept runs", "settings": "The settings",
}  # fmt: skip


def go(screen: Screen[Any], place: str) -> None:
    """Open the screen of a place (see `bindings.PLACES`) above the present one; it is loaded only then."""
    module, _, name = PLACES[place].rpartition(".")
    app = cast("StudyApp", screen.app)
    app.push_screen(getattr(import_module(f"nnstudy.tui.{module}"), name)(app.study))


def commands(screen: Screen[Any]) -> Iterator[SystemCommand]:
    """What the keys of a screen do, then the ways to the others."""
    here = NAMES.get(type(screen).__name__, "")
    actions = set()
    for binding in screen.BINDINGS:
        if isinstance(binding, Binding) and binding.description:
            actions.add(binding.action)
            key = display(f"{here}.{action_name(binding.action)}", binding, screen.app._keymap)
            yield SystemCommand(binding.description, f"the key {key}", partial(screen.run_action, binding.action))
    if not isinstance(screen, ModalScreen):
        for place, title in WAYS.items():
            if place not in (here, *actions):
                yield SystemCommand(title, "opens above this screen", partial(go, screen, place))


class Themes(ThemeProvider):
    """The themes, ours first; the one that is chosen stays after the next start."""

    @property
    def commands(self) -> list[tuple[str, Callable[[], None]]]:
        app = cast("StudyApp", self.app)
        names = sorted(app.available_themes, key=lambda name: (not name.startswith("nnstudy"), name))
        return [(name, partial(app.keep_theme, name)) for name in names]
