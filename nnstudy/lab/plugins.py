"""Experiments from elsewhere: files of one's own, and modules of installed packages.

What such code does wrong is said in one sentence with its place: it is left out, and everything else goes on.
"""

import importlib.util
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from nnstudy.errors import StudyError
from nnstudy.lab import experiment as lab
from nnstudy.lab.experiment import Choice, Estimate, Experiment, Frame, Question
from nnstudy.lab.layers import Snapshot

GROUP = "nnstudy.experiments"
END = object()  # of a run
REQUIRED = ("TITLE", "TOPICS", "Parameters", "run", "questions", "draw")


@dataclass(frozen=True)
class Broken:
    """An experiment that cannot be used: its name, the file or package it stands in, and what is wrong with it."""

    name: str
    file: str
    error: str


@dataclass(frozen=True)
class Laboratory:
    """Every experiment by name, those that are broken, and the files that the settings do not allow to run."""

    experiments: Mapping[str, Experiment]
    broken: tuple[Broken, ...] = ()
    waiting: tuple[Path, ...] = ()

    @property
    def notice(self) -> str:
        """What to do so that the waiting files are loaded; empty where none waits."""
        if not self.waiting:
            return ""
        folder = self.waiting[0].parent
        return (
            f"not loaded, since it runs code: {', '.join(file.name for file in self.waiting)} in {folder}; "
            f"`allow_own_experiments = true` in {folder.parent / 'settings.toml'} allows it"
        )

    def find(self, name: str) -> Experiment:
        """The experiment of this name; StudyError that says why it cannot be used, or names the nearest known one."""
        if name not in self.experiments:
            for one in self.broken:
                if one.name == name:
                    raise StudyError(f"experiment {name!r} cannot be used: {one.error} ({one.file})")
            if any(file.stem == name for file in self.waiting):
                raise StudyError(f"experiment {name!r} is {self.notice}")
        return lab.find(name, self.experiments)


def files_in(folder: Path) -> list[Path]:
    """The files that may hold an experiment; those whose name begins with _ or . are left alone."""
    return sorted(file for file in folder.glob("*.py") if file.name[0] not in "_." and file.is_file())


def packaged() -> tuple[EntryPoint, ...]:
    """What installed packages name as their experiments, in order of names."""
    return _packaged(tuple(sys.path))


@cache  # to look it up, a file of every installed package is read
def _packaged(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)))


def gather(folder: Path, allowed: bool) -> Laboratory:
    """The built-in experiments, those of the Python files in the folder if they are allowed, those of packages.

    Of two of one name the first counts.
    """
    files = files_in(folder)
    found = dict(lab.discover())
    broken: list[Broken] = []

    def take(name: str, place: str, load: Callable[[], Experiment]) -> None:
        try:
            if not name.isidentifier():
                raise StudyError(f"the name {name!r} takes letters, digits and _ only")
            if name in found:
                holder = "a built-in" if name in lab.discover() else "another"
                raise StudyError(f"the name {name!r} is that of {holder} experiment: choose another")
            found[name] = load()
        except StudyError as trouble:
            broken.append(Broken(name, place, str(trouble)))

    for file in files if allowed else ():
        take(file.stem, str(file), partial(from_file, file))
    for point in packaged():
        take(point.name, _package(point), partial(from_package, point))
    return Laboratory(MappingProxyType(found), tuple(broken), () if allowed else tuple(files))


def from_file(path: Path) -> Experiment:
    """The experiment of one file; StudyError with the line where it is broken."""
    try:
        source = path.read_bytes()
    except OSError as trouble:
        raise StudyError(f"it cannot be read: {trouble.strerror}") from trouble
    # Two folders may hold files of one name; and a dataclass looks its module up among the imported ones.
    module = ModuleType(f"nnstudy_own_{sha256(str(path.resolve()).encode()).hexdigest()[:16]}_{path.stem}")
    module.__file__ = str(path)

    def load() -> str:
        exec(compile(source, str(path), "exec"), module.__dict__)
        return importlib.util.decode_source(source)

    sys.modules[module.__name__] = module
    try:
        return examine(path.stem, module, _attempt("at import", load, path))
    except StudyError:
        del sys.modules[module.__name__]
        raise


def from_package(point: EntryPoint) -> Experiment:
    """The experiment of an entry point, which names a module; StudyError where it is broken."""
    module = _attempt("at import", point.load)
    if not isinstance(module, ModuleType) or not module.__file__:
        raise StudyError(f"the entry point {point.value!r} does not name a module of Python code")
    file = Path(module.__file__)
    return examine(point.name, module, _attempt("while its source was read", lambda: file.read_text("utf-8")))


def _package(point: EntryPoint) -> str:
    return f"package {point.dist.name}, {point.value}" if point.dist else point.value


def _attempt(when: str, act: Callable[[], Any], file: Path | None = None) -> Any:
    """What the foreign code returns; whatever it raises becomes a StudyError, with its line in the file."""
    try:
        return act()
    except StudyError:
        raise
    except SyntaxError as trouble:
        raise StudyError(f"line {trouble.lineno}: {type(trouble).__name__}: {trouble.msg}") from trouble
    except (Exception, SystemExit) as trouble:
        steps = traceback.extract_tb(trouble.__traceback__)
        lines = [step.lineno for step in steps if file is not None and step.filename == str(file)]
        place = f"line {lines[-1]}, " if lines else ""
        raise StudyError(f"{place}{when}: {type(trouble).__name__}: {trouble}") from trouble


# --- whether a module is an experiment -----------------------------------------------------------------------------


def examine(name: str, module: ModuleType, code: str) -> Experiment:
    """The experiment that a module declares; StudyError for the first thing that is missing or wrong."""
    if missing := [word for word in REQUIRED if not hasattr(module, word)]:
        raise StudyError(f"it does not define {', '.join(missing)}")
    if not (module.__doc__ or "").strip():
        raise StudyError("its docstring is missing: the first line says what the experiment demonstrates")
    if not isinstance(module.TITLE, str) or not module.TITLE.strip():
        raise StudyError("TITLE must be a text of two or three words")
    topics = module.TOPICS
    if not isinstance(topics, tuple | list) or not all(isinstance(t, str) and lab.fold(t) for t in topics):
        raise StudyError('TOPICS must be a tuple of words, such as ("dice",)')
    for word in ("run", "questions", "draw"):
        if not callable(getattr(module, word)):
            raise StudyError(f"{word} must be a function")
    _check_parameters(module.Parameters)
    made = Foreign(name, module.TITLE, tuple(topics), lab.describe(module.Parameters), module, code)
    made.questions(made.make())
    made.draw(np.random.default_rng(0))
    return made


def _check_parameters(parameters: Any) -> None:
    if not isinstance(parameters, type) or not is_dataclass(parameters):
        raise StudyError("Parameters must be a dataclass: write @dataclass(frozen=True) above it")
    if not parameters.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise StudyError("Parameters must be frozen: write @dataclass(frozen=True) above it")
    for field in fields(parameters):
        if not isinstance(field.metadata.get("parameter"), lab.Parameter):
            raise StudyError(f"Parameters.{field.name} must be made by parameter(default, help, low=..., high=...)")
        if field.name == "seed":
            raise StudyError("Parameters.seed must have another name: every run has a seed already")
    for described in lab.describe(parameters):
        described.parse(described.default)


class Foreign(Experiment):
    """An experiment whose code may do anything: what it gives is checked, and its errors become a StudyError."""

    def _ask(self, word: str, *given: Any) -> Any:
        return _attempt(f"in {word}", lambda: getattr(self.module, word)(*given), Path(self.module.__file__ or ""))

    def draw(self, rng: np.random.Generator, overrides: Mapping[str, object] | None = None) -> Any:
        """Parameters for one review, within their bounds and as plain numbers."""
        drawn = self._ask("draw", rng)
        if not isinstance(drawn, self.module.Parameters):
            raise StudyError("draw must return Parameters")
        return self.make({**asdict(drawn), **(overrides or {})})

    def questions(self, parameters: Any) -> tuple[Question, ...]:
        """What to predict: at least one question, each with two to four choices or an estimate."""
        asked = self._ask("questions", parameters)
        if not isinstance(asked, tuple) or not asked or not all(isinstance(q, Question) for q in asked):
            raise StudyError("questions must return a tuple of at least one Question")
        if len({q.name for q in asked}) < len(asked):
            raise StudyError("two questions have the same name")
        for q in asked:
            _check_question(q)
        return asked

    def run(self, parameters: Any, seed: int) -> Iterator[Frame]:
        """The frames of one run; at its end, every question must have an answer."""
        asked = self.questions(parameters)
        file, frame = Path(self.module.__file__ or ""), None
        _attempt("in memory", partial(self.check_memory, parameters), file)
        frames = self._ask("run", parameters, seed)
        if not isinstance(frames, Iterator):
            raise StudyError("run must yield frames")
        changed = None
        while (following := _attempt("in run", partial(_following, frames, changed), file)) is not END:
            _attempt("in a frame", partial(check_frame, following))
            frame = following
            changed = yield frame
        if frame is None or not frame.measurements:
            raise StudyError(f"a run of {self.name!r} must end with a frame that holds measurements")
        for q in asked:
            answer = _attempt(f"in the answer to {q.name!r}", partial(q.answer, frame), file)
            if q.estimate is not None and not _plain(answer):
                raise StudyError(f"the answer to {q.name!r} must be a number, made by float(...): {answer!r}")
            if q.choices and (not isinstance(answer, int) or not 0 <= answer < len(q.choices)):
                raise StudyError(f"the answer to {q.name!r} must be an int from 0 to {len(q.choices) - 1}: {answer!r}")
            if not isinstance(_attempt(f"in the explanation of {q.name!r}", partial(q.explain, frame), file), str):
                raise StudyError(f"the explanation of {q.name!r} must be a text")


def _check_question(q: Question) -> None:
    if isinstance(q.reply, Estimate):
        _check_texts(q, q.reply, *q.reply.beliefs)
    elif not isinstance(q.reply, tuple) or not all(isinstance(choice, Choice) for choice in q.reply):
        raise StudyError(f"question {q.name!r} takes a tuple of choices, each a Choice, or an Estimate")
    elif not 2 <= len(set(q.reply)) <= 4:
        raise StudyError(f"question {q.name!r} takes two to four different choices")
    else:
        _check_texts(q, *q.reply)
    if q.panel < 0:
        raise StudyError(f"question {q.name!r}: panel counts from 0")


def _following(frames: Iterator[Frame], changed: Any) -> Any:
    """The next frame, with the parameters that were changed; END where there is none."""
    if changed is None:
        return next(frames, END)
    if not isinstance(frames, Generator):
        raise StudyError("run takes changes of live parameters only where it is a generator")
    try:
        return frames.send(changed)
    except StopIteration:
        return END


# --- whether a frame can be drawn and kept -------------------------------------------------------------------------

ARRAYS: Mapping[type, tuple[str, ...]] = {
    lab.Line: ("x", "y"),
    lab.Points: ("x", "y"),
    lab.Bars: ("x", "heights"),
    lab.Steps: ("edges", "heights"),
    lab.Intervals: ("x", "low", "high"),
    lab.HeatMap: ("x", "y", "values"),
    lab.Reference: (),
}


def check_frame(frame: object) -> None:
    """StudyError for what no screen could draw and no database keep."""
    if not isinstance(frame, Frame) or not isinstance(frame.figure, lab.Figure) or not frame.figure.panels:
        raise StudyError("run must yield Frames, each with a Figure of one panel or more")
    _check_texts(frame, frame.figure, *frame.figure.panels, *frame.measurements)
    for panel in frame.figure.panels:
        for mark in panel.marks:
            _check_mark(panel.title, mark)
    if frame.layers is not None and not isinstance(frame.layers, Snapshot):
        raise StudyError("layers of a Frame must be a Snapshot, as network.snapshot makes it")
    for m in frame.measurements:
        for number in (m.measured, *(n for n in (m.expected, m.tolerance) if n is not None)):
            if not _plain(number):
                raise StudyError(f"measurement {m.name!r} holds {number!r}: it takes numbers, made by float(...)")
    for name, value in frame.quantities.items():
        if not _plain(value):
            raise StudyError(f"quantity {name!r} is {value!r}: it takes a number, made by float(...)")


def _plain(number: object) -> bool:
    return isinstance(number, int | float) and number == number  # the database keeps no NaN


def _check_texts(*shown: Any) -> None:
    for one in shown:
        for field in fields(one):
            if field.type is str and not isinstance(value := getattr(one, field.name), str):
                raise StudyError(f"{field.name} of a {type(one).__name__} must be a text, not {value!r}")


def _check_mark(title: str, mark: Any) -> None:
    kind = type(mark).__name__
    if type(mark) not in ARRAYS:
        raise StudyError(f"panel {title!r} holds {kind}, which is no mark such as Line or Bars")
    _check_texts(mark)
    if getattr(mark, "style", "solid") not in ("solid", "dashed", "dotted") or getattr(mark, "axis", "x") not in "xy":
        raise StudyError(f"panel {title!r}: a Line is solid, dashed or dotted, and a Reference has the axis x or y")
    arrays = {name: getattr(mark, name) for name in ARRAYS[type(mark)]}
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            raise StudyError(f"panel {title!r}: {name} of a {kind} must be an array of numbers")
    sizes = [array.shape for array in arrays.values()]
    if not _fit(mark, sizes):
        said = ", ".join(f"{name} {size}" for name, size in zip(arrays, sizes, strict=True))
        raise StudyError(f"panel {title!r}: the arrays of a {kind} do not fit together: {said}")


def _fit(mark: lab.Mark, sizes: list[tuple[int, ...]]) -> bool:
    if isinstance(mark, lab.HeatMap):
        return sizes[2] == sizes[1] + sizes[0] and len(sizes[2]) == 2
    if isinstance(mark, lab.Steps):
        return len(sizes[0]) == 1 and sizes[1] == (sizes[0][0] - 1,)
    return all(len(size) == 1 and size == sizes[0] for size in sizes)
