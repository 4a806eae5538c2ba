r"""Cards as HTML, as other programs keep them, and back: Markdown with ``\(…\)`` formulas on either side."""

import re
from functools import cache
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from nnstudy.notes.inline import formulas

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

HELD = re.compile("\ue000(\\d+)\ue001")  # what stands for a part that Markdown is not to touch
MATHJAX = re.compile(
    r"\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\]"
    r"|\[\$\](?P<old>.+?)\[/\$\]|\[\$\$\](?P<old_display>.+?)\[/\$\$\]|\[latex\](?P<latex>.+?)\[/latex\]",
    re.S | re.I,
)
MARKUP = re.compile(r"[*`$\\]|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!])")
LINE_MARKUP = re.compile(r"^(\s*)(#{1,6}\s|>|[+-]\s)")
TAGS = re.compile(r"</?[a-z][^<>]*>", re.I)
SOUND = re.compile(r"\[sound:([^\]\n]*)\]")
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "s": "~~", "del": "~~", "strike": "~~"}
BLOCKS = {
    "div",
    "p",
    "ul",
    "ol",
    "table",
    "tr",
    "section",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "hr",
}
UNSEEN = {"script", "style", "head", "title", "template"}


# --- to HTML -------------------------------------------------------------------------------------------------------


def html_of(text: str, held: tuple[str, ...] = ()) -> str:
    r"""Markdown as HTML, formulas as MathJax reads them (``\(…\)``, ``\[…\]``).

    Each of the `held` pieces of HTML takes the place of a ``\ue000N\ue001`` in the text, N its number.
    """
    pieces, end, parts = [], 0, list(held)
    for start, stop, latex, display in formulas(text):
        opening, closing = ("\\[", "\\]") if display else ("\\(", "\\)")
        pieces += [text[end:start], f"\ue000{len(parts)}\ue001"]
        parts.append(escape(f"{opening}{latex}{closing}", quote=False))
        end = stop
    html = _markdown().render("".join([*pieces, text[end:]])).strip()
    if html.count("<p>") == 1 and html.startswith("<p>") and html.endswith("</p>"):
        html = html[3:-4]
    return HELD.sub(lambda found: parts[int(found[1])] if int(found[1]) < len(parts) else "", html)


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


# --- from HTML -----------------------------------------------------------------------------------------------------


def text_of(html: str) -> str:
    """HTML as Markdown: formulas, bold, italic, code, lists and tables stay; images and sounds are named."""
    parser = _Text()
    parser.feed(MATHJAX.sub(lambda formula: TAGS.sub(" ", formula[0]), html))
    parser.close()
    lines = [line.rstrip() for line in "".join(parser.pieces).replace("\xa0", " ").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Text(HTMLParser):
    """Gathers Markdown; text is put down whole, so that a formula in which tags stand is seen as one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0
        self._lists: list[int | None] = []  # the number of the next item, None in a list without numbers
        self._cells = 0
        self._in_code = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag == "img":
            name = given.get("alt") or given.get("src", "").rpartition("/")[2]
            self.pieces.append(f"[image: {_named(name)}]")
        elif tag in ("ul", "ol"):
            self._new_line()
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag in ("td", "th"):
            self.pieces.append(" | " if self._cells else "")
            self._cells += 1
        elif tag in BLOCKS:
            self._cells = 0
            self._new_line()
        else:
            self._mark(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in ("ul", "ol"):
            self._lists = self._lists[:-1]
            self._new_line()
        elif tag in BLOCKS:
            self._new_line()
        else:
            self._mark(tag, -1)

    def handle_data(self, data: str) -> None:
        if not self.pieces or self.pieces[-1].endswith("\n"):
            data = data.lstrip()
        if data and not self._unseen:
            self.pieces.append(data if self._in_code else _escaped(data))

    def _mark(self, tag: str, step: int) -> None:
        if (mark := MARKS.get(tag)) is not None:
            self._in_code = max(0, self._in_code + step * (tag == "code"))
            self.pieces.append(mark)

    def _item(self) -> None:
        self._new_line()
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        self.pieces.append("  " * (len(self._lists) - 1) + ("- " if number is None else f"{number}. "))

    def _new_line(self) -> None:
        if "".join(self.pieces[-2:]).strip(" ") and not "".join(self.pieces[-2:]).endswith("\n"):
            self.pieces.append("\n")


def _escaped(data: str) -> str:
    """Text in which Markdown finds no marks but those of its formulas."""
    pieces, end = [], 0
    for formula in MATHJAX.finditer(data):
        kind = str(formula.lastgroup)
        latex = formula[kind].strip().strip("$")
        opening, closing = ("\\[", "\\]") if "display" in kind else ("\\(", "\\)")
        pieces += [_unmarked(data[end : formula.start()]), opening + " ".join(latex.split()) + closing]
        end = formula.end()
    return "".join([*pieces, _unmarked(data[end:])])


def _unmarked(text: str) -> str:
    text = SOUND.sub(lambda found: f"[sound: {_named(found[1])}]", text)
    return LINE_MARKUP.sub(r"\1\\\2", MARKUP.sub(r"\\\g<0>", re.sub(r"\s*\n\s*", " ", text)))


def _named(name: str) -> str:
    return re.sub(r"[\[\]\s]+", " ", name).strip() or "?"
