"""Names made of words: what ids and links are made of."""

import re
import unicodedata

SLUG_WORDS = 8


def folded(text: str) -> str:
    """The text in lower case and without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def slug(text: str) -> str:
    """Lower-case words joined by hyphens, without accents or punctuation: a name that typing and links can carry."""
    return "-".join(re.findall(r"\w+", folded(text).replace("_", " ")))


def short_slug(text: str) -> str:
    """The slug of the first words of a text."""
    return "-".join(slug(text[:2000]).split("-")[:SLUG_WORDS])[:200] or "untitled"
