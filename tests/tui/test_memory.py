"""Memory on a screen: the curves, what comes, a year at each retention, and a fit that is kept only when better."""

import random

import pytest
from support import text, until
from textual.widgets import Input

from nnstudy.memory.scheduler import DEFAULT_PARAMETERS
from nnstudy.tui.app import StudyApp
from nnstudy.tui.bindings import named
from nnstudy.tui.screens.memory import MemoryScreen
from nnstudy.tui.screens.plan import PlanScreen


@pytest.fixture
def reviewed(study, clock):
    chance = random.Random(1)
    for _ in range(130):
        while (card := study.next()) is not None and study.counts().learning < 20:
            study.answer(card, chance.choices((1, 2, 3, 4), (25, 10, 50, 15))[0], duration_ms=4000)
            clock.pass_by(minutes=2)
        clock.pass_by(days=1)
    return study


async def opened(pilot) -> MemoryScreen:
    await pilot.press("m")
    await until(pilot, lambda: isinstance(pilot.app.screen, MemoryScreen) and pilot.app.screen.whole)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_figure_is_turned_to(reviewed, size):
    app = StudyApp(reviewed)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        for place, page in enumerate(screen.pages):
            await until(pilot, lambda page=page: page.title in text(pilot))
            shown = text(pilot)
            assert f"{place + 1}/{len(screen.pages)}" in shown
            assert named(screen, page.advice)[:40] in shown
            if page.title == "A year at each retention":
                assert "◂ best" in shown
                assert "yours" in shown
            await pilot.press("]")
            await pilot.pause()
        await pilot.press("q")
        assert not isinstance(app.screen, MemoryScreen)


async def test_a_fit_says_how_much_is_missing(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("o")
        await until(pilot, lambda: "it takes 400" in text(pilot))
        assert not app.screen.fitting


async def test_a_fit_is_kept_when_it_is_better_and_counts_at_once(reviewed, monkeypatch):
    from nnstudy.memory import fitting

    monkeypatch.setattr(fitting, "LEAST", 50)  # the note has few cards
    with reviewed.beside() as other:
        expected = other.optimize(dry_run=True)
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("o")
        await until(pilot, lambda: "held-out reviews" in text(pilot), limit=60)
        await until(pilot, lambda: app.screen.whole)
        shown = text(pilot)
        assert f"{expected.fit.loss_before:.4f} before, {expected.fit.loss_after:.4f}" in shown
        assert ("better, kept" in shown) == expected.fit.better
        assert (reviewed.scheduler().policy.parameters != DEFAULT_PARAMETERS) == expected.fit.better
        assert "good, default" in shown
    assert reviewed.rebuild() == 0


async def test_learned_parameters_are_let_go_of_by_a_key(reviewed):
    before = {card.id: card.memory for card in reviewed.cards()}
    learned = (*DEFAULT_PARAMETERS[:2], 9.0, *DEFAULT_PARAMETERS[3:])
    reviewed._rebuilding.schedule_by(learned, None, "here", lambda done, total: None)
    reviewed.take_up()
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "d goes back" in text(pilot))
        await pilot.press("d")
        await until(pilot, lambda: "from 400 reviews on" in text(pilot))
        assert reviewed.scheduler().policy.parameters == DEFAULT_PARAMETERS
    assert {card.id: card.memory for card in reviewed.cards()} == before


@pytest.mark.parametrize(("key", "days"), [("s", "3"), ("v", "5")])
async def test_other_due_days_are_shown_then_kept_then_taken_back(reviewed, clock, key, days):
    clock.pass_by(days=30)
    before = {card.id: card.memory for card in reviewed.cards()}
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, PlanScreen) and app.screen.plan)
        app.screen.query_one(Input).value = ""
        await until(pilot, lambda: "How many days?" in text(pilot))
        await pilot.press(*days)
        await until(pilot, lambda: app.screen.plan)
        assert "would get another due day" in text(pilot)
        assert {card.id: card.memory for card in reviewed.cards()} == before
        plan = app.screen.plan
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MemoryScreen))
        after = {card.id: card.memory.due_day for card in reviewed.cards()}
        assert {card: after[card] for card in plan.days} == dict(plan.days)
        await pilot.press("u")
        await until(pilot, lambda: {card.id: card.memory for card in reviewed.cards()} == before)
