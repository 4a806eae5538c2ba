"""Clocks that are set back or forward, daylight saving, journeys between reviews: nothing is lost or in disorder."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from killing import furnish, needs_forks, running
from support import NOTE, Clock

from nnstudy import Rating, Study

ROME, NEW_YORK, TOKYO = "Europe/Rome", "America/New_York", "Asia/Tokyo"
AUCKLAND, HONOLULU = "Pacific/Auckland", "Pacific/Honolulu"
JUMPS = st.sampled_from([timedelta(days=-1), timedelta(days=3652), timedelta(days=-3652), timedelta(hours=1)])
MOVES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(Rating), st.integers(1, 3 * 86400), JUMPS | st.none()))


@settings(max_examples=12, deadline=None)
@given(moves=MOVES)
def test_the_replay_is_the_same_whatever_the_clock_does(tmp_path_factory, moves):
    home, clock = tmp_path_factory.mktemp("clocks"), Clock()
    (home / "note.md").write_text(NOTE)
    with Study.open(home, now=clock, zone=UTC) as study:
        study.add(home / "note.md")
        cards = study.cards()
        for number, rating, seconds, jump in moves:
            clock.moment += timedelta(seconds=seconds) + (jump or timedelta())
            study.next()
            study.answer(cards[number].id, rating)
            if jump:
                study.undo()
                study.answer(cards[number].id, rating)
            study.due()
        assert study.rebuild() == 0
        written = [row[0] for row in study.store.connection.execute("SELECT card FROM review ORDER BY rowid")]
        assert len(written) == sum(1 + bool(jump) for *_, jump in moves)
        undone = []
        while taken_back := study.undo():
            undone.append(taken_back.card)
        assert undone == [cards[number].id for number, *_ in reversed(moves)], "the order of what was done stays"


def test_an_undo_takes_the_latest_answer_back_also_when_the_clock_went_back(study, clock):
    first, second = (card.id for card in study.cards()[:2])
    study.answer(first, Rating.GOOD)
    clock.pass_by(days=-1)
    study.answer(second, Rating.GOOD)
    assert study.undo().card == second
    clock.pass_by(days=-400)
    assert study.undo().card == first
    assert study.rebuild() == 0


def test_answers_and_deeds_are_taken_back_in_the_order_in_which_they_were_done(study, clock):
    first, second, third = (card.id for card in study.cards()[:3])
    study.suspend(third)
    clock.pass_by(days=-2)
    study.answer(first, Rating.GOOD)
    study.bury(second)
    clock.pass_by(days=-400)
    study.deeds().flag([first, second], "red")
    study.answer(second, Rating.EASY)
    clock.pass_by(days=5)
    study.undo()
    study.answer(second, Rating.HARD)
    done = []
    while taken_back := study.undo():
        done.append((taken_back.action, taken_back.card))
    assert done == [("answer", second), ("set", first), ("bury", second), ("answer", first), ("suspend", third)]
    assert study.rebuild() == 0


def test_what_an_older_program_did_is_taken_back_in_its_order(study, clock):
    """There an answer had an entry in the journal, too, and the order of the entries was all."""
    first, second, third = (card.id for card in study.cards()[:3])
    study.answer(first, Rating.GOOD)
    study.suspend(second)
    clock.pass_by(days=-1)
    study.answer(third, Rating.GOOD)
    db = study.store.connection
    db.execute("UPDATE journal SET rowid = 2")
    db.execute("ALTER TABLE journal DROP COLUMN after_review")
    db.execute(
        """INSERT INTO journal (rowid, id, at, device, action, card, review)
        SELECT 2 * rowid - 1, id || '+', at, device, 'answer', card, id FROM review"""
    )
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '0011_%'")
    db.execute("PRAGMA user_version = 10")
    folder = study.folder
    study.close()
    with Study.open(folder, now=clock, zone=UTC) as again:
        assert [again.undo().card for _ in range(3)] == [third, second, first]
        assert again.undo() is None
        assert again.store.integrity() == []


def test_after_a_jump_of_ten_years_and_back_cards_are_due_when_they_were(study, clock):
    card = study.cards()[0].id
    study.answer(card, Rating.EASY)
    due = study.card(card).memory.due_day
    clock.pass_by(days=3652)
    assert study.due().due == 1
    other = study.cards()[1].id
    study.answer(other, Rating.EASY)
    clock.pass_by(days=-3652)
    assert study.card(card).memory.due_day == due
    assert study.card(other).memory.due_day > date(2036, 1, 1)
    study.answer(other, Rating.AGAIN)  # here and now: what lies in the future has come first
    assert study.rebuild() == 0


# --- where the days begin, by the system's zone -------------------------------------------------------------------


def days_of(mail: Connection, home: Path, zones_and_moments: list[tuple[str, str]]) -> None:
    """Answer a card at each moment in a zone; tell the day that each answer counts for."""
    clock = Clock()
    days = []
    for zone, moment in zones_and_moments:
        os.environ["TZ"] = zone
        time.tzset()
        clock.moment = datetime.fromisoformat(moment)
        with Study.open(home, now=clock) as study:
            study.answer(study.cards()[0].id, Rating.GOOD)
            days.append(next(study.history()).day.isoformat())
    with Study.open(home, now=clock) as study:
        mail.send(
            (days, study.rebuild(), [step.day.isoformat() for step in study.store.log.steps(study.cards()[0].id)])
        )


@needs_forks
@pytest.mark.parametrize(
    ("answers", "days"),
    [
        # in Rome, clocks go from 2:00 to 3:00 on March 29, and back from 3:00 to 2:00 on October 25
        ([(ROME, "2026-03-29T01:59:00Z"), (ROME, "2026-03-29T02:00:00Z")], ["2026-03-28", "2026-03-29"]),
        ([(ROME, "2026-10-25T02:59:00Z"), (ROME, "2026-10-25T03:00:00Z")], ["2026-10-24", "2026-10-25"]),
        # a flight to the east, and one over the date line, back to the day before
        ([(NEW_YORK, "2026-06-01T07:59:00Z"), (TOKYO, "2026-06-01T19:00:00Z")], ["2026-05-31", "2026-06-02"]),
        ([(AUCKLAND, "2026-06-01T17:00:00Z"), (HONOLULU, "2026-06-01T18:00:00Z")], ["2026-06-02", "2026-06-01"]),
    ],
)
def test_the_day_of_an_answer_is_that_of_the_place(tmp_path, answers, days):
    home = furnish(tmp_path / "home", 2)
    with running(days_of, home, answers) as process:
        assert process.next() == (days, 0, days)
        process.wait()
