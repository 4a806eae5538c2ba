"""A sweep: one experiment at every combination of a grid of parameters, with many seeds, in many processes.

What is done is kept line by line, so a sweep that was stopped goes on where it stopped; a worker process that dies
costs a repetition of the runs that it had, not the sweep.
"""

import hashlib
import itertools
import json
import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    wait,
)
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

import numpy as np

import nnstudy
from nnstudy.errors import StudyError
from nnstudy.experimenting.ranges import values
from nnstudy.experimenting.workers import MOST_WORKERS, Factory, cluster, cores, local
from nnstudy.lab import plugins
from nnstudy.lab.experiment import Experiment, Value, discover, find
from nnstudy.words import plural

MOST_RUNS = 100_000
POLL_SECONDS = 0.2  # how soon a sweep hears that it is to stop

Values = Mapping[str, Value]
Key = tuple[str, int]


# --- what is to be run ---------------------------------------------------------------------------------------------


class Task(NamedTuple):
    """One run: the parameters that differ from the defaults, and the seed."""

    parameters: Values
    seed: int

    @property
    def key(self) -> Key:
        """The same for equal tasks, whatever the order of their parameters."""
        return key_of(self.parameters, self.seed)


def key_of(parameters: Values, seed: int) -> Key:
    """What tells one run of a sweep from another."""
    return json.dumps(parameters, sort_keys=True), seed


@dataclass(frozen=True)
class Plan:
    """Which runs a sweep is made of: every combination of `grid`, with `fixed` beside it, and seeds 0 to `seeds` - 1.

    `version` names the code that decides the numbers; `file` is where an experiment of one's own stands, else empty.
    """

    experiment: str
    file: str
    version: str
    grid: Mapping[str, tuple[Value, ...]]
    fixed: Values
    seeds: int

    @cached_property
    def combinations(self) -> tuple[Values, ...]:
        """The parameters of every row of the table: the last of the grid changes fastest."""
        rows = itertools.product(*self.grid.values())
        return tuple({**self.fixed, **dict(zip(self.grid, row, strict=True))} for row in rows)

    def tasks(self) -> Iterator[Task]:
        """Every run, combination by combination."""
        return (Task(parameters, seed) for parameters in self.combinations for seed in range(self.seeds))

    @property
    def total(self) -> int:
        """How many runs there are."""
        return len(self.combinations) * self.seeds

    @property
    def name(self) -> str:
        """A hash of what decides the results; the order in which a grid was typed does not count."""
        grid = {name: sorted(values, key=str) for name, values in self.grid.items()}
        said = json.dumps([self.experiment, self.version, grid, dict(self.fixed), self.seeds], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def make_plan(
    found: Experiment, grid: Mapping[str, Sequence[object]], fixed: Mapping[str, object] | None = None, seeds: int = 10
) -> Plan:
    """A plan with every name and value checked; StudyError for an unknown name, a bad value, or too many runs."""
    fixed = fixed or {}
    if twice := sorted(set(grid) & set(fixed)):
        raise StudyError(f"parameter {twice[0]!r} is both swept and set; leave one of them away")
    checked = {name: values_of(found, name, given) for name, given in grid.items()}
    total = math.prod(map(len, checked.values())) * seeds
    if total > MOST_RUNS:
        raise StudyError(f"this sweep has {total:,} runs; at most {MOST_RUNS:,} are taken: give fewer values or seeds")
    if total < 1:
        raise StudyError("this sweep has no runs; give every parameter a value, and at least one seed")
    file = file_of(found)
    settled = {name: _value(found, name, value) for name, value in fixed.items()}
    return Plan(found.name, file, code_version(found.name, file), checked, settled, seeds)


def file_of(found: Experiment) -> str:
    """The file of an experiment that was not imported, by which another process finds it; else empty."""
    return "" if found.module.__spec__ else str(found.module.__file__)


@cache
def load(experiment: str, file: str) -> Experiment:
    """The experiment, in whatever process: of one's own file if one is named, else built in or of a package."""
    if file:
        return plugins.from_file(Path(file))
    points = () if experiment in discover() else tuple(entry_points(group=plugins.GROUP, name=experiment))
    return plugins.from_package(points[0]) if points else find(experiment)


def values_of(experiment: Experiment, name: str, given: Sequence[object]) -> tuple[Value, ...]:
    """The values of a parameter, checked and each once; texts may be ranges, such as 0.1..0.9x5 (ranges.py)."""
    described = {p.name: p for p in experiment.parameters}.get(name)
    whole, choices = (described.type == "int", described.choices) if described else (False, None)
    texts = [t for one in given for t in (values(one, whole=whole, choices=choices) if isinstance(one, str) else [one])]
    return tuple(dict.fromkeys(_value(experiment, name, text) for text in texts))


def _value(experiment: Experiment, name: str, given: object) -> Value:
    value: Value = getattr(experiment.make({name: given}), name)
    return value


def code_version(experiment: str, file: str) -> str:
    """A hash of all that decides the numbers of an experiment: its code with what it imports, and the libraries'."""
    said = f"{load(experiment, file).version} {nnstudy.__version__} {np.__version__}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


# --- one run -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement of one run; `holds` is None where theory says nothing."""

    measured: float
    expected: float | None
    holds: bool | None


@dataclass(frozen=True)
class SweepResult:
    """What is kept of one run: numbers by name, and the answer that won each question; `trouble` says why it failed."""

    parameters: Values
    seed: int
    measurements: Mapping[str, Measured] = field(default_factory=dict)
    quantities: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""

    @property
    def key(self) -> Key:
        """What tells this run from the others of its sweep."""
        return key_of(self.parameters, self.seed)

    @property
    def numbers(self) -> Mapping[str, float]:
        """Measurements and quantities by name; where both have a name, the measurement."""
        return {**self.quantities, **{name: m.measured for name, m in self.measurements.items()}}


def run_one(experiment: str, parameters: Values, seed: int, file: str = "") -> SweepResult:
    """Run an experiment to its end; a run that fails is a result that says why."""
    try:
        found = load(experiment, file)
        made = found.make(parameters)
        *_, last = found.run(made, seed)
        return SweepResult(
            dict(parameters), seed,
            {m.name: Measured(float(m.measured), m.expected, m.holds) for m in last.measurements},
            {name: float(value) for name, value in last.quantities.items()},
            {q.name: q.say(q.answer(last)) for q in found.questions(made) if q.choices},
        )  # fmt: skip
    except Exception as trouble:  # whatever one run meets, the others go on
        reason = str(trouble) if isinstance(trouble, StudyError) else f"{type(trouble).__name__}: {trouble}"
        return failure(Task(parameters, seed), reason)


def failure(task: Task, reason: str) -> SweepResult:
    """The result of a run that gave none."""
    return SweepResult(dict(task.parameters), task.seed, trouble=reason)


class StoppedError(StudyError):
    """A sweep was stopped before its end."""


# --- all runs ------------------------------------------------------------------------------------------------------


def sweep(
    plan: Plan, executor_factory: Factory, keep: Callable[[SweepResult], None], progress: Callable[[int, int], None],
    *, done: Iterable[SweepResult] = (), at_once: int = 4, stopped: Callable[[], bool] = lambda: False,
) -> tuple[SweepResult, ...]:  # fmt: skip
    """Run what is not done, `at_once` runs under way at a time; returns all results in the order of the plan.

    `keep` is given each good result as it comes, `progress` the number of runs done and of all. When the workers break,
    the runs that were under way are repeated one by one, so that only a run that kills its worker itself fails. It ends
    with StoppedError soon after `stopped` gives True.
    """
    results = {result.key: result for result in done}
    waiting = deque(task for task in plan.tasks() if task.key not in results)
    progress(len(results), plan.total)

    def finish(result: SweepResult) -> None:
        results[result.key] = result
        if not result.trouble:
            keep(result)
        progress(len(results), plan.total)

    while waiting:
        lost = deque(_until_broken(plan, executor_factory, waiting, at_once, finish, stopped))
        while lost:
            for task in _until_broken(plan, executor_factory, lost, 1, finish, stopped):
                finish(failure(task, "its worker process died, twice"))
    return tuple(results[task.key] for task in plan.tasks())


def _until_broken(
    plan: Plan, executor_factory: Factory, waiting: deque[Task], at_once: int, finish: Callable[[SweepResult], None],
    stopped: Callable[[], bool],
) -> list[Task]:  # fmt: skip
    """Run what waits, until nothing is left or the workers break; returns the runs that were under way then."""
    executor, lost = executor_factory(), list[Task]()
    flying: dict[Future[SweepResult], Task] = {}
    try:
        while flying or (waiting and not lost):
            if stopped():
                raise StoppedError
            while waiting and not lost and len(flying) < at_once:
                task = waiting.popleft()
                try:
                    flying[executor.submit(run_one, plan.experiment, *task, plan.file)] = task
                except BrokenExecutor:
                    lost.append(task)
            for future in wait(flying, POLL_SECONDS, FIRST_COMPLETED).done:
                task = flying.pop(future)
                try:
                    result = future.result()
                except BrokenExecutor:
                    lost.append(task)
                    continue
                except CancelledError as trouble:
                    raise StudyError("the cluster was lost; what is done is kept: repeat the command") from trouble
                except Exception as trouble:
                    result = failure(task, f"{type(trouble).__name__}: {trouble}")
                finish(result)
    finally:
        for future in flying:
            future.cancel()
        executor.shutdown()
        for future in flying:  # stopped by the person: what was finished meanwhile is not thrown away
            if not future.cancelled() and future.exception() is None:
                finish(future.result())
    return lost


# --- what is kept --------------------------------------------------------------------------------------------------


class Results:
    """The results of a sweep in a file of JSON lines; a line that was cut off is as if it were not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, plan: Plan) -> list[SweepResult]:
        """The results that are there already and belong to the plan."""
        if not self.path.exists():
            return []
        wanted = {task.key for task in plan.tasks()}
        lines = self.path.read_text(encoding="utf-8", errors="replace").split("\n")
        return [result for result in map(_read_line, lines) if result is not None and result.key in wanted]

    @contextmanager
    def open(self) -> Iterator[Callable[[SweepResult], None]]:
        """A function that appends a result, and gives it to the system before it returns."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("a+b")
        except OSError as trouble:
            raise self._unwritable(trouble) from trouble

        def keep(result: SweepResult) -> None:
            try:
                file.write(json.dumps(asdict(result)).encode() + b"\n")
                file.flush()
            except OSError as trouble:
                raise self._unwritable(trouble) from trouble

        with file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                file.write(b"" if file.read(1) == b"\n" else b"\n")
            yield keep

    def _unwritable(self, trouble: OSError) -> StudyError:
        return StudyError(f"{self.path} cannot be written: {trouble}; what it holds is kept")


def _read_line(line: str) -> SweepResult | None:
    try:
        found = json.loads(line)
        measurements = {name: Measured(**values) for name, values in found["measurements"].items()}
        return SweepResult(**{**found, "measurements": measurements})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


# --- the sweep and its table ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sweep:
    """A plan and the results of all its runs, in the plan's order."""

    plan: Plan
    results: tuple[SweepResult, ...]

    @property
    def failures(self) -> tuple[SweepResult, ...]:
        """The runs that gave no numbers."""
        return tuple(result for result in self.results if result.trouble)


def carry_out(
    plan: Plan, folder: Path, progress: Callable[[int, int], None], workers: int | None, address: str | None,
    *, watch: Callable[[SweepResult], None] = lambda result: None, stopped: Callable[[], bool] = lambda: False,
) -> Sweep:  # fmt: skip
    """Run a plan in processes of this machine or on a cluster; what stands in the folder already is not run again.

    Ctrl+c stops it, or `stopped`; what is done is kept. `watch` is given each result that is new and kept.
    """
    file = Results(folder / f"{plan.name}.jsonl")
    done, finished = file.load(plan), 0

    def report(count: int, total: int) -> None:
        nonlocal finished
        finished = count
        progress(count, total)

    try:
        with file.open() as keep, _executors(plan, workers, address) as (factory, at_once):

            def keep_and_show(result: SweepResult) -> None:
                keep(result)
                watch(result)

            found = sweep(plan, factory, keep_and_show, report, done=done, at_once=at_once, stopped=stopped)
            return Sweep(plan, found)
    except (KeyboardInterrupt, StoppedError):
        kept = f"{finished:,} of {plural(plan.total, 'run')} are kept"
        raise StoppedError(f"stopped; {kept}: the same command goes on from there") from None


@contextmanager
def _executors(plan: Plan, workers: int | None, address: str | None) -> Iterator[tuple[Factory, int]]:
    if address is not None:
        with cluster(address, partial(code_version, plan.experiment, plan.file), plan.version) as (factory, threads):
            yield factory, 4 * threads
    else:
        count = min(workers or cores(), plan.total, MOST_WORKERS)
        with local(count) as factory:
            yield factory, 2 * count
