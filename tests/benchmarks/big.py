"""A large database for the benchmarks: many cards, and the log of many reviews that a learner could have made."""

import json
import random
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from nnstudy import Study
from nnstudy.store.notes import wording_digest
from nnstudy.store.records import stamp, uuid7

SECTION, NOTE = 10, 1000  # cards in a section, cards in a note
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SIZES = {"small": (1_000, 2), "middle": (100_000, 10), "large": (1_000_000, 1)}  # cards, reviews of each


def make_homes(homes: Path) -> None:
    """Make the data folders of these sizes that are not there yet."""
    for size, (cards, reviews_each) in SIZES.items():
        if size == "small" or not (homes / size / "made").exists():  # of a thousand cards, few are due a second time
            shutil.rmtree(homes / size, ignore_errors=True)
            fill(homes / size, cards, reviews_each, now=NOW)
            (homes / size / "made").touch()


def fill(home: Path, cards: int, reviews_each: int, now: datetime | None = None, seed: int = 1) -> None:
    """Make a database in `home` with so many cards, and so many reviews of each (0: they stay new).

    The rows are written as the program writes them; the schedule is derived by `Study.rebuild`.
    """
    now, chance = now or datetime.now(UTC), random.Random(seed)
    with Study.open(home, now=lambda: now) as study:
        db, at = study.store.connection, stamp(now)
        with study.store.transaction():
            for note in range(-(-cards // NOTE)):
                db.execute(
                    """INSERT INTO note (id, path, title, language, digest, properties, position, added_at, read_at)
                    VALUES (?, ?, ?, 'en', '', '{}', ?, ?, ?)""",
                    (f"note-{note}", f"/nowhere/note-{note}.md", f"Note {note}", note, at, at),
                )
            sections = range(-(-cards // SECTION))
            db.executemany(
                """INSERT INTO section (id, note, headings, level, line, position, experiment, overrides)
                VALUES (?, ?, ?, 2, ?, ?, 'dropout', '{}')""",
                (
                    (f"{_note(s * SECTION)}/part-{s}", _note(s * SECTION), json.dumps([f"Dropout, part {s}"]), s, s)
                    for s in sections
                ),
            )
            db.executemany(
                "INSERT INTO wording VALUES (?, ?, ?, ?)",
                ((wording_digest(*_texts(n)), *_texts(n), at) for n in range(cards)),
            )
            db.executemany(
                """INSERT INTO card (id, note, section, kind, wording, line, position, added_at)
                VALUES (?, ?, ?, 'written', ?, ?, ?, ?)""",
                (
                    (_card(n), _note(n), f"{_note(n)}/part-{n // SECTION}", wording_digest(*_texts(n)), n, n, at)
                    for n in range(cards)
                ),
            )
            db.executemany(
                """INSERT INTO schedule (card, state, step, interval_days, reviews, lapses)
                VALUES (?, 'new', 0, 0, 0, 0)""",
                ((_card(n),) for n in range(cards)),
            )
            if reviews_each:
                fingerprint = study.scheduler().policy.fingerprint
                db.execute("INSERT INTO scheduler VALUES (?, 'benchmark', '[]', ?)", (fingerprint, at))
                db.executemany(
                    "INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                    (
                        (uuid7(moment), _card(n), stamp(moment), day.isoformat(), rating, chance.randint(1500, 30_000))
                        + ("review", wording_digest(*_texts(n)), 0.9, "benchmark", fingerprint)
                        for n in range(cards)
                        for moment, day, rating in history(now, reviews_each, chance)
                    ),
                )
        if reviews_each:
            study.rebuild()


def history(now: datetime, count: int, chance: random.Random) -> list[tuple[datetime, date, int]]:
    """Moment, local day and rating of so many reviews with growing intervals, the last some days before `now`."""
    gaps = [max(1, round(2.2**place * chance.uniform(0.7, 1.3))) for place in range(min(count - 1, 6))]
    gaps += [chance.randint(60, 120) for _ in range(count - 1 - len(gaps))]
    moment = now - timedelta(days=sum(gaps) + chance.randint(1, 120), minutes=chance.randint(0, 600))
    found = []
    for gap in [0, *gaps]:
        moment += timedelta(days=gap)
        found.append((moment, (moment - timedelta(hours=4)).date(), chance.choices((1, 2, 3, 4), (8, 12, 65, 15))[0]))
    return found


def _card(number: int) -> str:
    return f"{_note(number)}/part-{number // SECTION}/fact-{number}"


def _note(number: int) -> str:
    return f"note-{number // NOTE}"


def _texts(number: int) -> tuple[str, str]:
    return f"What is fact {number}?", f"It is answer {number}."
