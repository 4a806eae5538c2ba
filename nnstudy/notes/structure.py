"""The blocks of a note's text: headings, paragraphs, lists, quotes, and what holds no cards. One parse a note."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Tags that only frame text; without them it is Markdown like any other.
FRAMES = re.compile(r"</?(?:aside|details|summary)(?:\s[^<>\n]{0,300})?>", re.I)
SUMMARY = re.compile(r"</summary>(?=[^\s<])")
CLOSED = frozenset(("fence", "code_block", "html_block", "table_open"))
LISTS = frozenset(("bullet_list_open", "ordered_list_open"))
CALLOUT = re.compile(r"\[!(?:[\w-]+)\][-+]?[ \t]*(.*)(?:\n|$)")
CARD_LINE = re.compile(r"^(?:[QAC]:|\?\??[ \t]*$)", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text, by its lines: `line` is its first, `end` the one after its last, both from 0.

    `kind` is "text" (a paragraph, its Markdown in `text`), "list" (the lines of its items in `items`), "quote", or
    "closed" (code, HTML, a table: no cards in it); `inner` says that it stands within a list or a quote.
    """

    kind: str
    line: int
    end: int
    text: str = ""
    items: tuple[tuple[int, int], ...] = ()
    inner: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: the line it begins at, the line after it, its level, its words."""

    line: int
    end: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its lines, the word behind the fence, what stands in it."""

    line: int
    end: int
    info: str
    content: str


@dataclass(frozen=True)
class Structure:
    """What a text is made of, each kind in the order of the text."""

    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]
    fences: tuple[Fence, ...]


@cache
def markdown() -> "MarkdownIt":
    """The one Markdown parser: CommonMark's blocks with tables. Lines are read by the cards' own rules."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable("reference")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def without_frames(text: str) -> str:
    """The text without the tags that only frame it; a summary stays apart from what stands behind it."""
    if "</summary>" in text:
        text = SUMMARY.sub("</summary> ", text)
    return FRAMES.sub("", text)


def structure(text: str, *, rules_close_cards: bool = False) -> Structure:
    """The headings and blocks of a text.

    A line ``---`` below a written card ends the card and makes no heading of it; with `rules_close_cards` it never
    makes one.
    """
    tokens = markdown().parse(without_frames(text) if "<" in text else text)
    headings: list[Heading] = []
    blocks: list[Block] = []
    fences: list[Fence] = []
    for place, token in enumerate(tokens):
        if token.map is None:
            continue
        kind, (line, end) = token.type, token.map
        if kind == "inline":
            opening = tokens[place - 1]
            if opening.type == "paragraph_open":
                blocks.append(_paragraph(token, line, end))
            elif opening.type == "heading_open" and opening.level == 0:
                end = opening.map[1] if opening.map else end
                if _closes_a_card(opening, token, rules_close_cards):
                    blocks.append(Block("text", line, end - 1, token.content))
                else:
                    words = " ".join(token.content.split())
                    headings.append(Heading(line, end, int(opening.tag[1]), words))
        elif kind in CLOSED:
            blocks.append(Block("closed", line, end, inner=token.level > 0))
            if kind == "fence":
                fences.append(Fence(line, end, (token.info.split() or [""])[0], token.content))
        elif token.level == 0 and kind in LISTS:
            blocks.append(Block("list", line, end, items=tuple(_items(tokens, place + 1))))
        elif token.level == 0 and kind == "blockquote_open":
            blocks.append(Block("quote", line, end))
    return Structure(tuple(headings), tuple(blocks), tuple(fences))


def _paragraph(token: "Token", line: int, end: int) -> Block:
    """A paragraph; in a callout without the line that says its kind, where there is more than that line."""
    text, inner = token.content, token.level > 1
    if inner and (head := CALLOUT.match(text)) and (rest := text[head.end() :].strip() or head[1].strip()):
        return Block("text", line + (rest != head[1].strip()), end, rest, inner=True)
    return Block("text", line, end, text, inner=inner)


def _closes_a_card(opening: "Token", words: "Token", always: bool) -> bool:
    return opening.markup == "-" and (always or CARD_LINE.search(words.content) is not None)


def _items(tokens: "Sequence[Token]", place: int) -> Iterator[tuple[int, int]]:
    while tokens[place].level > 0:
        if tokens[place].level == 1 and tokens[place].type == "list_item_open" and (lines := tokens[place].map):
            yield lines[0], lines[1]
        place += 1
