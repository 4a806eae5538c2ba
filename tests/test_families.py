"""Cards as people write them for hashcards, repeater, Obsidian and Anki: each form, and what a broken one is told."""

from datetime import date

import pytest
from test_cards import cards, remarks

from nnstudy.notes.cards import Card, PriorSchedule


def sides(text: str, **options: str) -> list[tuple[str, str]]:
    return [(c.prompt, c.answer) for c in cards(f"# A\n\n{text}\n", **options) if c.kind == "written"]


def clozes(text: str) -> list[tuple[str, str]]:
    return [(c.prompt, c.answer) for c in cards(f"# A\n\n{text}\n", "cloze")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q: a\nA: b", [("a", "b")]),
        ("Q:\na\nb\nA:\nc\nd", [("a\nb", "c\nd")]),
        ("Q: a\nA: b\nQ: c\nA: d", [("a", "b"), ("c", "d")]),
        ("Q: a\nA: b\n---\ntext", [("a", "b")]),
        ("Q: a\nA: b\n\nmore of b\n\n---\n\ntext", [("a", "b\n\nmore of b")]),
        ("Q: a\nA:\n\n- one\n- two\n\ntext", [("a", "- one\n- two")]),
        ("Q: a\n\n![x](x.png)\n\nA: b", [("a\n\n[image: x]", "b")]),
        ("Q: a\nA: b\n```\nQ: no card\n\ncode\n```\n\ntext", [("a", "b\n```\nQ: no card\n\ncode\n```")]),
        ("Q: a\nA: b\n    indented", [("a", "b\n    indented")]),
    ],
)
def test_questions_and_answers(text, expected):
    assert sides(text) == expected


def test_in_a_deck_of_hashcards_a_card_goes_on_to_the_next_one():
    deck = "Q: a\n\nmore\n\nA: b\n\nmore of b\n\nC: [c] is\n\nd\n---\nnot a card\n\nQ: e\nA: f\n"
    made = cards(f"---\ncard_families: hashcards\n---\n{deck}".replace("---\n", "", 1).replace("---\n", "", 1))
    assert made  # as a common note it is read too
    from nnstudy.notes.cards import make_cards
    from nnstudy.notes.note import read_note
    from nnstudy.notes.source import Source

    for front in ('name = "Deck"', "card_families: hashcards\nderived_cards: none"):
        found, wrong = make_cards(read_note(Source(f"---\n{front}\n---\n{deck}", "", ()), "n.md"))
        of_deck = [(c.prompt, c.answer) for c in found if c.kind in ("written", "cloze")]
        assert of_deck == [("a\n\nmore", "b\n\nmore of b"), ("[…] is\n\nd", "c"), ("e", "f")]
        assert wrong == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C: The [order] of a group.", [("The […] of a group.", "order")]),
        ("C: [a] is [b].", [("[…] is b.", "a"), ("a is […].", "b")]),
        ("C:\nlong [a\nb] text", [("long […] text", "a\nb")]),
        (r"C: The notation [$n!$] means $x[1]$.", [("The notation […] means $x[1]$.", "$n!$")]),
        ("C: See ![img](a.png) and [l](m) for [x].", [("See [image: img] and [l](m) for […].", "x")]),
        (r"C: an \[escaped\] and a [gap]", [(r"an \[escaped\] and a […]", "gap")]),
        ("C: [only]", [("A\n\n[…]", "only")]),
    ],
)
def test_clozes_with_brackets(text, expected):
    assert clozes(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C: no gap", "no [gap]"),
        ("C: an [] empty one", "empty"),
        ("C: half [open", "not closed"),
        ("C: half] closed", "closes none"),
        ("C: a [b]\nA: c", "an answer (A:) below a cloze"),
        ("Q: a\nC: [b]", "has no answer"),
        ("?\nback", "above it nothing"),
        ("front\n?", "below it nothing"),
        ("front\n\n??\n\nback", "above it nothing"),
        ("a ::", "one side"),
        ("a :::", "one side"),
    ],
)
def test_a_broken_card_is_an_error_and_the_rest_is_read(text, said):
    found = remarks(f"# A\n\nx :: y\n\n{text}\n\nQ: still\nA: read\n")
    assert len(found) == 1
    assert said in found[0][1]
    assert 5 <= found[0][0] <= 7
    assert ("still", "read") in sides(f"x :: y\n\n{text}\n\nQ: still\nA: read")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("front :: back", [("front", "back")]),
        ("info 1 ::: info 2", [("info 1", "info 2"), ("info 2", "info 1")]),
        ("- item :: side", [("item", "side")]),
        ("1. item :: side", [("item", "side")]),
        ("> quoted :: side", [("quoted", "side")]),
        ("> - item :: side", [("item", "side")]),
        ("two words:: back", [("two words", "back")]),
        ("front ::back", [("front", "back")]),
        (r"escaped \:: no card", []),
        ("std::vector is no card", []),
        ("an example::", []),
        ("key:: value of another program", []),
        ("a `b :: c` d :: e", [("a `b :: c` d", "e")]),
        ("$a :: b$ c", []),
        ("a <!-- b :: c --> d", []),
        ("a :: b <!-- a remark -->", [("a", "b")]),
        (":::: four", []),
    ],
)
def test_two_sides_in_a_line(line, expected):
    assert sides(line) == expected


@pytest.mark.parametrize("mark", ["#flashcards\n\n", "#flashcards/science ", "x :: y\n<!--SR:!2026-01-01,3,250-->\n\n"])
def test_a_note_of_obsidian_needs_no_spaces(mark):
    assert ("a b", "c") in sides(f"{mark}a b::c")
    assert ("std", "vector") not in sides("std::vector")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n?\nthree\nfour", [("one\ntwo", "three\nfour")]),
        ("one\n??\ntwo", [("one", "two"), ("two", "one")]),
        ("before\n\none\n? \ntwo\n\nafter", [("one", "two")]),
        ("How?\n?\n```\na\n\nb\n```\nc", [("How?", "```\na\n\nb\n```\nc")]),
        ("one\n?\ntwo\n---\nafter", [("one", "two")]),
        ("```\none\n?\ntwo\n```", []),
        ("<!--\none\n?\ntwo\n-->", []),
    ],
)
def test_front_and_back_parted_by_a_line(text, expected):
    assert sides(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("such ==wow== here", [("such […] here", "wow")]),
        ("==a== is ==b==", [("[…] is b", "a"), ("a is […]", "b")]),
        ("such ==wow==^[a hint] here", [("such […] (a hint) here", "wow")]),
        ("==a==[^1], ==b==[^2] and ==c==[^1]", [("[…], b and […]", "a, c"), ("a, […] and c", "b")]),
        ("such {{wow}} here", [("such […] here", "wow")]),
        ("such {{wow::hint}} here", [("such […] (hint) here", "wow")]),
        ("{{c1::a}}, {{c2::b::h}} and {{c1::c}}", [("[…], b and […]", "a, c"), ("a, […] (h) and c", "b")]),
        (r"the slope {{c1::$\frac{a}{{b}}$}} is", [("the slope […] is", r"$\frac{a}{{b}}$")]),
        ("two lines\nof ==one== text", [("two lines\nof […] text", "one")]),
        ("a == b && c == d", []),
        ("`x ==y== z`", []),
        (r"an \==escaped== one", []),
        ("{{ page.title | escape }} of a template", []),
        ("open ==\n== over lines", []),
        ("$a {{b}} ==c==$", []),
        ("<!-- ==a== --> text", []),
        ("    code ==a== b", []),
    ],
)
def test_marked_gaps(text, expected):
    assert clozes(text) == expected


def test_marked_gaps_stay_in_the_text_of_the_section_without_their_marks():
    (recall,) = cards("# A\n\nSuch ==wow==^[h] and {{c1::more}} here.\n", "recall")
    assert recall.answer == "Such wow and more here."


def schedules(text: str) -> list[PriorSchedule | None]:
    return [card.schedule for card in cards(f"# A\n\n{text}\n") if card.kind in ("written", "cloze")]


FIRST, SECOND = PriorSchedule(date(2026, 1, 1), 3, 2.5), PriorSchedule(date(2026, 2, 1), 40, 2.7)
COMMENT = "<!--SR:!2026-01-01,3,250-->"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a :: b\n{COMMENT}", [FIRST]),
        (f"a :: b {COMMENT}", [FIRST]),
        ("a :: b\n<!--SR:2026-01-01,3,250-->", [FIRST]),
        ("a ::: b\n<!--SR:!2026-01-01,3,250!2026-02-01,40,270-->", [FIRST, SECOND]),
        (f"a\n?\nb\n{COMMENT}", [FIRST]),
        (f"a\n??\nb {COMMENT}", [FIRST, None]),
        (f"such ==wow== here\n{COMMENT}", [FIRST]),
        (f"==a== and ==b== {COMMENT}", [FIRST, None]),
        (f"Q: a\nA: b\n{COMMENT}", [FIRST]),
        ("a :: b\n<!--SR:!2000-01-01,1,250!2026-02-01,40,270-->", [None]),
        ("a ::: b\n<!--SR:!2000-01-01,1,250!2026-02-01,40,270-->", [None, SECOND]),
        (f"a :: b\n\nc :: d\n{COMMENT}", [None, FIRST]),
    ],
)
def test_the_schedule_of_obsidian_is_read_and_is_no_part_of_the_card(text, expected):
    assert schedules(text) == expected
    assert not any("SR:" in card.prompt + card.answer for card in cards(f"# A\n\n{text}\n"))


def test_a_schedule_that_cannot_be_read_is_reported():
    assert [line for line, said in remarks("# A\n\na :: b\n<!--SR:!soon-->\n") if "schedule" in said] == [4]


def families(named: str) -> set[str]:
    text = "Q: a\nA: b\n\nc :: d\n\ne\n?\nf\n\nsome ==g== here\n\nsome {{h}} here\n"
    made: list[Card] = cards(f"# A\n\n{text}", front=f"card_families: {named}\n")
    return {card.answer for card in made if card.kind in ("written", "cloze")}


@pytest.mark.parametrize(
    ("named", "read"),
    [
        ("qa, inline", "bd"),
        ("[qa, highlights]", "bg"),
        ("-qa", "dfgh"),
        ("-qa -braces", "dfg"),
        ("none", ""),
        ("all", "bdfgh"),
    ],
)
def test_a_note_says_which_families_are_read(named, read):
    assert families(named) == set(read)


def test_an_unknown_family_is_an_error_with_a_hint():
    ((_, said),) = remarks("---\ncard_families: inlin\n---\n# A\n\na :: b\n")
    assert "did you mean 'inline'" in said


@pytest.mark.parametrize(("named", "kinds"), [("recall", {"recall"}), ("-cloze -list", {"recall", "formula", "open"})])
def test_a_note_says_which_kinds_are_derived(named, kinds):
    text = "# A\n\nSome **bold** text here. I don't understand why.\n\n- a\n- b\n\n$$\nx\n$$\n"
    assert {card.kind for card in cards(text, front=f"derived_cards: {named}\n")} == kinds
