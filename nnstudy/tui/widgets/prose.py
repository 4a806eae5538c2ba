"""Note text as it stands on a screen: emphasis, lists and formulas readable, images named, nothing obeyed."""

import re
from collections.abc import Iterator

from textual.content import Content

from nnstudy.words import visible

INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|(?<![\w*])\*(?P<italic>[^*\s][^*\n]*?)\*(?![\w*])"
    r"|\[(?P<link>[^\]\n]+)\]\([^)\s]*\)"
    r"|(?P<gap>\[…\])"
    r"|(?P<image>\[image: [^\]\n]*\])"
)
STYLES = {
    "code": "$text-accent",
    "bold": "bold",
    "italic": "italic",
    "link": "underline",
    "gap": "bold reverse",
    "image": "dim italic",
}
BULLET = re.compile(r"^(\s*)[-*+]\s+", re.M)
HELD = 0xF0000  # formulas wait as private-use characters while the text around them is read
MOST_HELD = 0xFFFD
INDENT = "    "


def prose(text: str, width: int = 0, source: bool = False) -> Content:
    """The Markdown of a prompt or an answer as styled text.

    Formulas that have lines for themselves are broken where they are wider than ``width`` cells; with ``source`` all
    formulas stand as they are written in the note.
    """
    text = visible(text, keep="\n\t").expandtabs(4)
    formulas: list[str] = []
    if "$" in text or "\\(" in text or "\\[" in text:
        text, formulas = _hold_formulas(text, width, source)
    if "](" in text or "[[" in text:
        from nnstudy.notes.inline import label_links

        text = label_links(text)
    text = BULLET.sub(r"\1• ", text)
    return Content.assemble(*_styled(text, formulas))


def _hold_formulas(text: str, width: int, source: bool) -> tuple[str, list[str]]:
    from nnstudy.notes.math import readable, spans

    kept: list[str] = []
    pieces, end = [], 0
    for start, stop, latex, display in spans(text):
        if len(kept) == MOST_HELD:
            break
        line = text[text.rfind("\n", 0, start) + 1 : start]
        pieces += [text[end:start], chr(HELD + len(kept))]
        if source:
            kept.append(text[start:stop])
        elif display:
            room = max(20, width - len(line) - len(INDENT)) if width else 0
            kept.append(INDENT + readable(latex, width=room).replace("\n", "\n" + line + INDENT))
        else:
            kept.append(readable(latex, inline=True))
        end = stop
    return "".join([*pieces, text[end:]]), kept


def _styled(text: str, formulas: list[str]) -> Iterator[tuple[str, str]]:
    end = 0
    for found in INLINE.finditer(text):
        yield from _released(text[end : found.start()], formulas, "")
        kind = found.lastgroup or ""
        yield from _released(found[kind], formulas, STYLES[kind])
        end = found.end()
    yield from _released(text[end:], formulas, "")


def _released(text: str, formulas: list[str], style: str) -> Iterator[tuple[str, str]]:
    """The text with its formulas back in their places, set in a colour of their own."""
    for piece in re.split("([\U000f0000-\U000ffffd])", text):
        place = ord(piece) - HELD if len(piece) == 1 else -1
        if 0 <= place < len(formulas):
            yield formulas[place], "$text-primary"
        elif piece:
            yield piece, style
