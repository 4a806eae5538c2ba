"""Cards as people write them: hashcards' and repeater's ``Q:``/``A:``/``C:``, Obsidian's ``::``, ``?`` and gaps.

A card is read line by line; whatever breaks its form is an error with line and reason, and the text stays the
section's own. Code, tables, HTML and comments hold no cards. Rules: hashcards' ``src/parser.rs`` and repeater's card
format (markers at the beginning of a line; a new marker or ``---`` ends a card), the parser of Obsidian's spaced
repetition plugin (both sides touch the ``?``; a comment ``<!--SR:!due,interval,ease-->`` behind a card is its schedule;
a backslash takes a mark its meaning).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from nnstudy.notes.choice import DECK_TAG
from nnstudy.notes.clozes import GAP, asked, bracket_gaps, gaps
from nnstudy.notes.dates import day_of
from nnstudy.notes.inline import MASK, comments, masked, without_comments
from nnstudy.notes.names import short_slug
from nnstudy.notes.remark import Remark
from nnstudy.notes.structure import Block

SEPARATOR = re.compile(r"(?<![\\:]):::?(?!:)")
IN_BRACES = re.compile(r"\{\{[^{}\n]*\}\}")  # a gap has colons of its own, before its hint
BULLET = re.compile(r"^[\s>]*(?:[-*+]|\d+[.)])\s+")
QUOTED = re.compile(r"^\s{0,3}(?:>\s?)+")
SCHEDULE = re.compile(r"<!--SR:([^>\n]*)-->")
SCHEDULED = re.compile(r"!?(\d{4})-(\d\d)-(\d\d),(\d+)(?:\.\d+)?,(\d+)(?:\.\d+)?")
NEVER = date(2000, 1, 1)  # what Obsidian writes for a card of several that was not asked yet
MARKERS = ("Q:", "A:", "C:")
MOST_GAPS = 100  # of a paragraph: each is a card that shows all the others


@dataclass(frozen=True, slots=True)
class PriorSchedule:
    """When a card is due by another program: the day, the days since it was asked last, and SM-2's ease factor."""

    due: date
    interval: int
    ease: float


@dataclass(frozen=True)
class Draft:
    """A card before it has its id and place: `line` is an index into the section's lines, from 0."""

    kind: str
    name: str
    prompt: str
    answer: str
    line: int
    points: tuple[str, ...] = ()
    schedule: PriorSchedule | None = None


@dataclass(frozen=True)
class Written:
    """The written cards of a section, the lines that are theirs alone, and what is wrong with others."""

    drafts: tuple[Draft, ...]
    used: frozenset[int]
    remarks: tuple[Remark, ...]


def has_marks(body: str) -> bool:
    """Whether a section's text can hold a written card at all: most hold none."""
    return (
        "::" in body or "==" in body or "{{" in body or "<!--SR:" in body
        or any(mark in f"\n{body}\n" for mark in ("\nQ:", "\nA:", "\nC:", "\n?"))
    )  # fmt: skip


def written(body: str, blocks: Sequence[Block], families: frozenset[str], first_line: int, path: str) -> Written:
    """The written cards of a section; `first_line` is the number of the body's first line in the file."""
    reader = _Reader(body, blocks, families, first_line, path)
    reader.read()
    return Written(tuple(reader.drafts), frozenset(reader.used), tuple(reader.remarks))


class _Reader:
    """Reads a section line by line; each card takes its lines."""

    def __init__(
        self, body: str, blocks: Sequence[Block], families: frozenset[str], first_line: int, path: str
    ) -> None:
        self.lines = body.split("\n")
        self.blocks = blocks
        self.families = families
        self.first_line = first_line
        self.path = path
        self.closed = {n for b in blocks if b.kind == "closed" for n in range(b.line, b.end)} | _commented(body)
        self.markers = self._next_markers()
        self.drafts: list[Draft] = []
        self.used: set[int] = set()
        self.remarks: list[Remark] = []

    def read(self) -> None:
        number = 0
        while number < len(self.lines):
            number = number + 1 if number in self.closed else self._card_at(number)
        for block in self.blocks:
            if block.kind == "text" and not self.used.intersection(range(block.line, block.end)):
                self._gaps_in(block)

    def _next_markers(self) -> list[int]:
        """For each line the next one, it or below, that begins with Q:, A:, C: or is a ``---``."""
        following, found = len(self.lines), [0] * (len(self.lines) + 1)
        found[-1] = following
        for number in range(len(self.lines) - 1, -1, -1):
            if number not in self.closed and (self.lines[number].startswith(MARKERS) or self._is_rule(number)):
                following = number
            found[number] = following
        return found

    def _is_rule(self, number: int) -> bool:
        return number < len(self.lines) and self.lines[number].rstrip() == "---"

    def _card_at(self, number: int) -> int:
        """Read the card that begins in this line, if one does; the line to go on from."""
        line = self.lines[number]
        if "qa" in self.families or "hashcards" in self.families:
            if line.startswith(("Q:", "C:")):
                return self._marked_card(number)
            if line.startswith("A:"):
                self._error(number, "an answer (A:) without a question (Q:) before it")
                return number + 1
        if "multiline" in self.families and line.rstrip() in ("?", "??") and line.startswith("?"):
            return self._parted_card(number)
        if "::" in line and "inline" in self.families:
            return self._one_line_card(number)
        return number + 1

    def _error(self, number: int, message: str) -> None:
        self.remarks.append(Remark(self.first_line + number, "card", message, "error"))

    # --- Q:, A:, C: ------------------------------------------------------------------------------------------------

    def _marked_card(self, start: int) -> int:
        end, answers = self._extent(start)
        text = "\n".join(self.lines[start:end])
        drafts: list[Draft] = []
        wrong: str | None = None
        if text.startswith("C:"):
            wrong = "an answer (A:) below a cloze (C:)" if answers else None
            drafts, wrong = ([], wrong) if wrong else self._cloze(text, start)
        elif not answers:
            wrong = "this question (Q:) has no answer: begin a line below it with A:"
        elif len(answers) > 1:
            wrong = "this question (Q:) has more than one answer (A:)"
        else:
            sides = "\n".join(self.lines[start : answers[0]]), "\n".join(self.lines[answers[0] : end])
            prompt, answer = (_clean(side[2:]) for side in sides)
            drafts = [Draft("written", card_name(prompt), prompt, answer, start)] if prompt and answer else []
            wrong = None if drafts else f"this card's {'answer' if prompt else 'question'} is empty"
        if wrong:
            self._error(start, wrong)
            return end
        schedules, after = self._schedules(end, text)
        self._take(start, after + self._is_rule(after), drafts, schedules)
        return after

    def _extent(self, start: int) -> tuple[int, list[int]]:
        """The line after the card that begins at `start`, and the lines of it that begin an answer."""
        answers: list[int] = []
        number, filled = start + 1, bool(self.lines[start][2:].strip())
        while number < len(self.lines):
            line = self.lines[number]
            if number in self.closed:
                filled = True
            elif line.startswith(("Q:", "C:")) or self._is_rule(number):
                break
            elif line.startswith("A:"):
                answers.append(number)
                filled = bool(line[2:].strip())
            elif line.strip():
                filled = True
            elif not self._goes_on(number, filled, start, answers):
                break
            number += 1
        while number > start + 1 and not self.lines[number - 1].strip():
            number -= 1
        return number, answers

    def _goes_on(self, blank: int, filled: bool, start: int, answers: list[int]) -> bool:
        """Whether a card goes on below a blank line: it has to, or a ``---`` below says where it ends."""
        following = self.markers[blank]
        marker = self.lines[following] if following < len(self.lines) else ""
        if self.lines[start].startswith("Q:") and not answers:
            return marker.startswith("A:")
        if "hashcards" in self.families or marker.rstrip() == "---":
            return True
        return not filled and self._is_answer(blank + 1)

    def _is_answer(self, number: int) -> bool:
        """Whether a line below an empty ``A:`` is plainly its answer: a list, code, a formula, an image."""
        line = self.lines[number] if number < len(self.lines) else ""
        return number in self.closed or BULLET.match(line) is not None or line.startswith(("$$", "\\[", "!["))

    def _cloze(self, text: str, start: int) -> tuple[list[Draft], str | None]:
        text = _clean(text[2:])
        found, wrong = bracket_gaps(text)
        if len(found) > MOST_GAPS:
            return [], f"this card has {len(found)} gaps; it may have {MOST_GAPS}: split it"
        return [self._gap_draft(prompt, answer, start) for prompt, answer in asked(text, found)], wrong

    def _gap_draft(self, prompt: str, answer: str, line: int) -> Draft:
        if not re.search(r"\w", prompt.replace(GAP, "")):  # nothing but the gap: the heading says what is asked for
            prompt = f"{self.path}\n\n{prompt}"
        return Draft("cloze", f"cloze-{short_slug(answer)}", prompt, answer, line)

    # --- front ? back, front :: back -------------------------------------------------------------------------------

    def _parted_card(self, mark: int) -> int:
        start, end = mark, mark + 1
        while start > 0 and self._belongs(start - 1) and not self.lines[start - 1].startswith(MARKERS):
            start -= 1
        while end < len(self.lines) and (end in self.closed or self._belongs(end)) and end != self.markers[end]:
            end += 1
        text = "\n".join(self.lines[mark + 1 : end])
        front, back = _clean("\n".join(self.lines[start:mark])), _clean(text)
        if not (front and back):
            side = "above" if not front else "below"
            self._error(mark, f"a line {self.lines[mark].strip()} parts a card, but {side} it nothing touches it")
            return end
        schedules, after = self._schedules(end, text)
        both = self.lines[mark].rstrip() == "??"
        self._take(start, after + self._is_rule(after), _directions(front, back, both, start), schedules)
        return after

    def _belongs(self, number: int) -> bool:
        return bool(self.lines[number].strip()) and number not in self.used

    def _one_line_card(self, number: int) -> int:
        line = self.lines[number]
        separator = _separator(line, "obsidian" in self.families)
        if separator is None:
            return number + 1
        front = _clean(BULLET.sub("", QUOTED.sub("", line[: separator.start()])))
        back = _clean(line[separator.end() :])
        if not (front and back):
            self._error(number, "one side of this front :: back is empty")
            return number + 1
        schedules, after = self._schedules(number + 1, line)
        self._take(number, after, _directions(front, back, separator[0] == ":::", number), schedules)
        return after

    # --- gaps in paragraphs ----------------------------------------------------------------------------------------

    def _gaps_in(self, block: Block) -> None:
        text = _without_schedules(block.text)
        if not (found := gaps(text, self.families)):
            return
        if len(found) > MOST_GAPS:
            self._error(block.line, f"this paragraph has {len(found)} gaps; it may have {MOST_GAPS}: split it")
            return
        drafts = [self._gap_draft(prompt, answer, block.line) for prompt, answer in asked(text, found)]
        schedules, after = self._schedules(block.end, block.text)
        self._take(block.end, after, drafts, schedules)  # the text stays the section's own, its schedule does not

    # --- what they share -------------------------------------------------------------------------------------------

    def _take(self, start: int, end: int, drafts: Sequence[Draft], schedules: Sequence[PriorSchedule | None]) -> None:
        given = [*schedules, *[None] * len(drafts)]
        self.drafts += [replace(draft, schedule=given[place]) for place, draft in enumerate(drafts)]
        self.used.update(range(start, min(end, len(self.lines))))

    def _schedules(self, after: int, text: str) -> tuple[list[PriorSchedule | None], int]:
        """The schedules in the comment at the end of a card or in the line below; the line after it."""
        comment = list(SCHEDULE.finditer(text))[-1:]
        line = after - 1
        if not comment and after < len(self.lines):
            line = after
            comment = [found for found in (SCHEDULE.match(self.lines[after].strip()),) if found]
            after += bool(comment)
        if not comment:
            return [], after
        found = [
            PriorSchedule(day, int(interval[:6]), int(ease[:6]) / 100) if day and day != NEVER else None
            for year, month, number, interval, ease in SCHEDULED.findall(comment[0][1])
            for day in (day_of(int(year), int(month), int(number)),)
        ]
        if not found:
            message = "this schedule of another program cannot be read (<!--SR:!day,interval,ease-->)"
            self.remarks.append(Remark(self.first_line + line, "schedule", message))
        return found, after


def card_name(prompt: str) -> str:
    """The name of a written card in its id."""
    return f"card-{short_slug(prompt)}"


def _directions(front: str, back: str, both: bool, line: int) -> list[Draft]:
    sides = [(front, back), (back, front)] if both else [(front, back)]
    return [Draft("written", card_name(prompt), prompt, answer, line) for prompt, answer in sides]


def _separator(line: str, anywhere: bool) -> "re.Match[str] | None":
    """Where the two sides of a line part. A space on both sides says so; ``word::word`` may be a program's name."""
    seen = masked(line) if any(mark in line for mark in "`$\\<") else line
    first, last = len(line) - len(line.lstrip()), len(line.rstrip())
    words = line.find(" ", first)  # where a second word begins, if one does
    seen = IN_BRACES.sub(lambda gap: MASK * len(gap[0]), seen) if "{{" in seen else seen
    for found in SEPARATOR.finditer(seen):
        start, end = found.span()
        if seen[start - 1 : start] == MASK == seen[end : end + 1]:
            continue
        left, right = start == 0 or line[start - 1].isspace(), end == len(line) or line[end].isspace()
        both = first < start and end < last
        if (left and right) or (both and (anywhere or (left != right and (left or 0 <= words < start)))):
            return found
    return None


def _clean(text: str) -> str:
    """One side of a card without comments and the tag that names its deck."""
    if "#flashcard" in text:
        text = DECK_TAG.sub("", text)
    return without_comments(text).strip()


def _without_schedules(text: str) -> str:
    return SCHEDULE.sub("", text).rstrip() if "<!--SR:" in text else text


def _commented(body: str) -> set[int]:
    """The lines that lie within a comment of several lines, its first and its last one left out."""
    found: set[int] = set()
    line = place = 0
    for start, end in comments(body) if "<!--" in body else ():
        first = line + body.count("\n", place, start)
        line, place = first + body.count("\n", start, end), end
        found.update(range(first + (first < line), line))
    return found
