"""Text to Note: no line is lost, and what is odd is said with its line."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.notes.note import Note, read_note, slug, stale_tail
from nnstudy.notes.source import Source, read_source
from nnstudy.settings import shipped_note


def note(text: str, name: str = "a note.md") -> Note:
    return read_note(Source(text, "", ()), name)


def rules(found: Note) -> list[tuple[int, str]]:
    return [(remark.line, remark.rule) for remark in found.report]


def test_front_matter_and_property_lines_are_properties():
    front = "---\ntitle: T\ntags: [italian, ml]\n---\n\nRipasso Prox: 10\nStudi Personali:\n\n"
    found = note(front + "text\n\n# One\n\nbody\n")
    assert found.properties == {"title": "T", "tags": "italian, ml", "Ripasso Prox": "10", "Studi Personali": ""}
    assert (found.title, found.language, found.id) == ("T", "it", "a-note")
    assert [(s.headings, s.body, s.line, s.body_line) for s in found.sections] == [
        ((), "text", 9, 9),
        (("One",), "body", 11, 13),
    ]


def test_a_prompt_or_an_address_is_no_property():
    found = note("https://example.org\nQ: what?\nA: that\n")
    assert found.properties == {}
    assert found.sections[0].body.startswith("https:")


def test_broken_front_matter_is_an_error_at_its_line_and_the_rest_is_read():
    found = note("---\ntitle: T\ntags: [a\nlayout: {\n---\n# One\nbody")
    (remark,) = found.report
    assert (remark.level, remark.rule) == ("error", "front matter")
    assert 3 <= remark.line <= 5
    assert found.sections[0].body == "body"


@pytest.mark.parametrize("text", ["---\ntitle: x\n", "---\n- a\n- b\n---\n", "---\n\n---\n", "", "---", "\n\n"])
def test_odd_beginnings_are_read(text):
    note(text)


def test_the_permalink_names_the_note():
    assert note("---\npermalink: notes/Neural Networks/\n---\n").id == "neural-networks"


def test_headings_of_any_kind_make_a_tree_with_unique_slugs():
    found = note("# A\n\nB\n---\n#### C\n## B\n```\n# code\n```\n# A\n> # quoted\n")
    assert [s.slugs for s in found.sections] == [("a",), ("a", "b"), ("a", "b", "c"), ("a", "b-2"), ("a-2",)]
    assert found.sections[3].body == "```\n# code\n```"


def test_the_language_is_told_from_the_words_when_nothing_names_it():
    assert note("# A\nche cosa è una rete, e perché non si può dire di più").language == "it"
    assert note("# A\nwhat is a network, and why is it that there is more to it").language == "en"


def test_an_experiment_block_is_lifted_out_and_lines_keep_their_numbers():
    found = note('# A\none\n\n```experiment\nname = "dropout"\np = 0.3\n```\ntwo\n')
    (section,) = found.sections
    assert section.experiment is not None
    assert (section.experiment.name, section.experiment.overrides) == ("dropout", {"p": 0.3})
    assert section.experiment.line == 4
    assert section.body == "one\n\n\n\n\n\ntwo"


@pytest.mark.parametrize(
    ("block", "said"),
    [("name = ", "TOML"), ("p = 1", "name"), ('name = "a"\n```\n```experiment\nname = "b"', "already")],
)
def test_a_wrong_experiment_block_is_an_error_with_its_line(block, said):
    (remark,) = note(f"# A\n\n```experiment\n{block}\n```\n").report
    assert said in remark.message
    assert (remark.level, remark.line >= 3) == ("error", True)


def test_a_review_register_has_entries_and_reports_what_is_none():
    found = note(
        "# A\nbody\n# Registro ripassi\n\n| 01/04/23 | Read it. |\n| --- | --- |\n|  |  |\n| 2/5/2024 |  |\n"
        "| 31/02/23 | never |\nodd line\n"
    )
    assert [(e.day, e.text, e.line) for e in found.register] == [
        (date(2023, 4, 1), "Read it.", 5),
        (date(2024, 5, 2), "", 8),
    ]
    assert rules(found) == [(9, "register"), (10, "register")]
    assert [s.headings for s in found.sections] == [("A",)]


BODY = """# One

The log likelihood is a special case of the cross-entropy, as a short computation shows.

## Two

| 01/04/23 | Read it. |
| --- | --- |
|  |  |
"""


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


def test_a_tail_is_left_out_and_reported_with_its_line():
    found = note(f"---\ntitle: T\n---\n{BODY}ation shows.\n")
    assert rules(found) == [(13, "stale tail")]
    assert found.sections[1].body.endswith("|  |  |")
    assert "line 6" in found.report[0].message


def unaccounted(found: Note, text: str) -> list[tuple[int, str]]:
    """The lines, from 1, that stand in no property, heading, body, block, register row or remark."""
    lines = text.split("\n")
    held = {entry.line for entry in found.register} | {remark.line for remark in found.report}
    for section in found.sections:
        body = section.body.split("\n")
        held.update(n for n, line in enumerate(body, section.body_line) if [line] == lines[n - 1 : n])
        if section.headings:
            held.update(range(section.line, section.body_line))
        if section.experiment:
            held.update(range(section.experiment.line, len(lines) + 1))
    for remark in found.report:
        if remark.rule in ("stale tail", "experiment"):  # what they speak of goes on below their line
            held.update(range(remark.line, len(lines) + 1))
    if lines[0].rstrip() == "---" and (end := [n for n, x in enumerate(lines) if n and x.rstrip() in ("---", "...")]):
        held.update(range(1, end[0] + 2))
    return [
        (number, line)
        for number, line in enumerate(lines, 1)
        if number not in held
        and line.partition(":")[0].strip() not in found.properties
        and any(character.isalnum() for character in line)
        and slug(line) != "registro-ripassi"
    ]


LINE = st.one_of(
    st.sampled_from(
        ["", "# A", "## B", "###", "---", "===", "text", "  indented", "- item", "> quote", "| a | b |", "| --- |",
         "```", "```experiment", 'name = "x"', "~~~", "<!-- c", "-->", "Name: value", "Q: a", "A: b", "a :: b", "$$",
         "# Registro ripassi", "| 01/04/23 | x |", "|  |  |", "\t", "...", "\x0b", "\u2028", "\x85x"]
    ),
    st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\0"), max_size=12),
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(LINE, max_size=14).map("\n".join))
def test_every_line_is_in_a_property_a_heading_a_body_the_register_or_the_report(text):
    assert unaccounted(note(text), text) == []


def test_the_real_note_is_read_whole(real_note):
    found = read_note(read_source(real_note.read_bytes()), real_note.name)
    with_text = [s for s in found.sections if s.body]
    assert len(with_text) == 9
    assert found.properties["Stato"] == "🌕🌕🌕🌕🌗"
    assert [entry.day for entry in found.register] == [date(2023, 4, 1)]
    assert rules(found) == [(11, "encoding"), (101, "stale tail")]
    assert not any(mark in s.body for s in found.sections for mark in ("Ã", "â€", "ðŸ"))
    assert found.sections[-1].body.endswith("la log likelihood.")


def test_the_shipped_note_has_nothing_to_report():
    found = read_note(read_source(shipped_note().read_bytes()), "neural-networks.md")
    assert found.report == ()
    assert all(s.experiment for s in found.sections if s.body)
