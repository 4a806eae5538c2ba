"""Which card of the new text is which card of the old."""

import subprocess
import sys
from dataclasses import replace

import pytest
from edits import Score, follow
from hypothesis import given
from hypothesis import strategies as st

from nnstudy import Study
from nnstudy.notes.cards import Card
from nnstudy.notes.identity import Corrections, Known, match
from nnstudy.notes.likeness import ALL_PAIRS


def card(name: str, prompt: str = "p", answer: str = "a", place: str = "s", kind: str = "written") -> Card:
    return Card(f"n/{place}/{name}", "n", (place,), (place,), kind, prompt, answer, 1, 0)


def known(name: str, prompt: str = "p", answer: str = "a", place: str = "s", retired: bool = False) -> Known:
    return Known(f"n/{place}/{name}", prompt, answer, "written", (place,), retired)


def test_an_unchanged_card_is_kept():
    found = match([known("x")], [card("x")])
    assert (found.of("kept"), found.of("new"), found.of("retired")) == (("n/s/x",), (), ())


def test_a_corrected_prompt_is_edited_and_keeps_its_id():
    found = match([known("wat", "Wat bends the sum?")], [card("what", "What bends the sum?")])
    assert found.of("edited") == ("n/s/wat",)
    assert found.ids == {"n/s/what": "n/s/wat"}


def test_a_corrected_answer_is_edited():
    assert match([known("x", answer="one")], [card("x", answer="two")]).of("edited") == ("n/s/x",)


def test_a_card_that_went_to_another_section_is_moved():
    found = match([known("x")], [card("x", place="t")])
    assert found.of("moved") == ("n/s/x",)
    assert found.ids == {"n/t/x": "n/s/x"}


def test_a_card_that_is_gone_is_retired_and_comes_back():
    assert match([known("x")], []).of("retired") == ("n/s/x",)
    found = match([known("x", retired=True)], [card("x")])
    assert (found.of("revived"), found.of("retired")) == (("n/s/x",), ())


def test_a_new_card_never_takes_the_id_of_a_card_with_a_history():
    found = match([known("x", "old prompt", "old answer", retired=True)], [card("x", "p", "a", kind="recall")])
    assert found.of("new") == ("n/s/x-2",)


def test_two_cards_that_change_places_keep_their_own_histories():
    old = [known("x", "p", "one"), known("x-2", "p", "two")]
    found = match(old, [card("x", "p", "two"), card("x-2", "p", "one")])
    assert found.ids == {"n/s/x": "n/s/x-2", "n/s/x-2": "n/s/x"}
    assert set(found.of("kept")) == {"n/s/x", "n/s/x-2"}


TEXT = st.sampled_from(["p", "q", "r"])
CARD = st.tuples(TEXT, TEXT, st.sampled_from(["s", "t"]), st.booleans())


@given(st.lists(CARD, max_size=6), st.lists(CARD, max_size=6))
def test_the_matching_is_one_to_one_and_tells_every_cards_fate(before, after):
    old = [known(str(n), p, a, place, retired) for n, (p, a, place, retired) in enumerate(before)]
    new = [card(str(n), p, a, place) for n, (p, a, place, _) in enumerate(after)]
    found = match(old, new)
    assert len(set(found.ids.values())) == len(new) == len(found.ids)
    fates = [*found.of("new"), *found.of("kept"), *found.of("edited"), *found.of("moved"), *found.of("revived")]
    assert sorted(fates) == sorted(found.ids.values())
    assert set(found.of("retired")) == {k.id for k in old if not k.retired} - set(found.ids.values())
    assert not set(found.of("new")) & {k.id for k in old}


def test_siblings_that_differ_in_one_word_are_not_one_another():
    old = [known("a", "When is the tuple made?", "never"), known("b", "When is the list made?", "at once")]
    found = match(
        old, [card("a2", "When is the string made?", "never"), card("b", "When is the list made?", "at once")]
    )
    assert (found.of("new"), found.of("retired"), found.of("kept")) == (("n/s/a2",), ("n/s/a",), ("n/s/b",))


def test_the_pairing_is_best_overall_and_not_the_first_that_fits():
    old = [
        known("a", "How does a network with dropout learn to be robust?", "by noise in its hidden units"),
        known("b", "How does a network with dropout learn to be sparse?", "by noise in its hidden units, it is said"),
    ]
    new = [
        card("x", "How does a network with dropout learn to be sparse today?", "by noise in hidden units, it is said"),
        card("y", "How does a network with dropout learn being robust?", "by noise in its hidden units"),
    ]
    assert match(old, new).ids == {"n/s/x": "n/s/b", "n/s/y": "n/s/a"}


def test_what_a_person_corrected_stands():
    old = [known("x", "one", "two"), known("y", "three", "four", retired=True)]
    same = Corrections.of([("n/s/y", "one", "two", True)])
    assert match(old, [card("z", "one", "two")], same).ids == {"n/s/z": "n/s/y"}
    other = Corrections.of([("n/s/x", "one", "two", True), ("n/s/x", "one", "two", False)])
    found = match(old, [card("z", "one", "two")], other)
    assert (found.of("new"), found.of("retired")) == (("n/s/z",), ("n/s/x",))


def test_a_large_note_whose_every_card_was_reworded_keeps_its_cards():
    words = [f"word{n}" for n in range(240)]
    old = [known(str(n), " ".join(words[3 * n : 3 * n + 3]), f"common answer {n}") for n in range(80)]
    new = [card(f"new{n}", " ".join(words[3 * n : 3 * n + 2]), f"common answer {n}") for n in reversed(range(80))]
    assert len(old) * len(new) > ALL_PAIRS
    assert match(old, new).ids == {f"n/s/new{n}": f"n/s/{n}" for n in range(80)}


def test_an_unchanged_note_does_not_load_the_library_that_compares():
    code = """
import sys, tempfile
from pathlib import Path
from nnstudy import Study
with tempfile.TemporaryDirectory() as folder:
    note = Path(folder, "note.md")
    note.write_text("# N\\n\\nQ: Why?\\nA: Because.\\n")
    with Study.open(Path(folder, "home")) as study:
        study.add(note)
        note.write_text("# N\\n\\nbefore\\n\\nQ: Why?\\nA: Because.\\n")
        study.add(note)
        print("rapidfuzz" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("seed", [1000, 1001, 1002])
def test_edited_folders_keep_the_history_of_their_cards(tmp_path, seed):
    score = Score()
    follow(tmp_path, seed, 4, score)
    assert score.same > 50
    assert score.astray == 0, score.trouble
    assert score.kept >= 0.99 * score.same, score.trouble


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("What is the type of the sender?", "a string"), ("What is the type of the passing?", "a tuple")),
        (("How large may the context be?", "0"), ("How large may the margin be?", "0.5")),
        (
            ("What follows from the special case?", "The statement holds for the entire block of code it stands in."),
            (
                "What follows from the general case?",
                "If a variable is bound in a block, its scope includes that block.",
            ),
        ),
    ],
)
def test_a_question_of_the_same_form_with_another_answer_is_another(before, after):
    assert match([known("a", *before)], [card("b", *after)]).of("new") == ("n/s/b",)


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        ("What follows from the function?", "What follows from the lookup?", "never"),
        ("What does one lose by the filling?", "What does one lose by the containing?", "1"),
        ("Is learning supervised here?", "Is learning unsupervised here?", "yes"),
        ("Che cosa segue dalla convessità?", "Che cosa segue dalla continuità?", "niente"),
    ],
)
def test_a_question_about_another_thing_is_another_though_its_short_answer_is_the_same(before, after, answer):
    assert match([known("a", before, answer)], [card("b", after, answer)]).of("new") == ("n/s/b",)


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        ("The potential uses are boundless?", "The poetntial uses are boundless?", "yes"),
        ("What is the value of a weight?", "What are the values of a weight?", "0.5"),
        (
            "Which of the 16 Boolean functions of two inputs can one threshold neuron compute?",
            "How many of the 16 Boolean functions of two inputs can a single threshold neuron compute?",
            "14",
        ),
        ("Is it convex?", "Is it convex on a whole open set?", "yes"),
        ("What does the bias of a neuron move?", "What does the bias of one neuron move?", "Its threshold."),
    ],
)
def test_a_question_with_a_short_answer_that_was_corrected_stays_the_same(before, after, answer):
    assert match([known("a", before, answer)], [card("b", after, answer)]).of("edited") == ("n/s/a",)


def derived(kind: str, prompt: str, answer: str, section: str) -> Card:
    return Card(f"n/all/{section}/{kind}", "n", ("All", section), ("all", section), kind, prompt, answer, 1, 0)


def before(card: Card, retired: bool = False) -> Known:
    return Known(f"old {card.id}", card.prompt, card.answer, card.kind, card.slugs, retired, card.note, card.section)


def test_the_card_of_a_section_stays_with_it_when_its_text_goes_to_another():
    old = [
        derived("recall", "One — what does the note say?", "Weights multiply the inputs of a neuron.", "One"),
        derived("written", "Why?", "Because of the bias.", "One"),
    ]
    new = [
        derived("recall", "Two — what does the note say?", "Weights multiply the inputs of a neuron.", "Two"),
        derived("written", "Why?", "Because of the bias.", "One"),
    ]
    assert match(map(before, old), new).of("new") == (new[0].id,)
    new.append(derived("recall", "One — what does the note say?", "A neuron has a bias, too.", "One"))
    assert match(map(before, old), new).of("edited") == (f"old {old[0].id}",)


def test_the_card_of_a_renamed_section_goes_on():
    old = derived("recall", "One — what does the note say?", "Weights multiply the inputs of a neuron.", "One")
    new = derived("recall", "Two — what does the note say?", "Weights multiply the inputs of a neuron.", "Two")
    assert match([before(old)], [new]).of("edited") == (f"old {old.id}",)


def test_a_derived_card_that_comes_back_in_another_section_is_the_same():
    old = derived("list", "One\n\nA neuron has: (2 items)", "- weights\n- a bias", "One")
    new = derived("list", "Two\n\nA neuron has: (2 items)", "- weights\n- a bias", "Two")
    assert match([before(old, retired=True)], [new]).of("revived") == (f"old {old.id}",)


def test_the_headings_and_the_phrases_of_a_derived_card_make_no_two_lists_one():
    old = derived(
        "list", "One\n\nVariables defined in the class: (3 items)", "- relative imports\n- integers\n- a", "One"
    )
    new = derived("list", "One\n\nThe use of debugging: (3 items)", "- the built-in\n- transformation\n- a", "One")
    assert match([before(old)], [new]).of("new") == (new.id,)


def test_half_of_a_sections_text_below_another_heading_is_another_section():
    first, second = "If one namespace is given, it is used twice.", "Functions made by lambda hold no statements."
    old = derived("recall", "One — what does the note say?", f"{first}\n\n{second}", "One")
    new = [
        derived("recall", f"{name} — what does the note say?", half, name)
        for name, half in (("Two", first), ("Three", second))
    ]
    assert match([before(old)], new).of("retired") == (f"old {old.id}",)


def test_a_new_section_that_is_given_the_name_of_a_renamed_one_is_another():
    text = "Weights multiply the inputs of a neuron.\n\nThe bias moves its threshold to where it should be."
    old = derived("recall", "One — what does the note say?", text, "One")
    renamed = derived("recall", "Two — what does the note say?", text.replace("moves", "shifts"), "Two")
    other = derived("recall", "One — what does the note say?", "Momentum remembers gradients of the past.", "One")
    found = match([before(old)], [other, renamed])
    assert found.ids == {renamed.id: f"old {old.id}", other.id: other.id}
    assert match([before(old)], [other]).ids == {other.id: f"old {old.id}"}  # else its name decides


def test_the_card_of_a_section_goes_with_it_to_another_note_though_a_new_one_bears_its_name(tmp_path):
    text = "Weights multiply the inputs of a neuron.\n\nThe bias moves its threshold to where it should be.\n"
    first, second = tmp_path / "first.md", tmp_path / "second.md"
    first.write_text(f"# All\n\n## One\n\n{text}", encoding="utf-8")
    second.write_text("# All\n\n## Other\n\nGradients point uphill.\n", encoding="utf-8")
    with Study.open(tmp_path / "home") as study:
        study.add(tmp_path)
        (was,) = (card.id for card in study.cards() if card.section[-1] == "One")
        first.write_text("# All\n\n## One\n\nMomentum remembers the past.\n", encoding="utf-8")
        second.write_text(f"# All\n\n## Other\n\nGradients point uphill.\n\n## One\n\n{text}", encoding="utf-8")
        study.add(tmp_path)
        found = {card.note_path[-9:]: card.id for card in study.cards() if card.section[-1] == "One"}
    assert found["second.md"] == was
    assert found["/first.md"] != was


@pytest.mark.parametrize(("answer", "moved"), [("no", True), ("a string, rarely bytes", False)])
def test_a_text_that_another_note_has_now_moved_there_where_its_question_has_another_answer(tmp_path, answer, moved):
    first, second = tmp_path / "first.md", tmp_path / "second.md"
    first.write_text("# All\n\nQ: How large may be the function?\nA: a string\n", encoding="utf-8")
    second.write_text("# Other\n\nQ: Which way does the gradient point?\nA: uphill\n", encoding="utf-8")
    with Study.open(tmp_path / "home") as study:
        study.add(tmp_path)
        (was,) = (card.id for card in study.cards() if card.answer == "a string")
        second.write_text(second.read_text() + "\n" + first.read_text(), encoding="utf-8")
        first.write_text(f"# All\n\nQ: How large may be the function?\nA: {answer}\n", encoding="utf-8")
        study.add(tmp_path)
        found = {card.answer: card.id for card in study.cards()}
    assert found["a string" if moved else answer] == was


def test_of_a_sentence_that_came_apart_into_two_gaps_for_one_word_neither_is_the_card_it_was():
    old = derived(
        "cloze", "Such […] need to customize how they compare, and many built-in […] did that.", "types", "One"
    )
    first = derived("cloze", "Such […] need to say how they compare.", "types", "One")
    second = derived("cloze", "Many built-in […] did that.", "types", "One")
    second = replace(second, id=f"{second.id}-2")
    assert match([before(old)], [first, second]).of("retired") == (f"old {old.id}",)
    assert match([before(old)], [first]).of("edited") == (f"old {old.id}",)


def test_the_text_of_a_retired_section_below_another_heading_is_another_section():
    text = "Weights multiply the inputs of a neuron.\n\nThe bias moves its threshold to where it should be."
    old = derived("recall", "One — what does the note say?", text, "One")
    other = derived("recall", "Two — what does the note say?", text, "Two")
    assert match([before(old, retired=True)], [other]).of("new") == (other.id,)
    assert match([before(old, retired=True)], [old]).of("revived") == (f"old {old.id}",)


def test_the_bullets_of_two_lists_make_them_no_more_alike():
    old = derived(
        "list", "Objects\n\nFor built-in objects, there are two types: (2 items)", "- One way\n- Python 3.1", "O"
    )
    lead = "Objects\n\nThere are really two flavors of built-in functions: (4 items)"
    new = derived("list", lead, "- Python 3.11 does\n- A format\n- The cell\n- Lambdas", "O")
    assert match([before(old)], [new]).of("new") == (new.id,)


@pytest.mark.parametrize("other", [True, False])
def test_the_text_of_a_section_in_one_that_was_there_before_is_no_renamed_section(tmp_path, other):
    text, asked = "The bias moves its threshold.\n", "Q: Which way does the gradient point?\nA: It points uphill.\n"
    first, second = tmp_path / "first.md", tmp_path / "second.md"
    first.write_text(f"# All\n\n## One\n\n{text}\n{asked}\n## Two\n\nQ: Who?\nA: Rosenblatt.\n", encoding="utf-8")
    second.write_text("# Else\n\nQ: When?\nA: In 1958.\n", encoding="utf-8")
    with Study.open(tmp_path / "home") as study:
        study.add(tmp_path)
        (was,) = (card.id for card in study.cards() if card.kind == "recall")
        first.write_text(f"# All\n\n## Two\n\n{text}\nQ: Who?\nA: Rosenblatt.\n", encoding="utf-8")
        target = second if other else first
        target.write_text(f"{target.read_text()}\n## One\n\n{asked}", encoding="utf-8")
        study.add(tmp_path)
        assert was not in [card.id for card in study.cards()]
