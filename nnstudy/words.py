"""How numbers, spans of time and mastery are said: the same words on the command line and on the screens."""

from datetime import datetime

FLAGS = {"red": "▲", "orange": "◆", "green": "●", "blue": "■", "violet": "✚"}  # each has a shape besides its colour
FULL, HALF, NEW = "🌕", "🌗", "🌑"
MASTERY = (("new", 0), ("begun", 1), ("shaky", 3), ("growing", 5), ("good", 7), ("solid", 9))


def moons(mastery: float) -> str:
    """Mastery from 0 to 1 as five moons, in steps of half a moon."""
    halves = round(max(0.0, min(1.0, mastery)) * 10)
    return FULL * (halves // 2) + HALF * (halves % 2) + NEW * (5 - halves // 2 - halves % 2)


def mastery_word(mastery: float) -> str:
    """Mastery from 0 to 1 in one word."""
    halves = round(max(0.0, min(1.0, mastery)) * 10)
    return next(word for word, least in reversed(MASTERY) if halves >= least)


def number(value: float | None) -> str:
    """A measured number in at most ten characters; a dash for none."""
    if value is None:
        return "-"
    return f"{value:.5g}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.3g}"


def shown(value: object) -> str:
    """A parameter's value in few characters."""
    return number(value) if isinstance(value, float) else str(value)


def verdict(holds: bool | None) -> str:
    """Whether measured and expected agree, in a sign and a word of one width."""
    return {True: "✓ holds", False: "✗ fails", None: "· n/a  "}[holds]


def span(seconds: float) -> str:
    """A span of time as a person says it: "40 s", "3 min", "1 h 20 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class Pace:
    """How fast work goes on that begins at a moment, in seconds, with so much of it done already."""

    def __init__(self, moment: float, done: int) -> None:
        self._began = self._first = moment, done

    def left(self, moment: float, done: int, total: int) -> str:
        """How long the rest takes; empty before anything is done.

        The pace is taken from when the first piece was done, as soon as there is another: workers have to start before.
        """
        if self._first == self._began and done > self._began[1]:
            self._first = moment, done
        since, before = self._first if done > self._first[1] else self._began
        return f"{span((moment - since) / (done - before) * (total - done))} left" if done > before else ""


def until(moment: datetime, now: datetime) -> str:
    """When something will be, seen from now: "now", "in 5 min", "in 3 h", "tomorrow", "in 12 days"."""
    seconds = (moment - now).total_seconds()
    if seconds <= 0:
        return "now"
    if seconds < 3600:
        return f"in {max(1, round(seconds / 60))} min"
    days = (moment.astimezone().date() - now.astimezone().date()).days
    if days == 0 or seconds < 12 * 3600:
        return f"in {round(seconds / 3600)} h"
    return "tomorrow" if days == 1 else f"in {days} days"


def shorten(text: str, room: int) -> str:
    """The text, cut with an ellipsis where it is longer than the room for it, in cells of a terminal."""
    if text.isascii():
        return text if len(text) <= room else text[: room - 1].rstrip() + "…"
    from rich.cells import cell_len, set_cell_size  # what the screens measure with: many letters and signs take two

    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"


def fitted(text: str, room: int) -> str:
    """The text in just so many cells of a terminal: cut, or filled up with spaces."""
    text = shorten(text, room)
    if text.isascii():
        return text.ljust(room)
    from rich.cells import set_cell_size

    return set_cell_size(text, room)


def contrast(old: str, new: str, room: int) -> tuple[str, str]:
    """Two wordings in a line each, from a little before the first word that differs."""
    ours, theirs = old.split(), new.split()
    shared = next(
        (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    skipped = max(0, shared - 4)
    lead = "… " if skipped else ""
    first, second = (lead + " ".join(words[skipped:]) for words in (ours, theirs))
    return shorten(first, room), shorten(second, room)


def plural(count: int, word: str, many: str | None = None) -> str:
    """A count with its word: "1 card", "2 cards"."""
    return f"{count} {word if count == 1 else many or word + 's'}"


def visible(text: str, keep: str = "") -> str:
    """Text from elsewhere that no terminal obeys: control characters and bidirectional overrides stand as codes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep + "\u00a0" else c.encode("unicode_escape").decode() for c in text)


def percent(share: float | None, digits: int = 0) -> str:
    """A share in words: 91 %."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"
