"""Figures in files, and the ticks of axes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nnstudy.errors import StudyError
from nnstudy.figures import limits, number_labels, on_axis, render, save, ticks
from nnstudy.lab.experiment import Bars, Figure, HeatMap, Line, Panel, Points, Reference, Steps

MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF-"}
STEPS = np.arange(1.0, 21.0)


def example() -> Figure:
    curves = Panel(
        "Loss",
        "step",
        "loss in $",
        (
            Line(STEPS, np.exp(-STEPS / 5), "measured"),
            Line(STEPS, np.exp(-STEPS / 5), "theory", "dashed"),
            Points(STEPS, np.where(STEPS == 3, np.nan, 1 / STEPS), "seen"),
            Reference(0.1, "y", "floor"),
            Reference(0.0, "y", "not on this axis"),
        ),
        y_log=True,
    )
    bars = Panel(
        "Bars",
        "method",
        "error",
        (
            Bars(
                np.arange(3.0),
                np.array([1, -2, np.inf]),
                names=("a", "b", "$c"),
            ),
        ),
    )
    steps = Panel("Histogram", "value", "count", (Steps(np.arange(4.0), np.array([1.0, 3.0, 2.0]), "seen"),))
    surface = HeatMap(np.arange(3.0), np.arange(2.0), np.array([[1.0, -4.0, 2.0], [0.0, np.nan, 1.0]]), "gain", True)
    return Figure("All kinds", (curves, bars, steps, Panel("Map", "x", "y", (surface, Reference(1.0, "x", "one")))))


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_figure_is_written_as_its_suffix_says_equal_ones_to_equal_files(tmp_path, suffix):
    paths = [tmp_path / f"figure.{suffix}", tmp_path / "not" / "yet" / f"figure.{suffix}"]  # folders are made
    half = Figure("Two kinds", example().panels[2:])
    assert [save(half, path) for path in paths] == paths
    one, same = (path.read_bytes() for path in paths)
    assert one.startswith(MAGIC[suffix])
    assert one == same
    other = replace(example().panels[2], title="Another")
    files = [save(Figure("", (panel,)), paths[0]).read_bytes() for panel in (example().panels[2], other)]
    assert files[0] != files[1]


def test_an_unknown_suffix_is_refused_with_the_three_that_are_known(tmp_path):
    with pytest.raises(StudyError, match=r"figure\.gif.*\.png, \.svg or \.pdf"):
        save(example(), tmp_path / "figure.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_suffix_in_capitals_is_known(tmp_path):
    assert save(example(), tmp_path / "figure.PNG").read_bytes().startswith(MAGIC["png"])


def test_a_place_that_cannot_be_written_is_an_error_for_people(tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(StudyError, match="was not saved"):
        save(example(), tmp_path / "taken" / "figure.png")


def test_panels_stand_in_at_most_two_columns_with_their_titles_labels_and_scales():
    axes = render(example()).axes
    assert [a.get_title() for a in axes[:4]] == ["Loss", "Bars", "Histogram", "Map"]
    assert axes[0].get_ylabel() == r"loss in \$"
    assert (axes[0].get_xscale(), axes[0].get_yscale()) == ("linear", "log")
    assert {a.get_subplotspec().get_gridspec().ncols for a in axes[:4]} == {2}
    assert len({tuple(a.get_position().bounds) for a in axes[:4]}) == 4


def test_the_legend_names_marks_and_leaves_out_a_reference_that_the_axis_cannot_show():
    legend = render(example()).axes[0].get_legend()
    assert [entry.get_text() for entry in legend.get_texts()] == ["measured", "theory", "seen", "floor"]


def test_a_diverging_map_has_its_neutral_colour_at_zero():
    mesh = render(example()).axes[3].collections[0]
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-4.0, 4.0)


def test_a_map_on_logarithmic_axes_has_each_centre_inside_its_cell():
    x = np.array([0.1, 1.0, 10.0])
    figure = Figure("", (Panel("", "", "", (HeatMap(x, x, np.eye(3)),), x_log=True, y_log=True),))
    edges = render(figure).axes[0].collections[0].get_coordinates()[0, :, 0]
    assert (edges[:-1] < x).all()
    assert (x < edges[1:]).all()


odd = st.one_of(
    st.sampled_from([0.0, -1.0, math.nan, math.inf, -math.inf, 1.7e308, 1e308, 5e-324, 1e-323]), st.floats()
)
arrays = st.lists(odd, max_size=6).map(lambda values: np.array(values, dtype=float))


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])  # each example draws three panels
@given(arrays, st.booleans(), st.booleans())
def test_values_that_no_axis_can_show_do_not_break_a_figure(tmp_path_factory, values, x_log, y_log):
    along = np.arange(len(values), dtype=float)
    marks = (Line(along, values, "a"), Points(values, along), Bars(along, values), Reference(math.nan, "x", "r"))
    square = HeatMap(np.arange(2.0), np.arange(-1.0, 1.0), np.resize(np.append(values, math.nan), (2, 2)))
    panels = tuple(Panel("t", "x", "y", kind, x_log, y_log) for kind in (marks, (square,), ()))
    path = tmp_path_factory.getbasetemp() / "odd.png"
    assert save(Figure("odd", panels), path).stat().st_size > 0


# --- axes ---------------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(arrays, st.booleans(), st.integers(2, 9))
def test_ticks_rise_lie_between_the_ends_and_have_labels_that_differ(values, log, most):
    low, high = limits([on_axis(values, log)])
    assert math.isfinite(high - low)
    assert low < high
    found = ticks(low, high, log, most)
    places = [at for at, _ in found]
    room = 1e-6 * (high - low)
    assert 1 <= len(found) <= 2 * most + 2
    assert all(low - room <= at <= high + room for at in places)
    assert places == sorted(set(places))
    assert len({label for _, label in found}) == len(found)


def test_labels_are_short_and_tell_their_values_apart():
    assert number_labels([0.0, 0.5, 1.0], 0.5) == ["0.0", "0.5", "1.0"]
    assert number_labels([0.0, 500.0, 1500.0], 500.0) == ["0", "500", "1500"]
    assert number_labels([0.0, 1e-4, 2e-4], 1e-4) == ["0", "1e-4", "2e-4"]
    assert number_labels([1.5e6, 2e6], 5e5) == ["1.5e6", "2.0e6"]


@pytest.mark.parametrize("high", [5e-324, 1e-310])
def test_ends_that_no_step_parts_have_one_tick(high):
    assert ticks(0.0, high, False, 5) == [(0.0, "0")]


def test_a_logarithmic_axis_has_its_ticks_at_powers_of_ten():
    assert ticks(-3.2, 0.1, True, 5) == [(-3.0, "10⁻³"), (-2.0, "10⁻²"), (-1.0, "10⁻¹"), (0.0, "10⁰")]
    assert [label for _, label in ticks(-12.0, 0.0, True, 4)] == ["10⁻¹²", "10⁻⁸", "10⁻⁴", "10⁰"]
    assert [label for _, label in ticks(math.log10(1.5), math.log10(30), True, 5)] == ["2", "5", "10", "20"]


def test_a_logarithmic_axis_shows_positive_numbers_only():
    shown = on_axis(np.array([0.001, 0.0, -1.0, math.nan, math.inf, 10.0]), log=True)
    assert np.isfinite(shown).tolist() == [True, False, False, False, False, True]
    assert shown[[0, 5]].tolist() == pytest.approx([-3.0, 1.0])


def test_what_is_counted_in_whole_numbers_has_ticks_at_whole_numbers():
    replicas = Panel("pairs", "replica", "difference", (Points(np.arange(1.0, 21), np.ones(20)), Reference(0.0)))
    steps = Panel("curve", "x", "y", (Line(np.arange(0, 2, 0.25), np.ones(8)),))
    whole, other = (render(Figure("F", (panel,))).axes[0].get_xticks() for panel in (replicas, steps))
    np.testing.assert_array_equal(whole, np.round(whole))
    assert not np.array_equal(other, np.round(other))
