"""What the whole log costs beside what it must cost: replay, export and merge, as ratios taken in one run.

Run it with ``python tests/benchmarks/history.py [--readme README.md] [--homes FOLDER] [--quick]``: with ``--readme``
the table is written into that file, between two comments; ``--homes`` keeps the databases, which take
some minutes to make, for another run. It needs about 3 GB in the folder for temporary files, or in FOLDER. py-fsrs and
the shell `sqlite3` are measured where they are installed. Answers are measured by answers.py.
"""

import argparse
import json
import os
import platform
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from importlib.util import find_spec
from itertools import islice, pairwise
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from answers import Ours, seconds_each
from big import NOW, make_homes
from tables import publish, spread, table

from nnstudy import Study
from nnstudy.store.dump import REVIEWS
from nnstudy.store.log import STANDING, STEP
from nnstudy.store.records import stamp, uuid7

ANSWERS = 60  # in a large database, for its memory
NEWS = 100_000  # reviews that a merge brings
SAMPLE = 1_000  # cards that py-fsrs replays; the rest is extrapolated
MOST_MEMORY = 600


# --- the whole log ----------------------------------------------------------------------------------------------------


def rebuild(homes: Path) -> float:
    """Seconds of deriving every card's schedule from the log."""
    with Study.open(homes / "middle", now=lambda: NOW, zone=UTC) as study:
        began = time.perf_counter()
        study.rebuild()
        return time.perf_counter() - began


def library_batch(homes: Path) -> float:
    """Seconds of fsrs-rs-python's own batch call for the same reviews, on items that are built already."""
    from fsrs_rs_python import FSRS, FSRSItem, FSRSReview

    with Study.open(homes / "middle", now=lambda: NOW, zone=UTC) as study:
        items = []
        for _, steps in study.store.log.all_steps():
            days = [0, *((later.day - former.day).days for former, later in pairwise(steps))]
            items.append(FSRSItem([FSRSReview(int(s.rating), gap) for s, gap in zip(steps, days, strict=True)]))
        model = FSRS(list(study.scheduler().policy.parameters))
        began = time.perf_counter()
        model.memory_state_batch(items, [None] * len(items))
        return time.perf_counter() - began


def py_fsrs(homes: Path) -> float:
    """Seconds in which py-fsrs would replay the same reviews, from a sample of the cards."""
    from fsrs import Card, Rating, Scheduler

    with Study.open(homes / "middle", now=lambda: NOW, zone=UTC) as study:
        sample = list(islice(study.store.log.all_steps(), SAMPLE))
        cards = study.store.connection.execute("SELECT count(*) FROM card").fetchone()[0]
    scheduler = Scheduler(enable_fuzzing=False)
    began = time.perf_counter()
    for _, steps in sample:
        card = Card(due=NOW)
        for step in steps:
            card, _ = scheduler.review_card(card, Rating(int(step.rating)), step.at.astimezone(UTC))
    return (time.perf_counter() - began) * cards / len(sample)


def fetch(homes: Path) -> float:
    """Seconds of only fetching the rows that a replay needs, in its order."""
    with Study.open(homes / "middle", now=lambda: NOW, zone=UTC) as study:
        began = time.perf_counter()
        study.store.connection.execute(
            f"SELECT review.card, {STEP} {STANDING} ORDER BY review.card, review.at, review.id"
        ).fetchall()
        return time.perf_counter() - began


def export_csv(homes: Path) -> float:
    """Seconds of writing the whole log as CSV."""
    with Study.open(homes / "middle", now=lambda: NOW, zone=UTC) as study:
        began = time.perf_counter()
        study.export("csv", homes / "ours.csv")
        return time.perf_counter() - began


def shell_csv(homes: Path) -> float:
    """Seconds in which SQLite's own shell writes the same rows as CSV."""
    began = time.perf_counter()
    with open(homes / "shell.csv", "w") as out:
        query = REVIEWS.replace(":note", "NULL")
        subprocess.run(["sqlite3", "-csv", "-header", homes / "middle/nnstudy.db", query], stdout=out, check=True)
    return time.perf_counter() - began


def news(homes: Path) -> Iterator[dict[str, object]]:
    """Reviews as another machine would have made them: as many cards as there are reviews, a day after all others."""
    chance = random.Random(2)
    with Study.open(homes / "middle", now=lambda: NOW, zone=UTC) as study:
        cards = study.store.connection.execute("SELECT id, wording FROM card ORDER BY random() LIMIT ?", (NEWS,))
        scheduler = study.scheduler().policy.fingerprint
        for place, (card, wording) in enumerate(cards.fetchall()):
            at = NOW - timedelta(hours=20) + timedelta(milliseconds=100 * place)
            yield {
                "type": "review", "id": uuid7(at), "card": card, "at": stamp(at),
                "day": (at - timedelta(hours=4)).date().isoformat(), "rating": chance.choice((1, 3, 3, 4)),
                "duration_ms": 4000, "kind": "review", "wording": wording, "predicted": 0.9, "device": "elsewhere",
                "scheduler": scheduler, "interval_days": None, "ease": None, "retracted_at": None, "retracted_by": None,
            }  # fmt: skip


def merge(homes: Path) -> float:
    """Seconds of taking new reviews in, with the copy that is kept before and the schedule that is derived after."""
    with copied(homes / "middle") as home, Study.open(home, now=lambda: NOW, zone=UTC) as study:
        began = time.perf_counter()
        merged = study.take_in(homes / "news.jsonl")
        assert merged.news["review"] == NEWS, merged.troubles[:3]
        return time.perf_counter() - began


def executemany(homes: Path) -> float:
    """Seconds of inserting the same rows, that are read already, with sqlite3's executemany."""
    columns = "id, card, at, day, rating, duration_ms, kind, wording, predicted, device, scheduler"
    names = columns.split(", ")
    lines = (homes / "news.jsonl").read_text().splitlines()
    rows = [[line[name] for name in names] for line in map(json.loads, lines)]
    with copied(homes / "middle") as home, Study.open(home, now=lambda: NOW, zone=UTC) as study:
        began = time.perf_counter()
        with study.store.transaction():
            study.store.connection.executemany(
                f"INSERT INTO review ({columns}) VALUES ({', '.join('?' * len(names))})", rows
            )
        return time.perf_counter() - began


def answer_often(homes: Path) -> float:
    """Seconds of opening a large database and answering in it; it is here for its memory."""
    return sum(seconds_each(Ours(homes / "large"), ANSWERS))


@contextmanager
def copied(home: Path) -> Iterator[Path]:
    """A copy of a data folder, for the time of a work that changes it."""
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        shutil.copy(home / "nnstudy.db", folder)
        yield Path(folder)


WORKS = {
    work.__name__: work
    for work in (rebuild, library_batch, py_fsrs, fetch, export_csv, shell_csv, merge, executemany, answer_often)
}


def alone(name: str, homes: Path) -> tuple[float, float]:
    """Seconds of a work in a process of its own, and the most memory (MiB) that this process had."""
    done = subprocess.run(
        [sys.executable, __file__, "--homes", homes, "--work", name], check=True, capture_output=True, text=True
    )
    seconds, memory = json.loads(done.stdout)
    return seconds, memory


def tell(name: str, homes: Path) -> None:
    """Do one work, and print its seconds and this process's memory."""
    seconds = WORKS[name](homes)
    # The kernel's own mark of this program: that of `resource` begins with what the parent of the process had.
    said = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(json.dumps([seconds, int(said["VmHWM"].split()[0]) / 1024]))


# --- the table --------------------------------------------------------------------------------------------------------


def make_news(homes: Path) -> None:
    """Make the file of reviews that are merged, if it is not there yet."""
    if not (homes / "news.jsonl").exists():
        (homes / "news.jsonl").write_text("".join(json.dumps(line) + "\n" for line in news(homes)))


def of_whole(homes: Path, rounds: int) -> Iterator[list[str]]:
    """The rows about the whole log; each work takes turns with its reference, in processes of their own."""
    pairs = [
        ("rebuild, 1,000,000 reviews of 100,000 cards", "rebuild", "fsrs-rs-python's batch on built items",
         "library_batch", "6"),
        ("the same", "rebuild", f"py-fsrs replaying them (extrapolated from {SAMPLE:,} cards)", "py_fsrs", "0.02"),
        ("the same", "rebuild", "only fetching the rows that are replayed with sqlite3", "fetch", ""),
        ("csv export of 1,000,000 reviews", "export_csv", "`sqlite3 -csv` of the same rows", "shell_csv", "3"),
        (f"merge of {NEWS:,} new reviews into 1,000,000", "merge", "inserting them with executemany",
         "executemany", "5"),
    ]  # fmt: skip
    missing = {"py_fsrs": not find_spec("fsrs"), "shell_csv": not shutil.which("sqlite3")}
    memories: dict[str, float] = {"answer_often": alone("answer_often", homes)[1]}
    for work, ours, reference, theirs, most in pairs:
        if missing.get(theirs):
            yield [work, "", reference, "not installed", "", most]
            continue
        times: list[tuple[float, float]] = []
        for _ in range(rounds):
            (mine, memory), (other, _) = alone(ours, homes), alone(theirs, homes)
            memories[ours] = max(memory, memories.get(ours, 0))
            times.append((mine, other))
        mine, other = (statistics.median(seconds) for seconds in zip(*times, strict=True))
        yield [work, f"{mine:.2f} s", reference, f"{other:.2f} s", spread([a / b for a, b in times]), most]
    told = ", ".join(f"{name.replace('_', ' ')} {memory:.0f}" for name, memory in memories.items())
    yield ["most memory of these, MiB", told, "", "", f"{max(memories.values()):.0f}", f"{MOST_MEMORY}"]


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--readme", type=Path, help="write the table into this file")
    wanted.add_argument("--homes", type=Path, help="keep the databases in this folder, or take them from there")
    wanted.add_argument("--quick", action="store_true", help="one round of everything, for trying this file")
    wanted.add_argument("--work", choices=WORKS, help=argparse.SUPPRESS)
    given = wanted.parse_args()
    if given.work:
        return tell(given.work, given.homes)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        homes = given.homes or Path(folder)
        homes.mkdir(parents=True, exist_ok=True)
        make_homes(homes)
        make_news(homes)
        rows = [*of_whole(homes, 1 if given.quick else 3)]
    head = ["work", "nnstudy", "beside", "that", "ratio: median (least to greatest)", "at most"]
    where = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, SQLite {sqlite3.sqlite_version}."
    text = f"{where}\n\n{table(head, rows)}"
    publish(given.readme, "figures of the log", text)
    return None


if __name__ == "__main__":
    main()
