"""The laboratory while a run goes on: live parameters, rewinding, and a worker that dies."""

import os
import signal
import sys

import pytest
from support import text, until
from textual.pilot import Pilot

from nnstudy.experimenting.engine import shared
from nnstudy.experimenting.run_table import kept_documents
from nnstudy.tui.app import StudyApp
from nnstudy.tui.widgets.inspector import Inspector
from nnstudy.tui.widgets.parameters import ParameterForm


@pytest.fixture
def lab(study):
    return StudyApp(study, start="lab", experiment="dropout")


def form(pilot: Pilot) -> ParameterForm:
    return pilot.app.screen.query_one(ParameterForm)


async def held(pilot: Pilot) -> Inspector:
    """A run that waits before its end from its beginning on: it may well be over before a busy machine draws it."""
    figure = pilot.app.screen.query_one(Inspector)
    pilot.app.screen.action_run()
    pilot.app.screen.action_pause()
    await until(pilot, lambda: figure.paused and figure.frame is not None)
    assert figure.frame.step < figure.frame.total
    return figure


async def changed(pilot: Pilot) -> None:
    """Begin a run, hold it, and give it another p."""
    await until(pilot, lambda: form(pilot).fields)
    assert "p ~" in text(pilot)
    assert "units ~" not in text(pilot)
    await held(pilot)
    form(pilot).fill({"p": "0.2", "units": "8"})
    await pilot.press("tab", "enter")
    await until(pilot, lambda: "p = 0.2 from step" in text(pilot))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_live_field_says_from_which_step_it_counts_or_why_it_does_not(lab, size):
    async with lab.run_test(size=size) as pilot:
        await changed(pilot)
        form(pilot).fill({"p": "7"})
        await pilot.press("enter")
        await until(pilot, lambda: "p = 7 is not allowed" in text(pilot))


async def test_a_live_field_changes_the_run_and_rewinding_begins_it_again(lab, study):
    async with lab.run_test(size=(80, 24)) as pilot:
        await changed(pilot)
        await pilot.press("escape", "space")
        await until(pilot, lambda: "the run is kept" in text(pilot))
        (first,) = study.runs.all()
        assert first.parameters["p"] == 0.5
        assert first.parameters["units"] == 10
        assert [(name, value) for _, name, value in first.changes] == [("p", 0.2)]
        await pilot.press("h")
        await until(pilot, lambda: "p=0.2 after step" in text(pilot))
        assert "(defaults)" not in text(pilot)
        assert [one["changes"][0]["name"] for one in kept_documents(study.runs, [first])] == ["p"]
        await pilot.press("q")
        await pilot.press("w")
        await until(pilot, lambda: len(study.runs.all()) == 2)
        again = study.runs.all()[0]
        assert form(pilot).texts()["p"] == "0.5"
        assert (again.parameters, again.seed, again.changes) == (first.parameters, first.seed, ())
        assert again.digest != first.digest


async def test_what_is_not_live_waits_for_the_next_run(lab):
    async with lab.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: form(pilot).fields)
        await pilot.press("w")
        await until(pilot, lambda: "no run to begin again yet" in text(pilot))
        await held(pilot)
        form(pilot).fill({"units": "4"})
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "units: with the next run" in text(pilot))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
async def test_a_killed_worker_fails_the_run_and_the_laboratory_goes_on(lab, study):
    async with lab.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: form(pilot).fields)
        figure = await held(pilot)
        os.kill(shared().process, signal.SIGKILL)
        await until(pilot, lambda: "the run failed: its process died (SIGKILL)" in text(pilot))
        assert not figure.running
        assert study.runs.all() == []
        await pilot.press("r")
        await until(pilot, lambda: "the run is kept" in text(pilot))
