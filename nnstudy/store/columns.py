"""The whole log in columns, for sums over all of it: what is not kept so is read, by two connections at a time.

A row fetched from SQLite costs some 0.5 us, of a million that is too much. SQLite itself writes a column one after the
other into one text, digits of a known width or numbers between spaces, which NumPy then reads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnstudy.errors import StudyError
from nnstudy.store import kept
from nnstudy.store.digits import Whole, days, digits, number, numbers
from nnstudy.store.kept import Raw
from nnstudy.store.records import LAST_SECOND, damaged

FINE = 1_000_000_000  # of the predicted recall, a whole number of such parts is read
QUARTER, QUARTERS = 900_000, 96  # milliseconds of a quarter of an hour; quarters in a day
SPAN = 250_000  # rows of one piece
NOTHING = np.zeros(0, np.int64)
REVIEW, IMPORTED, CRAM = 1, 2, 3
KINDS = {"review": REVIEW, "imported": IMPORTED, "cram": CRAM}  # no two kinds have as many letters: so they are told
LETTERS, MOMENT = 10, 24  # more than any kind has; of a moment
PIECE = """SELECT count(*), group_concat(day, ''), group_concat(at, ''),
    group_concat(rating * 10 + length(kind), ''), group_concat(duration_ms, ' '),
    group_concat(ifnull(cast(predicted * 1e9 + 0.5 AS INTEGER), -1), ' '),
    group_concat((SELECT rowid FROM card WHERE id = review.card), ' ')
FROM review NOT INDEXED WHERE rowid BETWEEN ? AND ?"""
ROWS = "SELECT group_concat(rowid, ' ') FROM review NOT INDEXED WHERE rowid BETWEEN ? AND ?"
RETRACTED = "SELECT review.rowid FROM retraction JOIN review ON review.id = retraction.review"
PARTS = 1_000_000  # of a day of stability, of a point of difficulty
LEARNED = f"""SELECT group_concat(section.rowid, ' '),
    group_concat(ifnull(cast(stability * {PARTS} + 0.5 AS INTEGER), -1), ' '),
    group_concat(ifnull(cast(difficulty * {PARTS} + 0.5 AS INTEGER), -1), ' '),
    group_concat(ifnull(last_day, '0000-00-00'), '')
FROM schedule JOIN card ON card.id = schedule.card JOIN section ON section.id = card.section
WHERE card.retired_at IS NULL"""


@dataclass(frozen=True, eq=False)
class Learned:
    """One entry a card in use: the row of its section, stability and difficulty (NaN: not learned), days since 1970 of
    its last review (-1: none)."""

    section: Whole
    stability: NDArray[np.float64]
    difficulty: NDArray[np.float64]
    last_day: Whole


@dataclass(frozen=True, eq=False)
class Columns:
    """One entry a review: days since 1970 (the local day it counted for), UTC quarters of an hour since then, rating,
    kind (`REVIEW`, `IMPORTED`, `CRAM`, 0 for others), milliseconds, predicted recall (-1: none), whether taken back.

    `order` are the places of all reviews card by card, each card's by moment; `of_each` how many each card has. `raw`
    are the numbers as `nnstudy.store.kept` keeps them, of which so many blocks were kept, under a schema (0: never).
    """

    day: Whole
    quarter: Whole
    rating: Whole
    kind: Whole
    duration: Whole
    predicted: NDArray[np.float64]
    retracted: NDArray[np.bool_]
    order: Whole
    of_each: Whole
    raw: Raw
    kept: int
    schema: int

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Which are answers, that were not taken back, of sessions that move the schedule."""
        return np.asarray((self.kind < IMPORTED) & ~self.retracted)

    @cached_property
    def asked(self) -> NDArray[np.bool_]:
        """Which of those are of cards that waited for days."""
        return np.asarray((self.kind == REVIEW) & ~self.retracted)

    def by_day(self, longest_ms: int) -> Mapping[date, tuple[int, float, int, int]]:
        """Reviews, seconds (each up to a longest), asked and recalled of each local day."""
        if not self.counted.any():
            return {}
        days = self.day[self.counted]
        first, place = int(days.min()), days - days.min()
        asked = self.asked[self.counted]
        right = asked & (self.rating[self.counted] > 1)
        spent = np.minimum(self.duration[self.counted], longest_ms)
        sums = [np.bincount(place, weights) for weights in (None, spent, asked, right)]
        return {
            date(1970, 1, 1) + timedelta(days=first + int(d)): (
                int(sums[0][d]), float(sums[1][d]) / 1000, int(sums[2][d]), int(sums[3][d]),
            )
            for d in np.flatnonzero(sums[0])
        }  # fmt: skip

    def by_hour(self, zone: tzinfo | None) -> Mapping[int, tuple[int, int]]:
        """Recalled and asked by the local hour of the day."""
        if not self.counted.any():
            return {}
        quarters = self.quarter[self.counted]
        first = int(quarters.min()) // QUARTERS
        rows = int(quarters.max()) // QUARTERS - first + 1
        asked = self.asked[self.counted]
        right = asked & (self.rating[self.counted] > 1)
        shape, place = (rows, QUARTERS), quarters - first * QUARTERS
        seen, of, recalled = (
            np.bincount(place, weights, minlength=rows * QUARTERS).reshape(shape) for weights in (None, asked, right)
        )
        found = np.zeros((24, 3))
        for row in np.flatnonzero(seen.any(axis=1)):
            hours = _local_hours(first + int(row), zone)
            np.add.at(found, hours, np.stack([seen[row], recalled[row], of[row]], axis=1))
        return {hour: (int(found[hour, 1]), int(found[hour, 2])) for hour in range(24) if found[hour, 0]}

    def by_maturity(self, mature: int) -> dict[bool, tuple[int, int]]:
        """Recalled and asked of cards that had waited so many days or more since the review before, and of others."""
        among = (self.kind != CRAM) & ~self.retracted
        order = self.order[among[self.order]]
        card = np.repeat(np.arange(len(self.of_each)), self.of_each)[among[self.order]]
        waited = np.zeros(len(order), np.int64)  # where there is no review before, the card is young
        waited[1:] = np.where(card[1:] == card[:-1], np.diff(self.day[order]), 0)
        asked, right = self.kind[order] == REVIEW, self.rating[order] > 1
        split = ((is_mature, asked & ((waited >= mature) == is_mature)) for is_mature in (False, True))
        return {is_mature: (int((of & right).sum()), int(of.sum())) for is_mature, of in split if of.any()}

    def predictions(self) -> list[tuple[int, int, float, float]]:
        """Reviews of which recall was predicted, in groups of nearly the same prediction: see `calibration`."""
        among = self.asked & (self.predicted >= 0)
        predicted, right = self.predicted[among], self.rating[among] > 1
        place = (predicted * 10_000).astype(np.int64)
        sums = [np.bincount(place, weights) for weights in (None, right, predicted, predicted**2)]
        return [
            (int(sums[0][p]), int(sums[1][p]), float(sums[2][p]), float(sums[3][p])) for p in np.flatnonzero(sums[0])
        ]

    def by_seconds(self) -> list[tuple[int, int, int]]:
        """Rating, whole seconds (the last is `LAST_SECOND` and more) and how many reviews."""
        among = self.counted & (self.duration > 0)
        second = np.minimum(self.duration[among] // 1000, LAST_SECOND)
        counts = np.bincount(self.rating[among] * (LAST_SECOND + 1) + second)
        return [
            (int(p) // (LAST_SECOND + 1), int(p) % (LAST_SECOND + 1), int(counts[p])) for p in np.flatnonzero(counts)
        ]


def _local_hours(day: int, zone: tzinfo | None) -> Whole:
    """The local hour of each quarter of an hour of a UTC day, given as days since 1970."""
    begins = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
    first, last = (moment.astimezone(zone).utcoffset() for moment in (begins, begins + timedelta(days=1)))
    if first == last and first is not None:
        return (np.arange(QUARTERS) + int(first.total_seconds()) // 900) // 4 % 24
    moments = (begins + timedelta(minutes=15 * quarter) for quarter in range(QUARTERS))
    return np.array([moment.astimezone(zone).hour for moment in moments])


def learned(db: sqlite3.Connection) -> Learned:
    """What the schedule says of all cards in use."""
    section, stability, difficulty, last_day = db.execute(LEARNED).fetchone()
    if section is None:
        none = np.zeros(0)
        return Learned(NOTHING, none, none, NOTHING)
    dates = digits(last_day, 10)
    found = np.full(len(dates), -1, np.int64)
    if (seen := dates[:, 0] > 0).any():
        found[seen] = days(dates[seen])
    return Learned(numbers(section), _parts(stability), _parts(difficulty), found)


def _parts(text: str) -> NDArray[np.float64]:
    whole = numbers(text)
    return np.where(whole < 0, np.nan, whole / PARTS)


def read(path: Path) -> Columns:
    """The log of a database, as it is on the disk; DamagedError where its numbers cannot be."""
    try:
        return _read(path)
    except (IndexError, ValueError, OverflowError) as trouble:
        raise damaged(f"a log that cannot be summed up ({trouble})") from trouble


def keep(path: Path, log: Columns) -> None:
    """Keep the columns of a log that was read, as far as they are not kept yet."""
    if log.schema:
        kept.keep(path, log.schema, log.raw, log.kept)


def complete(path: Path) -> None:
    """Keep columns of the whole log: who has written much of it ends so, and its figures are there at once."""
    with suppress(StudyError, sqlite3.Error):  # the figures will tell what is wrong with the log, if anything is
        with closing(_open(path)) as db:
            whole = kept.is_whole(db)
        if not whole:
            keep(path, read(path))


def _read(path: Path) -> Columns:
    with closing(_open(path)) as db, db:
        db.execute("BEGIN")  # all that is asked here sees the same
        low, high = db.execute("SELECT (SELECT min(rowid) FROM review), (SELECT max(rowid) FROM review)").fetchone()
        retracted = np.array([row for (row,) in db.execute(RETRACTED)], np.int64)
        schema = kept.schema_of(db)
        pieces = kept.kept(db, schema, high) if schema and high else []
    blocks = len(pieces)
    begin = blocks * kept.BLOCK + 1 if blocks else low
    spans = [(row, min(row + SPAN - 1, high)) for row in range(begin, high + 1, SPAN)] if high else []
    with ThreadPoolExecutor(2) as threads:
        pieces += threads.map(lambda span: _piece(path, *span), spans)
    raw = {name: np.concatenate([NOTHING, *(piece[name] for piece in pieces)]) for name in kept.WIDTHS}
    rowid = np.concatenate([NOTHING, *(piece["rowid"] for piece in pieces[blocks:])])
    taken_back = np.zeros(len(raw["day"]), bool)
    taken_back[_places(retracted, rowid, blocks * kept.BLOCK)] = True
    return Columns(
        raw["day"], raw["at"] // QUARTER, raw["mark"] // 10, raw["mark"] % 10, raw["duration"],
        np.where(raw["predicted"] < 0, -1.0, raw["predicted"] / FINE), taken_back,
        _by_card(raw["card"], raw["at"]), (of_each := np.bincount(raw["card"]))[of_each > 0], raw, blocks, schema,
    )  # fmt: skip


def _places(rows: Whole, rowid: Whole, before: int) -> Whole:
    """Where rows stand in the log: the first ones by their numbers, those after them by what `rowid` says of each."""
    return np.where(rows <= before, rows - 1, before + np.searchsorted(rowid, rows))


def _by_card(card: Whole, at: Whole) -> Whole:
    """The places of all reviews card by card, each card's by moment; those of one moment as they stand in the log.

    Most often each card's reviews stand in the log in order, and only the cards are to be sorted.
    """
    order = _sorted(np.arange(len(card)), card)
    if ((np.diff(card[order]) == 0) & (np.diff(at[order]) < 0)).any():
        order = _sorted(_sorted(np.arange(len(card)), at), card)
    return order


def _sorted(order: Whole, key: Whole) -> Whole:
    """An order, sorted anew by a key, 16 bits at a time: so NumPy sorts fastest, and equal ones keep their order."""
    left = key - key.min() if len(key) else key
    while left.any():
        order = order[np.argsort((left & 0xFFFF).astype(np.uint16)[order], kind="stable")]
        left = left >> 16
    return order


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)


def _piece(path: Path, first: int, last: int) -> Raw:
    with closing(_open(path)) as db, db:
        db.execute("BEGIN")
        count, day, at, rated, duration, predicted, card = db.execute(PIECE, (first, last)).fetchone()
        gapless = count == last - first + 1
        rowid = None if gapless else db.execute(ROWS, (first, last)).fetchone()[0]
    if not count:
        return dict.fromkeys([*kept.WIDTHS, "rowid"], NOTHING)
    times, marks = digits(at, MOMENT), digits(rated, 2)
    minutes = days(times) * 1440 + number(times, 11, 12) * 60 + number(times, 14, 15)
    kinds = np.zeros(LETTERS, np.int64)
    for name, kind in KINDS.items():
        kinds[len(name)] = kind
    found = {
        "day": days(digits(day, 10)), "at": minutes * 60_000 + number(times, 17, 18, 20, 21, 22),
        "mark": number(marks, 0) * 10 + kinds[marks[:, 1]], "duration": numbers(duration),
        "predicted": numbers(predicted), "card": numbers(card or ""),
        "rowid": np.arange(first, last + 1) if rowid is None else numbers(rowid),
    }  # fmt: skip
    if {len(column) for column in found.values()} != {count}:
        raise damaged("reviews that lack a number, or whose card is not there")
    return found
