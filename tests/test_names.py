"""What notes are called in a list."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nnstudy import Study
from nnstudy.insight.names import _ends, told_apart


@given(
    st.sets(st.lists(st.sampled_from(["a", "b", "c.md", "notes"]), min_size=1, max_size=4).map("/".join), min_size=2)
)
def test_paths_are_told_apart_by_their_ends(paths):
    ends = _ends({str(number): path for number, path in enumerate(sorted(paths))})
    assert len(set(ends.values())) == len(paths)


def test_notes_of_one_title_are_told_apart_by_their_files(tmp_path: Path):
    for place in ("one/README.md", "two/README.md", "alone.md"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        title = "Alone" if place == "alone.md" else "Networks"
        (tmp_path / place).write_text(f"# {title}\n\n## Layers\n\nWhat stands in {place}? :: A thing of its own.\n")
    with Study.open(tmp_path / "home") as study:
        study.add(tmp_path)
        assert sorted(told_apart(study.store).values()) == ["one/README · Networks", "two/README · Networks"]
        titles = {"one/README · Networks", "two/README · Networks", "Alone"}
        assert {note.title for note in list(study.agenda_in_steps())[-1].notes} == titles
        assert {branch.title for branch in study.shelf(study.store).branches()} == titles
