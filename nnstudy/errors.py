"""The one error that a person is shown."""

import difflib
from collections.abc import Iterable


class StudyError(Exception):
    """A sentence for a person: what is wrong, where, and what to do."""


class DamagedError(StudyError):
    """The database itself is damaged."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint ``; did you mean 'x'?`` for a misspelt word, or the list of what is known."""
    known = sorted(known)
    if close := difflib.get_close_matches(word, known, n=1):
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if known else ""
