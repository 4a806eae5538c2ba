"""Commands of the review log: history, export, import, sync, rebuild, doctor."""

from __future__ import annotations

import sys

import click

from nnstudy.cli.group import as_json, example, main, show, stamp, study
from nnstudy.cli.progress import ProgressLine
from nnstudy.history.formats import FORMATS
from nnstudy.notes.math import first_line
from nnstudy.words import plural, visible


@main.command(epilog=example("nnstudy history", "nnstudy history --card CARD --json"))
@click.option("--card", help="Only the reviews of this card.")
@as_json
def history(card: str | None, as_json: bool) -> None:
    """Print the review log, newest first; of one card with what it asked then, where that was worded differently."""
    with study() as opened:
        reviews = list(opened.history(card))
        wordings = opened.store.library.wordings(opened.card(card).id) if card else []
    asked = {wording.digest: first_line(wording.prompt) for wording in wordings[:-1]}  # the last one is the present one
    if as_json:
        show(
            [
                r._asdict() | {"at": stamp(r.at), "day": r.day.isoformat(), "retracted_at": stamp(r.retracted_at)}
                for r in reviews
            ]
        )
        return
    for r in reviews:
        rating = ("again", "hard", "good", "easy")[r.rating - 1]
        if r.interval_days is not None:
            said = f"{r.at.astimezone():%Y-%m-%d}        imported, next after {r.interval_days} d  {r.card}"
            click.echo(visible(said))
            continue
        gone = "  (taken back)" if r.retracted_at else ""
        said = f"{r.at.astimezone():%Y-%m-%d %H:%M}  {rating:5}  {r.duration_ms / 1000:6.1f} s  {r.card}{gone}"
        click.echo(visible(said))
        if r.wording in asked:
            click.echo(visible(f"                  it read: {asked[r.wording]}"))


@main.command(epilog=example("nnstudy export csv --output history.csv", "nnstudy export jsonl > history.jsonl"))
@click.argument("format", type=click.Choice(FORMATS))
@click.option("--output", type=click.Path(dir_okay=False), help="The file to write (default: standard output).")
@click.option("--note", help="Only the history of this note.")
def export(format: str, output: str | None, note: str | None) -> None:
    """Write the history in a FORMAT that other programs read."""
    alone = output is not None or not sys.stdout.isatty()  # else the line would stand among what is written
    with study() as opened, ProgressLine(sys.stderr, "rows", patience=1.0) as progress:
        opened.export(format, output, note, progress if alone else lambda done, total: None)
    if output:
        click.echo(visible(f"Written: {output}"))


@main.command("import", epilog=example("nnstudy import history.jsonl", "nnstudy import collection.colpkg"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@as_json
def import_(file: str, as_json: bool) -> None:
    """Take in a FILE of history: a jsonl export, another nnstudy database, or an archive of Anki's (.apkg, .colpkg).

    It is merged: nothing that is here is lost or overwritten by something older, and twice is the same as once. A line
    that cannot be taken in is told with its number; the others still are. Exits 1 when there was one.
    """
    with study() as opened, ProgressLine(sys.stderr, "cards", patience=1.0) as progress:
        merged = opened.take_in(file, progress)
    if as_json:
        troubles = [{"line": t.line, "reason": t.reason} for t in merged.troubles]
        show({"read": merged.read, "new": merged.news, "cards": len(merged.cards), "troubles": troubles})
    else:
        news = ", ".join(f"{count:,} {kind}" for kind, count in merged.news.items()) or "nothing that was not here"
        click.echo(f"{merged.read:,} lines read; new: {news}")
        for trouble in merged.troubles:
            place = f"{file}:{trouble.line}" if trouble.line else file
            click.echo(visible(f"{place}: {trouble.reason}"), err=True)
    if merged.troubles:
        sys.exit(1)


@main.command(epilog=example("nnstudy sync ~/Sync/nnstudy"))
@click.argument("folder", type=click.Path(file_okay=False))
@as_json
def sync(folder: str, as_json: bool) -> None:
    """Write this machine's history into a shared FOLDER, and take in what other machines wrote there.

    Whatever carries the folder (Syncthing, Dropbox, git, a stick) may do so at any time, in any order. Each machine
    writes one file, named for its `device` in the settings; two machines must not have the same.
    """
    with study() as opened, ProgressLine(sys.stderr, "cards", patience=1.0) as progress:
        synced = opened.sync(folder, progress)
    if as_json:
        troubles = [{"file": name, "line": t.line, "reason": t.reason} for name, t in synced.troubles]
        found = {"written": synced.written, "files": synced.files, "new": synced.merged.news}
        show(found | {"waiting": synced.waiting, "troubles": troubles})
        return
    click.echo(f"{plural(synced.written, 'line')} written, {plural(synced.merged.read, 'line')} read")
    if synced.merged.news:
        click.echo("new: " + ", ".join(f"{count:,} {kind}" for kind, count in synced.merged.news.items()))
    for name in synced.waiting:
        click.echo(visible(f"{name} speaks of what has not arrived yet; the next sync reads it again"), err=True)
    for name, trouble in synced.troubles:
        if not trouble.waits:
            click.echo(visible(f"{name}, line {trouble.line} of its news: {trouble.reason}"), err=True)


@main.command(epilog=example("nnstudy rebuild"))
def rebuild() -> None:
    """Derive the schedule anew from the log, and say how many cards differed (0 when all is well)."""
    with study() as opened, ProgressLine(sys.stderr, "cards", patience=1.0) as progress:
        differed = opened.rebuild(progress)
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
