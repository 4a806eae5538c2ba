"""The history as other programs read it."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from icalendar import Calendar

from nnstudy.memory.scheduler import Rating


@pytest.fixture
def log(study, clock):
    """Two days of answers, one of them taken back."""
    card = study.cards()[0]
    for rating in (Rating.GOOD, Rating.GOOD, Rating.AGAIN):
        study.answer(card.id, rating, duration_ms=40_000)
        clock.pass_by(minutes=11)
    study.undo()
    clock.pass_by(days=4)
    study.answer(card.id, Rating.AGAIN, duration_ms=20_000)
    study.answer(study.cards()[1].id, Rating.EASY, duration_ms=20_000)
    return study


def exported(study, format, tmp_path, **what):
    study.export(format, tmp_path / "out", **what)
    return (tmp_path / "out").read_text(encoding="utf-8")


def test_fsrs_gives_state_before_each_review(log, tmp_path):
    rows = list(csv.DictReader(io.StringIO(exported(log, "fsrs", tmp_path))))
    assert [row["review_state"] for row in rows] == ["0", "1", "2", "0"]
    assert [row["review_rating"] for row in rows] == ["3", "3", "1", "4"]
    assert int(rows[0]["review_time"]) == round(min(r.at for r in log.history()).timestamp() * 1000)
    assert rows[0]["review_duration"] == "40000"


def test_markdown_is_a_register_that_a_note_may_hold(log, tmp_path):
    from nnstudy.notes.note import read_note
    from nnstudy.notes.source import read_source

    text = exported(log, "markdown", tmp_path)
    note = read_note(read_source(text.encode(), "register.md"), "register.md")
    days = sorted({review.day for review in log.history()}, reverse=True)
    assert [entry.day for entry in note.register] == days
    assert "2 answers, 1 recalled, 1 min" in text
    assert "2 answers, 2 recalled, 1 min" in text


def test_the_calendar_has_an_event_for_each_day_with_cards(log, tmp_path):
    calendar = Calendar.from_ical(exported(log, "calendar", tmp_path))
    events = {event.decoded("dtstart"): str(event["summary"]) for event in calendar.walk("VEVENT")}
    due = [log.due_moment(card.memory) for card in log.cards() if card.memory.reviews]
    assert sum(int(summary.split()[0]) for summary in events.values()) == len(due)
    assert max(events) == max(card.memory.due_day for card in log.cards() if card.memory.due_day)
    assert min(events) >= log.today()


def test_what_is_overdue_stands_on_today(log, clock, tmp_path):
    clock.pass_by(days=400)
    calendar = Calendar.from_ical(exported(log, "calendar", tmp_path))
    assert [event.decoded("dtstart") for event in calendar.walk("VEVENT")] == [log.today()]
    again = Calendar.from_ical(exported(log, "calendar", tmp_path))
    assert [e["uid"] for e in again.walk("VEVENT")] == [e["uid"] for e in calendar.walk("VEVENT")]


def test_only_one_note_where_it_is_named(log, tmp_path, clock):
    other = tmp_path / "other.md"
    other.write_text("# Other\n\nQ: Which?\nA: That.\n")
    log.add(other)
    clock.pass_by(minutes=1)
    log.answer(next(card for card in log.cards() if card.note_title == "Other"), Rating.GOOD)
    for format in ("fsrs", "markdown", "calendar"):
        whole, one = exported(log, format, tmp_path), exported(log, format, tmp_path, note="Other")
        assert len(one) < len(whole)


def test_an_export_says_how_far_it_is(log, tmp_path):
    for format in ("csv", "jsonl", "fsrs", "anki", "markdown", "calendar"):
        heard = []
        log.export(format, tmp_path / "out", progress=lambda done, total, heard=heard: heard.append((done, total)))
        assert heard, format
        assert all(0 <= done <= total for done, total in heard)
    heard = []
    log.export("jsonl", tmp_path / "out", progress=lambda done, total: heard.append(total))
    assert heard[0] == len((tmp_path / "out").read_text(encoding="utf-8").splitlines())


def test_nothing_half_written_stands_under_the_name(log, tmp_path):
    (tmp_path / "out").write_text("what was there")

    def fail(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.export("csv", tmp_path / "out", progress=fail)
    assert (tmp_path / "out").read_text() == "what was there"
    assert not list(tmp_path.glob(".out*"))


def test_text_that_a_spreadsheet_would_run_is_marked_as_text(study, tmp_path):
    note = tmp_path / "formula.md"
    note.write_text("# F\n\nQ: =1+1\nA: 2\n", encoding="utf-8")
    study.add(note)
    study.answer(next(card for card in study.cards() if card.prompt == "=1+1"), Rating.GOOD)
    assert [row["prompt"] for row in csv.DictReader(io.StringIO(exported(study, "csv", tmp_path)))] == ["'=1+1"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here, which is a disk that is always full")
@pytest.mark.parametrize("words", [["export", "csv"], ["export", "jsonl"], ["history", "--json"], ["due"]])
def test_what_is_printed_onto_a_full_disk_ends_in_a_sentence(log, words):
    command = [sys.executable, "-m", "nnstudy", *words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=os.environ)
    assert done.returncode == 1
    assert done.stderr == "Error: what this prints cannot be written or read: No space left on device\n"


@pytest.mark.parametrize("format", ["csv", "jsonl", "markdown", "report"])
def test_a_terminal_obeys_nothing_of_what_it_is_shown(study, tmp_path, monkeypatch, format):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    note = tmp_path / "evil.md"
    note.write_text(
        "---\ntitle: T \x1b[31mred \u202edecrever\n---\n# T\n\nQ: a \x1b]0;b\x07?\nA: c\n", encoding="utf-8"
    )
    study.add(note)
    (card,) = study.cards(str(note))
    study.answer(card.id, Rating.GOOD, duration_ms=1000)
    monkeypatch.setattr(sys, "stdout", out := Terminal())
    study.export(format)
    assert out.getvalue()
    assert all(character.isprintable() or character in "\n\t" for character in out.getvalue())
    assert "\x1b" in exported(study, "markdown", tmp_path)  # a file gets what the note says
