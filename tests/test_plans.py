"""Spreading and moving due days in a study: kept as one deed, merged, replayed, and taken back."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from support import review

from nnstudy.cli import main
from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Rating
from nnstudy.study import Study


@pytest.fixture
def late(study, clock):
    for _ in range(2):
        review(study, clock, Rating.EASY, seconds=3)
        clock.pass_by(days=400)
    return study


def memories(study: Study) -> dict:
    return {card.id: card.memory for card in study.cards()}


def due(study: Study) -> dict:
    return {card: memory.due_day for card, memory in memories(study).items() if memory.due_day}


def test_a_spread_is_what_it_showed_and_an_undo_is_as_if_nothing_had_been(late):
    before = memories(late)
    plan = late.plans.spread(4)
    assert len(plan.days) == len(before)
    moved = late.plans.keep(plan)
    assert moved == plan.moved == sum(day != before[card].due_day for card, day in plan.days.items())
    assert due(late) == dict(plan.days)
    assert [n for _, n in plan.counts][:4] == [2, 2, 2, 2]
    assert all(memories(late)[card].stability == memory.stability for card, memory in before.items())
    assert late.rebuild() == 0
    assert late.undo().cards
    assert memories(late) == before
    assert late.rebuild() == 0


@pytest.mark.parametrize("days", [1, 14, -5])
def test_moving_all_due_days_and_back_by_an_undo(late, days):
    before = memories(late)
    plan = late.plans.move(days)
    late.plans.keep(plan)
    today = late.today()
    wanted = {card: max(today, max(today, of.due_day) + timedelta(days=days)) for card, of in before.items()}
    assert due(late) == wanted
    late.undo()
    assert memories(late) == before


def test_a_review_after_it_schedules_as_ever(late):
    late.plans.keep(late.plans.move(3))
    card = late.cards()[0]
    assert card.memory.due_day == late.today() + timedelta(days=3)
    later = late.answer(card, Rating.GOOD)
    assert later.due_day > late.today()
    assert late.rebuild() == 0


def test_a_card_that_was_reviewed_since_the_plan_is_left_out(late):
    plan = late.plans.spread(5)
    card = next(iter(plan.days))
    memory = late.answer(card, Rating.EASY)
    late.plans.keep(plan)
    assert late.card(card).memory.due_day in (memory.due_day, plan.days[card])
    assert late.rebuild() == 0


def test_another_machine_that_takes_it_in_has_the_same_due_days(late, tmp_path, clock):
    late.plans.keep(late.plans.spread(4))
    late.export("jsonl", tmp_path / "all.jsonl")
    with Study.open(tmp_path / "other", now=clock, zone=late.zone) as other:
        other.take_in(tmp_path / "all.jsonl")
        assert due(other) == due(late)
        assert other.rebuild() == 0


def test_spans_out_of_bounds_are_refused(late):
    for wrong in (0, 1000):
        with pytest.raises(StudyError, match="spread over"):
            late.plans.spread(wrong)
    for wrong in (0, 4000):
        with pytest.raises(StudyError, match="moved by"):
            late.plans.move(wrong)


def test_the_commands_show_do_and_take_back(late, monkeypatch):
    monkeypatch.setenv("NNSTUDY_HOME", str(late.folder))
    monkeypatch.setenv("NNSTUDY_NOW", late.now().isoformat())
    before = due(late)
    run = CliRunner()
    shown = run.invoke(main, ["spread", "--days", "4", "--dry-run"])
    assert shown.exit_code == 0, shown.output
    assert "would be given another due day" in shown.output
    assert due(late) == before
    told = json.loads(run.invoke(main, ["spread", "--days", "4", "--json"]).output)
    assert {card: str(day) for card, day in due(late).items()} == told["cards"]
    assert sum(day["after"] for day in told["days"]) == len(before)
    assert json.loads(run.invoke(main, ["undo", "--json"]).output)["action"] == "set"
    assert due(late) == before
    moved = run.invoke(main, ["postpone", "-2"])
    assert moved.exit_code == 0, moved.output
    assert run.invoke(main, ["postpone", "0"]).exit_code == 1


def test_cards_in_their_steps_are_no_plans_and_it_says_so(late, monkeypatch, clock):
    late.answer(next(card for card in late.cards() if card.memory.due_day), Rating.AGAIN)
    for plan in (late.plans.spread(4), late.plans.move(9)):
        assert len(plan.days) == len(late.cards()) - 1
        assert plan.remark.startswith("1 card is in its learning steps and stays")
    monkeypatch.setenv("NNSTUDY_NOW", clock.moment.isoformat())
    done = CliRunner().invoke(main, ["spread", "--days", "4", "--dry-run"])
    assert "1 card is in its learning steps" in done.output
