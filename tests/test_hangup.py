"""A terminal that becomes tiny, is closed, or whose program is told to end: no traceback, its modes as before."""

import os
import signal
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support import Terminal
from test_killed import logged

from nnstudy import Study

fcntl, termios = (pytest.importorskip(name, reason="needs a POSIX pseudo-terminal") for name in ("fcntl", "termios"))
REVIEW = [sys.executable, "-m", "nnstudy", "review"]


class Watched(Terminal):
    """A terminal of which all is kept that was written to it, and the modes it had at first."""

    def __init__(self, home: Path) -> None:
        self.written = b""
        super().__init__(REVIEW, {"NNSTUDY_HOME": str(home)})
        self.modes = termios.tcgetattr(self.fd)

    def _received(self, data: bytes) -> None:
        self.written += data

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def rest(self, limit: float = 20) -> int:
        """Read until the program ends; its exit code."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if self.pending(0.05):
                with suppress(OSError):
                    self.written += os.read(self.fd, 1 << 16)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
        self.kill()
        raise AssertionError("it does not end")

    def answer(self) -> None:
        self.wait("space reveals the answer")
        self.press(" ")
        self.wait(r"1 Again|▸")
        self.press("3")


@pytest.fixture
def terminal(tmp_path: Path):
    return Watched(tmp_path / "home")


def settled(terminal: Watched, home: Path, answers: int) -> None:
    assert b"Traceback" not in terminal.written
    assert len(logged(home)) == answers
    with Study.open(home) as study:
        assert study.rebuild() == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_program_that_is_told_to_end_leaves_the_terminal_as_it_was(terminal, tmp_path, number):
    terminal.answer()
    terminal.wait("space reveals the answer")
    assert termios.tcgetattr(terminal.fd) != terminal.modes
    os.kill(terminal.pid, number)
    assert terminal.rest() == 128 + number
    assert termios.tcgetattr(terminal.fd)[:4] == terminal.modes[:4]
    for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"), (b"\x1b[?1000h", b"\x1b[?1000l")):
        assert terminal.written.rindex(off) > terminal.written.rindex(on)
    settled(terminal, tmp_path / "home", 1)


def test_a_terminal_that_is_closed_ends_the_program(terminal, tmp_path):
    terminal.answer()
    terminal.wait("space reveals the answer")
    os.close(terminal.fd)  # the system sends SIGHUP; whatever is written now fails
    deadline = time.monotonic() + 20
    while not (ended := os.waitpid(terminal.pid, os.WNOHANG))[0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert os.waitstatus_to_exitcode(ended[1]) >= -signal.SIGHUP
    settled(terminal, tmp_path / "home", 1)


def test_a_terminal_of_five_lines_goes_on_and_comes_back(terminal, tmp_path):
    terminal.wait("space reveals the answer")
    terminal.resize(20, 5)
    terminal.until(lambda: not terminal.pending(0.5))
    for keys in (" ", "3", " ", "?", "\x1b", "[", "]", "3", "q", "l", "\x1b"):
        terminal.press(keys)
        terminal.until(lambda: not terminal.pending(0.3))
    terminal.resize(80, 24)
    terminal.until(lambda: not terminal.pending(0.5))
    terminal.press("\x11")
    assert terminal.rest() == 0
    assert termios.tcgetattr(terminal.fd)[:4] == terminal.modes[:4]
    settled(terminal, tmp_path / "home", 2)
