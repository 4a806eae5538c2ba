"""Cells drawn as arrays, and turned into strips."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from nnstudy.tui.widgets.raster import Frame, Raster, labelled

ROWS, COLUMNS = 3, 5
places = st.tuples(st.integers(0, 4 * ROWS - 1), st.integers(0, 2 * COLUMNS - 1))


def text(raster: Raster) -> list[str]:
    return ["".join(segment.text for segment in row) for row in raster.segments(Style())]


@given(st.lists(st.tuples(places, st.sampled_from(["red", "blue", "bold green"]))))
def test_dots_of_all_series_stand_in_a_cell_in_the_style_of_the_last(given_dots):
    raster, dots, styles = Raster(ROWS, COLUMNS), np.zeros((4 * ROWS, 2 * COLUMNS), bool), {}
    for (row, column), style in given_dots:
        raster.dots(np.array([row]), np.array([column]), style)
        dots[row, column], styles[row // 4, column // 2] = True, Style.parse(style)
    for row, segments in enumerate(raster.segments(Style())):
        cells = [(char, segment.style) for segment in segments for char in segment.text]
        assert len(cells) == COLUMNS
        for column, (char, style) in enumerate(cells):
            block = dots[4 * row : 4 * row + 4, 2 * column : 2 * column + 2]
            bits = [
                block[0, 0],
                block[1, 0],
                block[2, 0],
                block[0, 1],
                block[1, 1],
                block[2, 1],
                block[3, 0],
                block[3, 1],
            ]
            code = sum(int(on) << place for place, on in enumerate(bits))
            assert char == (chr(0x2800 + code) if code else " ")
            assert style == styles.get((row, column), Style())


def test_quarters_of_cells_are_filled():
    raster = Raster(1, 4)
    raster.blocks(np.array([[1, 0, 1, 1, 0, 0, 0, 1], [0, 0, 1, 1, 1, 1, 1, 0]], dtype=bool), "")
    assert text(raster) == ["▘█▄▞"]


def test_a_frame_joins_its_ticks():
    frame = Frame(1, 3)
    frame.tick_across(0)
    frame.tick_across(2)
    frame.tick_up(1)
    frame.tick_up(2)
    assert [frame.top, *frame.edges(0), frame.bottom] == ["┣━┻━┓", "┫", "┣", "╋━┳━┻"]


labels = st.lists(st.tuples(st.integers(-5, 40), st.text(min_size=1, max_size=12)), max_size=6)


@given(labels, st.integers(1, 40))
def test_labels_fill_a_line_and_none_covers_another(given_labels, width):
    line = labelled(given_labels, width)
    assert cell_len(line) == width
    assert line.replace("\u00a0", " ").isprintable()


def test_labels_stand_where_they_are_to_begin_and_one_without_room_is_left_out():
    assert labelled([(0, "one"), (2, "two"), (6, "three"), (98, "end")], 14) == "one   three   "
    assert labelled([(0, "too long")], 4) == "    "
    assert labelled([(-3, "one"), (12, "end")], 12) == "one      end"
