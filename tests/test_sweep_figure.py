"""The figure of a sweep, and the sweeps that are kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from nnstudy.cli import main
from nnstudy.experimenting.sweep_figure import figure, measures
from nnstudy.experimenting.sweep_table import rows
from nnstudy.experimenting.sweeps import Measured, StoppedError, Sweep, SweepResult, make_plan
from nnstudy.lab.experiment import Bars, HeatMap, Intervals, Line, find


def swept(grid: dict[str, list[object]], seeds: int = 3, missing: int = 0) -> Sweep:
    """A sweep whose measurement is kappa + seed, and whose answer depends on kappa."""
    plan = make_plan(find("momentum"), grid, seeds=seeds)
    results = []
    for task in plan.tasks():
        kappa = float(task.parameters.get("kappa", 100.0))
        measured = {"gain": Measured(kappa + task.seed, kappa, True)}
        answers = {"race": "plain" if kappa < 50 else "momentum"}
        results.append(SweepResult(dict(task.parameters), task.seed, measured, {"rate": 0.1}, answers))
    return Sweep(plan, tuple(results[: len(results) - missing]))


def drawn(sweep: Sweep, measure: str) -> tuple:
    return figure(sweep.plan, rows(sweep, [] if measure.startswith("answers") else [measure]), measure).panels


def test_measurements_quantities_and_answers_may_be_shown():
    assert measures(swept({"kappa": [10]})) == ["gain", "rate", "answers: race"]


def test_one_number_is_a_line_with_error_bars_and_what_is_expected_in_rising_order():
    (panel,) = drawn(swept({"kappa": [1000, 10, 100]}), "gain")
    mean, bars, expected = panel.marks
    assert mean.x.tolist() == [10, 100, 1000]
    assert mean.y.tolist() == [11, 101, 1001]
    assert isinstance(bars, Intervals)
    np.testing.assert_allclose(bars.high - bars.low, 2.0)  # the standard deviation of 0, 1, 2 is 1
    assert (expected.style, expected.y.tolist()) == ("dashed", [10, 100, 1000])
    assert panel.x_log
    assert not drawn(swept({"kappa": [10, 20, 30]}), "gain")[0].x_log


def test_two_numbers_are_a_map_and_lines():
    surface, lines = drawn(swept({"kappa": [100, 10], "noise": [0, 0.5, 1]}), "gain")
    (heat,) = surface.marks
    assert isinstance(heat, HeatMap)
    assert (surface.x_label, surface.y_label) == ("noise", "kappa")
    assert heat.y.tolist() == [10, 100]
    assert heat.values.tolist() == [[11] * 3, [101] * 3]
    assert [mark.label for mark in lines.marks if isinstance(mark, Line)] == ["kappa 100", "kappa 10"]


def test_words_are_bars_and_beside_a_number_lines():
    (panel,) = drawn(swept({"method": ["nesterov", "heavy ball"]}), "gain")
    assert isinstance(panel.marks[0], Bars)
    assert panel.marks[0].names == ("nesterov", "heavy ball")
    (panel,) = drawn(swept({"method": ["nesterov", "heavy ball"], "kappa": [10, 100]}), "gain")
    assert [mark.label for mark in panel.marks if isinstance(mark, Line)] == ["method nesterov", "method heavy ball"]


def test_answers_are_shares_of_the_seeds():
    (panel,) = drawn(swept({"kappa": [10, 100]}), "answers: race")
    assert {mark.label: mark.y.tolist() for mark in panel.marks} == {"plain": [1, 0], "momentum": [0, 1]}


def test_a_sweep_that_is_not_done_is_drawn_as_far_as_it_is():
    sweep = swept({"kappa": [10, 100, 1000]}, missing=4)
    assert [row.runs for row in rows(sweep)] == [3, 2, 0]
    mean = drawn(sweep, "gain")[0].marks[0]
    assert np.isnan(mean.y).tolist() == [False, False, True]


def test_sweeps_are_stopped_taken_up_and_found_again(study, clock):
    plan = study.sweeps.plan("momentum", {"kappa": ["10..30x3"]}, seeds=2)
    assert plan.grid == {"kappa": (10, 20, 30)}
    seen: list[SweepResult] = []
    with pytest.raises(StoppedError, match=r"\d of 6 runs are kept"):
        study.sweeps.run(plan, workers=1, watch=seen.append, stopped=lambda: len(seen) > 1)
    (kept,) = study.sweeps.all("momentum")
    assert kept.plan == plan
    assert 2 <= kept.done < 6
    assert study.sweeps.is_present(plan)
    assert not study.sweeps.is_present(replace(plan, version="other"))
    clock.pass_by(minutes=1)
    counts: list[int] = []
    done = study.sweeps.run(plan, lambda count, total: counts.append(count), workers=1)
    assert counts[0] == kept.done
    assert study.sweeps.so_far(plan) == done
    (study.folder / "sweeps" / "broken.json").write_text("{")
    assert [one.done for one in study.sweeps.all("momentum")] == [6]
    assert study.sweeps.all("dropout") == []


def test_the_command_draws_what_it_swept(tmp_path: Path):
    file = tmp_path / "sweep.svg"
    words = ["sweep", "momentum", "--grid", "kappa=10..100x3log", "--seeds", "1", "--workers", "1", "--figure"]
    done = CliRunner().invoke(main, [*words, str(file)])
    assert done.exit_code == 0, done.output
    assert "31.623" in done.output
    assert file.read_text().startswith("<?xml")
