"""The real program on a real pseudo-terminal: it starts, it keeps every answer, and a kill loses nothing."""

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Terminal

from nnstudy import Study

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX pseudo-terminal")
REVIEW = [sys.executable, "-m", "nnstudy", "review"]
HIDDEN = r"space reveals the answer"
GRADES = r"1 Again .* 4 Easy|▸"


def logged(home: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(f"file:{home / 'nnstudy.db'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute("SELECT card, rating FROM review ORDER BY at, id").fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    with Study.open(home) as study:
        assert study.rebuild() == 0


def start(home: Path, command: list[str] = REVIEW) -> Terminal:
    return Terminal(command, {"NNSTUDY_HOME": str(home)})


def test_a_fresh_machine_opens_on_today_with_the_shipped_note(home):
    terminal = start(home, [sys.executable, "-m", "nnstudy"])
    try:
        terminal.wait("Neural Networks")
        assert "begins" in terminal.wait("🌑")  # mastery is counted after the names are shown
        terminal.press("\r")
        terminal.wait(HIDDEN)
    finally:
        terminal.kill()


def test_every_acknowledged_answer_survives_a_kill_after_any_key(home):
    acknowledged = 0
    for turn in range(7):
        terminal = start(home)
        try:
            terminal.wait(HIDDEN)
            if turn % 3 == 0:  # killed before the reveal on some turns: nothing to lose, nothing gained
                continue
            terminal.press(" ")
            terminal.wait(GRADES)
            terminal.press("34"[turn % 2])
            if turn % 3 == 1:
                terminal.wait(HIDDEN)
                acknowledged += 1
        finally:
            terminal.kill()
        answers = logged(home)
        assert acknowledged <= len(answers) <= acknowledged + (turn % 3 == 2)
        acknowledged = len(answers)
    assert acknowledged >= 2


def test_ten_cards_in_one_sitting_are_ten_lines_in_the_log(home):
    terminal = start(home)
    try:
        for count in range(10):
            terminal.wait(HIDDEN)
            terminal.press(" ")
            terminal.wait(GRADES)
            terminal.press("4")
            if count < 9:
                terminal.wait(HIDDEN)
        terminal.wait(HIDDEN)
    finally:
        terminal.kill()
    assert len(logged(home)) == 10
    assert len({card for card, _ in logged(home)}) == 10


def test_without_a_terminal_it_says_so(home, tmp_path):
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "nnstudy"], capture_output=True, text=True, env={**os.environ, "NNSTUDY_HOME": str(home)}
    )
    assert done.returncode == 1
    assert re.search("no terminal", done.stderr)
    assert "Traceback" not in done.stderr
