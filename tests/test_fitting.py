"""Parameters fitted to a log, the forecast that follows from them, and how they travel between machines."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from nnstudy import Rating, Study
from nnstudy.errors import StudyError
from nnstudy.memory import fitting
from nnstudy.memory.forecast import best, simulate
from nnstudy.memory.scheduler import DEFAULT_PARAMETERS, Memory, Policy, Scheduler, Step
from nnstudy.store.notes import NEW_SCHEDULE
from nnstudy.store.records import ReviewRow

# A learner whose memory grows less with each review than most, and fades along a steeper curve.
OTHER = (*DEFAULT_PARAMETERS[:8], 0.9, *DEFAULT_PARAMETERS[9:20], 0.4)


def learner(cards: int, reviews: int, seed: int = 1) -> dict[str, list[Step]]:
    """Reviews of a learner whose memory follows OTHER, scheduled by the defaults."""
    chance = random.Random(seed)
    truth, plan = (Scheduler(Policy(p, learning_steps=(), relearning_steps=())) for p in (OTHER, DEFAULT_PARAMETERS))
    found = {}
    for number in range(cards):
        card, real, planned, day, steps = (
            f"c{number}",
            Memory(),
            Memory(),
            date(2025, 1, 1) + timedelta(days=number),
            [],
        )
        for _ in range(reviews):
            recall = truth.retrievability(real, day)
            recalled = chance.random() < (0.7 if recall is None else recall)
            step = Step(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), day, Rating(3 if recalled else 1))
            steps.append(step)
            real, planned = truth.review(card, real, step), plan.review(card, planned, step)
            day = planned.due_day
        found[card] = steps
    return found


@pytest.fixture(scope="module")
def log():
    return learner(300, 8)


def test_fitting_foretells_held_out_reviews_better_and_comes_near_the_truth(log):
    gained = possible = 0.0
    for one in (log, learner(300, 8, seed=2), learner(300, 8, seed=3)):
        found = fitting.fit(DEFAULT_PARAMETERS, one.values())
        assert found.better
        held_out = sorted(fitting.lessons(one.values()), key=lambda lesson: lesson.at)[found.trained :]
        assert len(held_out) == found.held_out
        gained += found.loss_before - found.loss_after
        possible += found.loss_before - fitting.log_loss(OTHER, held_out)
    assert gained > possible / 2


def test_log_loss_is_that_of_a_replay(log):
    import math

    scheduler, losses = Scheduler(Policy(learning_steps=(), relearning_steps=(), fuzz=False)), []
    for steps in list(log.values())[:20]:
        memory = Memory()
        for step in steps:
            if memory.last_day and step.day > memory.last_day:
                recall = scheduler.retrievability(memory, step.day)
                losses.append(-math.log(recall if step.rating > 1 else 1 - recall))
            memory = scheduler.review("c", memory, step)
    lessons = list(fitting.lessons(list(log.values())[:20]))
    assert len(lessons) == len(losses)
    assert fitting.log_loss(DEFAULT_PARAMETERS, lessons) == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_too_few_reviews_are_refused_with_how_many_are_missing():
    few = learner(5, 4)
    count = len(list(fitting.lessons(few.values())))
    with pytest.raises(StudyError, match=f"{fitting.LEAST - count} are missing"):
        fitting.fit(DEFAULT_PARAMETERS, few.values())


def test_only_reviews_of_which_all_before_is_known_are_learned_from():
    day, at = date(2025, 1, 1), datetime(2025, 1, 1, 12, tzinfo=UTC)

    def step(days, rating=3, interval=None):
        return Step(at + timedelta(days=days), day + timedelta(days=days), Rating(rating), interval)

    known = fitting.lessons([[step(0), step(0), step(2, 1), step(3, interval=9), step(12)]])
    assert [one.reviews for one in known] == [((3, 0), (3, 0), (1, 2))]
    assert not list(fitting.lessons([[step(0, interval=5), step(5), step(9)], [step(0)], []]))


def kept(study: Study, log: dict[str, list[Step]]) -> None:
    """Write this log into a study, under the cards that it has and new ones."""
    db, scheduler = study.store.connection, study.scheduler()
    some = study.cards()[0]
    with study.store.transaction():
        for place, (card, steps) in enumerate(log.items()):
            db.execute(
                """INSERT INTO card (id, note, section, kind, wording, line, position, added_at, read_at)
                VALUES (?, ?, ?, 'written', ?, 1, ?, '2025-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z')""",
                (card, some.note, some.section_id, some.wording, 100 + place),
            )
            db.execute(NEW_SCHEDULE, (card,))
            for step in steps:
                said = 5000, "review", some.wording, 0.9, "desk", scheduler.policy.fingerprint
                row = ReviewRow(card, step.at, step.day, step.rating, *said)
                study.store.log.add_imported(row, scheduler.policy.parameters, scheduler.library)
    study.rebuild()


def test_optimize_keeps_the_better_and_schedules_by_it(study, log, tmp_path, clock):
    kept(study, log)
    tried = study.optimize(dry_run=True)
    assert tried.fit.better
    assert not tried.kept
    assert study.scheduler().policy.parameters == DEFAULT_PARAMETERS
    done = study.optimize()
    assert done.kept
    assert done.moved > 100
    assert study.scheduler().policy.parameters == done.fit.after
    assert study.rebuild() == 0
    assert study.due().due >= 0  # the queue is made anew
    study.export("jsonl", tmp_path / "all.jsonl")
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as again:
        assert again.scheduler().policy.parameters == done.fit.after
    with Study.open(tmp_path / "other", now=clock, zone=UTC) as other:
        other.take_in(tmp_path / "all.jsonl")
        assert other.scheduler().policy.parameters == done.fit.after
        assert [c.memory for c in other.cards()] == [c.memory for c in study.cards()]
        assert other.rebuild() == 0
    assert study.use_default_parameters() > 100
    assert study.scheduler().policy.parameters == DEFAULT_PARAMETERS


def test_parameters_from_elsewhere_that_cannot_be_are_told_and_left_out(study, tmp_path):
    line = {"type": "parameters", "id": "p1", "at": "2026-03-01T00:00:00.000Z", "device": "x", "fitted_to": 1}
    line |= {"log_loss_before": None, "log_loss_after": None}
    bad = [line | {"parameters": p} for p in ([1.0] * 20, [1e9] * 21, ["a"] * 21, None, [float("nan")] * 21)]
    (tmp_path / "bad.jsonl").write_text("\n".join(map(json.dumps, bad)), encoding="utf-8")
    merged = study.take_in(tmp_path / "bad.jsonl")
    assert [trouble.line for trouble in merged.troubles] == [1, 2, 3, 4, 5]
    assert study.store.parameters.latest() is None
    assert study.scheduler().policy.parameters == DEFAULT_PARAMETERS


def test_a_forecast_costs_more_and_knows_more_the_more_is_to_be_retained():
    memories = [Memory("review", 0, 5.0 + n % 40, 5.0, due_day=date(2026, 3, 2) + timedelta(days=n % 20),
                       last_day=date(2026, 2, 20), reviews=3) for n in range(300)]  # fmt: skip
    futures = [
        simulate(Scheduler(replace(Policy(), desired_retention=wanted)), memories, date(2026, 3, 2), 365, new_per_day=0)
        for wanted in (0.75, 0.9, 0.97)
    ]
    assert sum(futures[0].reviews) < sum(futures[1].reviews) < sum(futures[2].reviews)
    assert futures[0].known < futures[1].known < futures[2].known <= 300
    assert best(futures) in futures
    assert best([replace(futures[0], reviews=(1.0,) * 364)]) is None


def test_new_cards_come_at_their_pace_and_a_sample_stands_for_all():
    fresh = [Memory()] * 3000
    found = simulate(Scheduler(), fresh, date(2026, 3, 2), 10, new_per_day=60)
    assert found.reviews[0] == pytest.approx(60)
    assert simulate(Scheduler(), fresh, date(2026, 3, 2), 10, new_per_day=0).reviews == (0,) * 10


def test_the_forecast_counts_late_cards_today(study, clock):
    card = study.next()
    study.answer(card, Rating.EASY)
    clock.pass_by(days=60)
    found = study.forecast(14, (0.8,))
    assert found.scheduled == (1, *[0] * 13)
    assert [future.retention for future in found.futures] == [0.8, 0.9]
    with pytest.raises(StudyError, match="3650"):
        study.forecast(0)


def test_parameters_whose_schedule_could_not_be_written_do_not_count(study, tmp_path, monkeypatch):
    row = {"type": "parameters", "id": "p1", "at": "2026-03-01T00:00:00.000Z", "device": "x", "fitted_to": 1}
    row |= {"log_loss_before": None, "log_loss_after": None, "parameters": [1.0, *DEFAULT_PARAMETERS[1:]]}
    (tmp_path / "other.jsonl").write_text(json.dumps(row), encoding="utf-8")

    def full() -> None:
        raise StudyError("the disk is full")

    with monkeypatch.context() as here:
        here.setattr(study.store.drafts, "derive", full)
        with pytest.raises(StudyError):
            study.take_in(tmp_path / "other.jsonl")
    assert study.scheduler().policy.parameters == DEFAULT_PARAMETERS
    study.take_in(tmp_path / "other.jsonl")
    assert study.scheduler().policy.parameters == tuple(row["parameters"])
