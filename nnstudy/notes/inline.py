"""What stands in the lines of a text: code, formulas, comments, bold terms, links, sentences; all in linear time."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nnstudy.notes.math import spans

BACKTICKS = re.compile(r"`+")
BOLD = re.compile(
    r"\*\*(?=[^\s*])([^*]+(?:\*(?!\*)[^*]+)*)(?<=\S)\*\*|(?<!\w)__(?=[^\s_])([^_]+(?:_(?!_)[^_]+)*)(?<=\S)__(?!\w)"
)
ABBREVIATIONS = "e.g i.e cf es ecc cioè p.es eq fig sec pag vs dr prof sig al resp approx ca mr mrs ms st"
NO_END = "".join(rf"(?<!\b{re.escape(word)}\.)" for word in ABBREVIATIONS.split())
SENTENCE_END = re.compile(rf"[.!?…](?<!\([.?])(?<!\(\?\?){NO_END}[\"”’»)*_]*\s+(?=[^\W_]|[\"“«(*$\[`])", re.I)
ENVIRONMENT = re.compile(r"\\begin\{((?:align|alignat|equation|gather|multline|eqnarray|flalign)\*?|displaymath)\}")
BRACKET = re.compile(r"\\.|!?\[|\]", re.S)
INITIAL = re.compile(r"(?:^|\s|\()(?:[A-Z]\w*\s[A-HJ-Z]|(?:[A-Z]\.\s?)+[A-Z])\.$")  # Harry S. Truman, J. S. Bach, U.S.
ANOTHER_INITIAL = re.compile(r"[A-Z]\.\s")
NUMBERED = re.compile(r"\b[^\W\d_]{1,4}\.\s+\d$")  # art. 3, no. 7, p. 12
DOTTED = re.compile(r"\b(?:[a-z]\.){2,}[\"”’»)*_]*\s+[^A-Z]$")  # c.c. and more
TARGET = re.compile(r"\((?:[^()\n\\]|\\.|\((?:[^()\n\\]|\\.)*+\))*+\)")
WIKI = re.compile(r"(!?)\[\[([^\[\]\n]{1,400})\]\]")
TAG = re.compile(r"<img\b([^<>]*)>", re.I)
ATTRIBUTE = r"\b{}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>=`]+))"
SIZE = re.compile(r"(?:\A|\|)\d+(?:x\d+)?\Z")  # of an image, as Obsidian writes it: ![[b.png|300x200]]
OBSIDIAN_COMMENT = re.compile(r"%%[^%]*(?:%(?!%)[^%]*)*%%")
MASK = "\ue000"
FAR = 1 << 60

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image in a text: its place, what is shown and what it points to.

    `kind` is "link" (``[label](target)``), "image" (``![…](…)`` or ``<img>``), "wiki" (``[[…]]``) or "embed"
    (``![[…]]``).
    """

    kind: str
    start: int
    end: int
    label: str
    target: str


# --- what is no prose ----------------------------------------------------------------------------------------------


def code_spans(text: str) -> list[Range]:
    """The places of code between backticks: a run of them is closed by the next run of the same length."""
    if "`" not in text:
        return []
    runs = [found.span() for found in BACKTICKS.finditer(text)]
    later: dict[int, int] = {}
    closing: list[int | None] = [None] * len(runs)
    for place in range(len(runs) - 1, -1, -1):
        length = runs[place][1] - runs[place][0]
        closing[place], later[length] = later.get(length), place
    found, place = [], 0
    while place < len(runs):
        close = closing[place]
        if close is not None and text[max(0, runs[place][0] - 1)] != "\\":
            found.append((runs[place][0], runs[close][1]))
            place = close
        place += 1
    return found


def comments(text: str) -> list[Range]:
    """The places of comments, of HTML and of Obsidian (``%% … %%``); one that is not closed is none."""
    found = [hidden.span() for hidden in OBSIDIAN_COMMENT.finditer(text)] if "%%" in text else []
    start = text.find("<!--")
    while start >= 0 and (end := text.find("-->", start + 4)) >= 0:
        found.append((start, end + 3))
        start = text.find("<!--", end + 3)
    return found if "%%" not in text else _outermost(found)


def _outermost(ranges: list[Range]) -> list[Range]:
    """The ranges in order, without those that begin within another."""
    kept: list[Range] = []
    for start, end in sorted(ranges):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def formulas(text: str) -> list[tuple[int, int, str, bool]]:
    r"""The formulas of a text as (start, end, LaTeX, display), bare ``\begin{align}…\end{align}`` among them."""
    found = list(spans(text))
    if "\\begin{" not in text:
        return found
    ranges = [(start, stop) for start, stop, _, _ in found]
    end = 0
    for opening in ENVIRONMENT.finditer(text):
        closing = f"\\end{{{opening[1]}}}"
        if opening.start() < end or inside(opening.start(), ranges):
            continue
        if (close := text.find(closing, opening.end())) < 0:
            break
        end = close + len(closing)
        found.append((opening.start(), end, text[opening.start() : end], True))
    return sorted(found)


def hidden(text: str) -> list[Range]:
    """The places of formulas and code, in which nothing is markup."""
    return sorted([(start, end) for start, end, _, _ in spans(text)] + code_spans(text))


def inside(place: int, ranges: list[Range]) -> bool:
    """Whether a place lies in one of these ranges, which are in order and apart."""
    before = bisect_right(ranges, (place, FAR)) - 1
    return before >= 0 and place < ranges[before][1]


def masked(text: str) -> str:
    """The text at its length, formulas, code and comments replaced by a character that no markup uses."""
    ranges = hidden(text) + (comments(text) if "<!--" in text or "%%" in text else [])
    if not ranges:
        return text
    pieces, end = [], 0
    for start, stop in sorted(ranges):
        if stop > end:
            pieces += [text[end : max(start, end)], MASK * (stop - max(start, end))]
            end = stop
    return "".join([*pieces, text[end:]])


def without_comments(text: str) -> str:
    """The text without its comments, but with those in code."""
    if "<!--" not in text and "%%" not in text:
        return text
    code = code_spans(text)
    pieces, end = [], 0
    for start, stop in comments(text):
        if not inside(start, code):
            pieces.append(text[end:start])
            end = stop
    return "".join([*pieces, text[end:]])


# --- sentences and bold terms ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a paragraph, spaces included: joined they are the paragraph again."""
    ends = list(SENTENCE_END.finditer(text))
    if not ends:
        return (text,)
    ranges = hidden(text)
    found, begin = [], 0
    for end in ends:
        if not (ranges and inside(end.start(), ranges)) and not _is_abbreviation(text, end):
            found.append(text[begin : end.end()])
            begin = end.end()
    return (*found, text[begin:])


def _is_abbreviation(text: str, end: re.Match[str]) -> bool:
    """Whether a full stop shortens a word, and ends no sentence: what stands on its two sides tells."""
    if end[0][0] != ".":
        return False
    stop, near = end.start() + 1, max(0, end.start() - 40)
    if text[stop - 2].isupper():
        return bool(ANOTHER_INITIAL.match(text, end.end()) or INITIAL.search(text[near:stop]))
    if text[end.end()].isdigit():
        return NUMBERED.search(text[near : end.end() + 1]) is not None
    return text[stop - 3 : stop - 2] == "." and DOTTED.search(text[near : end.end() + 1]) is not None


def bold_terms(text: str) -> list[re.Match[str]]:
    """The bold terms of a text, outside of code and formulas."""
    if "**" not in text and "__" not in text:
        return []
    ranges = hidden(text)
    return [found for found in BOLD.finditer(text) if not inside(found.start(), ranges)]


def term_of(bold: re.Match[str]) -> str:
    """The words between the marks of a bold term."""
    return (bold[1] or bold[2]).strip("*")


# --- links and images ----------------------------------------------------------------------------------------------


def links(text: str) -> list[Link]:
    """The links and images of a text, outermost only, in order."""
    found: list[Link] = []
    if "<" in text:
        found += [Link("image", *tag.span(), *_attributes(tag[1])) for tag in TAG.finditer(text)]
    if "[[" in text:
        for wiki in WIKI.finditer(text):
            target, _, label = wiki[2].partition("|")
            found.append(Link("embed" if wiki[1] else "wiki", *wiki.span(), label or target, target))
    if "](" in text:
        found += _bracketed(text)
    if len(found) < 2:
        return found
    outermost: list[Link] = []
    for link in sorted(found, key=lambda link: (link.start, -link.end)):
        if not outermost or link.start >= outermost[-1].end:
            outermost.append(link)
    return outermost


def _bracketed(text: str) -> Iterator[Link]:
    """``[label](target)``, whatever brackets stand in either."""
    opened: list[tuple[int, bool]] = []
    place = 0
    while found := BRACKET.search(text, place):
        place = found.end()
        if found[0].endswith("["):
            opened.append((found.start(), found[0] == "!["))
        elif found[0] == "]" and opened:
            start, image = opened.pop()
            if target := TARGET.match(text, place):
                label = text[start + 1 + image : place - 1]
                place = target.end()
                yield Link("image" if image else "link", start, place, label, _destination(target[0][1:-1]))


def _destination(inside_brackets: str) -> str:
    """The target without the title behind it and the angle brackets around it."""
    target = re.sub(r"\s+(?:\"[^\"]*\"|'[^']*')\s*$", "", inside_brackets).strip()
    return target[1:-1] if target.startswith("<") and target.endswith(">") else target


def _attributes(tag: str) -> tuple[str, str]:
    """The label and the target of an ``<img>``."""
    values = []
    for name in ("alt", "src"):
        found = re.search(ATTRIBUTE.format(name), tag, re.I)
        values.append((found[1] or found[2] or found[3] or "") if found else "")
    return values[0], values[1]


def name_images(text: str) -> str:
    """The text with a caption in the place of each image: a terminal shows none, and nothing is ever fetched."""
    if "![" not in text and "<img" not in text.lower():
        return text
    pieces, end = [], 0
    for link in links(text):
        if link.kind in ("image", "embed"):
            what = "image" if link.kind == "image" or "." in link.target else "note"
            pieces += [text[end : link.start], f"[{what}: {_caption(link)}]"]
            end = link.end
    return "".join([*pieces, text[end:]])


def label_links(text: str) -> str:
    """The text with every link as ``[label](_)``, whatever brackets it had: a terminal opens none."""
    code = code_spans(text)
    pieces, end = [], 0
    for link in links(text):
        if link.kind in ("link", "wiki") and not inside(link.start, code):
            label = re.sub(r"[\[\]]+", "", link.label).replace("#", " › ").strip() or link.target or "?"
            pieces += [text[end : link.start], f"[{label}](_)"]
            end = link.end
    return "".join([*pieces, text[end:]])


def _caption(image: Link) -> str:
    caption = SIZE.sub("", image.label).strip() or image.target
    if "/" in caption:  # a path says where the file lies; its last part is what it was called
        caption = caption.rstrip("/").rpartition("/")[2]
    return re.sub(r"[\[\]\s]+", " ", caption).strip() or "?"
