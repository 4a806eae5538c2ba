"""Claims where Windows keeps the locks: what its runtime promises stands in for it, on any system."""

import errno
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from nnstudy.reviewing import claims

Held = dict[tuple[int, int], int]


class Runtime(SimpleNamespace):
    """`msvcrt`: a byte belongs to one open file, which is itself refused a second lock; a close lets go late."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self, held: Held, broken: bool = False) -> None:
        super().__init__(held=held, broken=broken)

    def locking(self, file: int, mode: int, count: int) -> None:
        assert count == 1
        if self.broken:
            raise OSError(errno.EINVAL, "Invalid argument")
        place = os.fstat(file).st_ino, os.lseek(file, 0, os.SEEK_CUR)
        assert place[1] < 1 << 31, "positions are 32-bit numbers there"
        if (mode == self.LK_NBLCK) == (place in self.held) or self.held.get(place, file) != file:
            raise PermissionError(errno.EACCES, "Permission denied")
        if mode == self.LK_NBLCK:
            self.held[place] = file
        else:
            del self.held[place]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch):
    def load(broken: bool = False) -> ModuleType:
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setitem(sys.modules, "msvcrt", Runtime(held, broken))
        spec = importlib.util.spec_from_file_location("claims_of_windows", claims.__file__)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.undo()
        return module

    held: Held = {}
    return load


def test_two_programs_see_each_other_and_ask_different_cards(windows, tmp_path: Path):
    here, there = (windows().Claims(tmp_path / "lock") for _ in range(2))
    assert here.others() == []
    assert there.others() == [os.getpid()]
    assert here.others() == [os.getpid()]
    assert here.take("one")
    assert here.take("one")
    assert not there.take("one")
    assert there.take("two")
    assert here.take("three")
    assert there.take("one"), "it was put down"
    there.leave()
    assert here.others() == []
    assert here.take("one"), "who leaves lets go at once"
    here.leave()


def test_two_cards_on_one_byte_are_asked_one_after_the_other(windows, tmp_path: Path):
    module = windows()
    module._byte = lambda card: 1 << 30
    here, there = (module.Claims(tmp_path / "lock") for _ in range(2))
    assert here.take("one")
    assert here.take("two")
    assert not there.take("two"), "it is claimed still"
    here.leave()
    assert there.take("two")
    there.leave()


def test_on_a_drive_without_locks_every_program_goes_its_own_way(windows, tmp_path: Path):
    here, there = (windows(broken=True).Claims(tmp_path / "lock") for _ in range(2))
    assert here.take("one")
    assert there.take("one")
    assert here.others() == []
    here.leave()
    there.leave()
