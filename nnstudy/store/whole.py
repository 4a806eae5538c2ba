"""The whole log as a replay takes it, and the schedule beside it: in parts, read by two connections at a time.

The reviews are read as they lie in the table, which is the cheapest by far, and their order card by card from an index.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nnstudy.memory.replay import Histories
from nnstudy.store.digits import Whole, days, digits, letters, number, numbers
from nnstudy.store.records import damaged

SPAN = 250_000  # rows of the table that are read at once
PART = 20_000  # cards
AHEAD = 3  # parts that are read while one is worked at
DOES_NOT_COUNT = 9  # in the place of a rating
REVIEWS = f"""SELECT count(*), group_concat(day, ''), group_concat(CASE WHEN kind = 'cram' THEN {DOES_NOT_COUNT}
    WHEN interval_days IS NULL THEN rating ELSE 0 END, '') FROM review NOT INDEXED WHERE rowid BETWEEN ? AND ?"""
ROWS = "SELECT group_concat(rowid, ' ') FROM review NOT INDEXED WHERE rowid BETWEEN ? AND ?"
RETRACTED = "SELECT review.rowid FROM retraction JOIN review ON review.id = retraction.review"
GIVEN = "SELECT rowid, interval_days, ease FROM review WHERE interval_days IS NOT NULL AND kind != 'cram'"
ENDS = "SELECT (SELECT min(rowid) FROM review), (SELECT max(rowid) FROM review)"  # together they would be a scan
AMONG = "card > ? AND card <= ?"
ORDER = f"""SELECT group_concat(rowid + ?, ''), group_concat(at, '')
    FROM review INDEXED BY review_of_card WHERE {AMONG}"""  # which gives them by card and moment
OF_EACH = f"""SELECT group_concat(n, ' '), group_concat(card, char(10))
    FROM (SELECT card, count(*) AS n FROM review WHERE {AMONG} GROUP BY card ORDER BY card)"""
TEXTS = ("state", "due_at", "due_day", "first_day", "last_day", "last_at")
NUMBERS = ("step", "interval_days", "reviews", "lapses")
CACHED = ", ".join(
    [f"group_concat(ifnull({name}, ''), ',')" for name in TEXTS]
    + [f"count({name})" for name in TEXTS]
    + [f"group_concat({name}, ' ')" for name in NUMBERS]
)
MEMORIES = f"SELECT card, stability, difficulty FROM schedule WHERE {AMONG} ORDER BY card"

T = TypeVar("T")
G = TypeVar("G")
Span = tuple[Whole | slice, NDArray[np.int32], NDArray[np.uint8]]
Ordered = tuple[Whole, NDArray[np.bytes_], Whole, Sequence[str], tuple[object, ...]]
Reading = Callable[[sqlite3.Connection, G], T]


@dataclass(frozen=True, eq=False)
class Part:
    """Some cards in the order of their ids, what the schedule says of them, and the reviews that count.

    `reviewed` are the places of those that have any, `last_at` when each of these was reviewed last.
    """

    cards: Sequence[str]
    stability: Sequence[float | None]
    difficulty: Sequence[float | None]
    cached: Sequence[object]  # of the other columns, each in one text
    histories: Histories
    reviewed: Whole
    last_at: NDArray[np.bytes_]

    def is_cached(self, schedule: Mapping[str, Sequence[Any]]) -> bool:
        """Whether the schedule says just this of the cards; `schedule` has each column, "" for none."""
        texts = [",".join(schedule[name]) for name in TEXTS]
        counts = [len(self.cards) - schedule[name].count("") for name in TEXTS]
        whole = [" ".join(map(str, schedule[name])) for name in NUMBERS]
        return (
            list(self.cached) == [*texts, *counts, *whole]
            and list(self.stability) == schedule["stability"]
            and list(self.difficulty) == schedule["difficulty"]
        )


@dataclass(frozen=True, eq=False)
class _Reviews:
    """Day (since 1970) and rating of each review (0: imported, 9: it does not count), from the row number `low` on."""

    low: int
    day: NDArray[np.int32]
    rating: NDArray[np.uint8]
    given: Mapping[int, tuple[int, float | None]]  # row number -> interval and ease of elsewhere


@contextmanager
def parts(connection: sqlite3.Connection, path: Path | None, since: Mapping[str, str]) -> Iterator[Iterator[Part]]:
    """All cards in the order of their ids; of those in `since`, the reviews up to that moment do not count.

    With a `path`, other connections read what is on the disk there, from now on; else this one alone, with what it has
    not committed yet.
    """
    low, high = connection.execute(ENDS).fetchone()
    with _readers(connection, path) as read:
        spans = [(row, min(row + SPAN - 1, high)) for row in range(low, high + 1, SPAN)] if high else []
        columns = read(_span, spans, len(spans))
        bounds = _bounds(connection)
        base = 10 ** len(str(high or 0))
        ordered = read(_ordered, [(base, *ends) for ends in pairwise(bounds)], AHEAD)
        yield _parts(connection, bounds, low or 0, columns, ordered, since)


def _parts(
    connection: sqlite3.Connection,
    bounds: Sequence[str],
    low: int,
    columns: Iterator[Span],
    ordered: Iterator[Ordered],
    since: Mapping[str, str],
) -> Iterator[Part]:
    memories = (connection.execute(MEMORIES, ends).fetchall() for ends in pairwise(bounds))
    first = next(memories, [])  # read while the others read
    reviews = _reviews(connection, low, columns)
    for rows, order in zip(chain([first], memories), ordered, strict=False):
        yield _part(rows, order, reviews, since)


def _bounds(connection: sqlite3.Connection) -> list[str]:
    """Before the first card, and the last one of each part."""
    bounds, last = [""], "SELECT card FROM schedule WHERE card > ? ORDER BY card LIMIT 1 OFFSET ?"
    while row := connection.execute(last, (bounds[-1], PART - 1)).fetchone():
        bounds.append(row[0])
    rest = connection.execute("SELECT max(card) FROM schedule WHERE card > ?", (bounds[-1],)).fetchone()[0]
    return [*bounds, rest] if rest is not None else bounds


# --- who reads --------------------------------------------------------------------------------------------------------


@contextmanager
def _readers(connection: sqlite3.Connection, path: Path | None) -> Iterator[Callable[..., Iterator[Any]]]:
    """How something is read for each of many things given: at once, or one by one when it is asked for."""
    if path is None:
        yield lambda reading, given, ahead: (reading(connection, one) for one in given)
        return
    opened: list[sqlite3.Connection] = []
    free: deque[sqlite3.Connection] = deque()

    def run(reading: Reading[G, T], one: G) -> T:
        try:
            db = free.pop()
        except IndexError:  # asking first whether there is one would leave the other thread time to take it
            db = _open(path, opened)
        try:
            return reading(db, one)
        finally:
            free.append(db)

    threads = ThreadPoolExecutor(2)

    def ahead(reading: Reading[G, T], given: Iterable[G], ahead: int) -> Iterator[T]:
        remaining = iter(given)
        begun = deque(threads.submit(run, reading, one) for one in islice(remaining, ahead))
        return _in_order(begun, (threads.submit(run, reading, one) for one in remaining))

    try:
        yield ahead
    finally:
        threads.shutdown(cancel_futures=True)
        for db in opened:
            db.close()


def _in_order(begun: deque[Future[T]], further: Iterator[Future[T]]) -> Iterator[T]:
    while begun:
        yield begun.popleft().result()
        begun.extend(islice(further, 1))


def _open(path: Path, opened: list[sqlite3.Connection]) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30, check_same_thread=False)
    opened.append(db)
    return db


# --- what is read -----------------------------------------------------------------------------------------------------


def _span(db: sqlite3.Connection, ends: tuple[int, int]) -> Span:
    """Where the reviews of some rows stand, counted from the first row, their days and their ratings."""
    count, day, rating = db.execute(REVIEWS, ends).fetchone()
    if not count:
        return slice(0), np.zeros(0, np.int32), np.zeros(0, np.uint8)
    whole = count == ends[1] - ends[0] + 1
    place = slice(0, count) if whole else numbers(db.execute(ROWS, ends).fetchone()[0]) - ends[0]
    return place, days(digits(day, 10)).astype(np.int32), digits(rating, 1)[:, 0]


def _reviews(connection: sqlite3.Connection, low: int, columns: Iterator[Span]) -> _Reviews:
    found_days, ratings = [np.zeros(0, np.int32)], [np.zeros(0, np.uint8)]
    for place, day, rating in columns:
        for found, values, empty in ((found_days, day, 0), (ratings, rating, DOES_NOT_COUNT)):
            found.append(np.full(SPAN, empty, values.dtype))
            found[-1][place] = values
    day, rating = np.concatenate(found_days), np.concatenate(ratings)
    for (row,) in connection.execute(RETRACTED):
        rating[row - low] = DOES_NOT_COUNT
    given = {}
    if not rating.all():
        given = {row: (interval, ease) for row, interval, ease in connection.execute(GIVEN)}
    return _Reviews(low, day, rating, given)


def _ordered(db: sqlite3.Connection, given: tuple[int, str, str]) -> Ordered:
    """Of some cards' reviews, in order, the row numbers and the moments; how many each card has; the schedule."""
    base, *ends = given
    cached = db.execute(f"SELECT {CACHED} FROM (SELECT * FROM schedule WHERE {AMONG} ORDER BY card)", ends).fetchone()
    rows, at = db.execute(ORDER, given).fetchone()
    if rows is None:
        nothing = np.zeros(0, np.int64)
        return nothing, np.zeros(0, "S24"), nothing, [], cached
    of_each, cards = db.execute(OF_EACH, ends).fetchone()
    width = len(str(base))
    row, moments, counts = number(digits(rows, width), *range(1, width)), letters(at, 24), numbers(of_each)
    return _untied(db, row, moments, counts), moments, counts, cards.split("\n"), cached


def _untied(db: sqlite3.Connection, row: Whole, at: NDArray[np.bytes_], of_each: Whole) -> Whole:
    """Reviews of a card that have the same moment count in the order of their ids."""
    card = np.repeat(np.arange(len(of_each)), of_each)
    same = np.flatnonzero((at[1:] <= at[:-1]) & (card[1:] == card[:-1]))
    if not len(same):
        return row
    tied = np.union1d(same, same + 1).tolist()
    ids = {
        place: db.execute("SELECT id FROM review WHERE rowid = ?", (int(row[place]),)).fetchone()[0] for place in tied
    }
    row = row.copy()
    row[tied] = row[sorted(tied, key=lambda place: (card[place], at[place], ids[place]))]
    return row


def _places(cards: Sequence[str], some: Sequence[str]) -> Whole:
    """Where some of the cards stand; DamagedError when one does not."""
    if some == cards:
        return np.arange(len(cards))
    place = {card: number for number, card in enumerate(cards)}
    if not place.keys() >= set(some):
        raise damaged("reviews of a card that is not there")
    return np.array([place[card] for card in some], np.int64)


def _part(
    memories: Sequence[tuple[str, float | None, float | None]],
    order: Ordered,
    reviews: _Reviews,
    since: Mapping[str, str],
) -> Part:
    row, at, of_each, reviewed, cached = order
    cards, stability, difficulty = (list(column) for column in zip(*memories, strict=True))
    owner = np.repeat(_places(cards, reviewed), of_each)
    rating = reviews.rating[row - reviews.low]
    counts = rating != DOES_NOT_COUNT
    for place in (place for place, card in enumerate(cards) if card in since):
        counts &= (owner != place) | (at > since[cards[place]].encode())
    if not counts.all():
        row, at, rating, owner = row[counts], at[counts], rating[counts], owner[counts]
    number_of = np.bincount(owner, minlength=len(cards))
    known = np.flatnonzero(number_of)
    histories = Histories(
        [cards[number] for number in known.tolist()], number_of[known],
        reviews.day[row - reviews.low].astype(np.int64), rating.astype(np.int64),
        {number: reviews.given[int(row[number])] for number in np.flatnonzero(rating == 0).tolist()},
    )  # fmt: skip
    return Part(cards, stability, difficulty, cached, histories, known, at[histories.ends - 1])
