"""Programs that are killed: each is a process of its own, forked from a server that has the program loaded already."""

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from nnstudy import Rating, Study
from nnstudy.store.records import stamp

HAVE_FORKS = "forkserver" in multiprocessing.get_all_start_methods()
needs_forks = pytest.mark.skipif(not HAVE_FORKS, reason="needs a system that forks processes")
LOADED = [
    "test_faults",
    "test_killed",
    "test_together",
    "nnstudy.history.incoming",
    "nnstudy.store.migrations",
    "zoneinfo",
]
ALL_NEW = "new_per_day = 9999\n"

Work = Callable[..., None]


def note_of(cards: int) -> str:
    """A note with so many cards, in sections of ten."""
    sections = [range(first, min(first + 10, cards)) for first in range(0, cards, 10)]
    lines = (f"## Part {s.start}\n\n" + "\n\n".join(f"term {n} :: what term {n} means" for n in s) for s in sections)
    return "# Many\n\n" + "\n\n".join(lines) + "\n"


def furnish(home: Path, cards: int) -> Path:
    """A data folder with so many cards, all of which may be asked today."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(ALL_NEW)
    (home / "many.md").write_text(note_of(cards))
    with Study.open(home) as study:
        study.add(home / "many.md")
        study.back_up_daily()
    return home


def _forks() -> Any:
    """Where programs are forked: the server has loaded what they need, or each would for half a second.

    It looks for the tests where every Python does, not where pytest does.
    """
    from multiprocessing import forkserver  # not every system has one

    context, path = multiprocessing.get_context("forkserver"), os.environ.get("PYTHONPATH")
    context.set_forkserver_preload(LOADED)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path(__file__).parent), path)))
    try:
        forkserver.ensure_running()
    finally:
        del os.environ["PYTHONPATH"]
        if path is not None:
            os.environ["PYTHONPATH"] = path
    return context


class Process:
    """One program at work; what it sends is read here, also after its end."""

    def __init__(self, work: Work, *given: object) -> None:
        context = _forks()
        self.mail, there = context.Pipe(duplex=False)
        self._process = context.Process(target=work, args=(there, *given), daemon=True)
        self._process.start()
        there.close()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def kill(self) -> bool:
        """End it at once; whether it was still at work."""
        self._process.kill()
        self._process.join()
        return self._process.exitcode != 0

    def wait(self, limit: float = 60) -> None:
        """Wait until it ends well."""
        self._process.join(limit)
        assert self._process.exitcode == 0

    def next(self, limit: float = 60) -> Any:
        """What it sends next."""
        assert self.mail.poll(limit), "it sends nothing"
        return self.mail.recv()

    def rest(self) -> Iterator[Any]:
        """All that it sent until it ended; what was cut short was not sent."""
        try:
            while True:
                yield self.mail.recv()
        except (EOFError, OSError):
            self.mail.close()


@contextmanager
def running(work: Work, *given: object) -> Iterator[Process]:
    """A program at work, which is killed at the end where it has not ended."""
    process = Process(work, *given)
    try:
        yield process
    finally:
        process.kill()


def review(mail: Connection, home: Path) -> None:
    """Answer what is asked until nothing is left; tell each answer that was acknowledged."""
    with Study.open(home) as study:
        mail.send("open")
        while (card := study.next()) is not None:
            memory = study.answer(card, Rating.GOOD)
            assert memory.last_at
            mail.send((card.id, stamp(memory.last_at)))


def seconds_of(work: Work, *given: object) -> float:
    """How long a program takes that nobody kills, from the moment at which it says that it begins."""
    with running(work, *given) as process:
        process.next()
        begun = time.perf_counter()
        process.wait()
        return time.perf_counter() - begun


def killed_within(seconds: float, chance: random.Random, work: Work, *given: object) -> bool:
    """Kill a program at a random moment after it begins; whether it was still at work."""
    with running(work, *given) as process:
        process.next()
        time.sleep(chance.uniform(0, seconds))
        return process.kill()
