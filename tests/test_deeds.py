"""What is done to cards, one or many: what it makes of them, and that an undo takes all of it back."""

import json
from datetime import UTC, timedelta

import pytest
from click.testing import CliRunner, Result
from support import Clock

from nnstudy import Rating, Study
from nnstudy.cli import main
from nnstudy.errors import StudyError


@pytest.fixture
def cards(study: Study, clock: Clock) -> list[str]:
    """Five cards: the first two in review, the third in its learning steps, the others new."""
    found = [card.id for card in study.cards()[:5]]
    for card in found[:2]:
        study.answer(card, Rating.EASY)
    study.answer(found[2], Rating.GOOD)
    clock.pass_by(minutes=1)
    return found


def states(study: Study) -> list[tuple[object, ...]]:
    """Everything that a deed can change, of every card."""
    found = [study.card(card.id) for card in study.cards()]
    return [(c.memory, c.suspended, c.buried_until, c.experiment, c.desired_retention, dict(c.said)) for c in found]


TOMORROW = timedelta(days=1)
DEEDS = {
    "suspend": lambda study, cards: study.deeds().suspend(cards),
    "bury": lambda study, cards: study.deeds().bury(cards),
    "start anew": lambda study, cards: study.deeds().start_anew(cards),
    "reschedule": lambda study, cards: study.deeds().reschedule(cards, study.today() + 40 * TOMORROW),
    "aim": lambda study, cards: study.deeds().aim(cards, 0.8),
    "experiment": lambda study, cards: study.deeds().use_experiment(cards, "momentum"),
    "flag": lambda study, cards: study.deeds().flag(cards, "blue"),
    "mnemonic": lambda study, cards: study.deeds().write(cards, "mnemonic", "the broken network"),
    "comment": lambda study, cards: study.deeds().write(cards, "comment", "see page 3"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_one_undo_takes_back_what_was_done_to_many_also_after_a_restart(study, cards, deed, tmp_path, clock):
    before = states(study)
    assert DEEDS[deed](study, cards) >= 3
    assert states(study) != before
    done = states(study)
    assert study.rebuild() == 0, "the schedule is what a replay gives"
    assert states(study) == done
    assert DEEDS[deed](study, cards) == 0 or deed == "start anew", "what is so already is left as it is"
    study.close()
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as again:
        undone = again.undo()
        assert len(undone.cards) >= 3
        assert states(again) == before
        assert again.rebuild() == 0
        assert again.undo().action == "answer"


def test_a_card_that_starts_anew_is_new_and_keeps_its_log(study, cards, clock):
    assert study.deeds().start_anew(cards) == 3, "two of them have no review"
    study.notes_changed()
    card = study.card(cards[0])
    assert card.memory.state == "new"
    assert len(list(study.history(cards[0]))) == 1
    clock.pass_by(days=-3)
    study.answer(card, Rating.GOOD)
    assert study.card(cards[0]).memory.reviews == 1, "it counts although the clock was set back"
    assert study.rebuild() == 0
    assert len(study.why(cards[0])) == 1
    study.undo()
    assert study.card(cards[0]).memory.state == "new"
    study.undo()
    assert study.card(cards[0]).memory.reviews == 1


def test_a_due_date_counts_until_the_next_review_and_again_when_that_is_undone(study, cards, clock):
    day = study.today() + 3 * TOMORROW
    assert study.deeds().reschedule(cards, day) == 5
    review, learning, new = (study.card(cards[place]) for place in (0, 2, 3))
    assert review.memory.due_day == day
    assert (learning.memory.state, learning.memory.due_at.date()) == ("learning", day)
    assert new.buried_until == day, "what is new has no due date: it is not asked before"
    clock.pass_by(days=3)
    study.answer(cards[0], Rating.GOOD)
    assert study.card(cards[0]).memory.due_day > day
    assert study.rebuild() == 0
    study.undo()
    assert study.card(cards[0]).memory.due_day == day
    assert study.rebuild() == 0


def test_a_card_has_a_desired_retention_of_its_own(study, cards):
    before = study.card(cards[0]).memory
    study.deeds().aim(cards[:1], 0.97)
    after = study.card(cards[0])
    assert after.desired_retention == 0.97
    assert after.memory.due_day < before.due_day
    assert (after.memory.stability, after.memory.difficulty) == (before.stability, before.difficulty)
    study.deeds().aim(cards[:1], None)
    assert study.card(cards[0]).memory == before


def test_a_card_brings_the_experiment_that_was_chosen_for_it_or_none(study, cards):
    study.deeds().use_experiment(cards[:1], "momentum")
    assert study.trial(study.card(cards[0])).experiment.name == "momentum"
    study.deeds().use_experiment(cards[:1], "")
    assert study.trial(study.card(cards[0])) is None
    own = study.card(cards[1]).experiment
    study.deeds().use_experiment(cards[:1], None)
    assert study.card(cards[0]).experiment == own


def test_the_sections_of_an_experiment_are_compared_only_where_it_was_asked_about_outside_of_reviews(
    study, cards, monkeypatch
):
    compared = []
    bringing = type(study.store.runs).bringing

    def counted(runs, experiment):
        compared.append(experiment)
        return bringing(runs, experiment)

    monkeypatch.setattr(type(study.store.runs), "bringing", counted)
    card = study.card(cards[0])
    assert study.trial(card) is not None
    assert not compared
    surprise = next(trial for seed in range(99) if (trial := study.surprise(seed)).experiment.name == card.experiment)
    study.predict(surprise, 0 if surprise.question.choices else surprise.question.estimate.low)
    study.trial(card)
    assert compared == [card.experiment]


def test_what_cannot_be_done_is_said_and_nothing_changes(study, cards):
    before = states(study)
    for deed in (
        lambda deeds: deeds.reschedule(cards, study.today() - TOMORROW),
        lambda deeds: deeds.aim(cards, 1.5),
        lambda deeds: deeds.flag(cards, "puce"),
        lambda deeds: deeds.write(cards, "comment", "x" * 10_001),
        lambda deeds: deeds.write(cards, "sermon", "x"),
        lambda deeds: deeds.start_anew(["nowhere/card"]),
    ):
        with pytest.raises(StudyError):
            deed(study.deeds())
    assert states(study) == before


def test_the_command_line_does_the_same_to_several_cards(study, cards):
    study.close()
    home = {"NNSTUDY_HOME": str(study.folder), "NNSTUDY_NOW": "2026-03-02T10:00:00Z"}

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["card", *cards[:2], *words], env=home)

    done = call("--suspend", "--due", "7", "--retention", "95%", "--experiment", "none", "--flag", "red", "--json")
    assert done.exit_code == 0
    for card in json.loads(done.stdout):
        assert card["suspended"]
        assert card["experiment"] is None
        assert card["due"].startswith("2026-03-09")
        assert (card["said"]["desired_retention"], card["said"]["flag"]) == ("0.95", "red")
    wrong = call("--unsuspend", "--due", "never")
    assert wrong.exit_code == 1
    assert "is no day" in wrong.stderr
    shown = call().stdout
    assert shown.count("It is suspended") == 2, "what could not be read whole was not done in part"
    assert call("--unsuspend", "--flag", "none", "--comment", "\x1b[2Jrude").exit_code == 0
    shown = call().stdout
    assert "as you set it" in shown
    assert "\x1b" not in shown
    assert CliRunner().invoke(main, ["card", "nowhere/card"], env=home).exit_code == 1
