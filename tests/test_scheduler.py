"""The scheduler against py-fsrs, against published numbers, and against itself replayed."""

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import pairwise
from zoneinfo import ZoneInfo

import fsrs
import fsrs.scheduler
import fsrs_rs_python
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.errors import StudyError
from nnstudy.memory.intervals import interval_bounds, interval_words
from nnstudy.memory.scheduler import (
    DEFAULT_PARAMETERS,
    LONGEST_INTERVAL,
    PARAMETER_BOUNDS,
    Memory,
    Policy,
    Rating,
    Scheduler,
    Step,
    day_begins,
    local_day,
)

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
FIRST_DAY = START.date()
AGAIN, HARD, GOOD, EASY = Rating
FITTED = (  # another valid set, as an optimizer could return it
    0.4, 0.9, 3.1, 15.7, 7.2, 0.53, 1.07, 0.02, 1.65, 0.14, 1.01, 1.85, 0.1, 0.3, 2.2, 0.25, 2.9, 0.45, 0.3, 0.2, 0.3,
)  # fmt: skip

ratings = st.sampled_from(list(Rating))
gaps = st.integers(0, 3) | st.integers(0, 200)
histories = st.lists(st.tuples(ratings, gaps), min_size=1, max_size=12)
policies = st.builds(
    Policy,
    parameters=st.sampled_from([DEFAULT_PARAMETERS, FITTED]),
    desired_retention=st.sampled_from([0.7, 0.85, 0.9, 0.97]),
    learning_steps=st.sampled_from([(), (60,), (60, 600), (60, 600, 3600)]),
    relearning_steps=st.sampled_from([(), (600,), (300, 1800)]),
    maximum_interval=st.sampled_from([1, 30, LONGEST_INTERVAL]),
    fuzz=st.booleans(),
)


def steps_of(history: list[tuple[Rating, int]]) -> list[Step]:
    """Reviews at noon of their days, each a second later on its day than the one before.

    So the whole 24-hour periods that py-fsrs counts between two reviews are the calendar days that lie between them.
    """
    steps, day = [], 0
    for number, (rating, gap) in enumerate(history):
        day += gap
        at = START + timedelta(days=day, seconds=number)
        steps.append(Step(at, at.date(), rating))
    return steps


def fold(scheduler: Scheduler, card: str, steps: list[Step]) -> Memory:
    return reduce(lambda memory, step: scheduler.review(card, memory, step), steps, Memory())


# --- against py-fsrs --------------------------------------------------------------------------------------------------


def oracle_of(policy: Policy) -> fsrs.Scheduler:
    return fsrs.Scheduler(
        parameters=policy.parameters,
        desired_retention=policy.desired_retention,
        learning_steps=[timedelta(seconds=seconds) for seconds in policy.learning_steps],
        relearning_steps=[timedelta(seconds=seconds) for seconds in policy.relearning_steps],
        maximum_interval=policy.maximum_interval,
        enable_fuzzing=False,
    )


def exact_interval(policy: Policy, stability: float) -> float:
    """The days after which recall has fallen to the desired retention, within the limits of an interval."""
    w20 = policy.parameters[20]
    days = stability * (policy.desired_retention ** (-1 / w20) - 1) / (0.9 ** (-1 / w20) - 1)
    return min(max(days, 1), policy.maximum_interval)


@settings(max_examples=300, deadline=None)
@given(policies, histories)
def test_agrees_with_py_fsrs(policy: Policy, history: list[tuple[Rating, int]]) -> None:
    scheduler, oracle = Scheduler(replace(policy, fuzz=False)), oracle_of(policy)
    memory, card = Memory(), fsrs.Card()
    for step in steps_of(history):
        expected_recall = oracle.get_card_retrievability(card, step.at)
        assert (scheduler.retrievability(memory, step.day) or 0) == pytest.approx(expected_recall, rel=1e-4)
        memory = scheduler.review("card", memory, step)
        card, _ = oracle.review_card(card, fsrs.Rating(step.rating), step.at)
        if card.stability > 36_000:  # beyond a hundred years fsrs-rs stops counting, py-fsrs does not
            return
        assert memory.stability == pytest.approx(card.stability, rel=1e-4, abs=1e-4)
        assert memory.difficulty == pytest.approx(card.difficulty, rel=1e-4, abs=1e-4)
        assert memory.state == card.state.name.lower()
        assert memory.step == (card.step or 0)
        if memory.state == "review":
            assert memory.due_at is None
            assert memory.due_day == step.day + timedelta(days=memory.interval)
            exact = exact_interval(policy, card.stability)
            assert memory.interval >= exact - 0.5 - 1e-3 * exact
            if step.rating <= HARD:  # good and easy may have been put a day behind the rating before
                assert memory.interval <= exact + 0.5 + 1e-3 * exact
        else:
            assert memory.due_at == card.due
            assert (memory.due_day, memory.interval) == (None, 0)


def test_parameters_and_their_bounds_are_those_of_both_libraries() -> None:
    assert fsrs.scheduler.DEFAULT_PARAMETERS == DEFAULT_PARAMETERS
    assert pytest.approx(fsrs_rs_python.DEFAULT_PARAMETERS, rel=1e-6) == DEFAULT_PARAMETERS
    lowest, highest = fsrs.scheduler.LOWER_BOUNDS_PARAMETERS, fsrs.scheduler.UPPER_BOUNDS_PARAMETERS
    assert tuple(zip(lowest, highest, strict=True)) == PARAMETER_BOUNDS


# --- golden histories -------------------------------------------------------------------------------------------------


def test_published_memory_state() -> None:
    """The history that the FSRS projects test their implementations with, and its FSRS-6 memory state."""
    history = [(AGAIN, 0), (GOOD, 0), (GOOD, 1), (GOOD, 3), (GOOD, 8), (GOOD, 21)]
    memory = Scheduler().replay("card", steps_of(history))
    assert memory.stability == pytest.approx(53.62691, abs=1e-4)
    assert memory.difficulty == pytest.approx(6.3574867, abs=1e-4)


def test_published_intervals() -> None:
    """The intervals of a card answered when due, as py-fsrs publishes them for FSRS-6."""
    answers = [GOOD] * 6 + [AGAIN] * 2 + [GOOD] * 5
    scheduler = Scheduler(Policy(fuzz=False))
    memory, at, intervals = Memory(), START, []
    for rating in answers:
        memory = scheduler.review("card", memory, Step(at, at.date(), rating))
        intervals.append(memory.interval)
        at = memory.due_at or at + timedelta(days=memory.interval)
    assert intervals == [0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21]
    assert (memory.reviews, memory.lapses) == (13, 1)
    assert memory.first_day == FIRST_DAY


def test_first_review_in_full() -> None:
    at = START + timedelta(microseconds=1_999)
    futures = Scheduler().preview("card", Memory(), at, FIRST_DAY)
    seen = START + timedelta(milliseconds=1)
    common = {"first_day": FIRST_DAY, "last_day": FIRST_DAY, "last_at": seen, "reviews": 1, "state": "learning"}
    expected = {
        AGAIN: Memory(stability=0.21199999749660492, difficulty=6.413300037384033, due_at=seen + timedelta(seconds=60)),
        HARD: Memory(stability=1.2930999994277954, difficulty=5.112170696258545, due_at=seen + timedelta(seconds=330)),
        GOOD: Memory(
            stability=2.30649995803833, difficulty=2.1181039810180664, due_at=seen + timedelta(seconds=600), step=1
        ),
    }
    for rating, memory in expected.items():
        assert futures[rating] == memory._replace(**common)
    easy = futures[EASY]
    assert (easy.state, easy.stability, easy.difficulty) == ("review", 8.295599937438965, 1.0)
    assert easy.interval in range(6, 11)
    assert easy.due_day == FIRST_DAY + timedelta(days=easy.interval)


@pytest.mark.parametrize(
    ("steps", "answers", "waits"),
    [
        ((60, 600), [HARD, HARD, GOOD, HARD, AGAIN], [330, 330, 600, 600, 60]),
        ((600,), [HARD, AGAIN, HARD], [900, 600, 900]),
        ((60, 600, 3600), [GOOD, GOOD, HARD, AGAIN, GOOD], [600, 3600, 3600, 60, 600]),
    ],
)
def test_learning_steps(steps: tuple[int, ...], answers: list[Rating], waits: list[int]) -> None:
    scheduler, memory = Scheduler(Policy(learning_steps=steps)), Memory()
    for rating, wait in zip(answers, waits, strict=True):
        memory = scheduler.review("card", memory, Step(START, FIRST_DAY, rating))
        assert memory.due_at == START + timedelta(seconds=wait)


def test_lapse_goes_through_relearning_and_back() -> None:
    scheduler = Scheduler(Policy(relearning_steps=(300, 1800)))
    memory = scheduler.replay("card", steps_of([(EASY, 0), (AGAIN, 8)]))
    assert (memory.state, memory.step, memory.lapses) == ("relearning", 0, 1)
    again, hard, good, easy = scheduler.preview("card", memory, START, memory.last_day).values()
    assert [(m.state, m.step, m.due_at) for m in (again, hard, good)] == [
        ("relearning", 0, START + timedelta(seconds=300)),
        ("relearning", 0, START + timedelta(seconds=1050)),
        ("relearning", 1, START + timedelta(seconds=1800)),
    ]
    assert easy.state == "review"
    assert {m.lapses for m in (again, hard, good, easy)} == {1}


def test_without_steps_a_lapse_counts_and_waits_for_days() -> None:
    memory = Scheduler(Policy(relearning_steps=())).replay("card", steps_of([(EASY, 0), (AGAIN, 8)]))
    assert (memory.state, memory.lapses) == ("review", 1)
    assert memory.interval >= 1


def test_fewer_steps_than_a_card_has_behind_it_graduate_it() -> None:
    third = Scheduler(Policy(learning_steps=(60, 600, 3600))).replay("card", steps_of([(GOOD, 0), (GOOD, 0)]))
    futures = Scheduler(Policy(learning_steps=(60,))).preview("card", third, START, FIRST_DAY)
    assert third.step == 2
    assert [memory.state for memory in futures.values()] == ["learning", "review", "review", "review"]


# --- replay -----------------------------------------------------------------------------------------------------------

days_off = st.integers(-2, 2)  # zones crossed and clocks set: the day a review counted for may go back


@settings(max_examples=150, deadline=None)
@given(policies, st.lists(st.tuples(ratings, gaps, days_off), max_size=12), st.text(max_size=8))
def test_replay_is_one_review_after_the_other(
    policy: Policy, history: list[tuple[Rating, int, int]], card: str
) -> None:
    scheduler = Scheduler(policy)
    plain = steps_of([(rating, gap) for rating, gap, _ in history])
    steps = [s._replace(day=s.day + timedelta(days=off)) for s, (_, _, off) in zip(plain, history, strict=True)]
    assert scheduler.replay(card, steps) == fold(scheduler, card, steps)


@settings(max_examples=50, deadline=None)
@given(histories.flatmap(lambda history: st.permutations(steps_of(history))))
def test_replay_takes_reviews_in_any_order(steps: list[Step]) -> None:
    ordered = sorted(steps, key=lambda step: step.at)
    assert Scheduler().replay("card", steps) == Scheduler().replay("card", ordered)


def test_reviews_of_one_moment_count_in_the_order_given() -> None:
    good, again = Step(START, FIRST_DAY, GOOD), Step(START, FIRST_DAY, AGAIN)
    assert Scheduler().replay("card", [good, again]).state == "learning"
    assert Scheduler().replay("card", [good, again]) != Scheduler().replay("card", [again, good])


starts = st.tuples(st.integers(1, 400), st.none() | st.floats(0.5, 12, allow_nan=False))


@settings(max_examples=100, deadline=None)
@given(policies, histories, st.integers(0, 12), starts)
def test_replay_starts_from_a_schedule_of_elsewhere_wherever_it_stands(policy, history, place, start) -> None:
    scheduler, steps = Scheduler(policy), steps_of(history)
    place = min(place, len(steps) - 1)
    steps[place] = steps[place]._replace(interval=start[0], ease=start[1])
    memory = reduce(lambda memory, step: scheduler.review("card", memory, step), steps, Memory())
    assert scheduler.replay("card", steps) == memory
    assert memory.reviews == len(steps)


def test_a_schedule_of_elsewhere_gives_stability_and_due_day() -> None:
    step = Step(START, FIRST_DAY, GOOD, interval=10)
    memory = Scheduler().replay("card", [step])
    assert (memory.state, memory.interval, memory.due_day) == ("review", 10, FIRST_DAY + timedelta(days=10))
    assert memory.stability == pytest.approx(10)
    assert Scheduler().retrievability(memory, memory.due_day) == pytest.approx(0.9)
    hard, easy = (Scheduler().replay("card", [step._replace(ease=ease)]).difficulty for ease in (1.3, 3.0))
    assert hard > memory.difficulty > easy


def test_replay_of_nothing_is_a_new_card() -> None:
    assert Scheduler().replay("card", []) == Memory()


@settings(max_examples=50, deadline=None)
@given(histories)
def test_memory_survives_the_database_bit_for_bit(history: list[tuple[Rating, int]]) -> None:
    scheduler, memory = Scheduler(), Memory()
    with sqlite3.connect(":memory:") as database:
        for step in steps_of(history):
            memory = scheduler.review("card", memory, step)
            query = "SELECT CAST(? AS REAL), CAST(? AS REAL)"
            stability, difficulty = database.execute(query, (memory.stability, memory.difficulty)).fetchone()
            memory = memory._replace(stability=stability, difficulty=difficulty)
    assert memory == scheduler.replay("card", steps_of(history))


# --- the four futures -------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(policies, histories, st.integers(0, 400), st.text(max_size=8))
def test_preview_is_what_review_does_and_ratings_stay_in_order(
    policy: Policy, history: list[tuple[Rating, int]], gap: int, card: str
) -> None:
    scheduler = Scheduler(policy)
    memory = scheduler.replay(card, steps_of(history))
    at = memory.last_at + timedelta(days=gap)
    futures = scheduler.preview(card, memory, at, at.date())
    assert futures == {rating: scheduler.review(card, memory, Step(at, at.date(), rating)) for rating in Rating}
    assert all(1 <= m.interval <= policy.maximum_interval for m in futures.values() if m.state == "review")
    again, *passed = [memory.interval for memory in futures.values()]  # 0 where a learning step is next
    assert again <= passed[0] or passed[0] == 0
    for shorter, longer in pairwise(passed):
        assert shorter == 0 or longer >= min(shorter + 1, policy.maximum_interval)


@settings(max_examples=100, deadline=None)
@given(histories, st.integers(0, 300), st.integers(1, 300))
def test_a_later_recall_is_never_due_earlier(history: list[tuple[Rating, int]], gap: int, more: int) -> None:
    scheduler = Scheduler(Policy(fuzz=False, learning_steps=(), relearning_steps=()))
    memory = scheduler.replay("card", steps_of(history))
    soon, late = memory.last_at + timedelta(days=gap), memory.last_at + timedelta(days=gap + more)
    early = scheduler.review("card", memory, Step(soon, soon.date(), HARD))
    assert scheduler.review("card", memory, Step(late, late.date(), HARD)).due_day >= early.due_day


def test_maximum_interval_holds_with_and_without_fuzz() -> None:
    history = steps_of([(EASY, 0), (EASY, 10), (EASY, 60), (EASY, 300)])
    for fuzz in (False, True):
        scheduler = Scheduler(Policy(maximum_interval=100, fuzz=fuzz))
        memories = [scheduler.replay(f"card {number}", history) for number in range(50)]
        assert {memory.interval for memory in memories} <= set(range(94, 101))
        futures = scheduler.preview("card", memories[0], START + timedelta(days=900), date(2028, 6, 23))
        assert futures[EASY].interval in (range(94, 101) if fuzz else [100])


def test_a_clock_set_back_counts_as_the_same_day() -> None:
    scheduler = Scheduler()
    memory = scheduler.replay("card", steps_of([(EASY, 0), (GOOD, 9)]))
    same = scheduler.review("card", memory, Step(memory.last_at, memory.last_day, GOOD))
    earlier_day = memory.last_day - timedelta(days=5)
    back = scheduler.review("card", memory, Step(START, earlier_day, GOOD))
    assert (back.stability, back.difficulty, back.interval) == (same.stability, same.difficulty, same.interval)
    assert (back.last_day, back.due_day) == (earlier_day, earlier_day + timedelta(days=back.interval))
    assert scheduler.retrievability(memory, earlier_day) == 1


def test_retrievability() -> None:
    scheduler = Scheduler()
    memory = Memory(state="review", stability=20.0, difficulty=5.0, last_day=FIRST_DAY)
    assert scheduler.retrievability(Memory(), FIRST_DAY) is None
    assert scheduler.retrievability(memory, FIRST_DAY) == 1
    assert scheduler.retrievability(memory, FIRST_DAY + timedelta(days=20)) == pytest.approx(0.9, abs=1e-12)


# --- fuzz -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "lowest", "highest"),
    [
        (0.2, 1, 1),
        (1.4, 1, 1),
        (2.4, 2, 2),  # too short for fuzz
        (2.5, 2, 4),  # a day
        (7.0, 5, 9),  # 1 + 0.15 x 4.5 = 1.675 days
        (20.0, 17, 23),  # 1.675 + 0.1 x 13 = 2.975 days
        (100.0, 93, 107),  # 2.975 + 0.05 x 80 = 6.975 days
        (990.0, 939, 1000),  # up to the maximum
        (5000.0, 948, 1000),
    ],
)
def test_bounds_of_fuzz(interval: float, lowest: int, highest: int) -> None:
    assert interval_bounds(interval, 1, 1000, fuzz=True) == (lowest, highest)


def test_bounds_without_fuzz_are_the_rounded_interval() -> None:
    assert interval_bounds(99.5, 1, 1000, fuzz=False) == (100, 100)
    assert interval_bounds(0.3, 4, 1000, fuzz=False) == (4, 4)


def test_fuzz_reaches_every_day_within_its_bounds_evenly() -> None:
    """Each of the days is drawn as often as the others, within five standard errors of a binomial count."""
    history, cards = steps_of([(EASY, 0), (HARD, 12)]), 3000
    scheduler = Scheduler()
    stability = scheduler.replay("card", history).stability  # at a desired retention of 0.9 this is the interval
    lowest, highest = interval_bounds(stability, 1, LONGEST_INTERVAL, fuzz=True)
    draws = Counter(scheduler.replay(f"card {number}", history).interval for number in range(cards))
    assert sorted(draws) == list(range(lowest, highest + 1))
    share = 1 / len(draws)
    error = (cards * share * (1 - share)) ** 0.5
    assert all(abs(drawn - cards * share) < 5 * error for drawn in draws.values())


def test_fuzz_belongs_to_card_and_repetition() -> None:
    scheduler = Scheduler()
    history = steps_of([(EASY, 0), (GOOD, 8), (GOOD, 40)])
    assert scheduler.replay("a", history) == Scheduler().replay("a", history)
    assert len({scheduler.replay(card, history).interval for card in "abcdefgh"}) > 1
    known = Memory(state="review", stability=300.0, difficulty=5.0, last_day=FIRST_DAY, first_day=FIRST_DAY)
    step = Step(START + timedelta(days=300), FIRST_DAY + timedelta(days=300), GOOD)
    assert len({scheduler.review("a", known._replace(reviews=n), step).interval for n in range(8)}) > 1


# --- policy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"parameters": DEFAULT_PARAMETERS[:19]}, "21 parameters, not 19"),
        ({"parameters": (*DEFAULT_PARAMETERS[:20], 0.9)}, "w20 is 0.9"),
        ({"parameters": (float("nan"), *DEFAULT_PARAMETERS[1:])}, "w0 is nan"),
        ({"desired_retention": 1.0}, "desired retention is 1; it takes a number from 0.5 to 0.995"),
        ({"desired_retention": 0.3}, "desired retention"),
        ({"learning_steps": (60, 0)}, "learning step"),
        ({"relearning_steps": (float("inf"),)}, "learning step"),
        ({"maximum_interval": 0}, "maximum interval"),
        ({"day_start": 24}, "hour"),
    ],
)
def test_wrong_policy_is_refused_in_a_sentence(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        Policy(**wrong)


def test_parameters_at_their_bounds_in_single_precision_are_taken() -> None:
    bounds = [high for _, high in PARAMETER_BOUNDS]
    single = fsrs_rs_python.MemoryState(bounds[19], bounds[20])
    assert single.stability > bounds[19]
    Policy(parameters=(*bounds[:19], single.stability, single.difficulty))


def test_fingerprint_tells_policies_apart_and_names_the_library() -> None:
    changed = [
        Policy(parameters=FITTED), Policy(desired_retention=0.91), Policy(learning_steps=(60,)),
        Policy(relearning_steps=()), Policy(maximum_interval=99), Policy(fuzz=False), Policy(day_start=0),
    ]  # fmt: skip
    assert len({policy.fingerprint for policy in (Policy(), *changed)}) == 8
    assert Policy(learning_steps=(60.0, 600.0)).fingerprint == Policy().fingerprint
    assert Policy().fingerprint.endswith(Scheduler().library)
    assert Scheduler().library.startswith("fsrs-rs-python 0.")


# --- days -------------------------------------------------------------------------------------------------------------

ROME = ZoneInfo("Europe/Rome")
ZONES = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll", "America/Havana"]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 6, 1, 3, 59, 59, 999_999, ROME), date(2026, 5, 31)),
        (datetime(2026, 6, 1, 4, tzinfo=ROME), date(2026, 6, 1)),
        (datetime(2026, 6, 1, 23, 59, tzinfo=ROME), date(2026, 6, 1)),
        (datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC), date(2026, 3, 28)),  # 03:59:59, an hour after clocks went on
        (datetime(2026, 3, 29, 2, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 10, 25, 2, 59, 59, tzinfo=UTC), date(2026, 10, 24)),  # 03:59:59, after clocks went back
        (datetime(2026, 10, 25, 3, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_local_day_begins_at_four(moment: datetime, day: date) -> None:
    assert local_day(moment, ROME) == day


def test_days_of_a_clock_change_have_23_and_25_hours() -> None:
    def length(day: date) -> timedelta:
        return day_begins(day + timedelta(days=1), ROME) - day_begins(day, ROME)

    assert length(date(2026, 3, 28)) == timedelta(hours=23)
    assert length(date(2026, 10, 24)) == timedelta(hours=25)


@settings(max_examples=300, deadline=None)
@given(
    st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.integers(0, 23),
)
def test_every_moment_lies_in_its_day(moment: datetime, zone: str, day_start: int) -> None:
    there = ZoneInfo(zone)
    day = local_day(moment, there, day_start)
    assert day_begins(day, there, day_start) <= moment < day_begins(day + timedelta(days=1), there, day_start)


def test_a_day_that_a_zone_skipped_is_empty() -> None:
    """Samoa went over the date line: no 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    midnight = datetime(2011, 12, 30, 10, tzinfo=UTC)
    days = {local_day(midnight + timedelta(hours=hours), apia) for hours in range(-24, 24)}
    assert days == {date(2011, 12, 28), date(2011, 12, 29), date(2011, 12, 31)}


def test_a_day_that_began_stays_when_clocks_go_back_over_its_beginning() -> None:
    """Newfoundland set its clocks back at 00:01: the last hour of a day was shown again after the next had begun."""
    newfoundland = ZoneInfo("America/St_Johns")
    moment = datetime(2005, 10, 30, 2, 45, tzinfo=UTC)
    assert moment.astimezone(newfoundland).date() == date(2005, 10, 29)
    assert local_day(moment, newfoundland, day_start=0) == date(2005, 10, 30)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a running process cannot be set here")
def test_without_a_zone_the_systems_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
            time.tzset()
            assert day_begins(date(2026, 7, 1)) == datetime(2026, 7, 1, 8, tzinfo=UTC)
            assert day_begins(date(2026, 12, 1)) == datetime(2026, 12, 1, 9, tzinfo=UTC)
            assert local_day(datetime(2026, 7, 1, 7, 59, tzinfo=UTC)) == date(2026, 6, 30)
            assert local_day(datetime(2026, 7, 1, 8, tzinfo=UTC)) == date(2026, 7, 1)
    finally:
        time.tzset()


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "now"), (30, "30s"), (60, "1m"), (330, "6m"), (600, "10m"), (3600, "1h"), (5400, "1.5h"), (-5, "now")],
)
def test_words_of_a_learning_step(seconds: int, words: str) -> None:
    assert interval_words(Memory(due_at=START + timedelta(seconds=seconds)), START, FIRST_DAY) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "now"), (1, "1d"), (3, "3d"), (30, "30d"), (31, "1mo"), (64, "2.1mo"), (365, "1y"), (511, "1.4y")],
)
def test_words_of_days(days: int, words: str) -> None:
    memory = Memory(due_day=FIRST_DAY + timedelta(days=days), interval=days)
    assert interval_words(memory, START, FIRST_DAY) == words


def test_choosing_cards_loads_neither_numpy_nor_the_fsrs_library() -> None:
    code = "import nnstudy.memory.queue, sys; print(sorted({'numpy', 'fsrs_rs_python'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "[]\n"
