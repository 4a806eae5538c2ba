"""The runs that were kept: found again, named, compared, and run again to see whether the same comes out."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise, takewhile
from typing import Any

from nnstudy.errors import StudyError
from nnstudy.experimenting.trials import keep_run
from nnstudy.lab.experiment import Experiment, Frame, digest
from nnstudy.lab.running import Change, Running
from nnstudy.store.run_records import RunRow
from nnstudy.store.store import Store
from nnstudy.words import plural, shown

RELATIVE = 1e-6  # how far two measurements may be apart and still agree
LONGEST_NAME = 60
CHOICE = 200  # latest runs to choose from
LEAST_PREFIX = 13  # the whole moment of an id: no later run's id begins like that

Watch = Callable[[Frame], bool]


@dataclass(frozen=True)
class Repeated:
    """A kept run that ran again, before it is kept itself."""

    kept: RunRow
    experiment: Experiment
    parameters: Any
    result: Frame
    seconds: float

    @property
    def status(self) -> str:
        """Where it ended: a run that was stopped is repeated up to where it was stopped."""
        return "finished" if self.kept.status == "finished" or self.result.step >= self.result.total else "stopped"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One thing that two runs have both, or one of them: a parameter, a measurement, an answer."""

    kind: str  # "setting", "parameter", "measurement" or "answer"
    name: str
    first: object
    second: object

    @property
    def differs(self) -> bool:
        """Whether the two are not the same; measurements are, when they agree to a relative 1e-6."""
        return not same(self.first, self.second)


@dataclass(frozen=True)
class Again:
    """What came of running a kept run again, with the same parameters and the same seed."""

    run: str
    again: str
    digest_agrees: bool
    differing: tuple[Contrast, ...]
    versions: Mapping[str, tuple[str, str]]  # those that differ: of then, of now
    result: Frame

    @property
    def numbers_agree(self) -> bool:
        """Whether every measurement agrees to a relative 1e-6."""
        return self.digest_agrees or not self.differing

    def verdict(self) -> str:
        """Whether the same came out, in one sentence."""
        if self.digest_agrees:
            return "the same to the last digit"
        changed = ", ".join(f"{name} {then} is now {now}" for name, (then, now) in self.versions.items())
        why = f" ({changed})" if changed else " (the same versions and platform)"
        if self.numbers_agree:
            return f"the digest differs{why}, but all measurements agree to a relative {RELATIVE:g}"
        names = ", ".join(f"{c.name}: {shown(c.first)}, now {shown(c.second)}" for c in self.differing)
        return f"not the same{why}: {plural(len(self.differing), 'measurement')} apart: {names}"


class KeptRuns:
    """The runs of one study."""

    def __init__(
        self, store: Store, experiment: Callable[[str], Experiment], now: Callable[[], datetime], device: str
    ) -> None:
        self._store = store
        self._experiment = experiment
        self._now = now
        self._device = device

    def all(self, experiment: str | None = None, note: str | None = None, starred: bool = False) -> list[RunRow]:
        """The runs that were not deleted (of an experiment, of the note with this id, with a star), newest first."""
        return self._store.runs.last(experiment, note, starred)

    def told(self, run: RunRow) -> str:
        """A run in a line: when, which experiment, its name, what came of it, what was changed."""
        holds, judged = run.holds
        parts = (
            f"{run.at.astimezone():%d %b %H:%M}", run.experiment, run.name, f"{holds} of {judged} hold",
            assignments(self.changed(run)) or "(defaults)",
        )  # fmt: skip
        return "  ".join(filter(None, parts))

    def lines(self, ids: Iterable[str]) -> dict[str, str]:
        """These runs in a line each, as `told` has them."""
        found = {run: self._store.runs.last(run=run) for run in ids}
        return {run: self.told(rows[0]) if rows else f"a run that was deleted ({run})" for run, rows in found.items()}

    def choice(self, experiment: str | None, ids: Iterable[str]) -> dict[str, str]:
        """Runs to choose from, in a line each: those of these ids, then the latest, of this experiment first."""
        own = self._store.runs.last(experiment, limit=CHOICE) if experiment else []
        latest = [*own, *self._store.runs.last(limit=CHOICE)]
        return self.lines(ids) | {run.id: self.told(run) for run in latest}

    def find(self, name: str) -> RunRow:
        """The run of this id, name or beginning of an id; StudyError when there is none, or more than one."""
        found = self._store.runs.called(name)
        if not found:
            raise StudyError(
                f"run {name!r} is unknown; give its id, at least 4 characters of the id's beginning, or the name that "
                "you gave it: `nnstudy runs` lists them"
            )
        if len(found) > 1:
            raise StudyError(f"{name!r} fits {len(found)} runs; give more of the id: `nnstudy runs` lists them")
        return self._store.runs.last(run=found[0])[0]

    def prefixes(self) -> Mapping[str, str]:
        """For every id its shortest beginning, of at least 13 characters, that no other run's id has."""
        ids = self._store.runs.ids()
        shared = [_shared(*pair) for pair in pairwise(["", *ids, ""])]
        return {
            run: run[: max(LEAST_PREFIX, before + 1, after + 1)]
            for run, (before, after) in zip(ids, pairwise(shared), strict=True)
        }

    def changed(self, run: RunRow) -> Mapping[str, object]:
        """The parameters of a run that are not the experiment's defaults; all of them when it is not known any more."""
        try:
            defaults = asdict(self._experiment(run.experiment).make())
        except StudyError:
            return run.parameters
        return {name: value for name, value in run.parameters.items() if defaults.get(name) != value}

    def settings(self, run: RunRow) -> str:
        """What a run was made with that is not the default, also on its way, as a person types it."""
        return " ".join(filter(None, (assignments(self.changed(run)), changed_on_the_way(run))))

    # --- what a person makes of a run -----------------------------------------------------------------------------

    def star(self, run: RunRow, starred: bool) -> RunRow:
        """Give a run a star, or take it away."""
        return self._describe(replace(run, starred=starred))

    def rename(self, run: RunRow, name: str) -> RunRow:
        """Give a run a name, by which it is found again ("": none); StudyError when another run has it."""
        name = " ".join(name.split())
        if len(name) > LONGEST_NAME:
            raise StudyError(f"the name has {len(name)} characters; give one of at most {LONGEST_NAME}")
        same_words = [self._store.runs.last(run=found)[0] for found in self._store.runs.called(name)] if name else []
        if any(other.name == name and other.id != run.id for other in same_words):
            raise StudyError(f"another run is called {name!r} already; give this one another name")
        return self._describe(replace(run, name=name))

    def comment(self, run: RunRow, comment: str) -> RunRow:
        """Write a comment beside a run ("": none)."""
        return self._describe(replace(run, comment=comment.strip()))

    def _describe(self, run: RunRow) -> RunRow:
        with self._store.transaction():
            self._store.runs.describe(
                run.id, self._now(), self._device, starred=run.starred, name=run.name, comment=run.comment
            )
        return run

    def delete(self, run: RunRow) -> None:
        """List a run no more; what refers to it stays."""
        with self._store.transaction():
            self._store.runs.delete(run.id, self._now(), self._device)

    def restore(self) -> str | None:
        """List the run again that was deleted last; its id, or None when none is deleted."""
        with self._store.transaction():
            return self._store.runs.restore(self._now(), self._device)

    # --- again ----------------------------------------------------------------------------------------------------

    def ready(self, run: RunRow) -> tuple[Experiment, Any]:
        """The experiment and the parameters of a run; StudyError when they are not to be had any more."""
        experiment = self._experiment(run.experiment)
        return experiment, experiment.make(run.parameters)

    def again(self, run: RunRow) -> Again:
        """Run a kept run again, keep that run too, and say whether the same came out."""
        experiment, parameters = self.ready(run)
        repeated = repeat(run, experiment, parameters)
        assert repeated is not None  # nobody watches it, so nobody stops it
        return self.keep(repeated)

    def keep(self, repeated: Repeated) -> Again:
        """Keep a run that was made again, and say whether the same came out."""
        then = repeated.kept
        new = keep_run(
            self._store, repeated.experiment, repeated.parameters, then.seed, repeated.result,
            seconds=repeated.seconds, at=self._now(), device=self._device, card=then.card, status=repeated.status,
            changes=changes(then),
        )  # fmt: skip
        now = self._store.runs.last(run=new.id)[0]
        agrees = now.digest == then.digest
        apart = () if agrees else tuple(c for c in contrasts(then, now) if c.kind == "measurement" and c.differs)
        return Again(then.id, now.id, agrees, apart, _versions(then, now), repeated.result)


def repeat(run: RunRow, experiment: Experiment, parameters: Any, watch: Watch = lambda frame: True) -> Repeated | None:
    """Run again; a run that was stopped is repeated until the same numbers come. None when `watch` gives False.

    What was changed on the way is changed again, after the same steps.
    Touches no database: a screen may call it in a thread.
    """
    started = time.perf_counter()
    frame: Frame | None = None
    close: Frame | None = None
    for frame in Running(experiment, parameters, run.seed, changes(run)):
        if not watch(frame):
            return None
        if run.status == "stopped":
            if digest(frame) == run.digest:
                close = frame
                break
            close = close or (frame if _agrees(run, frame) else None)
    if frame is None:
        raise StudyError(f"experiment {experiment.name!r} gave no result")
    return Repeated(run, experiment, parameters, close or frame, time.perf_counter() - started)


def _agrees(run: RunRow, frame: Frame) -> bool:
    now = {m.name: float(m.measured) for m in frame.measurements}
    then = _measured(run)
    return bool(then) and then.keys() == now.keys() and all(same(then[name], now[name]) for name in now)


def changes(run: RunRow) -> tuple[Change, ...]:
    """What was changed while a run went on."""
    return tuple(Change(*change) for change in run.changes)


def changed_on_the_way(run: RunRow) -> str:
    """What was changed while a run went on, in words; empty where nothing was."""
    return ", ".join(f"{name}={shown(value)} after step {step}" for step, name, value in run.changes)


def contrasts(first: RunRow, second: RunRow) -> list[Contrast]:
    """Two runs side by side: experiment and seed, parameters, measurements, answers; None where one has it not."""
    rows = [
        Contrast("setting", "experiment", first.experiment, second.experiment),
        Contrast("setting", "seed", first.seed, second.seed),
    ]
    if first.changes or second.changes:
        rows.append(Contrast("setting", "changed", changed_on_the_way(first), changed_on_the_way(second)))
    for kind, ours, theirs in (
        ("parameter", first.parameters, second.parameters),
        ("measurement", _measured(first), _measured(second)),
        ("answer", first.answers, second.answers),
    ):
        rows += [Contrast(kind, name, ours.get(name), theirs.get(name)) for name in {**ours, **theirs}]
    return rows


def assignments(parameters: Mapping[str, object]) -> str:
    """Parameters as a person types them."""
    return " ".join(f"{name}={shown(value)}" for name, value in parameters.items())


def same(first: object, second: object) -> bool:
    """Whether two values are the same; floating-point numbers are when they agree to a relative 1e-6."""
    if isinstance(first, float) and isinstance(second, float):
        both_none = math.isnan(first) and math.isnan(second)
        return both_none or math.isclose(first, second, rel_tol=RELATIVE, abs_tol=0.0)
    return first == second


def _shared(first: str, second: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _measured(run: RunRow) -> Mapping[str, object]:
    return {m.name: m.measured for m in run.measurements}


def _versions(then: RunRow, now: RunRow) -> Mapping[str, tuple[str, str]]:
    kinds: Sequence[tuple[str, str, str]] = (
        ("experiment", then.experiment_version, now.experiment_version),
        ("nnstudy", then.program_version, now.program_version),
        ("NumPy", then.numpy_version, now.numpy_version),
        ("platform", then.platform, now.platform),
    )
    return {name: (before, after) for name, before, after in kinds if before != after}
