"""The statistics of Anki's own library on the log of an nnstudy database."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

CARDS = """SELECT card.rowid, ifnull(stability, 1), ifnull(difficulty, 5), max(interval_days, 1), reviews, lapses,
    cast(julianday(ifnull(due_day, 'now')) - julianday('now') AS INTEGER)
FROM card JOIN schedule ON schedule.card = card.id"""
LOG = """SELECT cast(round((julianday(at) - 2440587.5) * 86400000) AS INTEGER), card.rowid, rating, duration_ms
FROM review JOIN card ON card.id = review.card ORDER BY 1"""


def seconds(database: Path, folder: Path, rounds: int = 2) -> float:
    """The least seconds in which Anki counts its graphs over the whole log; its file is made in a folder, once."""
    from anki.collection import Collection

    path = folder / "collection.anki2"
    if not path.exists():
        fill(Collection, database, path)
    collection, times = Collection(str(path)), []
    try:
        for _ in range(rounds):
            began = time.perf_counter()
            graphs = collection._backend.graphs(search="", days=0)  # what its page of statistics asks for, of all days
            times.append(time.perf_counter() - began)
        counted = sum(day.learn + day.relearn + day.young + day.mature for day in graphs.reviews.count.values())
        logged = collection.db.scalar("SELECT count() FROM revlog")
    finally:
        collection.close()
    if counted != logged:
        raise SystemExit(f"Anki counted {counted} reviews of {logged}: the figure would not be of the same log")
    return min(times)


def fill(collection: Any, database: Path, path: Path) -> None:
    """Cards and log as they would stand in Anki, written into its file straight: its library takes minutes for it."""
    made = collection(str(path))
    kind, today = made.models.by_name("Basic")["id"], made.sched.today
    made.close()
    with closing(sqlite3.connect(database)) as ours, closing(sqlite3.connect(path)) as theirs, theirs:
        cards = ours.execute(CARDS).fetchall()
        theirs.executemany(
            "INSERT INTO notes VALUES (?1, 'guid-' || ?1, ?2, 0, -1, '', ?3 || char(31) || ?4, ?3, 0, 0, '')",
            ((number, kind, f"What is fact {number}?", f"It is answer {number}.") for number, *_ in cards),
        )
        theirs.executemany(
            "INSERT INTO cards VALUES (?1, ?1, 1, 0, 0, -1, 2, 2, ?2, ?3, 2500, ?4, ?5, 0, 0, 0, 0, ?6)",
            (
                (number, today + left, interval, reviews, lapses, f'{{"s":{stability},"d":{difficulty}}}')
                for number, stability, difficulty, interval, reviews, lapses, left in cards
            ),
        )
        theirs.executemany("INSERT INTO revlog VALUES (?, ?, -1, ?, 10, 5, 2500, ?, 1)", _log(ours))


def _log(ours: sqlite3.Connection) -> Iterator[tuple[int, int, int, int]]:
    """Moment (its number, so no two are the same), card, rating and milliseconds of each review."""
    before = 0
    for moment, *rest in ours.execute(LOG):
        before = max(moment, before + 1)
        yield (before, *rest)
