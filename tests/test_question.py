"""Answers to predict: what a typed number means, how it is said, and when it is right."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudy.errors import StudyError
from nnstudy.lab.experiment import Belief, Choice, Estimate, Question

DECADE = Estimate("decade", 1e-12, 1e3, 0.5, "too small", "too large")
FACTOR = Estimate("factor", 0.01, 1e6, 1.5, "less", "more")
SHARE = Estimate("percentage", 0, 1, 0.1, "fewer", "more")
COUNT = Estimate("number", -5, 70000, 0, "fewer", "more", (Belief(16, 16, "all of them"),))
ALL = (DECADE, FACTOR, SHARE, COUNT)


@pytest.mark.parametrize(
    ("estimate", "typed", "value"),
    [
        (DECADE, "1e-4", 1e-4),
        (DECADE, "0.0001", 1e-4),
        (DECADE, "0,0001", 1e-4),
        (DECADE, " 10^-4 ", 1e-4),
        (DECADE, "10⁻⁴", 1e-4),
        (DECADE, "2 x 10^-4", 2e-4),
        (DECADE, "2·10⁻⁴", 2e-4),
        (DECADE, "1/1000", 1e-3),
        (DECADE, ".5", 0.5),
        (FACTOR, "2.5", 2.5),
        (FACTOR, "x 2.5", 2.5),
        (FACTOR, "× 2,5", 2.5),
        (FACTOR, "2.5 times", 2.5),
        (FACTOR, "1/4", 0.25),
        (FACTOR, "25 %", 0.25),
        (SHARE, "30 %", 0.3),
        (SHARE, "30", 0.3),
        (SHARE, "0.3", 0.3),
        (SHARE, "1/4", 0.25),
        (SHARE, "1", 0.01),
        (SHARE, "1.0", 1.0),
        (SHARE, "100", 1.0),
        (SHARE, "0", 0.0),
        (COUNT, "14", 14),
        (COUNT, "-3", -3),
    ],
)
def test_a_number_is_read_as_it_is_written(estimate, typed, value):
    assert estimate.parse(typed) == pytest.approx(value)


@pytest.mark.parametrize("estimate", ALL)
@pytest.mark.parametrize(
    "typed", ["", "much", "1e", "--1", "1/0", "10^99999", "1e999", "nan", "inf", "1 2 3 a", "9" * 200]
)
def test_what_is_no_number_is_refused_with_a_reason(estimate, typed):
    with pytest.raises(StudyError, match=r"is no|out of bounds|two ways"):
        estimate.parse(typed)


@pytest.mark.parametrize(
    ("estimate", "given", "said"),
    [
        (DECADE, "0", "from 1e-12 to 1000"),
        (FACTOR, "-2", r"from × 0.01 to × 1e6"),
        (SHARE, "130 %", "from 0 % to 100 %"),
        (COUNT, math.nan, "out of bounds"),
        (COUNT, "1,882", "two ways"),
        (COUNT, "30 %", "write 3, 12"),
    ],
)
def test_a_refusal_says_what_would_be_allowed(estimate, given, said):
    with pytest.raises(StudyError, match=said):
        estimate.parse(given)


@given(st.sampled_from(ALL), st.floats(0, 1))
def test_what_is_said_of_a_number_is_read_as_that_number(estimate, share):
    if estimate.unit in ("decade", "factor"):
        value = estimate.low * (estimate.high / estimate.low) ** share
        assert abs(math.log10(estimate.parse(estimate.say(value)) / value)) < 0.03
    else:
        value = estimate.low + share * (estimate.high - estimate.low)
        assert estimate.parse(estimate.say(value)) == pytest.approx(value, rel=6e-3, abs=1e-9)


@given(st.text(max_size=60))
def test_any_text_gives_a_number_within_the_bounds_or_a_reason(typed):
    for estimate in ALL:
        with suppress(StudyError):
            assert estimate.low <= estimate.parse(typed) <= estimate.high


@pytest.mark.parametrize(
    ("estimate", "given", "outcome", "right", "apart"),
    [
        (DECADE, 1e-4, 2.9e-4, True, "0.46 decades below"),
        (DECADE, 1e-4, 3.5e-4, False, "0.54 decades below"),
        (DECADE, 1e-12, 0.0, True, "exact"),
        (FACTOR, 3, 2, True, "a factor of 1.5 above"),
        (FACTOR, 3.1, 2, False, "a factor of 1.55 above"),
        (FACTOR, 1, math.inf, False, "a factor of 1e6 below"),
        (SHARE, 0.3, 0.4, True, "10 points below"),
        (SHARE, 0.3, 0.41, False, "11 points below"),
        (COUNT, 14, 14, True, "exact"),
        (COUNT, 16, 14, False, "2 above"),
        (COUNT, 14, math.nan, False, "nothing to compare with"),
    ],
)
def test_a_number_is_right_within_the_stated_distance(estimate, given, outcome, right, apart):
    assert estimate.right(given, outcome) is right
    assert estimate.apart(given, outcome) == apart


def test_a_wrong_number_shows_the_belief_of_its_region_else_of_its_side():
    assert COUNT.misconception(16, 14) == "all of them"
    assert COUNT.misconception(15, 14) == "more"
    assert COUNT.misconception(2, 14) == "fewer"
    assert COUNT.misconception(14, 14) == ""
    assert COUNT.misconception(16, 16) == ""


@pytest.mark.parametrize("estimate", ALL)
def test_the_tolerance_can_be_said(estimate):
    said = {"decade": "0.5 decade", "factor": "factor of 1.5", "percentage": "10 points", "number": "exact"}
    assert said[estimate.unit] in estimate.tolerance()


@pytest.mark.parametrize(
    "wrong",
    [("furlong", 0, 1, 0), ("decade", 0, 1, 1), ("factor", 1, 2, 0.5), ("number", 2, 1, 0), ("number", 0, 1, math.nan)],
)
def test_an_estimate_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(StudyError):
        Estimate(*wrong)


def test_a_question_reads_says_and_judges_choices_and_numbers_alike():
    choose = Question("c", "?", (Choice("yes", "hope"), Choice("no")), lambda _: 1, lambda _: "")
    count = Question("n", "?", COUNT, lambda _: 14.0, lambda _: "")
    assert (choose.parse(0), choose.say(0), choose.right(0, 1), choose.misconception(0, 1)) == (0, "yes", False, "hope")
    assert (count.parse("16"), count.say(16), count.right(16, 14)) == (16, "16", False)
    assert count.choices == ()
    assert count.estimate is COUNT
    assert choose.estimate is None
    for impossible in (2, -1, "a", 0.5):
        with pytest.raises(StudyError, match="from 0 to 1"):
            choose.parse(impossible)


def test_how_far_a_number_lies_has_no_sign_but_a_side() -> None:
    plain = Estimate("number", 0, 1, 0.1)
    assert plain.apart(0.0, 0.1576) == "0.158 below"
    assert plain.apart(0.5, 0.25) == "0.25 above"
    assert Estimate("factor", 0.01, 100, 1.5).apart(0.25, 0.2500001) == "exact"
    assert plain.apart(0.3, 0.1 + 0.2) == "exact"


def test_what_is_asked_for_is_shown_by_examples_that_could_be_right():
    assert "0.5" not in Estimate("number", 1, 16, 0).examples, "a count that is right when exact"
    for high in (256, 65536):
        several = Estimate("decade", 1, high, 0.3)
        assert all(1 <= several.parse(example) <= high for example in several.examples)
