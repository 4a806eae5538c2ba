"""Files that are the old one or the new one."""

import os
import stat
import sys
import threading

import pytest

from nnstudy.errors import StudyError
from nnstudy.files import written_whole

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes of POSIX")


def test_a_block_that_ends_well_leaves_the_new_file_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with written_whole(path) as out:
        out.write("new\r\nà")
        assert path.read_text() == "old"
    assert path.read_bytes() == "new\r\nà".encode()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("trouble", [StudyError("no"), OSError(28, "No space left"), KeyboardInterrupt()])
def test_a_block_that_fails_changes_nothing(tmp_path, trouble):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail():
        with written_whole(path, "wb") as out:
            out.write(b"half")
            raise trouble

    with pytest.raises(type(trouble)):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_put_in_its_place_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "settings.toml"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"), written_whole(path) as out:
        out.write("new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@POSIX
def test_a_new_file_has_the_mode_of_new_files_and_an_old_one_keeps_its_own(tmp_path):
    path = tmp_path / "a.csv"
    before = os.umask(0o022)
    try:
        for expected in (0o644, 0o640):
            with written_whole(path) as out:
                out.write("x")
            assert stat.S_IMODE(path.stat().st_mode) == expected
            path.chmod(0o640)
    finally:
        os.umask(before)


@POSIX
def test_a_link_stays_a_link(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    with written_whole(link) as out:
        out.write("new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@POSIX
@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_pipe_is_written_into_and_stays(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with written_whole(pipe) as out:
        out.write("through")
    reader.join(10)
    assert read == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
