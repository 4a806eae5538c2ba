"""Streaks, the map of a year, and how long cards take."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudy.memory.habit import LEVELS, WEEKS, Streak, bounds, effort, level, streak, year

TODAY = date(2026, 11, 24)
AGO = st.sets(st.integers(0, 60))


@given(AGO)
def test_streaks_are_those_of_a_count_by_hand(ago):
    runs, run = [0], 0
    for days in range(62, -1, -1):
        run = run + 1 if days in ago else 0
        runs.append(run)
    alive = next((n for n in (0, 1) if n in ago), None)
    current = 0
    while alive is not None and alive + current in ago:
        current += 1
    assert streak({TODAY - timedelta(days=n) for n in ago}, TODAY) == Streak(current, max(runs))


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
def test_a_year_ends_today_has_every_day_once_and_weeks_of_seven(today):
    rows = year(today)
    days = [day for row in rows for day in row if day is not None]
    assert [len(row) for row in rows] == [WEEKS] * 7
    assert len(set(days)) == len(days) == (max(days) - min(days)).days + 1
    assert max(days) == today
    assert min(days).weekday() == 0
    assert all(day.weekday() == place for place, row in enumerate(rows) for day in row if day)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=100))
def test_a_fuller_day_is_never_paler_and_only_an_idle_one_is_blank(counts):
    by_day = {TODAY - timedelta(days=n): count for n, count in enumerate(counts)}
    edges = bounds(by_day, list(by_day))
    levels = [level(count, edges) for count in sorted(counts)]
    assert levels == sorted(levels)
    assert all((shade == 0) == (count == 0) for shade, count in zip(levels, sorted(counts), strict=True))
    assert max(levels) <= LEVELS


def test_a_card_s_effort_is_all_its_answers_of_a_day():
    found = effort(
        [("a", TODAY, False, 6.0), ("a", TODAY, False, 4.0), ("b", TODAY, True, 20.0), ("b", TODAY, False, 5.0)]
    )
    assert (found.review, found.new, found.cards) == (10.0, 25.0, 2)
    assert found.seconds(3, 2) == pytest.approx(80.0)


def test_without_reviews_nobody_says_how_long_it_takes():
    assert effort([]).seconds(3, 2) is None
    assert effort([("a", TODAY, True, 20.0)]).seconds(1, 1) == pytest.approx(40.0)
