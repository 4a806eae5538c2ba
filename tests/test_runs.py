"""Runs are kept with what a person makes of them, found again, compared and run again."""

import json
import math
from dataclasses import replace

import pytest
from support import keep

from nnstudy import Study
from nnstudy.errors import StudyError
from nnstudy.experimenting.kept import contrasts, repeat, same
from nnstudy.experimenting.trials import keep_run

QUICK = {"mean": 0.5, "samples": 100}


@pytest.fixture
def kept(study, clock):
    """Two runs, the older one first."""
    first = keep(study, "divergence", 3, **QUICK)
    clock.pass_by(minutes=1)
    second = keep(study, "momentum", 4)
    return study.runs.find(first.id), study.runs.find(second.id)


def alter(study: Study, run: str, **columns: object) -> None:
    """Make a kept run look as if it had been made otherwise."""
    for column, value in columns.items():
        study.store.connection.execute(f"UPDATE run SET {column} = ? WHERE id = ?", (value, run))


def nudge(study: Study, run: str, factor: float) -> None:
    """Make the measurements of a kept run differ by a factor, and its digest with them."""
    study.store.connection.execute("UPDATE measurement SET measured = measured * ? WHERE run = ?", (factor, run))
    alter(study, run, digest="another")


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_a_run_is_kept_with_the_answers_of_its_questions(study, kept):
    experiment = study.experiment("divergence")
    done = study.run_with("divergence", QUICK, seed=3)
    wanted = {q.name: q.say(q.answer(done.result)) for q in done.questions}
    assert kept[0].answers == wanted
    assert len(wanted) == len(experiment.questions(experiment.make(QUICK)))


def test_a_stopped_run_keeps_no_answers(study):
    experiment = study.experiment("momentum")
    parameters = experiment.make()
    first = next(iter(experiment.run(parameters, 0)))
    run = study.keep(experiment, parameters, 0, first, seconds=0.1, status="stopped")
    assert study.runs.find(run.id).answers == {}


def test_star_name_and_comment_outlive_the_program(study, kept, tmp_path):
    run = study.runs.star(kept[0], True)
    run = study.runs.rename(run, "  the   slow one ")
    study.runs.comment(run, "look at the tail")
    with Study.open(tmp_path / "home") as again:
        found = again.runs.find("the slow one")
    assert (found.id, found.starred, found.comment) == (kept[0].id, True, "look at the tail")


def test_two_runs_cannot_have_one_name(study, kept):
    study.runs.rename(kept[0], "mine")
    with pytest.raises(StudyError, match="called 'mine' already"):
        study.runs.rename(kept[1], "mine")
    study.runs.rename(kept[0], "mine")
    study.runs.rename(kept[0], "")
    assert study.runs.rename(kept[1], "mine").name == "mine"


def test_a_name_of_endless_length_is_refused(study, kept):
    with pytest.raises(StudyError, match="at most 60"):
        study.runs.rename(kept[0], "x" * 61)


def test_a_deleted_run_is_listed_no_more_and_comes_back_in_turn(study, kept, clock):
    first, second = kept
    study.runs.delete(first)
    clock.pass_by(seconds=1)
    study.runs.delete(second)
    assert study.runs.all() == []
    with pytest.raises(StudyError, match="unknown"):
        study.runs.find(first.id)
    assert [study.runs.restore(), study.runs.restore(), study.runs.restore()] == [second.id, first.id, None]
    assert study.runs.all() == [second, first]


def test_deleting_a_run_takes_nothing_from_the_log(study):
    card = study.next()
    run = study.run_with("divergence", QUICK)
    study.answer(card, 3, runs=[run.id])
    study.runs.delete(study.runs.find(run.id))
    linked = study.store.connection.execute("SELECT run FROM review_run").fetchall()
    assert linked == [(run.id,)]
    assert study.store.integrity() == []


def test_an_export_holds_what_was_made_of_a_run(study, kept, tmp_path):
    study.runs.comment(study.runs.rename(kept[0], "mine"), "why?")
    study.runs.delete(kept[1])
    study.export("jsonl", tmp_path / "all.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    runs = {line["id"]: line for line in lines if line["type"] == "run"}
    assert (runs[kept[0].id]["name"], runs[kept[0].id]["comment"]) == ("mine", "why?")
    assert runs[kept[0].id]["answers"] == kept[0].answers
    assert runs[kept[1].id]["deleted_at"] is not None


def test_runs_of_an_older_database_are_kept(study, kept, tmp_path):
    connection = study.store.connection
    connection.execute("DROP INDEX run_by_moment")
    for column in ("starred", "name", "comment", "deleted_at", "answers"):
        connection.execute(f"ALTER TABLE run DROP COLUMN {column}")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0003_kept_runs'")
    connection.execute("PRAGMA user_version = 2")
    study.close()
    with Study.open(tmp_path / "home") as newer:
        assert [run.id for run in newer.runs.all()] == [kept[1].id, kept[0].id]
        assert newer.runs.all()[0].answers == {}
        assert newer.runs.star(newer.runs.all()[0], True).starred


# --- found again ------------------------------------------------------------------------------------------------------


def test_a_run_is_found_by_its_id_its_beginning_and_its_name(study, kept):
    run = study.runs.rename(kept[0], "momentum-like")
    assert study.runs.find(run.id) == study.runs.find(run.id[:13]) == study.runs.find("momentum-like") == run


def test_fewer_than_four_characters_name_no_run(study, kept):
    with pytest.raises(StudyError, match="at least 4 characters"):
        study.runs.find(kept[0].id[:3])


def test_a_beginning_that_two_runs_share_is_refused(study, kept):
    with pytest.raises(StudyError, match="fits 2 runs"):
        study.runs.find(kept[0].id[:6])


def test_a_percent_sign_finds_nothing(study, kept):
    with pytest.raises(StudyError, match="unknown"):
        study.runs.find("%%%%")


def test_every_listed_beginning_finds_its_run(study, kept):
    for run, prefix in study.runs.prefixes().items():
        assert study.runs.find(prefix).id == run
    assert len(study.runs.prefixes()) == 2


def test_only_the_parameters_that_differ_from_the_defaults_are_changed(study, kept):
    assert dict(study.runs.changed(kept[0])) == QUICK
    assert dict(study.runs.changed(kept[1])) == {}
    gone = replace(kept[0], experiment="gone")
    assert study.runs.changed(gone) == kept[0].parameters


def test_runs_are_listed_newest_first_and_filtered(study, kept, note_file):
    first, second = kept
    assert [run.id for run in study.runs.all()] == [second.id, first.id]
    assert [run.id for run in study.runs.all(experiment="divergence")] == [first.id]
    study.runs.star(first, True)
    assert [run.id for run in study.runs.all(starred=True)] == [first.id]
    card = study.next()
    experiment = study.experiment("momentum")
    frame = [*experiment.run(experiment.make(), 0)][-1]
    linked = study.keep(experiment, experiment.make(), 0, frame, seconds=0.1, card=card.id)
    assert [run.id for run in study.runs.all(note=card.note)] == [linked.id]


# --- again ------------------------------------------------------------------------------------------------------------


def test_a_run_again_gives_the_same_and_is_kept(study, kept):
    again = study.runs.again(kept[0])
    assert again.digest_agrees
    assert again.numbers_agree
    assert again.versions == {}
    new = study.runs.find(again.again)
    assert (new.parameters, new.seed, new.digest) == (kept[0].parameters, 3, kept[0].digest)


def test_another_numpy_is_named_and_the_numbers_still_agree(study, kept):
    nudge(study, kept[0].id, 1 + 1e-9)
    alter(study, kept[0].id, numpy_version="1.0", platform="Elsewhere")
    again = study.runs.again(study.runs.find(kept[0].id))
    assert not again.digest_agrees
    assert again.numbers_agree
    assert set(again.versions) == {"NumPy", "platform"}
    assert "NumPy 1.0 is now" in again.verdict()


def test_numbers_that_came_out_otherwise_are_named(study, kept):
    nudge(study, kept[0].id, 1 + 1e-5)
    again = study.runs.again(study.runs.find(kept[0].id))
    assert not again.numbers_agree
    names = {m.name for m in kept[0].measurements if m.measured != 0 and not math.isnan(m.measured)}
    assert {c.name for c in again.differing} == names
    assert "not the same (the same versions and platform)" in again.verdict()


def test_a_stopped_run_is_repeated_up_to_where_it_was_stopped(study):
    experiment = study.experiment("dropout")
    parameters = experiment.make()
    frames = [*experiment.run(parameters, 5)]
    middle = frames[len(frames) // 2]
    run = study.keep(experiment, parameters, 5, middle, seconds=0.1, status="stopped")
    again = study.runs.again(study.runs.find(run.id))
    assert again.digest_agrees
    assert again.result.step == middle.step
    assert study.runs.find(again.again).status == "stopped"


def test_a_repetition_stops_when_it_is_watched_no_more(study, kept):
    experiment, parameters = study.runs.ready(kept[0])
    seen = []
    assert repeat(kept[0], experiment, parameters, lambda frame: bool(seen.append(frame))) is None
    assert len(seen) == 1
    assert len(study.runs.all()) == 2


def test_a_run_whose_parameter_is_gone_says_so(study, kept):
    alter(study, kept[0].id, parameters='{"colour": 1}')
    with pytest.raises(StudyError, match="no parameter 'colour'"):
        study.runs.again(study.runs.find(kept[0].id))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (1.0, 1.0 + 5e-7, True),
        (1.0, 1.0 + 5e-6, False),
        (0.0, 1e-12, False),
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (math.nan, 1.0, False),
        ("a", "a", True),
        (None, 1.0, False),
    ],
)
def test_numbers_are_the_same_to_a_relative_millionth(first, second, expected):
    assert same(first, second) is expected


def test_two_runs_stand_side_by_side(study, kept):
    other = study.runs.find(keep(study, "divergence", 3, **QUICK | {"mean": 0.7}).id)
    apart = {(c.kind, c.name): (c.first, c.second) for c in contrasts(kept[0], other) if c.differs}
    assert apart[("parameter", "mean")] == (0.5, 0.7)
    assert ("setting", "seed") not in apart
    assert ("parameter", "samples") not in apart
    strangers = contrasts(*kept)
    assert next(c for c in strangers if c.name == "beta").first is None


# --- on the command line ----------------------------------------------------------------------------------------------


def test_the_command_lists_the_runs(call, study, kept):
    study.runs.star(study.runs.rename(kept[0], "mine"), True)
    status, out, _ = call("runs", "--json")
    newest, oldest = json.loads(out)
    assert status == 0
    assert {"id", "experiment", "at", "parameters", "changed", "seed", "status", "holds", "judged"} <= set(oldest)
    assert (newest["experiment"], oldest["experiment"]) == ("momentum", "divergence")
    assert (oldest["changed"], oldest["starred"], oldest["name"]) == (QUICK, True, "mine")
    assert 0 < oldest["holds"] <= oldest["judged"]
    _, text, _ = call("runs", "--starred")
    (line,) = text.splitlines()
    assert line.startswith(f"★ {kept[0].id[:13]}")
    assert "mean=0.5" in line


def test_the_command_filters_by_experiment_and_note(call, study, kept):
    assert len(json.loads(call("runs", "--experiment", "momentum", "--json")[1])) == 1
    assert json.loads(call("runs", "--note", "small", "--json")[1]) == []
    assert "No such run" in call("runs", "--note", "small")[1]
    assert call("runs", "--note", "elsewhere")[0] == 1


def test_runs_of_an_experiment_that_is_none_are_refused_with_the_nearest_and_of_one_that_is_gone_listed(
    call, study, kept
):
    for more in ((), ("--json",)):
        status, out, err = call("runs", "--experiment", "momentun", *more)
        assert (status, out) == (1, "")
        assert "experiment 'momentun' is unknown; did you mean 'momentum'?" in err
    assert call("runs", "--experiment", "dropout")[:2] == (0, "No such run.\n")
    alter(study, kept[0].id, experiment="of-my-own")
    assert kept[0].id[:13] in call("runs", "--experiment", "of-my-own")[1]


def test_a_run_named_by_a_person_is_no_terminal_command(call, study, kept):
    study.runs.rename(kept[0], "\x1b[2Jgone")
    assert "\x1b" not in call("runs")[1]


def test_the_command_repeats_a_run(call, study, kept):
    status, out, _ = call("run", "--again", kept[0].id[:13], "--json")
    told = json.loads(out)
    assert status == 0
    assert set(told) == {"run", "again", "digest_agrees", "numbers_agree", "differing", "versions"}
    assert (told["run"], told["digest_agrees"], told["differing"]) == (kept[0].id, True, [])


def test_the_command_ends_with_one_when_something_else_comes_out(call, study, kept):
    nudge(study, kept[0].id, 2.0)
    alter(study, kept[0].id, experiment_version="older")
    status, out, _ = call("run", "--again", kept[0].id, "--json")
    told = json.loads(out)
    assert status == 1
    assert not told["numbers_agree"]
    assert told["differing"]
    assert told["versions"]["experiment"]["run"] == "older"
    assert call("run", "--again", kept[0].id)[0] == 1


def test_again_brings_its_own_parameters(call, study, kept):
    for words in (("run",), ("run", "momentum", "--again", "x"), ("run", "--again", "x", "--seed", "0")):
        assert call(*words)[0] == 2
    assert call("run", "--again", "nowhere")[0] == 1


def test_a_failed_transaction_keeps_no_run(study, monkeypatch):
    monkeypatch.setattr(type(study.store.runs), "settle", lambda *_: 1 / 0)
    trial = study.trial(next(c for c in study.cards() if c.experiment))
    with pytest.raises(ZeroDivisionError):
        keep_run(
            study.store, trial.experiment, trial.parameters, trial.seed,
            [*trial.experiment.run(trial.parameters, trial.seed)][-1], seconds=0.1, at=study.now(), device="here",
            prediction=study.predict(trial, 0), question=trial.question,
        )  # fmt: skip
    assert study.runs.all() == []
