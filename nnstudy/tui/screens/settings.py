"""Settings: each as it describes itself, changed at once and written into settings.toml; then keys, then notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option as Line

from nnstudy import settings as described
from nnstudy.errors import StudyError
from nnstudy.insight.names import told_apart
from nnstudy.preferences import Place, option
from nnstudy.study import Study
from nnstudy.tui import bindings
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.sparing import SparingList
from nnstudy.words import plural, shorten, visible

NAME = 26
BITE, BITE_SECONDS = 60, 0.005  # lines that are listed at once, and the wait between: a hundred notes have many
OF_A_NOTE = "On this machine alone: a sync carries what the note says of itself, not this"


class SettingsScreen(Screen[None]):
    """One line a setting; below, what it means and which values it takes."""

    CSS_PATH = "settings.tcss"
    BINDINGS = [
        Binding("enter", "edit", "Change"),
        Binding("left", "turn(-1)", "Value before", show=False),
        Binding("right", "turn(1)", "Next value", show=False),
        Binding("d", "reset", "Default"),
        Binding("u", "undo", "Undo"),
        Binding("b", "rebuild", "Rebuild"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "leave", "Back", key_display="q"),
    ]

    @dataclass
    class Rebuilding(Message):
        """So many cards of all are derived anew."""

        done: int
        total: int

    @dataclass
    class Rebuilt(Message):
        """The schedule was derived anew: how many cards moved, or why not."""

        moved: int
        trouble: str = ""

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        self.places: list[Place | None] = []  # of each line; None: a heading
        self.takes_keys = False  # a new key is waited for
        self._rebuilding = False

    def compose(self) -> ComposeResult:
        yield Static(id="settings-title")
        yield SparingList(id="settings", markup=False)
        yield Static(id="setting")
        with Horizontal(id="setting-entry"):
            yield Static(id="setting-label")
            yield Input(id="setting-text", compact=True, select_on_focus=False)
        yield Static(id="setting-message")
        yield KeyBar(SettingsScreen)

    def on_mount(self) -> None:
        self._bound = {
            ("keys", *name.split(".", 1)): binding
            for place in bindings.PLACES
            for name, binding in bindings.bindings(place)
        }
        self._same = Counter((place[1], binding.description) for place, binding in self._bound.items())
        self._titles = {note.id: note.title for note in self.study.store.notes.all()} | told_apart(self.study.store)
        self._unlisted = self._lines()
        self._list()
        self.query_one(OptionList).highlighted = 0
        self.set_focus(self.query_one(OptionList))
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw(("theme",)))  # chosen in the palette
        title = Content.assemble(
            ("Settings", "bold $text-primary"), "   ", (visible(str(self.study.preferences.path)), "dim")
        )
        self.query_one("#settings-title", Static).update(title)
        if wrong := bindings.troubles(self.study.settings.keys):
            self._say(f"settings.toml: {visible(wrong[0])}", "$text-warning")

    # --- the list -------------------------------------------------------------------------------------------------

    def _list(self) -> None:
        """List the next lines; between two bites a key is answered."""
        bite = list(islice(self._unlisted, BITE))
        self.places += [place for place, _ in bite]
        self.query_one(OptionList).add_options(Line(line, disabled=place is None) for place, line in bite)
        if bite:
            self.set_timer(BITE_SECONDS, self._list)

    def _lines(self) -> Iterator[tuple[Place | None, Content]]:
        groups: list[tuple[str, list[Place]]] = [("", [(name,) for name in described.OPTIONS])]
        groups.append(("Keys", list(self._bound)))
        for note, title in self._titles.items():
            heading = f"{visible(title)}: what it has for itself"
            groups.append((heading, [("notes", note, name) for name in described.OF_A_NOTE]))
        for heading, places in groups:
            if heading:
                yield None, Content.styled(f"\n{heading}", "bold $text-primary")
            for place in places:
                yield place, self._line(place)

    def _line(self, place: Place) -> Content:
        name = self._title(place).ljust(NAME)
        mark = "•" if self.study.preferences.is_set(place) else " "
        return Content.assemble(f" {mark} ", name, "  ", (visible(self._text(place)), "bold" if mark == "•" else ""))

    def _title(self, place: Place) -> str:
        if place[0] == "keys":
            binding = self._bound[place]
            which = f" {self._usual(place)}" if self._same[place[1], binding.description] > 1 else ""
            return shorten(f"{place[1]}: {binding.description or binding.action}{which}", NAME)
        return place[-1]

    def _text(self, place: Place) -> str:
        value = self.study.preferences.get(place)
        if place[0] == "keys":
            return bindings.shown_key(".".join(place[1:]), self.app._keymap)
        if value is None:
            return "·"
        return option(place).text(value) or ("(as usual)" if isinstance(value, tuple) else "(empty)")

    def _usual_key(self, place: Place) -> str:
        """The key that a binding has when nothing is set, as Textual calls it."""
        return bindings.key_named(self._bound[place].key.split(",")[0]) or ""

    def _usual(self, place: Place) -> str:
        return bindings.shown(self._usual_key(place))

    def _redraw(self, place: Place) -> None:
        if place in self.places:
            self.query_one(OptionList).replace_option_prompt_at_index(self.places.index(place), self._line(place))
        self._describe()

    @property
    def here(self) -> Place | None:
        """The setting under the cursor."""
        at = self.query_one(OptionList).highlighted
        return self.places[at] if at is not None and at < len(self.places) else None

    def on_option_list_option_highlighted(self) -> None:
        self._describe()

    def on_option_list_option_selected(self) -> None:
        self.action_edit()

    def _describe(self) -> None:
        """Below the list: what the setting under the cursor means, what it takes, and when a change counts."""
        if (place := self.here) is None:
            return
        if place[0] == "keys":
            binding = self._bound[place]
            lines = [f"{binding.description or binding.action}, on {place[1]}", f"default: {self._usual(place)}"]
        else:
            found = option(place)
            usual = found.text(found.default) or "none"
            lines = [found.help[:1].upper() + found.help[1:], f"takes {self._allowed(place)}; default: {usual}"]
            if len(place) > 1:
                lines[1] = f"takes {found.allowed}; default: the note's own"
                lines.append(OF_A_NOTE)
            lines += [found.when[:1].upper() + found.when[1:] if found.when else "Counts at once"]
        self.query_one("#setting", Static).update(Content("\n").join(map(Content, lines)), layout=False)

    def _allowed(self, place: Place) -> str:
        return f"one of {len(self._choices(place))}: left and right go through them" if place == ("theme",) else (
            option(place).allowed
        )  # fmt: skip

    def _say(self, text: str, style: str = "") -> None:
        said = Content.styled(text, style) if style else Content(text)
        self.query_one("#setting-message", Static).update(said)

    # --- changing -------------------------------------------------------------------------------------------------

    def _choices(self, place: Place) -> list[Any]:
        if place == ("theme",):
            ours = [name for name in self.app.available_themes if name.startswith("nnstudy")]
            return ours + sorted(set(self.app.available_themes) - set(ours) - {"textual-ansi"})
        return [False, True] if place[0] != "keys" and isinstance(option(place).default, bool) else []

    def action_turn(self, steps: int) -> None:
        """Take the choice before or after the present one."""
        if (place := self.here) is not None and (choices := self._choices(place)):
            present = self.study.preferences.get(place)
            at = choices.index(present) if present in choices else -1
            self._set(place, choices[(at + steps) % len(choices)])

    def action_edit(self) -> None:
        """Change the setting under the cursor: in the line below, by pressing a key, or to the next choice."""
        if (place := self.here) is None:
            return
        if self._choices(place):
            self.action_turn(1)
        elif place[0] == "keys":
            self.takes_keys = True
            self._say(f"Press the new key for “{self._bound[place].description}”; escape leaves it", "$text-accent")
        else:
            entry, value = self.query_one(Input), self.study.preferences.get(place)
            self.query_one("#setting-label", Static).update(f"{place[-1]}: ")
            self.add_class("-editing")
            entry.value = "" if value is None else option(place).text(value)
            entry.cursor_position = len(entry.value)
            self.set_focus(entry)
            self._say("")

    async def on_event(self, event: events.Event) -> None:
        """A key that is waited for is taken before it does anything."""
        if self.takes_keys and isinstance(event, events.Key):
            event.stop()
            event.prevent_default()
            self.takes_keys = False
            self._take_key(event.key)
            return
        await super().on_event(event)

    def _take_key(self, key: str) -> None:
        place = self.here
        if place is None or key == "escape":
            self._say("")
            return
        if reason := bindings.refusal(".".join(place[1:]), key, self.study.settings.keys):
            self._say(f"Refused: {reason}", "bold $text-error")
        else:
            self._set(place, None if key == self._usual_key(place) else key)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        place = self.here
        if place is None:
            return
        try:
            value = None if len(place) > 1 and not message.value.strip() else option(place).read(message.value)
        except StudyError as trouble:
            self._say(str(trouble), "bold $text-error")
            return
        if self._set(place, value):
            self._close_entry()

    def _close_entry(self) -> None:
        self.remove_class("-editing")
        self.set_focus(self.query_one(OptionList))

    def _set(self, place: Place, value: Any) -> bool:
        """Write a value and take it up; whether it was taken."""
        if value is not None and len(place) == 1 and value == option(place).default:
            value = None
        try:
            self.study.preferences.set(place, value)
        except StudyError as trouble:
            self._say(visible(str(trouble)), "bold $text-error")
            return False
        self._changed(place, "Kept")
        return True

    def _changed(self, place: Place, said: str) -> None:
        self.app.take_up_settings()  # type: ignore[attr-defined]
        self._redraw(place)
        when = "" if place[0] == "keys" else option(place).when
        reread = "; nnstudy add reads them" if when == described.REREAD else ""
        self._say(
            f"{said}. {bindings.key(self, 'rebuild')} rebuilds: the cards that wait move too"
            if when == described.REBUILD
            else said + reread
        )

    def action_reset(self) -> None:
        """Back to the default."""
        if (place := self.here) is None:
            return
        if place[0] == "keys" and self.study.preferences.is_set(place):
            usual = self._usual_key(place)
            if reason := bindings.refusal(".".join(place[1:]), usual, self.study.settings.keys):
                self._say(f"Refused: {reason}", "bold $text-error")
                return
        if self.study.preferences.is_set(place):
            self._set(place, None)
        else:
            self._say("It is the default already")

    def action_undo(self) -> None:
        """Take the latest change back."""
        try:
            place = self.study.preferences.undo()
        except StudyError as trouble:
            self._say(visible(str(trouble)), "bold $text-error")
            return
        if place is None:
            self._say("Nothing to take back")
            return
        if place in self.places:
            self.query_one(OptionList).highlighted = self.places.index(place)
        self._changed(place, "Taken back")

    def action_leave(self) -> None:
        if self.has_class("-editing"):
            self._close_entry()
            self._say("")
        else:
            self.app.pop_screen()

    # --- rebuilding -----------------------------------------------------------------------------------------------

    def action_rebuild(self) -> None:
        """Derive the schedule anew by the settings as they are, in a thread with a database of its own."""
        if not self._rebuilding:
            self._rebuilding = True
            self._say("Rebuilding …")
            self._rebuild()

    @work(thread=True, group="rebuild")
    def _rebuild(self) -> None:
        try:
            with Study.open(self.study.folder, now=self.study.now, zone=self.study.zone) as other:
                self.post_message(self.Rebuilt(other.rebuild(self._derived)))
        except StudyError as trouble:
            self.post_message(self.Rebuilt(0, str(trouble)))

    def _derived(self, done: int, total: int) -> None:
        self.post_message(self.Rebuilding(done, total))

    def on_settings_screen_rebuilding(self, message: Rebuilding) -> None:
        if self._rebuilding:
            self._say(f"Rebuilding: {message.done:,} of {message.total:,} cards")

    def on_settings_screen_rebuilt(self, message: Rebuilt) -> None:
        self._rebuilding = False
        if message.trouble:
            self._say(visible(message.trouble), "bold $text-error")
            return
        self.study.notes_changed()
        self._say(f"Rebuilt: {plural(message.moved, 'card')} moved")
