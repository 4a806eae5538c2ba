"""What an answer with the next card costs, durable, beside Anki's own library and beside a bare commit.

Run it with ``python tests/benchmarks/answers.py [--readme README.md] [--homes FOLDER] [--quick]``: with ``--readme``
the table is written into that file, between two comments; ``--homes`` keeps the databases, which take some minutes to
make, for another run (2 GB). Anki's library (`anki`) is measured where it is installed.

All wait for the disk alike: a write-ahead log (`journal_mode=WAL`) that is synchronized at every commit
(`synchronous=FULL`), which is asked of Anki's database too, before anything is measured; Anki moreover keeps other
programs out (`locking_mode=exclusive`). A commit costs twice as much while it makes the log longer, which ends after a
thousand pages. So both are measured: sessions that have just begun, each round on databases that were just opened; and
long ones, in which the logs of all have their full size. Rounds take turns, and what is told are medians. Anki has as
many reviews in its log, and the files are in the system's memory.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from big import NOW, SIZES, make_homes
from tables import publish, spread, table

from nnstudy import Study
from nnstudy.store.records import uuid7

WARMING, MEASURED, ROUNDS = 15, 45, 11
FULL_SIZE = 1_000  # pages of a write-ahead log, after which it begins anew
PAGES_LEAST = {"bare": 2, "anki": 8, "middle": 6}  # that a commit writes


class Ours:
    """Answers in this program: the answer is durable, and the next card is read with its text."""

    def __init__(self, home: Path) -> None:
        self._moment = NOW
        self._study = Study.open(home, now=self._now, zone=UTC)
        if (last := next(self._study.history(), None)) is not None:
            self._moment = max(NOW, last.at)
        self._card = self._study.next()

    def _now(self) -> datetime:
        self._moment += timedelta(milliseconds=1)
        return self._moment

    def __call__(self) -> None:
        assert self._card is not None
        self._study.answer(self._card, 3, duration_ms=4000)
        self._card = self._study.next()

    def close(self) -> None:
        """End the session."""
        self._study.close()


class Anki:
    """The same in Anki's own library: v3 scheduler, FSRS on, as many cards, all of them reviewed and due."""

    def __init__(self, folder: Path, cards: int) -> None:
        from anki.collection import Collection

        path = folder / f"anki-{cards}.anki2"
        fresh = not path.exists()
        self._collection = Collection(str(path))
        if fresh:
            self._fill(cards)
            self._collection.close()
            _add_reviews(path, SIZES["middle"][1])
            self._collection = Collection(str(path))
        asked = {name: self._collection.db.scalar(f"PRAGMA {name}") for name in ("journal_mode", "synchronous")}
        assert asked == {"journal_mode": "wal", "synchronous": 2}, f"Anki is not as durable: {asked}"
        self._take_next()

    def _fill(self, cards: int) -> None:
        from anki.decks import DeckId

        collection = self._collection
        collection.set_config("fsrs", True)
        limits = collection.decks.config_dict_for_deck_id(DeckId(1))
        limits["rev"]["perDay"] = limits["new"]["perDay"] = 9_999
        collection.decks.save(limits)
        kind = collection.models.by_name("Basic")
        for number in range(cards):
            note = collection.new_note(kind)
            note["Front"], note["Back"] = f"What is fact {number}?", f"It is answer {number}."
            collection.add_note(note, DeckId(1))
        memory = json.dumps({"s": 20.0, "d": 5.0, "dr": 0.9, "decay": 0.1542})
        collection.db.execute(
            "UPDATE cards SET type = 2, queue = 2, due = 0, ivl = 20, factor = 2500, reps = 5, data = ?", memory
        )

    def _take_next(self) -> None:
        self._next = self._collection.sched.get_queued_cards(fetch_limit=1).cards[0]

    def __call__(self) -> None:
        from anki.cards import Card
        from anki.scheduler.v3 import CardAnswer

        card = Card(self._collection, backend_card=self._next.card)
        card.start_timer()
        scheduler = self._collection.sched
        scheduler.answer_card(scheduler.build_answer(card=card, states=self._next.states, rating=CardAnswer.GOOD))
        self._take_next()

    def close(self) -> None:
        """End the session."""
        self._collection.close()


def _add_reviews(path: Path, each: int) -> None:
    """Give every card of Anki's so many reviews in the log, as the other database has."""
    with closing(sqlite3.connect(path)) as db, db:
        cards = [row[0] for row in db.execute("SELECT id FROM cards ORDER BY id")]
        first = int((NOW - timedelta(days=1000)).timestamp() * 1000)
        rows = ((first + place, card, -1, 3, 20, 10, 2500, 5000, 1) for place, card in enumerate(cards * each))
        db.executemany("INSERT INTO revlog VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


class Bare:
    """One row of a review's size, and a commit that waits for the disk: what durability costs by itself."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
            "CREATE TABLE IF NOT EXISTS row (id TEXT PRIMARY KEY, text TEXT)",
        ):  # fmt: skip
            self._db.execute(statement)

    def __call__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT INTO row VALUES (?, ?)", (uuid7(datetime.now(UTC)), "x" * 300))
        self._db.execute("COMMIT")

    def close(self) -> None:
        """End the session."""
        self._db.close()


Work = Ours | Anki | Bare
Times = Mapping[str, list[list[float]]]  # of each kind, of each round: the seconds of each answer


def seconds_each(work: Callable[[], None], count: int) -> list[float]:
    """The seconds of each of so many calls."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def kinds(homes: Path) -> dict[str, Callable[[], Work]]:
    """What takes turns."""
    found: dict[str, Callable[[], Work]] = {"bare": lambda: Bare(homes)}
    for size in SIZES:
        found[size] = lambda size=size: Ours(homes / size)
    if find_spec("anki"):
        found["anki"] = lambda: Anki(homes, SIZES["middle"][0])
    return found


def read_through(homes: Path, name: str) -> None:
    """Have a database in the system's memory; else what is measured is how much of it others have driven out."""
    file = {"bare": "bare.db", "anki": f"anki-{SIZES['middle'][0]}.anki2"}.get(name, f"{name}/nnstudy.db")
    if (homes / file).exists():
        with (homes / file).open("rb", buffering=0) as read:
            while read.read(1 << 20):
                pass


def just_begun(homes: Path, rounds: int) -> Times:
    """Answers of sessions that have just begun."""
    found: dict[str, list[list[float]]] = {name: [] for name in kinds(homes)}
    for _ in range(rounds):
        for name, begin in kinds(homes).items():
            read_through(homes, name)
            work = begin()
            seconds_each(work, WARMING)
            found[name].append(seconds_each(work, MEASURED))
            work.close()
    return found


def long_since(homes: Path, rounds: int) -> Times:
    """Answers of sessions whose write-ahead logs have had their full size."""
    with ExitStack() as at_the_end:
        works = {name: begin() for name, begin in kinds(homes).items() if name in PAGES_LEAST}
        for name, work in works.items():
            at_the_end.callback(work.close)
            seconds_each(work, FULL_SIZE // PAGES_LEAST[name] + WARMING)
        found: dict[str, list[list[float]]] = {name: [] for name in works}
        for _ in range(rounds):
            for name, work in works.items():
                read_through(homes, name)
                found[name].append(seconds_each(work, MEASURED))
    return found


def row(times: Times, work: str, ours: str, reference: str, theirs: str, most: str) -> list[str]:
    """A line of the table: medians of the rounds, and their ratios."""
    if theirs not in times:
        return [work, "", reference, "not installed", "", most]
    medians = {name: [statistics.median(of) for of in times[name]] for name in (ours, theirs)}
    ratios = [mine / other for mine, other in zip(medians[ours], medians[theirs], strict=True)]
    mine, other = (f"{1000 * statistics.median(medians[name]):.2f} ms" for name in (ours, theirs))
    return [work, mine, reference, other, spread(ratios), most]


def rows(begun: Times, full: Times) -> Iterator[list[str]]:
    """The table."""
    anki, bare = "the same in Anki's own library, FSRS on", "a bare SQLite commit, synchronous=FULL"
    yield row(begun, "answer and next card, durable, 100,000 cards", "middle", anki, "anki", "0.75")
    yield row(begun, "the same", "middle", bare, "bare", "1.5")
    yield row(begun, "the same, 1,000,000 cards", "large", "itself, 1,000 cards", "small", "1.2")
    yield row(full, "100,000 cards, logs at their full size", "middle", anki, "anki", "")
    yield row(full, "the same", "middle", bare, "bare", "")


def means(times: Times) -> str:
    """The mean of every answer, with the slow ones in which SQLite carries the log into the database."""
    names = {"middle": "nnstudy", "anki": "Anki", "bare": "a bare commit"}
    told = (
        f"{word} {1000 * statistics.mean(second for of in times[name] for second in of):.2f}"
        for name, word in names.items()
        if name in times
    )
    return ", ".join(told)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--readme", type=Path, help="write the table into this file")
    wanted.add_argument("--homes", type=Path, help="keep the databases in this folder, or take them from there")
    wanted.add_argument("--quick", action="store_true", help="a few rounds, for trying this file")
    given = wanted.parse_args()
    rounds = 3 if given.quick else ROUNDS
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        homes = given.homes or Path(folder)
        homes.mkdir(parents=True, exist_ok=True)
        make_homes(homes)
        begun, full = just_begun(homes, rounds), long_since(homes, rounds)
    head = ["work", "nnstudy", "beside", "that", "ratio: median (least to greatest)", "at most"]
    text = f"""\
{os.cpu_count()} cores, {platform.system()} {platform.machine()}, SQLite {sqlite3.sqlite_version}; {rounds} rounds of \
{MEASURED} answers each, in turns; sessions just begun, but for the last two lines.

{table(head, rows(begun, full))}

All three wait for the disk at every commit (WAL, synchronous=FULL; Anki's database is asked whether it does). Means \
of the answers of the last two lines, ms, with those in which SQLite carries the log into the database: \
{means(full)}."""
    publish(given.readme, "figures of answers", text) if given.readme else print(text)


if __name__ == "__main__":
    main()
