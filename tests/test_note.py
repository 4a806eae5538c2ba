"""Text to Note: no line is lost, and what is odd is said with its line."""

import random
from datetime import date

import pytest
from benchmarks.notes import note as collection_note
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.notes.note import Note, Section, read_note, slug
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
    of_a_comment = [r for r in note("---\n# why\ntags: [a\nx: {\n---\n# One").report if r.line == 2]
    assert [r.level for r in of_a_comment] == ["info"]


@pytest.mark.parametrize("text", ["---\ntitle: x\n", "---\n- a\n- b\n---\n", "---\n\n---\n", "", "---", "\n\n"])
def test_odd_beginnings_are_read(text):
    note(text)


def test_what_yaml_means_in_its_own_way_is_read_by_its_rules():
    front = (
        "---\ntitle: 'It''s: so' # said\ntags:\n  - italian\n  - ml\nempty:\ntext: |\n  one\n  two\nmap: {a: 1}\n---\n"
    )
    assert note(front).properties == {
        "title": "It's: so", "tags": "italian, ml", "empty": "", "text": "one\ntwo", "map": "a: 1",
    }  # fmt: skip


def test_a_deck_of_hashcards_names_itself_in_toml():
    found = note('---\nname = "Geography"\n---\n\nQ: a\nA: b\n')
    assert (found.properties, found.report) == ({"name": "Geography"}, ())
    assert note("+++\ntitle = 'T'\n+++\ntext").title == "T"


def test_broken_yaml_is_read_line_by_line_and_each_bad_line_is_named():
    found = note("---\ntitle: T\nnonsense\ntags: [a, b\nlang: it\n---\ntext")
    assert (found.properties["title"], found.properties["lang"]) == ("T", "it")
    assert [(remark.line, remark.level) for remark in found.report] == [(4, "error"), (3, "error")] or all(
        remark.level == "error" for remark in found.report
    )
    assert 3 in {remark.line for remark in found.report}


@pytest.mark.parametrize("front", ["a: 1\na: 2", "a: x # y\na: 2", "Name: 1\n---\n\nName: 2"])
def test_a_property_given_twice_is_reported(front):
    text = f"---\n{front}\n---\ntext" if "---" not in front else f"---\n{front}\n\ntext"
    (remark,) = note(text).report
    assert "twice" in remark.message


def test_an_alias_of_aliases_does_not_fill_the_memory():
    bomb = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    found = note(f"---\na0: &a0 [lol, lol]\n{bomb}\n---\ntext")
    assert all(len(value) <= 65_536 for value in found.properties.values())


@pytest.mark.parametrize(
    "inside", ["[" * 5000, "- " * 5000, "a: " * 5000, "{" * 5000, "? " * 3000, "x: " + "'" * 70_000]
)
def test_front_matter_without_end_to_its_depth_is_reported(inside):
    assert note(f"---\n{inside}\n---\ntext").sections[-1].body.endswith("text")


def test_text_between_two_rules_is_no_front_matter():
    found = note("---\nJust a paragraph.\n---\nmore")
    assert found.properties == {}
    assert "Just a paragraph." in "".join(s.body + "".join(s.headings) for s in found.sections)


def test_notion_writes_properties_below_the_title():
    found = note(
        "# A title\n\nCreated: May 6, 2023 5:55 PM\nStato: 🌕\n\nBody: of words\n\n## B\n\nTerm: its meaning\n"
    )
    assert found.properties == {"Created": "May 6, 2023 5:55 PM", "Stato": "🌕"}
    assert [s.body for s in found.sections] == ["Body: of words", "Term: its meaning"]


def test_lines_with_a_colon_below_a_title_are_text_when_notion_writes_none_such():
    found = note("# A title\n\nReLU: the positive part\nTanh: a curve\n")
    assert found.properties == {}
    assert "ReLU" in found.sections[0].body


def test_headings_jump_repeat_or_are_missing():
    found = note("# A\n#### B\n## C\n# A\n# A\n###### D\n####### no heading\n#no heading\n")
    assert [s.slugs for s in found.sections] == [("a",), ("a", "b"), ("a", "c"), ("a-2",), ("a-3",), ("a-3", "d")]
    assert found.sections[-1].body == "####### no heading\n#no heading"
    assert [s.headings for s in note("only text\n\nand more").sections] == [()]


def test_setext_headings_and_rules_are_told_apart():
    found = note("One\n===\ntext\n\nTwo\nlines\n---\n\n---\n\nbody\n")
    assert [(s.headings, s.level) for s in found.sections] == [(("One",), 1), (("One", "Two lines"), 2)]
    assert found.sections[1].body == "---\n\nbody"


def test_a_rule_below_a_card_is_no_heading():
    found = note("# A\n\nQ: one\nA: two\n---\n\nfront\n?\nback\n---\nmore\n")
    assert [s.headings for s in found.sections] == [("A",)]


@pytest.mark.parametrize(
    "text",
    [
        "- A toggle\n\n    <img src='x.png' alt='x'>\n\n    A paragraph of it.",
        "<aside>\n💡 A **hint** that stands here.\n</aside>",
        "<details>\n<summary>More</summary>\n\n# no heading of the note? it is one\n</details>",
        "<!-- a comment\nof two lines -->",
        "Text[^1].\n\n[^1]: A footnote.",
        "> quoted\n> # no heading\n> - item",
        "| a | b |\n| --- | --- |\n| x | y |",
        "~~~\n# no heading\nQ: no card\n~~~\n\n    # code\n    Q: no card",
        "![alt](a.png) ![[b.png]] <img src='c.png'> [[Note#Section]] [[Note|other]] [a [b] c](d(e)f)",
        "$a$ and $$b$$ and\n\n$$\nc\n$$\n\n\\begin{align}\nd\n\\end{align}\n\n\\(e\\) \\[f\\]",
    ],
)
def test_every_form_is_kept_in_its_section(text):
    found = note(f"# A\n\n{text}\n")
    assert "\n".join(line for s in found.sections for line in s.body.split("\n")).strip() or "heading" in text
    assert unaccounted(found, f"# A\n\n{text}\n") == []
    assert found.report == ()


REGISTER_ROWS = [
    ("| 01/04/23 | Read. |", date(2023, 4, 1), "Read."),
    ("| 1/4/2023 | Read. |", date(2023, 4, 1), "Read."),
    ("| 01/04/23/ | Read. |", date(2023, 4, 1), "Read."),
    ("| 01//04/23 | Read. |", date(2023, 4, 1), "Read."),
    ("| /01/04/23 | Read. |", date(2023, 4, 1), "Read."),
    ("| 01/04 | Read. |", date(2023, 4, 1), "Read."),
    ("| 28/12 | Read. |", date(2022, 12, 28), "Read."),
    ("| 2023-04-01 | Read. |", date(2023, 4, 1), "Read."),
    ("|01.04.23|Read.|", date(2023, 4, 1), "Read."),
    ("- 01/04/23: Read.", date(2023, 4, 1), "Read."),
    ("| **01/04/23** | Read. |", date(2023, 4, 1), "Read."),
    ("01/04/23", date(2023, 4, 1), ""),
]


@pytest.mark.parametrize(("row", "day", "text"), REGISTER_ROWS)
def test_a_row_of_the_register_is_read_in_every_form(row, day, text):
    found = note(
        f"---\nUltima modifica: May 6, 2023 5:55 PM\n---\n# Registro ripassi\n\n{row}\n| --- | --- |\n|  |  |\n"
    )
    assert [(entry.day, entry.text) for entry in found.register] == [(day, text)]
    assert found.report == ()


@pytest.mark.parametrize(
    "heading",
    ["# Registro ripassi", "### 3. Registro dei ripassi", "## 1.2 Registro ripassi", "# 4) Review log",
     "# IV. Review log", "Registro ripassi\n===", "## 🌕 Past reviews", "# **Registro ripassi**"],
)  # fmt: skip
def test_the_register_is_known_by_its_words_whatever_number_is_before_them(heading):
    found = note(f"# A\n\nbody\n\n{heading}\n\n| 01/04/23 | Read. |\n| --- | --- |\n")
    assert [entry.day for entry in found.register] == [date(2023, 4, 1)]
    assert [s.headings for s in found.sections] == [("A",)]


def test_days_without_a_year_go_on_from_the_row_above():
    found = note("# Review log\n\n| 20/11/22 | a |\n| --- | --- |\n| 28/12 | b |\n| 03/01 | c |\n| 2/5 | d |\n")
    assert [entry.day.isoformat() for entry in found.register] == [
        "2022-11-20",
        "2022-12-28",
        "2023-01-03",
        "2023-05-02",
    ]


def test_a_day_without_its_year_is_none_before_the_note_was_begun():
    dates = "Ultima modifica: May 6, 2023 5:55 PM\nPrimo Abbozzo: February 16, 2023 3:04 PM\n"
    found = note(f"{dates}\n# Registro ripassi\n\n| 14/05 | a |\n| --- | --- |\n| 03/06/ | b |\n")
    assert [entry.day.isoformat() for entry in found.register] == ["2023-05-14", "2023-06-03"]


def test_a_day_without_any_year_to_go_by_is_reported():
    found = note("# Review log\n\n| 28/12 | b |\n| --- | --- |\n")
    assert (found.register, rules(found)) == ((), [(3, "register")])


@pytest.mark.parametrize("table", ["", "|  |  |\n| --- | --- |\n|  |  |", "| --- | --- |"])
def test_an_empty_register_has_nothing_to_report(table):
    assert (note(f"# Registro ripassi\n\n{table}\n").register, note(f"# Registro ripassi\n\n{table}").report) == (
        (),
        (),
    )


def test_a_register_may_be_parted_by_years():
    found = note("# Registro ripassi\n\n## 2022\n\n| 20/11/22 | a |\n| --- | --- |\n\n## Altro\n\ntesto\n")
    assert len(found.register) == 1
    assert [s.headings for s in found.sections] == [("Registro ripassi", "Altro")]


def test_rows_above_a_rule_are_rows_and_no_heading():
    found = note("# Registro ripassi\n\n01/04/23 one\n02/04/23 two\n---\n03/04/23 three\n")
    assert [entry.text for entry in found.register] == ["one", "two", "three"]
    assert found.report == ()


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


def test_a_tail_is_left_out_and_reported_with_its_line():
    found = note(f"---\ntitle: T\n---\n{BODY}ation shows.\n")
    assert rules(found) == [(13, "stale tail")]
    assert found.sections[1].body.endswith("|  |  |")
    assert "line 6" in found.report[0].message


def heading_lines(lines: list[str], section: Section) -> range:
    """The lines of a section's heading: one, or those down to the rule below it."""
    end = section.line
    if not lines[end - 1].lstrip().startswith("#"):
        while end < len(lines) and (set(lines[end].strip()) not in ({"="}, {"-"})):
            end += 1
        end += 1
    return range(section.line, min(end, len(lines)) + 1)


def fenced(lines: list[str], line: int) -> range:
    """The lines of a fenced block that begins in a line: to the one that closes it, or to the end."""
    mark = lines[line - 1].lstrip(" >-\t")[:1]
    end = line
    while end < len(lines) and not (set(closing := lines[end].strip(" >\t")) == {mark} and len(closing) > 2):
        end += 1
    return range(line, end + 2)


def unaccounted(found: Note, text: str) -> list[tuple[int, str]]:
    """The lines, from 1, that stand in no property, heading, body, block, register row or remark.

    Blank lines, the lines that frame front matter and the empty rows of the register have nothing to lose.
    """
    lines = text.split("\n")
    held = {entry.line for entry in found.register} | {remark.line for remark in found.report}
    for section in found.sections:
        body = section.body.split("\n")
        held.update(n for n, line in enumerate(body, section.body_line) if [line] == lines[n - 1 : n])
        if section.headings:
            held.update(heading_lines(lines, section))
        if section.experiment:
            held.update(fenced(lines, section.experiment.line))
    for remark in found.report:  # what these speak of goes on below their line
        if remark.rule == "stale tail":
            held.update(range(remark.line, len(lines) + 1))
        elif remark.rule == "experiment":
            held.update(fenced(lines, remark.line))
    if register := [n for n, line in enumerate(lines) if slug(line) == "registro-ripassi"]:
        held.update(n + 1 for n in register)
    values = list(found.properties.values())
    return [
        (number, line)
        for number, line in enumerate(lines, 1)
        if number not in held
        and any(character.isalnum() for character in line)
        and not (
            line.partition(":")[0].strip().removeprefix("- ").strip("\"'") in found.properties
            or any(line.strip().lstrip("- ").strip("\"'") in value for value in values)
        )
    ]


LINE = st.one_of(
    st.sampled_from(
        ["", "# A", "## B", "###", "---", "===", "text", "  indented", "- item", "> quote", "| a | b |", "| --- |",
         "```", "```experiment", 'name = "x"', "~~~", "<!-- c", "-->", "Name: value", "Q: a", "A: b", "a :: b", "$$",
         "# Registro ripassi", "| 01/04/23 | x |", "|  |  |", "\t", "...", "\x0b", "\u2028", "\x85x", "<details>",
         "<aside>", "</aside>", "C: [x]", "?", "==a==", "> [!question] b", "tags: [a", "  - b", "+++", "n = 1",
         "<!--", "x <!-- y --> z", "<!--SR:!2026-01-01,3,250-->", "## 2023", "Data | x", "    code", "$$", "[a](b)",
         "- toggle", "    <img src='x'>", "\\begin{align}", "Created: May 6, 2023", "# A\n\nCreated: 1\n"]
    ),
    st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\0"), max_size=12),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(LINE, max_size=14).map("\n".join))
def test_every_line_is_in_a_property_a_heading_a_body_the_register_or_the_report(text):
    assert unaccounted(note(text), text) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.data())
def test_no_line_of_a_real_looking_note_is_lost_when_it_is_mutated(seed, data):
    lines = collection_note(random.Random(seed), 1).split("\n")
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["drop", "twice", "swap", "cut", "insert"]))
        other = data.draw(st.integers(0, len(lines) - 1))
        if change == "drop":
            del lines[place]
        elif change == "twice":
            lines.insert(place, lines[place])
        elif change == "swap":
            lines[place], lines[other] = lines[other], lines[place]
        elif change == "cut":
            lines[place] = lines[place][: len(lines[place]) // 2]
        else:
            lines.insert(place, data.draw(LINE))
    text = "\n".join(lines)
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
