"""The laboratory's inspector: data as a table, a cursor that reads, zoom, axes, kept runs, conditions, a pause."""

import csv
import io
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from support import text, until
from textual.events import MouseScrollUp
from textual.geometry import Offset
from textual.pilot import Pilot

from nnstudy import StudyError
from nnstudy.lab.condition import parse
from nnstudy.lab.experiment import Bars, Figure, Frame, HeatMap, Line, Measurement, Panel, Points, Reference, Steps
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.behind import BehindScreen
from nnstudy.tui.screens.data import BesideScreen, DataScreen
from nnstudy.tui.screens.lab import LabScreen
from nnstudy.tui.widgets import figure as figures
from nnstudy.tui.widgets import reading
from nnstudy.tui.widgets import timeline as timelines
from nnstudy.tui.widgets.axes import Centres
from nnstudy.tui.widgets.figure import FigureView
from nnstudy.tui.widgets.inspector import Inspector
from nnstudy.tui.widgets.measurements import MeasurementTable
from nnstudy.tui.widgets.parameters import ParameterForm
from nnstudy.tui.widgets.timeline import TimeSlider
from nnstudy.tui.widgets.until import UntilInput

STEP = np.arange(1.0, 101.0)
LOSS = 1 / STEP
MAP = HeatMap(np.arange(5.0), np.arange(4.0), np.arange(20.0).reshape(4, 5), "gain")
PANELS = (
    Panel("Loss", "step", "loss", (Line(STEP, LOSS, "train"), Line(STEP, 2 * LOSS, "theory", "dashed"))),
    Panel("Map", "across", "up", (MAP,)),
    Panel("Bars", "", "share", (Bars(np.arange(3.0), np.array([3.0, 1.0, 2.0]), "solved", names=("a", "b", "c")),)),
)


def result(step: int = 100) -> Frame:
    return Frame(step, 100, Figure("F", PANELS), (Measurement("best loss", 0.01, None, None, ""),), {"rate": 0.5})


def falling(every: int):
    """An experiment's run of a hundred steps that gives a falling loss at every so many of them."""

    def run(parameters, seed):
        for step in range(every, 101, every):
            loss = Line(STEP[:step], LOSS[:step] * (1 + seed), "train")
            panels = (replace(PANELS[0], marks=(loss, PANELS[0].marks[1])), *PANELS[1:])
            yield replace(result(step), figure=Figure("F", panels))

    return run


@pytest.fixture
def lab(study, monkeypatch):
    """The laboratory on an experiment that gives a hundred frames of a falling loss."""
    experiment = study.experiment("divergence")
    monkeypatch.setattr(experiment.module, "run", falling(every=1))
    monkeypatch.setattr(experiment.module, "questions", lambda parameters: ())
    return StudyApp(study, start="lab", experiment="divergence")


async def ran(pilot: Pilot) -> Inspector:
    """Run the experiment to its end."""
    await until(pilot, lambda: pilot.app.screen.query_one(ParameterForm).fields)
    await pilot.press("r")
    await until(pilot, lambda: "the run is kept" in text(pilot))
    return pilot.app.screen.query_one(Inspector)


# --- what a panel says, without a screen --------------------------------------------------------------------------


def test_columns_hold_every_number_of_every_mark():
    marks = (*PANELS[0].marks, Points(STEP[:3], LOSS[:3]), Steps(np.arange(4.0), np.arange(3.0), "count"))
    found = reading.columns(Panel("", "x", "y", (*marks, Reference(0.3, "y", "floor"))))
    names = [
        "train: x",
        "train",
        "theory: x",
        "theory",
        "y: x",
        "y",
        "count: x from",
        "count: x to",
        "count",
        "floor: y",
    ]
    assert [column.name for column in found] == names
    rows = list(csv.reader(io.StringIO(reading.as_csv(found))))
    assert len(rows) == 101
    assert [float(row[1]) for row in rows[1:]] == LOSS.tolist()
    assert rows[4][6:] == ["", "", "", ""]


def test_a_map_becomes_long_rows_and_bars_keep_their_names():
    x, y, gain = reading.columns(PANELS[1])
    assert list(zip(x.cells, y.cells, gain.cells, strict=True))[7] == (2.0, 1.0, 7.0)
    assert [column.cells for column in reading.columns(PANELS[2])] == [("a", "b", "c"), [0, 1, 2], [3, 1, 2]]


@pytest.mark.parametrize(
    ("panel", "at", "said"),
    [
        (PANELS[0], (10.2, 0.0), [("train", "0.1"), ("theory", "0.2")]),
        (replace(PANELS[0], x_log=True), (1.0, 0.0), [("train", "0.1"), ("theory", "0.2")]),
        (PANELS[1], (2.1, 2.9), [("gain", "17")]),
        (PANELS[2], (0.8, 0.0), [("solved", "1 at b")]),
        (Panel("", "x", "y", (Steps(np.arange(4.0), np.array([5.0, 6.0, 7.0]), "n"),)), (1.5, 0), [("n", "6")]),
        (Panel("", "x", "y", (Points(np.array([0.0, 9.0]), np.array([1.0, 2.0]), "p"),)), (8, 2), [("p", "2 at 9")]),
        (Panel("", "x", "y", (Points(np.empty(0), np.empty(0), "p"),)), (8, 2), []),
    ],
)
def test_the_nearest_value_of_each_mark_is_read(panel, at, said):
    assert reading.readings(panel, *at, (0.0, 100.0, 0.0, 4.0)) == said


def test_zooming_keeps_the_place_where_it_is_and_ends_somewhere():
    whole = (0.0, 100.0, 0.0, 1.0)
    near = reading.zoomed(whole, whole, 20.0, 0.5, 2.0)
    assert near == (10.0, 60.0, 0.25, 0.75)
    for _ in range(100):
        near = reading.zoomed(near, whole, 20.0, 0.5, 2.0)
    assert near[1] - near[0] == pytest.approx(100 * reading.CLOSEST)


def test_a_condition_is_read_and_judged_by_any_number_of_a_frame():
    assert parse("until: rate > 0.4").met(result())
    assert parse("best loss below 0.02").met(result())
    assert not parse("train above 0.5").met(result())
    assert parse("loss under 1").meant(result()) == ("loss, train", 0.01), "a line on the axis of the loss"
    assert parse("st loss under 1").meant(result()) == ("best loss", 0.01)
    assert parse("no such thing below 1").meant(result()) is None


@pytest.mark.parametrize("words", ["", "loss", "loss below", "loss below x", "below 3", "loss below nan"])
def test_what_is_no_condition_is_refused(words):
    with pytest.raises(StudyError, match="write NAME below VALUE"):
        parse(words)


# --- on the screen ------------------------------------------------------------------------------------------------


async def test_the_data_of_a_panel_are_shown_copied_and_saved(lab, study, monkeypatch):
    async with lab.run_test(size=(80, 24)) as pilot:
        await ran(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(lab.screen, DataScreen))
        assert "train: step" in text(pilot)
        assert "0.33333" in text(pilot)
        copied = []
        monkeypatch.setattr(lab, "copy_to_clipboard", copied.append)
        await pilot.press("y", "w")
        await until(pilot, lambda: "saved: " in text(pilot))
        (file,) = (study.folder / "figures").glob("*-panel1.csv")
        assert file.read_text() == copied[0]
        assert len(copied[0].splitlines()) == 101
        await pilot.press("q")
        await until(pilot, lambda: isinstance(lab.screen, LabScreen))


async def test_data_that_cannot_be_saved_are_said_to_be_not(lab, study):
    (study.folder / "figures").write_text("in the way")
    async with lab.run_test(size=(80, 24)) as pilot:
        await ran(pilot)
        await pilot.press("t", "w")
        await until(pilot, lambda: "the data were not saved" in text(pilot))


async def test_a_step_of_the_cursor_draws_no_mark_anew(lab, monkeypatch):
    async with lab.run_test(size=(80, 24)) as pilot:
        figure = await ran(pilot)
        await pilot.press("c")
        await until(pilot, lambda: figure.plot.look.cursor is not None and "┼" in text(pilot))
        monkeypatch.setattr(figure.plot, "_draw", lambda: pytest.fail("drawn anew"))
        before = [strip.text for strip in figure.plot.rows()]
        await pilot.press("right", "down")
        await until(pilot, lambda: [strip.text for strip in figure.plot.rows()] != before)
        await pilot.press("left", "up")
        await until(pilot, lambda: [strip.text for strip in figure.plot.rows()] == before)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_cursor_reads_each_line_where_it_stands(lab, size):
    async with lab.run_test(size=size) as pilot:
        figure = await ran(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "┼" in text(pilot))
        before = figure.cursor[0]
        assert LOSS[round(before) - 1] == pytest.approx(1 / before, rel=0.05)
        assert f"train: {LOSS[round(before) - 1]:.5g}" in text(pilot)
        await pilot.press("left", "left", "down")
        await until(pilot, lambda: figure.cursor[0] < before)
        await pilot.press("escape")
        await until(pilot, lambda: "┼" not in text(pilot))
        assert isinstance(lab.focused, MeasurementTable)


async def test_the_mouse_reads_too_and_zooms_where_it_is(lab):
    async with lab.run_test(size=(80, 24)) as pilot:
        figure = await ran(pilot)
        area = figure.plot.area
        await pilot.hover(offset=area.offset + Offset(4, 2))
        await until(pilot, lambda: "┼" in text(pilot))
        assert figure.plot.cell(*figure.cursor) == (4, 2)
        figure.zoom(3)
        await until(pilot, lambda: figure.plot.look.window is not None)
        left, right = figure.plot.look.window[:2]
        assert right - left == pytest.approx(99 / 1.5**3)
        assert left < figure.cursor[0] < right


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_every_kind_of_panel_is_zoomed_panned_and_shown_whole_again(lab, turns):
    async with lab.run_test(size=(100, 30)) as pilot:
        figure = await ran(pilot)
        await pilot.press(*["right_square_bracket"] * turns)
        await pilot.pause()
        whole = text(pilot)
        await pilot.press("c", "+", "+", "escape")
        await pilot.pause()
        near = figure.plot.look.window
        assert near[1] - near[0] == pytest.approx((figure.plot.whole[1] - figure.plot.whole[0]) / 1.5**2)
        figure.focus()
        await pilot.press("shift+right", "shift+up")
        await pilot.pause()
        far = figure.plot.look.window
        assert far[0] - near[0] == pytest.approx((near[1] - near[0]) / 8)
        assert far[2] > near[2]
        assert text(pilot) != whole
        await pilot.press("escape", "0")
        await until(pilot, lambda: figure.plot.look.window is None)
        await until(pilot, lambda: text(pilot).splitlines()[3:12] == whole.splitlines()[3:12])


async def test_the_wheel_zooms_and_dragging_pans(lab):
    async with lab.run_test(size=(100, 30)) as pilot:
        figure = await ran(pilot)
        at = figure.plot.area.offset + Offset(20, 4)
        await pilot._post_mouse_events([MouseScrollUp], offset=at)
        await until(pilot, lambda: figure.plot.look.window is not None)
        left = figure.plot.look.window[0]
        await pilot.mouse_down(offset=at)
        await pilot.hover(offset=at + Offset(-10, 0))
        await pilot.mouse_up(offset=at + Offset(-10, 0))
        await until(pilot, lambda: figure.plot.look.window[0] > left)


async def test_both_axes_turn_logarithmic_and_back(lab):
    async with lab.run_test(size=(100, 30)) as pilot:
        await ran(pilot)
        await pilot.press("L")
        await until(pilot, lambda: "10⁻¹" in text(pilot))
        await pilot.press("K")
        await until(pilot, lambda: "10⁰" in text(pilot) and "10²" in text(pilot))
        assert "the x axis is logarithmic now" in text(pilot)
        await pilot.press("L", "K")
        await until(pilot, lambda: "10⁻¹" not in text(pilot) and "10²" not in text(pilot))


async def test_a_click_on_the_title_turns_to_the_next_panel(lab):
    async with lab.run_test(size=(80, 24)) as pilot:
        figure = await ran(pilot)
        await pilot.click("#panel-title")
        await until(pilot, lambda: figure.panel.title == "Map")
        await pilot.click("#panel-title", button=3)
        await until(pilot, lambda: figure.panel.title == "Loss")


async def test_many_panels_side_by_side_are_scrolled_through(study):
    app = StudyApp(study, start="lab", experiment="neuron")
    async with app.run_test(size=(80, 24)) as pilot:
        figure = await ran(pilot)
        await pilot.press("g")
        await until(pilot, lambda: "Gradients by layer" not in text(pilot) and len(figure._plots) == 9)
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "Gradients by layer" in text(pilot) and "layer 1" in text(pilot))


async def test_all_panels_stand_side_by_side(lab):
    async with lab.run_test(size=(80, 24)) as pilot:
        figure = await ran(pilot)
        await pilot.press("g")
        await until(pilot, lambda: all(panel.title in text(pilot) for panel in PANELS))
        assert len(figure._plots) == 3
        await pilot.press("right_square_bracket", "g")
        await until(pilot, lambda: len(figure._plots) == 1)
        assert figure.panel.title == "Map"


async def test_a_kept_run_stays_behind_the_next_and_is_compared_with_it(lab):
    async with lab.run_test(size=(120, 40)) as pilot:
        figure = await ran(pilot)
        await pilot.press("d")
        await until(pilot, lambda: "no run to compare with" in text(pilot))
        await pilot.press("k", "n", "r")
        await until(pilot, lambda: "the run is kept" in text(pilot) and "⠂1⠂ seed 0" in text(pilot))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(lab.screen, BesideScreen))
        assert "seed differs" in text(pilot)
        assert "best loss" in text(pilot)
        await pilot.press("q", "k", "k")
        await until(pilot, lambda: "1 stay behind" in text(pilot) and len(figure.behind) == 1)


async def test_several_runs_stay_behind_are_listed_dropped_and_saved_with_the_figure(lab, study, monkeypatch):
    monkeypatch.setattr(study.experiment("divergence").module, "run", falling(every=50))
    async with lab.run_test(size=(120, 40)) as pilot:
        figure = await ran(pilot)
        screen = lab.screen
        for count in range(1, 8):
            await pilot.press("k", "n", "r")
            await until(pilot, lambda: not figure.running and figure.frame.step == 100)
            await until(pilot, lambda count=count: len(figure.behind) == min(count, 6))
        assert "6 runs stay behind already" not in text(pilot)
        await pilot.press("k")
        await until(pilot, lambda: "6 runs stay behind already: b drops one" in text(pilot))
        assert all(f"⠂{place}⠂" in text(pilot) for place in range(1, 7))
        assert len({run.label for run in figure.behind}) == 6
        second = figure.behind[1].label
        await pilot.press("b")
        await until(pilot, lambda: isinstance(lab.screen, BehindScreen))
        assert second in text(pilot)
        await pilot.press("down", "x")
        await until(pilot, lambda: lab.screen is screen and len(figure.behind) == 5)
        assert second not in [run.label for run in figure.behind]
        await pilot.press("b", "end", "enter")
        await until(pilot, lambda: isinstance(lab.screen, BesideScreen))
        await pilot.press("q", "f")
        await until(pilot, lambda: "saved: " in text(pilot))
        files = {path.suffix: path for path in (study.folder / "figures").iterdir()}
        assert files.keys() == {".png", ".svg", ".pdf"}
        assert files[".svg"].stat().st_size > 10_000


async def test_the_slider_goes_back_to_any_step(lab, study):
    def measured() -> str:
        return lab.screen.query_one(MeasurementTable).rows[0][1]

    async with lab.run_test(size=(80, 24)) as pilot:
        figure = await ran(pilot)
        assert [frame.step for frame in figure.timeline.frames][::10] == [1, 25, 50, 75, 100]
        assert "step 100 of 100" in text(pilot)
        await pilot.press("comma", "comma")
        await until(pilot, lambda: "as it was at step 95 of 100" in text(pilot))
        assert len(figure.panel.marks[0].x) == 95
        await pilot.press("less_than_sign", "full_stop")
        await until(pilot, lambda: " step 3 of 100" in text(pilot))
        assert measured() == "0.01"
        slider = lab.screen.query_one(TimeSlider)
        await pilot.mouse_down(slider, offset=(2 + slider._room // 2, 0))
        await until(pilot, lambda: f"as it was at step {figure.frame.step} of" in text(pilot))
        assert figure.frame.step in (50, 53)
        await pilot.hover(slider, offset=(2 + slider._room // 4, 0))
        await pilot.mouse_up(slider, offset=(2 + slider._room // 4, 0))
        await until(pilot, lambda: 23 <= figure.frame.step <= 28)
        before = figure.frame.step
        await pilot.click(slider, offset=(0, 0))
        await until(pilot, lambda: figure.frame.step < before)
        assert figure.plot.look.window is None
        await pilot.press("c", "end")
        await until(pilot, lambda: figure.past is None and figure.frame.step == 100)
        await pilot.press("home")
        await until(pilot, lambda: figure.frame.step == 1)
        await pilot.press("escape", "r")
        await until(pilot, lambda: "the run is kept" in text(pilot) and figure.past is None)
        assert study.store.runs.last("divergence")[0].status == "finished"


async def test_the_layers_of_a_network_are_panels_at_every_step(study):
    app = StudyApp(study, start="lab", experiment="neuron")
    async with app.run_test(size=(120, 40)) as pilot:
        figure = await ran(pilot)
        titles = [panel.title for panel in figure.frame.figure.panels[-3:]]
        assert [title.split()[0] for title in titles] == ["Weights", "Activations", "Gradients"]
        await pilot.press("left_square_bracket", "less_than_sign")
        await until(pilot, lambda: "Gradients by layer: first start" in text(pilot) and "step 0 of 500" in text(pilot))
        first = figure.panel.marks[0].heights.copy()
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: not np.array_equal(figure.panel.marks[0].heights, first))
        await pilot.press("t")
        await until(pilot, lambda: "share zero" in text(pilot) and "layer 1: log10" in text(pilot))
        assert isinstance(app.screen, DataScreen)


def test_a_timeline_is_bounded_in_frames_and_bytes_and_keeps_both_ends():
    timeline, big = timelines.Timeline(), np.zeros(2**20)
    for step in range(1000):  # an experiment that never says how long it will take
        timeline.add(replace(result(0), step=step, total=0))
    assert len(timeline.frames) <= timelines.MOST_FRAMES
    assert (timeline.frames[0].step, timeline.frames[-1].step) == (0, 999)
    timeline = timelines.Timeline()
    for step in range(0, 550, 10):  # no step of which is where a part of the run begins
        timeline.add(replace(result(0), step=step, total=549))
    assert len(timeline.frames) >= 39
    timeline = timelines.Timeline()
    for step in range(1, 41):
        panel = Panel("", "", "", (Line(big + step, big),))
        timeline.add(Frame(step, 40, Figure("", (panel,))))
    assert sum(map(timelines.size, timeline.frames)) <= timelines.MOST_BYTES
    assert (timeline.frames[0].step, timeline.frames[-1].step) == (1, 40)


async def test_a_run_stops_when_its_condition_comes_true(lab, study):
    async with lab.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: lab.screen.query_one(ParameterForm).fields)
        await pilot.press("u", *"train < 0.1", "enter")
        await until(pilot, lambda: "train 0.090909 at step 11 of 100" in text(pilot))
        (run,) = study.store.runs.last("divergence")
        assert run.status == "stopped"
        await pilot.press("u", *["backspace"] * 11, *"nothing < 1", "enter")
        await until(pilot, lambda: "nothing is named 'nothing'" in text(pilot))
        await pilot.press("u", *["backspace"] * 11, *"what", "enter")
        await until(pilot, lambda: "write NAME below VALUE" in text(pilot))
        await pilot.press("escape")
        assert isinstance(lab.focused, MeasurementTable)


async def test_a_condition_on_what_no_run_measures_is_refused_before_the_next_one(lab, study):
    async with lab.run_test(size=(80, 24)) as pilot:
        await ran(pilot)
        await pilot.press("u", *"trian < 0.1", "enter")
        await until(pilot, lambda: "nothing is named 'trian'; did you mean 'train'?" in text(pilot))
        assert lab.focused is lab.screen.query_one(UntilInput)
        assert len(study.store.runs.last("divergence")) == 1
        await pilot.press(*["backspace"] * 11, *"train < 0.1", "enter")
        await until(pilot, lambda: "train 0.090909 at step 11" in text(pilot))


async def test_what_is_said_of_a_run_is_not_cut_off(lab):
    """A long message takes a second line; beside a long title the number of the panel and how far the run is stay."""
    async with lab.run_test(size=(80, 24)) as pilot:
        figure = await ran(pilot)
        lab.screen._say("the run failed: " + "where memory was short, smaller parameters need less; " * 2 + "the end")
        await until(pilot, lambda: "the end" in text(pilot))
        lab.screen._say("short")
        await until(pilot, lambda: "the end" not in text(pilot))
        lab.screen._lines.read("words " * 20 + "read")
        await until(pilot, lambda: "read" in text(pilot))
        panels = [replace(panel, title="Gradients by layer: sigmoid, rate 0.3, pair 1") for panel in PANELS]
        figure.running = True
        figure.show(Frame(50, 100, Figure("F", tuple(panels)), stage="training"))
        await until(pilot, lambda: "1/3   50 %  training" in text(pilot))
        assert "Gradients by" in text(pilot)
        figure.running = False


async def test_a_paused_run_waits_and_goes_on(lab, study, monkeypatch):
    experiment, seen, pressed = study.experiment("divergence"), [], threading.Event()

    def slow(parameters, seed):
        for step in range(1, 101):
            seen.append(step)
            time.sleep(0.01)
            if step == 10:
                pressed.wait(20)
            yield result(step)

    monkeypatch.setattr(experiment.module, "run", slow)
    async with lab.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: lab.screen.query_one(ParameterForm).fields)
        await pilot.press("r")
        await until(pilot, lambda: len(seen) > 2)
        await pilot.press("space")
        pressed.set()
        await until(pilot, lambda: "paused" in text(pilot))
        await pilot.pause(0.1)
        count = len(seen)
        await pilot.pause(0.2)
        assert len(seen) == count < 100
        figure = lab.screen.query_one(Inspector)
        await pilot.press("comma", "comma")
        await until(pilot, lambda: figure.past is not None and figure.frame.step < count)
        earlier = figure.frame.step
        await pilot.press("space")
        await until(pilot, lambda: "the run is kept" in text(pilot))
        assert figure.frame.step == earlier  # until one goes to the end oneself
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: figure.past is None and figure.frame.step == 100)
        assert study.store.runs.last("divergence")[0].status == "finished"
        pressed.clear()
        await pilot.press("r", "space")
        pressed.set()
        await until(pilot, lambda: "paused" in text(pilot))
        await pilot.press("r")
        await until(pilot, lambda: "stopped in" in text(pilot))
        assert not lab.screen.query_one(FigureView).running


async def test_what_is_wrong_in_the_form_stays_said_when_its_field_is_walked_to(lab):
    async with lab.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: lab.screen.query_one(ParameterForm).fields)
        lab.screen.query_one(ParameterForm).fill_in({"mean": 99.0})
        await pilot.press("r")
        await until(pilot, lambda: "mean = 99" in text(pilot))
        await pilot.pause(0.1)
        assert "mean = 99.0 is not allowed" in text(pilot)


async def test_without_a_run_the_keys_say_so_and_break_nothing(lab):
    async with lab.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: lab.screen.query_one(ParameterForm).fields)
        await pilot.press("t")
        await until(pilot, lambda: "no data yet" in text(pilot))
        await pilot.press("c", "left", "+", "-", "0", "L", "K", "g", "g", "d", "space", "escape", "k")
        await until(pilot, lambda: "nothing to keep yet" in text(pilot))


@pytest.mark.parametrize("log", [False, True])
def test_a_cell_of_a_map_and_the_place_in_its_middle_belong_together(log):
    side = Centres(np.logspace(-3, 0, 31) if log else np.linspace(-2, 3, 61), log)
    places = [side.at(cell + 0.5, 20) for cell in range(20)]
    assert [side.index(place, 20) for place in places] == list(range(20))
    data = np.array([10**place if log else place for place in places])
    assert side.places(data, 20).astype(int).tolist() == list(range(20))


# --- a run that goes on gives way -----------------------------------------------------------------------------------


async def test_frames_of_a_run_are_drawn_in_their_turn_and_give_way_to_keys(lab, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(figures, "monotonic", lambda: now[0])
    async with lab.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: pilot.app.screen.query(Inspector))
        figure = pilot.app.screen.query_one(Inspector)
        one, two, three = (result(step) for step in (1, 2, 3))
        figure._draw_soon(one)
        figure._draw_soon(two)
        figure._draw_soon(three)
        assert (figure.frame.step, figure._held) == (1, three)  # the second one was never drawn
        now[0] += figures.FRAME_SECONDS
        figure._take_turn()
        assert (figure.frame.step, figure._held) == (3, None)
        now[0] += 1
        monkeypatch.setattr(StudyApp, "rest_in", 0.05)  # a key was pressed just now
        figure._draw_soon(one)
        figure._take_turn()
        assert (figure.frame.step, figure._held) == (3, one)
        figure._release()  # the run is over: its result is shown at once
        assert figure.frame.step == 1


async def test_a_frame_that_yields_is_drawn_when_no_key_waits(lab, monkeypatch):
    async with lab.run_test(size=(120, 40)) as pilot:
        figure = await ran(pilot)
        plot, drawn = figure.plot, []
        draw = plot._draw
        monkeypatch.setattr(plot, "_draw", lambda: drawn.append(plot.panel) or draw())
        monkeypatch.setattr(StudyApp, "rest_in", 0.02)  # a key was pressed just now
        figure.show(result(1), yields=True)
        await pilot.pause(0.1)
        assert drawn == []
        figure.show(result(2))  # what a key asks for is drawn at once
        await pilot.pause()
        assert drawn == [figure.panel]
        figure.show(replace(result(3), figure=Figure("F", tuple(map(replace, PANELS)))), yields=True)
        monkeypatch.setattr(StudyApp, "rest_in", 0.0)
        await until(pilot, lambda: drawn[1:] == [figure.panel])


async def test_names_that_would_be_cut_to_the_same_show_where_they_differ(lab):
    async with lab.run_test(size=(80, 24)) as pilot:
        await ran(pilot)
        names = [f"gradient's factor a layer, {name}" for name in ("sigmoid", "tanh")]
        many = tuple(Measurement(name, 0.5, None, None, "") for name in names)
        lab.screen.query_one(MeasurementTable).show(replace(result(), measurements=many))
        await until(pilot, lambda: "gradient's…sigmoid" in text(pilot) and "gradient's fac…tanh" in text(pilot))


async def test_the_rows_of_the_table_keep_their_places_when_a_run_begins_anew(lab, monkeypatch):
    async with lab.run_test(size=(120, 40)) as pilot:
        await ran(pilot)
        table = pilot.app.screen.query_one(MeasurementTable)
        assert table.rows[0][:2] == ("best loss", "0.01")
        table.follow(replace(result(), measurements=()))
        await until(pilot, lambda: table.rows[0] == ("",) * 6)
        more = tuple(Measurement(name, 0.5, None, None, "") for name in "abc")
        table.follow(replace(result(), measurements=more))
        await until(pilot, lambda: column(table, 0) == ["a", "b", "c"])
        drawn, render = [], table.render_line
        monkeypatch.setattr(table, "render_line", lambda y: drawn.append(y) or render(y))
        table.follow(replace(result(), measurements=(more[0], replace(more[1], measured=0.7), more[2])))
        await until(pilot, lambda: column(table, 1) == ["0.5", "0.7", "0.5"])
        assert drawn == [2]  # the line of the row that changed, below that of the titles
        table.show(result())
        assert len(table.rows) == 1  # a run with fewer rows ends with fewer
        assert table.rows[0][0] == "best loss"


async def test_the_table_is_walked_through_and_scrolls(lab):
    async with lab.run_test(size=(80, 24)) as pilot:
        await ran(pilot)
        table = pilot.app.screen.query_one(MeasurementTable)
        many = tuple(Measurement(f"row {n}", float(n), None, None, f"source {n}") for n in range(20))
        table.show(replace(result(), measurements=many))
        pilot.app.screen.query_one(Inspector).frame = replace(result(), measurements=many)
        for key, row in {"down": 1, "pagedown": 6, "end": 19, "up": 18, "pageup": 13, "home": 0}.items():
            await pilot.press(key)
            assert table.cursor == row
            await until(pilot, lambda n=row: f"row {n} " in text(pilot) and f"source {n}" in text(pilot))
        await pilot.click(table, offset=(5, 3))
        assert table.cursor == 2


def column(table, number):
    return [row[number] for row in table.rows]
