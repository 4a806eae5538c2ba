"""The write-ahead log of a session is given its size at once, and what is in it counts as ever."""

import shutil
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

import pytest
from killing import furnish, needs_forks, running
from support import Clock
from test_killed import logged, review

from nnstudy import Rating, Study
from nnstudy.reviewing.review import SESSION
from nnstudy.store.store import ROOM


def log_of(study: Study) -> int:
    return log_at(study.folder)


def log_at(home: Path) -> int:
    return (home / "nnstudy.db-wal").stat().st_size


def answer(study: Study, clock: Clock, times: int) -> None:
    for _ in range(times):
        clock.pass_by(minutes=1)
        study.answer(study.cards()[0].id, Rating.HARD)


def test_a_session_makes_room_and_a_power_cut_loses_no_answer(study, clock, tmp_path):
    answer(study, clock, SESSION)
    assert log_of(study) < ROOM, "a few answers need none"
    with study.beside() as other:
        answer(other, clock, 2)
        answer(study, clock, 1)
        assert log_of(study) == ROOM
        answer(other, clock, SESSION)
        answer(study, clock, 1)
        assert log_of(study) == ROOM
    (tmp_path / "after").mkdir()
    for end in ("", "-wal"):
        shutil.copy(f"{study.store.path}{end}", tmp_path / "after")
    with Study.open(tmp_path / "after", now=clock, zone=UTC) as found:
        assert [(r.card, r.rating) for r in found.history()] == [(r.card, r.rating) for r in study.history()]
        assert len(list(found.history())) == 2 * SESSION + 4
        assert found.store.integrity() == []


@needs_forks
def test_a_killed_session_with_room_loses_no_acknowledged_answer(tmp_path):
    home = furnish(tmp_path / "home", 40)
    with running(review, home) as process:
        told = [process.next() for _ in range(4 * SESSION)][1:]
        assert log_at(home) == ROOM
        assert process.kill()
        told += process.rest()
    assert log_at(home) == ROOM
    assert set(told) <= logged(home)
    with Study.open(home) as study:
        assert study.rebuild() == 0
        assert study.store.integrity() == []


def test_where_the_disk_is_nearly_full_no_room_is_taken(study, clock, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10 * ROOM))
    answer(study, clock, 2 * SESSION)
    assert log_of(study) < ROOM


@pytest.mark.parametrize("linked", [False, True])
def test_the_log_goes_when_the_program_does(tmp_path, linked):
    home = tmp_path / "home"
    home.mkdir()
    if linked:
        (tmp_path / "elsewhere").mkdir()
        try:
            (home / "nnstudy.db").symlink_to(tmp_path / "elsewhere" / "kept.db")
        except OSError:
            pytest.skip("no symbolic links here")
    with Study.open(home, now=Clock(), zone=UTC) as study:
        study.add_shipped_note()
        answer(study, study.clock.read, 2 * SESSION)
        assert next(tmp_path.rglob("*-wal")).stat().st_size == ROOM
    assert not list(tmp_path.rglob("*-wal"))
