"""Sweeps: the same numbers wherever they run, whatever dies meanwhile, and nothing is run twice."""

import csv
import dataclasses
import importlib.util
import json
import multiprocessing
import os
import signal
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from nnstudy.errors import StudyError
from nnstudy.experimenting.sweep_table import document, rows, table, write_csv
from nnstudy.experimenting.sweeps import MOST_RUNS, Measured, Results, SweepResult, carry_out, make_plan, run_one, sweep
from nnstudy.lab.experiment import find
from nnstudy.lab.plugins import from_file

GRID = {"kappa": [10, 100], "noise": [0, 0.5]}
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Direct:
    """An executor that runs in this process; it breaks when it is given a run that its `deadly` names."""

    def __init__(self, deadly=lambda parameters, seed: False):
        self.deadly, self.broken = deadly, False

    def submit(self, run, experiment, parameters, seed, file):
        future = Future()
        self.broken = self.broken or self.deadly(parameters, seed)
        if self.broken:
            future.set_exception(BrokenProcessPool("a worker died"))
        else:
            future.set_result(run(experiment, parameters, seed, file))
        return future

    def shutdown(self):
        pass


def nothing(*_):
    pass


def sequential(plan):
    return tuple(run_one(plan.experiment, task.parameters, task.seed) for task in plan.tasks())


@pytest.fixture(scope="module")
def plan():
    return make_plan(find("momentum"), GRID, seeds=2)


@pytest.fixture(scope="module")
def expected(plan):
    return sequential(plan)


def test_worker_processes_give_exactly_what_a_loop_gives(plan, expected, tmp_path):
    assert carry_out(plan, tmp_path, nothing, 2, None).results == expected


def test_one_thread_a_worker_is_asked_for_only_while_it_sweeps(plan, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    seen = []
    small = make_plan(find("momentum"), {}, seeds=1)
    carry_out(small, tmp_path, lambda *_: seen.append(os.environ["OMP_NUM_THREADS"]), 1, None)
    assert set(seen) == {"1"}
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in os.environ


def test_a_killed_worker_costs_no_result(plan, expected, tmp_path):
    killed = []

    def kill(done, total):
        if done >= 3 and not killed:
            worker = multiprocessing.active_children()[0]
            killed.append(worker.pid)
            os.kill(worker.pid, KILL)

    assert carry_out(plan, tmp_path, kill, 2, None).results == expected
    assert killed


def test_only_the_run_that_kills_its_worker_fails(plan, expected):
    kept = []
    deadly = lambda parameters, seed: parameters["kappa"] == 10 and parameters["noise"] == 0 and seed == 1  # noqa: E731
    found = sweep(plan, lambda: Direct(deadly), kept.append, nothing, at_once=4)
    (failed,) = [result for result in found if result.trouble]
    assert (failed.parameters, failed.seed) == ({"kappa": 10, "noise": 0}, 1)
    assert "died" in failed.trouble
    assert [r for r in found if not r.trouble] == [r for r in expected if r.key != failed.key]
    assert failed not in kept
    assert len(kept) == plan.total - 1


def test_a_run_that_raises_says_why_and_the_rest_goes_on(plan, monkeypatch):
    from nnstudy.lab import momentum

    whole = momentum.run
    monkeypatch.setattr(momentum, "run", lambda p, seed: 1 / 0 if seed == 1 else whole(p, seed))
    found = sweep(plan, Direct, nothing, nothing)
    assert {(r.seed, r.trouble) for r in found if r.trouble} == {(1, "ZeroDivisionError: division by zero")}
    assert sum(not r.trouble for r in found) == 4


def test_what_was_kept_is_not_run_again(plan, expected, tmp_path):
    file = Results(tmp_path / f"{plan.name}.jsonl")
    with file.open() as keep:
        for result in expected[:5]:
            keep(result)
    with file.path.open("ab") as stream:
        stream.write(b'{"parameters": {"kappa": 10.0, "noi')
    assert file.load(plan) == list(expected[:5])
    counts = []
    again = carry_out(plan, tmp_path, lambda done, total: counts.append(done), 1, None)
    assert again.results == expected
    assert counts == list(range(5, plan.total + 1))
    assert file.load(plan) == list(expected)
    third = []
    assert carry_out(plan, tmp_path, lambda done, total: third.append(done), 1, None).results == expected
    assert third == [plan.total]


def test_a_result_comes_back_from_the_file_as_it_was(tmp_path):
    plan = make_plan(find("momentum"), {}, seeds=1)
    odd = SweepResult({}, 0, {"a ± b": Measured(float("inf"), None, None)}, {"c": 1e-300}, {"question": "perché"})
    file = Results(tmp_path / "x.jsonl")
    with file.open() as keep:
        keep(odd)
    assert file.load(plan) == [odd]


def test_an_interrupted_sweep_keeps_what_is_done_and_says_so(plan, tmp_path):
    def interrupt(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(StudyError, match=r"stopped; \d+ of 8 runs are kept"):
        carry_out(plan, tmp_path, interrupt, 2, None)
    assert 4 <= len(Results(tmp_path / f"{plan.name}.jsonl").load(plan)) < plan.total


def test_a_sweep_whose_results_cannot_be_kept_ends_at_once(plan):
    def full(result):
        raise StudyError("the disk is full")

    counts = []
    with pytest.raises(StudyError, match="the disk is full"):
        sweep(plan, Direct, full, lambda done, total: counts.append(done))
    assert counts == [0]


def test_the_order_in_which_a_grid_is_typed_does_not_matter_for_what_is_kept(plan):
    other = make_plan(find("momentum"), {"noise": ["0.5", "0"], "kappa": [100, 10, 10]}, seeds=2)
    assert other.name == plan.name
    assert other.total == plan.total
    assert make_plan(find("momentum"), GRID, seeds=4).name != plan.name
    assert make_plan(find("momentum"), GRID, {"beta": 0.5}, seeds=2).name != plan.name


@pytest.mark.parametrize(
    ("grid", "fixed", "seeds", "words"),
    [
        ({"kapa": [1]}, {}, 1, "no parameter 'kapa'; did you mean 'kappa'"),
        ({"kappa": [1e9]}, {}, 1, "kappa = 1000000000.0 is not allowed: it takes a number from 1.5 to 1000"),
        ({"kappa": ["ten"]}, {}, 1, "kappa = ten is not allowed"),
        ({"kappa": [10]}, {"kappa": 20}, 1, "'kappa' is both swept and set"),
        ({"kappa": [10, 20]}, {}, MOST_RUNS, "200,000 runs; at most 100,000"),
        ({"kappa": []}, {}, 1, "has no runs"),
    ],
)
def test_a_bad_grid_is_refused_before_anything_starts(grid, fixed, seeds, words):
    with pytest.raises(StudyError) as trouble:
        make_plan(find("momentum"), grid, fixed, seeds)
    assert words in str(trouble.value)


def test_an_experiment_of_ones_own_is_swept_as_any_other(tmp_path):
    source = Path(find("momentum").module.__file__).read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    plan = make_plan(from_file(tmp_path / "mine.py"), {"kappa": [10]}, seeds=2)
    assert (plan.experiment, plan.file) == ("mine", str(tmp_path / "mine.py"))
    found = carry_out(plan, tmp_path, nothing, 1, None).results
    assert found == sequential(make_plan(find("momentum"), {"kappa": [10]}, seeds=2))


def test_the_rows_are_mean_deviation_and_shares():
    plan = make_plan(find("momentum"), {"kappa": [10, 20]}, seeds=3)
    good = [
        SweepResult({"kappa": 10.0}, seed, {"m": Measured(seed, 1.0, seed == 1)}, {"q": 2.0 * seed}, {"who": who})
        for seed, who in enumerate(["a", "b", "a"])
    ]
    bad = [SweepResult({"kappa": 20.0}, seed, trouble="no luck") for seed in range(3)]
    from nnstudy.experimenting.sweeps import Sweep

    done = Sweep(plan, (*good, *bad))
    first, second = rows(done, ["m", "q"])
    assert (first.runs, first.failed, first.held, first.judged) == (3, 0, 1, 3)
    assert (first.measurements["m"].mean, first.measurements["m"].sd, first.measurements["m"].expected) == (1, 1, 1)
    assert (first.measurements["q"].mean, first.measurements["q"].sd, first.measurements["q"].expected) == (2, 2, None)
    assert first.answers == {"who": {"a": 2 / 3, "b": 1 / 3}}
    assert (second.runs, second.failed, second.measurements, second.answers) == (0, 3, {}, {})
    assert list(rows(done)[0].measurements) == ["m"]
    with pytest.raises(StudyError, match="measures no 'mm'"):
        rows(done, ["mm"])
    assert document(done, (first, second))["failures"][0]["reason"] == "no luck"
    lines = list(table(done, (first, second)))
    assert any("1 ± 1" in line and "2 ± 2" in line and "1 of 3" in line for line in lines)
    assert any("67 % a; 33 % b" in line for line in lines)


def test_the_table_keeps_to_the_width(plan, expected):
    from nnstudy.experimenting.sweeps import Sweep

    done = Sweep(plan, expected)
    found = rows(done)
    wide, narrow = "\n".join(table(done, found)), "\n".join(table(done, found, 60))
    assert "[6]" in wide
    assert "[7]" not in wide
    head = next(line for line in narrow.splitlines() if line.strip().startswith("kappa"))
    assert len(head) <= 60
    assert "more: choose with --measure" in narrow


def test_the_csv_has_one_line_a_run(plan, expected, tmp_path):
    from nnstudy.experimenting.sweeps import Sweep

    write_csv(Sweep(plan, expected), tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == plan.total
    for line, result in zip(lines, expected, strict=True):
        assert (float(line["kappa"]), int(line["seed"])) == (result.parameters["kappa"], result.seed)
        for name, measured in result.measurements.items():
            assert float(line[f"measured: {name}"]) == measured.measured


def test_the_command_prints_the_fixed_document(call):
    words = ("sweep", "momentum", "--grid", "kappa=10,100", "--set", "noise=0.2", "--seeds", 2, "--workers", 1)
    status, out, err = call(*words, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert (found["experiment"], found["grid"], found["seeds"]) == ("momentum", {"kappa": [10, 100]}, 2)
    assert [row["parameters"] for row in found["rows"]] == [{"kappa": k, "noise": 0.2} for k in (10, 100)]
    for row in found["rows"]:
        assert (row["runs"], row["failed"]) == (2, 0)
        assert {"mean", "sd", "expected"} == set(next(iter(row["measurements"].values())))
        for shares in row["answers"].values():
            assert sum(shares.values()) == pytest.approx(1)
    status, out, err = call(*words)
    assert (status, err) == (0, "")
    assert out.startswith("momentum: 2 combinations, 2 seeds each")


@pytest.mark.parametrize(("words", "status"), [(("--grid", "kappa"), 2), (("--grid", "kappa=10,,20"), 1)])
def test_the_command_refuses_what_is_no_grid(call, words, status):
    found, out, err = call("sweep", "momentum", *words)
    assert (found, out) == (status, "")
    assert "kappa" in err


def test_an_address_that_is_none_is_refused(plan, tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with pytest.raises(StudyError, match="looks like tcp://host:8786"):
        carry_out(plan, tmp_path, nothing, None, "somewhere")


@pytest.mark.skipif(importlib.util.find_spec("distributed") is not None, reason="the extra `cluster` is installed")
def test_without_dask_the_person_is_told_what_to_install(plan, tmp_path):
    with pytest.raises(StudyError, match="pip install"):
        carry_out(plan, tmp_path, nothing, None, "tcp://127.0.0.1:8786")


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_worker_gives_what_this_machine_gives(plan, expected, tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as scheduler:
        with distributed.Client(scheduler, set_as_default=False) as client:
            processes = list(client.run(os.getpid).values())
        killed = []

        def kill(done, total):
            if done >= 3 and not killed:
                killed.append(processes[0])
                os.kill(processes[0], KILL)

        found = carry_out(plan, tmp_path, kill, None, scheduler.scheduler_address)
    assert killed
    assert found.results == expected


def test_what_another_version_of_an_experiment_has_made_is_said_and_never_taken_over(study, monkeypatch):
    sweeps = study.sweeps
    plan = sweeps.plan("momentum", {"kappa": ["10", "100"]}, seeds=2)
    before = dataclasses.replace(plan, version="before")
    assert sweeps.outdated(plan) is None
    kept = sweeps.run(before, stopped=lambda: False, workers=1)
    assert len(kept.results) == 4
    old = sweeps.outdated(plan)
    assert old.plan == before
    assert old.done == 4
    assert "4 of 4 runs were made by another version" in old.set_aside()
    assert sweeps.so_far(plan).results == ()  # nothing of the old one counts for the new one
    counts = []
    sweeps.run(plan, lambda done, total: counts.append(done), workers=1)
    assert counts == [0, 1, 2, 3, 4]
    assert sweeps.outdated(plan) is None  # said once
    assert len(sweeps.so_far(before).results) == 4  # and the old one is still there to be looked at
    other = sweeps.plan("momentum", {"kappa": ["10", "100"]}, seeds=3)
    assert sweeps.outdated(other) is None  # another sweep
