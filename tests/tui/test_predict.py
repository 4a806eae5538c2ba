"""Predicting a number: typed, read back, kept, made surer, compared with what came out."""

import threading

import pytest
from support import ask_for, text, until
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from nnstudy import Study
from nnstudy.memory.scheduler import Rating
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.surprise import SurpriseScreen
from nnstudy.tui.widgets.trial import TrialView

SMALL = (80, 24)


@pytest.fixture(autouse=True)
def _numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for(monkeypatch, number=True)


@pytest.fixture
def app(study: Study) -> StudyApp:
    return StudyApp(study, start="review")


async def with_trial(pilot: Pilot, experiment: str = "dropout") -> TrialView:
    """Go on to a card of this experiment; it comes a moment after its question."""
    await pilot.pause()
    while pilot.app.screen.card.experiment != experiment:
        await pilot.press("space", "4")
        await pilot.pause()
    await until(pilot, lambda: any(view.is_mounted for view in pilot.app.screen.query(TrialView)))
    await until(pilot, lambda: pilot.app.screen.query_one(TrialView).trial is not None)
    return pilot.app.screen.query_one(TrialView)


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_how_near_counts_as_right_stands_there_before_anything_is_typed(app, study, size):
    async with app.run_test(size=size) as pilot:
        view = await with_trial(pilot)
        assert view.estimate is not None
        shown = " ".join(text(pilot).split())
        assert view.estimate.tolerance() in shown
        assert view.estimate.bounds() in shown
        for widget in app.screen.query("#card, #trial-question, #number, #number-terms, #trial-hint, #grades"):
            assert widget.region.bottom <= size[1]
            assert widget.region.height >= widget.virtual_size.height or widget.id == "grades"


async def test_a_digit_begins_the_number_enter_keeps_it_and_enter_again_is_surer(app, study):
    async with app.run_test(size=SMALL) as pilot:
        view = await with_trial(pilot)
        await pilot.press(*"1/4")
        await pilot.pause()
        assert "= × 0.25" in text(pilot)
        assert study.prediction(view.trial) is None
        await pilot.press("enter")
        await pilot.pause()
        assert "● × 0.25" in text(pilot)
        assert (study.prediction(view.trial).number, study.prediction(view.trial).confidence) == (0.25, "think so")
        for said, kept in (("I am sure", "sure"), ("a guess", "guess"), ("I think so", "think so")):
            await pilot.press("enter")
            await pilot.pause()
            assert said in text(pilot)
            assert study.prediction(view.trial).confidence == kept
        await pilot.press("3", "escape")
        await pilot.pause()
        assert "● × 0.25" in text(pilot), "what is not entered is no prediction"
        await pilot.press("p", *"7", "enter")
        assert study.prediction(view.trial).number == 7


async def test_a_number_typed_in_one_burst_is_kept_whole(app, study):
    """A paste, or a slow machine: the keys arrive before the line has the focus."""
    async with app.run_test(size=SMALL) as pilot:
        view = await with_trial(pilot)
        for character in "25e-1":
            app.post_message(Key(_character_to_key(character), character))
        app.post_message(Key("enter", "\r"))
        await until(pilot, lambda: study.prediction(view.trial) is not None)
        assert study.prediction(view.trial).number == 2.5


async def test_a_number_out_of_bounds_is_refused_with_the_bounds(app, study):
    async with app.run_test(size=SMALL) as pilot:
        view = await with_trial(pilot)
        await pilot.press(*"1e9", "enter")
        await pilot.pause()
        assert "out of bounds" in text(pilot)
        assert study.prediction(view.trial) is None
        await pilot.press("backspace", "backspace", "enter")
        assert study.prediction(view.trial).number == 1


async def test_the_number_can_be_clicked(app, study):
    async with app.run_test(size=SMALL) as pilot:
        view = await with_trial(pilot)
        await pilot.click("#number-typed")
        await pilot.press(*"2.5", "enter")
        await pilot.pause()
        await pilot.click("#number-kept", offset=(3, 0))
        await pilot.pause()
        assert study.prediction(view.trial).confidence == "sure"
        assert "I am sure" in text(pilot)


async def test_after_the_run_the_number_stands_beside_what_came_out_and_proposes_the_grade(app, study):
    async with app.run_test(size=SMALL) as pilot:
        view = await with_trial(pilot)
        await pilot.press(*"900", "enter", "enter", "r")
        await until(pilot, lambda: view.has_class("-ran"))
        question, answer = view.trial.question, view.trial.question.answer(view.figure.frame)
        shown = str(app.screen.query_one("#outcome Static").render())
        assert f"you predicted × 900 (sure): {question.estimate.apart(900, answer)}" in shown
        assert f"Result: {question.say(answer)}" in shown
        assert question.misconception(900, answer) in shown
        assert app.screen.proposed is Rating.AGAIN
        await pilot.press("end")
        await until(pilot, lambda: view.figure.frame.measurements[-1].name[:30] in text(pilot))
        card = app.screen.card.id
        await pilot.press("4")
        await pilot.pause()
        assert study.card(card).memory.reviews == 0, "before the reveal a digit grades nothing"
        await pilot.press("space", "1")
        await pilot.pause()
        assert study.card(card).memory.reviews == 1


async def test_once_revealed_digits_grade(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await with_trial(pilot)
        card = app.screen.card.id
        await pilot.press("space", "3")
        await pilot.pause()
        assert study.card(card).memory.reviews == 1


async def test_b_buries_where_no_choices_stand(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await with_trial(pilot)
        card = app.screen.card.id
        await pilot.press("b")
        await pilot.pause()
        assert study.card(card).buried_until is not None


async def test_a_number_outlives_the_program(study):
    for number in ("0.5", ""):
        app = StudyApp(study, start="review")
        async with app.run_test(size=SMALL) as pilot:
            await with_trial(pilot)
            await pilot.press(*number, *(["enter"] if number else []))
            await pilot.pause()
            assert "● × 0.5" in text(pilot)


async def test_the_surprise_takes_a_number_too(study):
    app = StudyApp(study, start="lab")
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SurpriseScreen))
        view = app.screen.query_one(TrialView)
        low = view.trial.question.estimate.say(view.trial.question.estimate.low).removeprefix("× ")
        await pilot.press("p")
        app.screen.query_one("#number-typed", Input).value = low
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert app.screen.prediction.confidence == "sure"
        await pilot.press("r")
        await until(pilot, lambda: view.has_class("-ran"))
        assert "you predicted" in text(pilot)


async def test_before_the_experiments_are_loaded_no_card_is_said_to_have_none(app, study, monkeypatch):
    held = threading.Event()
    monkeypatch.setattr(study, "prepare", held.wait)
    try:
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            await until(pilot, lambda: "reveals the answer" in text(pilot))
            await pilot.press("r")
            await until(pilot, lambda: "One moment" in text(pilot), 3)
            assert "has no experiment" not in text(pilot)
            held.set()
            await until(pilot, lambda: app.screen.ready)
    finally:
        held.set()
