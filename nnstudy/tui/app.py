"""The terminal program: themes, and which screen it opens on."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events, work
from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.command import CommandPalette
from textual.constants import TEXTUAL_ANIMATIONS
from textual.dom import DOMNode
from textual.filter import DimFilter, LineFilter
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

from nnstudy.errors import DamagedError, StudyError
from nnstudy.store.store import in_words
from nnstudy.study import Study
from nnstudy.tui.bindings import identify, keymap, load
from nnstudy.tui.compositor import SparingCompositor
from nnstudy.tui.stylesheet import SparingStylesheet
from nnstudy.tui.themes import DARK, HIGH_CONTRAST, LEGIBLE, OURS, SIXTEEN, of_the_terminal
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.words import visible

if TYPE_CHECKING:
    from nnstudy.reading.intake import NoteReport

WATCH_AFTER = 2.0  # seconds: the first card is painted, and its experiment loaded, before notes are watched

# Textual reads the style sheet of a screen when the screen is pushed; the first one never is.
FIRST_STYLES = {"today": ("screens/today.tcss",), "lab": ("screens/trial.tcss", "screens/lab.tcss")}


REST_SECONDS = 0.1  # after a key or a button
TIDY_SECONDS = 0.1  # between two looks for objects to collect: of many, a key would wait for it
YOUNG_OBJECTS = 2_000  # so many are collected in the next rest: a paint makes some thousands, most die by themselves
MOST_OBJECTS = 500_000  # so many are collected even without a rest
LESS_DIM = DimFilter(LEGIBLE)  # where Textual leaves two thirds
LONG_REST = 5.0  # after which all objects are looked through


class StudyApp(App[None]):
    """nnstudy in the terminal."""

    TITLE = "nnstudy"
    BINDINGS = [Binding("ctrl+q", "quit", "Quit", show=False, priority=True)]

    @dataclass
    class NotesChanged(Message):
        """Notes were saved by another program, and have been read again."""

        reports: "Sequence[NoteReport]"

    def __init__(
        self,
        study: Study,
        *,
        start: str = "today",
        note: str | None = None,
        experiment: str | None = None,
        minutes: float | None = None,
        cram: bool = False,
    ) -> None:
        super().__init__(css_path=["app.tcss", *FIRST_STYLES.get(start, ())])
        self.stylesheet = SparingStylesheet(variables=self.stylesheet._variables)
        self.study = study
        self._start = start
        self._experiment = experiment
        self._stop = Event()
        self._touched = -REST_SECONDS
        self._untidy = False  # young objects were collected, older ones not yet
        self._watcher = Thread(target=self._watch, name="watch", daemon=True)
        if note is not None or minutes is not None or cram:
            study.choose(note, minutes=minutes, cram=cram)
        for theme in OURS:
            self.register_theme(theme)
        self.take_up_settings()  # a theme that is set later makes all styles be parsed twice

    def take_up_settings(self) -> None:
        """Show what the settings say: theme, motion, keys."""
        settings = self.study.settings
        self.theme = self._fit(settings.theme)
        self.animation_level = "none" if settings.reduced_motion else TEXTUAL_ANIMATIONS
        if settings.keys or self._keymap:
            self.set_keymap(keymap(settings.keys))
            for screen in self._screen_stack:
                for node in screen.walk_children(with_self=True):
                    self._name_bindings(node)
                for bar in screen.query(KeyBar):
                    bar.show(self._keymap)

    def _fit(self, theme: str) -> str:
        """A theme that there is; on a terminal of sixteen colours none that could not be told apart there."""
        few = self._driver is not None and not self.is_headless and self.console.color_system == "standard"
        if few and theme == DARK.name:
            return SIXTEEN
        return theme if theme in self.available_themes else DARK.name

    def _register(self, parent: DOMNode, *widgets: Widget, **where: Any) -> list[Widget]:
        """A screen has its own way to paint and the styles of its width, and what is on it the keys of the settings,
        from its first moment on: Textual would arrange it for no width, and then once more."""
        for widget in widgets:
            if isinstance(widget, Screen):
                widget._compositor = SparingCompositor()
                fitting = [name for least, name in widget.HORIZONTAL_BREAKPOINTS or () if self.size.width >= least]
                widget.add_class(*fitting[-1:], update=False)
            self._name_bindings(widget)
        return super()._register(parent, *widgets, **where)

    def _name_bindings(self, node: DOMNode) -> None:
        if self.study.settings.keys:
            identify(node)

    def get_css_variables(self) -> dict[str, str]:
        """The colours of the theme, but for the line under the cursor: words of any colour must be legible on it."""
        found = super().get_css_variables()
        if not found["block-cursor-background"].startswith("ansi"):
            found["block-cursor-background"] = found["primary-muted"]
            found["block-cursor-foreground"] = found["foreground"]
            found["block-cursor-blurred-background"] = found["panel"]
        return found | of_the_terminal(found)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """In high contrast, what is dim stays legible."""
        found = super().get_line_filters()
        return [LESS_DIM, *found] if self.theme in HIGH_CONTRAST else found

    @property
    def calm(self) -> bool:
        """Whether motion is to be reduced."""
        return self.study.settings.reduced_motion

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """With reduced motion, the cursor of a line that is typed in does not blink."""
        if self.calm and hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

    async def on_event(self, event: events.Event) -> None:
        """Take an event, and note when a key or a button was pressed."""
        if isinstance(event, events.Key | events.MouseDown):
            self._touched = monotonic()
        await super().on_event(event)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Do what is bound to a key; at once, where no widget on its way does anything else with it.

        Textual hands a key from one widget to the next, up to the program, and asks only then what is bound to it.
        """
        if await super()._check_bindings(key, priority):
            return True
        if not priority or key == "escape":  # which takes back, too, what was selected with the mouse
            return False
        on_the_way = (self.focused or self.screen).ancestors_with_self
        return not any(takes_keys(node) for node in on_the_way[:-1]) and await super()._check_bindings(key)

    @property
    def rest_in(self) -> float:
        """Seconds until no key or button was pressed just now: what moves by itself gives way to what is asked for."""
        return max(0.0, self._touched + REST_SECONDS - monotonic())

    def _collect_garbage_again(self) -> None:
        """What the start has made is not looked through again at every collection."""
        gc.freeze()
        gc.set_threshold(MOST_OBJECTS)
        gc.enable()
        self.set_interval(TIDY_SECONDS, self._tidy)

    def _tidy(self) -> None:
        """Collect garbage in a rest: while a key is answered, a collection would be waited for."""
        rest = monotonic() - self._touched
        if rest > LONG_REST and self._untidy:
            self._untidy = False
            gc.collect()
        elif rest > REST_SECONDS and gc.get_count()[0] > YOUNG_OBJECTS:
            self._untidy = True
            gc.collect(1)

    def on_mount(self) -> None:
        self.theme = self._fit(self.theme)
        if not gc.isenabled():
            self.call_after_refresh(self._collect_garbage_again)
        self.call_after_refresh(self._back_up)
        if (wanted := self.study.settings.theme) not in self.available_themes:
            self.notify(f"Theme {wanted!r} is unknown; ctrl+p lists them.", severity="warning", markup=False)
        if others := self.study.claims.others():
            self.notify(also_open(others), title="Open twice", timeout=12, markup=False)
        self.set_timer(WATCH_AFTER, self._watcher.start)
        if not self.is_headless and hasattr(signal, "SIGHUP"):
            for number in (signal.SIGHUP, signal.SIGTERM):
                signal.signal(number, partial(self._told_to_end, asyncio.get_running_loop()))

    def _told_to_end(self, loop: asyncio.AbstractEventLoop, number: int, frame: object) -> None:
        """Leave the terminal as it was; where it is closed already, nothing can be written to it, and nothing is left
        to do: every answer is on the disk."""
        if sys.__stdin__ is not None and os.isatty(sys.__stdin__.fileno()):
            loop.call_soon_threadsafe(self.exit, None, 128 + number)
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def _handle_exception(self, error: Exception) -> None:
        """End in a sentence, where the database cannot be read any more; nothing that was answered is lost."""
        cause = getattr(error, "error", error)  # of a worker that failed
        said = str(cause) if isinstance(cause, StudyError) else in_words(cause)
        if said is None or self.is_headless:
            super()._handle_exception(error)
            return
        self._return_code = 1
        self._exit_renderables.append(Text(visible(f"Error: {said}")))
        self._close_messages_no_wait()

    def on_unmount(self) -> None:
        self._stop.set()
        if self._watcher.is_alive():
            self._watcher.join(timeout=5)

    def _watch(self) -> None:
        load()  # the other screens are loaded here, and what they show: no key waits for it when they are opened
        with suppress(StudyError):  # an experiment of one's own cannot be loaded: who opens the laboratory is told so
            self.study.laboratory()
        with suppress(StudyError):  # the database cannot be read now: who answers is told so
            self.study.watch(self._stop, self._tell)

    def _tell(self, reports: "Sequence[NoteReport]") -> None:
        self.post_message(self.NotesChanged(reports))

    def on_study_app_notes_changed(self, message: NotesChanged) -> None:
        """Let every screen that shows notes draw them anew, and say in a line what changed."""
        from nnstudy.reading.watch import told

        self.study.notes_changed()
        for screen in self.screen_stack:
            if callable(redraw := getattr(screen, "notes_changed", None)):
                redraw()
        titles = ", ".join(report.title for report in message.reports)
        self.notify(f"{titles} was saved: {told(message.reports)}.", timeout=4, markup=False)

    @work(thread=True, group="backup")
    def _back_up(self) -> None:
        """The first time of a day a copy of the database is kept, while the first card is read already."""
        try:
            self.study.back_up_daily()
        except DamagedError as trouble:
            self.call_from_thread(self.notify, f"{trouble}.", severity="error", timeout=60, markup=False)
        except StudyError as trouble:
            said = f"{trouble}. Your answers are kept all the same."
            self.call_from_thread(self.notify, said, severity="warning", markup=False)

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
        """Whatever a key of the screen does, the ways to the other screens, and Textual's own."""
        from nnstudy.tui.palette import commands

        yield from commands(screen)
        yield from super().get_system_commands(screen)

    def search_themes(self) -> None:
        """The themes to choose from; the chosen one is kept, as the settings screen keeps it."""
        from nnstudy.tui.palette import Themes

        self.push_screen(CommandPalette(providers=[Themes], placeholder="Search for themes…"))

    def keep_theme(self, name: str) -> None:
        """Show a theme from now on, also after the next start."""
        try:
            self.study.preferences.set(("theme",), None if name == DARK.name else name)
        except StudyError as trouble:
            self.notify(f"{trouble}. The theme stays until the end.", severity="warning", markup=False)
            self.theme = name
        else:
            self.take_up_settings()

    def switch_screen(self, screen: Screen[Any] | str) -> AwaitComplete:
        """Show a screen in the place of the present one; the first one, which Textual cannot take away, stays below."""
        if len(self.screen_stack) == 1:
            return AwaitComplete(self.push_screen(screen))
        return super().switch_screen(screen)

    def action_help(self) -> None:
        """The keys of the present screen."""
        from nnstudy.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(type(self.screen), self._keymap))


def takes_keys(node: DOMNode) -> bool:
    """Whether a widget or screen does anything with keys beside what is bound to them; it may say so itself."""
    says: bool | None = getattr(node, "takes_keys", None)
    return _handles_keys(type(node)) if says is None else says


@cache
def _handles_keys(kind: type[DOMNode]) -> bool:
    own = (name for base in kind.__mro__ if base not in (Widget, Screen, MessagePump) for name in vars(base))
    return any(name in ("on_event", "on_key", "_on_key") or name.startswith(("key_", "_key_")) for name in own)


def also_open(others: Sequence[int]) -> str:
    """What to know when other programs have the same data open."""
    named = ", ".join(str(process) for process in others if process)
    which = f" (process {named})" if named else ""
    return (
        f"nnstudy is open elsewhere, too{which}. Answers of both are kept, and neither asks what the other is asking."
    )
