"""The screens, driven by keys and mouse: what a learner does in an evening."""

import re
import threading
from dataclasses import asdict

import numpy as np
import pytest
from support import ask_for, keep, text, until
from textual.pilot import Pilot
from textual.widgets import Input

from nnstudy import Study
from nnstudy.experimenting.trials import complete, surprise
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.choose import ChooseScreen
from nnstudy.tui.screens.finished import FinishedScreen
from nnstudy.tui.screens.help import HelpScreen, sheet
from nnstudy.tui.screens.lab import LabScreen
from nnstudy.tui.screens.review import ReviewScreen, Stopwatch
from nnstudy.tui.screens.source import SourceScreen
from nnstudy.tui.screens.surprise import SurpriseScreen
from nnstudy.tui.screens.today import TodayScreen
from nnstudy.tui.widgets.figure import FigureView
from nnstudy.tui.widgets.trial import TrialView

SMALL = (80, 24)


@pytest.fixture(autouse=True)
def _choices(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for(monkeypatch, number=False)


@pytest.fixture
def app(study: Study) -> StudyApp:
    return StudyApp(study, start="review")


async def test_today_shows_sections_with_moons_and_begins_on_enter(study):
    app = StudyApp(study)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "🌑🌑🌑🌑🌑" in text(pilot))
        shown = text(pilot)
        assert "Small note" in shown
        assert "Dropout" in shown
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))


async def test_an_evening_answers_every_card_and_ends_with_what_was_done(app, study, clock):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        for _ in range(100):
            if isinstance(app.screen, FinishedScreen):
                break
            await pilot.press("space", "4")
            clock.pass_by(seconds=30)
            await pilot.pause()
        assert "Done: " in text(pilot)
        assert "Easy" in text(pilot)
        assert {card.memory.state for card in study.cards()} == {"review"}
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TodayScreen))
        await until(pilot, lambda: "All done for now" in text(pilot))


async def test_a_grade_before_the_reveal_is_not_taken(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("3")
        assert study.store.log.size() == 0


async def test_the_grades_say_when_the_card_would_come_back(app):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("space")
        await pilot.pause()
        assert re.search(r"1 Again 1m +2 Hard 6m +3 Good 10m +4 Easy \d+d", text(pilot))


async def test_undo_brings_the_card_back(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        first = app.screen.card.id
        await pilot.press("space", "3")
        await pilot.pause()
        assert app.screen.card.id != first
        await pilot.press("u")
        await pilot.pause()
        assert app.screen.card.id == first
        assert study.card(first).memory.reviews == 0


async def test_suspend_and_bury_move_on(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        first = app.screen.card.id
        await pilot.press("s")
        await pilot.pause()
        second = app.screen.card.id
        await pilot.press("B")
        await pilot.pause()
        assert study.card(first).suspended
        assert study.card(second).buried_until is not None
        assert app.screen.card.id not in {first, second}


async def with_trial(pilot: Pilot) -> TrialView:
    """Go on to a card with an experiment; it comes a moment after its question."""
    while pilot.app.screen.card.experiment is None:
        await pilot.press("space", "4")
        await pilot.pause()
    await until(pilot, lambda: any(view.is_mounted for view in pilot.app.screen.query(TrialView)))
    view = pilot.app.screen.query_one(TrialView)
    assert view.trial is not None
    return view


async def test_predict_run_look_reveal_grade(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        view = await with_trial(pilot)
        card, trial = pilot.app.screen.card, view.trial
        await pilot.press("b")
        await pilot.pause()
        assert "● b" in text(pilot)
        assert study.prediction(trial).choice == 1
        await pilot.press("r")
        await until(pilot, lambda: view.has_class("-ran"))
        assert "you predicted" in text(pilot)
        shown = str(app.screen.query_one("#outcome Static").render())
        await pilot.press("a")
        await pilot.pause()
        assert study.prediction(trial) is None, "the outcome stands there: it is too late to predict"
        for measurement in view.figure.frame.measurements:
            assert measurement.name[:30] in shown
        assert max(map(len, shown.splitlines()[-len(view.figure.frame.measurements) :])) <= 60
        await pilot.press("space")
        await pilot.pause()
        assert "▸" in text(pilot)
        await pilot.press("3")
        await pilot.pause()
        (run,) = study.store.runs.last()
        assert (run.experiment, run.card, run.status) == (trial.experiment.name, card.id, "finished")
        (outcome,) = study.summary(app.screen.began).predictions
        assert outcome.run == run.id


async def test_the_same_letter_again_says_how_sure(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        view = await with_trial(pilot)
        for said, kept in (("I think so", "think so"), ("I am sure", "sure"), ("a guess", "guess")):
            await pilot.press("a")
            await pilot.pause()
            assert said in text(pilot)
            assert study.prediction(view.trial).confidence == kept
        await pilot.press("b")
        assert study.prediction(view.trial).confidence == "think so"


async def test_the_choices_and_grades_can_be_clicked(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        view = await with_trial(pilot)
        await pilot.click("#choices", offset=(5, 0))
        await pilot.pause()
        assert study.prediction(view.trial).choice == 0
        card = app.screen.card.id
        await pilot.click("#grades")
        await pilot.pause()
        await pilot.click("#grades", offset=(50, 0))
        await pilot.pause()
        assert study.card(card).memory.reviews == 1


async def test_a_run_without_a_prediction_is_asked_for_twice(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        view = await with_trial(pilot)
        await pilot.press("r")
        await pilot.pause()
        assert "predict first" in text(pilot)
        assert not view.has_class("-running")
        await pilot.press("r")
        await until(pilot, lambda: view.has_class("-ran"))
        assert "Result:" in text(pilot)


async def test_a_prediction_outlives_the_program(study):
    async with StudyApp(study, start="review").run_test(size=SMALL) as pilot:
        await pilot.pause()
        await with_trial(pilot)
        await pilot.press("c")
        await pilot.pause()
    async with StudyApp(study, start="review").run_test(size=SMALL) as pilot:
        await pilot.pause()
        await with_trial(pilot)
        assert "● c" in text(pilot)


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_question_experiment_and_grades_stand_whole_on_the_screen(app, study, size):
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        view = await with_trial(pilot)
        shown = " ".join(text(pilot).split())
        for choice in view.trial.question.choices:
            assert choice.text.split()[-1] in shown
        for widget in app.screen.query("#card, #trial-question, #choices, #trial-hint, #grades"):
            assert widget.region.bottom <= size[1]
            assert widget.region.right <= size[0]
            assert widget.region.height >= widget.virtual_size.height or widget.id == "grades"


async def test_a_failing_experiment_leaves_the_review_going(app, study, monkeypatch):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        view = await with_trial(pilot)

        def broken(parameters, seed):
            raise FloatingPointError("no such number")
            yield

        monkeypatch.setattr(view.trial.experiment.module, "run", broken)
        await pilot.press("a", "r")
        await until(pilot, lambda: "The run failed" in text(pilot))
        await pilot.press("space", "3")
        await pilot.pause()
        assert study.store.log.size() >= 1


async def test_the_lab_runs_resets_and_refuses(study):
    app = StudyApp(study, start="lab", experiment="divergence")
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: len(app.screen.query(Input)) > 0)
        figure = app.screen.query_one(FigureView)
        await pilot.press("r")
        await until(pilot, lambda: "hold; the run is kept" in text(pilot))
        assert not figure.running
        assert "✓ holds" in text(pilot) or "measured" in text(pilot)
        await pilot.press("tab", "9", "enter")  # what was there is selected, and gives way
        await until(pilot, lambda: "is not allowed: it takes" in text(pilot))
        await pilot.press("escape", "x", "n", "r")
        await until(pilot, lambda: len(study.store.runs.last("divergence")) == 2)
        assert study.store.runs.last("divergence")[0].seed != 0


async def test_numbers_that_nobody_touched_are_run_with_all_their_digits(study):
    app = StudyApp(study, start="lab", experiment="momentum")
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: len(app.screen.query(Input)) > 0)
        await pilot.press("r")
        await until(pilot, lambda: "hold; the run is kept" in text(pilot))
        assert study.store.runs.last("momentum")[0].parameters == asdict(study.experiment("momentum").make())


async def test_the_lab_offers_all_experiments_and_shows_their_source(study):
    app = StudyApp(study, start="lab")
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LabScreen) and len(app.screen.query(Input)) > 0)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        assert '"""' in text(pilot)
        await pilot.press("q", "q")
        await until(pilot, lambda: isinstance(app.screen, TodayScreen))


async def test_the_list_of_experiments_says_what_was_done_with_each(study):
    card = next(c for c in study.cards() if c.experiment)
    trial = study.trial(card)
    result, seconds = complete(trial.experiment, trial.parameters, trial.seed)
    answer = trial.question.answer(result)
    wrong = next(n for n, c in enumerate(trial.question.choices) if n != answer and c.misconception)
    made = study.predict(trial, wrong)
    study.keep(
        trial.experiment, trial.parameters, trial.seed, result, seconds=seconds, prediction=made,
        question=trial.question,
    )  # fmt: skip
    app = StudyApp(study, start="lab")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        assert "last run today, 1 question answered" in text(pilot)
        assert trial.question.choices[wrong].misconception[:40] in text(pilot)


async def test_a_run_by_a_clock_that_was_ahead_is_told_by_its_date(study, clock):
    clock.pass_by(days=9)
    keep(study, "divergence")
    made = study.runs.all()[0].at.astimezone()
    clock.pass_by(days=-9)
    app = StudyApp(study, start="lab")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: f"last run {made:%d %b %Y}" in text(pilot))


async def test_the_laboratory_lists_experiments_in_the_order_of_the_note_s_topics(study):
    app = StudyApp(study, start="lab")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        wanted = list(dict.fromkeys(card.experiment for card in study.cards() if card.experiment))
        assert [experiment.name for experiment in app.screen.experiments[: len(wanted)]] == wanted
        assert "Dropout   Dropout" in text(pilot)


async def test_surprise_me_asks_what_was_not_answered_yet_and_keeps_the_outcome(study):
    app = StudyApp(study, start="lab")
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SurpriseScreen))
        while not app.screen.trial.question.choices:  # a number is asked for: another question
            await pilot.press("n")
        trial, view = app.screen.trial, app.screen.query_one(TrialView)
        await pilot.press("r")
        await pilot.pause()
        assert "predict first" in text(pilot)
        await pilot.press("a", "r")
        await until(pilot, lambda: view.has_class("-ran"))
        assert "you predicted" in text(pilot)
        assert study.store.runs.explored()[trial.experiment.name].asked == {trial.question.name}
        assert study.store.log.size() == 0
        asked = {study.surprise(seed).question.name for seed in range(40)}
        assert len(asked) > 5
        await pilot.press("n")
        await pilot.pause()
        assert not view.has_class("-ran")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TodayScreen))


def test_a_surprise_is_a_question_that_was_not_answered_while_there_is_one(study):
    rng = np.random.default_rng(0)
    drawn = [(e, e.draw(rng)) for e in study.experiments().values() for _ in range(10)]
    every = {(e.name, question.name) for e, parameters in drawn for question in e.questions(parameters)}
    for left in (("momentum", "floor"), ("dropout", "winner")):
        asked = {name: frozenset(q for n, q in every if n == name and (n, q) != left) for name, _ in every}
        for seed in range(5):
            trial = surprise(study.laboratory(), asked, np.random.default_rng(seed))
            assert (trial.experiment.name, trial.question.name) == left


async def test_inspect_opens_the_lab_with_the_trial_and_comes_back(app, study):
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        view = await with_trial(pilot)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, LabScreen) and len(app.screen.query(Input)) > 0)
        assert app.screen.start_parameters == view.trial.parameters
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))


async def test_help_names_every_key_of_its_screen(app, study):
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        shown = text(pilot)
        for key, _ in sheet("ReviewScreen", {}):
            assert key in shown
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))


async def test_nothing_of_a_note_is_obeyed_as_markup(study, tmp_path):
    evil = tmp_path / "evil.md"
    evil.write_text(
        "---\ntitle: '[red]T[/red]'\n---\n# [bold]H[/bold]\n\n"
        "Q: [blink]x[/] [@click=app.quit]y[/] \x1b[31mz?\nA: [/nope]\n"
    )
    study.add(evil)
    study.choose(str(evil))
    app = StudyApp(study, start="review")
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("space")
        await pilot.pause()
        shown = text(pilot)
        assert "[red]T[/red] › [bold]H[/bold]" in shown
        assert "[blink]x[/] [@click=app.quit]y[/] \\x1b[31mz?" in shown
        assert "[/nope]" in shown


async def test_an_answer_that_cannot_be_kept_is_not_lost_silently(app, study, monkeypatch):
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await pilot.pause()
        card = app.screen.card.id
        study.store.connection.execute("PRAGMA query_only = ON")
        await pilot.press("space", "3")
        await until(pilot, lambda: "nothing was kept" in " ".join(text(pilot).split()))
        assert app.screen.card.id == card
        study.store.connection.execute("PRAGMA query_only = OFF")
        await pilot.press("3")
        await pilot.pause()
        assert study.store.log.size() == 1


def test_long_pauses_do_not_count_as_study_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nnstudy.tui.screens.review.time.monotonic", lambda: now[0])
    watch = Stopwatch(limit=120)
    now[0] += 30
    assert watch.touch() == 30
    now[0] += 3600
    assert watch.touch() == 150
    now[0] += 5
    assert watch.touch() == 155


def test_the_editor_is_told_the_line():
    from nnstudy.tui.editor import command

    assert command("vim -R", "/n.md", 7) == ["vim", "-R", "+7", "/n.md"]
    assert command("code --wait", "/n.md", 7) == ["code", "--wait", "--goto", "/n.md:7"]
    assert command("hx", "/n.md", 7) == ["hx", "/n.md:7"]


async def test_a_review_of_nothing_is_over_before_its_experiments_are_loaded(tmp_path, clock, monkeypatch):
    over = threading.Event()
    with Study.open(tmp_path / "empty", now=clock) as study:
        monkeypatch.setattr(study, "prepare", lambda: over.wait(10))
        app = StudyApp(study)
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: app.screen.agenda)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, FinishedScreen))
            over.set()
            await pilot.pause(0.1)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, TodayScreen))
