"""Runs whose parameters change on the way: what is taken, what is refused, and that it can all be made again."""

import numpy as np
import pytest
from support import whole

from nnstudy import Study
from nnstudy.errors import StudyError
from nnstudy.experimenting.kept import contrasts
from nnstudy.lab.experiment import digest, discover, find
from nnstudy.lab.running import Running

LIVE = [(e.name, p.name) for e in discover().values() for p in e.parameters if p.live]


def last(running: Running) -> str:
    *_, frame = running
    return digest(frame)


def changed(name: str, parameter: str, after: int, value: float) -> Running:
    """A run to its end, with another value of the parameter after so many frames."""
    experiment = find(name)
    running = Running(experiment, experiment.make(), 0)
    for _ in range(after):
        next(running)
    assert running.change({parameter: value})
    return running


def test_what_may_be_changed_on_the_way() -> None:
    assert set(LIVE) == {
        ("dropout", "p"), ("dropout", "pace"), ("overfitting", "rate"),
        ("momentum", "alpha"), ("momentum", "beta"),
    }  # fmt: skip


@pytest.mark.parametrize(("name", "parameter"), LIVE)
def test_a_change_acts_and_is_made_again_to_the_last_digit(name: str, parameter: str) -> None:
    experiment = find(name)
    start = experiment.make()
    value = 0.6 * getattr(start, parameter)
    running = changed(name, parameter, 3, value)
    *_, result = running
    found = digest(result)
    assert not [m.name for m in result.measurements if m.holds is False]
    (change,) = running.changes
    assert (change.name, change.value) == (parameter, value)
    assert getattr(running.parameters, parameter) == value
    assert found != digest(whole(name)[-1])
    again = Running(experiment, start, 0, running.changes)
    assert last(again) == found
    assert again.changes == running.changes


def test_a_noise_floor_that_was_changed_late_is_not_judged() -> None:
    for after, judged in ((3, True), (len(whole("momentum")) - 1, False)):
        *_, result = running = changed("momentum", "alpha", after, 0.02)
        floor = next(m for m in result.measurements if m.name.endswith("this beta"))
        assert running.changes
        assert (floor.holds is not None) is judged
        assert floor.holds is not False


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("name", "values", "diverged"),
    [
        ("momentum", {"alpha": 2.0, "beta": 0.995, "kappa": 1000.0}, "steps until 1e-6, 20 directions"),
        ("overfitting", {"rate": 1.0}, "test loss at the end / its lowest"),
    ],
)
def test_what_diverges_ends_with_infinity_and_no_failed_measurement(name, values, diverged, study) -> None:
    run = study.run(name, seed=0, **values)
    found = {m.name: m for m in run.measurements}
    assert found[diverged].measured == np.inf
    assert [m.name for m in run.measurements if m.holds is False or np.isnan(m.measured)] == []
    (kept,) = study.runs.all()
    assert next(m for m in kept.measurements if m.name == diverged).measured == np.inf


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"regime": "plenty of clean data"}, "regime cannot be changed while dropout runs"),
        ({"pp": 0.1}, "pp cannot be changed while dropout runs; did you mean 'p'?"),
        ({"p": 0.1, "seed": 3}, "seed cannot be changed"),
        ({"p": 2}, "p = 2 is not allowed"),
        ({"p": "nan"}, "p = nan is not allowed"),
    ],
)
def test_what_cannot_be_changed_is_refused_and_nothing_changes(values: dict[str, object], said: str) -> None:
    experiment = find("dropout")
    running = Running(experiment, experiment.make(), 0)
    with pytest.raises(StudyError, match="has not begun"):
        running.change({"p": 0.1})
    next(running)
    with pytest.raises(StudyError) as refused:
        running.change(values)
    assert said in str(refused.value)
    assert running.changes == []
    assert running.parameters == experiment.make()


def test_the_same_value_is_no_change_and_a_run_that_is_no_generator_takes_none() -> None:
    experiment = find("dropout")
    running = Running(experiment, experiment.make(), 0)
    next(running)
    assert running.change({"p": 0.5}) == ()
    running._frames = iter(())
    with pytest.raises(StudyError, match="no generator"):
        running.change({"p": 0.1})


def test_a_run_that_was_changed_is_kept_repeated_and_merged_with_its_changes(study, tmp_path) -> None:
    experiment = find("dropout")
    start = experiment.make({"regime": "spirals width 8"})
    running = Running(experiment, start, 5)
    for _ in range(36):
        next(running)
    running.change({"p": 0.2, "pace": 2})
    *_, result = running
    study.keep(experiment, start, 5, result, seconds=1.0, changes=running.changes)
    (kept,) = study.runs.all()
    step = running.changes[0].step
    assert kept.changes == ((step, "p", 0.2), (step, "pace", 2.0))
    assert kept.answers == {}
    again = study.runs.again(kept)
    assert again.digest_agrees
    newest = study.runs.all()[0]
    assert newest.changes == kept.changes
    told = {contrast.name: contrast for contrast in contrasts(newest, kept)}["changed"]
    assert not told.differs
    assert told.first == f"p=0.2 after step {step}, pace=2 after step {step}"
    study.export("jsonl", study.folder / "log.jsonl")
    with Study.open(tmp_path / "desk", now=study.now) as other:
        other.take_in(study.folder / "log.jsonl")
        assert other.runs.find(kept.id).changes == kept.changes
