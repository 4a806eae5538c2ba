"""Settings that are changed: the file's own words stay, a wrong value changes nothing, a note may have its own."""

import tomllib
from datetime import UTC

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from nnstudy import Study, settings
from nnstudy.cli import main
from nnstudy.errors import StudyError
from nnstudy.preferences import Preferences
from nnstudy.settings import OPTIONS


def of(folder):
    """The preferences of a folder, and what they have taken up."""
    taken = [settings.load(folder)]
    return Preferences(folder, lambda: taken[-1], taken.append), taken


def test_comments_order_and_line_ends_stay(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_bytes(b"# mine\r\nfuzz = true # why\r\n\r\n[keys.today]\r\nlab = 'z'  # near\r\n")
    preferences, taken = of(tmp_path)
    preferences.set(("new_per_day",), 7)
    preferences.set(("fuzz",), False)
    preferences.set(("keys", "today", "runs"), "x")
    text = path.read_bytes().decode()
    assert text.startswith("# mine\r\nfuzz = false # why\r\n")
    assert "lab = 'z'  # near" in text
    assert taken[-1] == settings.load(tmp_path)
    assert (taken[-1].new_per_day, taken[-1].keys) == (7, {"today": {"lab": "z", "runs": "x"}})
    while preferences.undo():
        pass
    assert settings.load(tmp_path).keys == {"today": {"lab": "z"}}
    assert settings.load(tmp_path).new_per_day == 20


@pytest.mark.parametrize(("place", "value"), [
    (("desired_retention",), 2.0), (("nothing",), 1), (("notes", "n", "theme"), "x"), (("derived_cards",), ("poems",)),
])  # fmt: skip
def test_what_is_not_taken_changes_nothing(tmp_path, place, value):
    preferences, taken = of(tmp_path)
    with pytest.raises(StudyError):
        preferences.set(place, value)
    assert len(taken) == 1
    assert not (tmp_path / "settings.toml").exists()
    assert preferences.undo() is None


def test_a_file_that_is_broken_meanwhile_is_left_as_it_is(tmp_path):
    preferences, _ = of(tmp_path)
    (tmp_path / "settings.toml").write_text("fuzz = \n")
    with pytest.raises(StudyError, match="not valid TOML"):
        preferences.set(("fuzz",), False)
    assert (tmp_path / "settings.toml").read_text() == "fuzz = \n"


NUMBERS = [one for one in OPTIONS.values() if one.low is not None]


@given(st.sampled_from(NUMBERS), st.floats(0, 1))
def test_a_value_is_read_as_it_is_written(found, place):
    value = type(found.default)(round(found.low + place * (found.high - found.low), 4))
    assert found.read(found.text(value)) == pytest.approx(value, rel=1e-5)
    assert found.check(found.default) == found.default == found.read(found.text(found.default))


@given(st.text())
def test_whatever_is_typed_is_taken_or_refused(typed):
    for found in OPTIONS.values():
        try:
            value = found.read(typed)
        except StudyError:
            continue
        assert found.check(value) == value


def test_a_note_has_its_own_retention_and_new_cards(study, note_file):
    preferences, card = study.preferences, next(card for card in study.cards() if not card.is_open)
    preferences.set(("notes", "small", "desired_retention"), 0.8)
    preferences.set(("notes", "small", "new_per_day"), 1)
    assert study.card(card.id).desired_retention == 0.8
    assert study.counts().new == 1
    study.add(note_file)  # the note itself says nothing of it
    assert study.card(card.id).desired_retention == 0.8
    study.answer(study.next(), 3)
    study.notes_changed()
    assert study.counts().new == 0
    preferences.undo()
    preferences.undo()
    assert study.card(card.id).desired_retention is None
    assert study.counts().new > 1


def test_a_note_is_read_by_its_own_families(study, note_file):
    before = note_file.read_bytes()
    study.preferences.set(("notes", "small", "derived_cards"), ("none",))
    study.preferences.set(("notes", "small", "card_families"), ("qa",))
    study.add(note_file)
    assert {card.kind for card in study.cards()} == {"written"}
    assert not any("bias" in card.prompt for card in study.cards())
    assert study.store.notes.all()[0].properties.keys() == {"title", "permalink", "tags"}
    assert note_file.read_bytes() == before


def test_only_what_decides_how_notes_are_read_makes_them_be_read_again(study, note_file):
    study.preferences.set(("theme",), "nnstudy-light")
    assert study.add(note_file)[0].unchanged
    study.preferences.set(("derived_cards",), ("recall",))
    assert not study.add(note_file)[0].unchanged


def test_the_command_shows_changes_and_refuses(study):
    def run(*words):
        return CliRunner().invoke(main, ["settings", *words])

    assert "0.9" in run("desired_retention").output
    assert run("desired_retention", "0.85").exit_code == 0
    assert tomllib.loads((study.folder / "settings.toml").read_text()) == {"desired_retention": 0.85}
    assert run("derived_cards", "-recall, -open").exit_code == 0
    assert tomllib.loads((study.folder / "settings.toml").read_text())["derived_cards"] == ["-recall", "-open"]
    refused = run("desired_retention", "2")
    assert refused.exit_code == 1
    assert "0.7 to 0.97" in refused.output
    assert run("desired_retention", "0.8", "--note", "small").exit_code == 0
    assert run("desired_retention", "--note", "small").output == "0.8\n"
    assert run("desired_retention", "--default").exit_code == 0
    assert "desired_retention" in run("--json").output


def test_a_start_writes_nothing_where_the_notes_have_their_retention_already(study, tmp_path, clock):
    (tmp_path / "home" / "settings.toml").write_text("[notes.small]\ndesired_retention = 0.8\n", encoding="utf-8")
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as first:
        assert first.cards()[0].desired_retention == 0.8
        with first.store.transaction(), Study.open(tmp_path / "home", now=clock, zone=UTC) as second:
            assert second.cards()[0].desired_retention == 0.8  # it did not wait for the one that writes
