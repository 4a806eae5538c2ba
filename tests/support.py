"""A small note, a clock in the test's hand, what stands on a screen, and a real pseudo-terminal."""

import os
import re
import select
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from nnstudy.experimenting import trials
from nnstudy.lab.experiment import find

if TYPE_CHECKING:
    from types import ModuleType

    import pytest
    from numpy.random import Generator
    from textual.pilot import Pilot

    from nnstudy import Rating, Study
    from nnstudy.experimenting.trials import Run, Trial
    from nnstudy.lab.experiment import Frame, Question

NOTE = """---
title: Small note
permalink: notes/small
tags: english
---

# Networks

## Neurons

A neuron adds its weighted inputs and applies an **activation function** to the sum.

Q: What does a neuron compute?
A: A weighted sum, then an activation.

bias :: the part of the sum that depends on no input

## Dropout

Dropout trains a network that is broken anew at every step. The surviving units are **scaled up**.

Q: When is dropout switched off?
A: When the network is used.

Its effects:

- robust units
- slower training
"""


SEEDS = range(8)  # a tolerance that one seed in four breaks is broken by one of so many nine times in ten


@cache
def whole(experiment: str) -> "tuple[Frame, ...]":
    """The frames of one run at the defaults, seed 0: it takes seconds, and many tests look at it."""
    return tuple(find(experiment).run(find(experiment).make(), 0))


@cache
def _ended(experiment: str, seed: int, given: tuple[tuple[str, object], ...]) -> "Frame":
    *_, last = find(experiment).run(find(experiment).make(dict(given)), seed)
    return last


def keep(study: "Study", experiment: str, seed: int = 0, **given: object) -> "Run":
    """Keep a run as `Study.run` does; what it gives is worked out once, for all tests that want one like it."""
    made = find(experiment).make(given)
    return study.keep(find(experiment), made, seed, _ended(experiment, seed, tuple(given.items())), seconds=0.1)


def asking(trial: "Trial", number: bool) -> "Trial":
    """The same trial with a question for a number, or for a choice."""
    kind = (q for q in trial.experiment.questions(trial.parameters) if (q.estimate is not None) == number)
    return replace(trial, question=next(kind))


def ask_for(monkeypatch: "pytest.MonkeyPatch", number: bool) -> None:
    """Let every trial ask for a number, or for a choice; a surprise at whose draw none is asked is drawn again."""

    def drawn(draw: "Callable[..., Trial | None]", *given: object, **more: object) -> "Trial | None":
        for _ in range(100):
            trial = draw(*given, **more)
            if trial is None:
                return None
            if any((q.estimate is not None) == number for q in trial.experiment.questions(trial.parameters)):
                break
        return asking(trial, number)

    for name in ("trial_for", "surprise"):
        monkeypatch.setattr(trials, name, partial(drawn, getattr(trials, name)))


class Answered:
    """What came out of each question at many draws: whether its answer could be learned by heart."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[Question, float]]] = {}

    def add(self, question: "Question", answer: float) -> None:
        """Take in what came out; it must be possible."""
        asked = question.estimate
        assert 0 <= answer < len(question.choices) if asked is None else asked.low <= answer <= asked.high
        self.answers.setdefault(question.name, []).append((question, answer))

    def learned(self) -> dict[str, float]:
        """The share of the draws in which the answer that fits most of them is right, by question."""
        return {name: max(self._share(guess, of) for _, guess in of) for name, of in self.answers.items()}

    def _share(self, guess: float, of: "list[tuple[Question, float]]") -> float:
        return sum(question.right(guess, answer) for question, answer in of) / len(of)

    def seen(self, name: str) -> int:
        """How many different answers came out."""
        return len({answer for _, answer in self.answers[name]})


def unseen(monkeypatch: "pytest.MonkeyPatch", module: "ModuleType", each: int) -> None:
    """Let an experiment's replicas be `each` of 20 seeds by which nothing was chosen: one training, not twenty."""
    from nnstudy.lab.network import replicas

    def of_every_seed(name: str, _: int, count: int) -> "list[Generator]":
        return [stream for seed in range(1000, 1020) for stream in replicas(name, seed, count // 20)]

    monkeypatch.setattr(module, "REPLICAS", 20 * each)
    monkeypatch.setattr(module, "replicas", of_every_seed)


class Clock:
    """A clock that moves when the test says so."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> None:
        self.moment += timedelta(**span)


def review(study: "Study", clock: Clock, rating: "Rating", seconds: float, most: int = 1000) -> None:
    """Give the cards that wait, one a minute and at most so many, a rating that took so many seconds."""
    for _ in range(most):
        if (card := study.next()) is None:
            return
        study.answer(card, rating, duration_ms=int(1000 * seconds))
        clock.pass_by(minutes=1)


def text(pilot: "Pilot[Any]") -> str:
    """What stands on the screen of an app under test, as text."""
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)


async def until(pilot: "Pilot[Any]", condition: Callable[[], object], limit: float = 20) -> None:
    """Wait until something is so."""
    for _ in range(int(limit / 0.02)):
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came about; the screen was:\n" + text(pilot))


# What pyte does not know and would print: private-mode queries, key-protocol settings, window reports, device strings.
UNPAINTED = re.compile(rb"\x1b\[\?\d+\$p|\x1b\[[<>=][\d;]*[a-zA-Z]|\x1b\[\d*;?\d*t|\x1b[P_][^\x1b]*\x1b\\\\")


class Terminal:
    """One program on one pseudo-terminal; POSIX only."""

    def __init__(self, command: list[str], environment: dict[str, str], rows: int = 24, columns: int = 80) -> None:
        import fcntl
        import pty
        import struct
        import termios

        import pyte

        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.seen = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            size = {"LINES": str(rows), "COLUMNS": str(columns)}
            os.execvpe(command[0], command, {**os.environ, **environment, **size, "TERM": "xterm-256color"})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def pending(self, wait: float = 0.0) -> bool:
        """Whether the program has written something that was not read yet."""
        return bool(select.select([self.fd], [], [], wait)[0])

    def read(self) -> None:
        """Paint what the program wrote."""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            data = b""
        self._received(data)
        self.seen = time.perf_counter()  # painting it is this test's own work, and not the program's
        if not data:
            raise AssertionError(f"the program ended; the screen was:\n{self.text()}")
        self.stream.feed(UNPAINTED.sub(b"", data))

    def _received(self, data: bytes) -> None:
        """What a terminal of a kind answers to what it is sent."""

    def until(self, condition: Callable[[], object], limit: float = 60) -> None:
        """Read until something is so."""
        deadline = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < deadline, f"it never came about; the screen was:\n{self.text()}"
            if self.pending(0.1):
                self.read()

    def wait(self, wanted: str, limit: float = 60) -> str:
        """Read until the pattern stands on the screen; the screen's text."""
        deadline = time.monotonic() + limit
        while not re.search(wanted, self.text()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{wanted!r} never stood on the screen; it was:\n{self.text()}")
            if self.pending(0.1):
                self.read()
        return self.text()

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self.fd, keys.encode())

    def kill(self) -> None:
        """End the program at once, as a power cut would."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
