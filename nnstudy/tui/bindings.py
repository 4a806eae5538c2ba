"""The keys of the screens by name: which can be others, what they are now, and why a key cannot be taken.

A binding's name is its screen and its action, ``today.begin``, ``review.grade-1``: so it stands in settings.toml. Only
its first key is exchanged; the others (escape, beside q) stay.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from textual.binding import Binding
from textual.keys import Keys, _character_to_key
from textual.screen import Screen

Chosen = Mapping[str, Mapping[str, str]]  # screen -> action -> key, as the settings have it

SCREENS = {
    "today": "today.TodayScreen", "review": "review.ReviewScreen", "finished": "finished.FinishedScreen",
    "lab": "lab.LabScreen", "sweep": "sweep.SweepScreen", "runs": "runs.RunsScreen",
    "progress": "progress.ProgressScreen", "settings": "settings.SettingsScreen",
    "library": "library.LibraryScreen", "leaf": "leaf.LeafScreen", "questions": "questions.QuestionsScreen",
    "memory": "memory.MemoryScreen",
}  # fmt: skip
EVERYWHERE = {"ctrl+q": "quits the program", "ctrl+p": "opens the commands", "ctrl+c": "copies", "escape": "goes back"}
WALKING = ("tab", "shift+tab", "up", "down", "left", "right")
SHOWN = {
    "question_mark": "?", "enter": "Enter", "left_square_bracket": "[", "right_square_bracket": "]", "comma": ",",
    "full_stop": ".", "less_than_sign": "<", "greater_than_sign": ">", "asterisk": "*", "slash": "/", "plus": "+",
    "minus": "-",
}  # fmt: skip
MODIFIED = re.compile(r"(ctrl|alt|super)\+(shift\+)?([a-z0-9]|f\d\d?|enter|space|up|down|left|right)")


def screen_name(screen: type[Screen[Any]]) -> str:
    """How the settings call a screen: TodayScreen is today."""
    return screen.__name__.removesuffix("Screen").lower()


def action_name(action: str) -> str:
    """How the settings call an action: ``grade(1)`` is grade-1, ``turn(-1)`` turn-back."""
    return re.sub(r"[\W_]+", "-", action.removeprefix("app.").replace("(-1)", "-back")).strip("-")


def screens() -> Mapping[str, type[Screen[Any]]]:
    """The screens whose keys can be others, by name."""
    found = (path.split(".") for path in SCREENS.values())
    classes = (getattr(import_module(f"nnstudy.tui.screens.{module}"), name) for module, name in found)
    return dict(zip(SCREENS, classes, strict=True))


def bindings(screen: type[Screen[Any]]) -> Iterator[tuple[str, Binding]]:
    """The bindings of a screen with their names."""
    for binding in screen.BINDINGS:
        if isinstance(binding, Binding):
            yield f"{screen_name(screen)}.{action_name(binding.action)}", binding


def identify(screen: Screen[Any]) -> None:
    """Give each binding of a screen its name as its id, by which Textual gives it another key."""
    named = {binding.action: name for name, binding in bindings(type(screen))}
    for key, held in screen._bindings.key_to_bindings.items():
        screen._bindings.key_to_bindings[key] = [replace(one, id=named.get(one.action)) for one in held]


def keymap(chosen: Chosen) -> dict[str, str]:
    """Keys by binding as Textual wants them."""
    known = SCREENS.keys() & chosen.keys()
    if not known:  # loading all screens takes time
        return {}
    classes = {name: screen for name, screen in screens().items() if name in known}
    found: dict[str, str] = {}
    for screen, of in classes.items():
        for name, binding in bindings(of):
            given = chosen[screen].get(name.split(".", 1)[1])
            if given and (key := key_named(given)) and refusal(of, binding, key, chosen) is None:
                found[name] = ",".join(dict.fromkeys([key, *binding.key.split(",")[1:]]))
    return found


def troubles(chosen: Chosen) -> list[str]:
    """What the settings say of keys that cannot be, each in a few words."""
    known = {name: (screen, binding) for screen in screens().values() for name, binding in bindings(screen)}
    found = []
    for name, key in ((f"{screen}.{action}", key) for screen, of in chosen.items() for action, key in of.items()):
        if name not in known:
            found.append(f"keys.{name}: there is no such action")
        elif (named := key_named(key)) is None:
            found.append(f"keys.{name}: there is no key {key!r}")
        elif reason := refusal(*known[name], named, chosen):
            found.append(f"keys.{name}: {reason}")
    return found


def key_of(screen: type[Screen[Any]], binding: Binding, chosen: Chosen) -> str:
    """The key that a binding has now, as Textual calls it."""
    own = chosen.get(screen_name(screen), {}).get(action_name(binding.action))
    first = (key_named(own) if own else None) or binding.key.split(",")[0]
    return _character_to_key(first) if len(first) == 1 else first


def shown(key: str) -> str:
    """A key as it is told to a person."""
    return SHOWN.get(key, key)


def key_named(typed: str) -> str | None:
    """The key that a name or a character means, as Textual calls it; None where there is no such key."""
    typed = typed.strip()
    if len(typed) == 1:
        return _character_to_key(typed)
    back = {shown.casefold(): key for key, shown in SHOWN.items()}
    name = back.get(typed.casefold(), typed.casefold())
    plain = {str(key.value) for key in Keys if not key.value.startswith("<")}
    return name if name in SHOWN or name in plain or name == "space" or MODIFIED.fullmatch(name) else None


def refusal(screen: type[Screen[Any]], wanted: Binding, key: str, chosen: Chosen) -> str | None:
    """Why a binding cannot have a key; None where it can."""
    if key in EVERYWHERE:
        return f"{shown(key)} {EVERYWHERE[key]} everywhere"
    if key in WALKING:
        return f"{shown(key)} walks through every screen"
    for _, other in bindings(screen):
        if other is wanted or other == wanted:
            continue
        taken = [key_of(screen, other, chosen), *other.key.split(",")[1:]]
        if key in taken:
            return f"{shown(key)} is {other.description} on this screen already: give that another key first"
    return None


def renamed(screen: type[Screen[Any]], keys: str, chosen: Chosen) -> str:
    """Keys of the help sheet, such as ``[ ]``, as they are now."""
    now = {shown(key_of(screen, one, {})): shown(key_of(screen, one, chosen)) for _, one in bindings(screen)}
    return " ".join(now.get(word, word) for word in keys.split(" ")) if chosen else keys
