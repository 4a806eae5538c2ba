"""Runs of experiments in a worker process: the screen stays free, and a run that dies takes nothing with it.

The worker is kept between runs. It drives one run at a time: it sends the frames, thinned to as many as an eye can
follow, and takes orders between two of them. What it cannot find, such as an experiment that was made in this process
alone, runs in a thread of this process, in the same way.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

from nnstudy.errors import StudyError
from nnstudy.experimenting.sweeps import file_of, load
from nnstudy.experimenting.workers import real_stderr, settle
from nnstudy.lab.condition import Condition
from nnstudy.lab.experiment import MOST_MEMORY, Experiment, Frame, Value, discover
from nnstudy.lab.layers import Parts
from nnstudy.lab.running import Change, Running

FRAME_SECONDS = 1 / 12
PATIENCE = 2.0  # seconds that a run has to come to its next frame, once it is to end
SLOWEST_START = 30.0  # seconds that a worker may take until it can work
POLITE = 10  # a run steps back behind what answers to keys
BELOW_NORMAL = 0x4000  # the same as Windows calls it
READY = "ready"


# --- what the two sides say to each other --------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """A run to be made: an experiment as another process finds it, its parameters, and when to stop."""

    experiment: str
    file: str
    version: str
    values: Mapping[str, Value]
    seed: int
    until: Condition | None = None


@dataclass(frozen=True)
class Order:
    """What a run is to do after the present frame: "pause", "go on", "stop", "abandon" or "change" (to `values`)."""

    word: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Begun:
    """The worker has taken the job."""


@dataclass(frozen=True)
class Unknown:
    """The worker does not find this experiment, or finds another version of it."""


@dataclass(frozen=True, eq=False)
class Arrived:
    """A frame."""

    frame: Frame


@dataclass(frozen=True)
class Changed:
    """Parameters were changed, or not: `trouble` says why."""

    changes: tuple[Change, ...]
    trouble: str = ""


@dataclass(frozen=True, eq=False)
class Ended:
    """The run is over, and the frame that arrived last is its result: `status` is "finished" or "stopped"."""

    seconds: float
    status: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Failed:
    """The run gave no result."""

    reason: str


@dataclass(frozen=True)
class Abandoned:
    """The run was given up for another one."""


Event = Begun | Unknown | Arrived | Changed | Ended | Failed | Abandoned
Listener = Callable[[Event], None]


# --- the side that runs --------------------------------------------------------------------------------------------


class Conductor:
    """Drives one run: tells what happens, and follows orders between two frames."""

    def __init__(self, running: Running, until: Condition | None, line: Connection) -> None:
        self._running, self._until, self._line = running, until, line
        self._shown: Frame | None = None
        self._shown_at = -math.inf
        self._parts = Parts()
        self._waited = 0.0
        self._word = ""  # the order in force: "pause", "stop", "abandon", or none

    def conduct(self) -> None:
        """Drive the run to its end, which is told whatever it is."""
        began, status = time.perf_counter(), "finished"
        try:
            for frame in self._running:
                self._show(frame)
                self._take_orders(frame)
                if self._word == "abandon":
                    self._line.send(Abandoned())
                    return
                wanted = self._word == "stop" or (self._until is not None and self._until.met(frame))
                if wanted and frame.step < frame.total:
                    status = "stopped"
                    break
            if self._running.frame is None:
                raise StudyError(f"experiment {self._running.experiment.name!r} gave no result")
            self._show(self._running.frame, 0)
            seconds = time.perf_counter() - began - self._waited
            self._line.send(Ended(seconds, status, tuple(self._running.changes)))
        except Exception as trouble:  # whatever an experiment does, the program goes on
            self._line.send(Failed(words(trouble)))

    def _show(self, frame: Frame, seconds: float = FRAME_SECONDS) -> None:
        """Send a frame where the last one was sent so many seconds ago; those that are kept of a run are all sent."""
        if frame is self._shown:
            return
        now, kept = time.perf_counter(), frame.total > 0 and self._parts.begins(frame.step, frame.total)
        if kept or now - self._shown_at >= seconds:
            self._shown, self._shown_at = frame, now
            self._line.send(Arrived(frame))

    def _take_orders(self, frame: Frame) -> None:
        began = time.perf_counter()
        while self._line.poll(None if self._word == "pause" else 0):
            order = self._line.recv()
            if order.word == "change":
                self._line.send(self._change(order.values))
                continue
            if order.word == "pause":
                self._show(frame, 0)
            self._word = "" if order.word == "go on" else order.word
        self._waited += time.perf_counter() - began

    def _change(self, values: Mapping[str, object]) -> Changed:
        try:
            return Changed(self._running.change(values))
        except StudyError as trouble:
            return Changed((), str(trouble))


def words(trouble: Exception) -> str:
    """Why a run failed, for a person."""
    if isinstance(trouble, MemoryError):
        return f"the memory does not suffice {trouble}".rstrip()
    return str(trouble) if isinstance(trouble, StudyError) else f"{type(trouble).__name__}: {trouble}"


def work(line: Connection) -> None:
    """The life of a worker process: one job after the other, until the program that started it ends."""
    settle()
    _step_back()
    _limit_memory()
    nowhere = os.open(os.devnull, os.O_WRONLY)  # what an experiment prints must not stand across the screen
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    discover()
    line.send(READY)
    with suppress(EOFError, OSError):
        while True:
            job = line.recv()
            if isinstance(job, Job):  # an order that came too late is for nobody
                _serve(job, line)


def _step_back() -> None:
    with suppress(AttributeError, OSError):
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.SetPriorityClass(ctypes.c_void_p(-1), BELOW_NORMAL)  # -1: this process
        else:
            os.nice(POLITE)


def _limit_memory() -> None:
    """An array beyond `MOST_MEMORY` is refused, where the system can: else it would take the memory of all programs."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _serve(job: Job, line: Connection) -> None:
    line.send(Begun())
    try:
        found = load(job.experiment, job.file)
        if _version(found) != job.version:
            raise StudyError("the program has read another version of it")
        running = Running(found, found.make(job.values), job.seed)
    except Exception:  # the program itself has the experiment: it runs there, and says there what is wrong
        line.send(Unknown())
    else:
        Conductor(running, job.until, line).conduct()


@cache
def _version(experiment: Experiment) -> str:
    return experiment.version


# --- the side that watches -----------------------------------------------------------------------------------------

_sending = threading.Lock()  # whole messages, and none for a run that is over


class Drive:
    """One run as its watcher holds it."""

    def __init__(
        self, experiment: Experiment, parameters: Any, seed: int, until: Condition | None, listen: Listener
    ) -> None:
        self.experiment, self.parameters, self.seed, self.until = experiment, parameters, seed, until
        self.begun, self.over = threading.Event(), threading.Event()
        self.forced = False  # ended from outside
        self._listen = listen
        self._given: list[Order] = []
        self._line: Connection | None = None
        self.process: Any = None  # where it runs in one of its own
        self._stopped: float | None = None

    def pause(self) -> None:
        """Wait after the present frame."""
        self._order(Order("pause"))

    def go_on(self) -> None:
        """Go on after a pause."""
        self._order(Order("go on"))

    def change(self, values: Mapping[str, object]) -> None:
        """Give live parameters other values; `Changed` says what came of it."""
        self._order(Order("change", values))

    def stop(self) -> None:
        """End after the present frame; asked again when that frame is long in coming, end at once without a result."""
        if self._stopped is None:
            self._stopped = time.monotonic()
            self._order(Order("stop"))
        elif time.monotonic() - self._stopped >= PATIENCE:
            self._force()

    def abandon(self) -> None:
        """Give the run up: nothing more is heard of it."""
        self._listen = _ignore
        self._order(Order("abandon"))

    def give_way(self) -> None:
        """Wait until an abandoned run is over, and end its process where that takes long."""
        if not self.over.wait(PATIENCE):
            self._force()
            self.over.wait(PATIENCE)

    def begin(self, line: Connection, job: Job | None = None, process: Any = None) -> None:
        """The run begins on a line to whoever conducts it, a worker process or a thread of this one."""
        with _sending:
            self._line, self.process = line, process
            for message in (*([job] if job else []), *self._given):
                line.send(message)

    def hear(self, event: Event) -> None:
        """Something happened to the run."""
        if isinstance(event, Ended | Failed | Abandoned):
            self.over.set()
        self._listen(event)

    def _order(self, order: Order) -> None:
        with _sending, suppress(OSError):  # where the worker has died, its reader tells
            self._given.append(order)
            if self._line is not None and not self.over.is_set():
                self._line.send(order)

    def _force(self) -> None:
        if self.process is not None and not self.over.is_set():
            self.forced = True
            self.process.kill()


def _ignore(event: Event) -> None:
    pass


class Engine:
    """Starts runs, one at a time, in a worker process of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # held while a run is begun
        self._process: Any = None
        self._line: Connection | None = None
        self._latest: Drive | None = None  # what was started last
        self._conducted: Drive | None = None  # what the worker was given last
        self._usable = True  # until a worker does not even start

    @property
    def process(self) -> int | None:
        """The number of the worker process, where there is one."""
        return self._process.pid if self._process is not None and self._process.is_alive() else None

    def warm(self) -> None:
        """Start the worker, so that the first run need not wait for it."""
        with self._lock:
            self._ready()

    def start(
        self, experiment: Experiment, parameters: Any, seed: int, listen: Listener, until: Condition | None = None
    ) -> Drive:
        """Begin a run in the place of the one before; `listen` hears of it in another thread.

        The run stops at the first frame for which `until` holds.
        """
        before, self._latest = self._latest, Drive(experiment, parameters, seed, until, listen)
        if before is not None:
            before.abandon()
        threading.Thread(target=self._begin, args=(self._latest,), daemon=True).start()
        return self._latest

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.join()

    def _begin(self, drive: Drive) -> None:
        with self._lock:
            if drive is not self._latest:  # a still newer run has overtaken it
                drive.over.set()
            elif drive.process is not None and drive.process is self._process and drive.process.is_alive():
                pass  # it has begun anew already
            elif drive.experiment.module.run.__module__ != drive.experiment.module.__name__:
                self._begin_here(drive)  # a run put there from elsewhere is not to be found by another process
            elif not self._begin_there(drive):
                self._begin_here(drive)

    def _begin_there(self, drive: Drive) -> bool:
        """Give a run to the worker, or to another one where that has just died; False where none is to be had."""
        if self._conducted is not None:
            self._conducted.give_way()
        found = drive.experiment
        job = Job(found.name, file_of(found), _version(found), asdict(drive.parameters), drive.seed, drive.until)
        while self._ready():
            self._conducted = drive
            try:
                assert self._line is not None
                drive.begin(self._line, job, self._process)
                return True
            except OSError:
                self._process.join()
        return False

    def _begin_here(self, drive: Drive) -> None:
        """Conduct a run in a thread of this process."""
        ours, theirs = multiprocessing.Pipe()

        def conduct() -> None:
            try:
                running = Running(drive.experiment, drive.parameters, drive.seed)
            except Exception as trouble:  # whatever an experiment does, the program goes on
                theirs.send(Failed(words(trouble)))
            else:
                Conductor(running, drive.until, theirs).conduct()

        def read() -> None:
            while not drive.over.is_set():
                drive.hear(ours.recv())

        drive.begin(ours)
        threading.Thread(target=conduct, daemon=True).start()
        threading.Thread(target=read, daemon=True).start()

    def _ready(self) -> bool:
        """Whether there is a worker; one is started where there is none."""
        if self.process is not None or not self._usable:
            return self._usable
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs,), name="nnstudy-run", daemon=True)
        try:
            with real_stderr():
                process.start()
            theirs.close()
            self._usable = ours.poll(SLOWEST_START) and ours.recv() == READY
        except (EOFError, OSError, RuntimeError, ValueError):
            self._usable = False
        if self._usable:
            self._process, self._line = process, ours
            threading.Thread(target=self._read, args=(ours, process), daemon=True).start()
        elif process.pid is not None:
            process.kill()
        return self._usable

    def _read(self, line: Connection, process: Any) -> None:
        """Hand on what the worker says of its run."""
        with suppress(EOFError, OSError):
            while True:
                heard, drive = line.recv(), self._conducted
                assert drive is not None
                if isinstance(heard, Begun):
                    drive.begun.set()
                elif isinstance(heard, Unknown):
                    self._conducted = None
                    self._begin_here(drive)
                else:
                    drive.hear(heard)
        process.join()
        if (drive := self._conducted) is None or drive.process is not process or drive.over.is_set():
            return
        if drive.begun.is_set():
            drive.hear(Failed(_death(process.exitcode, drive.forced)))
        else:  # it died before it had the job
            self._begin(drive)


def _death(code: int, forced: bool) -> str:
    """Why a worker process is no more, for a person."""
    if forced:
        return "it did not come to its next frame and was ended"
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"its process died ({name}); where memory was short, smaller parameters help"


@cache
def shared() -> Engine:
    """The engine of this program."""
    return Engine()
