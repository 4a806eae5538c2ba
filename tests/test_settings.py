"""Settings: good defaults, bounds, and errors that name the file and the line."""

from datetime import UTC, datetime, timedelta

import pytest

from nnstudy import settings
from nnstudy.errors import StudyError


def write(tmp_path, text):
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_no_file_means_the_defaults(tmp_path):
    assert settings.load(tmp_path) == settings.Settings()


def test_a_file_sets_what_it_names(tmp_path):
    loaded = settings.load(write(tmp_path, 'desired_retention = 0.85\nlearning_steps = ["2m"]\nfuzz = false\n'))
    assert (loaded.desired_retention, loaded.learning_steps, loaded.fuzz) == (0.85, ("2m",), False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# mine\ndesired_retention = 1.5\n", "line 2.*0.7 to 0.97"),
        ("new_per_day = 2.5\n", "line 1.*0 to 10000"),
        ("new_per_day = true\n", "line 1"),
        ("desired_retension = 0.9\n", "line 1.*did you mean 'desired_retention'"),
        ('learning_steps = ["soon"]\n', "line 1.*1m"),
        ('learn_ahead = "later"\n', "line 1.*20m"),
        ("fuzz = 1\n", "line 1.*true or false"),
        ("fuzz = \n", "not valid TOML.*line 1"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(tmp_path, text, said):
    with pytest.raises(StudyError, match=said) as trouble:
        settings.load(write(tmp_path, text))
    assert "settings.toml" in str(trouble.value)


def test_the_clock_can_be_set_and_ticks_on(monkeypatch):
    monkeypatch.setenv("NNSTUDY_NOW", "2030-01-01T10:00:00Z")
    now = settings.clock()
    first = now()
    assert timedelta(0) <= first - datetime(2030, 1, 1, 10, tzinfo=UTC) < timedelta(minutes=1)
    while now() == first:
        pass
    assert now() > first


def test_a_clock_that_is_no_moment_is_refused(monkeypatch):
    monkeypatch.setenv("NNSTUDY_NOW", "tomorrow")
    with pytest.raises(StudyError, match="NNSTUDY_NOW"):
        settings.clock()


def test_the_shipped_note_is_found():
    assert settings.shipped_note().read_text(encoding="utf-8").startswith("---")
