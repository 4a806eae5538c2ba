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
HELD = 0xE000  # formulas wait as private-use characters while the text around them is read


def prose(text: str) -> Content:
    """The Markdown of a prompt or an answer as styled text."""
    text = visible(text, keep="\n\t").expandtabs(4)
    formulas: list[str] = []
    if "$" in text or "\\(" in text or "\\[" in text:
        text, formulas = _hold_formulas(text)
    text = BULLET.sub(r"\1• ", text)
    return Content.assemble(*_styled(text, formulas))


def _hold_formulas(text: str) -> tuple[str, list[str]]:
    from nnstudy.notes.math import readable, spans

    kept: list[str] = []
    pieces, end = [], 0
    for start, stop, latex, _display in spans(text):
        pieces += [text[end:start], chr(HELD + len(kept))]
        kept.append(readable(latex))
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
    for piece in re.split(r"([\ue000-\uf8ff])", text):
        place = ord(piece) - HELD if len(piece) == 1 else -1
        if 0 <= place < len(formulas):
            yield formulas[place], "$text-primary"
        elif piece:
            yield piece, style
