"""What a run measured beside what theory expects, a row each."""

from typing import Any

from textual.content import Content
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from nnstudy.lab.experiment import Frame
from nnstudy.words import number, shorten, verdict

COLUMNS = (("measured", 10), ("expected", 10), ("difference", 10), ("tolerance", 9), ("", 7))
NAME_WIDTH = {False: 19, True: 46}  # on a narrow and on a wide screen
FOLLOW_SECONDS = 0.25  # until the table follows a run that goes on
ROWS_AT_ONCE, BITE_SECONDS = 3, 0.05  # a row takes a millisecond to paint, which a key would wait for


class MeasurementTable(DataTable[Content]):
    """The measurements of a frame; of a run that goes on, of its latest one, a few rows at a time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True, **kwargs)
        self._follows: Frame | None = None  # the latest frame of a run that goes on
        self._waits = False  # to be brought up to it
        self._row = 0  # to go on at

    def rule(self, wide: bool) -> None:
        """Columns as wide as the screen allows, and no row."""
        self.clear(columns=True)
        self.add_column("measurement", width=NAME_WIDTH[wide])
        for name, width in COLUMNS:
            self.add_column(name, width=width)

    def show(self, frame: Frame) -> None:
        """Show this frame, whole and at once."""
        self._follows = None
        self._fill(frame, keeps_rows=False)

    def follow(self, frame: Frame) -> None:
        """Show the latest frame of a run soon: a table takes longer to paint than a plot, and longer to read."""
        self._follows = frame
        if not self._waits:
            self._waits = True
            self.set_timer(FOLLOW_SECONDS, self._catch_up)

    def _catch_up(self) -> None:
        if self._follows is None:
            self._waits = False
        elif (rest := getattr(self.app, "rest_in", 0.0)) > 0:
            self.set_timer(rest, self._catch_up)
        else:
            self._waits = self._fill(self._follows, keeps_rows=True, most=ROWS_AT_ONCE)
            if self._waits:
                self.set_timer(BITE_SECONDS, self._catch_up)

    def _fill(self, frame: Frame, *, keeps_rows: bool, most: int | None = None) -> bool:
        """Bring at most so many rows up to a frame; whether some are left.

        A run measures again what the one before it has measured: rows that it has not come to yet stay, empty.
        """
        room = self.ordered_columns[0].width
        rows = [
            (shorten(m.name, room), *map(number, (m.measured, m.expected, m.difference, m.tolerance)), verdict(m.holds))
            for m in frame.measurements
        ]
        if keeps_rows:
            rows += [("",) * len(self.columns)] * (self.row_count - len(rows))
        for row in rows[self.row_count :]:
            self.add_row(*map(Content, row))
        for extra in list(self.rows)[len(rows) :]:
            self.remove_row(extra)
        begin, changed, self._row = self._row % max(1, len(rows)), 0, 0
        for place in (*range(begin, len(rows)), *range(begin)):  # only what is new is drawn again
            cells = enumerate(zip(self.get_row_at(place), rows[place], strict=True))
            new = [(column, text) for column, (before, text) in cells if before.plain != text]
            if new and changed == most:
                self._row = place
                return True
            changed += bool(new)
            for column, text in new:
                self.update_cell_at(Coordinate(place, column), Content(text))
        return False
