"""The parameters of FSRS that were fitted to the log: a list that only grows, of which the latest counts."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from nnstudy.store.records import moment, stamp, stamp_after, uuid7


class FittedRow(NamedTuple):
    """Parameters that were kept: when, where, fitted to how many reviews, and log loss before and after, held out."""

    at: datetime
    device: str
    parameters: tuple[float, ...]
    fitted_to: int
    log_loss_before: float | None
    log_loss_after: float | None


class Parameters:
    """The fitted parameters of one database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def latest(self) -> FittedRow | None:
        """What counts now, on every machine that has heard of the same; None: the defaults."""
        row = self._db.execute(
            """SELECT at, device, parameters, fitted_to, log_loss_before, log_loss_after FROM parameters
            ORDER BY at DESC, device DESC, id DESC LIMIT 1"""
        ).fetchone()
        return FittedRow(moment(row[0]), row[1], tuple(json.loads(row[2])), *row[3:]) if row else None

    def add(
        self, parameters: Sequence[float], fitted_to: int, losses: tuple[float, float] | None, at: datetime, device: str
    ) -> None:
        """Let these parameters count from now on; `losses` are the log losses before and after, where it was fitted."""
        last = self.latest()
        said = stamp_after(at, stamp(last.at) if last else "")
        self._db.execute(
            "INSERT INTO parameters VALUES (?, ?, ?, ?, ?, ?, ?)",
            (uuid7(moment(said)), said, device, json.dumps(list(parameters)), fitted_to, *(losses or (None, None))),
        )
