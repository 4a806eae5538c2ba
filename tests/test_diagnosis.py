"""What the log says of a learner, against small logs of which the answer is known."""

import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import review

from nnstudy.memory.diagnosis import Grades, Load, Memories, quantile, weeks
from nnstudy.memory.recall import LEAST_REVIEWS, Hours, Judgement, Retention, Share, calibration
from nnstudy.memory.scheduler import Rating


def test_wilson_s_band_is_that_of_the_formula():
    low, high = Share(8, 10).band
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)  # Wilson's interval for 8 of 10, as statsmodels gives it
    assert Share(0, 0).band == (0, 1)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_band_holds_its_share_and_stays_between_none_and_all(right, of):
    share = Share(min(right, of), of)
    low, high = share.band
    assert 0 <= low <= share.share + 1e-12
    assert share.share - 1e-12 <= high <= 1


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=1, max_size=60))
def test_losses_are_those_of_every_review_by_itself(reviews):
    found = calibration([(1, int(recalled), p, p * p) for p, recalled in reviews])
    brier = sum((p - recalled) ** 2 for p, recalled in reviews) / len(reviews)
    loss = -sum(math.log(p if recalled else 1 - p) for p, recalled in reviews) / len(reviews)
    assert found.brier == pytest.approx(brier)
    assert found.log_loss == pytest.approx(loss)
    assert found.count == len(reviews)


def test_each_bin_has_its_mean_prediction_and_what_came():
    found = calibration([(10, 9, 9.2, 8.464), (10, 4, 5.5, 3.025)])
    assert [(round(one.predicted, 3), one.actual) for one in found.bins] == [(0.55, (4, 10)), (0.92, (9, 10))]
    assert found.error == pytest.approx(math.sqrt((0.15**2 + 0.02**2) / 2))


def test_with_too_few_data_it_says_how_many_are_missing():
    few = Share(3, 4)
    assert f"{LEAST_REVIEWS - 8} more reviews" in Retention(few, few, {}, 0.9).advice
    assert "19 more settled predictions" in Judgement({"sure": Share(1, 1)}).advice
    assert "100 more reviews with a prediction" in calibration([]).advice


def test_advice_depends_on_the_band_and_not_on_the_share_alone():
    none = Share(0, 0)
    assert "nothing to change" in Retention(Share(88, 100), none, {}, 0.9).advice
    assert "fewer new cards" in Retention(Share(880, 1100), none, {}, 0.9).advice
    assert "save reviews" in Retention(Share(980, 1000), none, {}, 0.9).advice
    assert "5 of 20" in Judgement({"sure": Share(15, 20)}).advice
    assert "chance" in Hours({9: Share(90, 100), 20: Share(88, 100)}).advice
    assert "180 more reviews are needed in two hours" in Hours({9: Share(18, 20), 20: Share(0, 0)}).advice
    assert "1 more review is needed in two hours" in Hours({9: Share(99, 999), 20: Share(9, 99)}).advice
    assert "towards 9:00" in Hours({9: Share(95, 100), 20: Share(70, 100)}).advice


def test_hard_is_not_for_what_was_forgotten():
    assert "nothing to change" in Grades({1: 10, 2: 10, 3: 100, 4: 10}).advice
    assert "what you did not recall is Again" in Grades({2: 80, 3: 40}).advice
    assert "99 more reviews are needed" in Grades({3: 1}).advice


def test_what_would_be_recalled_now_is_told_with_what_to_do():
    well = Memories((40,), (40,), (0,) * 9 + (40,), known=38.2)
    ill = Memories((40,), (40,), (0, 0, 30) + (0,) * 6 + (10,), known=17.0)
    assert well.recall_advice == "You would recall about 38 of 40 learned cards now: nothing to change."
    assert "17 of 40 learned cards now; 30 stand below 70 %: review what is due" in ill.recall_advice


def test_recall_now_agrees_with_that_of_each_card(study, clock):
    review(study, clock, Rating.GOOD, seconds=4)
    clock.pass_by(days=9)
    likely = [share for card in study.cards() if (share := study.retrievability(card.memory)) is not None]
    found = study.stats().memories
    assert found.known == pytest.approx(sum(likely))
    assert sum(found.recall) == len(likely) == sum(found.stability)
    assert found.recall[int(10 * likely[0])]


def test_cards_that_last_and_cards_that_are_difficult_are_told_apart():
    few, easy, hard = Memories((3,), (3,)), Memories((0,) * 5 + (30,), (30,)), Memories((30,), (0,) * 9 + (30,))
    assert "17 more learned cards" in few.stability_advice == few.difficulty_advice == few.advice
    assert easy.stability_advice.startswith("100 % of the cards last a month")
    assert easy.difficulty_advice == "0 % of the cards are very difficult: nothing to change."
    assert "reword them" in hard.difficulty_advice
    assert hard.stability_advice.startswith("0 %")


def test_days_add_up_by_week_and_idle_days_count():
    monday = date(2026, 3, 2)
    days = {monday: (1, 2), monday + timedelta(days=6): (3, 3), monday + timedelta(days=7): (0, 1)}
    assert weeks(days) == {monday: (4, 5), monday + timedelta(days=7): (0, 1)}
    load = Load(
        {monday: 30, monday - timedelta(days=30): 99}, {monday: 600.0, monday - timedelta(days=30): 1.0}, monday
    )
    assert load.mean(30) == (1.0, 600 / 60 / 30)


@given(st.lists(st.integers(0, 30), min_size=1))
def test_the_median_is_that_of_the_sorted_list(values):
    counts = {value: values.count(value) for value in values}
    assert quantile(counts, 0.5) == sorted(values)[(len(values) - 1) // 2]


def answer_all(study, clock, ratings):
    """Answer one card with these ratings, each when it is due."""
    card = study.next().id
    for rating in ratings:
        memory = study.answer(card, rating, duration_ms=4000)
        due = study.due_moment(memory)
        clock.moment = max(due, clock.moment + timedelta(minutes=1)) + timedelta(hours=4)
    return card


def test_statistics_count_what_stands_in_the_log(study, clock):
    answer_all(study, clock, [3, 3, 3, 3, 1, 3, 3])
    found = study.stats()
    reviews = [r for r in study.history() if r.kind == "review"]
    assert found.retention.all == (sum(r.rating > 1 for r in reviews), len(reviews))
    waited = {}
    steps = sorted(study.history(), key=lambda r: r.at)
    for before, here in pairwise(steps):
        waited[here.id] = (here.day - before.day).days
    assert found.retention.mature.of == sum(waited[r.id] >= 21 for r in reviews) > 0
    assert found.calibration.brier == pytest.approx(
        sum((r.predicted - (r.rating > 1)) ** 2 for r in reviews) / len(reviews)
    )
    assert sum(found.load.reviews.values()) == 7
    assert sum(found.load.seconds.values()) == pytest.approx(28)
    assert found.pace.quantile(0.5) == 4
    assert sum(found.memories.stability) == 1
    assert sum(share.of for share in found.hours.by_hour.values()) == len(reviews)
    study.undo()
    assert sum(study.stats().load.reviews.values()) == 6


def test_hours_are_those_of_the_learner_s_zone(tmp_path, note_file):
    from zoneinfo import ZoneInfo

    from support import Clock

    from nnstudy import Study

    clock = Clock(datetime(2026, 3, 2, 9, 50, tzinfo=UTC))
    with Study.open(tmp_path / "far", now=clock, zone=ZoneInfo("Asia/Kathmandu")) as study:  # 5 h 45 min ahead
        study.add(note_file)
        card = study.next().id
        for _ in range(3):
            memory = study.answer(card, Rating.EASY)
            clock.moment = study.due_moment(memory) + timedelta(hours=11, minutes=35)  # 15:35 there
        assert {hour for hour, share in study.stats().hours.by_hour.items() if share.of} == {15}


def test_sections_are_mastered_as_on_today(study, clock):
    answer_all(study, clock, [3, 3, 3])
    found = {section.section: section.mastery for section in study.stats().sections}
    assert found == {section.headings: pytest.approx(study.mastery(section.memories)) for section in study.sections()}


def test_why_tells_each_review_and_ends_where_the_schedule_stands(study, clock):
    card = answer_all(study, clock, [3, 3, 1, 3, 2])
    found = study.why(card)
    assert [one.step.rating for one in found] == [3, 3, 1, 3, 2]
    assert found[-1].after == study.card(card).memory
    assert all(one.otherwise[one.step.rating] == one.after and len(one.otherwise) == 4 for one in found)
    assert [one.before for one in found[1:]] == [one.after for one in found[:-1]]
    assert found[0].retrievability is None
    assert all(0 < one.retrievability <= 1 for one in found[1:])
