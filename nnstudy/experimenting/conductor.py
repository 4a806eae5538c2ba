"""The process that runs an experiment, and what it says to the one that watches.

It drives one run at a time: it sends the frames, thinned to as many as an eye can follow, and takes orders between two
of them.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection

from nnstudy.errors import StudyError
from nnstudy.experimenting.sweeps import load
from nnstudy.experimenting.workers import settle
from nnstudy.lab.condition import Condition
from nnstudy.lab.experiment import MOST_MEMORY, Experiment, Frame, Value, discover
from nnstudy.lab.layers import Parts
from nnstudy.lab.running import Change, Running

FRAME_SECONDS = 1 / 12
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


def _limit_memory() -> None:
    """An array beyond `MOST_MEMORY` is refused, where the system can: else it would take the memory of all programs."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _serve(job: Job, line: Connection) -> None:
    line.send(Begun())
    try:
        found = load(job.experiment, job.file)
        if version_of(found) != job.version:
            raise StudyError("the program has read another version of it")
        running = Running(found, found.make(job.values), job.seed)
    except Exception:  # the program itself has the experiment: it runs there, and says there what is wrong
        line.send(Unknown())
    else:
        Conductor(running, job.until, line).conduct()


@cache
def version_of(experiment: Experiment) -> str:
    """An experiment's version, read once."""
    return experiment.version
