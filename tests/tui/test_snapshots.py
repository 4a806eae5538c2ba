"""A few screens as pictures: what nobody thought of asserting changes only on purpose.

They are drawn by one version of Textual; with another one the same screen may be other characters, so they are skipped.
`pytest tests/tui/test_snapshots.py --snapshot-update` draws them anew: look at them before they are kept.
"""

import re
from pathlib import Path

import pytest
import textual
from textual.pilot import Pilot

from nnstudy import Study
from nnstudy.preferences import Preferences
from nnstudy.settings import shipped_note
from nnstudy.tui.app import StudyApp

DRAWN_BY = "8.2"

pytestmark = pytest.mark.skipif(
    not re.match(rf"{DRAWN_BY}\b", textual.__version__),
    reason=f"the snapshots were drawn by Textual {DRAWN_BY}, this is {textual.__version__}",
)


@pytest.fixture
def shipped(study: Study) -> Study:
    study.add(shipped_note())
    study.choose("neural-networks")
    return study


async def settled(pilot: Pilot) -> None:
    """Wait for the experiment, which comes a moment after its question."""
    for _ in range(100):
        await pilot.pause(0.05)
        if pilot.app.screen.query("TrialView"):
            break
    await pilot.pause()


async def counted(pilot: Pilot) -> None:
    """Wait until all that stands on Today is counted."""
    for _ in range(100):
        if pilot.app.screen.agenda and pilot.app.screen.agenda.habit:
            break
        await pilot.pause(0.05)
    await pilot.pause()


def test_today(snap_compare, study):
    assert snap_compare(StudyApp(study), terminal_size=(80, 24), run_before=counted)


def test_today_after_some_weeks_in_the_light(snap_compare, shipped, clock):
    object.__setattr__(shipped.settings, "theme", "nnstudy-light")
    for day in range(40):
        for place in range(day % 7):
            if (card := shipped.next()) is not None:
                shipped.answer(card, 1 if place == day % 4 else 3, duration_ms=9000)
        clock.pass_by(days=1)
    assert snap_compare(StudyApp(shipped), terminal_size=(120, 40), run_before=counted)


def test_review_asks_and_brings_its_experiment(snap_compare, shipped):
    assert snap_compare(StudyApp(shipped, start="review"), terminal_size=(80, 24), run_before=settled)


def test_review_reveals_beside_the_experiment_in_the_light(snap_compare, shipped):
    object.__setattr__(shipped.settings, "theme", "nnstudy-light")

    async def reveal(pilot: Pilot) -> None:
        await settled(pilot)
        await pilot.press("space")

    assert snap_compare(StudyApp(shipped, start="review"), terminal_size=(120, 40), run_before=reveal)


def test_the_laboratory_before_a_run(snap_compare, study):
    app = StudyApp(study, start="lab", experiment="divergence")
    assert snap_compare(app, terminal_size=(80, 24), run_before=lambda pilot: pilot.pause(0.5))


def test_settings_in_high_contrast(snap_compare, study, monkeypatch):
    monkeypatch.setattr(Preferences, "path", Path("settings.toml"))  # a folder of a test has always another name
    object.__setattr__(study.settings, "theme", "nnstudy-contrast-light")
    assert snap_compare(StudyApp(study), press=["comma", "down", "down"], terminal_size=(80, 24))


async def browsed(pilot: Pilot) -> None:
    """The library, with the cursor on its first card."""
    await pilot.press("b")
    for _ in range(200):
        await pilot.pause(0.05)
        if pilot.app.screen.query("CardTable") and pilot.app.screen.shelf.root.children:
            break
    await pilot.press("tab")
    for _ in range(200):
        await pilot.pause(0.05)
        if pilot.app.screen.leaf is not None:
            break
    await pilot.app.workers.wait_for_complete()
    await pilot.pause(0.1)


def test_the_library_in_the_light(snap_compare, shipped):
    object.__setattr__(shipped.settings, "theme", "nnstudy-light")
    cards = [card.id for card in shipped.cards()]
    shipped.deeds().flag(cards[1:3], "blue")
    shipped.deeds().write(cards[:1], "comment", "begin here")
    shipped.deeds().suspend(cards[4:5])
    assert snap_compare(StudyApp(shipped), terminal_size=(120, 40), run_before=browsed)


def test_the_cards_of_the_library_on_a_narrow_screen(snap_compare, shipped):
    async def sorted_by_question(pilot: Pilot) -> None:
        await browsed(pilot)
        await pilot.press("space", "space", "1")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.5)

    assert snap_compare(StudyApp(shipped), terminal_size=(80, 24), run_before=sorted_by_question)


@pytest.fixture
def late(shipped: Study, clock) -> Study:
    """Some weeks of reviews, then a week of none."""
    for day in range(30):
        for place in range(10):
            if (card := shipped.next()) is not None:
                shipped.answer(card, 1 if place == day % 5 else 3, duration_ms=9000)
        clock.pass_by(days=1)
    clock.pass_by(days=7)
    return shipped


async def remembered(pilot: Pilot) -> None:
    """The screen of memory, all of it counted."""
    await pilot.press("m")
    for _ in range(400):
        await pilot.pause(0.05)
        if getattr(pilot.app.screen, "whole", False):
            break
    await pilot.pause(0.1)


def test_memory_shows_what_comes(snap_compare, late):
    async def turned(pilot: Pilot) -> None:
        await remembered(pilot)
        await pilot.press("right_square_bracket")
        await pilot.pause(0.2)

    assert snap_compare(StudyApp(late), terminal_size=(80, 24), run_before=turned)


def test_a_backlog_is_shown_spread_over_days_in_the_light(snap_compare, late):
    object.__setattr__(late.settings, "theme", "nnstudy-light")
    object.__setattr__(late.settings, "reduced_motion", True)  # no cursor that blinks

    async def planned(pilot: Pilot) -> None:
        await remembered(pilot)
        await pilot.press("right_square_bracket", "right_square_bracket", "s")
        for _ in range(200):
            await pilot.pause(0.05)
            if getattr(pilot.app.screen, "plan", None):
                break
        await pilot.pause(0.2)

    assert snap_compare(StudyApp(late), terminal_size=(120, 40), run_before=planned)
