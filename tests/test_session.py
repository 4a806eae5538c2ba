"""A session of one's choice: a note, a section, some minutes, or a cram that leaves the schedule alone."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC

import pytest

from nnstudy import Study
from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Rating


def sections(study) -> dict[str, str]:
    return {card.section[-1]: card.section_id for card in study.cards()}


def ask_all(study, clock, rating=Rating.GOOD, limit=200) -> list[str]:
    asked = []
    while (card := study.next()) is not None and len(asked) < limit:
        asked.append(card.id)
        study.answer(card, rating, duration_ms=10_000)
        clock.pass_by(seconds=10)
    return asked


def test_a_section_alone_is_asked(study, clock):
    study.choose(sections=[sections(study)["Dropout"]])
    asked = ask_all(study, clock)
    assert asked
    assert {study.card(card).section[-1] for card in asked} == {"Dropout"}
    study.choose(None)
    assert study.next() is not None


def test_what_is_asked_fits_into_the_minutes_even_after_an_undo(study, clock):
    ask_all(study, clock, Rating.EASY)
    clock.pass_by(days=100)
    whole = study.counts().due
    assert whole > 3
    study.choose(minutes=0.5)  # three answers of ten seconds
    assert study.counts().due == 3
    study.answer(study.next(), Rating.EASY, duration_ms=10_000)
    study.undo()
    assert study.counts().due == 2  # the time is spent all the same
    study.choose(None)
    assert study.counts().due == whole


def test_at_least_one_card_fits(study):
    study.choose(minutes=0.001)
    counts = study.counts()
    assert counts.due + counts.new == 1


@pytest.mark.parametrize("minutes", [0, -1, 1e9])
def test_minutes_out_of_bounds_are_refused(study, minutes):
    with pytest.raises(StudyError, match="minutes"):
        study.choose(minutes=minutes)


def test_a_cram_asks_all_weakest_first_is_logged_and_moves_nothing(study, clock):
    learned = ask_all(study, clock)
    clock.pass_by(hours=3)
    before = {card.id: card.memory for card in study.cards()}
    study.choose(cram=True)
    first = study.next()
    strength = {card: study.retrievability(before[card]) for card in learned}
    assert strength[first.id] == min(strength.values())
    study.answer(first, Rating.AGAIN, duration_ms=5000)
    asked = ask_all(study, clock)
    assert set(asked) == set(before)  # the forgotten one came once more
    assert {card.id: card.memory for card in study.cards()} == before
    assert study.rebuild() == 0
    assert {review.kind for review in list(study.history())[: len(asked)]} == {"cram"}


def test_an_undo_in_a_cram_brings_the_card_back(study, clock):
    ask_all(study, clock)
    study.choose(cram=True)
    card = study.next()
    study.answer(card, Rating.GOOD)
    left = study.counts().due
    study.undo()
    assert study.next().id == card.id
    assert study.counts().due == left + 1


def test_a_cram_of_a_section_counts_for_the_streak_but_not_as_a_review(study, clock):
    study.choose(sections=[sections(study)["Dropout"]], cram=True)
    asked = ask_all(study, clock)
    assert asked
    assert study.store.agenda.days() == {study.today(): len(asked)}
    assert study.stats().load.reviews == {}
    assert all(card.memory.state == "new" for card in study.cards())


def test_today_adds_up(study, clock):
    ask_all(study, clock)
    clock.pass_by(days=1)
    first, *_, last = study.agenda_in_steps()
    due = study.due()
    for found in (first, last):
        assert found.due == due.due
        assert found.new == study.counts().new
        assert sum(found.ahead) == sum(
            study.today() < card.memory.due_day <= study.today().fromordinal(study.today().toordinal() + 14)
            for card in study.cards()
            if card.memory.due_day
        )
    assert first.habit is None
    assert sum(last.habit.days.values()) == study.store.log.size()
    assert last.habit.streak.current == 1
    by_id = {section.id: section for section in study.sections()}
    for note in last.notes:
        for section in note.sections:
            state = by_id[section.id]
            assert (section.due, section.new, section.cards) == (state.due, state.new, state.cards)
            assert section.mastery == pytest.approx(study.mastery(state.memories))


def test_today_counts_the_new_cards_of_a_note_with_a_limit_of_its_own(study):
    note = study.notes()[0].note.id
    study.settings = replace(study.settings, notes={note: {"new_per_day": 3}})
    assert next(iter(study.agenda_in_steps())).new == study.counts().new == 3


def test_today_and_its_session_load_nothing_heavy():
    code = (
        "import sys, nnstudy.reviewing.session, nnstudy.insight.agenda, nnstudy.memory.habit; "
        "print({'numpy', 'fsrs_rs_python', 'matplotlib', 'sqlite_utils', 'rapidfuzz'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def lagging(study):
    """How many cards the index of due days has on another day than theirs."""
    return study.store.connection.execute("SELECT count(*) FROM schedule WHERE due_from IS NOT due_day").fetchone()[0]


def test_the_index_of_due_days_follows_after_the_session_and_hides_nothing_before(study, clock):
    cards = [card.id for card in study.cards()]
    for card in cards:
        study.answer(card, Rating.EASY)
    home = study.folder
    study.close()
    clock.pass_by(days=100)
    with Study.open(home, now=clock, zone=UTC) as again:
        assert lagging(again) == 0
        for card in cards[1:]:
            again.answer(card, Rating.GOOD)
        assert lagging(again) == len(cards) - 1, "an answer does not wait for it"
        with again.beside() as other:
            assert other.next().id == cards[0]
            assert other.counts().due == 1, "who was answered is not due, wherever the index has it"
        again.deeds().reschedule([cards[1]], again.today())
        again.undo()
        again.deeds().reschedule([cards[2]], again.today())
        with again.beside() as other:
            assert other.counts().due == 2
    with closing(sqlite3.connect(home / "nnstudy.db")) as db:
        assert db.execute("SELECT count(*) FROM schedule WHERE due_from IS NOT due_day").fetchone() == (0,)
        db.execute("UPDATE schedule SET due_from = '2099-01-01'")
        db.execute("UPDATE schedule SET due_from = NULL")
        assert db.execute("SELECT count(*) FROM schedule WHERE due_from IS NOT due_day").fetchone() == (0,)


def test_a_session_ends_while_another_program_writes(study, clock):
    study.answer(study.next(), Rating.EASY)
    with closing(sqlite3.connect(study.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        study.close()
        other.execute("ROLLBACK")
    with Study.open(study.folder, now=clock, zone=UTC) as again:
        assert again.rebuild() == 0


@pytest.mark.parametrize("limit", [-1, 0, 1, 5])
def test_few_new_cards_and_many_are_found_alike(study, clock, monkeypatch, limit):
    ask_all(study, clock, limit=4)
    study.suspend(study.next())
    waiting, day = study.store.waiting, study.today()
    one = study.store.notes.all()[0].id
    of_sections = [None, (), tuple(list(sections(study).values())[:2])]
    asked = [(note, of, limits) for note in (None, one) for of in of_sections for limits in (None, {one: 2})]
    few = [waiting.new_cards(day, note, of, limit, limits) for note, of, limits in asked]
    monkeypatch.setattr("nnstudy.store.waiting.FEW", -1)
    assert few == [waiting.new_cards(day, note, of, limit, limits) for note, of, limits in asked]
    assert limit == 0 or any(few)


def test_what_was_read_ahead_is_what_would_be_asked_and_nothing_that_changed_since(study, clock):
    ask_all(study, clock, limit=3)
    study.take_up()
    first, left = study.next(), study.counts()
    study.take_up()
    study.read_ahead()
    assert (study.next(), study.counts()) == (first, left)
    assert not study._review._making  # the thread's queue was taken up
    study.read_ahead()
    with closing(sqlite3.connect(study.store.path)) as other:
        other.execute("UPDATE schedule SET suspended = 1 WHERE card = ?", (first.id,))
        other.commit()
    assert study.next().id != first.id
    study.read_ahead()
    study.choose(sections=[sections(study)["Dropout"]])
    assert study.next().section[-1] == "Dropout"


def test_what_cannot_be_read_ahead_is_read_when_it_is_asked_for(study, monkeypatch):
    def locked(path):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("nnstudy.reviewing.review.Store", locked)
    study.read_ahead()
    assert study.next() is not None


def test_the_card_in_its_learning_step_is_asked_before_the_others_are_known(study, clock):
    study.answer(study.next(), Rating.AGAIN)
    ask_all(study, clock, limit=2)
    clock.pass_by(hours=1)
    study.take_up()
    first, left = study.next(), study.counts()
    assert first.memory.state == "learning"
    study.take_up()
    study.read_ahead()
    assert (study.next(), study.counted) == (first, False)
    study.read_on()()
    assert (study.next(), study.counted, study.counts()) == (first, True, left)
    study.take_up()
    study.read_ahead()
    study.answer(study.next(), Rating.EASY)  # before anybody has counted
    assert study.next().id != first.id
