"""The front door: notes in, cards asked, answers logged, everything derived from the log."""

import json
import math
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from support import NOTE, Clock, asking

from nnstudy import Rating, Study, StudyError
from nnstudy.experimenting.trials import CONFIDENCES, Prediction, complete, misunderstood, trial_for
from nnstudy.store.records import uuid7
from nnstudy.store.run_records import AnsweredRow


def answer_all(study: Study, clock: Clock, rating: Rating = Rating.GOOD) -> list[str]:
    asked = []
    while (card := study.next()) is not None:
        asked.append(card.id)
        study.answer(card, rating, duration_ms=4000)
        clock.pass_by(minutes=1)
        assert len(asked) < 500
    return asked


def test_the_loop_of_the_documentation_ends_with_every_card_learned(study, clock):
    asked = answer_all(study, clock)
    assert set(asked) == {card.id for card in study.cards()}
    assert {card.memory.state for card in study.cards()} == {"review"}
    assert study.due().due == 0
    assert study.due().next > clock()


def test_adding_twice_changes_nothing_the_second_time(study, note_file):
    before = study.cards()
    (report,) = study.add(note_file)
    assert (report.new, report.edited, report.moved, report.retired) == ((), (), (), ())
    assert len(report.kept) == len(before)
    assert study.cards() == before


def test_an_answer_is_on_disk_when_the_call_returns(study, monkeypatch):
    monkeypatch.undo()  # the other tests do not wait for the disk
    with study.beside() as own:
        assert own.store.connection.execute("PRAGMA synchronous").fetchone() == (2,)
        card = own.next()
        own.answer(card, 3, duration_ms=1500)
    with sqlite3.connect(f"file:{study.store.path}?mode=ro", uri=True) as other:
        assert other.execute("SELECT card, rating, duration_ms FROM review").fetchall() == [(card.id, 3, 1500)]


def test_undo_goes_back_answer_by_answer_also_after_a_restart(study, clock, tmp_path):
    before = {card.id: card.memory for card in study.cards()}
    answered = []
    for _ in range(3):
        card = study.next()
        answered.append(card.id)
        study.answer(card, Rating.GOOD)
        clock.pass_by(seconds=20)
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as again:
        for card_id in reversed(answered):
            undone = again.undo()
            assert (undone.action, undone.card) == ("answer", card_id)
            assert again.next().id == card_id
        assert again.undo() is None
        assert {card.id: card.memory for card in again.cards()} == before
        assert sum(review.retracted_at is not None for review in again.history()) == 3


def test_a_suspended_card_is_not_asked_until_it_is_taken_back(study, clock):
    card = study.next()
    study.suspend(card)
    assert card.id not in answer_all(study, clock)
    while study.undo().action != "suspend":
        pass
    assert study.next().id == card.id


def test_a_buried_card_comes_back_tomorrow(study, clock):
    card = study.next()
    study.bury(card)
    assert card.id not in answer_all(study, clock)
    clock.pass_by(days=1)
    assert card.id in answer_all(study, clock)


def test_new_cards_are_limited_by_day(tmp_path, clock, note_file):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/settings.toml").write_text("new_per_day = 3\n")
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as study:
        study.add(note_file)
        assert len(set(answer_all(study, clock))) == 3
        clock.pass_by(days=1)
        assert sum(r.kind == "learn" for r in study.history()) == 6
        answer_all(study, clock)
        assert sum(card.memory.state != "new" for card in study.cards()) == 6


def test_a_note_may_ask_for_a_retention_of_its_own(study, tmp_path):
    strict = tmp_path / "strict.md"
    strict.write_text(
        NOTE.replace("notes/small", "notes/strict").replace("tags: english", "tags: english\nretention: 0.95")
    )
    study.add(strict)
    easy = {
        c.note: study.preview(c)[Rating.EASY].interval
        for c in study.cards()
        if c.prompt.startswith("What does a neuron")
    }
    assert easy["strict"] < easy["small"]


def test_two_files_that_call_themselves_the_same_are_two_notes(study, tmp_path):
    other = tmp_path / "elsewhere" / "small.md"
    other.parent.mkdir()
    other.write_text(NOTE)
    before = len(study.cards())
    study.add(other)
    assert len(study.cards()) == 2 * before
    assert [state.note.id for state in study.notes()] == ["small", "small-2"]
    assert study.add(other)[0].new == ()


def test_a_renamed_file_keeps_its_cards(study, note_file):
    moved = note_file.rename(note_file.with_name("renamed.md"))
    (report,) = study.add(moved)
    assert report.new == ()
    assert [state.note.path for state in study.notes()] == [str(moved)]


def test_an_edited_answer_keeps_the_history_and_the_log_keeps_the_old_wording(study, note_file):
    card = next(c for c in study.cards() if c.prompt.startswith("What does a neuron"))
    study.answer(card, Rating.GOOD)
    note_file.write_text(NOTE.replace("A weighted sum, then", "The weighted sum, and then"))
    (report,) = study.add(note_file)
    assert report.edited == (card.id,) or card.id in report.edited
    edited = study.card(card.id)
    assert edited.answer.startswith("The weighted sum")
    assert edited.memory.reviews == 1
    assert next(study.history(card.id)).wording == card.wording != edited.wording


def test_a_card_that_leaves_the_note_is_retired_and_comes_back_with_its_history(study, note_file):
    card = next(c for c in study.cards() if c.prompt == "bias")
    study.answer(card, Rating.EASY)
    note_file.write_text(NOTE.replace("bias :: the part of the sum that depends on no input\n", ""))
    assert card.id in study.add(note_file)[0].retired
    assert card.id not in {c.id for c in study.cards()}
    note_file.write_text(NOTE)
    study.add(note_file)
    assert study.card(card.id).memory.reviews == 1
    assert not study.card(card.id).retired


def test_a_dry_run_keeps_nothing(tmp_path, clock, note_file):
    with Study.open(tmp_path / "empty", now=clock) as study:
        assert study.add(note_file, dry_run=True)[0].new
        assert study.notes() == []


def test_a_clock_set_back_leaves_a_schedule_that_the_log_gives_again(study, clock):
    card = study.next()
    study.answer(card, Rating.GOOD)
    clock.pass_by(days=-1)
    study.answer(card, Rating.AGAIN)
    study.answer(card, Rating.EASY)
    assert study.rebuild() == 0


def test_rebuild_repairs_a_schedule_edited_by_hand(study):
    for _ in range(3):
        study.answer(study.next(), Rating.GOOD)
    study.store.connection.execute("UPDATE schedule SET stability = 999, suspended = 1 WHERE state != 'new'")
    assert study.rebuild() == 3
    assert study.rebuild() == 0


def test_the_log_refuses_to_be_changed(study):
    study.answer(study.next(), Rating.GOOD)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        study.store.connection.execute("DELETE FROM review")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        study.store.connection.execute("UPDATE review SET rating = 4")


def test_a_database_of_a_newer_program_is_refused_in_a_sentence(study, tmp_path):
    study.store.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StudyError, match="newer nnstudy"):
        Study.open(tmp_path / "home")


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "home" / "nnstudy.db"
    path.parent.mkdir()
    path.write_text("a letter to a friend " * 200)
    with pytest.raises(StudyError, match="cannot be opened"):
        Study.open(tmp_path / "home")
    assert path.read_text().startswith("a letter")


def test_the_front_door_loads_neither_screens_nor_plots():
    code = (
        "import sys, nnstudy.study; print([m for m in ('textual', 'matplotlib', 'sqlite_utils') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_prediction_waits_for_its_run_and_the_summary_says_how_it_turned_out(study, clock):
    card = next(c for c in study.cards() if c.experiment == "dropout")
    trial = asking(study.trial(card), number=False)
    assert study.trial(card).parameters == trial.parameters
    assert study.prediction(trial) is None
    made = study.predict(trial, 1)
    assert study.prediction(trial) == made
    result, seconds = complete(trial.experiment, trial.parameters, trial.seed)
    run = study.keep(
        trial.experiment, trial.parameters, trial.seed, result, seconds=seconds, card=card.id, prediction=made,
        question=trial.question,
    )  # fmt: skip
    study.answer(card, Rating.GOOD, runs=[run.id])
    assert study.prediction(trial) is None
    (outcome,) = study.summary(clock() - timedelta(hours=1)).predictions
    assert outcome.correct == (trial.question.answer(result) == 1)
    assert outcome.explanation == trial.question.explain(result)
    linked = study.store.connection.execute("SELECT count(*) FROM review_run").fetchone()
    assert linked == (1,)


def test_a_number_that_was_predicted_is_kept_judged_exported_and_comes_back_when_it_was_wrong(study, clock, tmp_path):
    card = next(c for c in study.cards() if c.experiment == "dropout")
    trial = asking(study.trial(card), number=True)
    for refused in ("much", "-3", "1e9", math.nan):
        with pytest.raises(StudyError):
            study.predict(trial, refused)
    asked = trial.question.estimate
    made = study.predict(trial, str(asked.high), "sure")
    assert (made.choice, made.number, made.given) == (None, asked.high, asked.high)
    assert Prediction(*study.store.runs.unsettled(card.id, trial.seed, trial.question.name)) == made
    result, seconds = complete(trial.experiment, trial.parameters, trial.seed)
    study.keep(
        trial.experiment, trial.parameters, trial.seed, result, seconds=seconds, card=card.id, prediction=made,
        question=trial.question,
    )  # fmt: skip
    study.answer(card, Rating.GOOD)
    (outcome,) = study.summary(clock() - timedelta(hours=1)).predictions
    answer = trial.question.answer(result)
    assert (outcome.correct, outcome.misconception) == (False, asked.misconception(asked.high, answer))
    assert (outcome.choice_text, outcome.answer_text) == (asked.say(asked.high), asked.say(answer))
    assert made.proposes(outcome.correct) is Rating.AGAIN
    again = study.trial(study.card(card.id))
    assert (again.question.name, again.returns) == (trial.question.name, True)
    study.export("jsonl", tmp_path / "log.jsonl")
    lines = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    (kept,) = (line for line in lines if line["type"] == "prediction")
    assert (kept["choice"], kept["number"], kept["choice_text"]) == (None, asked.high, asked.say(asked.high))


def test_a_misconception_comes_back_though_its_question_is_asked_at_some_draws_only(study):
    card = next(c for c in study.cards() if c.experiment)._replace(experiment="momentum", overrides={})
    shown = [AnsweredRow("momentum", "floor", Clock()(), False, "a belief")]
    for reviews in range(20):
        drawn = card._replace(memory=card.memory._replace(reviews=reviews))
        trial = trial_for(drawn, study.laboratory(), shown, UTC)
        assert (trial.question.name, trial.returns) == ("floor", True)


def test_predictions_of_an_older_program_stay_as_they_were(tmp_path):
    home = tmp_path / "old"
    with Study.open(home) as study:
        made = study.predict(asking(study.surprise(1), number=False), 1, "guess")
        older = study.store.connection
        for statement in (
            "ALTER TABLE prediction DROP COLUMN number",
            "DELETE FROM _sqlite_migrations WHERE name = '0005_predicted_numbers'",
            "PRAGMA user_version = 4",
        ):
            older.execute(statement)
    with Study.open(home) as study:
        kept = study.store.connection.execute("SELECT id, choice, confidence, number FROM prediction").fetchall()
        assert [Prediction(*row) for row in kept] == [made]
        assert study.store.integrity() == []
        number = asking(study.surprise(1), number=True)
        assert study.predict(number, number.question.estimate.low).choice is None


def wrongly(study, trial):
    """The trial predicted wrongly by a number or a choice that shows a misconception, run and kept."""
    result, seconds = complete(trial.experiment, trial.parameters, trial.seed)
    question = trial.question
    answer = question.answer(result)
    among = (
        range(len(question.choices)) if question.estimate is None else (question.estimate.low, question.estimate.high)
    )
    given = next(value for value in among if question.misconception(value, answer))
    made = study.predict(trial, given, "sure")
    study.keep(
        trial.experiment, trial.parameters, trial.seed, result, seconds=seconds, prediction=made, question=question
    )
    return given


def test_a_misconception_shown_outside_of_a_review_comes_back_with_the_section_that_speaks_of_it(study):
    trial = next(
        trial for trial in map(study.surprise, range(100))
        if trial.experiment.name == "dropout" and trial.question.estimate is None
    )  # fmt: skip
    wrongly(study, trial)
    returned = {card.section: study.trial(card) for card in study.cards() if study.trial(card)}
    back = {section for section, there in returned.items() if there.returns}
    assert len(back) == 1
    assert back.pop()[-1] == "Dropout"
    assert {t.question.name for t in returned.values() if t.returns} == {trial.question.name}


def test_a_number_that_was_off_is_told_by_how_much(study):
    trial = asking(study.surprise(1), number=True)
    since = study.now()
    given = wrongly(study, trial)
    outcome = study.summary(since).predictions[-1]
    estimate = trial.question.estimate
    assert study.apart(outcome) == estimate.apart(given, estimate.read(outcome.answer_text))
    assert study.apart(outcome).split()[-1] in ("above", "below")
    assert study.apart(replace(outcome, number=None)) == ""
    assert study.apart(replace(outcome, answer_text="no number")) == ""
    assert study.apart(replace(outcome, experiment="gone")) == ""


def answered(day: int, correct: bool, question: str = "q") -> AnsweredRow:
    return AnsweredRow(
        "dropout", question, datetime(2026, 3, day, 12, tzinfo=UTC), correct, "" if correct else "a belief"
    )


@pytest.mark.parametrize(
    ("history", "stands"),
    [
        ([], None),
        ([answered(1, True)], None),
        ([answered(1, False)], ("dropout", "q")),
        ([answered(1, False), answered(2, True)], ("dropout", "q")),
        ([answered(1, False), answered(2, True), answered(2, True)], ("dropout", "q")),
        ([answered(1, False), answered(2, True), answered(3, True)], None),
        ([answered(1, False), answered(2, True), answered(3, False), answered(4, True)], ("dropout", "q")),
        (
            [answered(1, False, "r"), answered(1, False), answered(2, True, "r"), answered(3, True, "r")],
            ("dropout", "q"),
        ),
    ],
)
def test_a_misconception_stands_until_its_question_is_answered_right_on_two_days(history, stands):
    assert misunderstood(history, UTC) == stands


def test_a_misconception_rests_on_a_day_on_which_its_question_was_answered_right():
    wrong_and_right = [answered(1, False), answered(2, True)]
    assert misunderstood(wrong_and_right, UTC, date(2026, 3, 2)) is None
    assert misunderstood(wrong_and_right, UTC, date(2026, 3, 3)) == ("dropout", "q")
    other = [*wrong_and_right, answered(2, False, "r")]
    assert misunderstood(other, UTC, date(2026, 3, 2)) == ("dropout", "r")


def test_what_was_told_just_now_is_asked_last(tmp_path):
    """All cards of an experiment ask its questions in turn, so that no answer is still on the mind."""
    study = Study.open(tmp_path)
    study.add_shipped_note()
    asked = []
    for card in [c for c in study.cards() if c.experiment == "divergence"][:8]:
        trial = study.trial(card)
        possible = {q.name for q in trial.experiment.questions(trial.parameters)}
        fresh = possible.difference(asked)
        assert trial.question.name in (fresh or {min(possible, key=lambda name: last_at(asked, name))})
        right(study, trial)
        asked.append(trial.question.name)
    assert len(set(asked)) > 2
    study.close()


def last_at(asked: list[str], name: str) -> int:
    return len(asked) - asked[::-1].index(name)


def right(study, trial):
    """The trial predicted right, run and kept."""
    result, seconds = complete(trial.experiment, trial.parameters, trial.seed)
    answer = trial.question.answer(result)
    made = study.predict(trial, answer, "sure")
    study.keep(
        trial.experiment, trial.parameters, trial.seed, result, seconds=seconds, card=trial.card, prediction=made,
        question=trial.question,
    )  # fmt: skip


def test_a_question_answered_wrongly_comes_back_with_other_parameters(study, clock):
    card = next(c for c in study.cards() if c.experiment == "dropout")
    trial = asking(study.trial(card), number=False)
    result, seconds = complete(trial.experiment, trial.parameters, trial.seed)
    answer = trial.question.answer(result)
    wrong = next(n for n, c in enumerate(trial.question.choices) if n != answer and c.misconception)
    made = study.predict(trial, wrong, "sure")
    study.keep(
        trial.experiment, trial.parameters, trial.seed, result, seconds=seconds, card=card.id, prediction=made,
        question=trial.question,
    )  # fmt: skip
    assert study.trial(card).seed != trial.seed, "its outcome was seen: to ask the same again would be no question"
    study.answer(card, Rating.GOOD)
    study.undo()
    assert study.trial(study.card(card.id)).seed != trial.seed
    for _ in range(3):
        study.answer(card, Rating.GOOD)
        clock.pass_by(days=3)
        again = study.trial(study.card(card.id))
        assert (again.question.name, again.returns) == (trial.question.name, True)
        assert again.seed != trial.seed


def test_the_outcome_of_a_prediction_proposes_the_grade():
    def proposed(choice: int, confidence: str) -> Rating:
        return Prediction("", choice, confidence).proposes(right=choice == 1)

    assert [proposed(0, c) for c in CONFIDENCES] == [Rating.HARD, Rating.HARD, Rating.AGAIN]
    assert [proposed(1, c) for c in CONFIDENCES] == [Rating.HARD, Rating.GOOD, Rating.GOOD]


def test_a_confidence_that_does_not_exist_is_refused(study):
    trial = study.trial(next(c for c in study.cards() if c.experiment))
    with pytest.raises(StudyError, match="guess, think so, sure"):
        study.predict(trial, 0, "certain")


def test_a_database_of_an_older_program_is_brought_up_to_date(tmp_path):
    path = tmp_path / "old" / "nnstudy.db"
    with Study.open(path.parent) as study:
        study.store.connection.execute("ALTER TABLE prediction DROP COLUMN confidence")
        study.store.connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0002_confidence'")
        study.store.connection.execute("PRAGMA user_version = 1")
    with Study.open(path.parent) as study:
        columns = [row[1] for row in study.store.connection.execute("PRAGMA table_info(prediction)")]
        assert columns[-1] == "confidence"


def test_a_thousand_ids_of_one_millisecond_sort_as_they_were_made():
    at, ids = Clock()(), [""]
    for _ in range(1000):
        ids.append(uuid7(at, ids[-1]))
    assert ids == sorted(set(ids))
    assert {made[14] for made in ids[1:]} == {"7"}
    assert uuid7(at + timedelta(milliseconds=1), ids[-1]) > ids[-1]


class History(RuleBasedStateMachine):
    """Whatever is answered, undone, suspended or buried, whatever the clock does: the log gives the schedule back."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        self.home = Path(self.folder) / f"{id(self)}-{len(list(Path(self.folder).iterdir()))}"
        self.home.mkdir()
        (self.home / "note.md").write_text(NOTE)
        self.study = Study.open(self.home, now=self.clock, zone=UTC)
        self.study.add(self.home / "note.md")

    def teardown(self) -> None:
        self.study.close()

    @rule(rating=st.sampled_from(list(Rating)))
    def answer_next(self, rating: Rating) -> None:
        if card := self.study.next():
            self.study.answer(card, rating)

    @rule(rating=st.sampled_from(list(Rating)), place=st.integers(0, 30))
    def answer_any(self, rating: Rating, place: int) -> None:
        cards = self.study.cards()
        self.study.answer(cards[place % len(cards)], rating)

    @rule()
    def undo(self) -> None:
        self.study.undo()

    @rule(place=st.integers(0, 30))
    def suspend(self, place: int) -> None:
        cards = self.study.cards()
        self.study.suspend(cards[place % len(cards)])

    @rule(place=st.integers(0, 30))
    def bury(self, place: int) -> None:
        cards = self.study.cards()
        self.study.bury(cards[place % len(cards)])

    @rule(minutes=st.sampled_from([-1500, -5, 0, 1, 11, 700, 1440, 20_000]))
    def time_passes(self, minutes: int) -> None:
        self.clock.pass_by(minutes=minutes)

    @rule()
    def restart(self) -> None:
        self.study.close()
        self.study = Study.open(self.home, now=self.clock, zone=UTC)

    @invariant()
    def the_log_gives_the_schedule_back(self) -> None:
        assert self.study.rebuild() == 0


def test_any_history_is_given_back_by_its_log(tmp_path):
    History.folder = tmp_path
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
