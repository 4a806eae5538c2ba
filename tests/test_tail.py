"""The stale tail: found where an overwritten file has one, never claimed where an author repeats something."""

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_note import BODY, note, rules

from nnstudy.notes.note import read_note
from nnstudy.notes.source import read_source
from nnstudy.notes.tail import stale_tail

VOCABULARY = (
    "network layer weight gradient loss activation variance momentum dropout sigmoid training sample model error rate "
    "però già così perché strato peso funzione dati formaggio curvatura α β increasing orthogonal"
)
WORDS = VOCABULARY.split()


def sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(6, 16))).capitalize() + "."


def written(rng: random.Random) -> list[str]:
    """The lines of a note: sections with paragraphs and lists, a register at its end."""
    lines = []
    for number in range(rng.randint(2, 5)):
        lines += [f"# Part {number} {rng.choice(WORDS)}", ""]
        for _ in range(rng.randint(1, 3)):
            lines += [sentence(rng) + " " + sentence(rng), ""]
        if rng.random() < 0.4:
            lines += ["Kinds:", "", *(f"- {rng.choice(WORDS)} {n}" for n in range(3)), ""]
    if rng.random() < 0.6:
        lines += [
            "# Registro ripassi",
            "",
            f"| 0{rng.randint(1, 9)}/04/23 | {sentence(rng)} |",
            "| --- | --- |",
            "|  |  |",
        ]
    return lines


SEEDS = st.integers(0, 10**9)


def overwritten(seed: int, final_newline: bool) -> tuple[bytes, bytes]:
    """A new text as its author saved it, and the file as it is when the longer old one was not truncated."""
    rng = random.Random(seed)
    old = written(rng)
    place = rng.randrange(len(old) // 2)
    new = old[:place] + old[place + rng.randint(1, 4) :] if rng.random() < 0.5 else [*old]
    if new == old:
        new[place] = new[place][: len(new[place]) // 2]
    old_data = ("\n".join(old) + "\n").encode()
    new_data = ("\n".join(new) + "\n" * final_newline).encode()
    return new_data, new_data + old_data[len(new_data) :]


def tells(new: bytes, file: bytes) -> bool:
    """Whether the tail can be told at all: some words, cut off within a line."""
    left = file[len(new) :]
    cut = read_source(left).text
    words = sum(map(str.isalnum, cut)) >= 30 and cut[0] not in "\n #-|A" and not cut[0].isupper()
    return 40 <= len(left) < len(new) // 2 and words


def is_mended(new: bytes, file: bytes) -> bool:
    found, sound = (read_note(read_source(data), "n.md") for data in (file, new))
    said = [remark.rule for remark in found.report].count("stale tail") == 1
    same = [(s.headings, s.body) for s in found.sections] == [(s.headings, s.body) for s in sound.sections]
    return said and same and [e.text for e in found.register] == [e.text for e in sound.register]


@settings(max_examples=200, deadline=None)
@given(SEEDS, st.booleans())
def test_a_tail_that_stands_in_the_new_text_is_found_at_its_byte(seed, final_newline):
    new, file = overwritten(seed, final_newline)
    assume(tells(new, file) and file[len(new) :].rstrip() in new)
    assert is_mended(new, file)


def test_of_all_tails_hardly_one_is_missed():
    """Those too that begin with words which the new text does not have any more, which leave less to go by."""
    files = [file for seed in range(600) if tells(*(file := overwritten(seed, seed % 2 == 0)))]
    assert len(files) > 100
    assert sum(is_mended(*file) for file in files) >= 0.98 * len(files)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_a_note_that_was_written_whole_has_no_tail(seed):
    assert stale_tail("\n".join(written(random.Random(seed)))) is None


@given(st.text(alphabet="ab \n|-#.", max_size=200))
def test_of_any_text_a_tail_is_the_end_of_it_and_stands_in_it_before(text):
    if (found := stale_tail(text)) is not None:
        cut, origin = found
        assert 0 <= origin < cut < len(text)
        assert text[cut:].strip()


@pytest.mark.parametrize(
    "repeated",
    [
        "# A\n\nantisymmetric\n\nsymmetric\n",
        "# Exercise 1\n\nSolution: see the book.\n\n# Exercise 2\n\nSolution: see the book.\n",
        "| 01/04/23 | Read. |\n| --- | --- |\n|  |  |\n|  |  |\n|  |  |\n|  |  |\n",
        "# A\n\n$$\nx = \\frac{1}{2} + \\sum_i y_i\n$$\n\n# B\n\n$$\nx = \\frac{1}{2} + \\sum_i y_i\n$$\n",
        "# Pros\n\n- it is fast\n- it is small\n\n# Cons\n\n- it is fast\n- it is small\n",
        "Q: The log likelihood of what?\nA: Of the observed data.\n\nQ: What?\nA: Of the observed data.\n",
        "See [the lecture](https://example.org/lecture).\n\nAgain [the lecture](https://example.org/lecture).\n",
        "a\n" * 500,
        "The same sentence stands here, twice, word by word.\n" * 2,
    ],
)
def test_what_authors_repeat_is_no_tail(repeated):
    assert stale_tail(repeated) is None


def test_a_tail_may_begin_in_the_middle_of_a_table_row_and_hold_whole_sections():
    head = (
        "# Log\n\n| 1/4/23 | Read without much attention to it. |\n| --- | --- |\n\n# Two\n\nIts text, long enough.\n"
    )
    for cut in (head.index("much"), head.index("ithout"), head.index("Two") + 1):
        found = note(head + head[cut:])
        assert rules(found)[-1] == (head.count("\n") + 1, "stale tail")
        assert found.sections[-1].body == "Its text, long enough."


def test_a_tail_may_begin_right_behind_the_last_row_of_a_table():
    text = "# A\n\nThe variance of the gradient is what matters here.\n\n| 01/04/23 | Read. |\n| --- | --- |\n|  |  |"
    found = note(text + "adient is what matters here.\n")
    assert rules(found) == [(7, "stale tail")]


def test_a_tail_may_begin_within_a_character():
    data = "# A\n\nIt says that this can’t be so, and more.\n".encode()
    cut = data.index("’".encode()) + 1  # the two last bytes of the apostrophe
    found = read_note(read_source(data + data[cut:]), "n.md")
    assert ("stale tail", 4) in [(remark.rule, remark.line) for remark in found.report]
    assert found.sections[0].body == "It says that this can’t be so, and more."


def test_a_tail_may_begin_with_words_that_the_new_text_does_not_have():
    end = "# Two\n\nIts text is long enough to be known again.\n\n# Three\n\nAnd here is more of what was written.\n"
    new = "# One\n\nShort.\n\n" + end
    found = note(new + "est of a sentence that was deleted.\n\n" + end)
    assert [remark.rule for remark in found.report] == ["stale tail"]
    assert [s.headings[0] for s in found.sections] == ["One", "Two", "Three"]


@pytest.mark.parametrize("left", ["ase of the cross-entropy, as a short computation shows.", "tation shows."])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_what_an_older_version_left_behind_is_found(left, end):
    found = stale_tail(BODY + left + end)
    assert found is not None
    cut, origin = found
    assert (cut, BODY[origin:].startswith(left)) == (len(BODY), True)


def test_a_tail_may_begin_within_a_table_row_and_hold_a_section():
    old = "# One\n\ntext of one, somewhat long\n\n# Two\n\ntext of two\n"
    new = old + "\n# Three\n\n|  |  |"
    assert stale_tail(new + old[9:]) == (len(new), 9)


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "# One\n\n- a network\n- the network\n- a deep network\n",
        "# A\n\nThe same sentence.\n\n# B\n\nThe same sentence.\n",
        "# A\n\nFirst. We use the log likelihood here.\n\nWe use the log likelihood here.\n",
        "| functions. |\n| --- | --- |\n|  |  |\n\n| questions. |\n| --- | --- |\n|  |  |\n",
        "",
        "x",
    ],
)
def test_what_an_author_repeats_is_no_tail(text):
    assert stale_tail(text) is None
