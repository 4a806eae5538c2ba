"""What the tests share: a study in a folder of its own, with a clock that stands in the test's hand."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nnstudy.study import Study

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


class Clock:
    """A clock that moves when the test says so."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> None:
        self.moment += timedelta(**span)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNSTUDY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NNSTUDY_NOW", raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def note_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.md"
    path.write_text(NOTE, encoding="utf-8")
    return path


@pytest.fixture
def study(tmp_path: Path, clock: Clock, note_file: Path) -> Iterator[Study]:
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as opened:
        opened.add(note_file)
        yield opened


@pytest.fixture(scope="session")
def real_note() -> Path:
    """The damaged note that the program was written for; it is nobody's to publish, so it is not among the fixtures."""
    named = os.environ.get("NNSTUDY_REAL_NOTE")
    path = Path(named) if named else Path(__file__).parents[2] / "shared/notes/neural-networks-as-written.txt"
    if not path.is_file():
        pytest.skip("the real note is not on this machine (NNSTUDY_REAL_NOTE names it)")
    return path
