"""The queue: what is asked, in which order, and how little each answer costs however many cards wait."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.memory.queue import FRONT, LEARN_AHEAD, LEARNING, Counts, Queue
from nnstudy.memory.scheduler import Memory, Scheduler

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = NOW.date()
GRADUATED = Memory(state="review", due_day=DAY + timedelta(days=3))


@dataclass(frozen=True)
class Entry:
    """A card of these tests, in whatever state."""

    card: str
    section: str
    state: str
    due_at: datetime | None
    due_day: date | None
    stability: float | None
    last_day: date | None
    position: int


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def learning(card: str, wait: float, section: str = "", state: str = "learning") -> Entry:
    """A learning card that comes due `wait` minutes from now."""
    return Entry(card, section or card, state, NOW + minutes(wait), None, 1.0, DAY, 0)


def due(card: str, *, elapsed: int = 10, stability: float = 10.0, section: str = "", in_days: int = 0) -> Entry:
    last_day, due_day = DAY - timedelta(days=elapsed), DAY + timedelta(days=in_days)
    return Entry(card, section or card, "review", None, due_day, stability, last_day, 0)


def new(card: str, position: int, section: str = "") -> Entry:
    return Entry(card, section or card, "new", None, None, None, None, position)


def queue_of(*entries: Entry, new_left: int = 20, learn_ahead: timedelta = LEARN_AHEAD) -> Queue:
    fresh = sorted((entry for entry in entries if entry.state == "new"), key=lambda entry: entry.position)
    due_now = [entry for entry in entries if entry.due_day and entry.due_day <= DAY]
    return Queue(
        [(entry.card, entry.due_at) for entry in entries if entry.state in LEARNING],
        [(e.card, e.stability, e.last_day.isoformat() if e.last_day else None) for e in due_now],
        [entry.card for entry in fresh],
        section_of={entry.card: entry.section for entry in entries}.get,
        now=NOW,
        day=DAY,
        new_left=new_left,
        learn_ahead=learn_ahead,
    )


def waits_again(wait: float) -> Memory:
    return Memory(state="relearning", due_at=NOW + minutes(wait))


def asked(queue: Queue, now: datetime = NOW) -> Iterator[str]:
    """The cards in the order asked, when each is answered so that it graduates."""
    while (card := queue.next(now)) is not None:
        yield card
        queue.answered(card, GRADUATED, now, DAY)


# --- order ------------------------------------------------------------------------------------------------------------


def test_learning_cards_whose_step_is_over_come_first_the_longest_waiting_before_the_others() -> None:
    queue = queue_of(due("due"), new("new", 0), learning("b", -1), learning("a", -5, state="relearning"))
    assert list(asked(queue)) == ["a", "b", "due", "new"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.floats(0.01, 400)), max_size=FRONT))
def test_due_cards_come_by_lowest_retrievability(memories: list[tuple[int, float]]) -> None:
    entries = [due(f"{n}", elapsed=elapsed, stability=s) for n, (elapsed, s) in enumerate(memories)]
    scheduler, by_card = Scheduler(), {entry.card: entry for entry in entries}
    recall = []
    for card in asked(queue_of(*entries)):
        entry = by_card[card]
        memory = Memory(state="review", stability=entry.stability, last_day=entry.last_day)
        recall.append(scheduler.retrievability(memory, DAY))
    assert len(recall) == len(entries)
    assert recall == sorted(recall)


@pytest.mark.parametrize(("reviews", "fresh"), [(20, 3), (3, 20), (10, 10), (7, 1), (0, 4), (4, 0)])
def test_new_cards_are_spread_evenly_between_due_ones(reviews: int, fresh: int) -> None:
    queue = queue_of(*[due(f"d{n}") for n in range(reviews)], *[new(f"n{n}", n) for n in range(fresh)])
    order = list(asked(queue))
    assert [card for card in order if card[0] == "n"] == [f"n{n}" for n in range(fresh)]
    before, seen = [], 0
    for card in order:
        if card[0] == "n":
            before.append(seen)
        seen += card[0] == "d"
    step = (reviews + 1) / (fresh + 1)
    assert before == [min(reviews, math.ceil(n * step)) for n in range(1, fresh + 1)]


def test_new_cards_keep_to_the_limit_and_to_their_order() -> None:
    entries = [new(f"{position}", position) for position in (5, 3, 8, 1)]
    assert list(asked(queue_of(*entries, new_left=3))) == ["1", "3", "5"]
    assert list(asked(queue_of(*entries, new_left=0))) == []


def test_cards_in_review_that_are_due_later_are_not_asked() -> None:
    queue = queue_of(due("tomorrow", in_days=1), due("today"), due("yesterday", in_days=-1))
    assert sorted(asked(queue)) == ["today", "yesterday"]


# --- siblings ---------------------------------------------------------------------------------------------------------


def test_siblings_stand_apart() -> None:
    queue = queue_of(*[due(f"{section}{n}", section=section, elapsed=50 - n) for section in "abc" for n in range(3)])
    sections = [card[0] for card in asked(queue)]
    assert all(one != other for one, other in pairwise(sections[:-2]))


def test_the_sibling_of_an_answered_learning_card_waits_too() -> None:
    queue = queue_of(learning("x", -1, section="s"), due("sibling", elapsed=99, section="s"), due("other"))
    assert list(asked(queue)) == ["x", "other", "sibling"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=FRONT), st.lists(st.sampled_from("abcd"), max_size=FRONT))
def test_siblings_follow_each_other_only_where_nothing_else_of_their_kind_is_left(review: str, fresh: str) -> None:
    entries = [due(f"d{n}", section=section) for n, section in enumerate(review)]
    entries += [new(f"n{n}", n, section=section) for n, section in enumerate(fresh)]
    section = {entry.card: entry.section for entry in entries}
    order = list(asked(queue_of(*entries)))
    assert sorted(order) == sorted(section)
    for place, (card, following) in enumerate(pairwise(order)):
        left = {section[other] for other in order[place + 1 :] if other[0] == following[0]}
        assert section[card] != section[following] or left == {section[card]}


# --- completeness -----------------------------------------------------------------------------------------------------

sections = st.sampled_from("abcdef")
states = st.one_of(
    st.tuples(st.just("learning"), st.floats(-60, 60), sections),
    st.tuples(st.just("due"), st.integers(-3, 3), sections),
    st.tuples(st.just("new"), st.integers(0, 50), sections),
)


def entry_of(number: int, kind: str, value: float, section: str) -> Entry:
    if kind == "learning":
        return learning(f"{number}", value, section)
    return due(f"{number}", in_days=int(value), section=section) if kind == "due" else new(f"{number}", number, section)


@settings(max_examples=100, deadline=None)
@given(st.lists(states, max_size=60), st.integers(0, 30))
def test_everything_due_is_asked_once(drawn: list[tuple[str, float, str]], new_left: int) -> None:
    entries = [entry_of(number, *values) for number, values in enumerate(drawn)]
    order = list(asked(queue_of(*entries, new_left=new_left)))
    fresh = [entry.card for entry in entries if entry.state == "new"]
    expected = {entry.card for entry in entries if entry.due_day and entry.due_day <= DAY}
    expected |= {entry.card for entry in entries if entry.due_at and entry.due_at <= NOW + LEARN_AHEAD}
    assert sorted(order) == sorted(expected | set(fresh[:new_left]))


moves = st.sampled_from(["good", "again", "long", "remove", "first", "wait"])


@settings(max_examples=150, deadline=None)
@given(st.lists(states, max_size=20), st.lists(st.tuples(moves, st.integers(0, 19)), max_size=60))
def test_a_session_of_any_moves_keeps_its_promises(
    drawn: list[tuple[str, float, str]], session: list[tuple[str, int]]
) -> None:
    """Against a plain record of what waits: what is asked waits, ready steps come first, and counts agree."""
    entries = [entry_of(number, *values) for number, values in enumerate(drawn)]
    queue, now = queue_of(*entries), NOW
    steps = {entry.card: entry.due_at for entry in entries if entry.state in LEARNING}
    others = {e.card for e in entries if e.state == "new" or (e.due_day and e.due_day <= DAY)}
    pinned: str | None = None
    for move, number in session:
        card, soon = queue.next(now), [at for at in steps.values() if at <= now + LEARN_AHEAD]
        assert card in steps or card in others or (card is None and not soon and not others)
        assert pinned in (None, card)
        if pinned is None and card and (ready := {other: at for other, at in steps.items() if at <= now}):
            assert steps.get(card) == min(ready.values())
        left = queue.counts(now)
        assert (left.learning, left.due + left.new) == (len(soon), len(others))
        assert queue.when(now) == min((at for at in steps.values() if at > now), default=None)
        pinned, named = card, f"{number}"
        if move == "wait":
            now, pinned = now + minutes(number), card
        elif move == "first":
            queue.put_first(named)
            pinned = named if named in steps or named in others else pinned
        elif move == "remove":
            queue.remove(named)
            steps.pop(named, None)
            others.discard(named)
            pinned = None if pinned == named else pinned
        elif card:
            steps.pop(card, None)
            others.discard(card)
            wait = {"good": None, "again": 1, "long": 45}[move]
            if wait:
                steps[card] = now + minutes(wait)
            queue.answered(card, Memory("learning", due_at=steps[card]) if wait else GRADUATED, now, DAY)
            pinned = None


# --- learning ahead ---------------------------------------------------------------------------------------------------


def test_learning_cards_come_early_only_when_nothing_else_is_left() -> None:
    queue = queue_of(learning("soon", 19), learning("later", 21), due("due"))
    assert list(asked(queue)) == ["due", "soon"]
    assert queue.next(NOW + minutes(2)) == "later"


WAITS = st.integers(-60, 60)


@settings(max_examples=100, deadline=None)
@given(waits=st.lists(WAITS, min_size=1, max_size=12), moves=st.lists(st.tuples(WAITS, WAITS | st.none()), max_size=20))
def test_learning_cards_come_by_their_moments_whichever_way_the_clock_goes(waits, moves) -> None:
    at = {f"{place:02}": NOW + minutes(wait) for place, wait in enumerate(waits)}
    queue = queue_of(*(learning(card, wait) for card, wait in zip(at, waits, strict=True)), learn_ahead=minutes(0))
    for move, again in moves:
        now = NOW + minutes(move)
        over = sorted((moment, card) for card, moment in at.items() if moment <= now)
        assert queue.counts(now).learning == len(over)
        assert queue.when(now) == min((moment for moment in at.values() if moment > now), default=None)
        card = queue.next(now)
        assert card == (over[0][1] if over else None)
        if card is None:
            continue
        del at[card]
        if again is not None:
            at[card] = NOW + minutes(again)
        queue.answered(card, GRADUATED if again is None else waits_again(again), now, DAY)


def test_learn_ahead_limit_is_the_callers() -> None:
    queue = queue_of(learning("x", 5), new_left=0, learn_ahead=minutes(2))
    assert queue.next(NOW) is None
    assert queue.counts(NOW) == Counts(0, 0, 0)
    assert queue.when(NOW) == NOW + minutes(5)
    assert queue.next(NOW + minutes(3)) == "x"


def test_the_card_just_answered_comes_early_only_when_it_is_alone() -> None:
    queue = queue_of(learning("a", 1), learning("b", 10))
    assert queue.next(NOW) == "a"
    queue.answered("a", waits_again(1), NOW, DAY)
    assert queue.next(NOW) == "b"
    queue.answered("b", GRADUATED, NOW, DAY)
    assert queue.next(NOW) == "a"
    queue.answered("a", waits_again(1), NOW, DAY)
    assert queue.next(NOW) == "a"


def test_a_failed_card_comes_back_when_its_step_is_over() -> None:
    queue = queue_of(due("a"), due("b"), due("c"))
    assert queue.next(NOW) == "a"
    queue.answered("a", waits_again(10), NOW, DAY)
    assert queue.when(NOW) == NOW + minutes(10)
    queue.answered(queue.next(NOW), GRADUATED, NOW, DAY)
    assert queue.next(NOW + minutes(10)) == "a"


# --- what the caller asks for -----------------------------------------------------------------------------------------


def test_the_card_shown_stays_while_others_come_due() -> None:
    queue = queue_of(due("due"), learning("step", 1))
    assert queue.next(NOW) == "due"
    assert queue.next(NOW + minutes(5)) == "due"
    queue.answered("due", GRADUATED, NOW + minutes(5), DAY)
    assert queue.next(NOW + minutes(5)) == "step"


def test_put_first() -> None:
    queue = queue_of(due("a"), new("b", 0), learning("far", 300))
    for card in ("far", "b", "a"):
        queue.put_first(card)
        assert queue.next(NOW) == card
    queue.put_first("unknown")
    assert queue.next(NOW) == "a"
    queue.put_first("far")
    queue.answered("far", GRADUATED, NOW, DAY)
    assert list(asked(queue)) == ["a", "b"]


def test_remove() -> None:
    queue = queue_of(due("a"), due("b"), new("c", 0), learning("d", -1), learning("e", 5))
    assert queue.next(NOW) == "d"
    for card in ("d", "a", "e", "unknown"):
        queue.remove(card)
    assert list(asked(queue)) == ["b", "c"]


def test_an_answer_to_a_card_that_was_not_waiting_is_taken_in() -> None:
    queue = queue_of(due("a"))
    queue.answered("other", waits_again(5), NOW, DAY)
    assert queue.counts(NOW) == Counts(1, 1, 0)
    assert list(asked(queue)) == ["a", "other"]


def test_counts() -> None:
    queue = queue_of(
        learning("now", -1), learning("soon", 15), learning("far", 25), due("due"), new("a", 0), new("b", 1), new_left=1
    )
    assert queue.counts(NOW) == Counts(learning=2, due=1, new=1)
    assert queue.counts(NOW + minutes(5)) == Counts(learning=3, due=1, new=1)
    assert queue.when(NOW) == NOW + minutes(15)
    assert queue.when(NOW + minutes(15)) == NOW + minutes(25)
    assert queue.when(NOW + minutes(25)) is None


def test_an_empty_queue() -> None:
    queue = queue_of()
    assert queue.next(NOW) is None
    assert queue.when(NOW) is None
    assert queue.counts(NOW) == Counts(0, 0, 0)


# --- cost -------------------------------------------------------------------------------------------------------------


class Section(str):
    """A section that counts how often one is compared with another."""

    compared = count()

    def __eq__(self, other: object) -> bool:
        next(Section.compared)
        return str.__eq__(self, str(other)) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class Moment(datetime):
    """A moment that counts how often one is compared with another."""

    compared = count()

    def __lt__(self, other: datetime) -> bool:
        next(Moment.compared)
        return super().__lt__(other)

    def __gt__(self, other: datetime) -> bool:
        next(Moment.compared)
        return super().__gt__(other)

    def __eq__(self, other: object) -> bool:
        next(Moment.compared)
        return super().__eq__(other)

    __hash__ = datetime.__hash__


def test_an_answer_looks_at_the_front_only_among_100_000_cards() -> None:
    """One section throughout, so no card stands apart: the longest search there can be."""
    section = Section("all")
    queue = queue_of(*[due(f"{number}", section=section, elapsed=number % 50) for number in range(100_000)])
    queue.answered(queue.next(NOW), GRADUATED, NOW, DAY)
    start = next(Section.compared)
    for answers in range(200):
        assert queue.next(NOW)
        queue.remove(f"{answers * 50 + 25}")
        queue.answered(queue.next(NOW), GRADUATED, NOW, DAY)
    assert 200 * FRONT <= next(Section.compared) - start <= 200 * FRONT + 1


def test_an_answer_halves_its_way_through_100_000_learning_cards() -> None:
    moment = Moment(2026, 3, 2, 9, tzinfo=UTC)
    entries = [
        Entry(f"{number}", "", "learning", moment + timedelta(seconds=number), None, 1.0, DAY, 0)
        for number in range(100_000)
    ]
    queue, answers = queue_of(*entries), 50
    start = next(Moment.compared)
    for _ in range(answers):
        card = queue.next(NOW)
        queue.counts(NOW)
        later = Memory(state="learning", due_at=moment + minutes(600))
        queue.answered(card, later, NOW, DAY)
    searches = 4  # choosing, counting, taking out, putting in again
    a_search = 2 * (math.log2(100_000) + 2)  # halvings; pairs are compared for equality, then for order
    assert answers < next(Moment.compared) - start <= answers * searches * a_search


def test_day_of_last_review_in_the_future_counts_as_today() -> None:
    ahead = Entry("ahead", "", "review", None, DAY, 5.0, date(2030, 1, 1), 0)
    assert list(asked(queue_of(ahead, due("due"), due("unknown", stability=0.0)))) == ["unknown", "due", "ahead"]


@given(st.lists(st.sampled_from(["due", "new", "learning"]), min_size=1, max_size=12), st.integers(0, 11), st.data())
def test_an_answer_that_is_taken_back_leaves_the_cards_as_they_were(kinds, answers, data):
    made = {"due": lambda n: due(f"c{n}", elapsed=n + 1), "new": lambda n: new(f"c{n}", n)}
    made["learning"] = lambda n: learning(f"c{n}", wait=-n)
    entries = [made[kind](n) for n, kind in enumerate(kinds)]
    queue = queue_of(*entries)
    memories = {e.card: Memory(state=e.state, due_at=e.due_at, due_day=e.due_day) for e in entries}
    for _ in range(min(answers, len(entries) - 1)):
        queue.answered(queue.next(NOW), GRADUATED, NOW, DAY)
    before, card = queue.counts(NOW), queue.next(NOW)
    answer = data.draw(st.sampled_from([GRADUATED, Memory(state="learning", due_at=NOW + minutes(1))]))
    queue.answered(card, answer, NOW, DAY)
    assert queue.taken_back(card, memories[card], NOW)
    assert (queue.counts(NOW), queue.next(NOW)) == (before, card)
    assert not queue.taken_back(card, memories[card], NOW)  # it was taken back already
    assert not queue.taken_back("elsewhere", memories[card], NOW)
    asked = set()
    while (following := queue.next(NOW)) is not None:
        asked.add(following)
        queue.answered(following, GRADUATED, NOW, DAY)
    assert len(asked) == before.learning + before.due + before.new
