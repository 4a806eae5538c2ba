"""The commands: they parse arguments, call Study and print. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import gc
import json
import math
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from nnstudy import __version__
from nnstudy.errors import StudyError
from nnstudy.words import moons, plural, visible

if TYPE_CHECKING:
    from nnstudy.intake import NoteReport
    from nnstudy.store.records import StoredCard
    from nnstudy.study import Study

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


class Group(click.Group):
    """Commands that end in one sentence when something is wrong, never in a traceback (but with --debug)."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StudyError as trouble:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(str(trouble)) from trouble


def example(*lines: str) -> str:
    """The end of a command's help: how it is typed."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@contextmanager
def study() -> Iterator[Study]:
    """The data folder, open for one command."""
    from nnstudy.study import Study

    with Study.open() as opened:
        yield opened


SETTING = "NAME=VALUE, such as p=0.3"
FATES = ("new", "kept", "edited", "moved", "retired")


def show(document: object) -> None:
    """Print one JSON document; numbers that JSON cannot write become text, and no terminal obeys what it holds."""
    text = json.dumps(_plain(document), ensure_ascii=False, indent=2, allow_nan=False)
    click.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


@click.group(cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nnstudy")
@click.option("--debug", is_flag=True, help="Show the traceback when something goes wrong.")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Study your notes: every card brings an experiment to predict, run and inspect.

    Without a command, the terminal program opens on Today.

    \b
    Example:
      nnstudy                  open the program
      nnstudy add notes/       add a folder of Markdown notes
      nnstudy review           go straight to the cards that are due
    """
    if ctx.invoked_subcommand is None:
        _open_program()


def _open_program(screen: str = "today", **what: Any) -> None:
    if not sys.stdout.isatty():
        raise StudyError("this opens a terminal program, and here is no terminal; `nnstudy --help` lists the commands")
    gc.disable()  # what a start makes, stays: the program collects again once the first screen is painted
    with study() as opened:
        opened.add_shipped_note()
        from nnstudy.tui.app import StudyApp

        StudyApp(opened, start=screen, **what).run()


@main.command(epilog=example("nnstudy review", "nnstudy review neural-networks"))
@click.argument("note", required=False)
def review(note: str | None) -> None:
    """Open the program straight in a review: due cards first, then new ones (of one NOTE)."""
    _open_program("review", note=note)


@main.command(epilog=example("nnstudy lab", "nnstudy lab dropout"))
@click.argument("experiment", required=False)
def lab(experiment: str | None) -> None:
    """Open the program straight in the laboratory (with one EXPERIMENT)."""
    _open_program("lab", experiment=experiment)


@main.command(epilog=example("nnstudy add neural-networks.md", "nnstudy add ~/notes --dry-run"))
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--fresh", is_flag=True, help="Start every card as new, whatever schedule the note itself gives.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of the cards.")
@as_json
def add(paths: tuple[str, ...], fresh: bool, dry_run: bool, as_json: bool) -> None:
    """Add or re-read notes: files, or folders with all Markdown files below."""
    with study() as opened:
        reports = opened.add(*paths, dry_run=dry_run)
    if as_json:
        show([_report_json(report) for report in reports])
        return
    for report in reports:
        changes = ((len(getattr(report, word)), word) for word in FATES)
        _print_report(report, "; " + ", ".join(f"{n} {word}" for n, word in changes))


@main.command(epilog=example("nnstudy check neural-networks.md"))
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@as_json
def check(paths: tuple[str, ...], as_json: bool) -> None:
    """Read notes and say what was found; nothing is kept. Exits 1 when a note has an error."""
    with study() as opened:
        reports = opened.check(*paths)
    if as_json:
        show([_report_json(report) for report in reports])
    else:
        for report in reports:
            _print_report(report)
    if any(report.has_error for report in reports):
        sys.exit(1)


def _report_json(report: NoteReport) -> dict[str, object]:
    counts = {word: len(getattr(report, word)) for word in FATES}
    place = {"note": report.note, "path": report.path, "title": report.title, "cards": report.cards}
    found = {"register": [day.isoformat() for day in report.register], "warnings": list(map(asdict, report.warnings))}
    return place | counts | found


def _print_report(report: NoteReport, changes: str = "") -> None:
    click.echo(visible(f"{report.title}: {report.cards} cards{changes}"))
    if days := report.register:
        click.echo(f"  {plural(len(days), 'review')} in its own register, the latest on {max(days)}")
    for remark in report.warnings:
        click.echo(visible(f"  {report.path}:{remark.line}: {remark.level}: {remark.message} [{remark.rule}]"))


@main.command(epilog=example("nnstudy notes"))
@as_json
def notes(as_json: bool) -> None:
    """List the notes with their cards, what is due and how well they are known."""
    with study() as opened:
        states = opened.notes()
    if as_json:
        show(
            [
                {"note": s.note.id, "title": s.note.title, "path": s.note.path, "language": s.note.language}
                | {"cards": s.cards, "due": s.due, "new": s.new, "mastery": s.mastery, "moons": moons(s.mastery)}
                for s in states
            ]
        )
        return
    for s in states:
        click.echo(
            visible(f"{moons(s.mastery)}  {s.note.title}: {s.cards} cards, {s.due} due, {s.new} new  ({s.note.path})")
        )
    if not states:
        click.echo("No notes yet: `nnstudy add PATH` adds some, `nnstudy` opens with the note that ships with it.")


@main.command(epilog=example("nnstudy cards --note neural-networks"))
@click.option("--note", help="Only the cards of this note (id, title or path).")
@as_json
def cards(note: str | None, as_json: bool) -> None:
    """List the cards with what is known of each."""
    with study() as opened:
        if as_json:
            show([_card_json(opened, card) for card in opened.cards(note)])
            return
        for card in opened.cards(note):
            due = _stamp(opened.due_moment(card.memory)) or "new"
            click.echo(visible(f"{card.id}  {card.memory.state}  {due}  {card.prompt.splitlines()[0]}"))


def _card_json(opened: Study, card: StoredCard) -> dict[str, object]:
    memory = card.memory
    return {
        "id": card.id, "note": card.note_path, "section": list(card.section), "kind": card.kind, "prompt": card.prompt,
        "answer": card.answer, "experiment": card.experiment, "line": card.line, "state": memory.state,
        "due": _stamp(opened.due_moment(memory)), "stability": memory.stability, "difficulty": memory.difficulty,
        "retrievability": opened.retrievability(memory), "reviews": memory.reviews, "lapses": memory.lapses,
        "suspended": card.suspended, "buried_until": card.buried_until.isoformat() if card.buried_until else None,
    }  # fmt: skip


def _stamp(moment: Any) -> str | None:
    from nnstudy.store.records import stamp

    return stamp(moment) if moment else None


@main.command(epilog=example("nnstudy due", "nnstudy due --json"))
@as_json
def due(as_json: bool) -> None:
    """Say how much is due; exits 0 always, so that a shell prompt can use it."""
    try:
        with study() as opened:
            now = opened.due()
    except StudyError as trouble:
        click.echo(f"Error: {trouble}", err=True)
        if as_json:
            show({"due": 0, "new": 0, "next": None, "error": str(trouble)})
        return
    if as_json:
        show({"due": now.due, "new": now.new, "next": _stamp(now.next)})
    else:
        click.echo(
            f"{now.due} due, {now.new} new" + (f", next at {now.next.astimezone():%Y-%m-%d %H:%M}" if now.next else "")
        )


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
    given = _pairs("--set", settings, "NAME=VALUE, such as p=0.3")
    with study() as opened:
        done = opened.run_with(experiment, given, seed=seed or 0, figure=figure)
    from nnstudy import run_table

    if as_json:
        show(run_table.document(done))
    else:
        click.echo("\n".join(map(visible, run_table.lines(done, figure))))


def _run_again(name: str, figure: str | None, as_json: bool) -> None:
    from nnstudy import run_table

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
    from nnstudy import run_table

    with study() as opened:
        kept = opened.runs.all(experiment, opened.note_id(note), starred)
        if as_json:
            show(run_table.kept_documents(opened.runs, kept))
            return
        for line in run_table.kept_lines(opened.runs, kept):
            click.echo(visible(line))
    if not kept:
        click.echo("No such run." if experiment or note or starred else "No run yet: `nnstudy lab` makes some.")


def _pairs(option: str, given: tuple[str, ...], form: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise click.UsageError(f"{option} takes {form}, not {text!r}")
        if name in pairs:
            raise click.UsageError(f"{option} names {name} twice")
        pairs[name] = value
    return pairs


@main.command(epilog=example("nnstudy sweep dropout --grid p=0.2,0.5,0.8 --seeds 20 --measure 'test dropout'"))
@click.argument("experiment")
@click.option("--grid", "grids", multiple=True, metavar="NAME=V1,V2,...", help="A parameter's values; repeat for more.")
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True, help="Runs for each combination.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of all runs; repeat.")
@click.option("--measure", multiple=True, metavar="NAME", help="A measurement or quantity to show; repeat for more.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Worker processes (default: one a processor).")
@click.option("--cluster", metavar="ADDRESS", help="Run on the Dask cluster with this scheduler, tcp://host:8786.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write one line a run into this CSV file.")
@as_json
def sweep(
    experiment: str, grids: tuple[str, ...], seeds: int, settings: tuple[str, ...], measure: tuple[str, ...],
    workers: int | None, cluster: str | None, output: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Run an EXPERIMENT at every combination of a grid, with many seeds, on all processors or a cluster.

    Ctrl+c stops it; the same command goes on from there.
    """
    listed = _pairs("--grid", grids, "NAME=V1,V2, such as p=0.2,0.5")
    grid = {name: [value.strip() for value in values.split(",")] for name, values in listed.items()}
    fixed = _pairs("--set", settings, SETTING)
    from nnstudy import sweep_table

    with study() as opened, sweep_table.ProgressLine(sys.stderr) as progress:
        done = opened.sweep(experiment, grid, fixed, seeds=seeds, workers=workers, cluster=cluster, progress=progress)
    rows = sweep_table.rows(done, measure)
    if output:
        sweep_table.write_csv(done, output)
    if as_json:
        show(sweep_table.document(done, rows))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(visible("\n".join(sweep_table.table(done, rows, width)), keep="\n"))
    if done.failures:
        raise StudyError(f"{plural(len(done.failures), 'run')} failed; the first: {done.failures[0].trouble}")


@main.command(epilog=example("nnstudy history", "nnstudy history --card CARD --json"))
@click.option("--card", help="Only the reviews of this card.")
@as_json
def history(card: str | None, as_json: bool) -> None:
    """Print the review log, newest first."""
    with study() as opened:
        reviews = list(opened.history(card))
    if as_json:
        show(
            [
                asdict(r) | {"at": _stamp(r.at), "day": r.day.isoformat(), "retracted_at": _stamp(r.retracted_at)}
                for r in reviews
            ]
        )
        return
    for r in reviews:
        rating = ("again", "hard", "good", "easy")[r.rating - 1]
        gone = "  (taken back)" if r.retracted_at else ""
        click.echo(f"{r.at.astimezone():%Y-%m-%d %H:%M}  {rating:5}  {r.duration_ms / 1000:6.1f} s  {r.card}{gone}")


@main.command(epilog=example("nnstudy export csv --output history.csv", "nnstudy export jsonl > history.jsonl"))
@click.argument("format", type=click.Choice(["csv", "jsonl"]))
@click.option("--output", type=click.Path(dir_okay=False), help="The file to write (default: standard output).")
@click.option("--note", help="Only the history of this note.")
def export(format: str, output: str | None, note: str | None) -> None:
    """Write the history in a FORMAT that other programs read."""
    with study() as opened:
        opened.export(format, output, note)
    if output:
        click.echo(f"Written: {output}")


@main.command(epilog=example("nnstudy rebuild"))
def rebuild() -> None:
    """Derive the schedule anew from the log, and say how many cards differed (0 when all is well)."""
    with study() as opened:
        differed = opened.rebuild()
    click.echo(f"{differed} cards differed")


@main.command(epilog=example("nnstudy doctor"))
@as_json
def doctor(as_json: bool) -> None:
    """Say what is installed where, whether the database is sound, and what is missing."""
    from nnstudy.doctor import examine

    findings = examine()
    if as_json:
        show(findings)
        return
    for name, value in findings.items():
        click.echo(visible(f"{name:20} {', '.join(value) if isinstance(value, list) else value}"))
