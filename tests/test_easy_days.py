"""Days of the week with fewer cards: within what fuzz allows, and the same on every machine."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Clock

from nnstudy.errors import StudyError
from nnstudy.memory.intervals import interval_bounds
from nnstudy.memory.scheduler import Policy, Scheduler
from nnstudy.settings import weekdays

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
EASY = st.frozensets(st.integers(0, 6), max_size=7)
LUCK = st.integers(0, 2**64 - 1)


@given(EASY, DAYS, LUCK, st.floats(0.5, 400), st.integers(1, 20))
def test_a_due_day_lies_within_the_bounds_and_off_easy_days_where_it_can(easy, day, luck, interval, shortest):
    scheduler = Scheduler(Policy(easy_days=easy))
    low, high = interval_bounds(interval, shortest, 36_500, fuzz=True)
    found = scheduler.whole_days(interval, shortest, luck, day)
    assert low <= found <= high
    avoidable = any((day + timedelta(days=n)).weekday() not in easy for n in range(low, high + 1))
    assert not avoidable or (day + timedelta(days=found)).weekday() not in easy


@given(DAYS, LUCK, st.floats(0.5, 400), st.integers(1, 20))
def test_without_easy_days_the_draw_is_what_it_was(day, luck, interval, shortest):
    low, high = interval_bounds(interval, shortest, 36_500, fuzz=True)
    expected = low + (luck * (high - low + 1) >> 64)
    assert Scheduler(Policy()).whole_days(interval, shortest, luck, day) == expected


@settings(max_examples=20)
@given(EASY)
def test_a_policy_tells_its_easy_days_and_only_those_change_its_fingerprint(easy):
    assert (Policy(easy_days=easy).fingerprint == Policy().fingerprint) == (not easy)


def test_replay_and_review_agree_with_easy_days(study, clock: Clock):
    study.settings = type(study.settings)(easy_days=("sat", "sunday"))
    with study.beside() as other:
        for _ in range(60):
            if (card := other.next()) is not None:
                other.answer(card, 4, duration_ms=1000)
            clock.pass_by(hours=30)
        assert other.rebuild() == 0
        waits = [card.memory for card in other.cards() if card.memory.due_day and card.memory.interval >= 5]
        assert waits
        assert all(memory.due_day.weekday() < 5 for memory in waits)


def test_words_for_days():
    assert weekdays(("sat", "Sun", "monday")) == {5, 6, 0}
    for wrong in ("someday", "", "s"):
        with pytest.raises(StudyError, match="easy_days"):
            weekdays((wrong,))
