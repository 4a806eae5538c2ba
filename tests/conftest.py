"""What the tests share: a study in a folder of its own, with a clock that stands in the test's hand."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import pytest
from support import NOTE, Clock

from nnstudy.study import Study


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
