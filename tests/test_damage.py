"""A database with flipped bytes is found, never made worse, and gives back what can be read, the log first; a schedule
that was edited by hand is derived anew."""

import random
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import Clock, text, until
from test_backup import damaged

from nnstudy import Rating, Study, StudyError
from nnstudy.cli import main
from nnstudy.store import backup
from nnstudy.tui.app import StudyApp

ANSWERS = 400
NOTE = "# Note\n\n" + "\n\n".join(f"term {n} :: meaning {n}" for n in range(20)) + "\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose log has some hundred answers."""
    home = tmp_path_factory.mktemp("sound")
    (home / "note.md").write_text(NOTE)
    clock = Clock()
    (home / "settings.toml").write_text('device = "desk"\n')
    with pytest.MonkeyPatch.context() as patch, Study.open(home, now=clock, zone=UTC) as study:
        patch.setattr("nnstudy.store.records.os.urandom", random.Random(1).randbytes)  # the same bytes at every test
        study.add(home / "note.md")
        study.store.connection.execute("UPDATE note SET path = '/note.md'")
        cards = study.cards()
        for n in range(ANSWERS):
            study.answer(cards[n % 20], Rating(1 + n % 4))
            clock.pass_by(minutes=37)
    return home


@pytest.mark.parametrize("table", ["section", "note", "card", "wording", "scheduler"])
def test_the_log_is_whole_where_all_that_it_refers_to_is_lost(sound, tmp_path, table):
    database = copy_of(sound, tmp_path / "home")
    with closing(sqlite3.connect(database)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))
    assert saved_of(database, tmp_path / "saved") == answers_in(sound / "nnstudy.db")


def copy_of(sound: Path, target: Path) -> Path:
    target.mkdir()
    shutil.copy(sound / "nnstudy.db", target)
    return target / "nnstudy.db"


def answers_in(database: Path) -> dict[str, tuple[object, ...]]:
    """The log of a database, by id."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return {row[0]: row for row in db.execute("SELECT id, card, at, rating, duration_ms, kind FROM review")}


def saved_of(database: Path, folder: Path) -> dict[str, tuple[object, ...]]:
    """What a salvage of a copy gives back."""
    target = folder / "nnstudy.db"
    backup.salvage(database, target, Clock()())
    with Study.open(folder, now=Clock(), zone=UTC) as study:
        assert study.store.integrity() == []
        study.rebuild()
        assert study.rebuild() == 0
    return answers_in(target)


@pytest.mark.parametrize("seed", range(8))
def test_flips_are_found_made_no_worse_and_the_log_comes_back(sound, tmp_path, monkeypatch, seed):
    whole = answers_in(sound / "nnstudy.db")
    flips = 1 + 6 * (seed % 4)
    database = damaged(copy_of(sound, tmp_path / "home"), seed, flips)
    untouched = shutil.copy(database, tmp_path / "untouched.db")
    before = saved_of(untouched, tmp_path / "before")
    assert sum(whole.get(id) != row for id, row in before.items()) <= flips, "SQLite sees no flip inside of a value"
    assert len(before) > ANSWERS / 2
    monkeypatch.setenv("NNSTUDY_HOME", str(database.parent))
    monkeypatch.setenv("NNSTUDY_NOW", "2026-04-01T09:00:00Z")
    found = []
    for command in (["doctor"], ["due"], ["notes"], ["rebuild"], ["history"], ["stats"], ["export", "csv"]):
        done = CliRunner().invoke(main, command)
        assert done.exception is None or isinstance(done.exception, SystemExit), (command, done.exception)
        assert "Traceback" not in done.output
        found.append("malformed" in done.output or "restore" in done.output or "row" in done.output)
    if backup.damage(untouched):
        assert found[0], "doctor says it"
    kept = 0
    with (
        suppress(StudyError, sqlite3.OperationalError, sqlite3.DatabaseError),
        Study.open(database.parent, now=Clock(), zone=UTC) as study,
    ):
        while kept < 5 and (card := study.next()) is not None:
            study.answer(card, Rating.GOOD)
            kept += 1
    after = saved_of(database, tmp_path / "after")
    assert after.items() >= before.items(), "what could be read before can be read still"
    assert len(after) == len(before) + kept


def test_the_first_start_of_a_day_finds_damage_and_keeps_the_sound_copies(sound, tmp_path):
    database = copy_of(sound, tmp_path / "home")
    with Study.open(database.parent, now=Clock(), zone=UTC) as study:
        first = study.back_up_daily()
    spoil_the_log(database)
    clock = Clock()
    for _ in range(30):
        clock.pass_by(days=1)
        with Study.open(database.parent, now=clock, zone=UTC) as study, pytest.raises(StudyError, match="is damaged"):
            study.back_up_daily()
    assert list((database.parent / "backups").iterdir()) == [first]
    backup.examine(first)


def spoil_the_log(database: Path) -> None:
    """Overwrite the page on which the log begins."""
    with closing(sqlite3.connect(database)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'review'").fetchone()[0]
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(range(256)) * 16)


async def test_the_screen_says_that_the_database_is_damaged(sound, tmp_path):
    database = copy_of(sound, tmp_path / "home")
    spoil_the_log(database)
    with Study.open(database.parent, now=Clock(), zone=UTC) as study:
        async with StudyApp(study, start="today").run_test(size=(80, 24), notifications=True) as pilot:
            await until(pilot, lambda: "is damaged" in " ".join(text(pilot).split()))
            assert "--salvage" in text(pilot)


@pytest.mark.parametrize("byte", [0, 16, 18, 20, 28, 44, 60, 96, 100, 103, 105])
def test_a_damaged_header_hides_no_log(sound, tmp_path, byte):
    database = copy_of(sound, tmp_path / "home")
    data = bytearray(database.read_bytes())
    data[byte] ^= 0xFF
    database.write_bytes(data)
    with suppress(StudyError):
        Study.open(database.parent, now=Clock(), zone=UTC).close()
    assert saved_of(database, tmp_path / "saved").items() >= answers_in(sound / "nnstudy.db").items()


# --- the schedule, which is only a cache --------------------------------------------------------------------------

EDITS = (
    "UPDATE schedule SET stability = 9999 WHERE card IN (SELECT card FROM schedule ORDER BY card LIMIT 3)",
    "UPDATE schedule SET due_day = '2099-01-01', due_at = NULL, state = 'review' WHERE rowid % 5 = 0",
    "UPDATE schedule SET reviews = 0, lapses = 77",
    "UPDATE schedule SET due_from = '2099-01-01', lapses = 77",
    "UPDATE schedule SET suspended = 1, buried_until = '2099-01-01' WHERE rowid = 1",
    "UPDATE schedule SET state = 'new', stability = NULL, difficulty = NULL, last_at = NULL, last_day = NULL",
)


@pytest.mark.parametrize("edit", EDITS)
def test_a_schedule_edited_by_hand_is_repaired_and_counted(sound, tmp_path, monkeypatch, edit):
    database = copy_of(sound, tmp_path / "home")
    everything = "SELECT * FROM schedule ORDER BY card"
    with closing(sqlite3.connect(database)) as db, db:
        before = db.execute(everything).fetchall()
        db.execute(edit)
        wrong = sum(old != new for old, new in zip(before, db.execute(everything), strict=True))
    assert wrong > 0
    monkeypatch.setenv("NNSTUDY_HOME", str(database.parent))
    assert CliRunner().invoke(main, ["rebuild"]).output.startswith(f"{wrong} card")
    with closing(sqlite3.connect(database)) as db:
        assert db.execute(everything).fetchall() == before
    assert CliRunner().invoke(main, ["rebuild"]).output.startswith("0 cards")
