"""The README says what the program does now: every command, key, setting and experiment."""

import dataclasses
import re
from pathlib import Path

import pytest
from textual.binding import Binding

from nnstudy.cli import main
from nnstudy.lab.experiment import discover
from nnstudy.settings import Settings
from nnstudy.tui.screens.help import KEYS
from nnstudy.tui.screens.lab import LabScreen
from nnstudy.tui.screens.library import LibraryScreen
from nnstudy.tui.screens.review import ReviewScreen
from nnstudy.tui.screens.today import TodayScreen

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SPELLED = {
    "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]", "enter": "Enter", "comma": ",",
    "full_stop": ".", "less_than_sign": "<", "greater_than_sign": ">", "slash": "/",
}  # fmt: skip


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_described(command):
    assert re.search(rf"`nnstudy {command}[ `]", README)


@pytest.mark.parametrize("setting", [field.name for field in dataclasses.fields(Settings)])
def test_every_setting_is_described(setting):
    assert f"| `{setting}` |" in README


@pytest.mark.parametrize("experiment", sorted(discover()))
def test_every_experiment_is_described(experiment):
    assert f"| {experiment} |" in README


@pytest.mark.parametrize("screen", [TodayScreen, ReviewScreen, LabScreen, LibraryScreen])
def test_every_key_stands_in_the_help_sheet(screen):
    words = " ".join(key for key, _ in KEYS[screen.__name__]).split() + ["?", "escape", "p", "B"]
    for binding in screen.BINDINGS:
        assert isinstance(binding, Binding)
        key = binding.key.split(",")[0]
        assert SPELLED.get(key, key) in words, f"{key} of {screen.__name__}"


def test_the_keys_of_the_readme_are_those_of_the_help_sheet():
    table = README.split("## Keys")[1].split("## ")[0]
    for screen in ("TodayScreen", "ReviewScreen", "LabScreen", "LibraryScreen"):
        for keys, _ in KEYS[screen]:
            for key in keys.split():
                assert re.search(rf"\|[^|]*(?<![\w]){re.escape(key)}(?![\w])[^|]*\|", table), key


def test_readme_and_changelog_name_the_present_version():
    from nnstudy import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
