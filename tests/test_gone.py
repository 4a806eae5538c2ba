"""Notes that were deleted from disk: said at every reading, retired only when asked."""

import pytest
from click.testing import CliRunner

from nnstudy import Rating, Study, StudyError
from nnstudy.cli import main

NOTE = "# Drinks\n\nQ: What does tea hold?\nA: Theine.\n\nQ: What does coffee hold?\nA: Caffeine.\n"
OTHER = "# Rocks\n\nQ: What is granite made of?\nA: Quartz, feldspar and mica.\n"


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "drinks.md").write_text(NOTE)
    (folder / "rocks.md").write_text(OTHER)
    return folder


@pytest.fixture
def study(tmp_path):
    with Study.open(tmp_path / "home") as opened:
        yield opened


def gone(reports):
    return [report for report in reports if report.gone]


def test_a_note_that_is_gone_is_reported_and_its_cards_stay(study, notes):
    study.add(notes)
    (notes / "drinks.md").unlink()
    (report,) = gone(study.add(notes))
    assert (report.note, report.cards, report.retired) == ("drinks", 2, ())
    assert "the file is gone; 2 cards are still asked" in report.warnings[0].message
    assert len(study.cards("drinks")) == 2


def test_pruned_cards_are_retired_with_their_history_and_come_back_with_the_file(study, notes):
    study.add(notes)
    card = study.next()
    study.answer(card, Rating.GOOD, duration_ms=1)
    (notes / "drinks.md").unlink()
    (report,) = gone(study.add(notes, prune=True))
    assert len(report.retired) == 2
    assert [state.note.id for state in study.notes()] == ["rocks"]
    assert study.cards("drinks") == []
    assert not gone(study.add(notes)), "what is retired is not said again"
    (notes / "drinks.md").write_text(NOTE)
    (back,) = [report for report in study.add(notes) if report.note == "drinks"]
    assert len(back.revived) == 2
    assert [review.card for review in study.history()] == [card.id]
    assert study.card(card.id).memory.reviews == 1


def test_a_dry_run_prunes_nothing(study, notes):
    study.add(notes)
    (notes / "drinks.md").unlink()
    (report,) = gone(study.add(notes, prune=True, dry_run=True))
    assert len(report.retired) == 2
    assert len(study.cards("drinks")) == 2


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_note_that_was_renamed_or_whose_cards_went_elsewhere_is_not_gone(study, notes, dry_run):
    study.add(notes)
    (notes / "drinks.md").rename(notes / "beverages.md")
    assert not gone(study.add(notes, prune=True, dry_run=dry_run))
    (notes / "rocks.md").unlink()
    (notes / "beverages.md").unlink()
    (notes / "all.md").write_text(NOTE + OTHER.replace("# Rocks", "## Rocks"))
    assert not gone(study.add(notes, prune=True, dry_run=True))


def test_a_folder_without_any_note_left_can_be_pruned_and_a_strange_path_is_an_error(study, notes):
    study.add(notes)
    for file in notes.iterdir():
        file.unlink()
    assert len(gone(study.add(notes))) == 2
    notes.rmdir()
    assert len(gone(study.add(notes, prune=True))) == 2
    with pytest.raises(StudyError, match="does not exist"):
        study.add(notes.parent / "elsewhere", prune=True)


def test_notes_of_other_folders_are_left_alone(study, notes, tmp_path):
    study.add(notes)
    (notes / "drinks.md").unlink()
    (other := tmp_path / "other").mkdir()
    (other / "a.md").write_text("# A\n\nQ: Why is it so?\nA: Because.\n")
    assert not gone(study.add(other, prune=True))


def test_the_command_says_what_to_do_and_what_was_done(notes, tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDY_HOME", str(tmp_path / "home"))
    run = CliRunner().invoke
    run(main, ["add", str(notes)])
    (notes / "drinks.md").unlink()
    said = run(main, ["add", str(notes)])
    assert (said.exit_code, "nnstudy add --prune" in said.output) == (0, True)
    done = run(main, ["add", str(notes), "--prune"])
    assert (done.exit_code, "2 retired" in done.output) == (0, True)
    assert "to come back when the text does" in done.output


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_cards_of_a_note_that_was_merged_into_another_go_on_there(study, tmp_path, dry_run):
    text = "Q: What is the bias of a neuron?\nA: A number added to the weighted sum.\n"
    first, second = tmp_path / "merged" / "first.md", tmp_path / "merged" / "second.md"
    first.parent.mkdir()
    first.write_text(f"# First\n\n{text}", encoding="utf-8")
    second.write_text("# Second\n\nQ: Who?\nA: Rosenblatt.\n", encoding="utf-8")
    study.add(first.parent)
    (card,) = study.cards(str(first))
    study.answer(card.id, Rating.GOOD)
    second.write_text(f"{second.read_text()}\n{text}", encoding="utf-8")
    study.add(first.parent)
    first.unlink()
    report = study.add(first.parent, prune=True, dry_run=dry_run)[-1]
    assert (report.moved, report.retired) == ((card.id,), ())
    assert (study.card(card.id).note == "second") == (not dry_run)
