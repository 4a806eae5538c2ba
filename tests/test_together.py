"""Two programs on one database at the same time: no answer is lost, and neither asks what the other is asking."""

import time
from collections import Counter
from datetime import UTC
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from killing import furnish, needs_forks, running
from support import Clock, text, until

from nnstudy import Rating, Study
from nnstudy.reviewing.claims import Claims
from nnstudy.tui.app import StudyApp

pytestmark = needs_forks


def review_slowly(mail: Connection, home: Path, at: float) -> None:
    """Answer whatever is asked for a few seconds, some of it badly; tell what was asked and what was answered."""
    with Study.open(home) as study:
        time.sleep(max(0, at - time.time()))
        turn, end = 0, time.time() + 5
        while time.time() < end and (card := study.next()) is not None:
            mail.send(("asked", card.id))
            time.sleep(0.002 * (turn % 4))
            study.answer(card, Rating.AGAIN if turn % 3 == 0 else Rating.EASY)
            mail.send(("answered", card.id))
            turn += 1


def ask(mail: Connection, home: Path, answer: bool = False) -> None:
    """Ask a card, and answer it or think about it for ever."""
    with Study.open(home, now=Clock(), zone=UTC) as study:
        card = study.next()
        assert card
        if answer:
            study.answer(card, Rating.GOOD)
        mail.send(card.id)
        time.sleep(600)


def test_neither_asks_what_the_other_asks_and_all_answers_are_kept(tmp_path):
    home, together = furnish(tmp_path / "home", 80), time.time() + 0.5
    with running(review_slowly, home, together) as one, running(review_slowly, home, together) as other:
        told = [list(one.rest()), list(other.rest())]
        one.wait()
        other.wait()
    asked = [{card for what, card in half if what == "asked"} for half in told]
    assert not asked[0] & asked[1]
    assert min(map(len, asked)) > 5
    assert len(asked[0] | asked[1]) == 80
    answered = Counter(card for half in told for what, card in half if what == "answered")
    with Study.open(home) as study:
        assert Counter(review.card for review in study.history()) == answered
        assert study.rebuild() == 0


def test_what_another_program_asks_comes_later_and_what_it_answered_does_not(tmp_path):
    home, clock = furnish(tmp_path / "home", 3), Clock()
    with Study.open(home, now=clock, zone=UTC) as study:
        first, second, third = (card.id for card in study.cards())
        assert study.next().id == first
        study.claims.put_down()  # as who leaves the review
        with running(ask, home) as thinking:
            assert thinking.next() == first
            assert study.next().id == second
            study.suspend(second)
            study.suspend(third)
            assert study.next() is None
            clock.pass_by(minutes=2)
            assert study.next() is None
        assert study.next() is None, "the minute is not over"
        clock.pass_by(minutes=1)
        assert study.next().id == first
        assert study.claims.others() == []


def test_what_another_program_has_answered_is_not_asked_again_just_now(tmp_path):
    home, clock = furnish(tmp_path / "home", 2), Clock()
    with Study.open(home, now=clock, zone=UTC) as study:
        first, second = (card.id for card in study.cards())
        assert study.counts().new == 2  # the queue is made
        with running(ask, home, True) as other:
            assert other.next() == first
            clock.pass_by(seconds=1)
            assert study.next().id == second
            study.suspend(second)
            assert study.next() is None, "it waits for its next step, but was answered a second ago"
            clock.pass_by(minutes=1)
            assert study.next().id == first
            study.answer(first, Rating.GOOD)
            assert [step.rating for step in study.store.log.steps(first)] == [Rating.GOOD, Rating.GOOD]


def test_a_killed_program_claims_nothing(tmp_path):
    home = furnish(tmp_path / "home", 3)
    with running(ask, home) as thinking:
        first = thinking.next()
        claims = Claims(home / "nnstudy.lock")
        assert claims.others() == [thinking.pid]
        assert not claims.take(first)
        thinking.kill()
        assert claims.others() == []
        assert claims.take(first)
        claims.leave()


def test_one_answer_after_another_needs_nobody_else(tmp_path):
    """Alone, what was answered just now comes back at once where nothing else is left, also after an undo."""
    home, clock = furnish(tmp_path / "home", 1), Clock()
    with Study.open(home, now=clock, zone=UTC) as study:
        only = study.cards()[0].id
        for _ in range(3):
            clock.pass_by(seconds=5)
            assert study.next().id == only
            study.answer(only, Rating.AGAIN)
        for _ in range(2):
            study.undo()
            assert study.next().id == only
    with Study.open(home, now=clock, zone=UTC) as study:
        assert study.next().id == only


def test_where_no_claim_can_be_written_every_program_goes_its_own_way(tmp_path):
    claims = Claims(tmp_path / "missing" / "nnstudy.lock")
    assert claims.others() == []
    assert claims.take("card")
    claims.put_down()
    claims.leave()


async def test_the_second_one_says_that_another_is_open(tmp_path):
    home = furnish(tmp_path / "home", 3)
    with running(ask, home) as thinking, Study.open(home, now=Clock(), zone=UTC) as study:
        first = thinking.next()
        for start in ("today", "review"):
            async with StudyApp(study, start=start).run_test(size=(80, 24), notifications=True) as pilot:
                await until(pilot, lambda pilot=pilot: f"{thinking.pid})." in text(pilot), 5)
                assert "nnstudy is open elsewhere" in text(pilot)
                if start == "review":
                    assert pilot.app.screen.card.id != first


@pytest.fixture(autouse=True)
def _no_daily_copy(monkeypatch):
    monkeypatch.setattr(Study, "back_up_daily", lambda self: None)
