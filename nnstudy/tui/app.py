"""The terminal program: themes, and which screen it opens on."""

import gc
from collections.abc import Iterable
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import Screen
from textual.theme import Theme

from nnstudy.study import Study

DARK = Theme(
    name="nnstudy-dark",
    primary="#7aa2f7",
    secondary="#9aa5ce",
    accent="#e0af68",
    success="#9ece6a",
    warning="#ff9e64",
    error="#f7768e",
    foreground="#d5daf0",
    background="#16161e",
    surface="#1a1b26",
    panel="#24283b",
    dark=True,
)
LIGHT = Theme(
    name="nnstudy-light",
    primary="#2e59a8",
    secondary="#4c505e",
    accent="#8f5e15",
    success="#33635c",
    warning="#965027",
    error="#a3273d",
    foreground="#1f2335",
    background="#f7f6f2",
    surface="#ffffff",
    panel="#e8e6df",
    dark=False,
)

# Textual reads the style sheet of a screen when the screen is pushed; the first one never is.
FIRST_STYLES = {"today": ("screens/today.tcss",), "lab": ("screens/lab.tcss",)}


class StudyApp(App[None]):
    """nnstudy in the terminal."""

    TITLE = "nnstudy"
    BINDINGS = [Binding("ctrl+q", "quit", "Quit", show=False, priority=True)]

    def __init__(
        self, study: Study, *, start: str = "today", note: str | None = None, experiment: str | None = None
    ) -> None:
        super().__init__(css_path=["app.tcss", *FIRST_STYLES.get(start, ())])
        self.study = study
        self._start = start
        self._experiment = experiment
        if note is not None:
            study.choose(note)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        wanted = study.settings.theme
        self.theme = wanted if wanted in self.available_themes else DARK.name  # set later, all styles are parsed twice

    def on_mount(self) -> None:
        if not gc.isenabled():
            self.call_after_refresh(_collect_garbage_again)
        if (wanted := self.study.settings.theme) not in self.available_themes:
            self.notify(f"Theme {wanted!r} is unknown; ctrl+p lists them.", severity="warning", markup=False)

    def get_default_screen(self) -> Screen[None]:
        """The screen that the program opens on: no other is painted before it."""
        if self._start == "review":
            from nnstudy.tui.screens.review import ReviewScreen

            return ReviewScreen(self.study)
        if self._start == "lab":
            from nnstudy.tui.screens.lab import LabScreen

            return LabScreen(self.study, self.study.experiment(self._experiment) if self._experiment else None)
        from nnstudy.tui.screens.today import TodayScreen

        return TodayScreen(self.study)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Textual's own, and whatever a key of the screen does."""
        for binding in screen.BINDINGS:
            if isinstance(binding, Binding) and binding.description:
                key = binding.key_display or self.get_key_display(binding)
                yield SystemCommand(binding.description, f"the key {key}", partial(screen.run_action, binding.action))
        yield from super().get_system_commands(screen)

    def switch_screen(self, screen: Screen[Any] | str) -> AwaitComplete:
        """Show a screen in the place of the present one; the first one, which Textual cannot take away, stays below."""
        if len(self.screen_stack) == 1:
            return AwaitComplete(self.push_screen(screen))
        return super().switch_screen(screen)

    def action_help(self) -> None:
        """The keys of the present screen."""
        from nnstudy.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(type(self.screen).__name__))


def _collect_garbage_again() -> None:
    """What the start has made is not looked through again at every collection, which would delay a key."""
    gc.freeze()
    gc.enable()
