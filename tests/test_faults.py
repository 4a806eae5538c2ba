"""A disk that is full, a folder that cannot be written, a database that another holds: a sentence, and nothing lost."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from click.testing import CliRunner
from killing import furnish, needs_forks, running
from test_killed import logged

from nnstudy import Rating, Study, StudyError
from nnstudy.cli import main
from nnstudy.store import backup
from nnstudy.store import store as stores
from nnstudy.store.store import SCHEMA_VERSION

resource = pytest.importorskip("resource", reason="needs the limits of a POSIX system")
pytestmark = needs_forks


def whole(folder: Path) -> list[str]:
    """The files of a folder, but for those that SQLite keeps beside an open database."""
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and not p.name.endswith(("-wal", "-shm", ".lock")))


# --- a full disk --------------------------------------------------------------------------------------------------


@pytest.fixture(params=["quota", "small disk"])
def cramped(request: pytest.FixtureRequest, tmp_path: Path):
    """A data folder with little room left, and how a program there comes to feel it."""
    home = tmp_path / "home"
    if request.param == "quota":
        yield furnish(home, 40), "quota"
        return
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be mounted by root on Linux")
    try:
        yield furnish(home, 40), "small disk"
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)


def fill(home: Path, how: str) -> None:
    """From here on nothing more can be written."""
    if how == "quota":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
        return
    with suppress(OSError), (home / "ballast").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def make_room(home: Path, how: str) -> None:
    if how == "quota":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        (home / "ballast").unlink()


def said_by(act: object) -> str:
    """The sentence in which something ends; what is no StudyError ends the program."""
    try:
        act()  # type: ignore[operator]
    except StudyError as trouble:
        return str(trouble)
    return "done"


def answer_on_a_full_disk(mail: Connection, home: Path, how: str) -> None:
    with Study.open(home) as study:
        before = study.next()
        study.answer(before, Rating.GOOD)
        asked = study.next()
        fill(home, how)
        for _ in range(200):  # until the log that SQLite writes ahead has no room left
            card = study.next()
            if (said := said_by(lambda card=card: study.answer(card, Rating.GOOD))) != "done":
                break
        mail.send(said)
        mail.send(study.next() == card)
        mail.send({(review.card, review.at) for review in study.history()})
        make_room(home, how)
        study.answer(card, Rating.GOOD)
        mail.send((card.id, {(review.card, review.at) for review in study.history()}))
        assert asked


def write_on_a_full_disk(mail: Connection, home: Path, how: str) -> None:
    with Study.open(home) as study:
        for _ in range(30):
            study.answer(study.next(), Rating.GOOD)
        acts = {"backup": lambda: study.back_up(home / "copy.db"), "daily": study.back_up_daily}
        acts["sync"] = lambda: study.sync(home / "out")
        acts["salvage"] = lambda: backup.salvage(home / "nnstudy.db", home / "out" / "saved.db", study.now())
        for format in ("csv", "jsonl", "markdown", "anki"):
            acts[format] = lambda format=format: study.export(format, home / "out" / f"history.{format}")
        (home / "out").mkdir()
        shutil.rmtree(home / "backups")
        study.export("csv", home / "out" / "history.csv")  # one that is there already stays as it is
        kept = (home / "out" / "history.csv").read_bytes()
        import nnstudy.history.anki_out
        import nnstudy.history.csv_log
        import nnstudy.history.jsonl
        import nnstudy.history.markdown  # noqa: F401

        fill(home, how)
        mail.send({name: said_by(act) for name, act in acts.items()})
        mail.send(whole(home))
        mail.send((home / "out" / "history.csv").read_bytes() == kept)
        make_room(home, how)
        mail.send({name: said_by(act) for name, act in acts.items()})
        mail.send(whole(home))


def test_an_answer_on_a_full_disk_is_not_kept_and_not_shown_as_kept(cramped):
    home, how = cramped
    with running(answer_on_a_full_disk, home, how) as process:
        said = process.next()
        assert "nothing was kept" in said
        assert "disk" in said
        assert process.next(), "the card is asked as before"
        before = process.next()
        card, after = process.next()
        process.wait()
    assert len(after) == len(before) + 1
    assert after - before == {(card, max(after, key=lambda one: one[1])[1])}
    assert len(logged(home)) == len(after)
    with Study.open(home) as study:
        assert study.rebuild() == 0


def test_what_cannot_be_written_whole_is_not_there(cramped):
    home, how = cramped
    with running(write_on_a_full_disk, home, how) as process:
        for name, said in process.next().items():
            assert ("disk" if name == "salvage" else "written") in said, name
        there = process.next()
        assert [name for name in there if name != "ballast"] == [
            "history.csv",
            "many.md",
            "nnstudy.db",
            "settings.toml",
        ]
        assert process.next(), "what was there before stays"
        assert set(process.next().values()) == {"done"}
        assert len(process.next()) == len(there) + 7 - (how == "small disk")
        process.wait()


# --- a folder that cannot be written ------------------------------------------------------------------------------


def use_as_nobody(mail: Connection, home: Path) -> None:
    """Open and back up without the rights of root, who may write everywhere."""
    Study.open(home).close()  # what is imported on the way may be closed to others
    home.chmod(0o555)
    (home / "nnstudy.db").chmod(0o444)
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    mail.send(said_by(lambda: Study.open(home).close()))
    os.chdir("/")
    mail.send(said_by(lambda: Study.open(home / "new").close()))


@pytest.fixture
def open_folder():
    """A folder that everybody may reach, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_folder_that_cannot_be_written_is_told(open_folder):
    home = furnish(open_folder / "home", 4)
    before = (home / "nnstudy.db").read_bytes()
    with running(use_as_nobody, home) as process:
        said, said_of_a_new_one = process.next(), process.next()
        process.wait()
    home.chmod(0o755)
    assert str(home) in said
    assert "permissions" in said
    assert "permissions" in said_of_a_new_one
    assert (home / "nnstudy.db").read_bytes() == before
    assert whole(home) == ["many.md", "nnstudy-" + before_day(home), "nnstudy.db", "settings.toml"]


def before_day(home: Path) -> str:
    return next((home / "backups").iterdir()).name.removeprefix("nnstudy-")


# --- a database that another program holds ------------------------------------------------------------------------


def hold(mail: Connection, home: Path, seconds: float) -> None:
    """Write for so long, in one transaction."""
    with closing(sqlite3.connect(home / "nnstudy.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        mail.send("held")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


def test_an_answer_waits_for_another_program_that_writes(tmp_path):
    home = furnish(tmp_path / "home", 3)
    with Study.open(home) as study, running(hold, home, 0.3) as other:
        other.next()
        study.answer(study.next(), Rating.GOOD)
        assert study.store.log.size() == 1


def test_a_database_that_stays_locked_is_told_and_nothing_is_lost(tmp_path, monkeypatch):
    home = furnish(tmp_path / "home", 3)
    monkeypatch.setattr(stores, "PATIENCE", 0.2)
    with Study.open(home) as study, running(hold, home, 600) as other:
        other.next()
        card = study.next()
        for act in (
            lambda: study.answer(card, Rating.GOOD),
            lambda: study.suspend(card),
            study.undo,
            study.rebuild,
            lambda: study.add(home / "many.md", fresh=True),
        ):
            said = said_by(act)
            assert said == "done" or ("another program" in said and "locked" in said)
        assert study.next() == card
        other.kill()
        study.answer(card, Rating.GOOD)
        assert study.store.log.size() == 1


async def test_the_screens_wait_for_a_locked_database_and_go_on(tmp_path, monkeypatch):
    from support import text, until

    from nnstudy.tui.app import StudyApp

    home = furnish(tmp_path / "home", 3)
    monkeypatch.setattr(stores, "PATIENCE", 0.2)
    with Study.open(home) as study, running(hold, home, 600) as other:
        other.next()
        async with StudyApp(study, start="review").run_test(size=(80, 24), notifications=True) as pilot:
            asked = pilot.app.screen.card.id
            await pilot.press("space", "3")
            await until(pilot, lambda: "nothing was kept" in text(pilot))
            assert pilot.app.screen.card.id == asked
            await pilot.press("u", "s", "b")
            await pilot.pause()
            assert pilot.app.screen.card.id == asked
            other.kill()
            await pilot.press("3")
            await until(pilot, lambda: pilot.app.screen.card.id != asked)
    assert {card for card, _ in logged(home)} == {asked}


# --- a newer database, wrong settings -----------------------------------------------------------------------------


def newer(mail: Connection, home: Path) -> None:
    """A newer program, which is killed before it has moved its log into the database."""
    connection = sqlite3.connect(home / "nnstudy.db", isolation_level=None)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.execute("CREATE TABLE of_the_future (id TEXT)")
    mail.send("written")
    time.sleep(600)


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_newer_database_is_refused_and_keeps_every_byte(tmp_path, mode):
    home = furnish(tmp_path / "home", 3)
    with closing(sqlite3.connect(home / "nnstudy.db")) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    with running(newer, home) as program:
        program.next()
        program.kill()
    names = ["nnstudy.db", "nnstudy.db-wal"] if mode == "wal" else ["nnstudy.db"]
    before = {name: (home / name).read_bytes() for name in names}
    for act in (lambda: Study.open(home).close(), lambda: stores.Store(home / "nnstudy.db")):
        said = said_by(act)
        assert "newer nnstudy" in said
        assert "update" in said
        assert {name: (home / name).read_bytes() for name in names} == before


@pytest.mark.parametrize(
    ("text", "line"),
    [("theme = 'nnstudy-light'\nfuzz = \n", "line 2"), ("\n\nfuzz = 3\n", "line 3"), ("new_per_dya = 3\n", "line 1")],
)
def test_wrong_settings_stop_every_command_with_the_line_and_change_nothing(tmp_path, monkeypatch, text, line):
    home = furnish(tmp_path / "home", 3)
    monkeypatch.setenv("NNSTUDY_HOME", str(home))
    (home / "settings.toml").write_text(text)
    monkeypatch.setenv("TEXTUAL_DRIVER", "none:Driver")  # as though there were a terminal
    before = (home / "nnstudy.db").read_bytes()
    for command in (["notes"], ["review"], [], ["rebuild"], ["export", "csv"], ["doctor"]):
        done = CliRunner().invoke(main, command)
        if command == ["doctor"]:  # what is wrong is its business
            assert done.exit_code == 0
        else:
            assert done.exit_code == 1, command
        assert str(home / "settings.toml") in done.output
        assert line in done.output
        assert "Traceback" not in done.output
    assert (home / "nnstudy.db").read_bytes() == before
    assert (home / "settings.toml").read_text() == text


# --- a write of the settings that is killed -----------------------------------------------------------------------


def set_again_and_again(mail: Connection, home: Path) -> None:
    with Study.open(home) as study:
        mail.send("begin")
        while True:
            for value in (5, 6000):
                study.preferences.set(("new_per_day",), value)


def test_settings_are_the_old_or_the_new_ones_whenever_a_write_is_killed(tmp_path):
    home, chance = furnish(tmp_path / "home", 3), random.Random(4)
    for _ in range(6):
        with running(set_again_and_again, home) as process:
            process.next()
            time.sleep(chance.uniform(0.02, 0.06))
            assert process.kill()
        with Study.open(home) as study:
            assert study.settings.new_per_day in (5, 6000, 9999)
            study.preferences.set(("fuzz",), False)
            assert not study.settings.fuzz
