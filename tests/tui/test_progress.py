"""Progress on the screen: every figure with its sentence, by keys alone."""

from dataclasses import replace

import pytest
from support import review, text, until

from nnstudy.insight.progress_figure import WHOLE, pages
from nnstudy.memory.diagnosis import Leech
from nnstudy.memory.scheduler import Rating
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.progress import ProgressScreen
from nnstudy.tui.screens.today import TodayScreen


@pytest.fixture
def reviewed(study, clock):
    for _ in range(12):
        if (card := study.next()) is not None:
            study.answer(card, 3, duration_ms=4000)
        clock.pass_by(hours=20)
    return study


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_figure_is_turned_to_and_says_what_to_do(reviewed, size):
    wanted = pages(reviewed.stats(), WHOLE)
    app = StudyApp(reviewed)
    async with app.run_test(size=size) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.whole)
        for place, page in enumerate(wanted):
            await until(pilot, lambda page=page: page.title in text(pilot))
            shown = text(pilot)
            assert f"{place + 1}/{len(wanted)}" in shown
            assert page.advice.split(":")[0][:60] in shown
            await pilot.press("]")
            await pilot.pause()
        await until(pilot, lambda: "True retention" in text(pilot))
        await pilot.press("[")
        await until(pilot, lambda: "Misconceptions" in text(pilot))
        await pilot.press("q")
        assert isinstance(app.screen, TodayScreen)


async def test_a_fresh_home_says_how_much_is_missing(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.whole)
        await until(pilot, lambda: "100 more reviews are needed" in text(pilot))


async def test_the_page_that_is_looked_at_stays_while_others_are_counted(reviewed):
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.whole)
        screen, steps = app.screen, list(reviewed.stats_in_steps())
        screen.post_message(screen.Counted(pages(*steps[0]), whole=False))
        await until(pilot, lambda: "counting the others" in text(pilot))
        await pilot.press("]")
        title = screen.pages[1].title
        screen.post_message(screen.Counted(pages(*steps[-1]), whole=True))
        await until(pilot, lambda: screen.whole and title in text(pilot))


async def test_a_figure_is_gone_to_by_its_name(reviewed):
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.whole)
        await pilot.press("g")
        await until(pilot, lambda: "Grades" in text(pilot) and "Leeches" in text(pilot))
        await pilot.press("end", "enter")
        await until(pilot, lambda: "predict before each run" in text(pilot))


async def test_what_to_do_about_a_leech_stands_dim_below_it(reviewed, monkeypatch):
    leech = Leech("a", "What is **bias** $b_1$?", (), 9, 300, None, 0)
    found = replace(reviewed.stats(), leeches=(leech,))
    monkeypatch.setattr(reviewed, "stats_in_steps", lambda: iter([(found, WHOLE)]))
    async with StudyApp(reviewed).run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProgressScreen) and pilot.app.screen.whole)
        await pilot.press("[", "[")
        await until(pilot, lambda: "9 x  What is bias b₁?" in text(pilot))
        strips = pilot.app.screen._compositor.render_strips()
        (words, advice) = (
            segment.style.color
            for strip in strips
            for segment in strip
            if "What is bias" in segment.text or segment.text.lstrip().startswith("split it: its answer holds")
        )
        assert words != advice


def test_the_calibration_tells_its_scores_and_what_is_missing(study, clock):
    for days in (1, 12):
        review(study, clock, Rating.GOOD, seconds=4)
        clock.pass_by(days=days)
    review(study, clock, Rating.AGAIN, seconds=4, most=3)
    found = study.stats()
    (page,) = (page for page in pages(found, WHOLE) if page.title == "The scheduler's forecast")
    assert f"Brier {found.calibration.brier:.4f}, log loss" in page.advice
    assert "Too few data" in page.advice


async def test_figures_are_saved(reviewed):
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.whole)
        await pilot.press("f")
        await until(pilot, lambda: "Saving " in text(pilot))
        folder = reviewed.folder / "figures"
        await until(pilot, lambda: len(list(folder.glob("progress-*.*"))) == 3)
        await app.workers.wait_for_complete()
