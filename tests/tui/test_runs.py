"""The list of runs, driven by keys and mouse."""

import time
from dataclasses import replace

import pytest
from support import keep, text, until
from textual.pilot import Pilot
from textual.widgets import DataTable, Input

from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.comparison import ComparisonScreen
from nnstudy.tui.screens.lab import LabScreen
from nnstudy.tui.screens.runs import RunsScreen
from nnstudy.tui.screens.today import TodayScreen
from nnstudy.tui.widgets.inspector import Inspector
from nnstudy.tui.widgets.parameters import ParameterForm

SMALL = (80, 24)


async def press(pilot: Pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


@pytest.fixture
def three(study, clock):
    """Three runs, the newest first."""
    for name, seed, parameters in (("divergence", 3, {"mean": 0.5}), ("divergence", 3, {}), ("momentum", 4, {})):
        clock.pass_by(minutes=1)
        keep(study, name, seed, **parameters)
    return study.runs.all()


@pytest.fixture
async def pilot(study, three):
    app = StudyApp(study)
    async with app.run_test(size=SMALL) as driver:
        await press(driver, "h")
        await until(
            driver, lambda: isinstance(app.screen, RunsScreen) and app.screen.query_one(DataTable).row_count == 3
        )
        yield driver


async def test_today_opens_the_list_and_q_leads_back(pilot):
    shown = text(pilot)
    assert "3 runs" in shown
    assert "momentum" in shown
    assert "mean=0.5" in shown
    await press(pilot, "q")
    assert isinstance(pilot.app.screen, TodayScreen)


async def test_enter_opens_the_run_with_its_parameters_and_seed_and_runs_it(pilot, study, three):
    await press(pilot, "down", "down", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, LabScreen))
    lab = pilot.app.screen
    assert (lab.experiment.name, lab.start_parameters.mean, lab.start_seed) == ("divergence", 0.5, 3)
    await until(pilot, lambda: lab.query_one(ParameterForm).fields)
    await press(pilot, "r")
    await until(pilot, lambda: len(study.runs.all()) == 4)
    assert study.runs.all()[0].digest == three[2].digest
    await press(pilot, "q")
    assert isinstance(pilot.app.screen, RunsScreen)
    assert "4 runs" in text(pilot)


async def test_a_star_is_given_and_taken_away(pilot, study, three):
    await press(pilot, "asterisk")
    assert study.runs.find(three[0].id).starred
    assert "★" in text(pilot)
    await press(pilot, "asterisk")
    assert not study.runs.find(three[0].id).starred


async def test_a_run_is_named_and_commented(pilot, study, three):
    await press(pilot, "down", "n", *"mine", "enter")
    await press(pilot, "c", *"why", "enter")
    found = study.runs.find("mine")
    assert (found.id, found.comment) == (three[1].id, "why")
    assert "“why”" in text(pilot)
    assert pilot.app.focused is pilot.app.screen.query_one(DataTable)


async def test_a_name_that_is_taken_stays_in_the_line_to_be_changed(pilot, study, three):
    study.runs.rename(three[2], "mine")
    await press(pilot, "n", *"mine", "enter")
    assert "called 'mine' already" in text(pilot)
    assert pilot.app.focused is pilot.app.screen.query_one(Input)
    await press(pilot, "2", "enter")
    assert study.runs.find("mine2").id == three[0].id


async def test_escape_leaves_a_name_as_it_was(pilot, study, three):
    await press(pilot, "n", *"mine", "escape")
    assert study.runs.find(three[0].id).name == ""
    assert isinstance(pilot.app.screen, RunsScreen)


async def test_find_shows_only_runs_with_all_words_and_escape_shows_all(pilot):
    await press(pilot, "slash", *"DIV =0.5")
    assert "1 of 3 runs" in text(pilot)
    await press(pilot, "enter")
    assert [run.parameters["mean"] for run in pilot.app.screen.runs] == [0.5]
    await press(pilot, "slash", "z")  # added to the words that stand there
    assert "No run has all these words" in text(pilot)
    await press(pilot, "escape")
    assert len(pilot.app.screen.runs) == 3


async def test_keys_on_an_empty_list_do_nothing(study):
    app = StudyApp(study)
    async with app.run_test(size=SMALL) as driver:
        await press(driver, "h")
        assert "No run yet" in text(driver)
        await press(driver, "asterisk", "n", "c", "d", "x", "u", "r", "enter")
        assert isinstance(app.screen, RunsScreen)


async def test_deleting_moves_on_and_u_takes_it_back(pilot, study, three):
    await press(pilot, "down", "x")
    assert [run.id for run in study.runs.all()] == [three[0].id, three[2].id]
    assert pilot.app.screen.query_one(DataTable).cursor_row == 1
    await press(pilot, "u")
    assert len(study.runs.all()) == 3
    assert pilot.app.screen.query_one(DataTable).cursor_row == 1


async def test_two_marked_runs_stand_side_by_side(pilot, study):
    await press(pilot, "down", "d")
    assert "▸" in text(pilot)
    await press(pilot, "down", "d")
    assert isinstance(pilot.app.screen, ComparisonScreen)
    shown = text(pilot)
    assert "≠ " in shown
    assert "mean" in shown
    assert "samples" not in shown
    await press(pilot, "e")
    assert "samples" in text(pilot)
    await press(pilot, "q")
    assert isinstance(pilot.app.screen, RunsScreen)
    assert pilot.app.screen.marked is None


async def test_marking_a_run_twice_or_escape_takes_the_mark_away(pilot):
    await press(pilot, "d", "d")
    assert pilot.app.screen.marked is None
    await press(pilot, "d", "escape")
    assert pilot.app.screen.marked is None
    assert isinstance(pilot.app.screen, RunsScreen)


async def test_marked_runs_are_made_again_in_one_figure(pilot, study, three):
    await press(pilot, "o")
    assert "space marks the runs" in text(pilot)
    await press(pilot, "down", "space", "space")  # each goes on to the next
    assert [run.id for run in pilot.app.screen.chosen] == [three[1].id, three[2].id]
    await press(pilot, "up", "up", "up", "space")
    assert "only those go into one figure" in text(pilot)
    await press(pilot, "o")
    await until(pilot, lambda: "2 of 2 runs made again, as they were kept" in text(pilot))
    figure = pilot.app.screen.query_one(Inspector)
    await until(pilot, lambda: len(figure.behind) == 1)
    assert figure.behind[0].label == "mean 0.5"
    assert len(study.runs.all()) == 3
    await press(pilot, "q", "escape")
    assert pilot.app.screen.chosen == []
    study.store.connection.execute("UPDATE run SET digest = 'another'")
    await press(pilot, "u", "down", "space", "o")
    await until(pilot, lambda: "1 came out otherwise than kept" in text(pilot))


async def test_a_run_again_says_whether_it_agrees(pilot, study, three):
    await press(pilot, "r")
    await until(pilot, lambda: "the same to the last digit" in text(pilot))
    assert len(study.runs.all()) == 4
    study.store.connection.execute("UPDATE measurement SET measured = measured + 1")
    study.store.connection.execute("UPDATE run SET digest = 'another'")
    await press(pilot, "u", "r")  # u reads the runs anew
    await until(pilot, lambda: "✗ again: not the same" in text(pilot))


async def test_r_stops_a_run_that_runs_again(pilot, study, monkeypatch):
    endless = study.experiment("momentum")
    frame = next(iter(endless.run(endless.make(), 0)))

    def run(self, parameters, seed):
        while True:
            time.sleep(0.01)
            yield replace(frame, step=1, total=10)

    monkeypatch.setattr(type(endless), "run", run)
    await press(pilot, "r")
    await until(pilot, lambda: "running again, 10 %" in text(pilot))
    await press(pilot, "r")
    await until(pilot, lambda: "stopped; nothing of it is kept" in text(pilot))
    await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))
    assert len(study.runs.all()) == 3


async def test_a_run_whose_experiment_is_gone_says_so(pilot, study):
    study.store.connection.execute("UPDATE run SET experiment = 'gone'")
    await press(pilot, "u", "enter")
    assert "'gone' is unknown" in text(pilot)
    await press(pilot, "r")
    assert isinstance(pilot.app.screen, RunsScreen)


async def test_names_and_comments_are_shown_as_text_never_as_markup(pilot, study, three):
    study.runs.comment(study.runs.rename(three[0], "[b]x[/b]\x1b"), "[/] [red]")
    await press(pilot, "u", "down", "up")
    assert "[b]x[/b]\\x1b" in text(pilot)
    assert "[/] [red]" in text(pilot)


async def test_the_laboratory_opens_the_runs_of_its_experiment(study, three):
    app = StudyApp(study, start="lab", experiment="divergence")
    async with app.run_test(size=SMALL) as driver:
        await driver.pause(0.2)
        await press(driver, "h")
        await until(driver, lambda: isinstance(app.screen, RunsScreen))
        assert {run.experiment for run in app.screen.runs} == {"divergence"}


async def test_the_mouse_opens_a_run_and_presses_the_keys_of_the_bar(pilot):
    table = pilot.app.screen.query_one(DataTable)
    await pilot.click(table, offset=(10, 2))
    await pilot.pause()
    assert table.cursor_row == 1
    bar = next(y for y, line in enumerate(text(pilot).splitlines()) if "* Star" in line)
    column = text(pilot).splitlines()[bar].index("Star")
    await pilot.click(offset=(column, bar))
    await pilot.pause()
    assert pilot.app.screen.runs[1].starred
    await pilot.click(table, offset=(10, 2))
    await until(pilot, lambda: isinstance(pilot.app.screen, LabScreen))
