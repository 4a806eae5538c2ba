"""Runs in a worker process: the same numbers as here, orders between frames, and what becomes of a run that dies."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nnstudy.experimenting import engine as engines
from nnstudy.experimenting.conductor import Arrived, Changed, Ended, Event, Failed
from nnstudy.experimenting.engine import Drive, Engine
from nnstudy.lab.condition import parse
from nnstudy.lab.experiment import Experiment, digest, find
from nnstudy.lab.plugins import from_file
from nnstudy.lab.running import Change, Running

OWN = '''
"""A number that is counted up, as slowly as one likes."""
import os
import time
from dataclasses import dataclass
import numpy as np
from nnstudy.lab.experiment import Choice, Figure, Frame, Line, Measurement, Panel, Question, parameter

TITLE = "Counting"
TOPICS = ("counting",)

@dataclass(frozen=True)
class Parameters:
    step: float = parameter(1.0, "what is added", low=0.0, high=9.0, live=True)
    wait: float = parameter(0.01, "seconds between two frames", low=0.0, high=100.0)

def run(parameters, seed):
    total = 0.0
    for place in range(1, 41):
        time.sleep(parameters.wait)
        total += parameters.step
        line = Line(np.arange(2.0), np.array([0.0, total]), "total")
        found = (Measurement("total", total, None, None, ""), Measurement("process", os.getpid(), None, None, ""))
        print("this must not stand across the screen")
        parameters = (yield Frame(place, 40, Figure("", (Panel("", "", "", (line,)),)), found)) or parameters

def questions(parameters):
    return (Question("q", "?", (Choice("a"), Choice("b")), lambda result: 0, lambda result: ""),)

def draw(rng):
    return Parameters()
'''


class Watcher:
    """Starts a run and hears what is said of it."""

    def __init__(self, engine: Engine, experiment: Experiment, until: str = "", **values: object) -> None:
        self.heard: list[Event] = []
        self._news = threading.Condition()
        condition = parse(until) if until else None
        self.drive: Drive = engine.start(experiment, experiment.make(values), 1, self.hear, condition)

    def hear(self, event: Event) -> None:
        with self._news:
            self.heard.append(event)
            self._news.notify_all()

    def wait(self, wanted: Callable[[list[Event]], object], seconds: float = 30) -> None:
        with self._news:
            assert self._news.wait_for(lambda: wanted(self.heard), seconds), self.heard

    def end(self) -> Event:
        self.wait(lambda heard: heard and isinstance(heard[-1], Ended | Failed))
        return self.heard[-1]

    @property
    def frames(self):
        return [event.frame for event in self.heard if isinstance(event, Arrived)]

    def measured(self, name: str) -> float:
        return next(m.measured for m in self.frames[-1].measurements if m.name == name)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.fixture
def own(tmp_path: Path) -> Experiment:
    path = tmp_path / "counting.py"
    path.write_text(OWN, encoding="utf-8")
    return from_file(path)


@pytest.mark.parametrize("name", ["divergence", "momentum"])
def test_the_worker_gives_the_same_numbers_to_the_last_digit(engine: Engine, name: str) -> None:
    experiment = find(name)
    *_, here = experiment.run(experiment.make(), 1)
    watcher = Watcher(engine, experiment)
    end = watcher.end()
    assert isinstance(end, Ended)
    assert end.status == "finished"
    assert end.seconds > 0
    assert digest(watcher.frames[-1]) == digest(here)


def test_an_own_experiment_runs_in_the_worker_too_and_is_changed_there(engine: Engine, own: Experiment) -> None:
    watcher = Watcher(engine, own)
    watcher.wait(lambda heard: len(heard) > 3)
    watcher.drive.change({"step": 5.0})
    watcher.drive.change({"wait": 0.5})
    end = watcher.end()
    assert isinstance(end, Ended)
    (change,) = end.changes
    assert watcher.measured("process") == engine.process != os.getpid()
    assert watcher.measured("total") == change.step + 5 * (40 - change.step)
    refused = [event.trouble for event in watcher.heard if isinstance(event, Changed)][1]
    assert refused.startswith("wait cannot be changed while counting runs")
    *_, again = Running(own, own.make(), 1, (Change(change.step, "step", 5.0),))
    assert again.measurements[0].measured == watcher.measured("total")


def test_a_pause_holds_the_run_and_does_not_count_as_its_time(engine: Engine, own: Experiment) -> None:
    began = time.monotonic()
    watcher = Watcher(engine, own, wait=0.0)
    watcher.drive.pause()
    watcher.wait(lambda heard: heard)
    time.sleep(0.3)
    held = len(watcher.frames)
    time.sleep(0.3)
    assert held == len(watcher.frames) < 40
    watcher.drive.change({"step": 2.0})
    watcher.wait(lambda heard: isinstance(heard[-1], Changed))
    watcher.drive.go_on()
    end = watcher.end()
    assert isinstance(end, Ended)
    assert end.seconds < time.monotonic() - began - 0.3
    assert watcher.frames[-1].step == 40


@pytest.mark.parametrize("how", ["stop", "until", "pause and stop"])
def test_a_run_that_stops_early_ends_with_what_it_measured(engine: Engine, own: Experiment, how: str) -> None:
    watcher = Watcher(engine, own, until="total above 6.5" if how == "until" else "")
    if how != "until":
        watcher.wait(lambda heard: len(heard) > 3)
        if "pause" in how:
            watcher.drive.pause()
        watcher.drive.stop()
    end = watcher.end()
    assert isinstance(end, Ended)
    assert end.status == "stopped"
    assert watcher.measured("total") == watcher.frames[-1].step < 40
    if how == "until":
        assert watcher.measured("total") == 7


def test_a_run_is_overtaken_by_a_newer_one_and_heard_of_no_more(engine: Engine, own: Experiment) -> None:
    watchers = [Watcher(engine, own) for _ in range(3)]
    assert isinstance(watchers[-1].end(), Ended)
    assert watchers[0].heard == watchers[1].heard == []


def test_a_killed_worker_fails_its_run_and_the_next_run_has_another(engine: Engine, own: Experiment) -> None:
    watcher = Watcher(engine, own)
    watcher.wait(lambda heard: heard)
    process = engine.process
    os.kill(process, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert isinstance(end := watcher.end(), Failed)
    assert "its process died" in end.reason
    watcher = Watcher(engine, own, wait=0.0)
    assert isinstance(watcher.end(), Ended)
    assert engine.process != process
    os.kill(engine.process, signal.SIGTERM)  # while nothing runs
    watcher = Watcher(engine, own, wait=0.0)
    assert isinstance(watcher.end(), Ended)


def test_a_run_that_comes_to_no_frame_is_ended_when_it_is_asked_twice(
    engine: Engine, own: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PATIENCE", 0.2)
    watcher = Watcher(engine, own, wait=100.0)
    assert watcher.drive.begun.wait(30)
    watcher.drive.stop()
    time.sleep(0.3)
    watcher.drive.stop()
    assert watcher.end() == Failed("it did not come to its next frame and was ended")
    stuck = Watcher(engine, own, wait=100.0)
    assert stuck.drive.begun.wait(30)
    assert isinstance(Watcher(engine, own, wait=0.0).end(), Ended)
    assert stuck.heard == []


def test_what_the_worker_does_not_find_runs_in_this_process(
    engine: Engine, own: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(own.module.__file__)
    path.write_text(OWN.replace("range(1, 41)", "range(1, 31)"), encoding="utf-8")  # edited while the program runs
    watcher = Watcher(engine, own, wait=0.0)
    watcher.drive.change({"step": 3.0})
    end = watcher.end()
    assert isinstance(end, Ended)
    assert watcher.measured("process") == os.getpid()
    assert [change.value for change in end.changes] == [3.0]
    run = own.module.run
    monkeypatch.setattr(own.module, "run", lambda parameters, seed: run(parameters, seed))
    watcher = Watcher(engine, own, wait=0.0)
    assert isinstance(watcher.end(), Ended)
    assert watcher.measured("process") == os.getpid()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("raise MemoryError('of 9 TB')", "line 18, in run: MemoryError: of 9 TB"),
        ("np.empty(2**55)", "MemoryError: Unable to allocate 256. PiB"),
        ("1 / 0", "ZeroDivisionError"),
        ("return", "must end with a frame"),
        ("os._exit(3)", "its process died (exit code 3)"),
    ],
)
def test_a_run_that_fails_says_why(engine: Engine, tmp_path: Path, wrong: str, said: str) -> None:
    path = tmp_path / "counting.py"
    path.write_text(OWN.replace("    total = 0.0", f"    {wrong}\n    total = 0.0"), encoding="utf-8")
    end = Watcher(engine, from_file(path)).end()
    assert isinstance(end, Failed)
    assert said in end.reason


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit the data of a process")
def test_memory_beyond_the_bound_is_refused_to_what_does_not_say_how_much_it_takes(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "counting.py"
    path.write_text(OWN.replace("    total = 0.0", "    np.ones(2**28)\n    total = 0.0"), encoding="utf-8")
    end = Watcher(engine, from_file(path)).end()
    assert isinstance(end, Failed)
    assert "Unable to allocate 2.00 GiB" in end.reason


def test_memory_beyond_the_bound_is_refused_before_the_run_starts(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "counting.py"
    path.write_text(OWN + "\ndef memory(parameters):\n    return 2**30 * parameters.step\n", encoding="utf-8")
    experiment = from_file(path)
    assert isinstance(Watcher(engine, experiment, step=2, wait=0).end(), Ended)
    refused = Watcher(engine, experiment, step=9, wait=0)
    assert refused.end() == Failed(
        "counting would take about 9 GiB of memory with these parameters; at most 2 GiB may be asked for: "
        "give smaller ones"
    )
    assert refused.frames == []
    path.write_text(OWN + "\ndef memory(parameters):\n    return 1 / 0\n", encoding="utf-8")
    assert "in memory: ZeroDivisionError" in Watcher(engine, from_file(path)).end().reason


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_the_worker_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
            import time
            from nnstudy.experimenting.engine import Engine
            if __name__ == "__main__":
                engine = Engine()
                engine.warm()
                print(engine.process, flush=True)
                time.sleep(60)
        """)
    )
    started = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    worker = int(started.stdout.readline())
    started.kill()
    started.wait()
    for _ in range(250):
        if not Path(f"/proc/{worker}").exists() and not _alive(worker):
            return
        time.sleep(0.02)
    pytest.fail("the worker lives on")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_where_no_worker_starts_runs_are_made_here(own: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(engines, "work", os._exit)  # called with a line instead of a number: the child ends at once
    lame = Engine()
    watcher = Watcher(lame, own, wait=0.0)
    assert isinstance(watcher.end(), Ended)
    assert watcher.measured("process") == os.getpid()
    assert lame.process is None
