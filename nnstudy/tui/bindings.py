"""The keys by name: which can be others, what they are now, and why a key cannot be taken.

A binding's name is its place (a screen, or what stands on it) and its action, ``today.begin``, ``review.grade-1``: so
it stands in settings.toml. Only its first key is exchanged; the others (escape, beside q) stay. What a screen says of a
key it asks for here: `key`, and `named` for words in which ``{begin}`` stands for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import import_module

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys, _character_to_key

Chosen = Mapping[str, Mapping[str, str]]  # place -> action -> key, as the settings have it
Keymap = Mapping[str, str]  # name of a binding -> its keys, as Textual has it: those of the settings that can be

PLACES = {
    "today": "screens.today.TodayScreen", "review": "screens.review.ReviewScreen",
    "points": "widgets.checklist.Checklist", "finished": "screens.finished.FinishedScreen",
    "lab": "screens.lab.LabScreen", "figure": "widgets.inspector.Inspector", "behind": "screens.behind.BehindScreen",
    "experiments": "screens.choose.ChooseScreen", "surprise": "screens.surprise.SurpriseScreen",
    "data": "screens.data.DataScreen", "sweep": "screens.sweep.SweepScreen", "runs": "screens.runs.RunsScreen",
    "comparison": "screens.comparison.ComparisonScreen", "progress": "screens.progress.ProgressScreen",
    "settings": "screens.settings.SettingsScreen", "library": "screens.library.LibraryScreen",
    "tree": "widgets.shelftree.ShelfTree", "cards": "widgets.cardtable.CardTable", "leaf": "screens.leaf.LeafScreen",
    "add": "screens.add.AddScreen", "write": "screens.ask.WriteScreen",
    "questions": "screens.questions.QuestionsScreen", "draft": "screens.draft.DraftScreen",
    "attach": "screens.attach.AttachScreen",
    "memory": "screens.memory.MemoryScreen",
}  # fmt: skip
NAMES = {path.rpartition(".")[2]: name for name, path in PLACES.items()}
ON = {
    "points": ("review",),
    "figure": ("lab", "sweep"),
    "tree": ("library",),
    "cards": ("library",),
}  # what stands where
LETTERS = "abcd"  # of the choices of a prediction
WRITTEN_ON = ("draft", "write")  # sheets on which letters are text
EVERYWHERE = {"ctrl+q": "quits the program", "ctrl+p": "opens the commands", "ctrl+c": "copies", "escape": "goes back"}
WALKING = ("tab", "shift+tab", "up", "down", "left", "right")
SHOWN = {
    "question_mark": "?", "enter": "Enter", "left_square_bracket": "[", "right_square_bracket": "]", "comma": ",",
    "full_stop": ".", "less_than_sign": "<", "greater_than_sign": ">", "asterisk": "*", "slash": "/", "plus": "+",
    "minus": "-",
}  # fmt: skip
ARROWS = {"shift+left shift+right shift+up shift+down": "shift+arrows", "left right up down": "arrows"}
MODIFIED = re.compile(r"(ctrl|alt|super)\+(shift\+)?([a-z0-9]|f\d\d?|enter|space|up|down|left|right)")
PLACEHOLDER = re.compile(r"\{((?:[a-z]+\.)?[a-z][a-z0-9-]*)\}")


# --- names ------------------------------------------------------------------------------------------------------------


def action_name(action: str) -> str:
    """How the settings call an action: ``grade(1)`` is grade-1, ``turn(-1)`` turn-back."""
    return re.sub(r"[\W_]+", "-", action.removeprefix("app.").replace("(-1)", "-back")).strip("-")


def bindings(place: str) -> Iterator[tuple[str, Binding]]:
    """The bindings of a place with their names; escape always leads back, and has none."""
    module, _, name = PLACES[place].rpartition(".")
    for binding in getattr(import_module(f"nnstudy.tui.{module}"), name).BINDINGS:
        if isinstance(binding, Binding) and not binding.key.startswith("escape"):
            yield binding.id or f"{place}.{action_name(binding.action)}", binding


def load() -> None:
    """Load whatever has keys of its own."""
    for path in PLACES.values():
        import_module(f"nnstudy.tui.{path.rpartition('.')[0]}")


@lru_cache(1000)
def usual(name: str) -> Binding | None:
    """The binding of this name, with the key that it has when nothing is set; None when there is none."""
    place = name.partition(".")[0]
    return dict(bindings(place)).get(name) if place in PLACES else None


def identify(node: DOMNode) -> None:
    """Give each binding of a place its name as its id, by which Textual gives it another key."""
    place = NAMES.get(type(node).__name__)
    named = {
        (binding.action, _as_textual(pressed)): name
        for name, binding in (bindings(place) if place else ())
        for pressed in binding.key.split(",")
    }
    for pressed, held in node._bindings.key_to_bindings.items():
        node._bindings.key_to_bindings[pressed] = [
            replace(one, id=named.get((one.action, pressed), one.id)) for one in held
        ]


# --- what keys are now ------------------------------------------------------------------------------------------------


def key(of: DOMNode, action: str) -> str:
    """The key, as a person is told it, by which a screen or widget does an action now: ``key(self, "run")``.

    Elsewhere it is ``key(self, "points.select")``.
    """
    place = NAMES.get(type(of).__name__, "")
    return shown_key(action if "." in action else f"{place}.{action}", of.app._keymap)


def shown_key(name: str, keymap: Keymap) -> str:
    """The key of the binding of this name, as a person is told it; empty when there is no such binding."""
    binding = usual(name)
    return display(name, binding, keymap) if binding is not None else ""


def display(name: str, binding: Binding, keymap: Keymap) -> str:
    """The key of a binding, as a person is told it."""
    if name not in keymap and binding.key_display:
        return binding.key_display
    return shown(_as_textual(keymap.get(name, binding.key)))


def named(of: DOMNode, words: str) -> str:
    """Words with the keys that they name, as these are now: ``named(self, "{run} runs it")``."""
    return told(words, NAMES.get(type(of).__name__, ""), of.app._keymap)


def told(words: str, place: str, keymap: Keymap) -> str:
    """Words with the keys that they name: ``{begin}`` of the place, ``{points.select}`` of another one."""

    def key_of(found: re.Match[str]) -> str:
        name = found[1] if "." in found[1] else f"{place}.{found[1]}"
        return shown_key(name, keymap) or found[0]

    found = PLACEHOLDER.sub(key_of, words)
    for keys, together in ARROWS.items():
        found = found.replace(keys, together)
    return found


def turning(of: DOMNode) -> str:
    """How one turns the figures or pages of a screen."""
    return " ".join(filter(None, (key(of, "turn-back"), key(of, "turn-1")))) + " turn"


def shown(pressed: str) -> str:
    """A key as it is told to a person."""
    return SHOWN.get(pressed, pressed)


def key_named(typed: str) -> str | None:
    """The key that a name or a character means, as Textual calls it; None where there is no such key."""
    typed = typed.strip()
    if len(typed) == 1:
        return _character_to_key(typed)
    back = {shown.casefold(): pressed for pressed, shown in SHOWN.items()}
    name = back.get(typed.casefold(), typed.casefold())
    plain = {str(pressed.value) for pressed in Keys if not pressed.value.startswith("<")}
    return name if name in SHOWN or name in plain or name == "space" or MODIFIED.fullmatch(name) else None


def _as_textual(keys: str) -> str:
    """The first of some keys, as Textual calls it."""
    first = keys.split(",")[0]
    return _character_to_key(first) if len(first) == 1 else first


# --- other keys -------------------------------------------------------------------------------------------------------


def keymap(chosen: Chosen) -> dict[str, str]:
    """Keys by binding as Textual wants them."""
    found: dict[str, str] = {}
    for place in PLACES.keys() & chosen.keys():  # loading all takes time
        for name, binding in bindings(place):
            given = chosen[place].get(name.split(".", 1)[1])
            if given and (pressed := key_named(given)) and refusal(name, pressed, chosen) is None:
                found[name] = ",".join(dict.fromkeys([pressed, *binding.key.split(",")[1:]]))
    return found


def troubles(chosen: Chosen) -> list[str]:
    """What the settings say of keys that cannot be, each in a few words."""
    found = []
    for name, typed in ((f"{place}.{action}", typed) for place, of in chosen.items() for action, typed in of.items()):
        if usual(name) is None:
            found.append(f"keys.{name}: there is no such action")
        elif (pressed := key_named(typed)) is None:
            found.append(f"keys.{name}: there is no key {typed!r}")
        elif reason := refusal(name, pressed, chosen):
            found.append(f"keys.{name}: {reason}")
    return found


def refusal(wanted: str, pressed: str, chosen: Chosen) -> str | None:
    """Why the binding of this name cannot have a key; None where it can."""
    place = wanted.partition(".")[0]
    if pressed in EVERYWHERE:
        return f"{shown(pressed)} {EVERYWHERE[pressed]} everywhere"
    binding = usual(wanted)
    is_usual = binding is not None and pressed == _as_textual(binding.key)
    if pressed in WALKING and not is_usual:
        return f"{shown(pressed)} walks through every screen"
    if place in WRITTEN_ON and not (MODIFIED.fullmatch(pressed) or re.fullmatch(r"f\d\d?", pressed)):
        return f"{shown(pressed)} is text there: take a key with ctrl or alt, or one such as f2"
    for near in (place, *_near(place)):
        for name, other in bindings(near):
            now = [_chosen_key(name, other, chosen), *other.key.split(",")[1:]]
            both_usual = is_usual and near != place and pressed == _as_textual(other.key)
            if name != wanted and pressed in now and not both_usual:
                where = "this screen" if near == place else near
                return f"{shown(pressed)} is {other.description} on {where} already: give that another key first"
    return None


def _near(place: str) -> tuple[str, ...]:
    """Where keys are heard at the same time as those of a place."""
    return *ON.get(place, ()), *(name for name, screens in ON.items() if place in screens)


def _chosen_key(name: str, binding: Binding, chosen: Chosen) -> str:
    place, _, action = name.partition(".")
    own = chosen.get(place, {}).get(action)
    return (key_named(own) if own else None) or _as_textual(binding.key)
