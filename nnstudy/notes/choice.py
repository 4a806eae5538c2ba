"""Which cards are made of a note: the families of written cards that are read, the kinds that are derived.

Both are settings, and properties of a note: ``card_families: qa, inline`` names what is read, ``derived_cards:
-formula`` all but what is named, ``none`` nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nnstudy.errors import StudyError, nearest
from nnstudy.notes.remark import Remark

FAMILIES = {
    "qa": "Q: and A:, and C: with [gaps], each up to a blank line, or to a line --- below",
    "inline": "front :: back, and front ::: back for both directions",
    "multiline": "front and back parted by a line ?, or ?? for both directions",
    "highlights": "==gap==, with ==gap==^[hint]",
    "braces": "{{gap}}, {{c1::gap::hint}}",
    "hashcards": "qa, each card up to the next or to a line ---, over blank lines",
    "obsidian": "inline without spaces around it: front::back",
}
DEFAULT_FAMILIES = ("qa", "inline", "multiline", "highlights", "braces")
DERIVED = ("recall", "cloze", "list", "formula", "definition", "open")
DECK_TAG = re.compile(r"(?<![\w#/&])#flashcards?(?:/[\w/-]+)?(?![\w-])")


@dataclass(frozen=True)
class Choice:
    """The families of written cards to read and the kinds of cards to derive."""

    families: frozenset[str] = frozenset(DEFAULT_FAMILIES)
    derived: frozenset[str] = frozenset(DERIVED)


def chosen(words: Iterable[str], known: Iterable[str], base: Iterable[str], what: str) -> frozenset[str]:
    """The set that words name: those given; with a ``-`` before each the base without them. StudyError for others."""
    words = [word.strip().casefold() for word in words if word.strip()]
    known = tuple(known)
    for word in words:
        if word.lstrip("-") not in (*known, "none", "all"):
            raise StudyError(f"{what} {word.lstrip('-')!r} is unknown{nearest(word.lstrip('-'), known)}")
    given = {word for word in words if not word.startswith("-")}
    if "all" in given:
        given |= set(DEFAULT_FAMILIES) & set(known) or set(known)
    start = given if given else set(base)
    return frozenset(start - {word[1:] for word in words if word.startswith("-")} - {"none", "all"})


def by_settings(families: Iterable[str], derived: Iterable[str]) -> Choice:
    """The choice that the settings of these names make; StudyError for a word that is unknown."""
    return Choice(
        chosen(families, FAMILIES, DEFAULT_FAMILIES, "family of cards") if families else Choice().families,
        chosen(derived, DERIVED, DERIVED, "card kind") if derived else Choice().derived,
    )


def choice_of(properties: Mapping[str, str], text_marks: Iterable[str], base: Choice) -> tuple[Choice, list[Remark]]:
    """The choice for one note: its properties over the settings; `text_marks` are families that its text asks for.

    What a property names wrongly is reported, and the settings hold.
    """
    given = {re.sub(r"[\s_-]+", "_", name.casefold()): value for name, value in properties.items()}
    remarks: list[Remark] = []
    families, derived = base.families | frozenset(text_marks), base.derived
    for name, known, what in (("card_families", FAMILIES, "family of cards"), ("derived_cards", DERIVED, "card kind")):
        if name not in given:
            continue
        words = re.split(r"[,;\s]+", given[name])
        try:
            if what == "card kind":
                derived = chosen(words, known, base.derived, what)
            else:
                families = chosen(words, known, families, what)
        except StudyError as trouble:
            remarks.append(Remark(1, "property", f"{name}: {trouble}", "error"))
    return Choice(families, derived), remarks
