"""Numbers, spans and mastery in words; and text from elsewhere that no terminal obeys."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nnstudy.words import contrast, fitted, mastery_word, moons, number, plural, shorten, span, until, visible


@pytest.mark.parametrize(
    ("mastery", "shown", "word"),
    [(0, "🌑🌑🌑🌑🌑", "new"), (0.7, "🌕🌕🌕🌗🌑", "good"), (0.9, "🌕🌕🌕🌕🌗", "solid"), (1, "🌕🌕🌕🌕🌕", "solid")],
)
def test_moons_as_the_note_writes_them(mastery, shown, word):
    assert (moons(mastery), mastery_word(mastery)) == (shown, word)


@given(st.floats(-1, 2))
def test_there_are_always_five_moons_and_a_word(mastery):
    assert len(moons(mastery)) == 5
    assert mastery_word(mastery)


@given(st.one_of(st.none(), st.floats()))
def test_a_number_fits_its_column(value):
    assert len(number(value)) <= 10


def test_spans_and_moments():
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert [span(40), span(170), span(4800)] == ["40 s", "3 min", "1 h 20 min"]
    assert until(now - timedelta(1), now) == "now"
    assert until(now + timedelta(minutes=5), now) == "in 5 min"
    assert until(now + timedelta(days=12), now) == "in 12 days"
    assert [plural(1, "card"), plural(2, "card")] == ["1 card", "2 cards"]


@given(st.text())
def test_nothing_that_a_terminal_obeys_stays(text):
    shown = visible(text)
    assert all(c.isprintable() or c == "\u00a0" for c in shown)
    assert "\x1b" not in shown
    assert visible(shown) == shown


def test_what_is_harmless_stays():
    assert visible("però › 🌕\u00a0x\n", keep="\n") == "però › 🌕\u00a0x\n"


def test_two_wordings_are_shown_from_where_they_part():
    assert contrast("one two", "one three", 40) == ("one two", "one three")
    long = " ".join(f"w{n}" for n in range(50))
    first, second = contrast(long + " end", long + " stop", 30)
    assert (first, second) == ("… w46 w47 w48 w49 end", "… w46 w47 w48 w49 stop")
    assert contrast("same", "same more", 40) == ("same", "same more")


@pytest.mark.parametrize("text", ["Norms", "固有値と固有ベクトル", "Algebra 🧮 e\u0301", "한글 👩\u200d🔬", ""])
@pytest.mark.parametrize("room", [1, 4, 9, 30])
def test_what_takes_two_cells_fits_its_column_too(text, room):
    assert cell_len(shorten(text, room)) <= room
    assert cell_len(fitted(text, room)) == room
    assert (shorten(text, room) == text) == (cell_len(text) <= room)
    assert fitted(text, room).startswith(shorten(text, room))
