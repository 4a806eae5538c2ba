"""The commands of memory: what they print, as JSON and in words."""

import json

import pytest
from click.testing import CliRunner

from nnstudy.cli import main


@pytest.fixture
def told(monkeypatch, study, clock):
    """Run a command on the study of the test, after a few reviews."""
    card = study.next().id
    for rating in (3, 3, 1):
        study.answer(card, rating, duration_ms=5000)
        clock.pass_by(days=9)
    monkeypatch.setenv("NNSTUDY_NOW", clock.moment.isoformat())

    def run(*words, code=0):
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == code, done.output
        return done.output

    run.card = card
    return run


def test_stats_in_json_and_in_words(told):
    found = json.loads(told("stats", "--json"))
    assert set(found) == {
        "retention", "calibration", "predictions", "load", "time", "grades", "hours", "memories", "mastery", "leeches",
        "misconceptions",
    }  # fmt: skip
    assert found["retention"]["all"]["reviews"] == found["calibration"]["reviews"]
    assert sum(day["reviews"] for day in found["load"]["days"]) == 3
    assert found["time"]["median_seconds"] == 5
    words = told("stats")
    for section in ("true retention", "load", "leeches", "misconceptions", "more reviews are needed"):
        assert section in words


def test_why_in_json_and_in_words(told):
    found = json.loads(told("why", told.card, "--json"))
    assert [one["rating"] for one in found["reviews"]] == [3, 3, 1]
    assert set(found["reviews"][1]["otherwise"]) == {"again", "hard", "easy"}
    assert found["reviews"][-1]["after"]["stability"] == found["now"]["stability"]
    assert found["reviews"][1]["elapsed_days"] == 9
    words = told("why", told.card)
    assert words.count("otherwise:") == 3
    assert "Now it would be recalled with" in words
    assert "unknown" in told("why", "nothing", code=1)


def test_why_shows_a_start_that_was_imported(told, study, tmp_path):
    note = tmp_path / "old.md"
    note.write_text("---\nsr-due: 2026-03-20\nsr-interval: 12\n---\n# Old\n\nQ: Why?\nA: Because.\n", encoding="utf-8")
    (report,) = study.add(note)
    (card,) = report.starts
    (first,) = json.loads(told("why", card, "--json"))["reviews"]
    assert first["imported"]
    assert first["rating"] is None
    assert first["otherwise"] == {}
    assert "imported, next after 12 d" in told("why", card)


def test_optimize_refuses_few_reviews_in_one_sentence(told):
    assert "are missing" in told("optimize", code=1)
    assert "cannot be a --dry-run" in told("optimize", "--default", "--dry-run", code=2)
    assert json.loads(told("optimize", "--default", "--json"))["kept"] is True


def test_forecast_in_json_and_in_words(told):
    found = json.loads(told("forecast", "--days", "12", "--retention", "0.8", "--json"))
    assert len(found["scheduled"]) == 12
    assert [future["retention"] for future in found["simulated"]] == [0.8, 0.9]
    assert all(len(future["reviews"]) == 12 for future in found["simulated"])
    assert found["best_retention"] is None
    assert "yours" in told("forecast", "--days", "40")
    assert told("forecast", "--days", "0", code=2)
