"""Where many runs are made: worker processes of this machine, or the workers of a Dask cluster."""

import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr, suppress
from typing import Any

from nnstudy.errors import StudyError

ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip
MOST_WORKERS = 61 if sys.platform == "win32" else 1024  # Windows waits for no more processes at a time
POLITE = 10  # a run steps back behind what answers to keys
BELOW_NORMAL = 0x4000  # the same as Windows calls it
ADDRESS = re.compile(r"(\w+://)?(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):\d+")

Factory = Callable[[], Executor]


def cores() -> int:
    """How many processors this program may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


@contextmanager
def local(workers: int) -> Iterator[Factory]:
    """Makes pools of worker processes on this machine, each with one thread for linear algebra."""

    def pool() -> Executor:
        try:
            with real_stderr():
                executor = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), settle)
                executor.submit(os.getpid).result()
        except (BrokenExecutor, OSError) as trouble:
            raise StudyError(
                "worker processes do not start; a script that sweeps does it under if __name__ == '__main__', "
                "and memory may be short: try --workers 1"
            ) from trouble
        return executor

    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield pool
    finally:
        for name, value in before.items():
            del os.environ[name]
            os.environ.update({} if value is None else {name: value})


@contextmanager
def real_stderr() -> Iterator[None]:
    """The standard error of the program itself: a process cannot be started with what a screen puts in its place."""
    with redirect_stderr(sys.__stderr__):
        yield


def settle() -> None:
    """A worker leaves ctrl+c to the program that started it, steps back behind its keys, and does not outlive it."""
    _step_back()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _step_back() -> None:
    with suppress(AttributeError, OSError):
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.SetPriorityClass(ctypes.c_void_p(-1), BELOW_NORMAL)  # -1: this process
        else:
            os.nice(POLITE)


def _follow(parent: Any) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def cluster(address: str, version: Callable[[], str], wanted: str) -> Iterator[tuple[Factory, int]]:
    """The executors of a Dask cluster, and how many threads work there.

    Raises StudyError where there is none, or where a worker's `version` is not the one that is wanted.
    """
    try:
        from distributed import Client
    except ImportError as trouble:
        raise StudyError("--cluster needs Dask: python3 -m pip install distributed") from trouble
    for name in ("distributed", "distributed.client"):  # a lost cluster is told in one sentence, not in its log
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not ADDRESS.fullmatch(address):
        raise StudyError(f"{address!r} is no address of a scheduler; one looks like tcp://host:8786")
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as trouble:
        raise StudyError(f"no Dask scheduler answers at {address}; start one: dask scheduler") from trouble
    with client:
        try:
            versions = client.run(version)
        except Exception as trouble:  # whatever the workers raised: they lack the program or the experiment
            raise StudyError(
                f"the workers of {address} cannot run this: install nnstudy there ({trouble})"
            ) from trouble
        if not versions:
            raise StudyError(f"the cluster at {address} has no workers; start some: dask worker {address}")
        if other := sorted(name for name, found in versions.items() if found != wanted):
            raise StudyError(
                f"worker {other[0]} has another nnstudy, NumPy or experiment than this machine: make equal"
            )
        yield client.get_executor, sum(client.nthreads().values())
