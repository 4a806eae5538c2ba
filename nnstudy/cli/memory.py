"""Commands of memory: stats, why, optimize, forecast."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from nnstudy.cli.group import as_json, example, main, show, stamp, study
from nnstudy.cli.progress import ProgressLine
from nnstudy.words import moons, percent, plural, visible

if TYPE_CHECKING:
    from datetime import date

    from nnstudy.insight.insight import Forecast, Optimized
    from nnstudy.memory.diagnosis import Diagnosis, Grades
    from nnstudy.memory.explanation import Explained
    from nnstudy.memory.recall import Share
    from nnstudy.memory.scheduler import Memory
    from nnstudy.study import Study

RATINGS = ("again", "hard", "good", "easy")
WIDTH = 60


@main.command(epilog=example("nnstudy stats", "nnstudy stats --json"))
@as_json
def stats(as_json: bool) -> None:
    """Say how well you recall, how well that was foretold, how much time it takes, and what to do about it."""
    with study() as opened:
        found = opened.stats()
    if as_json:
        show(_stats_json(found))
        return
    for title, figure, advice in _stats_lines(found):
        click.echo(visible(f"{title:22} {figure}"))
        click.echo(visible(f"{'':22} {advice}"))


def _stats_lines(found: Diagnosis) -> list[tuple[str, str, str]]:

    retention, calibration, load = found.retention, found.calibration, found.load
    shares = ", ".join(f"{name} {_share(s)}" for name, s in found.judgement.by_confidence.items() if s.of)
    reviews, minutes = load.mean(30)
    middle = found.pace.quantile(0.5)
    best = max(found.hours.by_hour.items(), key=lambda hour: hour[1].of, default=None)
    cards = sum(section.cards for section in found.sections)
    mastery = sum(section.mastery * section.cards for section in found.sections) / cards if cards else 0.0
    return [
        ("true retention", f"young {_share(retention.young)}, mature {_share(retention.mature)}", retention.advice),
        ("scheduler's forecast", calibration.scores or "-", calibration.advice),
        ("your own forecast", shares or "-", found.judgement.advice),
        ("load", f"{reviews:.1f} reviews, {minutes:.1f} min a day over 30 days", load.advice),
        ("time a card", f"half within {middle} s" if middle is not None else "-", found.pace.advice),
        ("grades", _grades(found.pace.grades), found.pace.grades.advice),
        ("hours of the day", f"most reviews at {best[0]}:00" if best else "-", found.hours.advice),
        ("memories", plural(sum(found.memories.stability), "learned card"), found.memories.advice),
        ("mastery", f"{moons(mastery)} {percent(mastery)} of {plural(cards, 'card')}", found.section_advice),
        ("leeches", plural(len(found.leeches), "card"), found.leech_advice),
        ("misconceptions", f"{len(found.misconceptions)} shown", found.misconception_advice),
    ]


def _grades(grades: Grades) -> str:
    return ", ".join(f"{name} {count}" for name, count in _by_name(grades).items())


def _by_name(grades: Grades) -> dict[str, int]:
    return {name: grades.counts.get(grade, 0) for grade, name in enumerate(RATINGS, 1)}


def _share(share: Share) -> str:
    if share.share is None:
        return "-"
    low, high = share.band
    return f"{100 * share.share:.1f} % ({100 * low:.0f}-{100 * high:.0f}) of {share.of}"


def _stats_json(found: Diagnosis) -> dict[str, object]:
    retention, calibration, load, memories = found.retention, found.calibration, found.load, found.memories
    days = [{"day": str(day), "reviews": n, "seconds": load.seconds[day]} for day, n in sorted(load.reviews.items())]
    (month, minutes), pace = load.mean(30), found.pace
    return {
        "retention": {
            "young": _share_json(retention.young), "mature": _share_json(retention.mature),
            "all": _share_json(retention.all), "desired": retention.wanted, "advice": retention.advice,
            "weeks": [{"week": str(week)} | _share_json(share) for week, share in retention.weeks.items()],
        },
        "calibration": {
            "reviews": calibration.count, "brier": calibration.brier, "log_loss": calibration.log_loss,
            "rmse": calibration.error, "advice": calibration.advice,
            "bins": [{"predicted": one.predicted} | _share_json(one.actual) for one in calibration.bins],
        },
        "predictions": {
            "advice": found.judgement.advice,
            "by_confidence": {name: _share_json(share) for name, share in found.judgement.by_confidence.items()},
        },
        "load": {"days": days, "reviews_a_day": month, "minutes_a_day": minutes, "advice": load.advice},
        "time": {"median_seconds": pace.quantile(0.5), "p90_seconds": pace.quantile(0.9), "advice": pace.advice},
        "grades": _by_name(pace.grades) | {"advice": pace.grades.advice},
        "hours": {
            "advice": found.hours.advice,
            "by_hour": [{"hour": hour} | _share_json(share) for hour, share in found.hours.by_hour.items()],
        },
        "memories": {
            "stability": [{"from_days": e, "cards": n} for e, n in zip(_edges(), memories.stability, strict=True)],
            "difficulty": [{"difficulty": d, "cards": n} for d, n in enumerate(memories.difficulty, 1)],
            "recall": [{"from": n / 10, "cards": count} for n, count in enumerate(memories.recall)],
            "known": memories.known,
            "advice": memories.advice,
        },
        "mastery": {"sections": [asdict(section) for section in found.sections], "advice": found.section_advice},
        "leeches": [asdict(leech) | {"advice": leech.advice} for leech in found.leeches],
        "misconceptions": [
            asdict(one) | {"last": str(one.last), "mended": str(one.mended) if one.mended else None}
            | {"advice": one.advice}
            for one in found.misconceptions
        ],
    }  # fmt: skip


def _edges() -> tuple[float, ...]:
    from nnstudy.memory.diagnosis import STABILITY_EDGES

    return STABILITY_EDGES


def _share_json(share: Share) -> dict[str, object]:
    low, high = share.band
    return {"recalled": share.right, "reviews": share.of, "share": share.share, "low": low, "high": high}


@main.command(epilog=example("nnstudy why neural-networks/dropout/cloze-1", "nnstudy why CARD --json"))
@click.argument("card")
@as_json
def why(card: str, as_json: bool) -> None:
    """Say why CARD is due when it is: each of its reviews, and what another rating would have given."""
    with study() as opened:
        found, stored = opened.why(card), opened.card(card)
        if as_json:
            reviews = [_explained_json(opened, one) for one in found]
            present = _memory_json(opened, stored.memory) | {"retrievability": opened.retrievability(stored.memory)}
            show({"card": card, "reviews": reviews, "now": present})
            return
        for one in found:
            _print_explained(one)
        if not found:
            click.echo("It has never been reviewed: it is new.")
        elif (recall := opened.retrievability(stored.memory)) is not None:
            wanted = stored.desired_retention or opened.settings.desired_retention
            click.echo(
                f"Now it would be recalled with {percent(recall, 1)}; it is asked when that falls to {percent(wanted)}."
            )
            if (move := opened.store.log.move(card)) is not None and move.last_at == stored.memory.last_at:
                click.echo(f"You set it to be due on {move.day}.")


def _print_explained(one: Explained) -> None:
    from nnstudy.memory.intervals import interval_words

    step, after = one.step, one.after
    state = f"stability {after.stability:.2f} d, difficulty {after.difficulty:.2f}"
    if step.interval is not None:
        click.echo(f"{step.day}  imported, next after {step.interval} d: {state}")
        return
    waits = {rating: interval_words(memory, step.at, step.day) for rating, memory in one.otherwise.items()}
    recall = (
        "new"
        if one.retrievability is None
        else f"recall {percent(one.retrievability, 1)} after {plural(one.elapsed, 'day')}"
    )
    click.echo(f"{step.day}  {recall}; {RATINGS[step.rating - 1]}: {state}, next in {waits[step.rating]}")
    others = ", ".join(f"{RATINGS[r - 1]} {wait}" for r, wait in waits.items() if r != step.rating)
    click.echo(f"            otherwise: {others}")


def _explained_json(opened: Study, one: Explained) -> dict[str, object]:
    step, imported = one.step, one.step.interval is not None
    otherwise = {
        RATINGS[rating - 1]: _memory_json(opened, memory)
        for rating, memory in one.otherwise.items()
        if rating != step.rating
    }
    return {
        "at": stamp(step.at), "day": str(step.day), "imported": imported,
        "rating": None if imported else int(step.rating), "elapsed_days": one.elapsed,
        "retrievability": one.retrievability, "before": _memory_json(opened, one.before),
        "after": _memory_json(opened, one.after), "otherwise": otherwise,
    }  # fmt: skip


def _memory_json(opened: Study, memory: Memory) -> dict[str, object]:
    return {
        "state": memory.state, "stability": memory.stability, "difficulty": memory.difficulty,
        "interval_days": memory.interval, "due": stamp(opened.due_moment(memory)),
    }  # fmt: skip


@main.command(epilog=example("nnstudy optimize --dry-run", "nnstudy optimize"))
@click.option("--dry-run", is_flag=True, help="Only say what fitting gives; nothing is kept.")
@click.option("--default", "default", is_flag=True, help="Go back to the default parameters of FSRS.")
@as_json
def optimize(dry_run: bool, default: bool, as_json: bool) -> None:
    """Fit the parameters of FSRS to your log, and keep them if they foretell better.

    They are fitted to the earlier four fifths of the reviews and judged on the last fifth, which the fit has not seen.
    What is judged is what is kept; the schedule is then derived anew. On all machines that share this log, what was
    kept last counts.
    """
    if default and dry_run:
        raise click.UsageError("--default keeps the defaults: it cannot be a --dry-run")
    with study() as opened, ProgressLine(sys.stderr, "cards", patience=1.0) as progress:
        if default:
            moved = opened.use_default_parameters(progress)
        else:
            found = opened.optimize(dry_run=dry_run, progress=progress)
    if default:
        show({"kept": True, "moved": moved}) if as_json else click.echo(
            f"Defaults again; {moved} cards' schedules changed"
        )
    elif as_json:
        show(_optimized_json(found))
    else:
        _print_optimized(found, dry_run)


def _optimized_json(found: Optimized) -> dict[str, object]:
    fit = found.fit
    return {
        "reviews": {"fitted": fit.trained, "held_out": fit.held_out},
        "log_loss": {"before": fit.loss_before, "after": fit.loss_after},
        "parameters": {"before": fit.before, "after": fit.after},
        "better": fit.better, "kept": found.kept, "moved": found.moved,
    }  # fmt: skip


def _print_optimized(found: Optimized, dry_run: bool) -> None:
    fit = found.fit
    click.echo(f"Fitted to {fit.trained:,} reviews, judged on the {fit.held_out:,} after them.")
    click.echo(f"Log loss there: {fit.loss_before:.4f} before, {fit.loss_after:.4f} after.")
    if found.kept:
        click.echo(f"Better: kept. {plural(found.moved, 'card')} changed in the schedule.")
    elif fit.better and dry_run:
        click.echo("Better: without --dry-run they would be kept.")
    else:
        click.echo("Not better: the present parameters stay.")


@main.command(epilog=example("nnstudy forecast", "nnstudy forecast --days 365 --retention 0.8 --retention 0.95"))
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 3650), help="How many days to look ahead."
)
@click.option(
    "--retention", "retentions", multiple=True, type=click.FloatRange(0.5, 0.995), metavar="R",
    help="Simulate this desired retention too; may be repeated (without: 0.7 to 0.97).",
)  # fmt: skip
@as_json
def forecast(days: int, retentions: tuple[float, ...], as_json: bool) -> None:
    """Say how many reviews a day will come, as scheduled, and simulated for several retentions.

    A simulation starts from your cards as they are, takes your own pace and ratings once there are 100 reviews, and
    learns `new_per_day` new cards a day. The best retention, said for a year
    or more (--days 365), is where a known card costs the least time.
    """
    from nnstudy.memory.forecast import RETENTIONS

    with study() as opened:
        found = opened.forecast(days, retentions or RETENTIONS)
    if as_json:
        show(_forecast_json(found))
    else:
        _print_forecast(found)


def _forecast_json(found: Forecast) -> dict[str, object]:
    def day(place: int) -> date:
        return found.first + timedelta(days=place)

    return {
        "days": len(found.scheduled), "desired_retention": found.desired,
        "scheduled": [{"day": str(day(place)), "reviews": n} for place, n in enumerate(found.scheduled)],
        "simulated": [
            {
                "retention": future.retention, "reviews": future.reviews, "known": future.known,
                "reviews_a_day": sum(future.reviews) / len(future.reviews),
                "minutes_a_day": sum(future.seconds) / 60 / len(future.seconds),
            }
            for future in found.futures
        ],
        "best_retention": found.best.retention if found.best else None, "best_is_at_edge": found.edge or None,
    }  # fmt: skip


def _print_forecast(found: Forecast) -> None:
    most, days = max(found.scheduled), len(found.scheduled)
    for place, count in enumerate(found.scheduled[:31]):
        bar = "█" * round(WIDTH * count / most) if most else ""
        click.echo(f"{found.first + timedelta(days=place):%a %Y-%m-%d} {count:>6}  {bar}".rstrip())
    if days > 31:
        click.echo(f"and {sum(found.scheduled[31:])} more on the {days - 31} days after.")
    click.echo(f"\nSimulated over {plural(days, 'day')}:\nretention  reviews a day  min a day  cards known then")
    for future in found.futures:
        marks = [
            word
            for word, is_so in (("yours", future.retention == found.desired), ("best", future == found.best))
            if is_so
        ]
        line = f"{future.retention:>9.2f} {sum(future.reviews) / days:>14.1f} {sum(future.seconds) / 60 / days:>10.1f}"
        click.echo(f"{line} {future.known:>17.0f}  {', '.join(marks)}".rstrip())
    if found.edge:
        click.echo(f"The best is the {found.edge} one tried: the least may lie beyond it.")
