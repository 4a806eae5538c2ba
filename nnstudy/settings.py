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


def option(default: Any, help: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A setting with its bounds and one line of help."""
    return field(default=default, metadata={"help": help, "low": low, "high": high})


def words(help: str) -> Any:
    """A setting that is a list of words, by default none; who uses it checks them."""
    return field(default=(), metadata={"help": help, "low": None, "high": None, "words": True})


@dataclass(frozen=True)
class Settings:
    """What a person can set; the defaults are good."""

    desired_retention: float = option(0.9, "share of cards to be recalled when they come due", low=0.7, high=0.97)
    new_per_day: int = option(20, "new cards a day", low=0, high=10_000)
    learning_steps: tuple[str, ...] = option(("1m", "10m"), "waits of a new card before it counts in days")
    relearning_steps: tuple[str, ...] = option(("10m",), "waits of a forgotten card before it counts in days")
    learn_ahead: str = option("20m", "how far learning cards are taken early when nothing else is left")
    maximum_interval: int = option(36_500, "longest interval in days", low=1, high=36_500)
    fuzz: bool = option(True, "spread due days a little, so that cards learned together part")
    pause_limit: str = option("2m", "a pause longer than this is not counted as study time")
    card_families: tuple[str, ...] = words("families of written cards to read; -NAME leaves one out")
    derived_cards: tuple[str, ...] = words("kinds of cards to derive from a note's text; -NAME leaves one out")
    lint_ignore: tuple[str, ...] = words("rules that `nnstudy check` leaves out")
    device: str = option("", "this machine's name in the log; empty: its network name")
    theme: str = option("nnstudy-dark", "colours of the screens")
    allow_own_experiments: bool = option(False, "load the experiments in the folder lab/, which runs their code")

    @property
    def device_name(self) -> str:
        """The name that this machine's reviews carry."""
        return self.device or platform.node() or "unnamed"


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
    import tomllib

    try:
        return from_mapping(tomllib.loads(text))
    except tomllib.TOMLDecodeError as trouble:
        raise StudyError(f"{path} is not valid TOML: {trouble}; mend that line or move the file away") from trouble
    except StudyError as trouble:
        raise StudyError(f"{path}{_line_of(text, str(trouble))}: {trouble}") from trouble


def from_mapping(given: Mapping[str, Any]) -> Settings:
    """Settings from names and values; StudyError for an unknown name or a value out of bounds."""
    known = {f.name: f for f in dataclasses.fields(Settings)}
    for name in given:
        if name not in known:
            raise StudyError(f"setting {name!r} is unknown{nearest(name, known)}")
    return Settings(**{name: _checked(known[name], value) for name, value in given.items()})


def _checked(option: "dataclasses.Field[Any]", value: Any) -> Any:
    default: Any = option.default
    low, high = option.metadata["low"], option.metadata["high"]
    if option.metadata.get("words"):
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise StudyError(f'setting {option.name!r} takes a list of words such as ["recall", "list"]')
        return tuple(value)
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(step, str) and SPAN.fullmatch(step) for step in value):
            raise StudyError(f'setting {option.name!r} takes a list of times such as ["1m", "10m"]')
        return tuple(value)
    if isinstance(default, str) and SPAN.fullmatch(default):
        if not isinstance(value, str) or not SPAN.fullmatch(value):
            raise StudyError(f'setting {option.name!r} takes a time such as "{default}"')
        return value
    if low is not None:
        right_type = isinstance(value, int | float) and not isinstance(value, bool)
        if not right_type or not low <= value <= high or (isinstance(default, int) and value != int(value)):
            raise StudyError(f"setting {option.name!r} takes a number from {low:g} to {high:g}")
        return type(default)(value)
    if not isinstance(value, type(default)):
        raise StudyError(f"setting {option.name!r} takes {'true or false' if isinstance(default, bool) else 'a text'}")
    return value


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
