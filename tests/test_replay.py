"""Many cards replayed in columns against one review after the other."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.memory.replay import IMPORTED, Histories, replay
from nnstudy.memory.scheduler import DEFAULT_PARAMETERS, LONGEST_INTERVAL, Policy, Rating, Scheduler, Step

FIRST = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
FITTED = (  # another valid set, as an optimizer could return it
    0.4, 0.9, 3.1, 15.7, 7.2, 0.53, 1.07, 0.02, 1.65, 0.14, 1.01, 1.85, 0.1, 0.3, 2.2, 0.25, 2.9, 0.45, 0.3, 0.2, 0.3,
)  # fmt: skip

policies = st.builds(
    Policy,
    parameters=st.sampled_from([DEFAULT_PARAMETERS, FITTED]),
    learning_steps=st.sampled_from([(), (60,), (60, 600), (60.5, 600, 3600)]),
    relearning_steps=st.sampled_from([(), (600,), (300, 1800)]),
    maximum_interval=st.sampled_from([1, 5, 30, LONGEST_INTERVAL]),
    fuzz=st.booleans(),
    easy_days=st.sampled_from([frozenset(), frozenset({5, 6})]),
)
starts = st.none() | st.none() | st.none() | st.tuples(st.integers(1, 400), st.none() | st.floats(0.5, 12))
gaps = st.integers(-2, 3) | st.integers(0, 200)  # the day a review counts for may go back: clocks are set
reviews = st.tuples(gaps, st.sampled_from(list(Rating)), starts)
cards = st.lists(
    st.tuples(st.text(max_size=8), st.sampled_from([0.7, 0.85, 0.9, 0.97]), st.lists(reviews, min_size=1, max_size=12)),
    min_size=1, max_size=6,
)  # fmt: skip


def steps_of(history):
    """Steps a minute apart, each on a day so many after the one before."""
    day, steps = FIRST, []
    for number, (gap, rating, start) in enumerate(history):
        day += timedelta(days=gap)
        steps.append(Step(NOON + timedelta(minutes=number), day, rating, *(start or ())))
    return steps


def in_columns(many):
    steps = [step for _, _, history in many for step in steps_of(history)]
    return Histories(
        [card for card, _, _ in many],
        np.array([len(history) for _, _, history in many]),
        np.array([(step.day - date(1970, 1, 1)).days for step in steps]),
        np.array([IMPORTED if step.interval else int(step.rating) for step in steps]),
        {place: (step.interval, step.ease) for place, step in enumerate(steps) if step.interval},
    )


@settings(max_examples=150, deadline=None)
@given(policies, cards)
def test_cards_replayed_together_are_each_replayed_alone_to_the_last_bit(policy, many):
    found = replay(Scheduler(policy), in_columns(many), [retention for _, retention, _ in many])
    for place, (card, retention, history) in enumerate(many):
        steps = steps_of(history)
        alone = Scheduler(replace(policy, desired_retention=retention)).replay(card, steps)
        wait = -1 if alone.due_at is None else (alone.due_at - steps[-1].at) // timedelta(milliseconds=1)
        columns = (found.state, found.step, found.stability, found.difficulty, found.wait, found.interval, found.lapses)
        expected = (alone.state, alone.step, alone.stability, alone.difficulty, wait, alone.interval, alone.lapses)
        assert tuple(column[place] for column in columns) == expected
