"""The screen for sweeps, with real worker processes and an experiment that is quick."""

import pytest
from support import text, until
from textual.pilot import Pilot
from textual.widgets import DataTable, OptionList

from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.data import DataScreen
from nnstudy.tui.screens.lab import LabScreen
from nnstudy.tui.screens.pick import PickScreen
from nnstudy.tui.screens.sweep import SweepScreen
from nnstudy.tui.widgets.inspector import Inspector
from nnstudy.tui.widgets.parameters import ParameterForm
from nnstudy.tui.widgets.sweep_form import SweepForm


async def opened(pilot: Pilot, **texts: str) -> SweepScreen:
    """The screen, by its key, with texts in its form."""
    await until(pilot, lambda: pilot.app.screen.query_one(ParameterForm).fields)
    await pilot.press("s")
    await until(pilot, lambda: isinstance(pilot.app.screen, SweepScreen) and "r runs" in text(pilot))
    pilot.app.screen.query_one(SweepForm).fill(texts)
    return pilot.app.screen


@pytest.fixture
def app(study):
    return StudyApp(study, start="lab", experiment="momentum")


async def test_a_sweep_is_typed_run_shown_and_saved(app, study):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, seeds="2")
        await pilot.press("tab", *["tab"] * 20, "escape")
        screen.query_one(SweepForm).point_out("kappa")
        await pilot.press(*"10..1000x3log", "enter")
        await until(pilot, lambda: "done in" in text(pilot), 60)
        assert "6 of 6 runs" in text(pilot)
        assert [str(screen.query_one(DataTable).get_row_at(row)[0]) for row in range(3)] == ["10", "100", "1000"]
        assert "measurements held" in text(pilot)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        await pilot.press("end", "enter")
        await until(pilot, lambda: app.screen is screen and screen.measure.startswith("answers: "))
        assert "100 %" in text(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, DataScreen))
        await pilot.press("q", "w")
        await until(pilot, lambda: "saved: " in text(pilot))
        (file,) = (study.folder / "figures").glob("*.csv")
        assert len(file.read_text().splitlines()) == 7
        await pilot.press("r")
        await until(pilot, lambda: "all 6 runs are done already" in text(pilot))


async def test_a_sweep_is_stopped_goes_on_and_is_found_among_the_earlier_ones(app, study):
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, kappa="10..1000x10", seeds="4")
        await pilot.press("r")
        await until(pilot, lambda: len(screen.results) > 1, 60)
        assert "left" in text(pilot)
        assert screen.query_one(Inspector).frame is not None
        await pilot.press("r")
        await until(pilot, lambda: "r goes on from there" in text(pilot), 60)
        done = len(screen.results)
        assert 1 < done < 40
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, PickScreen) and f"{done} of 40 runs" in text(pilot))
        screen.query_one(SweepForm).fill({"kappa": "5"})
        await pilot.click(app.screen.query_one(OptionList), offset=(5, 1))
        await until(pilot, lambda: app.screen is screen and f"{40 - done} runs are missing" in text(pilot))
        assert screen.query_one(SweepForm).texts()["kappa"].startswith("10,120,")
        await pilot.press("r")
        await until(pilot, lambda: len(screen.results) > done, 60)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, LabScreen))
        await until(pilot, lambda: all(worker.is_finished for worker in app.workers), 60)
        assert done < study.sweeps.all("momentum")[0].done < 40


async def test_a_value_that_nobody_touched_keeps_all_its_digits(app, study):
    """The best step of momentum has sixteen digits: a sweep made on the command line is found whole on the screen."""
    study.sweeps.run(study.sweeps.plan("momentum", {"kappa": ["10", "1000"]}, {}, 1))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, kappa="10,1000", seeds="1")
        await pilot.press("r")
        await until(pilot, lambda: "all 2 runs are done already" in text(pilot))
        assert screen.plan.fixed == {}
        await pilot.press("e", "enter")
        await until(pilot, lambda: "all runs are done; m another measure" in text(pilot))
        screen.query_one(SweepForm).point_out("kappa")
        await pilot.press("end", *",20..200x3 log")
        await pilot.press("escape")
        await until(pilot, lambda: "kappa   10,1000,20" in text(pilot))


async def test_what_is_not_allowed_is_said_and_its_field_pointed_out(app):
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, kappa="10..1000")
        await pilot.press("r")
        await until(pilot, lambda: "how many values has" in text(pilot))
        assert app.focused is (form := screen.query_one(SweepForm))
        assert form.fields[form.place].name == "kappa"
        screen.query_one(SweepForm).fill({"kappa": "10", "seeds": "none"})
        await pilot.press("escape", "r")
        await until(pilot, lambda: "seeds = none is not allowed" in text(pilot))
        screen.query_one(SweepForm).fill({"seeds": "1", "cluster": "nowhere"})
        await pilot.press("escape", "r")
        await until(pilot, lambda: "'nowhere' is no address" in text(pilot) or "needs Dask" in text(pilot))
        assert not screen.running


async def test_without_a_sweep_the_keys_say_so(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        answers = {"m": "no measure yet", "e": "no earlier sweep", "w": "nothing to save", "t": "no data"}
        for key, said in answers.items():
            await pilot.press(key)
            await until(pilot, lambda said=said: said in text(pilot))
        await pilot.press("f", "c", "+", "L", "0", "escape", "q")
        await until(pilot, lambda: isinstance(app.screen, LabScreen))


async def test_the_palette_has_what_the_keys_do(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query_one(ParameterForm).fields)
        await pilot.press("ctrl+p", *"sweep")
        await until(pilot, lambda: "the key s" in text(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen))
