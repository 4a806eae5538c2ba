"""Copies of the database: whole while in use, brought back, and what a damaged one still gives."""

import random
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import NOTE, Clock
from test_merge import lines_of

from nnstudy import Study
from nnstudy.cli import main
from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Rating
from nnstudy.store import backup
from nnstudy.store.store import SCHEMA_VERSION


def call(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_backup_made_while_others_write_is_a_database_of_one_moment(study, tmp_path):
    stop = threading.Event()

    def answer() -> None:
        with Study.open(study.folder) as other:
            while not stop.is_set():
                other.answer(other.cards()[0], Rating.GOOD)

    writer = threading.Thread(target=answer)
    writer.start()
    try:
        copies = [study.back_up(tmp_path / f"{n}.db") for n in range(5)]
    finally:
        stop.set()
        writer.join()
    for copy in copies:
        backup.examine(copy)
        with closing(sqlite3.connect(copy)) as db:
            logged, cached = db.execute("SELECT (SELECT count(*) FROM review), max(reviews) FROM schedule").fetchone()
            assert logged == cached


def test_ten_days_and_twelve_months_are_kept(tmp_path):
    first = date(2024, 1, 1)
    days = [first + timedelta(days=n) for n in range(800)]
    files = [tmp_path / f"nnstudy-{day}.db" for day in days]
    gone = set(backup.superseded([*files, tmp_path / "nnstudy-mine.db"]))
    kept = [day for day, path in zip(days, files, strict=True) if path not in gone]
    assert kept[-10:] == days[-10:]
    months = [day for day in kept if day.day == 1]
    assert len(kept) == len(set(days[-10:]) | set(months))
    assert len(months) == 12
    assert tmp_path / "nnstudy-mine.db" not in gone


def test_the_first_start_of_a_day_keeps_a_copy(study, clock):
    assert study.back_up_daily() is not None
    assert study.back_up_daily() is None
    clock.pass_by(days=1)
    assert study.back_up_daily() is not None
    assert len(list((study.folder / "backups").iterdir())) == 2


def test_a_backup_comes_back_and_the_present_one_is_kept(study, tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDY_HOME", str(study.folder))
    study.answer(study.next(), Rating.GOOD)
    copy = study.back_up(tmp_path / "copy.db")
    study.answer(study.next(), Rating.GOOD)
    open_elsewhere = call("restore", copy)
    assert open_elsewhere.exit_code == 1
    assert "close it" in open_elsewhere.output
    assert study.store.log.size() == 2
    study.close()
    done = call("restore", copy)
    assert done.exit_code == 0, done.output
    assert "1 review there now" in done.output
    aside = next((study.folder / "backups").glob("replaced-*.db"))
    with closing(sqlite3.connect(aside)) as db:
        assert db.execute("SELECT count(*) FROM review").fetchone() == (2,)


@pytest.mark.parametrize("salvage", [False, True])
def test_there_is_a_database_at_any_moment_of_a_restore(study, tmp_path, monkeypatch, salvage):
    copy = study.back_up(tmp_path / "copy.db")
    study.answer(study.next(), Rating.GOOD)
    study.close()

    def fail(fresh, target, put=backup.put_in_place):
        if target == study.store.path:
            raise KeyboardInterrupt
        put(fresh, target)

    monkeypatch.setattr(backup, "put_in_place", fail)
    with pytest.raises(KeyboardInterrupt):
        (backup.salvage if salvage else backup.restore)(copy, study.store.path, study.now())
    with Study.open(study.folder) as again:
        assert again.store.log.size() == 1


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + bytes(5000)])
def test_what_is_no_backup_changes_nothing(study, tmp_path, content, monkeypatch):
    monkeypatch.setenv("NNSTUDY_HOME", str(study.folder))
    study.answer(study.next(), Rating.GOOD)
    study.close()
    (tmp_path / "wrong.db").write_bytes(content)
    assert call("restore", tmp_path / "wrong.db").exit_code == 1
    with Study.open(study.folder) as again:
        assert again.store.log.size() == 1


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(study, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="no backup was written"):
        study.back_up(tmp_path / "file" / "copy.db")


def damaged(path: Path, seed: int, flips: int) -> Path:
    """Flip bytes anywhere behind the first page."""
    chance, data = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(flips):
        data[chance.randrange(4096, len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("seed", range(6))
def test_what_flipped_bytes_leave_is_saved_the_log_first(tmp_path, seed):
    home = tmp_path / "home"
    home.mkdir()
    (home / "note.md").write_text(NOTE)
    clock = Clock()
    with Study.open(home, now=clock) as study:
        study.add(home / "note.md")
        for n in range(400):
            study.answer(study.cards()[n % 6], Rating.GOOD)
            clock.pass_by(minutes=30)
        copy = study.back_up(tmp_path / "copy.db")
    damaged(copy, seed, flips=30)
    original = copy.read_bytes()
    target = tmp_path / "fresh" / "nnstudy.db"
    saved, _ = backup.salvage(copy, target, clock())
    assert copy.read_bytes() == original
    with Study.open(target.parent, now=clock) as study:
        assert study.store.integrity() == []
        study.rebuild()
        assert study.rebuild() == 0
        assert study.store.log.size() == saved["review"]
        assert saved["review"] > 150, "thirty flipped bits harm few of some fifty pages"
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            study.store.connection.execute("DELETE FROM review")


def test_salvaging_a_sound_database_loses_nothing(study, tmp_path):
    for _ in range(5):
        study.answer(study.next(), Rating.GOOD)
    study.undo()
    study.suspend(study.cards()[-1])
    copy = study.back_up(tmp_path / "copy.db")
    backup.salvage(copy, tmp_path / "fresh" / "nnstudy.db", study.now())
    with Study.open(tmp_path / "fresh", now=study.clock.read) as again:
        again.rebuild()
        assert lines_of(again) == lines_of(study)


def test_a_copy_is_kept_before_the_format_changes(study):
    study.store.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    study.close()
    shutil.rmtree(study.folder / "backups", ignore_errors=True)
    with Study.open(study.folder):
        copies = list((study.folder / "backups").glob(f"before-format-{SCHEMA_VERSION}-*.db"))
    assert len(copies) == 1
