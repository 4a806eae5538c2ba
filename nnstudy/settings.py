"""Where nnstudy keeps its things, and what a person can set in settings.toml."""

import dataclasses
import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nnstudy.errors import StudyError, nearest

SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float:
    """The seconds that "90s", "10m", "2h" or "1d" stand for; ValueError otherwise."""
    if not (found := SPAN.fullmatch(text.strip())):
        raise ValueError(text)
    return float(found[1]) * SECONDS[found[2]]


REBUILD = "counts from the next answer on; rebuild moves the cards that wait already"
REREAD = "counts when notes are read again"
LATER = "counts from the next start on"


def option(
    default: Any, help: str, *, low: float | None = None, high: float | None = None, when: str = "", note: bool = False
) -> Any:
    """A setting with its bounds, one line of help, when a change counts (by default at once), and whether a note may
    have a value of its own.
    """
    return field(default=default, metadata={"help": help, "low": low, "high": high, "when": when, "note": note})


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def words(help: str, *, when: str = "", note: bool = False) -> Any:
    """A setting that is a list of words, by default none; who uses it checks them."""
    metadata = {"help": help, "low": None, "high": None, "when": when, "note": note, "words": True}
    return field(default=(), metadata=metadata)


def tables(help: str) -> Any:
    """Settings in tables below their name: they have no single value."""
    return field(default_factory=dict, metadata={"help": help, "tables": True})


@dataclass(frozen=True)
class Settings:
    """What a person can set; the defaults are good."""

    desired_retention: float = option(
        0.9, "share of cards to be recalled when they come due", low=0.7, high=0.97, when=REBUILD, note=True
    )
    new_per_day: int = option(20, "new cards a day", low=0, high=10_000, note=True)
    learning_steps: tuple[str, ...] = option(
        ("1m", "10m"), "waits of a new card before it counts in days", when=REBUILD
    )
    relearning_steps: tuple[str, ...] = option(
        ("10m",), "waits of a forgotten card before it counts in days", when=REBUILD
    )
    learn_ahead: str = option("20m", "how far learning cards are taken early when nothing else is left")
    maximum_interval: int = option(36_500, "longest interval in days", low=1, high=36_500, when=REBUILD)
    fuzz: bool = option(True, "spread due days a little, so that cards learned together part", when=REBUILD)
    easy_days: tuple[str, ...] = words(
        "weekdays with fewer cards, such as sat and sun, as far as fuzz allows", when=REBUILD
    )
    pause_limit: str = option("2m", "a pause longer than this is not counted as study time")
    card_families: tuple[str, ...] = words(
        "families of written cards to read; -NAME leaves one out", when=REREAD, note=True
    )
    derived_cards: tuple[str, ...] = words(
        "kinds of cards to derive from a note's text; -NAME leaves one out", when=REREAD, note=True
    )
    lint_ignore: tuple[str, ...] = words("rules that `nnstudy check` leaves out")
    device: str = option("", "this machine's name in the log; empty: its network name", when=LATER)
    theme: str = option("nnstudy-dark", "colours of the screens")
    reduced_motion: bool = option(False, "nothing slides or blinks, and a run shows two frames a second")
    allow_own_experiments: bool = option(
        False, "load the experiments in the folder lab/, which runs their code", when=LATER
    )
    keys: Mapping[str, Mapping[str, str]] = tables("other keys, by where they are heard and by what they do")
    notes: Mapping[str, Mapping[str, Any]] = tables("values of their own for single notes, by the note's id")

    @property
    def device_name(self) -> str:
        """The name that this machine's reviews carry."""
        return self.device or platform.node() or "unnamed"


def weekdays(names: tuple[str, ...]) -> frozenset[int]:
    """Days of the week by their first letters, as numbers from Monday (0) on; StudyError for another word."""
    found = set()
    for name in names:
        days = [n for n, day in enumerate(WEEKDAYS) if len(name) >= 2 and day.startswith(name.strip().lower())]
        if not days:
            raise StudyError(f"setting 'easy_days' takes days of the week such as \"sat\", not {name!r}")
        found.update(days)
    return frozenset(found)


def home() -> Path:
    """The folder in which everything is kept: NNSTUDY_HOME, else the platform's data folder."""
    if chosen := os.environ.get("NNSTUDY_HOME"):
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    return user_data_path("nnstudy", appauthor=False)


def load(folder: Path) -> Settings:
    """The settings of this folder; StudyError with file and line where settings.toml is wrong."""
    path = folder / "settings.toml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as trouble:
        raise StudyError(f"{path} cannot be read: {trouble}") from trouble
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """The settings that a file's text makes; StudyError with file and line where it is wrong."""
    import tomllib

    try:
        return from_mapping(tomllib.loads(text))
    except tomllib.TOMLDecodeError as trouble:
        raise StudyError(f"{path} is not valid TOML: {trouble}; mend that line or move the file away") from trouble
    except StudyError as trouble:
        raise StudyError(f"{path}{_line_of(text, str(trouble))}: {trouble}") from trouble


@dataclass(frozen=True)
class Option:
    """One setting as it describes itself: to the check of settings.toml, the command, the screen and the README."""

    name: str
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    when: str = ""
    note: bool = False
    words: bool = False

    @property
    def allowed(self) -> str:
        """Which values it takes, in words."""
        if self.words:
            return 'a list of words such as ["recall", "list"]'
        if isinstance(self.default, tuple):
            return 'a list of times such as ["1m", "10m"]'
        if self._is_time:
            return f'a time such as "{self.default}"'
        if self.low is not None:
            return f"a number from {self.low:g} to {self.high:g}"
        return "true or false" if isinstance(self.default, bool) else "a text"

    @property
    def _is_time(self) -> bool:
        return isinstance(self.default, str) and bool(SPAN.fullmatch(self.default))

    def check(self, value: Any) -> Any:
        """The value as the program keeps it; StudyError when this setting does not take it."""
        if not self._takes(value):
            raise StudyError(f"setting {self.name!r} takes {self.allowed}")
        if isinstance(self.default, tuple):
            return tuple(value)
        return type(self.default)(value)

    def _takes(self, value: Any) -> bool:
        if isinstance(self.default, tuple):
            if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
                return False
            return self.words or all(SPAN.fullmatch(one) for one in value)
        if self._is_time:
            return isinstance(value, str) and bool(SPAN.fullmatch(value))
        if self.low is not None and self.high is not None:
            if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
                return False
            return isinstance(self.default, float) or value == int(value)
        return isinstance(value, type(self.default))

    def read(self, text: str) -> Any:
        """The value that a typed text means; StudyError when this setting does not take it."""
        text = text.strip()
        if isinstance(self.default, bool):
            return self.check({"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(
                text.casefold(), text
            ))  # fmt: skip
        if isinstance(self.default, tuple):
            return self.check([word.strip("\"'") for word in re.split(r"[\s,]+", text.strip("[]")) if word])
        if self.low is not None:
            try:
                return self.check(float(text))
            except ValueError:
                return self.check(text)
        return self.check(text)

    def text(self, value: Any) -> str:
        """A value as it is typed."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return ", ".join(value) if isinstance(value, tuple | list) else f"{value:g}" if self.low else str(value)


def _option(name: str, default: Any, metadata: Mapping[str, Any]) -> Option:
    return Option(name, default, **metadata)


OPTIONS: Mapping[str, Option] = {
    one.name: _option(one.name, one.default, one.metadata)
    for one in dataclasses.fields(Settings)
    if "tables" not in one.metadata
}
OF_A_NOTE: Mapping[str, Option] = {name: one for name, one in OPTIONS.items() if one.note}


def find(name: str, known: Mapping[str, Option] = OPTIONS) -> Option:
    """The setting of this name; StudyError for an unknown one."""
    if name not in known:
        raise StudyError(f"setting {name!r} is unknown{nearest(name, known)}")
    return known[name]


def from_mapping(given: Mapping[str, Any]) -> Settings:
    """Settings from names and values; StudyError for an unknown name or a value out of bounds."""
    plain = {name: value for name, value in given.items() if name not in ("keys", "notes")}
    found: dict[str, Any] = {name: find(name).check(value) for name, value in plain.items()}
    weekdays(found.get("easy_days", ()))
    keys = _tables("keys", given.get("keys", {}))
    for name, of in keys.items():
        if not all(isinstance(key, str) and key for key in of.values()):
            raise StudyError(f"setting 'keys' takes the name of a key for each action, and does not in [keys.{name}]")
    found["keys"] = keys
    found["notes"] = {
        note: {name: find(name, OF_A_NOTE).check(value) for name, value in of.items()}
        for note, of in _tables("notes", given.get("notes", {})).items()
    }
    return Settings(**found)


def _tables(name: str, given: Any) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(given, Mapping) or not all(isinstance(of, Mapping) for of in given.values()):
        raise StudyError(f"setting {name!r} takes tables: [{name}.{'today' if name == 'keys' else 'NOTE'}]")
    return given


def _line_of(text: str, message: str) -> str:
    """`` line N`` of the setting that the message names."""
    name = re.search(r"'(\w+)'", message)
    for number, line in enumerate(text.splitlines(), 1):
        if name and re.match(rf"\s*{name[1]}\s*=", line):
            return f" line {number}"
    return ""


def clock() -> Callable[[], datetime]:
    """The present moment in UTC, to the millisecond; NNSTUDY_NOW sets where it starts, from there it ticks on."""
    shift = timedelta()
    if given := os.environ.get("NNSTUDY_NOW"):
        try:
            start = datetime.fromisoformat(given)
        except ValueError:
            raise StudyError(f"NNSTUDY_NOW is {given!r}; it takes a moment such as 2026-11-23T08:15:00Z") from None
        shift = (start if start.tzinfo else start.astimezone()) - datetime.now(UTC)

    def now() -> datetime:
        moment = datetime.now(UTC) + shift
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    return now


def shipped_note() -> Path:
    """The study note that comes with the program."""
    here = Path(__file__).parent
    for folder in (here / "content", here.parent / "content"):
        if (note := folder / "neural-networks.md").is_file():
            return note
    raise StudyError("the note that ships with nnstudy is missing; install nnstudy again")
