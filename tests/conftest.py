"""What the tests share: a study in a folder of its own, with a clock that stands in the test's hand."""

import gc
import os
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from datetime import UTC
from pathlib import Path

import pytest
from support import NOTE, Clock, whole

from nnstudy.store import store as stores
from nnstudy.study import Study

gc.set_threshold(50_000, 20, 50)  # thousands of tests are many objects, and none of them goes before the end


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One worker more than processors: tests of screens and of programs wait for a third of their time."""
    return (yield) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that look at the same runs begin, beside each other: one worker makes the runs, once."""
    items.sort(key=lambda item: getattr(getattr(item, "module", None), "whole", None) is not whole)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNSTUDY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NNSTUDY_NOW", raising=False)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, as the program makes it."""
    path = tmp_path_factory.mktemp("empty") / "nnstudy.db"
    stores.Store(path).close()
    return path


@pytest.fixture(autouse=True)
def _quick_databases(empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new database is a copy of one that was made before, and no answer waits for the disk: no test cuts the power.

    Programs that tests start, and kill, are processes of their own, and do as they do for everybody; so does a test
    that takes this back by `monkeypatch.undo`.
    """
    connect = stores._connect

    def connected(path: Path) -> sqlite3.Connection:
        with suppress(OSError):  # the program says what is wrong there
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                shutil.copyfile(empty_database, path)
        connection = connect(path)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr(stores, "_connect", connected)
    monkeypatch.setattr(os, "fsync", lambda file: None)


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


@pytest.fixture
def call() -> Callable[..., tuple[int, str, str]]:
    """Run a command; its exit status, standard output and standard error."""
    from click.testing import CliRunner

    from nnstudy.cli import main

    def run(*words: object) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, [str(word) for word in words])
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.fixture(scope="session")
def real_note() -> Path:
    """The damaged note that the program was written for; it is nobody's to publish, so it is not among the fixtures."""
    named = os.environ.get("NNSTUDY_REAL_NOTE")
    path = Path(named) if named else Path(__file__).parents[2] / "shared/notes/neural-networks-as-written.txt"
    if not path.is_file():
        pytest.skip("the real note is not on this machine (NNSTUDY_REAL_NOTE names it)")
    return path
