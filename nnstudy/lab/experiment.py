"""What an experiment is: its parameters, the frames of a run, what is measured and what is asked.

A module in this package is an experiment when it defines, in this order,

- a docstring whose first line is the one sentence that the experiment demonstrates, then the model in symbols, the
  source and the conventions;
- ``TITLE``: two or three words for lists;
- ``TOPICS``: words, English and Italian, in lower case, that tie it to the sections of any note;
- ``Parameters``: a frozen dataclass whose fields are made by `parameter`;
- ``run(parameters, seed) -> Iterator[Frame]``: pure; the last frame is the result. Where a parameter is `live`, it is
  a generator to which changed parameters are sent: ``parameters = (yield frame) or parameters``;
- ``questions(parameters) -> tuple[Question, ...]``: what to predict before the run;
- ``draw(rng) -> Parameters``: parameters for one review, from where the outcome is clear;
- ``memory(parameters) -> int``, only where the bounds of the parameters allow more than `MOST_MEMORY`: about how many
  bytes the arrays of a run take. A run that would take more is refused before it starts.

Dropping such a file here is all it takes: `discover` finds it.
"""

import ast
import dataclasses
import hashlib
import importlib
import math
import pkgutil
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudy.errors import StudyError, nearest
from nnstudy.lab.figure import Array as Array
from nnstudy.lab.figure import Bars as Bars
from nnstudy.lab.figure import Figure as Figure
from nnstudy.lab.figure import HeatMap as HeatMap
from nnstudy.lab.figure import Intervals as Intervals
from nnstudy.lab.figure import Line as Line
from nnstudy.lab.figure import Mark as Mark
from nnstudy.lab.figure import Panel as Panel
from nnstudy.lab.figure import Points as Points
from nnstudy.lab.figure import Reference as Reference
from nnstudy.lab.figure import Steps as Steps
from nnstudy.lab.question import Belief as Belief
from nnstudy.lab.question import Choice as Choice
from nnstudy.lab.question import Estimate as Estimate
from nnstudy.lab.question import Question as Question

if TYPE_CHECKING:
    from nnstudy.lab.layers import Snapshot

Value = int | float | str

WORDS = re.compile(r"[a-z0-9]+")
TOO_CLOSE = "too close to call"
MOST_MEMORY = 2 * 2**30  # bytes that a run may take; the built-in experiments take less than a tenth of it


# --- parameters ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of an experiment's `Parameters`: what the form, the command line and the bounds check know of it."""

    name: str
    type: str  # "int", "float" or "choice"
    default: Value
    low: float | None
    high: float | None
    choices: tuple[str, ...] | None
    unit: str
    help: str
    live: bool = False  # whether it may be changed while the experiment runs

    def allowed(self) -> str:
        """The values that this parameter takes, as words for a person."""
        if self.choices is not None:
            return "one of " + ", ".join(self.choices)
        kind = "a whole number" if self.type == "int" else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}" + (f" {self.unit}" if self.unit else "")

    def parse(self, given: object) -> Value:
        """The value that `given` (text from a person, or a number) stands for; StudyError when it is out of bounds."""
        said = f"{self.name} = {given} is not allowed" if str(given).strip() else f"{self.name} has no value"
        refusal = StudyError(f"{said}: it takes {self.allowed()}")
        if self.choices is not None:
            if str(given) not in self.choices:
                raise refusal
            return str(given)
        try:
            number = float(str(given))
        except ValueError:
            raise refusal from None
        if not math.isfinite(number) or (self.type == "int" and number != int(number)):
            raise refusal
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise refusal
        return int(number) if self.type == "int" else number


def parameter(
    default: Value,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] | None = None,
    unit: str = "",
    live: bool = False,
) -> Any:
    """A dataclass field with bounds (or choices), unit and one line of help; `live`: `run` takes changes of it."""
    if choices is not None:
        kind = "choice"
    elif low is None or high is None:
        raise TypeError(f"a number needs both bounds ({help})")
    else:
        kind = "int" if isinstance(default, int) else "float"
    description = Parameter("", kind, default, low, high, tuple(choices) if choices else None, unit, help, live)
    return field(default=default, metadata={"parameter": description})


def describe(parameters: type) -> tuple[Parameter, ...]:
    """The `Parameter` of every field of an experiment's `Parameters`, in order."""
    return tuple(dataclasses.replace(f.metadata["parameter"], name=f.name) for f in dataclasses.fields(parameters))


# --- what a run gives ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured number beside the value that theory expects.

    `expected` is None where no theory exists; `applies` is False where it exists but not at these parameters: then
    `remark` says why, and nothing is shown as failed. `tolerance` is absolute.
    """

    name: str
    measured: float
    expected: float | None
    tolerance: float | None
    source: str
    applies: bool = True
    remark: str = ""

    @property
    def difference(self) -> float | None:
        """Measured minus expected; none between equal infinities."""
        if self.expected is None:
            return None
        return 0.0 if self.measured == self.expected else self.measured - self.expected

    @property
    def holds(self) -> bool | None:
        """Whether the two agree within the tolerance; None where the theory does not apply."""
        if not self.applies or self.expected is None or self.tolerance is None:
            return None
        return bool(self.measured == self.expected or abs(self.measured - self.expected) <= self.tolerance)


@dataclass(frozen=True, eq=False)
class Frame:
    """A snapshot of a run: what to draw now, and what is measured so far.

    `quantities` are plain named numbers: questions read their answers from those of the last frame. `layers` is what
    stands in one network that trains, in frames for which it is `due` (layers.py); the digest does not depend on it.
    """

    step: int
    total: int
    figure: Figure
    measurements: tuple[Measurement, ...] = ()
    quantities: Mapping[str, float] = field(default_factory=dict)
    stage: str = ""
    layers: "Snapshot | None" = None


def adjudicate(differences: Array, share: float = 0.75) -> int:
    """The sign that at least `share` of the paired differences (one a replica) have, else 0: too close to call."""
    if np.mean(differences > 0) >= share:
        return 1
    return -1 if np.mean(differences < 0) >= share else 0


def share_tolerance(published: float, count: int) -> float:
    """How far from a published share that of `count` replicas lies by chance in all but 1 of 16,000 runs: binomial.

    A share is published to a hundredth, so 0 and 1 stand for anything within one hundredth of them.
    """
    p, chances = min(max(published, 0.01), 0.99), [0.0]
    for k in range(count + 1):
        chances.append(chances[-1] + math.comb(count, k) * p**k * (1 - p) ** (count - k))
    likely = [k for k in range(count + 1) if chances[k + 1] > 1 / 32_000 and chances[k] < 1 - 1 / 32_000]
    return max(published - likely[0] / count, likely[-1] / count - published)


def generator(experiment: str, seed: int) -> np.random.Generator:
    """The random numbers of one run: the same for the same experiment and seed, unlike any other experiment's."""
    name = int.from_bytes(hashlib.sha256(experiment.encode()).digest()[:8], "big")
    return np.random.default_rng([name, seed])


def digest(frame: Frame) -> str:
    """A hash of all numbers of a result: equal for equal runs on one machine."""
    state = hashlib.sha256()
    for m in frame.measurements:
        state.update(f"{m.name}={m.measured!r};".encode())
    for name in sorted(frame.quantities):
        state.update(f"{name}={float(frame.quantities[name])!r};".encode())
    for panel in frame.figure.panels:
        for mark in panel.marks:
            for value in vars(mark).values():
                state.update(
                    np.ascontiguousarray(value).tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
                )
    return state.hexdigest()


# --- finding experiments -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Experiment:
    """An experiment of this package or elsewhere, found by its module."""

    name: str
    title: str
    topics: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    module: ModuleType
    code: str = ""  # as it was loaded; empty: it stands in the file

    @property
    def sentence(self) -> str:
        """What the experiment demonstrates: the first line of its docstring."""
        return (self.module.__doc__ or "").strip().splitlines()[0]

    @property
    def source(self) -> str:
        """The experiment's code."""
        return self.code or Path(self.module.__file__ or "").read_text(encoding="utf-8")

    @property
    def version(self) -> str:
        """A hash of the code that decides the numbers, its own and what it imports from here; comments do not count."""
        own, wanted = _read_code(self.source)
        house: dict[str, str] = {}
        while missing := sorted(wanted - house.keys()):
            house[missing[0]], more = _read_house(missing[0])
            wanted |= more
        return hashlib.sha256(repr((own, sorted(house.items()))).encode()).hexdigest()[:16]

    def make(self, overrides: Mapping[str, object] | None = None, base: Any = None) -> Any:
        """`Parameters` from a base (else the defaults) and overrides; StudyError for an unknown name or bad value."""
        known = {p.name: p for p in self.parameters}
        values: dict[str, Value] = {}
        for name, given in (overrides or {}).items():
            if name not in known:
                raise StudyError(f"experiment {self.name!r} has no parameter {name!r}{nearest(name, known)}")
            values[name] = known[name].parse(given)
        return dataclasses.replace(base if base is not None else self.module.Parameters(), **values)

    def draw(self, rng: np.random.Generator, overrides: Mapping[str, object] | None = None) -> Any:
        """Parameters for one review, drawn anew; what the note fixes stays fixed."""
        return self.make(overrides, base=self.module.draw(rng))

    def check_memory(self, parameters: Any) -> None:
        """StudyError where the experiment says that a run would take more than `MOST_MEMORY`."""
        asked = self.module.memory(parameters) if hasattr(self.module, "memory") else 0
        if not asked <= MOST_MEMORY:
            raise StudyError(
                f"{self.name} would take about {asked / 2**30:,.3g} GiB of memory with these parameters; at most "
                f"{MOST_MEMORY / 2**30:g} GiB may be asked for: give smaller ones"
            )

    def run(self, parameters: Any, seed: int) -> Iterator[Frame]:
        """The frames of one run; the last is the result. StudyError where it would take more than `MOST_MEMORY`."""
        self.check_memory(parameters)
        frames: Iterator[Frame] = self.module.run(parameters, seed)
        return frames

    def questions(self, parameters: Any) -> tuple[Question, ...]:
        """What to predict at these parameters."""
        found: tuple[Question, ...] = self.module.questions(parameters)
        return found


@cache
def _read_code(source: str) -> tuple[str, frozenset[str]]:
    """A hash of code without its comments and layout, and which modules of this package it imports."""
    tree = ast.parse(source)
    asked: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            asked |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            asked |= {alias.name for alias in node.names}
    own = {name.removeprefix(f"{__package__}.").split(".")[0] for name in asked if name.startswith(f"{__package__}.")}
    found = frozenset(name for name in own if (Path(__file__).parent / f"{name}.py").is_file())
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), found


@cache
def _read_house(module: str) -> tuple[str, frozenset[str]]:
    return _read_code((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))


@cache
def discover() -> Mapping[str, Experiment]:
    """Every experiment of this package by name."""
    import nnstudy.lab as lab

    found: dict[str, Experiment] = {}
    for entry in pkgutil.iter_modules(lab.__path__):
        module = importlib.import_module(f"{lab.__name__}.{entry.name}")
        if hasattr(module, "Parameters") and hasattr(module, "questions"):
            described = describe(module.Parameters)
            found[entry.name] = Experiment(entry.name, module.TITLE, tuple(module.TOPICS), described, module)
    return MappingProxyType(found)


def find(name: str, among: Mapping[str, Experiment] | None = None) -> Experiment:
    """The experiment of this name (among the built-in ones); StudyError with the nearest known one otherwise."""
    experiments = discover() if among is None else among
    if name not in experiments:
        raise StudyError(f"experiment {name!r} is unknown{nearest(name, experiments)}")
    return experiments[name]


def fold(text: str) -> str:
    """Lower case without accents or punctuation, words parted by single spaces."""
    plain = text.lower()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(WORDS.findall(plain))


def relevance(experiment: Experiment, headings: Iterable[str], body: str = "") -> float:
    """How much a section speaks of an experiment's topics: the last heading counts most, the text least."""
    return _relevance(_as_words(experiment.topics), *_section_words(headings, body))


def suggest(
    headings: Iterable[str], body: str = "", among: Mapping[str, Experiment] | None = None
) -> Experiment | None:
    """The experiment whose topics a section speaks of: a topic in the last heading counts most, in the text least."""
    last, above, text = _section_words(headings, body)
    experiments = list((discover() if among is None else among).values())
    beginnings = _beginnings(tuple(experiment.topics for experiment in experiments))
    said = beginnings.keys() & "".join((last, *above, text)).split()
    best, best_score = None, 0.0
    for place in sorted({place for word in said for place in beginnings[word]}):
        if (score := _relevance(_as_words(experiments[place].topics), last, above, text)) > best_score:
            best, best_score = experiments[place], score
    return best


@lru_cache(maxsize=8)
def _beginnings(topics: tuple[tuple[str, ...], ...]) -> dict[str, set[int]]:
    """The words that topics begin with, each with the places of their experiments: most sections say none of them."""
    found: dict[str, set[int]] = {}
    for place, texts in enumerate(topics):
        for text in _as_words(texts):
            for word in text.split()[:1]:
                found.setdefault(word, set()).add(place)
    return found


@lru_cache(maxsize=1024)
def _as_words(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Texts folded, with a space on either side: whole words are then found as substrings."""
    return tuple(f" {fold(text)} " for text in texts)


def _section_words(headings: Iterable[str], body: str) -> tuple[str, tuple[str, ...], str]:
    """The last heading, those above it and the text of a section, as words."""
    *above, last = _as_words(tuple(headings)) or ("",)
    return last, tuple(above), f" {fold(body)} "


def _relevance(topics: Iterable[str], last: str, above: Iterable[str], text: str) -> float:
    return float(sum(4 * (w in last) + 2 * sum(w in heading for heading in above) + (w in text) for w in topics))
