"""Runs of experiments in a worker process: the screen stays free, and a run that dies takes nothing with it.

The worker is kept between runs. What it cannot find, such as an experiment that was made in this process alone, runs in
a thread of this process, in the same way.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

from nnstudy.experimenting.conductor import (
    READY,
    Abandoned,
    Begun,
    Conductor,
    Ended,
    Event,
    Failed,
    Job,
    Listener,
    Order,
    Unknown,
    version_of,
    words,
    work,
)
from nnstudy.experimenting.sweeps import file_of
from nnstudy.experimenting.workers import real_stderr
from nnstudy.lab.condition import Condition
from nnstudy.lab.experiment import Experiment
from nnstudy.lab.running import Running

PATIENCE = 2.0  # seconds that a run has to come to its next frame, once it is to end
SLOWEST_START = 30.0  # seconds that a worker may take until it can work

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
        job = Job(found.name, file_of(found), version_of(found), asdict(drive.parameters), drive.seed, drive.until)
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
