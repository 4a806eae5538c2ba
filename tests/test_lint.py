"""What `nnstudy check` has to say about a note beyond what reading it found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cards import PIECE

from nnstudy.errors import StudyError
from nnstudy.notes.cards import make_cards
from nnstudy.notes.lint import Surroundings, ignored, lint, without
from nnstudy.notes.note import read_note
from nnstudy.notes.source import Source, read_source
from nnstudy.settings import shipped_note
from nnstudy.study import Study

THERE = {"a.png", "other.md", "/images/b.png"}
AROUND = Surroundings({"other-note"}, lambda path: None if path.startswith("..") else path in THERE)


def found(text: str) -> list[tuple[int, str, str]]:
    note = read_note(Source(text, "", ()), "n.md")
    return [(r.line, r.rule, r.message) for r in lint(note, make_cards(note)[0], AROUND)]


def rules(text: str) -> list[tuple[int, str]]:
    return [(line, rule) for line, rule, _ in found(f"# A\n\nx one :: y\n\n{text}\n")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## B\n\nonly prose", [(5, "no-cards")]),
        ("## B\n\n## C\n\nc :: d", [(5, "no-cards")]),
        ("x one :: y", [(5, "duplicate")]),
        ("x one :: z", [(5, "ambiguous")]),
        ("Q: Why?\nA: Because.", [(5, "ambiguous")]),
        (f"Q: What is it all?\nA: {'word ' * 80}", [(5, "long-answer")]),
        ("[l](other.md) [m](gone.md) [n](https://e.org/x)", [(5, "link")]),
        ("text\n[l]() [[Other note]] [[Gone]]", [(6, "link"), (6, "link")]),
        ("[l](#a) [m](#gone) [[#A]] [[#Gone]]", [(5, "link"), (5, "link")]),
        ("[l]([https://e.org](https://e.org)=c)", [(5, "link")]),
        ("![x](a.png) ![y](gone.png) <img src='/images/b.png'>", [(5, "image")]),
        ("![x](../a.png)", [(5, "image")]),
        ("![[a.png]] ![[gone.png]]", [(5, "image")]),
        ("`[l](gone.md)`\n\n```\n[l](gone.md)\n```", []),
        ("so $$x and more", [(5, "math")]),
        ("so\n$x = 1 and more", [(6, "math")]),
        ("it costs 5$ or $5 today", []),
        (r"so $\frac{a}{b$ is", [(5, "math")]),
        (r"so $a}$ is", [(5, "math")]),
        (r"so $\left( x$ is", [(5, "math")]),
        ("\\begin{align}\nx", [(5, "math")]),
        ("x\n\\begin{align}\nx \\begin{align}\n\\begin{gather}", [(6, "math"), (8, "math")]),
        ("\\begin{align}x\\end{align}\n\\begin{align}\nx", [(6, "math")]),
        ("so $a}$ is\n\nand $b}$\nand $c}$", [(5, "math"), (7, "math"), (8, "math")]),
        (r"so $\left( \frac{a}{b} \right)$ and $$x$$ and \{ are", []),
        ("a � here", [(5, "damage")]),
        ("the end of it all.\nall.", [(6, "damage")]),
    ],
)
def test_a_finding_has_its_line_and_rule(text, expected):
    assert rules(text) == expected


def test_every_finding_gives_advice():
    text = "# A\n\nx one :: y\nx one :: z\n\n[l](gone.md) ![i](../x.png) $$x\n\n## B\n"
    assert all(":" in message for _, _, message in found(text))


def test_rules_are_turned_off_by_name_and_a_wrong_name_is_an_error():
    remarks = lint(read_note(Source("# A\n\n## B\n", "", ()), "n.md"), (), AROUND)
    assert len(remarks) == 1
    assert without(remarks, ignored(["no cards"])) == ()
    with pytest.raises(StudyError, match="did you mean 'no-cards'"):
        ignored(["nocards"])


def test_the_shipped_note_has_nothing_to_mend():
    note = read_note(read_source(shipped_note().read_bytes()), "neural-networks.md")
    assert lint(note, make_cards(note)[0], Surroundings()) == []


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_any_note_can_be_looked_through(text):
    found(text)


def test_check_reports_by_note_and_leaves_out_what_is_ignored(tmp_path, study: Study):
    (tmp_path / "notes").mkdir()
    note = tmp_path / "notes/b.md"
    note.write_text("# B\n\nfront :: back\n\n[a](a.md) [gone](c.md) ![x](../x.png)\n\n# Empty\n", encoding="utf-8")
    (tmp_path / "notes/a.md").write_text("---\nlint_ignore: no-cards\n---\n# A\n\n[[b]] [[a]] text\n", encoding="utf-8")
    first, second = study.check(tmp_path / "notes")
    assert first.warnings == ()
    assert [(r.line, r.rule) for r in second.warnings] == [(5, "image"), (5, "link"), (7, "no-cards")]
    (only,) = study.check(note, ignore=["image", "no-cards"])
    assert [r.rule for r in only.warnings] == ["link"]
