"""Sections become cards: the ones their author wrote, and the ones derived from the text.

Written cards stand in a section's text, outside of code, tables and HTML:

- ``Q: …`` and, from a line of its own, ``A: …``; both go on over the following lines up to a blank line;
- ``front :: back`` in one line.

Derived cards, for every section with text besides its written cards:

- one *recall* card: the heading's path asks for the section;
- one *cloze* card for each **bold** term, asked for in its sentence;
- one *list* card for each enumeration of two items or more.

A card's id is made of slugs and needs nothing written into the note: ``note/heading/…/heading/`` and then ``recall``,
``cloze-`` and the term, ``list-`` and the line that leads to the list, or ``card-`` and the first words of the prompt;
``-2``, ``-3`` … part cards that would be called the same. Ids are first suggestions: `nnstudy.notes.identity` lets a
card whose text was edited or moved keep the id, and so the history, that it had.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from nnstudy.notes.math import spans
from nnstudy.notes.note import Note, Remark, Section, markdown, slug

SLUG_WORDS = 8
IMAGE = re.compile(r"<img\b([^>]*)>|!\[([^\]\n]*)\]\(([^)\n]*)\)", re.I)
ATTRIBUTE = r"\b{}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.S)
BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)", re.S)
SENTENCE_END = re.compile(r"[.!?…][\"”’»)*_]*\s+(?=[^\W_]|[\"“«(*$\[`])")
PHRASES = {
    "en": {
        "recall": "{path} — what does the note say?",
        "list": "{path} — name the {count} items.",
        "lead": "{count} items",
    },
    "it": {
        "recall": "{path} — che cosa dice l'appunto?",
        "list": "{path} — elenca i {count} punti.",
        "lead": "{count} punti",
    },
}


@dataclass(frozen=True)
class Card:
    """A question and its answer, and where in the note they stand.

    `kind` is "written", "recall", "cloze" or "list"; `section` the headings above it; `slugs` the same as slugs; `line`
    the line of the source; `position` its place in the note, from 0. `prompt` and `answer` are Markdown with LaTeX.
    """

    id: str
    note: str
    section: tuple[str, ...]
    slugs: tuple[str, ...]
    kind: str
    prompt: str
    answer: str
    line: int
    position: int


@dataclass(frozen=True)
class _Draft:
    kind: str
    name: str
    prompt: str
    answer: str
    line: int  # index into the section's lines, from 0


def make_cards(note: Note) -> tuple[tuple[Card, ...], tuple[Remark, ...]]:
    """All cards of a note in the order of its text, and what is wrong with the written ones."""
    cards: list[Card] = []
    remarks: list[Remark] = []
    taken: set[str] = set()
    for section in note.sections:
        lines = section.body.split("\n")
        drafts = list(_written(lines, section.body_line, remarks))  # their lines are blank from here on
        drafts += _derived(note, section, lines)
        for draft in sorted(drafts, key=lambda draft: draft.line):
            card_id = _free_id("/".join((note.id, *section.slugs, draft.name)), taken)
            place, line = section.body_line + draft.line, len(cards)
            prompt, answer = name_images(draft.prompt), name_images(draft.answer)
            cards.append(
                Card(card_id, note.id, section.headings, section.slugs, draft.kind, prompt, answer, place, line)
            )
    return tuple(cards), tuple(remarks)


def name_images(text: str) -> str:
    """The text with a caption in the place of each image: a terminal shows none, and nothing is ever fetched."""
    return IMAGE.sub(lambda found: f"[image: {_caption(found)}]", text)


def _caption(image: re.Match[str]) -> str:
    if image[1] is None:
        alt, path = image[2], image[3]
    else:
        alt, path = (_attribute(name, image[1]) for name in ("alt", "src"))
    caption = alt.strip() or path
    if "/" in caption:  # a path says where the file lies; its last part is what it was called
        caption = caption.rstrip("/").rpartition("/")[2]
    return re.sub(r"[\[\]\s]+", " ", caption).strip() or "?"


def _attribute(name: str, tag: str) -> str:
    found = re.search(ATTRIBUTE.format(name), tag, re.I)
    return (found[1] or found[2] or "") if found else ""


def _free_id(wanted: str, taken: set[str]) -> str:
    free, number = wanted, 1
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    taken.add(free)
    return free


# --- written cards -------------------------------------------------------------------------------------------------


def _written(lines: list[str], first_line: int, remarks: list[Remark]) -> Iterator[_Draft]:
    """The written cards; their lines are blanked, so that what is left is the section's own text."""
    closed = _lines_that_hold_no_cards(lines)
    number = 0
    while number < len(lines):
        line, at = lines[number], number
        number += 1
        if at in closed:
            continue
        if line.startswith("Q:"):
            number = _end_of_block(lines, at)
            if draft := _question(lines[at:number], at, first_line, remarks):
                yield draft
                lines[at:number] = [""] * (number - at)
        elif line.startswith("A:"):
            remarks.append(Remark(first_line + at, "card", "an answer (A:) without a question (Q:) before it", "error"))
        elif (sides := _two_sides(line)) is not None:
            if all(sides):
                yield _Draft("written", _card_name(sides[0]), *sides, at)
                lines[at] = ""
            else:
                remarks.append(Remark(first_line + at, "card", "one side of this front :: back is empty", "error"))


def _end_of_block(lines: list[str], start: int) -> int:
    """The first line after `start` that is blank, or begins another question."""
    block = takewhile(lambda line: line.strip() and not line.startswith("Q:"), lines[start + 1 :])
    end = start + 1 + sum(1 for _ in block)
    after = next((n for n in range(end, len(lines)) if lines[n].strip()), end)
    answered = any(line.startswith("A:") for line in lines[start:end])
    if not answered and after < len(lines) and lines[after].startswith("A:"):
        return _end_of_block(lines, after)  # a blank line between question and answer
    return end


def _question(block: list[str], at: int, first_line: int, remarks: list[Remark]) -> _Draft | None:
    answers = [n for n, line in enumerate(block) if line.startswith("A:")]
    wrong = None
    if not answers:
        wrong = "this question (Q:) has no answer: begin a line below it with A:"
    elif len(answers) > 1:
        wrong = "this question (Q:) has more than one answer (A:)"
    else:
        prompt = "\n".join(block[: answers[0]]).removeprefix("Q:").strip()
        answer = "\n".join(block[answers[0] :]).removeprefix("A:").strip()
        if prompt and answer:
            return _Draft("written", _card_name(prompt), prompt, answer, at)
        wrong = f"this card's {'answer' if prompt else 'question'} is empty"
    remarks.append(Remark(first_line + at, "card", wrong, "error"))
    return None


def _two_sides(line: str) -> tuple[str, str] | None:
    """Front and back of a ``front :: back`` line; None for a line that is no card."""
    if "::" not in line:
        return None
    hidden = [(found.start(), found.end()) for found in CODE.finditer(line)]
    hidden += [(start, end) for start, end, _, _ in spans(line)]
    for found in re.finditer(r"(?:^|(?<=\s))::(?=\s|$)", line):
        if not any(start <= found.start() < end for start, end in hidden):
            front = re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", line[: found.start()])
            return front.strip(), line[found.end() :].strip()
    return None


def _card_name(prompt: str) -> str:
    return f"card-{_short_slug(prompt)}"


def _short_slug(text: str) -> str:
    return "-".join(slug(text).split("-")[:SLUG_WORDS]) or "untitled"


def _lines_that_hold_no_cards(lines: list[str]) -> set[int]:
    closed: set[int] = set()
    for token in markdown().parse("\n".join(lines)):
        if token.type in ("fence", "code_block", "html_block", "table_open") and token.map:
            closed.update(range(*token.map))
    return closed


# --- derived cards -------------------------------------------------------------------------------------------------


def _derived(note: Note, section: Section, lines: list[str]) -> Iterator[_Draft]:
    text = re.sub(r"\n\s*\n\s*\n+", "\n\n", "\n".join(lines)).strip("\n")
    if not text.strip():
        return
    path = _path(section) or note.title
    phrases = PHRASES.get(note.language, PHRASES["en"])
    first = next(n for n, line in enumerate(lines) if line.strip())
    yield _Draft("recall", "recall", phrases["recall"].format(path=path), text.rstrip(), first)
    lead, lead_end = "", 0
    for block in _blocks(lines):
        if block.kind == "paragraph":
            yield from _clozes(block)
            lead, lead_end = block.text, block.end
        elif len(block.items) >= 2:
            near = lead if all(not line.strip() for line in lines[lead_end : block.line]) else ""
            yield _list_card(block, near, path, phrases)


def _path(section: Section) -> str:
    """The last two headings; the outermost one, which is over everything, says nothing where others follow it."""
    return " › ".join((section.headings[1:] or section.headings)[-2:])


@dataclass(frozen=True)
class _Block:
    """A paragraph, or an enumeration with its items."""

    kind: str
    text: str
    line: int
    end: int
    items: tuple[str, ...] = ()


def _blocks(lines: list[str]) -> Iterator[_Block]:
    tokens = markdown().parse("\n".join(lines))
    for place, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = token.map
        if token.type == "inline" and tokens[place - 1].type == "paragraph_open":
            yield _Block("paragraph", token.content, start, end)
        elif token.type in ("bullet_list_open", "ordered_list_open") and token.level == 0:
            inside = takewhile(lambda t: t.level > 0, tokens[place + 1 :])
            ranges = [t.map for t in inside if t.type == "list_item_open" and t.level == 1 and t.map]
            items = tuple("\n".join(lines[first:last]).rstrip() for first, last in ranges)
            yield _Block("list", "", start, end, items)


def _list_card(block: _Block, lead: str, path: str, phrases: dict[str, str]) -> _Draft:
    count = len(block.items)
    answer = re.sub(r"\n\s*\n+", "\n", "\n".join(block.items))
    if lead:
        sentence = _sentences(lead)[-1].strip()
        prompt = f"{path}\n\n{sentence} ({phrases['lead'].format(count=count)})"
        return _Draft("list", f"list-{_short_slug(sentence)}", prompt, answer, block.line)
    prompt = phrases["list"].format(path=path, count=count)
    return _Draft("list", f"list-{_short_slug(block.items[0])}", prompt, answer, block.line)


def _clozes(block: _Block) -> Iterator[_Draft]:
    """One card a bold term: its sentence with the term left out. A sentence of nothing else would ask for a guess."""
    start = 0
    for sentence in _sentences(block.text):
        line = block.line + block.text[:start].count("\n")
        hidden = _formulas_and_code(sentence)
        terms = [found for found in BOLD.finditer(sentence) if not _inside(found.start(), hidden)]
        for term in dict.fromkeys(found[1] or found[2] for found in terms):
            gap = "".join(_with_gap(sentence, terms, term)).strip()
            if len(re.findall(r"\w{2,}", gap.replace("[…]", ""))) >= 2:
                yield _Draft("cloze", f"cloze-{_short_slug(term)}", gap, term, line)
        start += len(sentence)


def _with_gap(sentence: str, terms: list[re.Match[str]], asked: str) -> Iterator[str]:
    end = 0
    for found in terms:
        yield sentence[end : found.start()]
        yield "[…]" if (found[1] or found[2]) == asked else found[0]
        end = found.end()
    yield sentence[end:]


def _sentences(text: str) -> list[str]:
    """The sentences of a paragraph, spaces included: joined they are the paragraph again."""
    hidden = _formulas_and_code(text)
    sentences, begin = [], 0
    for found in SENTENCE_END.finditer(text):
        if not _inside(found.start(), hidden):
            sentences.append(text[begin : found.end()])
            begin = found.end()
    return [*sentences, text[begin:]]


def _formulas_and_code(text: str) -> list[tuple[int, int]]:
    return [(s, e) for s, e, _, _ in spans(text)] + [found.span() for found in CODE.finditer(text)]


def _inside(place: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in ranges)
