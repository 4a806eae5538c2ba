"""The README says what the program does now: every command, key, setting and experiment."""

import dataclasses
import re
from pathlib import Path

import pytest
from click import Context

from nnstudy.cli import main
from nnstudy.lab.experiment import discover
from nnstudy.settings import Settings
from nnstudy.tui import bindings
from nnstudy.tui.screens.help import KEYS, sheet

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", main.list_commands(Context(main)))
def test_every_command_is_described(command):
    assert re.search(rf"`nnstudy {command}[ `]", README)


@pytest.mark.parametrize("setting", [field.name for field in dataclasses.fields(Settings)])
def test_every_setting_is_described(setting):
    assert f"| `{setting}` |" in README


@pytest.mark.parametrize("experiment", sorted(discover()))
def test_every_experiment_is_described(experiment):
    assert f"| {experiment} |" in README


@pytest.mark.parametrize("screen", sorted(KEYS))
def test_every_key_stands_in_the_help_sheet_and_is_one(screen):
    place = bindings.NAMES.get(screen, "")
    words = [word for line in KEYS[screen] for text in line for word in bindings.PLACEHOLDER.findall(text)]
    named = {word if "." in word else f"{place}.{word}" for word in words}
    assert all(map(bindings.usual, named)), named
    if place:
        there = {name for name, binding in bindings.bindings(place)} - {f"{place}.help"}
        assert there <= named, there - named
    assert not any("{" in keys + what for keys, what in sheet(screen, {}))


def test_the_keys_of_the_readme_are_those_of_the_help_sheet():
    table = README.split("## Keys")[1].split("## ")[0]
    for screen in ("TodayScreen", "ReviewScreen", "LabScreen", "LibraryScreen"):
        for keys, _ in sheet(screen, {}):
            for key in keys.split():
                assert re.search(rf"\|[^|]*(?<![\w]){re.escape(key)}(?![\w])[^|]*\|", table), key


def test_readme_and_changelog_name_the_present_version():
    from nnstudy import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
