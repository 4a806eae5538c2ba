"""Panels as the terminal draws them: every kind of mark, at every size, with and without colour."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widget import Widget

from nnstudy.lab.experiment import Bars, HeatMap, Line, Panel, Points, Reference, Steps
from nnstudy.tui.widgets.axes import cut
from nnstudy.tui.widgets.heatmap import HeatMapPlot, paint
from nnstudy.tui.widgets.plot import PanelPlot, plot_of

STEP = np.arange(1.0, 101.0)
FALL = np.exp(-STEP / 20)


def lines(*marks, **options) -> Panel:
    return Panel("Loss", "step", "loss", marks, **options)


PANELS = {
    "lines": lines(Line(STEP, FALL, "seen"), Line(STEP, FALL / 2, "theory", "dashed"), Reference(0.3, "y", "floor")),
    "points": lines(Points(STEP[::9], FALL[::9], "seen"), Reference(40.0, "x", "switch"), y_log=True),
    "bars": lines(Bars(np.arange(3.0), np.array([3.0, 1.0, -1.0]), "seen", names=("SGD", "[b]", "Adam"))),
    "steps": lines(Steps(np.arange(11.0), np.arange(10.0), "count")),
    "map": lines(HeatMap(np.arange(5.0), np.arange(4.0), np.arange(20.0).reshape(4, 5), "gain"), Line(STEP, FALL)),
    "empty": lines(),
    "one point": lines(Points(np.array([3.0]), np.array([1e6]), "one")),
    "constant": lines(Line(STEP, 0 * STEP + 7, "constant")),
}
SIZES = [(1, 1), (12, 5), (40, 8), (120, 40)]


class Show(App[None]):
    """One panel that fills the screen."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.panel = panel

    def compose(self) -> ComposeResult:
        yield plot_of(self.panel)(self.panel)

    @property
    def plot(self) -> Widget:
        return next(iter(self.query(PanelPlot))) if self.query(PanelPlot) else self.query_one(HeatMapPlot)

    def rows(self) -> list[str]:
        return ["".join(s.text for s in strip) for strip in self.screen._compositor.render_strips()]

    def colours(self, row: int) -> list[tuple]:
        """Characters with their fore- and background colours."""
        strip = list(self.screen._compositor.render_strips())[row]
        return [(char, s.style.color, s.style.bgcolor) for s in strip for char in s.text]


async def drawn(panel: Panel, size: tuple[int, int] = (100, 30)) -> list[str]:
    """The rows of characters of a panel."""
    app = Show(panel)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return app.rows()


def braille(rows: Sequence[str]) -> list[tuple[int, int]]:
    """The cells with dots."""
    return [(r, c) for r, row in enumerate(rows) for c, char in enumerate(row) if "\u2801" <= char <= "\u28ff"]


def inside(rows: Sequence[str]) -> list[str]:
    """What stands within the frame, without headings, ticks and labels."""
    return [
        row[row.index("┃") + 1 : -1] if "┃" in row else row[row.index("┫") + 1 : -1] for row in rows if row[-1] in "┃┣"
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PANELS)
async def test_every_kind_of_panel_draws_at_every_size(name, size):
    rows = await drawn(PANELS[name], size)
    assert len(rows) == size[1]
    assert all(len(row) == size[0] for row in rows)
    if size >= (40, 8):
        assert any(char.isdigit() or char in "SGD" for row in rows for char in row)


@pytest.mark.parametrize("size", [(40, 8), (100, 30)])
async def test_lines_have_ticks_labels_and_keys(size):
    rows = await drawn(PANELS["lines"], size)
    shown = "\n".join(rows)
    for word in ("⠒⠒⠒ seen", "⠒⠂⠒ theory", "┄┄ floor"):
        assert word in shown
    assert {"20", "80"} <= set(rows[-1].split() + rows[-2].split())
    assert "0.2" in shown
    assert len(braille(rows[1:])) > size[0] / 2
    assert any("┄┄┄┄┄" in row for row in inside(rows))


async def test_the_axes_are_named_where_there_is_room():
    rows = await drawn(PANELS["lines"])
    assert rows[0].startswith("loss ")
    assert rows[-1].strip() == "step"


async def test_where_rows_are_few_one_line_holds_labels_and_keys():
    rows = await drawn(PANELS["lines"], (76, 8))
    assert rows[0].startswith("↑ loss  → step  ⠒⠒⠒ seen")


async def test_a_dashed_and_a_dotted_line_differ_from_a_solid_one_without_colour():
    level = {}
    for style in ("solid", "dashed", "dotted"):
        rows = await drawn(lines(Line(STEP, FALL, "", style), Reference(2.0, "y")))
        level[style] = sum(bin(ord(rows[r][c]) - 0x2800).count("1") for r, c in braille(rows))
    assert level["solid"] > 1.3 * level["dashed"] > 1.3 * 1.3 * level["dotted"] > 0


async def test_two_solid_lines_differ_by_a_marker_that_the_key_shows():
    rows = await drawn(lines(Line(STEP, FALL, "first"), Line(STEP, FALL / 2, "second")))
    assert "⠒⠒⠒ first  ⠒●⠒ second" in rows[0]
    assert sum(row.count("●") for row in inside(rows)) >= 3


async def test_labels_that_would_be_cut_to_the_same_show_where_they_differ():
    marks = [Line(STEP, n * FALL, f"dropout alpha 0.{n}, seed 1") for n in (1, 2, 3)]
    rows = await drawn(lines(*marks), (52, 6))
    assert all(f"…0.{n}" in rows[0] for n in (1, 2, 3))
    layers = lines(*(Line(STEP, n * FALL, f"layer {n}") for n in (1, 2, 3)))
    rows = await drawn(layers, (32, 6))
    assert all(f"…{n}" in rows[0] for n in (1, 2, 3))
    rows = await drawn(layers, (32, 9))  # room for a second line, in which no label is a stump
    assert all(f"layer {n}" in rows[0] + rows[1] for n in (1, 2, 3))


async def test_no_label_of_a_low_plot_is_cut_while_a_second_line_holds_it():
    labels = ("sigmoid", "tanh", "ReLU", "theory, all networks")
    rows = await drawn(lines(*(Line(STEP, n * FALL, label) for n, label in enumerate(labels, 1))), (48, 9))
    assert all(label in rows[0] + rows[1] for label in labels)
    rows = await drawn(lines(*(Line(STEP, n * FALL, label) for n, label in enumerate(labels[:3], 1))), (39, 7))
    assert rows[0].startswith("↑ loss  ⠒⠒⠒ sigmoid  ⠒●⠒ tanh  ⠒▲⠒ ReLU"), "no line for the name of the other axis alone"


async def test_a_colour_bar_on_a_narrow_line_of_its_own_keeps_the_numbers_at_both_ends():
    values = np.array([[-0.5, 0.0], [0.0, 0.5]])
    surface = HeatMap(np.arange(2.0), np.arange(2.0), values, "answer - 1/2", diverging=True)
    panel = lines(surface, Line(STEP, FALL, "b"))
    first, *_ = await drawn(panel, (25, 9))
    assert first.startswith("answer")
    assert "-0.50 ████" in first
    assert first.rstrip().endswith(" 0.50")


async def test_lines_that_share_cells_are_both_seen():
    flat = 0 * STEP
    alone = await drawn(lines(Line(STEP, flat), Reference(1.0, "y"), Reference(-1.0, "y")))
    both = await drawn(lines(Line(STEP, flat), Line(STEP, flat + 0.03), Reference(1.0, "y"), Reference(-1.0, "y")))
    dots = [sum(bin(ord(rows[r][c]) - 0x2800).count("1") for r, c in braille(rows)) for rows in (alone, both)]
    assert dots[1] > 1.5 * dots[0]


async def test_a_rising_line_rises_from_the_lower_left_to_the_upper_right():
    cells = braille(await drawn(lines(Line(STEP, STEP))))
    left, right = min(cells, key=lambda cell: cell[1]), max(cells, key=lambda cell: cell[1])
    assert left[0] > right[0] + 15
    assert right[1] > left[1] + 80


async def test_a_logarithmic_axis_has_powers_of_ten_and_leaves_out_what_it_cannot_show():
    y = 10.0 ** -np.arange(6.0)
    y[[2, 4]] = 0.0, math.nan
    rows = await drawn(lines(Points(np.arange(6.0), y, "seen"), y_log=True))
    shown = "\n".join(rows)
    assert "10⁻²" in shown
    assert "10⁻⁴" in shown
    assert sum(row.count("●") for row in inside(rows)) == 4


async def test_bars_stand_on_zero_and_have_their_names_below_as_they_are_written():
    rows = await drawn(PANELS["bars"])
    assert rows[-2].split() == ["SGD", "[b]", "Adam"]
    body = inside(rows)
    heights = [sum(row[c] == "█" for row in body) for c in (15, len(body[0]) // 2, len(body[0]) - 15)]
    assert heights[0] > 2 * heights[1] > 0
    assert heights[2] > 0
    zero = next(i for i, row in enumerate(rows) if row.split()[0] == "0")
    third = [i for i, row in enumerate(rows) if row[-15] == "█"]
    assert min(third) >= zero


async def test_a_bar_without_a_height_is_left_out_and_the_others_stand():
    rows = inside(await drawn(lines(Bars(np.arange(3.0), np.array([2.0, math.nan, 1.0])))))
    shown = [any(row[c] == "█" for row in rows) for c in (15, len(rows[0]) - 15)]
    assert shown == [True, True]


async def test_a_second_series_of_bars_has_another_pattern():
    x, heights = np.arange(3.0), np.array([1.0, 2.0, 3.0])
    rows = await drawn(lines(Bars(x, heights, "seen", 0.4), Bars(x + 0.4, heights, "theory", 0.4)))
    assert "██ seen  ⡇⡇ theory" in rows[0]
    assert any("█" in row and "⡇" in row for row in inside(rows))


async def test_bars_on_a_logarithmic_axis_stand_on_its_foot():
    rows = inside(await drawn(lines(Bars(np.arange(3.0), 10.0 ** -np.arange(3.0)), y_log=True)))
    counts = [sum(row[c] in "█▀▄" for row in rows) for c in (15, len(rows[0]) // 2, len(rows[0]) - 15)]
    assert counts[0] > counts[1] > counts[2] > 0


async def test_a_crowd_of_points_is_drawn_as_dots():
    x = np.random.default_rng(0).normal(size=(2, 500))
    rows = await drawn(lines(Points(x[0], x[1], "crowd")))
    assert not any("●" in row for row in rows)
    assert len(braille(inside(rows))) > 100


async def test_a_plot_leaves_the_keys_to_the_screen_unless_told_otherwise():
    app = Show(PANELS["lines"])
    async with app.run_test() as pilot:
        await pilot.press("tab")
        assert app.focused is None
    assert PanelPlot(PANELS["lines"], can_focus=True).can_focus


@pytest.mark.parametrize("name", ["lines", "map"])
async def test_another_state_is_drawn_in_the_same_widget(name):
    app = Show(PANELS[name])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        before = app.rows()
        marks = PANELS[name].marks
        more = replace(marks[0], y=50 * FALL) if name == "lines" else replace(marks[0], y=np.arange(50.0, 54.0))
        app.plot.show(replace(PANELS[name], marks=(more,)))
        await pilot.pause()
        assert app.rows() != before
        assert any("40" in row[:5] or "53" in row[:5] for row in app.rows())


async def test_a_state_that_comes_before_the_plot_stands_on_the_screen_is_drawn_later():
    app = Show(PANELS["empty"])
    widget = plot_of(PANELS["empty"])(PANELS["empty"])
    widget.show(PANELS["lines"])
    async with app.run_test(size=(100, 30)) as pilot:
        await app.mount(widget)
        await pilot.pause()
        assert any("theory" in row for row in app.rows())


@pytest.mark.parametrize("name", ["lines", "map"])
async def test_another_theme_brings_other_colours(name):
    app = Show(PANELS[name])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.theme = "textual-dark"
        await pilot.pause()
        await pilot.pause()
        dark = [app.colours(row) for row in range(24)]
        app.theme = "textual-light"
        await pilot.pause()
        await pilot.pause()
        light = [app.colours(row) for row in range(24)]
    pairs = [(d, l) for one, other in zip(dark, light, strict=True) for d, l in zip(one, other, strict=True)]
    wanted = "⠒" if name == "lines" else "┤"
    changed = [d[1] != l[1] for d, l in pairs if d[0] == l[0] == wanted]
    assert changed
    assert all(changed)


async def test_a_bar_narrower_than_a_dot_is_seen():
    rows = inside(await drawn(Panel("", "x", "y", (Bars(np.arange(400.0), np.ones(400), "seen", 0.01),))))
    assert sum(row.count("█") + row.count("▌") + row.count("▐") for row in rows) > 300


async def test_a_figure_that_grows_leaves_its_widget_as_it_is():
    steps = np.arange(10.0)
    app = Show(Panel("", "", "loss", (Line(steps, steps),)))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        reflowed, reflow = [], app.screen._compositor.reflow
        app.screen._compositor.reflow = lambda *given: reflowed.append(1) or reflow(*given)
        marks = tuple(Line(steps, 1e6 * steps, f"a line with a long name, {n}") for n in range(3))
        app.plot.show(Panel("", "step", "loss", (*marks, Reference(-5e7, "y", "floor"))))
        await pilot.pause()
        assert any("long name, 2" in row for row in app.rows())
        assert not reflowed


# --- heat maps ------------------------------------------------------------------------------------------------------


async def test_a_map_has_its_first_row_at_the_bottom_and_its_colours_in_order():
    values = np.array([[0.0, 0.0], [1.0, 1.0]])
    app = Show(lines(HeatMap(np.arange(2.0), np.arange(2.0), values, "gain")))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        rows = app.rows()
        top, bottom = app.colours(2)[30], app.colours(16)[30]
    assert "gain 0.00 ████" in rows[0]
    assert rows[0].rstrip().endswith("1.00")
    assert top[0] == bottom[0] == "▀"
    assert tuple(top[1].triplet) == tuple(paint(np.array(1.0), False))
    assert tuple(bottom[1].triplet) == tuple(paint(np.array(0.0), False))


@pytest.mark.parametrize("size", [(48, 9), (39, 7), (60, 14)])
async def test_the_label_of_the_colours_is_whole_where_there_is_room_for_it(size):
    surface = HeatMap(np.arange(8.0), np.arange(20.0), np.arange(160.0).reshape(20, 8), "share of the units")
    rows = await drawn(Panel("Units", "layer", "activation", (surface, Points(STEP, FALL, "mean"))), size)
    shown = "\n".join(rows)
    assert all(words in shown for words in ("share of the units 0 ", " 159", "activation", "layer", "● mean"))
    assert sum("▀" in row for row in rows) >= size[1] - 3 - (size[1] > 9)


async def test_coordinates_that_fall_are_drawn_rising():
    surface = HeatMap(np.arange(3.0), np.arange(4.0), np.arange(12.0).reshape(4, 3))
    turned = HeatMap(surface.x[::-1], surface.y[::-1], surface.values[::-1, ::-1])
    shown = []
    for one in (surface, turned):
        app = Show(lines(one))
        async with app.run_test(size=(40, 12)) as pilot:
            await pilot.pause()
            shown.append([app.colours(row) for row in range(12)])
    assert shown[0] == shown[1]


async def test_a_cell_without_a_number_is_left_empty():
    values = np.array([[1.0, math.nan], [2.0, 3.0]])
    rows = await drawn(lines(HeatMap(np.arange(2.0), np.arange(2.0), values)), (60, 20))
    assert "▀" in rows[15][5:28]
    assert rows[15][35:].strip() == ""
    assert set(rows[3][35:]) == {"▀"}


async def test_a_map_has_labels_at_its_centres_on_logarithmic_axes():
    side = np.logspace(-3, 0, 7)
    panel = Panel("", "rate", "batch", (HeatMap(side, side, np.outer(side, side)),), x_log=True, y_log=True)
    rows = await drawn(panel, (80, 24))
    assert [word for word in rows[-2].split() if word.startswith("10")] == ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]
    assert any(row.startswith("10⁻²┤") for row in rows)
    assert rows[-1].strip() == "rate"


async def test_points_lines_and_references_are_drawn_over_a_map():
    surface = HeatMap(np.arange(11.0), np.arange(11.0), np.zeros((11, 11)))
    x = np.arange(11.0)
    over = (Line(x, x, "path"), Points(np.array([5.0]), np.array([0.0]), "now"), Reference(8.0, "x", "bound"))
    rows = await drawn(lines(surface, *over, Points(np.array([99.0]), np.array([0.0]))), (60, 24))
    for key in ("⠒⠒⠒ path", "● now", "│ bound"):
        assert key in rows[1]
    assert rows[-3].count("●") == 1
    assert 25 < rows[-3].index("●") < 36
    assert sum("│" in row[10:] for row in rows) > 15
    path = braille(rows[2:])
    assert path[0][1] > path[-1][1] + 40


def test_the_colours_of_a_map_grow_lighter_and_those_of_a_diverging_one_are_neutral_in_the_middle():
    light = paint(np.linspace(0, 1, 20), False) @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(light) > 0).all()
    middle = paint(np.array(0.5), True).astype(int)
    assert np.ptp(middle) <= 4
    assert np.ptp(paint(np.array(0.0), True).astype(int)) > 80


# --- whatever comes -------------------------------------------------------------------------------------------------

odd = st.one_of(st.sampled_from([0.0, -1.0, math.nan, math.inf, -math.inf, 1e308, 5e-324]), st.floats())
arrays = st.lists(odd, max_size=8).map(lambda values: np.array(values, dtype=float))
SCALES = st.tuples(st.booleans(), st.booleans())


@settings(max_examples=6, deadline=None, phases=[Phase.generate])  # to shrink would take minutes
@given(st.lists(st.tuples(arrays, SCALES), min_size=1, max_size=6))
async def test_values_that_no_axis_can_show_do_not_break_a_panel(states):
    app = Show(PANELS["empty"])
    async with app.run_test(size=(40, 12)) as pilot:
        for values, (x_log, y_log) in states:
            along = np.arange(len(values), dtype=float)
            marks = (Line(along, values, "a", "dotted"), Points(values, along, "b"), Bars(along, values, "c"))
            marks += (Steps(np.arange(len(values) + 1.0), values, "d"), *(Reference(v, "x", "e") for v in values[:1]))
            app.plot.show(lines(*marks, x_log=x_log, y_log=y_log))
            await pilot.pause()
            assert len(app.rows()) == 12


@settings(max_examples=6, deadline=None, phases=[Phase.generate])  # to shrink would take minutes
@given(st.lists(st.tuples(arrays, SCALES), min_size=1, max_size=6))
async def test_values_that_no_axis_can_show_do_not_break_a_map(states):
    app = Show(PANELS["map"])
    async with app.run_test(size=(40, 12)) as pilot:
        for values, (x_log, y_log) in states:
            count = len(values)
            surface = HeatMap(values, np.arange(2.0), np.resize(np.append(values, 0.0), (2, count)), diverging=x_log)
            marks = (surface, Line(values, values), Points(values, values), *(Reference(v, "y") for v in values[:1]))
            app.plot.show(lines(*marks, x_log=x_log, y_log=y_log))
            await pilot.pause()
            assert len(app.rows()) == 12


def test_what_is_cut_fits_its_room_in_cells():
    assert cut("accuracy", 8) == "accuracy"
    assert cut("accuracy", 5) == "accu…"
    assert cut("神経回路網", 6) == "神経…"  # every character takes two cells
    assert cut("e\u0301te\u0301 e\u0301te\u0301", 5) == "e\u0301te\u0301 …"  # a combining mark takes none
    assert cut("ab", 1) == "a"
    assert cut("神経", 1) == "…"


@given(st.text(max_size=12), st.integers(1, 12))
def test_a_cut_is_never_wider_than_its_room(text, room):
    assert cell_len(cut(text, room)) <= room
