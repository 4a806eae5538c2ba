"""A write-ahead log with a flipped byte: SQLite reads it up to there, but the answers behind that are not lost."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from killing import furnish, needs_forks, running
from test_killed import logged, review

from nnstudy import Study
from nnstudy.cli import main
from nnstudy.errors import DamagedError
from nnstudy.store.ahead import FRAME, HEADER, _frames, is_broken
from nnstudy.store.pages import PAGE

pytestmark = needs_forks
ANSWERS = 60
OF_THE_HEADER = {"magic": 1, "version": 5, "page size": 9, "salt": 17, "sum": 25}
OF_A_FRAME = {"number": 2, "pages": 6, "salt of a frame": 9, "sum of a frame": 17, "content": FRAME + 1000}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[tuple[str, str]]]:
    """A folder whose program was killed amid a session, and the answers that its log holds."""
    home = furnish(tmp_path_factory.mktemp("killed") / "home", 100)
    with running(review, home) as process:
        told = {process.next() for _ in range(ANSWERS + 1)} - {"open"}
        process.kill()
        told |= set(process.rest())
    found = logged(shutil.copytree(home, home.with_name("looked-at")))
    assert told <= found
    assert len(found) <= len(told) + 1, "but for the answer that was on its way"
    return home, found


def with_a_flip(home: Path, target: Path, place: str) -> Path:
    """A copy with another byte in the log: in its header, or in a frame about a third into it."""
    shutil.copytree(home, target)
    log = target / "nnstudy.db-wal"
    data = bytearray(log.read_bytes())
    third = HEADER + frames_of(log) // 3 * (FRAME + PAGE)
    data[OF_THE_HEADER[place] if place in OF_THE_HEADER else third + OF_A_FRAME[place]] ^= 0x10
    log.write_bytes(data)
    return target


def frames_of(log: Path) -> int:
    """How many frames the last session wrote."""
    with log.open("rb") as file:
        frames = list(_frames(file, 0))
    return sum(frame.salt == frames[0].salt for frame in frames)


@pytest.mark.parametrize("place", [*OF_THE_HEADER, *OF_A_FRAME])
def test_a_flip_in_the_log_is_found_made_no_worse_and_costs_no_answer(killed, tmp_path, monkeypatch, place):
    home = with_a_flip(killed[0], tmp_path / "home", place)
    before = {end: (home / f"nnstudy.db{end}").read_bytes() for end in ("", "-wal")}
    monkeypatch.setenv("NNSTUDY_HOME", str(home))
    for _ in range(2):
        with pytest.raises(DamagedError, match="behind a broken place of its write-ahead log"):
            Study.open(home)
    assert "--salvage" in CliRunner().invoke(main, ["doctor"]).output
    assert {end: (home / f"nnstudy.db{end}").read_bytes() for end in before} == before
    done = CliRunner().invoke(main, ["restore", "--salvage"])
    assert done.exit_code == 0, done.output
    assert logged(home) == killed[1]
    with Study.open(home) as study:
        assert study.rebuild() == 0
        assert study.store.integrity() == []
    [aside] = (home / "backups").glob("replaced-*.db-wal")
    assert aside.read_bytes() == before["-wal"], "what it was salvaged from stays"


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_what_a_power_cut_tore_is_let_go(killed, tmp_path, frames):
    """The last transaction was never acknowledged where it did not reach the disk whole."""
    home = shutil.copytree(killed[0], tmp_path / "home")
    log = home / "nnstudy.db-wal"
    end = HEADER + (frames_of(log) - frames) * (FRAME + PAGE)
    data = log.read_bytes()
    log.write_bytes(data[: end + 100] + bytes(200) + data[end + 300 :])
    with Study.open(home) as study:
        assert ANSWERS - 1 <= study.store.log.size() <= len(killed[1])
        assert study.rebuild() == 0


def test_a_log_that_is_whole_is_read_by_a_salvage_as_by_sqlite(killed, tmp_path, monkeypatch):
    home = shutil.copytree(killed[0], tmp_path / "home")
    monkeypatch.setenv("NNSTUDY_HOME", str(home))
    with (home / "nnstudy.db").open("r+b") as database:
        database.write(bytes(100))
    assert CliRunner().invoke(main, ["restore", "--salvage"]).exit_code == 0
    assert logged(home) == killed[1]


@pytest.mark.parametrize("length", [1, 12, 31, HEADER, HEADER + 9, HEADER + FRAME + 100])
def test_the_beginning_of_a_log_alone_is_let_go(killed, tmp_path, length):
    home = shutil.copytree(killed[0], tmp_path / "home")
    log = home / "nnstudy.db-wal"
    log.write_bytes(log.read_bytes()[:length])
    assert not is_broken(home / "nnstudy.db")
    with Study.open(home) as study:
        assert study.store.log.size() == 0
