"""What a list shows of a prompt."""

from hypothesis import given
from hypothesis import strategies as st

from nnstudy.notes.prompts import in_a_line, path_of

HEADINGS = ("Neural Networks", "Training network tricks", "Dropout")


def test_a_prompt_that_begins_with_its_section_says_the_last_heading_and_what_it_asks():
    prompt = "Training network tricks › Dropout\n\nA mask has $p$ of (2 items)"
    assert in_a_line(prompt, HEADINGS) == "Dropout · A mask has p of (2 items)"
    assert in_a_line("Training network tricks › Dropout — what does the note say?", HEADINGS) == (
        "Dropout — what does the note say?"
    )


def test_other_prompts_are_their_first_line():
    assert in_a_line("Why $\\frac{1}{2}$?\nSay it.", HEADINGS) == "Why 1/2?"
    assert in_a_line("Dropout\nwhat?", HEADINGS) == "Dropout"
    assert in_a_line("Why?", ()) == "Why?"


@given(st.lists(st.text(max_size=20), max_size=4).map(tuple), st.text(max_size=80))
def test_it_is_one_line_whatever_stands_there(headings, prompt):
    assert "\n" not in in_a_line(prompt, tuple(heading.replace("\n", " ") for heading in headings))
    assert "\n" not in in_a_line(path_of(headings) + prompt, ("a", "b"))
