"""The line that says how long a command will still take."""

import io

from nnstudy.cli.progress import ProgressLine
from nnstudy.words import Pace


class Terminal(io.StringIO):
    """An output that says it is a terminal."""

    def isatty(self):
        return True


def test_the_progress_line_says_how_long_it_takes_and_goes_away():
    out, moments = Terminal(), iter([0.0, 10.0, 10.01])
    with ProgressLine(out, "runs", clock=lambda: next(moments)) as progress:
        progress(50, 100)
        progress(60, 100)
        progress(61, 100)
    assert "60 of 100 runs, 40 s left" in out.getvalue()
    assert "61 of" not in out.getvalue()
    assert out.getvalue().endswith(" \r")


def test_the_pace_is_that_of_the_work_without_what_had_to_start_before():
    pace = Pace(0.0, 40)
    assert pace.left(9.0, 40, 100) == ""
    assert pace.left(10.0, 41, 100) == "10 min left", "nothing better is known after the first piece"
    assert pace.left(12.0, 43, 100) == "57 s left"


def test_nothing_is_said_where_there_is_no_terminal():
    out = io.StringIO()
    with ProgressLine(out, "runs") as progress:
        progress(1, 2)
    assert out.getvalue() == ""


def test_what_does_not_take_long_is_not_spoken_of():
    out, moments = Terminal(), iter([0.0, 0.5, 1.5])
    with ProgressLine(out, "cards", patience=1.0, clock=lambda: next(moments)) as progress:
        for done in (0, 10, 30):
            progress(done, 40)
            assert ("cards" in out.getvalue()) == (done == 30)
