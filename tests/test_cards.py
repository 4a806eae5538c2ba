"""Sections to cards: the written ones, the derived ones, and ids that stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.notes.cards import Card, make_cards, name_images
from nnstudy.notes.note import read_note
from nnstudy.notes.source import Source, read_source
from nnstudy.settings import shipped_note


def cards(text: str, kind: str | None = None, language: str = "en") -> list[Card]:
    made, _ = make_cards(read_note(Source(f"---\nlang: {language}\n---\n{text}", "", ()), "n.md"))
    return [card for card in made if kind in (None, card.kind)]


def remarks(text: str) -> list[tuple[int, str]]:
    return [(r.line, r.message) for r in make_cards(read_note(Source(text, "", ()), "n.md"))[1]]


def test_questions_and_two_sided_lines_are_cards():
    made = cards("# A\n\nQ: What is\nx?\nA: one\ntwo\nQ: Next?\n\nA: three\n\nterm :: meaning\n- item :: its side\n")
    assert [(c.kind, c.prompt, c.answer, c.line) for c in made] == [
        ("written", "What is\nx?", "one\ntwo", 6),
        ("written", "Next?", "three", 10),
        ("written", "term", "meaning", 14),
        ("written", "item", "its side", 15),
    ]


@pytest.mark.parametrize(
    "line",
    ["`a :: b`", "$a :: b$", "a::b", "    a :: b", "| a :: b |\n| --- |", "<!-- a :: b -->", "```\nQ: a\nA: b\n```"],
)
def test_what_looks_like_a_card_inside_code_formulas_tables_or_comments_is_none(line):
    assert cards(f"# A\n\n{line}\n", "written") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Q: no answer\n\ntext", "has no answer"),
        ("A: alone", "without a question"),
        ("Q:\nA: x", "question is empty"),
        ("Q: x\nA:", "answer is empty"),
        ("Q: x\nA: y\nA: z", "more than one"),
        (":: back", "one side"),
        ("front ::", "one side"),
    ],
)
def test_an_unfinished_card_is_an_error_with_its_line_and_its_text_stays_in_the_section(text, said):
    ((line, message),) = remarks(f"# A\n\n{text}\n\nmore")
    assert said in message
    assert line == 3
    (recall,) = cards(f"# A\n\n{text}\n\nmore", "recall")
    assert recall.answer == f"{text}\n\nmore"


def test_a_recall_card_asks_for_the_section_without_its_written_cards():
    (card,) = cards("# A\n## B\n\none\n\nQ: x\nA: y\n\n\ntwo\n", "recall")
    assert card.prompt == "B — what does the note say?"
    assert card.answer == "one\n\ntwo"
    assert (card.id, card.section) == ("n/a/b/recall", ("A", "B"))


def test_a_section_without_text_of_its_own_has_no_recall_card():
    assert [c.kind for c in cards("# A\n\n## B\n\nQ: x\nA: y\n")] == ["written"]


def test_prompts_speak_the_language_of_the_note():
    assert "che cosa dice" in cards("# A\n\ntesto", language="it")[0].prompt


def test_each_bold_term_is_asked_for_in_its_sentence():
    made = cards("# A\n\nFirst, e.g. this. The **big** cat and the **small** dog $x. Y$ met. Last.\n", "cloze")
    assert [(c.prompt, c.answer) for c in made] == [
        ("The […] cat and the **small** dog $x. Y$ met.", "big"),
        ("The **big** cat and the […] dog $x. Y$ met.", "small"),
    ]


@pytest.mark.parametrize(
    "text", ["**Note**", "**All of it.**", "`a ** b ** c` is code here", "a ** b ** c stays plain"]
)
def test_a_bold_word_by_itself_and_what_is_not_bold_is_no_cloze(text):
    assert cards(f"# A\n\n{text}\n", "cloze") == []


def test_an_enumeration_asks_for_its_items():
    (card,) = cards("# A\n\nWhy. It helps because\n\n- one\n- two\n\n  more\n- three\n\ntext\n\n- alone\n", "list")
    assert card.prompt == "A\n\nIt helps because (3 items)"
    assert card.answer == "- one\n- two\n  more\n- three"


def test_an_enumeration_without_a_line_that_leads_to_it_is_asked_by_the_heading():
    (card,) = cards("# A\n\n1. one\n2. two\n", "list")
    assert card.prompt == "A — name the 2 items."


def test_the_same_prompt_twice_gives_two_ids():
    ids = [c.id for c in cards("# A\n\nx :: 1\nx :: 2\n", "written")]
    assert ids == ["n/a/card-x", "n/a/card-x-2"]


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ('<img src="/a/b.png" alt="images/Neural Networks/Untitled 1">', "[image: Untitled 1]"),
        ("![a cat](x.png)", "[image: a cat]"),
        ("![](dir/x.png)", "[image: x.png]"),
        ("<img>", "[image: ?]"),
        ("![[b]](x)", "[image: b ]"),
    ],
)
def test_an_image_is_named(image, shown):
    assert name_images(f"see {image}!") == f"see {shown}!" or "[[" in image


PIECE = st.sampled_from(
    ["# A\n", "## B\n", "\n", "text. ", "**bold** ", "**", "Q: q\n", "A: a\n", "a :: b\n", "- i\n", "  - j\n", "1. k\n",
     "```\n", "$x$ ", "$$", "> ", "| a |\n", "| - |\n", "<img>", "`", "_", "__u__ ", "\\", "[l](m) ", "::", " "]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_any_text_gives_cards_with_unique_ids_prompts_and_answers(text):
    made = cards(text)
    assert len({card.id for card in made}) == len(made)
    assert all(card.prompt.strip() and card.answer.strip() for card in made)
    assert [card.position for card in made] == list(range(len(made)))
    assert [card.line for card in made] == sorted(card.line for card in made)


@settings(max_examples=200)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_the_same_text_gives_the_same_cards(text):
    assert cards(text) == cards(text)


def test_the_real_note_has_a_recall_card_for_each_section_with_text(real_note):
    made, remarks = make_cards(read_note(read_source(real_note.read_bytes()), real_note.name))
    recall = [card for card in made if card.kind == "recall"]
    assert (len(recall), remarks) == (9, ())
    assert {c.answer for c in made if c.kind == "cloze"} >= {"vanishing gradient", "cross-entropy", "log-likelihood"}
    assert [c.answer.count("\n") for c in made if c.kind == "list"] == [2, 2]
    assert not any("<img" in card.answer for card in made)


def test_the_shipped_note_has_four_written_cards_a_section():
    note = read_note(read_source(shipped_note().read_bytes()), "neural-networks.md")
    made, remarks = make_cards(note)
    assert remarks == ()
    for section in note.sections:
        if section.body:
            of_section = [c for c in made if c.slugs == section.slugs]
            assert sum(c.kind == "written" for c in of_section) >= 4
            assert sum(c.kind == "recall" for c in of_section) == 1
