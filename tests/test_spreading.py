"""Spreading and moving due days: nothing is lost, nothing is asked before today, the days become even."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nnstudy.memory.scheduler import Memory, Scheduler
from nnstudy.memory.spreading import Waiting, by_day, shift, spread

TODAY = date(2026, 11, 24)
SCHEDULER = Scheduler()
DECKS = st.lists(
    st.tuples(st.integers(-60, 30), st.floats(0.1, 300), st.integers(0, 200)), max_size=60
).map(
    lambda rows: [
        Waiting(f"c{n}", TODAY + timedelta(days=due), stability, TODAY - timedelta(days=ago + max(0, -due)))
        for n, (due, stability, ago) in enumerate(rows)
    ]
)  # fmt: skip
EASY = st.frozensets(st.integers(0, 6), max_size=6)


@given(DECKS, st.integers(1, 20), EASY)
def test_every_late_card_gets_one_day_within_the_span_and_no_other_moves(deck, days, easy):
    moved = spread(SCHEDULER, deck, TODAY, days, easy)
    assert set(moved) == {card.card for card in deck if card.due <= TODAY}
    assert all(TODAY <= day < TODAY + timedelta(days=days) for day in moved.values())
    possible = [TODAY + timedelta(days=n) for n in range(days)]
    if any(day.weekday() not in easy for day in possible):
        assert all(day.weekday() not in easy for day in moved.values())


@given(DECKS, st.integers(1, 20))
def test_no_day_that_took_a_card_is_fuller_by_more_than_one_than_any_other(deck, days):
    moved = spread(SCHEDULER, deck, TODAY, days)
    after = [n for _, n in by_day(deck, moved, TODAY, days)]
    taken = Counter((day - TODAY).days for day in moved.values())
    if taken:
        assert max(after[place] for place in taken) <= min(after) + 1


@given(DECKS, st.integers(1, 20))
def test_the_cards_that_would_lose_most_come_first(deck, days):
    moved = spread(SCHEDULER, deck, TODAY, days)

    def loss(card: Waiting) -> float:
        memory = Memory(stability=card.stability, last_day=card.last_day)
        now, then = (SCHEDULER.retrievability(memory, day) for day in (TODAY, TODAY + timedelta(days=days)))
        return now - then

    days_taken = sorted(set(moved.values()))
    losses = [[loss(card) for card in deck if moved.get(card.card) == day] for day in days_taken]
    assert all(min(sooner) >= max(later) for sooner, later in pairwise(losses))


@given(DECKS, st.integers(-40, 40))
def test_moving_keeps_order_and_distance_and_comes_not_before_today(deck, days):
    moved = shift(deck, TODAY, days)
    after = {card.card: moved.get(card.card, card.due) for card in deck}
    for card in deck:
        wanted = max(TODAY, max(TODAY, card.due) + timedelta(days=days))
        assert after[card.card] == wanted
    total = sum(n for n, _ in by_day(deck, moved, TODAY, 200))
    assert total == sum(n for _, n in by_day(deck, moved, TODAY, 200)) == len(deck)


@given(DECKS)
def test_moving_by_nothing_moves_only_what_is_late_to_today(deck):
    assert shift(deck, TODAY, 0) == {card.card: TODAY for card in deck if card.due < TODAY}
