"""A program that is killed at any moment has kept every answer that it acknowledged, and what it was at can go on."""

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from killing import Process, furnish, killed_within, needs_forks, note_of, review, seconds_of
from sqlite_utils import Database
from support import Clock
from test_merge import lines_of

from nnstudy import Rating, Study
from nnstudy.store.migrations import migrations
from nnstudy.store.store import SCHEMA_VERSION

pytestmark = needs_forks
# .ci/run kills five hundred
SESSIONS = int(os.environ.get("NNSTUDY_KILLED_SESSIONS", "80"))
TRIES = 4 if SESSIONS < 500 else 6
EXPORT = "export.jsonl"


def logged(home: Path) -> set[tuple[str, str]]:
    """What stands in the log of a sound database, or of none."""
    if not (home / "nnstudy.db").exists():
        return set()
    with closing(sqlite3.connect(f"file:{home / 'nnstudy.db'}?mode=rw", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'review'").fetchone():
            return set()
        return set(database.execute("SELECT card, at FROM review"))


def test_killed_sessions_lose_no_acknowledged_answer(tmp_path):
    home, chance = furnish(tmp_path / "home", 1500), random.Random(20)
    acknowledged: set[tuple[str, str]] = set()
    at_work = 0
    for session in range(SESSIONS):
        process, told = Process(review, home), set()
        if session % 5:  # every fifth is killed while it opens
            assert process.next() == "open"
            told.add(process.next())
        time.sleep(chance.uniform(0, 0.005))
        at_work += process.kill()
        told.update(answer for answer in process.rest() if answer != "open")
        acknowledged |= told
        found = logged(home)
        assert acknowledged <= found
        assert len(found) <= len(acknowledged) + session + 1, "but for the answer that was on its way"
        if session % 40 == 39:
            with Study.open(home) as study:
                assert study.rebuild() == 0
                assert study.store.integrity() == []
    assert at_work == SESSIONS


# --- what takes longer --------------------------------------------------------------------------------------------


def older(home: Path, version: int) -> None:
    """A database as the program made it at an earlier format, with a note, cards and reviews."""
    home.mkdir()
    with closing(sqlite3.connect(home / "nnstudy.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrations.apply(Database(connection), stop_before=f"{version + 1:04}_{NAMES[version]}")
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
        at = "2026-01-01T08:00:00.000Z"
        for statement in OLD_DATA:
            connection.execute(statement, {"at": at})


NAMES = [migration.name[5:] for migration in migrations.pending(Database(memory=True))]
OLD_DATA = (
    """INSERT INTO note (id, path, title, language, digest, properties, position, added_at, read_at)
    VALUES ('n', '/n.md', 'Note', 'en', '', '{}', 0, :at, :at)""",
    """INSERT INTO section (id, note, headings, level, line, position, overrides)
    VALUES ('s', 'n', '["S"]', 1, 1, 0, '{}')""",
    "INSERT INTO wording VALUES ('w', 'What?', 'That.', :at)",
    "INSERT INTO scheduler VALUES ('f', 'fsrs', '[]', :at)",
    """WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 2999)
    INSERT INTO card (id, note, section, kind, wording, line, position, added_at)
    SELECT 'c' || n, 'n', 's', 'written', 'w', 1, n, :at FROM number""",
    """INSERT INTO schedule (card, state, step, interval_days, reviews, lapses)
    SELECT id, 'new', 0, 0, 0, 0 FROM card""",
    """INSERT INTO review (id, card, at, day, rating, duration_ms, kind, wording, predicted, device, scheduler)
    SELECT 'r' || id, id, :at, '2026-01-01', 3, 1000, 'learn', 'w', NULL, 'old', 'f' FROM card""",
)


def open_it(mail: Connection, home: Path, at: float = 0) -> None:
    time.sleep(max(0, at - time.time()))
    mail.send("begin")
    Study.open(home).close()


def rebuild(mail: Connection, home: Path) -> None:
    with Study.open(home) as study:
        mail.send("begin")
        study.rebuild()


def take_in(mail: Connection, home: Path, folder: Path) -> None:
    with Study.open(home) as study:
        mail.send("begin")
        study.take_in(folder / EXPORT)


def sync(mail: Connection, home: Path, folder: Path) -> None:
    with Study.open(home) as study:
        mail.send("begin")
        study.sync(folder)


def state(home: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    """All that a folder holds for keeps, and its schedule."""
    with Study.open(home) as study:
        assert study.store.integrity() == []
        schedule = study.store.connection.execute("SELECT * FROM schedule ORDER BY card").fetchall()
        return lines_of(study), schedule


def survives(tmp_path: Path, before: Path, work: Callable[..., None], *folders: Path, tries: int = TRIES) -> None:
    """Kill it at random moments of its work, open what is there, and let it finish: nothing is other than if it had
    never been killed. `folders` are what it works on besides, each time as it was."""
    chance = random.Random(work.__name__)

    def fresh(name: str) -> list[Path]:
        return [Path(shutil.copytree(one, tmp_path / name / one.name)) for one in (before, *folders)]

    whole = fresh("whole")
    seconds = seconds_of(work, *whole)
    wanted = state(whole[0])
    killed = number = 0
    while killed < tries:
        assert number < 10 * tries, "it is hardly ever killed at its work"
        given = fresh(f"try-{number}")
        if killed_within(seconds, chance, work, *given):
            killed += 1
        else:
            seconds *= 0.7  # it was quicker than the first time
        number += 1
        kept = logged(given[0])
        assert logged(before) <= kept
        Process(work, *given).wait()
        assert state(given[0]) == wanted
        assert logged(given[0]) >= kept


def answered(home: Path, name: str, cards: int, note: Path | None = None) -> Path:
    """A data folder of a machine that has answered each of so many cards."""
    home.mkdir()
    (home / "settings.toml").write_text(f'device = "{name}"\n')
    if note is None:
        note = home.parent / "many.md"
        note.write_text(note_of(cards))
    clock = Clock()
    with Study.open(home, now=clock) as study:
        study.add(note)
        for card in study.cards():
            study.answer(card, Rating.GOOD)
            clock.pass_by(seconds=7)
    return home


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION - 1])
def test_a_killed_migration_is_finished_at_the_next_start(tmp_path, version):
    older(tmp_path / "old", version)
    survives(tmp_path, tmp_path / "old", open_it)
    assert len(logged(tmp_path / "try-0" / "old")) == 3000


def test_a_killed_first_start_is_a_first_start(tmp_path):
    (tmp_path / "empty").mkdir()
    survives(tmp_path, tmp_path / "empty", open_it)


@pytest.fixture
def met(tmp_path: Path) -> tuple[Path, Path]:
    """A machine, and a folder with what another one has to tell: an export, and a file to share."""
    there, here, folder = tmp_path / "there", tmp_path / "here", tmp_path / "shared"
    folder.mkdir()
    with Study.open(answered(there, "laptop", 300)) as study:
        study.export("jsonl", folder / EXPORT)
        study.sync(folder)
    return answered(here, "desk", 300, tmp_path / "many.md"), folder


def test_a_killed_import_is_whole_or_not_there(tmp_path, met):
    survives(tmp_path, met[0], take_in, met[1])


def test_a_killed_sync_is_finished_by_the_next(tmp_path, met):
    survives(tmp_path, met[0], sync, met[1])
    with Study.open(tmp_path / "whole" / "here") as study:
        wanted = lines_of(study)
    for number in range(TRIES):  # what was written into the folder tells a third machine everything
        with Study.open(tmp_path / f"third-{number}") as third:
            third.sync(tmp_path / f"try-{number}" / "shared")
            assert lines_of(third) == wanted


def test_a_killed_rebuild_leaves_the_schedule_as_it_was_or_whole(tmp_path):
    home = answered(tmp_path / "home", "desk", 600)
    with closing(sqlite3.connect(home / "nnstudy.db")) as database, database:
        database.execute(
            "UPDATE schedule SET stability = 1000, state = 'review', due_day = '2090-01-01', due_at = NULL"
        )
    survives(tmp_path, home, rebuild)


def test_two_programs_that_start_together_bring_one_database_up_to_date(tmp_path):
    for turn, version in enumerate([0, 1, SCHEMA_VERSION - 1] * 3):
        home = tmp_path / f"turn-{turn}"
        older(home, version) if version else home.mkdir()
        together = time.time() + 0.1
        for process in [Process(open_it, home, together) for _ in range(3)]:
            process.wait()
        assert len(logged(home)) == (3000 if version else 0)
