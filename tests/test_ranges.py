"""Values as a person types them."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudy.errors import StudyError
from nnstudy.experimenting.ranges import values


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0.2,0.5, 0.8", ["0.2", "0.5", "0.8"]),
        ("0.1..0.9x5", ["0.1", "0.3", "0.5", "0.7", "0.9"]),
        ("1e-4..1 x 5 log", ["0.0001", "0.001", "0.01", "0.1", "1"]),
        ("-1..1×3,7", ["-1", "0", "1", "7"]),
        (".1...9x3", ["0.1", "0.5", "0.9"]),
        ("3", ["3"]),
    ],
)
def test_numbers_and_ranges(text, wanted):
    assert values(text) == wanted


def test_whole_numbers_need_no_count_and_come_once():
    assert values("1..4", whole=True) == ["1", "2", "3", "4"]
    assert values("1..4x9", whole=True) == ["1", "2", "3", "4"]
    assert values("2..64x6log", whole=True) == ["2", "4", "8", "16", "32", "64"]


def test_choices_are_parted_by_commas_and_a_star_is_all_of_them():
    assert values("*", choices=("relu", "tanh")) == ["relu", "tanh"]
    assert values("tanh, relu", choices=("relu", "tanh")) == ["tanh", "relu"]


@pytest.mark.parametrize(
    "text", ["1..x", "..", "1..", "1..2", "nan..3x2", "1..2x0", "1..2x5000", "-1..1x3log", "0..1x3 lg"]
)
def test_what_is_no_range_is_refused_with_the_form_it_takes(text):
    with pytest.raises(StudyError, match=r"range|how many|values|logarithm"):
        values(text)


@given(st.floats(-1e6, 1e6, allow_subnormal=False), st.floats(-1e6, 1e6, allow_subnormal=False), st.integers(2, 50))
def test_a_range_is_even_and_has_both_ends(low, high, count):
    found = np.array([float(value) for value in values(f"{low!r}..{high!r}x{count}")])
    assert len(found) == count
    np.testing.assert_allclose(found, np.linspace(low, high, count), rtol=1e-5, atol=1e-5 * max(abs(low), abs(high)))


@given(st.text(max_size=20))
def test_any_text_gives_values_or_a_study_error(text):
    with suppress(StudyError):
        assert all(isinstance(value, str) for value in values(text))
