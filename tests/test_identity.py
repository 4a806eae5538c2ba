"""Which card of the new text is which card of the old."""

from hypothesis import given
from hypothesis import strategies as st

from nnstudy.notes.cards import Card
from nnstudy.notes.identity import Known, match


def card(name: str, prompt: str = "p", answer: str = "a", place: str = "s", kind: str = "written") -> Card:
    return Card(f"n/{place}/{name}", "n", (place,), (place,), kind, prompt, answer, 1, 0)


def known(name: str, prompt: str = "p", answer: str = "a", place: str = "s", retired: bool = False) -> Known:
    return Known(f"n/{place}/{name}", prompt, answer, "written", (place,), retired)


def test_an_unchanged_card_is_kept():
    found = match([known("x")], [card("x")])
    assert (found.kept, found.new, found.retired) == (("n/s/x",), (), ())


def test_a_corrected_prompt_is_edited_and_keeps_its_id():
    found = match([known("wat", "wat?")], [card("what", "what?")])
    assert found.edited == ("n/s/wat",)
    assert found.ids == {"n/s/what": "n/s/wat"}


def test_a_corrected_answer_is_edited():
    assert match([known("x", answer="one")], [card("x", answer="two")]).edited == ("n/s/x",)


def test_a_card_that_went_to_another_section_is_moved():
    found = match([known("x")], [card("x", place="t")])
    assert found.moved == ("n/s/x",)
    assert found.ids == {"n/t/x": "n/s/x"}


def test_a_card_that_is_gone_is_retired_and_comes_back():
    assert match([known("x")], []).retired == ("n/s/x",)
    found = match([known("x", retired=True)], [card("x")])
    assert (found.revived, found.retired) == (("n/s/x",), ())


def test_a_new_card_never_takes_the_id_of_a_card_with_a_history():
    found = match([known("x", "old prompt", "old answer", retired=True)], [card("x", "p", "a", kind="recall")])
    assert found.new == ("n/s/x-2",)


def test_two_cards_that_change_places_keep_their_own_histories():
    old = [known("x", "p", "one"), known("x-2", "p", "two")]
    found = match(old, [card("x", "p", "two"), card("x-2", "p", "one")])
    assert found.ids == {"n/s/x": "n/s/x-2", "n/s/x-2": "n/s/x"}
    assert set(found.kept) == {"n/s/x", "n/s/x-2"}


TEXT = st.sampled_from(["p", "q", "r"])
CARD = st.tuples(TEXT, TEXT, st.sampled_from(["s", "t"]), st.booleans())


@given(st.lists(CARD, max_size=6), st.lists(CARD, max_size=6))
def test_the_matching_is_one_to_one_and_tells_every_cards_fate(before, after):
    old = [known(str(n), p, a, place, retired) for n, (p, a, place, retired) in enumerate(before)]
    new = [card(str(n), p, a, place) for n, (p, a, place, _) in enumerate(after)]
    found = match(old, new)
    assert len(set(found.ids.values())) == len(new) == len(found.ids)
    fates = [*found.new, *found.kept, *found.edited, *found.moved, *found.revived]
    assert sorted(fates) == sorted(found.ids.values())
    assert set(found.retired) == {k.id for k in old if not k.retired} - set(found.ids.values())
    assert not set(found.new) & {k.id for k in old}
