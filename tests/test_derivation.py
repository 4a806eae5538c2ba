"""All cards derived from the log at once are as each derived from its own reviews, whatever order they came in."""

from collections import deque
from datetime import UTC, date, datetime, timedelta
from time import sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import NOTE

from nnstudy import Study
from nnstudy.errors import DamagedError
from nnstudy.memory.moving import Move
from nnstudy.reviewing.derivation import Derivation
from nnstudy.store import whole
from nnstudy.store.records import stamp, uuid7
from nnstudy.store.registers import due_value

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CARDS = 7
IN_ORDER_OF_ID = "SELECT * FROM schedule ORDER BY card"

reviews = st.lists(
    st.tuples(
        st.integers(0, CARDS - 2), st.integers(0, 12), st.integers(-1, 40),  # card, minute (several of one), day
        st.sampled_from([1, 2, 3, 3, 4]), st.sampled_from(["review", "review", "cram", "imported"]), st.booleans(),
    ),
    max_size=40,
)  # fmt: skip
said = st.lists(
    st.tuples(
        st.integers(0, CARDS - 1),
        st.sampled_from([
            ("anew_since", stamp(START + timedelta(minutes=4))), ("desired_retention", "0.8"),
            ("due", due_value(Move(date(2026, 9, 1), START + timedelta(minutes=12)))),
        ]),
    ),
    max_size=4, unique_by=lambda one: (one[0], one[1][0]),
)  # fmt: skip


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A study with some cards, and nothing reviewed."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "note.md").write_text(NOTE, encoding="utf-8")
    with Study.open(folder, now=lambda: START + timedelta(days=100), zone=UTC) as study:
        study.add(folder / "note.md")
        yield study


def fill(db, cards, reviews, said):
    for number, (card, minute, day, rating, kind, back) in enumerate(reviews):
        at, wording = START + timedelta(minutes=minute), "SELECT wording FROM card LIMIT 1"
        key, given = uuid7(at), (number + 1, 1.2 + number / 10) if kind == "imported" else (None, None)
        db.execute(
            f"INSERT INTO review VALUES (?, ?, ?, ?, ?, 1000, ?, ({wording}), NULL, 'd', 's', ?, ?)",
            (key, cards[card], stamp(at), (START.date() + timedelta(days=day)).isoformat(), rating, kind, *given),
        )
        if back:
            db.execute("INSERT INTO retraction VALUES (?, ?, 'd')", (key, stamp(at)))
    for card, (name, value) in said:
        db.execute("INSERT INTO card_state VALUES (?, ?, ?, ?, 'd')", (cards[card], name, value, stamp(START)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reviews, said, st.integers(1, 9), st.integers(1, 9))
def test_all_cards_at_once_are_derived_as_each_alone(empty, monkeypatch, reviews, said, part, span):
    monkeypatch.setattr(whole, "PART", part)
    monkeypatch.setattr(whole, "SPAN", span)
    db, derivation = empty.store.connection, Derivation(empty.store, empty.scheduler, UTC)
    cards = [row[0] for row in db.execute("SELECT id FROM card ORDER BY id LIMIT ?", (CARDS,))]
    db.execute("BEGIN")
    try:
        db.execute("INSERT INTO scheduler VALUES ('s', 'test', '[]', '')")
        fill(db, cards, reviews, said)
        for card in cards:
            empty.store.log.schedule(card, derivation.memory(card, empty.store.notes.own_retention(card)))
        alone = db.execute(IN_ORDER_OF_ID).fetchall()
        assert derivation.derive_all(changing=True) == []
        touched = [card for card, state, *_ in alone if state != "new"]
        db.execute("UPDATE schedule SET state = 'review', step = 9, lapses = 9, last_at = '-' WHERE state != 'new'")
        told: list[tuple[int, int]] = []
        assert derivation.derive_all(lambda *of: told.append(of), changing=True) == touched
        assert db.execute(IN_ORDER_OF_ID).fetchall() == alone
        assert told == sorted(told)
        assert told[-1] == (len(alone), len(alone))
    finally:
        db.execute("ROLLBACK")


def test_what_others_may_see_is_read_by_several_connections_at_once(study, clock, monkeypatch):
    monkeypatch.setattr(whole, "PART", 2)
    monkeypatch.setattr(whole, "SPAN", 3)
    for number in range(11):
        study.answer(study.next(), 1 + number % 4)
        clock.pass_by(minutes=5)
    opened: list[object] = []
    monkeypatch.setattr(whole, "_open", lambda *of, open=whole._open: opened.append(open(*of)) or opened[-1])
    assert study.rebuild() == 0
    assert len(opened) in (1, 2)
    with pytest.raises(Exception, match="closed"):
        opened[0].execute("SELECT 1")
    study.store.connection.execute("UPDATE schedule SET stability = stability + 1e-15 WHERE stability < 3")
    changed = study.store.connection.execute("SELECT changes()").fetchone()[0]
    assert study.rebuild() == changed > 0


def test_two_readers_that_ask_for_the_one_free_connection_have_one_each(study, monkeypatch):
    class Slow(deque):
        """Whoever asks whether there is one has lost it to the other when the answer is there."""

        def __bool__(self):
            found = len(self) > 0
            sleep(0.02)
            return found

    def said(db, number):
        sleep(0.1)  # it has the connection as long as the other asks
        return db.execute("SELECT ?", (number,)).fetchone()[0]

    monkeypatch.setattr(whole, "deque", Slow)
    with whole._readers(study.store.connection, study.store.path) as read:
        assert list(read(said, [1], 1)) == [1]
        assert list(read(said, [2, 3], 2)) == [2, 3]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("day", "2026-13-01"),
        ("day", "2026-02-30"),
        ("day", "2026-0x-01"),
        ("day", "soon"),
        ("at", "once"),
        ("at", "2026-03-02T09:00:0x.000Z"),
    ],
)
def test_a_log_with_what_the_program_never_wrote_is_told_as_damaged(study, clock, column, value):
    for _ in range(3):
        study.answer(study.next(), 3)
        clock.pass_by(minutes=1)
    db = study.store.connection
    db.execute("DROP TRIGGER review_refuses_update")
    db.execute(f"UPDATE review SET {column} = ? WHERE rowid = 2", (value,))
    before = db.execute(IN_ORDER_OF_ID).fetchall()
    with pytest.raises(DamagedError, match="damaged"):
        study.rebuild()
    assert db.execute(IN_ORDER_OF_ID).fetchall() == before
