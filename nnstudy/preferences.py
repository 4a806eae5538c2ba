"""Changing what a person has set: written into settings.toml, whose comments and order stay, and taken up at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nnstudy import settings as _settings
from nnstudy.errors import StudyError
from nnstudy.files import written_whole
from nnstudy.settings import OF_A_NOTE, Option, Settings

Place = tuple[str, ...]  # ("theme",), ("keys", "today", "begin"), ("notes", "neural-networks", "new_per_day")


class Preferences:
    """The settings of one data folder, to be changed, reset and taken back."""

    def __init__(self, folder: Path, present: Callable[[], Settings], take_up: Callable[[Settings], None]) -> None:
        self._path = folder / "settings.toml"
        self._present, self._take_up = present, take_up
        self._before: list[tuple[Place, Any]] = []  # what `undo` puts back; None: it was not set

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def get(self, place: Place) -> Any:
        """What counts at a place; None where a table has no such entry."""
        if len(place) == 1:
            return getattr(self._present(), _settings.find(place[0]).name)
        return getattr(self._present(), place[0]).get(place[1], {}).get(place[2])

    def is_set(self, place: Place) -> bool:
        """Whether it is something else than the default."""
        value = self.get(place)
        return value is not None and (len(place) > 1 or value != option(place).default)

    def set(self, place: Place, value: Any) -> None:
        """Write a value (None: the default again) and take it up; StudyError when it is not taken, nothing is written.

        A list of words is checked by those who use it before it is written.
        """
        before = self.get(place) if self.is_set(place) else None
        self._write(place, value)
        self._before.append((place, before))

    def undo(self) -> Place | None:
        """Take the latest change back; returns where it was, None when there is none."""
        if not self._before:
            return None
        place, value = self._before[-1]
        self._write(place, value)
        del self._before[-1]
        return place

    def _write(self, place: Place, value: Any) -> None:
        if value is not None and place[0] != "keys":
            value = option(place).check(value)
            if place[-1] in ("card_families", "derived_cards"):
                from nnstudy.notes.choice import by_settings

                by_settings(*((value, ()) if place[-1] == "card_families" else ((), value)))
        text = _changed(self._read(), place, list(value) if isinstance(value, tuple) else value, self._path)
        found = _settings.parse(text, self._path)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(self._path) as file:
                file.write(text)
        except OSError as trouble:
            raise StudyError(f"{self._path} cannot be written: {trouble.strerror}") from trouble
        self._take_up(found)

    def _read(self) -> str:
        try:
            return self._path.read_bytes().decode("utf-8-sig")  # line ends stay what they are
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as trouble:
            raise StudyError(f"{self._path} cannot be read: {trouble}") from trouble


def option(place: Place) -> Option:
    """The description of what stands at a place; StudyError where there is nothing."""
    return _settings.find(place[-1], OF_A_NOTE if len(place) > 1 else _settings.OPTIONS)


def _changed(text: str, place: Place, value: Any, path: Path) -> str:
    """The text of a settings file with one value changed, or (None) taken out."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        if value is None:
            _take_out(document, place)
        else:
            _put(document, place, value)
        return tomlkit.dumps(document)
    except (TOMLKitError, TypeError, AttributeError) as trouble:
        raise StudyError(f"{path} is not valid TOML: {trouble}; mend that line or move the file away") from trouble


def _put(document: Any, place: Place, value: Any) -> None:
    import tomlkit

    table = document
    for name in place[:-1]:
        if name not in table:
            table[name] = tomlkit.table(is_super_table=name == place[0])
        table = table[name]
    present = table.get(place[-1])
    if present is not None and hasattr(present, "trivia"):  # the comment behind it stays
        new = tomlkit.item(value)
        new.trivia.indent, new.trivia.comment_ws = present.trivia.indent, present.trivia.comment_ws
        new.trivia.comment, new.trivia.trail = present.trivia.comment, present.trivia.trail
        value = new
    table[place[-1]] = value


def _take_out(document: Any, place: Sequence[str]) -> None:
    table = document
    for name in place[:-1]:
        if name not in table:
            return
        table = table[name]
    if place[-1] in table:
        del table[place[-1]]
    if len(place) > 1 and not table:
        _take_out(document, place[:-1])
