"""What a person says of a card: registers in which the latest word counts, by its moment and then its device.

| name | value |
|---|---|
| `suspended` | "1" |
| `buried_until` | a local day |
| `anew_since` | the moment up to which reviews do not count |
| `due` | a local day, and the moment of the last review that was known then |
| `desired_retention` | a number from 0.5 to 0.995 |
| `experiment` | a name; empty: none |
| `flag` | one of `nnstudy.words.FLAGS` |
| `mnemonic`, `comment` | text |

None takes each of them back.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from nnstudy.memory.moving import Move
from nnstudy.store.records import stamp
from nnstudy.words import FLAGS

DERIVING = frozenset({"anew_since", "due", "desired_retention"})  # what the schedule follows
LONGEST_TEXT = 10_000
LOWEST_AIM, HIGHEST_AIM = 0.5, 0.995


def due_value(move: Move) -> str:
    """A due date as its register keeps it."""
    return f"{move.day.isoformat()} {stamp(move.last_at)}"


def move_of(value: str) -> Move:
    """What `due_value` wrote."""
    day, last = value.split(" ")
    return Move(date.fromisoformat(day), datetime.fromisoformat(last))


def check_value(name: str, value: object) -> None:
    """ValueError when a register cannot have this value."""
    if value is None:
        return
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"{name} takes text of at most {LONGEST_TEXT} characters")
    if name in CHECKS and not CHECKS[name](value):
        raise ValueError(f"{name} cannot be {value[:40]!r}")


def _is(again: Callable[[str], str]) -> Callable[[str], bool]:
    """Whether a text reads back as it was written."""
    return lambda text: again(text) == text


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "suspended": lambda text: text == "1",
    "buried_until": _is(lambda text: date.fromisoformat(text).isoformat()),
    "anew_since": _is(lambda text: stamp(datetime.fromisoformat(text))),
    "due": _is(lambda text: due_value(move_of(text))),
    "desired_retention": lambda text: LOWEST_AIM <= float(text) <= HIGHEST_AIM,
    "experiment": lambda text: len(text) <= 200 and text.isprintable(),
    "flag": lambda text: text in FLAGS,
}
