"""What is asked before a run: one of several choices, or a number with a unit, judged by its distance.

Units of a number:

- ``decade``: a positive number that counts by its order of magnitude; distances are decades;
- ``factor``: how many times as much, positive; distances are factors;
- ``percentage``: a share, kept as 0 to 1; distances are percentage points;
- ``number``: a plain number; distances are plain too.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnstudy.errors import StudyError

if TYPE_CHECKING:
    from nnstudy.lab.experiment import Frame

UNITS = ("decade", "factor", "percentage", "number")
LONGEST = 40  # characters of a number that a person types
EXAMPLES = {
    "decade": ("1e-4", "10^-4", "0.0001"),
    "factor": ("2.5", "x 2.5", "1/4"),
    "percentage": ("30 %", "0.3", "1/4"),
    "number": ("12", "0.5"),
}

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_TYPED = re.compile(
    rf"[x*]?(?P<number>{_NUMBER})(?:\^(?P<power>[+-]?\d+)|[x*]10\^(?P<tens>[+-]?\d+)|/(?P<divisor>{_NUMBER}))?"
    r"(?P<sign>%|x|times)?"
)
_SAME = str.maketrans({"×": "x", "·": "*", "−": "-", "–": "-", **{c: str(n) for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}})


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose; `misconception` names the belief that choosing it wrongly shows."""

    text: str
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Belief:
    """The misconception that a wrong number from `low` to `high` shows."""

    low: float
    high: float
    misconception: str


@dataclass(frozen=True)
class Estimate:
    """What number is asked for: its unit, its bounds, and the distance `within` which it counts as right.

    `within` is in decades, a factor (1.5: from 2/3 of it to 1.5 times it), a share (0.1: ten percentage points) or
    plain. A wrong number shows the first of the `beliefs` that it lies in, else `too_low` or `too_high`. An outcome
    beyond the bounds counts as lying on them.
    """

    unit: str
    low: float
    high: float
    within: float
    too_low: str = ""
    too_high: str = ""
    beliefs: tuple[Belief, ...] = ()

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise StudyError(f"the unit of an Estimate is one of {', '.join(UNITS)}, not {self.unit!r}")
        if not -math.inf < self.low < self.high < math.inf or (self.unit in ("decade", "factor") and self.low <= 0):
            raise StudyError(f"an Estimate takes low < high, of a {self.unit} both above 0: {self.low}, {self.high}")
        if not (1 if self.unit == "factor" else 0) <= self.within < math.inf:
            raise StudyError(f"within = {self.within} is no distance of a {self.unit}")

    # --- reading --------------------------------------------------------------------------------------------------

    def parse(self, given: str | float) -> float:
        """The number that `given` stands for; StudyError when it is none or out of bounds."""
        value = self.read(given) if isinstance(given, str) else float(given)
        if not self.low <= value <= self.high:  # NaN is refused here too
            shown = f"{given.strip()!r} is" if isinstance(given, str) else f"{given} is"
            raise StudyError(f"{shown} out of bounds: a number {self.bounds()} is asked for")
        return value

    def read(self, typed: str) -> float:
        """The number that is written, within the bounds or not; StudyError when it is none."""
        text = _superscripts(typed.lower()).translate(_SAME)
        text = re.sub(r"\s+", "", text)
        refusal = StudyError(f"{typed.strip()[:LONGEST]!r} is no {self.unit}: write {', '.join(self.examples)}")
        if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+\D*", text):
            raise StudyError(f"{typed.strip()[:LONGEST]!r} can be read in two ways: write it without a comma")
        found = _TYPED.fullmatch(text.replace(",", ".")) if len(text) <= LONGEST else None
        if found is None or (found["sign"] == "%" and self.unit == "number"):
            raise refusal
        try:
            value = _worth(found)
        except ArithmeticError:
            raise refusal from None
        whole = found["divisor"] is None and (value > 1 or found["number"] == "1")
        if found["sign"] == "%" or (self.unit == "percentage" and whole):
            value /= 100
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """How such a number may be written, within its bounds."""
        if self.unit == "decade" and self.low >= 1:
            return ("2e4", "10^4", "20000") if self.high >= 2e4 else ("2e2", "10^2", "200")
        return ("3", "12") if self.unit == "number" and self.within == 0 else EXAMPLES[self.unit]

    # --- saying ---------------------------------------------------------------------------------------------------

    def say(self, value: float) -> str:
        """The number with its unit, in few characters."""
        if math.isnan(value):
            return "no number"
        if math.isinf(value):
            return "beyond all bounds"
        if self.unit == "percentage":
            return f"{_short(100 * value)} %"
        return f"× {_short(value)}" if self.unit == "factor" else _short(value, 4)

    def bounds(self) -> str:
        """From where to where the number may lie, in words."""
        return f"from {self.say(self.low)} to {self.say(self.high)}"

    def tolerance(self) -> str:
        """How near counts as right, in words."""
        if self.within == 0:
            return "right when exact"
        if self.unit == "factor":
            return f"right within a factor of {_short(self.within)}"
        if self.unit == "decade":
            decades = f"{_short(self.within)} decade{'s' * (self.within > 1)}"
            return f"right within {decades} (a factor of {_short(10**self.within, 2)})"
        if self.unit == "percentage":
            return f"right within {_short(100 * self.within)} points"
        return f"right within {_short(self.within)}"

    # --- judging --------------------------------------------------------------------------------------------------

    def right(self, given: float, outcome: float) -> bool:
        """Whether the number lies within the stated distance of what came out."""
        allowed = math.log10(self.within) if self.unit == "factor" else self.within
        return abs(self._distance(given, outcome)) <= allowed + 1e-9  # and False for NaN

    def apart(self, given: float, outcome: float) -> str:
        """How far the number lies from what came out, in the unit: "1.2 decades below"."""
        distance = self._distance(given, outcome)
        if math.isnan(distance):
            return "nothing to compare with"
        far, side = self._far(abs(distance)), "above" if distance > 0 else "below"
        if abs(distance) < 1e-9 or (self.unit == "factor" and far == "1"):
            return "exact"
        said = {"factor": f"a factor of {far}", "percentage": f"{far} points", "decade": f"{far} decades"}
        return f"{said.get(self.unit, far)} {side}"

    def _far(self, distance: float) -> str:
        """A distance in few digits, as the unit counts it."""
        if self.unit == "factor":
            return _short(10**distance)
        return _short(100 * distance if self.unit == "percentage" else distance, 3 if self.unit == "number" else 2)

    def misconception(self, given: float, outcome: float) -> str:
        """The belief that a wrong number shows; empty for a right one."""
        distance = self._distance(given, outcome)
        if self.right(given, outcome) or math.isnan(distance):
            return ""
        shown = (belief.misconception for belief in self.beliefs if belief.low <= given <= belief.high)
        return next(shown, self.too_low if distance < 0 else self.too_high)

    def _distance(self, given: float, outcome: float) -> float:
        """Given minus outcome, the outcome taken within the bounds; of decades and factors, in powers of ten."""
        if math.isnan(outcome):
            return math.nan
        outcome = min(max(outcome, self.low), self.high)
        return math.log10(given / outcome) if self.unit in ("decade", "factor") else given - outcome


@dataclass(frozen=True)
class Question:
    """What to predict before a run: one of several choices, or a number.

    `answer(result)` gives the index of the right choice, or the number, and `explain(result)` one paragraph that
    explains the outcome from the numbers of this very run; both read the last frame. `panel` is the place of the
    figure's panel that shows the outcome best.
    """

    name: str
    text: str
    reply: tuple[Choice, ...] | Estimate
    answer: Callable[["Frame"], float]
    explain: Callable[["Frame"], str]
    panel: int = 0

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What to choose from; empty where a number is asked for."""
        return () if isinstance(self.reply, Estimate) else self.reply

    @property
    def estimate(self) -> Estimate | None:
        """What number is asked for; None where there are choices."""
        return self.reply if isinstance(self.reply, Estimate) else None

    def parse(self, given: str | float) -> float:
        """The index of a choice, or the number that a person typed; StudyError when it cannot be an answer."""
        if isinstance(self.reply, Estimate):
            return self.reply.parse(given)
        if given not in range(len(self.reply)):
            raise StudyError(f"{given!r} is no choice: they count from 0 to {len(self.reply) - 1}")
        return int(given)

    def say(self, given: float) -> str:
        """An answer, given or true, as it is read: the text of the choice, or the number with its unit."""
        return self.reply.say(given) if isinstance(self.reply, Estimate) else self.reply[int(given)].text

    def right(self, given: float, outcome: float) -> bool:
        """Whether what was predicted is what came out, a number within its tolerance."""
        return self.reply.right(given, outcome) if isinstance(self.reply, Estimate) else given == outcome

    def misconception(self, given: float, outcome: float) -> str:
        """The belief that a wrong answer shows; empty for a right one."""
        if isinstance(self.reply, Estimate):
            return self.reply.misconception(given, outcome)
        return "" if given == outcome else self.reply[int(given)].misconception


# --- numbers as text ------------------------------------------------------------------------------------------------


def _superscripts(text: str) -> str:
    return re.sub(r"(?<=10)(?=[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹])", "^", text).replace("⁻", "-").replace("⁺", "")


def _worth(found: re.Match[str]) -> float:
    number = float(found["number"])
    if found["power"]:
        return number ** int(found["power"])
    if found["tens"]:
        return number * 10.0 ** int(found["tens"])
    return number / float(found["divisor"]) if found["divisor"] else number


def _short(value: float, digits: int = 3) -> str:
    whole = abs(value) < 1e6 and value == round(value)
    text = f"{value:.0f}" if whole else f"{float(f'{value:.{digits}g}'):g}"
    return re.sub(r"e([+-])0*(\d)", lambda m: f"e{m[1].strip('+')}{m[2]}", text)
