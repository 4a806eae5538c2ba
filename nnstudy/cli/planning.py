"""Commands that give many cards other due days: spread, postpone, and undo to take them back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from nnstudy.cli.group import as_json, example, main, show, study
from nnstudy.words import plural

if TYPE_CHECKING:
    from nnstudy.reviewing.plans import Plan

WIDTH, LINES = 24, 31
dry_run = click.option("--dry-run", is_flag=True, help="Only show it; nothing is moved.")


@main.command(epilog=example("nnstudy spread --days 10 --dry-run", "nnstudy spread --days 10"))
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 365), help="Over how many days, from today."
)
@dry_run
@as_json
def spread(days: int, dry_run: bool, as_json: bool) -> None:
    """Spread what is due today over some days, as evenly as they can be.

    Cards whose recall would fall the most by waiting come first. What is due later stays; the setting `easy_days` keeps
    its days free. `nnstudy undo` takes it back.
    """
    with study() as opened:
        plan = opened.plans.spread(days)
        moved = 0 if dry_run else opened.plans.keep(plan)
    _tell(plan, moved, dry_run, as_json)


@main.command(context_settings={"ignore_unknown_options": True}, epilog=example("nnstudy postpone 14 --dry-run"))
@click.argument("days", type=click.IntRange(-3650, 3650))
@dry_run
@as_json
def postpone(days: int, dry_run: bool, as_json: bool) -> None:
    """Move all due days by DAYS, as before a holiday; below 0 they come sooner, none before today.

    `nnstudy undo` takes it back.
    """
    with study() as opened:
        plan = opened.plans.move(days)
        moved = 0 if dry_run else opened.plans.keep(plan)
    _tell(plan, moved, dry_run, as_json)


@main.command(epilog=example("nnstudy undo"))
@as_json
def undo(as_json: bool) -> None:
    """Take back this machine's latest answer, or the latest that was done to cards; again for the one before."""
    with study() as opened:
        undone = opened.deeds().undo()
    if as_json:
        show({"action": undone.action if undone else None, "cards": list(undone.cards) if undone else []})
    else:
        click.echo(f"Taken back: {undone.told}." if undone else "Nothing to undo.")


def _tell(plan: Plan, moved: int, dry_run: bool, as_json: bool) -> None:
    days = [(plan.first + timedelta(days=place), *counts) for place, counts in enumerate(plan.counts)]
    if as_json:
        show({
            "moved": moved, "planned": len(plan.days), "learning": plan.learning,
            "days": [{"day": str(day), "before": before, "after": after} for day, before, after in days],
            "cards": {card: str(day) for card, day in plan.days.items()},
        })  # fmt: skip
        return
    most = max((max(counts) for counts in plan.counts), default=0)
    click.echo(f"{'':14}{'now':>6} {'':{WIDTH}}{'then':>6}")
    for day, before, after in days[:LINES]:
        bars = ["█" * (-(-count * (WIDTH - 2) // most) if most else 0) for count in (before, after)]
        click.echo(f"{day:%a %Y-%m-%d}{before:>6} {bars[0]:{WIDTH}}{after:>6} {bars[1]}".rstrip())
    if len(days) > LINES:
        before, after = (sum(counts[which] for counts in plan.counts[LINES:]) for which in (0, 1))
        click.echo(f"and on the {len(days) - LINES} days after {before} now, {after} then.")
    count = plan.moved if dry_run else moved
    click.echo(f"{plural(count, 'card')} {'would be' if dry_run else 'were'} given another due day.")
    if plan.remark:
        click.echo(plan.remark)
