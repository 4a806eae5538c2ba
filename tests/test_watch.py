"""A note saved in an editor is read again while the program runs."""

import os
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest
from support import NOTE, text, until

from nnstudy import Rating
from nnstudy.reading import watch
from nnstudy.reading.watch import Watch
from nnstudy.tui import app as tui_app
from nnstudy.tui.app import StudyApp

SMALL = (80, 24)


def save(path: Path, content: str, later: float = 1) -> None:
    """Save a file with a time of its own, whatever the clock of the file system counts in."""
    path.write_text(content)
    time = path.stat().st_mtime_ns + round(later * 1e9)
    os.utime(path, ns=(time, time))


def test_a_saved_file_counts_once_it_has_come_to_rest(tmp_path):
    path = tmp_path / "n.md"
    save(path, "one", 0)
    notes = {str(path): sha256(b"one").hexdigest()}
    eyes = Watch()
    assert [eyes.look(notes) for _ in range(2)] == [[], []]
    save(path, "two", 1)
    assert eyes.look(notes) == []
    save(path, "two and", 2)
    assert eyes.look(notes) == []
    save(path, "", 3)
    assert eyes.look(notes) == []
    path.unlink()
    assert eyes.look(notes) == []
    save(path, "two and three", 4)
    assert [eyes.look(notes) for _ in range(3)] == [[], [path], []]


def test_what_was_saved_while_nobody_looked_is_read_too(tmp_path):
    path = tmp_path / "n.md"
    save(path, "one", 0)
    eyes = Watch()
    assert [eyes.look({str(path): "another digest"}) for _ in range(3)] == [[], [path], []]


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(watch, "EVERY", 0.02)
    monkeypatch.setattr(tui_app, "WATCH_AFTER", 0.01)


def test_the_thread_reads_what_was_saved_and_tells(study, note_file, fast):
    told, stop = [], Event()
    thread = Thread(target=study.watch, args=(stop, told.append))
    thread.start()
    try:
        save(note_file, NOTE.replace("A weighted sum, then", "The weighted sum, and then"))
        for _ in range(500):
            if told or stop.wait(0.02):
                break
    finally:
        stop.set()
        thread.join()
    (reports,) = told
    assert [len(report.edited) for report in reports] == [1]
    assert any(card.answer.startswith("The weighted sum") for card in study.cards())


async def test_the_card_on_the_screen_shows_its_new_wording(study, note_file, fast):
    async with StudyApp(study, start="review").run_test(size=SMALL, notifications=True) as pilot:
        await pilot.pause()
        while pilot.app.screen.card.prompt != "bias":
            await pilot.press("space", "4")
            await pilot.pause()
        await pilot.press("space")
        await until(pilot, lambda: "depends on no input" in text(pilot))
        card = pilot.app.screen.card.id
        save(note_file, NOTE.replace("that depends on no input", "that no input changes"))
        await until(pilot, lambda: "no input changes" in text(pilot))
        await until(pilot, lambda: "1 edited" in text(pilot))
        assert pilot.app.screen.card.id == card
        await pilot.press("3")
        await pilot.pause()
        (review,) = study.history(card)
        assert (review.rating, review.wording) == (Rating.GOOD, study.card(card).wording)


async def test_a_card_that_is_gone_makes_room(study, note_file, fast):
    async with StudyApp(study, start="review").run_test(size=SMALL) as pilot:
        await pilot.pause()
        gone = pilot.app.screen.card
        save(note_file, "# Networks\n\nQ: What stays?\nA: This.\n")
        await until(pilot, lambda: "What stays?" in text(pilot))
        assert study.card(gone.id).retired


async def test_today_counts_anew(study, note_file, fast):
    async with StudyApp(study).run_test(size=SMALL) as pilot:
        await pilot.pause()
        save(note_file, "# Networks\n\nQ: What stays?\nA: This.\n")
        await until(pilot, lambda: "1 new" in text(pilot) or "2 new" in text(pilot))
