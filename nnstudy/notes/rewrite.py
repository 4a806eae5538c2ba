"""The few lines of a note that its author keeps by hand, written anew; every other byte stays as it is.

They are the property that says when to review next, the one with five moons, and a row of the review register. Text is
decoded so that encoding it again gives the same bytes: a damaged file stays as damaged as it was.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from nnstudy.errors import StudyError
from nnstudy.notes.dates import find_date
from nnstudy.notes.note import Note, slug
from nnstudy.notes.register import REGISTER
from nnstudy.notes.source import repair

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
PROPERTY = re.compile(r"(\ufeff?\s*(\S[^:\r\n]{0,39}?)\s*:)([ \t]*)(.*?)([ \t]*[\r\n]*)$")
HEADING = re.compile(r"#{1,6}\s+(.*?)\s*$")
DELIMITER = re.compile(r"[\s|:\-]*-[\s|:\-]*$")
DAY = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})|\d{4}-\d{1,2}-\d{1,2}")
OWN_ROW = re.compile(r"\d+ (?:reviews?|ripass[oi])\b.*: ")
MOONS = frozenset("🌑🌒🌓🌔🌕🌖🌗🌘")
NEXT = ("ripasso-prox", "prossimo-ripasso", "ripasso-prossimo", "next-review", "review-next")
STATE = ("stato", "status", "state")
WORDS = {
    "it": ("Ripasso Prox", "Stato", "Registro ripassi"),
    "en": ("Next review", "Status", "Review register"),
}


@dataclass(frozen=True)
class Wanted:
    """What the lines shall say; None leaves a line as it is. `row` is the day and the sentence for the register."""

    next_day: date | None = None
    next_days: int | None = None
    moons: str | None = None
    row: tuple[date, str] | None = None


@dataclass(frozen=True)
class Change:
    """One line that is another now; `line` counts from 1 in the file as it was, `old` is None for one that is added."""

    line: int
    old: str | None
    new: str


@dataclass(frozen=True)
class Rewritten:
    """A note's bytes with the changes made, and what could not be."""

    data: bytes
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]


def rewrite(data: bytes, note: Note, wanted: Wanted) -> Rewritten:
    """Make the lines of a note say what is wanted; `note` is what was read from the same bytes."""
    page = _Page(data, note)
    words = WORDS.get(note.language, WORDS["en"])
    if wanted.next_days is not None and wanted.next_day is not None:
        page.set_next(words[0], wanted.next_days, wanted.next_day)
    if wanted.moons is not None:
        page.set_state(words[1], wanted.moons)
    if wanted.row is not None:
        page.add_row(words[2], *wanted.row)
    return page.written()


@dataclass
class _Page:
    """The lines of one file, and what is to become of them."""

    data: bytes
    note: Note
    replaced: dict[int, str] = field(default_factory=dict)
    inserted: dict[int, list[str]] = field(default_factory=dict)  # before the line of this index
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        text, self._encoding = _decoded(self.data)
        self.lines: list[str] = LINE.findall(text)
        ends = [end for line in self.lines if (end := line[len(line.rstrip("\r\n")) :])]
        self._end = max(set(ends), key=ends.count) if ends else "\n"
        bodies = [section.body_line for section in self.note.sections if section.body]
        self._top = min([len(self.lines), *(line - 1 for line in bodies)])  # properties stand above all text
        self._front = self._end_of_front_matter()

    # --- properties -----------------------------------------------------------------------------------------------

    def set_next(self, name: str, days: int, day: date) -> None:
        """The days to the next review, or its date where a date stands."""
        found = self._property(NEXT)
        if found is None:
            self._add_property(name, str(days))
        else:
            place, value = found
            self._set(place, _like(value, day) if find_date(value) else str(days))

    def set_state(self, name: str, moons: str) -> None:
        """Five moons in the place of others; a property of this name that says something else is not touched."""
        found = self._property(STATE)
        if found is None:
            self._add_property(name, moons)
        elif set(_repaired(found[1]).strip("\"' ")) <= MOONS:
            self._set(found[0], moons)
        else:
            self.remarks.append(f"line {found[0] + 1} has no moons: it is left as it is")

    def _property(self, names: tuple[str, ...]) -> tuple[int, str] | None:
        for place in range(self._top):
            if (found := PROPERTY.match(self.lines[place])) and slug(found[2].strip("\"'")) in names:
                return place, found[4]
        return None

    def _set(self, place: int, value: str) -> None:
        found = PROPERTY.match(self.lines[place])
        assert found is not None
        quote = found[4][:1] if found[4][:1] in ("'", '"') and found[4][-1:] == found[4][:1] else ""
        self._replace(place, f"{found[1]}{found[3] or ' '}{quote}{value}{quote}{found[5]}")

    def _add_property(self, name: str, value: str) -> None:
        """Below the last line of properties; else in the front matter; else at the top of the note."""
        named = [n for n in range(self._front, self._top) if self._is_property(self.lines[n])]
        if named:
            self._insert(named[-1] + 1, f"{name}: {value}")
        elif self._front and self.lines[0].startswith(("---", "\ufeff---")):
            self._insert(self._front - 1, f"{name}: {value}")
        else:
            blank = self._front < len(self.lines) and bool(self.lines[self._front].strip())
            above = self.inserted.setdefault(self._front, [""] if blank else [])
            above.insert(len(above) - blank, self._encodable(f"{name}: {value}") or "")

    def _is_property(self, line: str) -> bool:
        found = PROPERTY.match(line)
        return found is not None and _repaired(found[2]).strip() in self.note.properties

    def _end_of_front_matter(self) -> int:
        """The index of the line after the front matter; 0 where there is none."""
        fence = self.lines[0].lstrip("\ufeff").rstrip() if self.lines else ""
        ends = {"---": ("---", "..."), "+++": ("+++",)}.get(fence, ())
        return next((n + 1 for n, line in enumerate(self.lines) if n and line.rstrip() in ends), 0)

    # --- the register ---------------------------------------------------------------------------------------------

    def add_row(self, heading: str, day: date, text: str) -> None:
        """One more row of the register, in the form of the others; the program's own row of that day is replaced."""
        text = " ".join(text.replace("|", "/").split())
        if self.note.register:
            self._add_like_the_others(day, text)
        elif (place := self._register_heading()) is not None:
            self._add_below(place, day, text)
        else:
            self._add_register(heading, day, text)

    def _add_like_the_others(self, day: date, text: str) -> None:
        entries = sorted(self.note.register, key=lambda entry: entry.line)
        for entry in entries:
            if entry.day == day and OWN_ROW.match(entry.text):
                self._replace(entry.line - 1, self._row(entry.line - 1, day, text))
                return
        newest_first = len(entries) > 1 and entries[0].day > entries[-1].day
        model = entries[0 if newest_first else -1].line - 1
        after = model if newest_first else model + 1
        if model + 1 < len(self.lines) and DELIMITER.match(self.lines[model + 1]):
            after = model + 2  # the row is the head of its table
        if not newest_first and after < len(self.lines) and _is_empty_row(self.lines[after]):
            self._replace(after, self._row(model, day, text, self.lines[after]))
        else:
            self._insert(after, self._row(model, day, text).rstrip("\r\n"))

    def _row(self, model: int, day: date, text: str, place: str | None = None) -> str:
        """A row in the form of another, with the line end of the line whose place it takes."""
        line = self.lines[model].rstrip("\r\n")
        end = (self.lines[model] if place is None else place)[len((place or self.lines[model]).rstrip("\r\n")) :]
        written = DAY.search(line)
        stamp = _like(written[0] if written else "", day)
        if line.lstrip().startswith("|"):
            cells = max(2, len(re.split(r"(?<!\\)\|", line.strip().strip("|"))))
            return f"| {stamp} | {text} |{'  |' * (cells - 2)}{end}"
        lead = line[: written.start()] if written else ""
        gap = re.match(r"[\s:|\-–—]*", line[written.end() :]) if written else None
        return f"{lead}{stamp}{(gap[0] if gap else '') or ' '}{text}{end}"

    def _register_heading(self) -> int | None:
        for place, line in enumerate(self.lines):
            if found := HEADING.match(line):
                name = slug(_repaired(found[1])).replace("-", " ").lstrip("0123456789 ")
                if REGISTER.match(name):
                    return place
        return None

    def _add_below(self, heading: int, day: date, text: str) -> None:
        """Into the register's empty table, or into a new one."""
        place = heading + 1
        while place < len(self.lines) and not self.lines[place].strip():
            place += 1
        if place < len(self.lines) and self.lines[place].lstrip().startswith("|"):
            rows = [n for n in range(place, len(self.lines)) if self.lines[n].lstrip().startswith("|")]
            delimiter = next((n for n in rows if DELIMITER.match(self.lines[n])), place)
            empty = next((n for n in rows if n > delimiter and _is_empty_row(self.lines[n])), None)
            row = f"| {_like('', day)} | {text} |"
            if empty is not None:
                self._replace(empty, row + self._line_end(empty))
            else:
                self._insert(delimiter + 1, row)
            return
        for line in ("", f"| {_like('', day)} | {text} |", "| --- | --- |"):
            self._insert(heading + 1, line)

    def _add_register(self, heading: str, day: date, text: str) -> None:
        """At the end of the note, before what a longer, older version left behind."""
        tail = next((remark.line for remark in self.note.report if remark.rule == "stale tail"), None)
        place = len(self.lines) if tail is None else tail - 1
        for line in ("", f"# {heading}", "", f"| {_like('', day)} | {text} |", "| --- | --- |"):
            self._insert(place, line)

    # --- what becomes of the lines --------------------------------------------------------------------------------

    def _line_end(self, place: int) -> str:
        return self.lines[place][len(self.lines[place].rstrip("\r\n")) :]

    def _replace(self, place: int, line: str) -> None:
        if (encoded := self._encodable(line)) is not None and encoded != self.lines[place]:
            self.replaced[place] = encoded

    def _insert(self, place: int, line: str) -> None:
        if (encoded := self._encodable(line)) is not None:
            self.inserted.setdefault(place, []).append(encoded)

    def _encodable(self, line: str) -> str | None:
        """The line as this file can hold it; None where its encoding has no such characters."""
        if self._encoding != "latin-1":
            return line
        kept = line.encode("latin-1", errors="ignore").decode("latin-1")
        try:
            return line if kept == line else line.encode("cp1252").decode("latin-1")
        except UnicodeEncodeError:
            self.remarks.append(f"{line.strip()!r} cannot be written in the encoding of this file (Windows-1252)")
            return None

    def written(self) -> Rewritten:
        """The file with its changes."""
        out: list[str] = []
        changes: list[Change] = []
        for place in range(len(self.lines) + 1):
            for line in self.inserted.get(place, ()):
                if out and not out[-1].endswith(("\r", "\n")):
                    out[-1] += self._end
                out.append(line + self._end)
                changes.append(Change(place + 1, None, line))
            if place < len(self.lines):
                line = self.replaced.get(place, self.lines[place])
                out.append(line)
                if place in self.replaced:
                    changes.append(Change(place + 1, self.lines[place].strip(), line.strip()))
        return Rewritten("".join(out).encode(self._encoding), tuple(changes), tuple(self.remarks))


def _decoded(data: bytes) -> tuple[str, str]:
    """The text and its encoding, by which it becomes the same bytes again; StudyError where there is none such."""
    for bom, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (b"", "utf-8")):
        if data.startswith(bom):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if text.encode(encoding) == data:
                return text, encoding
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise StudyError("the file is not sound UTF-16: nothing was written")
    return data.decode("latin-1"), "latin-1"  # a character for every byte


def _is_empty_row(line: str) -> bool:
    return line.lstrip().startswith("|") and not re.search(r"[\w\-]", line)


def _like(model: str, day: date) -> str:
    """A day written as another one is: ``2026-11-24``, ``24/11/26``, ``24.11.2026``."""
    if (found := DAY.search(model)) and found[1]:
        year = f"{day.year:04}" if len(found[4]) == 4 else f"{day.year % 100:02}"
        return f"{day.day:02}{found[2]}{day.month:02}{found[2]}{year}"
    return day.isoformat() if found else f"{day.day:02}/{day.month:02}/{day.year:04}"


def _repaired(text: str) -> str:
    return repair(text)[0]


def counted(ratings: Mapping[int, int], language: str) -> str:
    """Ratings in words: ``9 good, 2 hard, 1 again``."""
    words = {"it": {1: "da rifare", 2: "a fatica", 3: "bene", 4: "facile"}}.get(
        language, {1: "again", 2: "hard", 3: "good", 4: "easy"}
    )
    return ", ".join(f"{ratings[rating]} {words[rating]}" for rating in (4, 3, 2, 1) if ratings.get(rating))
