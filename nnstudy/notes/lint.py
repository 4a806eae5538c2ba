"""A lint for notes: what makes cards that are hard to ask or to grade, and what is broken, each with advice.

What it finds is never an error, since the note is read all the same. Every rule can be turned off: by the setting or
the property ``lint_ignore``, or for one call.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from nnstudy.errors import StudyError, nearest
from nnstudy.notes.cards import Card
from nnstudy.notes.inline import ENVIRONMENT, Link, code_spans, inside, links, masked
from nnstudy.notes.math import spans
from nnstudy.notes.names import slug
from nnstudy.notes.note import Note, Section
from nnstudy.notes.remark import Remark
from nnstudy.notes.source import TWICE
from nnstudy.words import plural, shorten

RULES = {
    "no-cards": "a section whose text has no cards but recall, or none",
    "duplicate": "the same prompt twice",
    "ambiguous": "a prompt of a word or two, or one that fits several answers",
    "long-answer": "an answer too long to grade honestly",
    "link": "a link to nothing",
    "image": "an image that is not there, or not in the note's folder",
    "math": "a formula whose dollars, braces or environments do not pair",
    "damage": "characters and fragments that damage left behind",
}
OTHERS = (
    "encoding",
    "stale-tail",
    "front-matter",
    "property",
    "register",
    "experiment",
    "card",
    "schedule",
    "retention",
)
MOST_WORDS = 60  # of an answer that a person can compare with what they said
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#$", re.I)
PAIRS = re.compile(r"\\(?:left|right)(?![a-zA-Z])|\\.|[{}]", re.S)
SINGLE = re.compile(r"(?<![\\$])\$(?!\$)(?=[\\A-Za-z({])")


@dataclass(frozen=True)
class Surroundings:
    """What is around a note: the names of the notes it can link to, as slugs, and whether a path leads to a file.

    `holds` is given a path as the note writes it; it answers None for a path that leaves the note's folder.
    """

    notes: Collection[str] = ()
    holds: Callable[[str], bool | None] = lambda path: True


def ignored(*given: Iterable[str]) -> frozenset[str]:
    """The rules that the words name; StudyError for one that there is not."""
    words = {re.sub(r"[\s_]+", "-", word.strip().casefold()) for words in given for word in words if word.strip()}
    known = (*RULES, *OTHERS)
    for word in words:
        if word not in known:
            raise StudyError(f"rule {word!r} is unknown{nearest(word, known)}")
    return frozenset(words)


def ignored_by(properties: Mapping[str, str]) -> tuple[frozenset[str], list[Remark]]:
    """The rules that a note turns off for itself, and what is wrong with the property."""
    for name, value in properties.items():
        if re.sub(r"[\s-]+", "_", name.casefold()) == "lint_ignore":
            try:
                return ignored(re.split(r"[,;\s]+", value)), []
            except StudyError as trouble:
                return frozenset(), [Remark(1, "property", f"{name}: {trouble}", "error")]
    return frozenset(), []


def without(remarks: Iterable[Remark], rules: Collection[str]) -> tuple[Remark, ...]:
    """The remarks of all rules but these."""
    return tuple(remark for remark in remarks if remark.rule.replace(" ", "-") not in rules)


def lint(note: Note, cards: Sequence[Card], around: Surroundings) -> list[Remark]:
    """All findings in a note and its cards, by line."""
    found = [*_cards(cards), *_sections(note, cards), *_damage(note)]
    anchors = {part for section in note.sections for part in (section.slugs[-1:] or ())}
    anchors |= {slug(heading) for section in note.sections for heading in section.headings}
    for section in note.sections:
        found += [*_links(section, anchors, around), *_math(section)]
    return sorted(found, key=lambda remark: (remark.line, remark.rule))


# --- cards -----------------------------------------------------------------------------------------------------------


def _cards(cards: Sequence[Card]) -> Iterator[Remark]:
    asked: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        asked[" ".join(card.prompt.casefold().split())].append(card)
        words = len(re.findall(r"\w+", card.answer))
        if words > MOST_WORDS and not card.points and card.kind != "open":
            message = f"this answer has {words} words: split it into cards of one fact each, or make a list of it"
            yield Remark(card.line, "long-answer", message, "info" if card.kind == "recall" else "warning")
        if card.kind == "written" and len(re.findall(r"\w+", card.prompt)) < 2 and not re.search(r"[\w$]", card.answer):
            yield Remark(card.line, "ambiguous", f"“{card.prompt}” alone says too little: ask a whole question")
        elif card.kind == "written" and re.fullmatch(
            r"\W*(?:why|how|what|when|perch[éè]|come|cosa|quando)\W*", card.prompt, re.I
        ):
            yield Remark(card.line, "ambiguous", f"“{card.prompt}” says nothing of what it asks: name the thing")
    for same in asked.values():
        first = same[0]
        for card in same[1:]:
            shown = shorten(" ".join(card.prompt.split()), 50)
            if card.answer == first.answer:
                message = f"“{shown}” is asked in line {first.line} already: take one of the two out"
                yield Remark(card.line, "duplicate", message)
            else:
                message = f"“{shown}” is asked in line {first.line} too, with another answer: say which is meant"
                yield Remark(card.line, "ambiguous", message)


def _sections(note: Note, cards: Sequence[Card]) -> Iterator[Remark]:
    kinds: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for card in cards:
        kinds[card.slugs].add(card.kind)
    parents = {section.slugs[:-1] for section in note.sections}
    for section in note.sections:
        own = kinds[section.slugs] - {"open"}
        if not section.body.strip():
            if section.slugs not in parents:
                yield Remark(
                    section.line, "no-cards", "this section is empty: write a line, or take the heading out", "info"
                )
        elif not own - {"recall"}:
            message = "this section has only its recall card" if own else "this section has no cards"
            advice = "write Q: and A:, or set its key term in **bold**"
            yield Remark(section.line, "no-cards", f"{message}: {advice}", "info")


# --- links and images ------------------------------------------------------------------------------------------------


def _links(section: Section, anchors: Collection[str], around: Surroundings) -> Iterator[Remark]:
    if "](" not in section.body and "[[" not in section.body and "<" not in section.body:
        return
    closed = {n for block in section.blocks if block.kind == "closed" for n in range(block.line, block.end)}
    for number, line in enumerate(section.body.split("\n")):
        code = code_spans(line)
        for link in links(line):
            is_code = number in closed and not line.lstrip().startswith(("<img", "|"))
            if not is_code and not inside(link.start, code) and (wrong := _wrong(link, anchors, around)):
                rule = "image" if link.kind in ("image", "embed") else "link"
                level = "info" if "outside" in wrong else "warning"
                yield Remark(section.body_line + number, rule, wrong, level)


def _wrong(link: Link, anchors: Collection[str], around: Surroundings) -> str | None:
    """What is wrong with a link, and what to do."""
    path, _, anchor = unquote(link.target).partition("#")
    path = path.split("?")[0].strip()
    if link.kind in ("wiki", "embed") and "." not in path:
        if path and slug(path) not in around.notes:
            return f"there is no note “{path}” here: write it, or mend the name"
        return _no_anchor(path, anchor, anchors)
    if not link.target.strip():
        return "this leads nowhere: name a target, or leave the brackets out"
    if "[" in link.target:
        return "the target of this link has brackets in it: write [words](address) once"
    if ELSEWHERE.match(link.target):
        return None
    if not path:
        return _no_anchor(path, anchor, anchors)
    holds = around.holds(path)
    if holds is None:
        return f"“{shorten(path, 60)}” lies outside of the note's folder, and is shown as text: move it beside the note"
    return None if holds else f"there is no file “{shorten(path, 60)}”: put it there, or mend the path"


def _no_anchor(path: str, anchor: str, anchors: Collection[str]) -> str | None:
    if path or not anchor or anchor.startswith("^") or slug(anchor.rpartition("#")[2]) in anchors:
        return None
    return f"there is no section “{anchor}” in this note: mend the name"


# --- formulas --------------------------------------------------------------------------------------------------------


def _math(section: Section) -> Iterator[Remark]:
    for block in section.blocks:
        if block.kind == "text" and ("$" in block.text or "\\" in block.text):
            if found := list(_unbalanced(block.text)):
                breaks = [end.start() for end in re.finditer("\n", block.text)]
            for place, wrong in found:
                line = section.body_line + block.line + bisect_left(breaks, place)
                yield Remark(line, "math", wrong)


def _unbalanced(text: str) -> Iterator[tuple[int, str]]:
    formulas = list(spans(text))
    rest = masked(text)
    if rest.count("$$") % 2:
        yield (
            rest.index("$$"),
            "this $$ is not closed in its paragraph: add the other one, without a blank line between",
        )
    elif (single := SINGLE.search(rest)) and rest.count("$", single.start()) == 1:
        yield single.start(), "this $ opens a formula that is not closed: add the other one, or write \\$"
    for start, _, latex, _ in formulas:
        if wrong := _unpaired(latex):
            yield start, wrong
    ends: dict[str, int] = {}  # where each kind of environment is closed for the last time
    for opening in ENVIRONMENT.finditer(rest):
        closing = f"\\end{{{opening[1]}}}"
        if closing not in ends:
            ends[closing] = rest.rfind(closing)
        if ends[closing] < opening.end():
            ends[closing] = len(rest)  # once is enough
            yield opening.start(), f"\\begin{{{opening[1]}}} has no \\end{{{opening[1]}}}"


def _unpaired(latex: str) -> str | None:
    depth = pairs = 0
    for found in PAIRS.finditer(latex):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        pairs += {"\\left": 1, "\\right": -1}.get(found[0], 0)
        if depth < 0:
            break
    if depth:
        return (
            "this formula has a brace } too many"
            if depth < 0
            else f"this formula lacks {plural(depth, 'closing brace')}"
        )
    return "\\left and \\right do not pair in this formula" if pairs else None


# --- damage ----------------------------------------------------------------------------------------------------------


def _damage(note: Note) -> Iterator[Remark]:
    for section in note.sections:
        if "�" in section.body or TWICE.search(section.body):
            for number, line in enumerate(section.body.split("\n"), section.body_line):
                if "�" in line:
                    yield Remark(number, "damage", "� stands for a character that was lost: write it again")
                elif TWICE.search(line) and _looks_damaged(line):
                    yield Remark(number, "damage", "this looks like text that was encoded twice: write it again")
    if note.sections and (last := note.sections[-1]).body:
        lines = [line for line in last.body.split("\n") if line.strip()]
        if len(lines) > 1 and 2 <= len(lines[-1]) < 8 and lines[-2].endswith(lines[-1]) and lines[-1][0].islower():
            end = last.body_line + last.body.count("\n")
            yield Remark(
                end, "damage", f"“{lines[-1]}” repeats the end of the line above: take it out if it is left over"
            )


def _looks_damaged(line: str) -> bool:
    from ftfy.badness import is_bad

    return bool(is_bad(line))
