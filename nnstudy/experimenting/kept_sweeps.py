"""The sweeps of one study: planned, run, stopped and taken up again, found again later."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from nnstudy.errors import StudyError
from nnstudy.experimenting.sweeps import Plan, Results, Sweep, SweepResult, carry_out, make_plan
from nnstudy.files import written_whole
from nnstudy.lab.experiment import Experiment
from nnstudy.words import plural


@dataclass(frozen=True)
class KeptSweep:
    """A sweep that was begun at some time, and how many of its runs are done."""

    plan: Plan
    at: datetime
    done: int

    def set_aside(self) -> str:
        """Why this sweep is not gone on with, in a sentence."""
        return (
            f"{self.done:,} of {plural(self.plan.total, 'run')} were made by another version of the experiment or its "
            "libraries: they stay kept apart, and all are made anew"
        )


class KeptSweeps:
    """A folder with two files a sweep: its plan, and its results line by line."""

    def __init__(self, folder: Path, experiment: Callable[[str], Experiment], now: Callable[[], datetime]) -> None:
        self.folder = folder
        self._experiment = experiment
        self._now = now

    def plan(
        self, experiment: str, grid: Mapping[str, Sequence[object]], fixed: Mapping[str, object] | None = None,
        seeds: int = 10,
    ) -> Plan:  # fmt: skip
        """A plan with every name and value checked; StudyError for what is not allowed."""
        return make_plan(self._experiment(experiment), grid, fixed, seeds)

    def run(
        self, plan: Plan, progress: Callable[[int, int], None] = lambda done, total: None, workers: int | None = None,
        cluster: str | None = None, *, watch: Callable[[SweepResult], None] = lambda result: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Sweep:  # fmt: skip
        """Run what is not done yet of a plan; see `nnstudy.experimenting.sweeps.carry_out`. A thread may call it."""
        self._remember(plan)
        return carry_out(plan, self.folder, progress, workers, cluster, watch=watch, stopped=stopped)

    def so_far(self, plan: Plan) -> Sweep:
        """The plan with the results that are kept, each once and in its order."""
        found = {result.key: result for result in self._results(plan).load(plan)}
        return Sweep(plan, tuple(found[task.key] for task in plan.tasks() if task.key in found))

    def all(self, experiment: str) -> list[KeptSweep]:
        """The sweeps of an experiment, the one begun last first; a file that cannot be read is left out."""
        read = (_read(path) for path in self.folder.glob("*.json"))
        found = [one for one in read if one is not None and one[0].experiment == experiment]
        kept = [KeptSweep(plan, at, len(self.so_far(plan).results)) for plan, at in found]
        return sorted(kept, key=lambda one: one.at, reverse=True)

    def is_present(self, plan: Plan) -> bool:
        """Whether the plan's experiment is still the same code, so that its sweep can go on."""
        try:
            return make_plan(self._experiment(plan.experiment), plan.grid, plan.fixed, plan.seeds).name == plan.name
        except StudyError:
            return False

    def outdated(self, plan: Plan) -> KeptSweep | None:
        """The same runs made by another version of the experiment or its libraries; none of them is taken over."""
        if self.so_far(plan).results:  # who was told, has begun anew
            return None
        others = (one for one in self.all(plan.experiment) if replace(one.plan, version=plan.version).name == plan.name)
        return next((one for one in others if one.plan.version != plan.version and one.done), None)

    def _file(self, plan: Plan) -> Path:
        return self.folder / f"{plan.name}.json"

    def _results(self, plan: Plan) -> Results:
        return Results(self.folder / f"{plan.name}.jsonl")

    def _remember(self, plan: Plan) -> None:
        path = self._file(plan)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as file:
                json.dump({"at": self._now().isoformat(), "plan": asdict(plan)}, file)
        except OSError as trouble:
            raise StudyError(f"{path} cannot be written: {trouble.strerror or trouble}; make room there") from trouble


def _read(path: Path) -> tuple[Plan, datetime] | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        plan = said["plan"]
        plan["grid"] = {name: tuple(values) for name, values in plan["grid"].items()}
        return Plan(**plan), datetime.fromisoformat(said["at"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
