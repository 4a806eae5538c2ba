"""The stale tail: what a longer, older version of a file left behind its end.

A program that overwrites a file without truncating it leaves the end of the old text behind the new one. As old and new
are mostly the same, what is left stands in the new text already. It is told from what an author repeats by where it
begins: at the beginning of a line (or right behind a finished sentence or table row) in the file, but inside of a line
at the original; or it is the note's own end once more, over several lines.
"""

from dataclasses import dataclass

ANCHORS = (64, 32, 16, 8)  # characters at the end of the file that are looked for, the surest first
ORIGINS = 16  # places looked at for each
LONGEST = 1_000_000  # characters of a tail
ENDINGS = frozenset(".!?…:;)]}»”|")  # what a finished line ends with, and hardly a word begins with
MARKUP = frozenset("|-*+#>")
SHORTEST = 8


@dataclass(frozen=True, slots=True)
class _Repeat:
    """The end of the text, from `cut`, and where it stands already: from `start` to `after`."""

    text: str
    cut: int
    end: int
    start: int
    after: int
    half: int  # characters before the cut that are half of one

    @property
    def begin(self) -> int:
        return self.cut - self.half

    @property
    def tail(self) -> str:
        return self.text[self.cut : self.end]

    @property
    def letters(self) -> int:
        return sum(map(str.isalnum, self.tail[:4000]))

    @property
    def lines(self) -> int:
        return sum(any(map(str.isalnum, line)) for line in self.tail[:4000].split("\n"))

    @property
    def begins_line(self) -> bool:
        return self.begin == 0 or self.text[self.begin - 1] == "\n"

    @property
    def inside_line(self) -> bool:
        return self.start > 0 and self.text[self.start - 1] != "\n"

    @property
    def inside_word(self) -> bool:
        return self.inside_line and self.text[self.start - 1].isalnum() and self.text[self.cut].isalnum()


def stale_tail(text: str) -> tuple[int, int] | None:
    """Where a stale tail begins, and where its original does; None when the text ends as it should."""
    end = len(text.rstrip())
    for size in ANCHORS:
        found = [claim for repeat in _repeats(text, end, size) if (claim := _claim(repeat)) is not None]
        if found:
            return min(found)
    return None


def _repeats(text: str, end: int, size: int) -> list[_Repeat]:
    """The places at which the last characters of the text stand already, at the end of a line, nearest first."""
    if end <= size:
        return []
    found: list[_Repeat] = []
    anchor, before = text[end - size : end], end - 1
    while len(found) < ORIGINS and (place := text.rfind(anchor, 0, before)) >= 0:
        after = place + size
        length = _alike(text, end, after)
        follows = text[after : after + 40].lstrip(" \t")
        half = _half_a_character(text, end - length, after - length)
        if length >= size and (after == end - length - half or follows[:1] in ("\n", "")):
            found.append(_Repeat(text, end - length, end, after - length, after, half))
        before = place + size - 1
    return found


def _alike(text: str, end: int, after: int) -> int:
    """How many characters before `end` and before `after` are the same, without the two overlapping."""
    most = min(after, end - after, LONGEST)
    low, high = 0, 1
    while high < most and text[end - high : end - low] == text[after - high : after - low]:
        low, high = high, high * 2
    high = min(high, most)
    while low < high:  # the first `low` are alike
        middle = (low + high + 1) // 2
        if text[end - middle : end - low] == text[after - middle : after - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _claim(repeat: _Repeat) -> tuple[int, int] | None:
    if (claim := _behind_a_fragment(repeat)) is not None:
        return claim
    return (repeat.begin, repeat.start) if _is_cut_off(repeat) else None


def _is_cut_off(repeat: _Repeat) -> bool:
    tail, long = repeat.tail, repeat.letters >= 60 and repeat.lines >= 2
    first = tail[:1]
    finished = repeat.begins_line or repeat.text[repeat.begin - 1] in ENDINGS
    if not finished or len(tail) < SHORTEST:
        return False
    if repeat.half:
        return True
    if repeat.inside_word:  # one word alone may be the end of another: only with its full stop it is a sentence's
        return " " in tail.strip() or "\n" in tail or not tail[-1].isalnum()
    if repeat.inside_line:
        return long or (len(tail) >= 24 and not first.isupper() and first not in MARKUP)
    whole = repeat.lines >= 2 and repeat.letters >= 40
    if repeat.begins_line:  # the end of the note once more, from the beginning of a line
        return whole and not repeat.text[repeat.after : repeat.cut].strip()
    return whole


def _behind_a_fragment(repeat: _Repeat) -> tuple[int, int] | None:
    """The end of the note once more, behind the rest of a line that the new text does not have any more."""
    text = repeat.text
    begin = repeat.after
    while begin < repeat.cut and text[begin] == "\n":
        begin += 1
    fragment = text[begin : repeat.cut]
    enough = 40 if "\n#" in repeat.tail else 60
    if not 0 < len(fragment) <= 4000 or repeat.letters < enough or repeat.lines < 2:
        return None
    if fragment[0].islower() or fragment[0] in ".,;:)]}":
        return begin, repeat.start
    return None


def _half_a_character(text: str, cut: int, start: int) -> int:
    """How many characters before the cut are the last bytes of a character that the cut went through."""
    last_bytes = text[start - 1].encode(errors="replace")[1:] if start else b""
    for count in range(len(last_bytes), 0, -1):
        if text[cut - count : cut] == last_bytes[-count:].decode("cp1252", errors="replace"):
            return count
    return 0
