"""A person corrects which card is which, and it stays corrected."""

import pytest
from click.testing import CliRunner
from support import NOTE

from nnstudy import Rating, Study, StudyError
from nnstudy.cli import main

BEFORE = "Q: When is dropout switched off?\nA: When the network is used.\n"
AFTER = "Q: In which phase does no unit vanish?\nA: Once it has been trained.\n"


@pytest.fixture
def rewritten(study, note_file):
    """A card with a review, rewritten beyond recognition: the old one is retired, the new one has no history."""
    old = next(card for card in study.cards() if card.prompt.startswith("When is dropout"))
    study.answer(old, Rating.GOOD)
    note_file.write_text(NOTE.replace(BEFORE, AFTER))
    (report,) = study.add(note_file)
    assert report.retired == (old.id,)
    (new,) = report.new
    return old, study.card(new)


def edited(note_file, was: str, now: str) -> None:
    note_file.write_text(note_file.read_text().replace(was, now))


def test_a_rewritten_card_gets_its_history_back_and_keeps_it(study, note_file, rewritten):
    old, new = rewritten
    study.relink(old.id, new.id)
    for note in (note_file.read_text(), note_file.read_text() + "\nmore\n"):
        note_file.write_text(note)
        (report,) = study.add(note_file)
        assert report.new == ()
        card = study.card(old.id)
        assert (card.prompt, card.memory.reviews, card.retired) == (new.prompt, 1, False)
        assert study.card(new.id).retired
    edited(note_file, "In which phase does no unit vanish?", "In which phase does none of the units vanish?")
    assert study.add(note_file)[0].edited == (old.id,)
    assert [review.wording for review in study.history(old.id)] == [old.wording]
    assert study.rebuild() == 0


def test_relinking_twice_takes_it_back(study, note_file, rewritten):
    old, new = rewritten
    study.relink(old.id, new.id)
    study.relink(new.id, old.id)
    assert (study.card(old.id).retired, study.card(new.id).prompt) == (True, new.prompt)
    edited(note_file, "# Networks", "# Networks\n\nmore")
    study.add(note_file)
    assert (study.card(old.id).retired, study.card(new.id).retired) == (True, False)


def test_an_undo_takes_a_relink_back_after_a_restart_too(study, clock, note_file, rewritten):
    old, new = rewritten
    study.relink(old.id, new.id)
    clock.pass_by(minutes=1)
    with Study.open(study.folder, now=clock, zone=study.zone) as again:
        undone = again.undo()
        assert (undone.word, set(undone.cards)) == ("link", {old.id, new.id})
        assert (again.card(old.id).retired, again.card(new.id).prompt) == (True, new.prompt)
        edited(note_file, "# Networks", "# Networks\n\nmore")
        again.add(note_file)
        assert (again.card(old.id).retired, again.card(new.id).retired) == (True, False)
        assert again.undo().word == "answer", "what was done before it is taken back next"
        assert again.undo() is None


def test_an_undo_joins_what_was_parted(study, note_file):
    card = next(card for card in study.cards() if card.prompt == "bias")
    study.answer(card, Rating.GOOD)
    new = study.unlink(card.id)
    assert study.undo().word == "parting"
    assert (study.card(card.id).retired, study.card(new).retired) == (False, True)
    edited(note_file, "# Networks", "# Networks\n\nmore")
    assert card.id in study.add(note_file)[0].kept


def test_two_cards_that_changed_places_go_back_by_an_undo(study):
    one, other = (next(c for c in study.cards() if c.prompt == p) for p in ("bias", "What does a neuron compute?"))
    study.relink(one.id, other.id)
    study.undo()
    assert (study.card(one.id).prompt, study.card(other.id).prompt) == (one.prompt, other.prompt)


def test_a_link_whose_text_is_gone_stays_and_holds_no_other_undo_up(study, note_file, rewritten):
    old, new = rewritten
    study.relink(old.id, new.id)
    edited(note_file, AFTER, "")
    study.add(note_file)
    with pytest.raises(StudyError, match="the next undo"):
        study.undo()
    assert study.undo().word == "answer"


def test_two_present_cards_change_places(study, note_file):
    one, other = (next(c for c in study.cards() if c.prompt == p) for p in ("bias", "What does a neuron compute?"))
    study.relink(one.id, other.id)
    edited(note_file, "# Networks", "# Networks\n\nmore")
    (report,) = study.add(note_file)
    assert {one.id, other.id} <= set(report.kept)
    assert (study.card(one.id).prompt, study.card(other.id).prompt) == (other.prompt, one.prompt)


def test_a_text_that_is_another_card_is_parted_from_it(study, note_file):
    card = next(card for card in study.cards() if card.prompt == "bias")
    study.answer(card, Rating.GOOD)
    edited(note_file, "bias :: the part of the sum that", "bias :: the part of a sum which")
    assert study.add(note_file)[0].edited == (card.id,)
    new = study.unlink(card.id)
    edited(note_file, "# Networks", "# Networks\n\nmore")
    report = study.add(note_file)[0]
    assert (new in report.kept, study.card(card.id).retired) == (True, True)
    assert (study.card(new).memory.reviews, study.card(card.id).memory.reviews) == (0, 1)
    assert study.card(card.id).answer == card.answer, "it is retired as its review showed it"
    edited(note_file, "bias :: the part of a sum which", "")
    study.add(note_file)
    edited(note_file, "# Networks", "bias :: the part of a sum which depends on no input\n\n# Networks")
    assert study.add(note_file)[0].revived == (new,)


@pytest.mark.parametrize(("old", "new"), [("x", "y"), (0, 0), (0, -1)])
def test_what_cannot_be_corrected_is_said(study, note_file, rewritten, old, new):
    names = {0: rewritten[1].id, -1: rewritten[0].id, "x": "x", "y": "y"}
    with pytest.raises(StudyError):
        study.relink(names[old], names[new])
    with pytest.raises(StudyError, match="nothing to part"):
        study.unlink(rewritten[0].id)


def test_add_points_out_which_new_card_may_be_a_retired_one(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDY_HOME", str(tmp_path / "home"))
    note, run = tmp_path / "n.md", CliRunner().invoke
    note.write_text("# N\n\nQ: Is a sum of convex functions convex?\nA: yes\n\nQ: Who drew it?\nA: Ada\n")
    run(main, ["add", str(note)])
    note.write_text("# N\n\nQ: Is a sum of concave functions concave?\nA: yes\n")
    said = run(main, ["add", str(note)]).output
    (hint,) = [line for line in said.splitlines() if "perhaps the same" in line]
    old, new = hint.split()[-2:]
    assert run(main, ["relink", old, new]).exit_code == 0
    assert "sum of concave" in run(main, ["cards"]).output


BIAS = "Q: What is the bias of a neuron?\nA: A number added to the weighted sum.\n"


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_card_whose_new_note_is_read_first_keeps_its_history(study, tmp_path, dry_run):
    first, second = tmp_path / "first.md", tmp_path / "second.md"
    first.write_text(f"# First\n\nQ: Who?\nA: Rosenblatt.\n\n{BIAS}")
    second.write_text("# Second\n\nQ: When?\nA: In 1958.\n")
    study.add(first, second)
    card = next(card for card in study.cards() if card.prompt.startswith("What is the bias"))
    study.answer(card.id, Rating.GOOD)
    second.write_text(f"# Second\n\nQ: When?\nA: In 1958.\n\n{BIAS}")
    (report,) = study.add(second)
    (twin,) = report.new
    first.write_text("# First\n\nQ: Who?\nA: Rosenblatt.\n")
    (report,) = study.add(first, dry_run=dry_run)
    assert (report.moved, report.retired, report.cards) == ((card.id,), (), 1)
    assert study.card(twin).retired == (not dry_run)
    if not dry_run:
        assert (study.card(card.id).note, study.card(card.id).memory.reviews) == ("second", 1)
        second.write_text(second.read_text() + "\nAnd no more.\n")
        assert card.id in study.add(second)[0].kept


def test_a_twin_that_was_reviewed_keeps_what_it_has(study, tmp_path):
    first, second = tmp_path / "first.md", tmp_path / "second.md"
    first.write_text(f"# First\n\nQ: Who?\nA: Rosenblatt.\n\n{BIAS}")
    second.write_text(f"# Second\n\n{BIAS}")
    study.add(first, second)
    one, other = (card.id for card in study.cards() if card.prompt.startswith("What is the bias"))
    study.answer(one, Rating.GOOD)
    study.answer(other, Rating.GOOD)
    first.write_text("# First\n\nQ: Who?\nA: Rosenblatt.\n")
    assert study.add(first)[0].retired == (one,)


def test_relinked_lists_change_what_is_ticked_too(study, tmp_path):
    note = tmp_path / "lists.md"
    note.write_text("# L\n\nThe first are:\n\n- a one\n- a two\n\nThe second are:\n\n- b one\n- b two\n- b three\n")
    study.add(note)
    one, other = (card.id for card in study.cards() if card.kind == "list" and card.note == "lists")
    study.relink(one, other)
    assert (len(study.card(one).points), len(study.card(other).points)) == (3, 2)


def test_add_points_out_a_card_of_another_note_by_its_answer_too(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDY_HOME", str(tmp_path / "home"))
    first, second, text = tmp_path / "first.md", tmp_path / "second.md", "A number that is added to the weighted sum."
    first.write_text(f"# First\n\nQ: Who?\nA: Rosenblatt.\n\nQ: What is the bias of a neuron?\nA: {text}\n")
    second.write_text("# Second\n\nQ: When?\nA: In 1958.\n")
    CliRunner().invoke(main, ["add", str(first), str(second)])
    first.write_text("# First\n\nQ: Who?\nA: Rosenblatt.\n")
    second.write_text(f"# Second\n\nQ: When?\nA: In 1958.\n\nQ: Which term moves a threshold?\nA: {text}\n")
    said = CliRunner().invoke(main, ["add", str(first), str(second)]).output
    assert (
        "relink first/first/card-what-is-the-bias-of-a-neuron second/second/card-which-term-moves-a-threshold" in said
    )
