"""Commands of the laboratory: experiments, run, runs, sweep."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnstudy.cli.group import as_json, example, main, pairs, show, study
from nnstudy.cli.progress import ProgressLine
from nnstudy.errors import StudyError
from nnstudy.words import plural, visible

if TYPE_CHECKING:
    from nnstudy.experimenting.sweep_table import Row
    from nnstudy.experimenting.sweeps import Sweep

SETTING = "NAME=VALUE, such as p=0.3"


@main.command(epilog=example("nnstudy experiments"))
@as_json
def experiments(as_json: bool) -> None:
    """List the experiments with their parameters."""
    with study() as opened:
        laboratory = opened.laboratory()
    found = laboratory.experiments
    for broken in laboratory.broken:
        click.echo(visible(f"{broken.name} is broken: {broken.error} ({broken.file})"), err=True)
    if laboratory.notice:
        click.echo(visible(laboratory.notice[0].upper() + laboratory.notice[1:]), err=True)
    if as_json:
        show(
            [
                {"name": e.name, "title": e.title, "topics": e.topics, "parameters": [asdict(p) for p in e.parameters]}
                for e in found.values()
            ]
        )
        return
    for experiment in found.values():
        click.echo(visible(f"{experiment.name}: {experiment.sentence}"))
        for p in experiment.parameters:
            click.echo(visible(f"  {p.name} = {p.default}  {p.help} ({p.allowed()})"))


@main.command(epilog=example("nnstudy run dropout --set p=0.3 --seed 7 --figure p.png", "nnstudy run --again 01a2093e"))
@click.argument("experiment", required=False)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter; repeat for more.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of the run  [default: 0].")
@click.option("--figure", type=click.Path(), help="Write the plots into this .png, .svg or .pdf file.")
@click.option("--again", metavar="RUN", help="Repeat this kept run: its id, 4 characters or more of it, or its name.")
@as_json
def run(
    experiment: str | None, settings: tuple[str, ...], seed: int | None, figure: str | None, again: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Run an EXPERIMENT once and print what it measured beside what theory expects.

    With --again, a kept run is repeated with its own parameters and seed; exits 1 when something else comes out.
    """
    if (experiment is None) == (again is None) or (again is not None and (settings or seed is not None)):
        raise click.UsageError("give an EXPERIMENT (with --set, --seed), or --again RUN alone, which brings them along")
    if again is not None:
        _run_again(again, figure, as_json)
        return
    assert experiment is not None
    given = pairs("--set", settings, SETTING)
    with study() as opened:
        done = opened.run_with(experiment, given, seed=seed or 0, figure=figure)
    from nnstudy.experimenting import run_table

    if as_json:
        show(run_table.document(done))
    else:
        click.echo("\n".join(map(visible, run_table.lines(done, figure))))


def _run_again(name: str, figure: str | None, as_json: bool) -> None:
    from nnstudy.experimenting import run_table

    with study() as opened:
        again = opened.runs.again(opened.runs.find(name))
        if figure is not None:
            opened.save_figure(again.result, figure)
    if as_json:
        show(run_table.again_document(again))
    else:
        click.echo(visible(f"{again.run} again, kept as {again.again}: {again.verdict()}"))
    if not again.numbers_agree:
        sys.exit(1)


@main.command(epilog=example("nnstudy runs", "nnstudy runs --experiment dropout --starred"))
@click.option("--experiment", help="Only the runs of this experiment.")
@click.option("--note", help="Only the runs made with cards of this note (id, title or path).")
@click.option("--starred", is_flag=True, help="Only the runs with a star.")
@as_json
def runs(experiment: str | None, note: str | None, starred: bool, as_json: bool) -> None:
    """List the runs that were kept, newest first."""
    from nnstudy.experimenting import run_table

    with study() as opened:
        if experiment is not None and not opened.runs.all(experiment):
            opened.experiment(experiment)  # one that is gone may have left runs; another is refused with the nearest
        kept = opened.runs.all(experiment, opened.note_id(note), starred)
        if as_json:
            show(run_table.kept_documents(opened.runs, kept))
            return
        for line in run_table.kept_lines(opened.runs, kept):
            click.echo(visible(line))
    if not kept:
        click.echo("No such run." if experiment or note or starred else "No run yet: `nnstudy lab` makes some.")


@main.command(epilog=example("nnstudy sweep dropout --grid p=0.2,0.5,0.8 --seeds 20 --measure 'test dropout'"))
@click.argument("experiment")
@click.option("--grid", "grids", multiple=True, metavar="NAME=V1,V2,...", help="A parameter's values; repeat for more.")
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True, help="Runs for each combination.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of all runs; repeat.")
@click.option("--measure", multiple=True, metavar="NAME", help="A measurement or quantity to show; repeat for more.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Worker processes (default: one a processor).")
@click.option("--cluster", metavar="ADDRESS", help="Run on the Dask cluster with this scheduler, tcp://host:8786.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write one line a run into this CSV file.")
@click.option("--figure", type=click.Path(dir_okay=False), help="Draw the first measure into this .png, .svg, .pdf.")
@as_json
def sweep(
    experiment: str, grids: tuple[str, ...], seeds: int, settings: tuple[str, ...], measure: tuple[str, ...],
    workers: int | None, cluster: str | None, output: str | None, figure: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Run an EXPERIMENT at every combination of a grid, with many seeds, on all processors or a cluster.

    A value may be a range, 0.1..0.9x5 or "1e-4..1x5 log"; * stands for all choices.
    Ctrl+c stops it; the same command goes on from there.
    """
    listed = pairs("--grid", grids, "NAME=V1,V2, such as p=0.2,0.5")
    grid = {name: [value.strip() for value in values.split(",")] for name, values in listed.items()}
    fixed = pairs("--set", settings, SETTING)
    from nnstudy.experimenting import sweep_table

    with study() as opened:
        plan = opened.sweeps.plan(experiment, grid, fixed, seeds)
        if (old := opened.sweeps.outdated(plan)) is not None:
            click.echo(old.set_aside(), err=True)
        with ProgressLine(sys.stderr, "runs") as progress:
            done = opened.sweeps.run(plan, progress, workers, cluster)
    rows = sweep_table.rows(done, measure)
    if output:
        sweep_table.write_csv(done, output)
    if figure:
        _draw_sweep(done, rows, measure, figure)
    if as_json:
        show(sweep_table.document(done, rows))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(visible("\n".join(sweep_table.table(done, rows, width)), keep="\n"))
    if done.failures:
        raise StudyError(f"{plural(len(done.failures), 'run')} failed; the first: {done.failures[0].trouble}")


def _draw_sweep(done: Sweep, rows: Sequence[Row], measure: Sequence[str], path: str) -> None:
    from nnstudy import figures
    from nnstudy.experimenting import sweep_figure

    names = measure or sweep_figure.measures(done)
    if not names:
        raise StudyError("there is nothing to draw: every run failed")
    figures.save(sweep_figure.figure(done.plan, rows, names[0]), Path(path))
