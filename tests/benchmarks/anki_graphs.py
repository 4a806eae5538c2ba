"""The statistics of Anki's own library on the log of an nnstudy database."""

import sqlite3
import tempfile
import time
from datetime import datetime
from pathlib import Path


def seconds(database: Path) -> float:
    """How long Anki takes to count its graphs over the whole log: the second time of two."""
    from anki.collection import Collection

    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(str(Path(folder, "collection.anki2")))
        _fill(collection, sqlite3.connect(database))
        times = []
        for _ in range(2):
            began = time.perf_counter()
            graphs = collection._backend.graphs(search="", days=0)
            times.append(time.perf_counter() - began)
        counted = sum(graphs.reviews.count[day].review for day in graphs.reviews.count)
        assert counted, "Anki counted no review"
        collection.close()
    return times[-1]


def _fill(collection, ours: sqlite3.Connection) -> None:
    """Cards and log as they would stand in Anki."""
    kind = collection.models.by_name("Basic")["id"]
    today = collection.sched.today
    cards = ours.execute(
        "SELECT card.rowid, stability, difficulty, interval_days, reviews, lapses, due_day, "
        "julianday(due_day) - julianday('now') FROM card JOIN schedule ON card = card.id"
    ).fetchall()
    collection.db.executemany(
        "INSERT INTO notes VALUES (?, ?, ?, 0, -1, '', ?, ?, 0, 0, '')",
        ((n, f"guid-{n}", kind, f"What is fact {n}?\x1fIt is answer {n}.", f"What is fact {n}?") for n, *_ in cards),
    )  # fmt: skip
    collection.db.executemany(
        "INSERT INTO cards VALUES (?, ?, 1, 0, 0, -1, 2, 2, ?, ?, 2500, ?, ?, 0, 0, 0, 0, ?)",
        ((n, n, today + int(left or 0), interval or 1, reviews, lapses, f'{{"s":{s or 1},"d":{d or 5}}}')
         for n, s, d, interval, reviews, lapses, _, left in cards),
    )  # fmt: skip
    taken: set[int] = set()
    rows = []
    log = "SELECT card.rowid, at, rating, duration_ms FROM review JOIN card ON card.id = review.card ORDER BY at"
    for card, at, rating, spent in ours.execute(log):
        moment = int(datetime.fromisoformat(at).timestamp() * 1000)
        while moment in taken:
            moment += 1
        taken.add(moment)
        rows.append((moment, card, -1, rating, 10, 5, 2500, spent, 1))
    collection.db.executemany("INSERT INTO revlog VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
