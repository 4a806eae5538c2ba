"""Cards are read ahead, and whatever anyone changes, the card that is asked is as the database has it."""

from contextlib import closing
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Clock

from nnstudy import Rating, Study, StudyError
from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store

NOTE = "# Many\n\n" + "\n\n".join(f"## Part {p}\n\n" + f"term {p}a :: one\n\nterm {p}b :: two" for p in range(15))
DEEDS = ("answer", "again", "flag", "suspend", "bury", "undo", "reword", "elsewhere", "failure", "anew", "rest")


@pytest.fixture
def many(tmp_path, clock):
    (tmp_path / "many.md").write_text(NOTE)
    with Study.open(tmp_path, now=clock, zone=UTC) as study:
        study.add(tmp_path / "many.md")
        yield study


def do(study: Study, other: Study, deed: str, card: str, turn: int) -> None:
    """Something that a person may do with the card that is asked."""
    if deed == "answer":
        study.answer(card, Rating.GOOD)
    elif deed == "again":
        study.answer(study.next(), Rating.AGAIN)
    elif deed == "flag":
        study.deeds().flag([card], "red")
    elif deed in ("suspend", "bury"):
        getattr(study, deed)(card)
    elif deed == "undo":
        study.undo()
    elif deed == "reword":
        path = study.folder / "many.md"
        path.write_text(path.read_text().replace(":: one", f":: one, {turn}", 1))
        study.add(path)
    elif deed == "rest":
        for soon in study.look_ahead():
            assert soon == study.card(soon.id)
    elif deed == "elsewhere":
        other.deeds().write([card], "comment", f"written elsewhere, {turn}")
    elif deed == "anew":
        other.deeds().start_anew([c.id for c in other.cards()[:5]])
    else:
        fail_to_commit(study, study.next())


def fail_to_commit(study: Study, card: StoredCard | None) -> None:
    """Answer while the database refuses to end a transaction."""
    transaction = 22  # SQLITE_TRANSACTION
    study.store.connection.set_authorizer(lambda action, what, *_: int(action == transaction and what == "COMMIT"))
    with pytest.raises(StudyError, match="nothing was kept"):
        study.answer(card, Rating.EASY)
    study.store.connection.set_authorizer(None)


@settings(max_examples=15, deadline=None)
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=25))
def test_the_card_that_is_asked_is_as_the_database_has_it(tmp_path_factory, deeds):
    home, clock = tmp_path_factory.mktemp("ahead"), Clock()
    (home / "many.md").write_text(NOTE)
    with Study.open(home, now=clock, zone=UTC) as study:
        study.add(home / "many.md")
        with study.beside() as other:
            for turn, deed in enumerate(deeds):
                if (card := study.next()) is None:
                    break
                clock.pass_by(seconds=70)
                do(study, other, deed, card.id, turn)
                asked = study.next()
                assert asked is None or asked == study.card(asked.id)
        assert study.rebuild() == 0


def test_several_cards_are_read_at_once(many, monkeypatch):
    read, sections = [], []
    one, some = many.store.notes.card, many.store.notes.some
    monkeypatch.setattr(many.store.notes, "card", lambda card: read.append(1) or one(card))
    monkeypatch.setattr(many.store.notes, "some", lambda cards: read.append(len(cards)) or some(cards))
    section_of = many.store.notes.section_of
    monkeypatch.setattr(many.store.notes, "section_of", lambda card: sections.append(card) or section_of(card))
    asked = set()
    for _ in range(10):
        card = many.next()
        asked.add(card.id)
        many.answer(card, Rating.EASY)
    assert len(asked) == 10
    assert read[0] == 1, "the first card waits for no other"
    assert len(read) == 2
    assert len(sections) < 5, "it is known by the card"


def test_an_answer_given_to_an_old_copy_counts_for_the_card_as_it_is(many, clock):
    stale = many.next()
    many.answer(stale, Rating.GOOD)
    clock.pass_by(minutes=5)
    with closing(Store(many.store.path)) as other, other.transaction():
        other.connection.execute("UPDATE schedule SET lapses = 7 WHERE card = ?", (stale.id,))
    assert many.answer(stale, Rating.GOOD).lapses == 7


def test_a_commit_that_fails_leaves_nothing_behind(many):
    first = many.next()
    many.answer(first, Rating.EASY)
    second = many.next()
    before = many.card(second.id)
    fail_to_commit(many, second)
    assert many.next() == before
    assert many.rebuild() == 0
