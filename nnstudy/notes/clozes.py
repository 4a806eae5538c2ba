"""Gaps in a text that their author marked: ``==gap==``, ``{{gap}}``, ``{{c1::gap::hint}}``, ``C: [gap]``."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nnstudy.notes.inline import inside, links, masked

GAP = "[…]"
HIGHLIGHT = re.compile(
    r"(?<![\\=])==(?=[^\s=])(?:(\d+);;)?((?:(?!==|;;)[^\n])+?)(?:;;((?:(?!==)[^\n])*))?(?<=[^\s\\])==(?!=)"
    r"(?:\^\[([^\]\n]*)\])?(?:\[\^(\d+)\])?"
)
BRACES = re.compile(
    r"(?<![\\{])\{\{(?:c?(\d+)(?:::|;;))?((?:(?!\}\}|\{\{|::|;;)[^\n])+)(?:(?:::|;;)((?:(?!\}\}|\{\{)[^\n])*))?\}\}"
)
LIQUID = re.compile(r"\s[\w.\-\[\]'\"]+\s*(?:\|[^{}]*)?\s")  # {{ page.title | escape }}: a template, not a gap
BRACKET = re.compile(r"\\[\[\]]|[\[\]]")


@dataclass(frozen=True, slots=True)
class Gap:
    """A marked part of a text: its place with the marks, the words to ask for, a hint, the number it is asked with."""

    start: int
    end: int
    words: str
    hint: str = ""
    number: int | None = None


def gaps(text: str, families: Iterable[str]) -> list[Gap]:
    """The gaps that the families ``highlights`` and ``braces`` mark, outside of code, formulas and comments."""
    seen, found = None, []
    if "highlights" in families and "==" in text:
        seen = masked(text)
        for mark in HIGHLIGHT.finditer(seen):
            hint = _part(text, mark, 3) or _part(text, mark, 4)
            found.append(Gap(*mark.span(), _part(text, mark, 2), hint, _number(mark[1] or mark[5])))
    if "braces" in families and "{{" in text:
        seen = seen or masked(text)
        for mark in BRACES.finditer(seen):
            if not LIQUID.fullmatch(mark[2]):
                found.append(Gap(*mark.span(), _part(text, mark, 2).strip(), _part(text, mark, 3), _number(mark[1])))
    found.sort(key=lambda gap: gap.start)
    apart = [gap for before, gap in zip([None, *found], found, strict=False) if not before or gap.start >= before.end]
    return [gap for gap in apart if gap.words.strip()]


def bracket_gaps(text: str) -> tuple[list[Gap], str | None]:
    """The gaps of ``C: a [gap]``, and what is wrong with the brackets; images, links and footnotes are no gaps."""
    skip = [(link.start, link.end) for link in links(text)]
    seen, found, opened = masked(text), [], []
    for bracket in BRACKET.finditer(seen):
        place = bracket.start()
        if len(bracket[0]) > 1 or inside(place, skip):
            continue
        if bracket[0] == "[":
            opened.append(place)
        elif not opened:
            return [], "a bracket ] closes none"
        else:
            start = opened.pop()
            words = text[start + 1 : place]
            if not opened and not words.startswith("^"):
                if not words.strip():
                    return [], "a gap [] is empty"
                found.append(Gap(start, place + 1, words.strip()))
    if opened:
        return [], "a bracket [ is not closed"
    return found, None if found else "this cloze (C:) has no [gap]"


def asked(text: str, found: Sequence[Gap]) -> Iterator[tuple[str, str]]:
    """One prompt and answer for each gap, or for all gaps of one number; the others are shown."""
    numbered: dict[int | str, list[Gap]] = {}
    for place, gap in enumerate(found):
        numbered.setdefault(gap.number if gap.number is not None else f"{place}", []).append(gap)
    groups = [group for number, group in numbered.items() if isinstance(number, str)]
    groups += [numbered[number] for number in sorted(n for n in numbered if isinstance(n, int))]
    for group in groups:
        words = list(dict.fromkeys(gap.words for gap in group))
        yield "".join(_shown(text, found, group)).strip(), ", ".join(words)


def plain(text: str, found: Sequence[Gap]) -> str:
    """The text with its gaps filled and the marks gone."""
    return "".join(_shown(text, found, ()))


def _shown(text: str, found: Sequence[Gap], hidden: Sequence[Gap]) -> Iterator[str]:
    end = 0
    for gap in found:
        yield text[end : gap.start]
        if gap in hidden:
            yield f"{GAP} ({gap.hint})" if gap.hint else GAP
        else:
            yield gap.words
        end = gap.end
    yield text[end:]


def _part(text: str, mark: "re.Match[str]", group: int) -> str:
    start, end = mark.span(group)
    return text[start:end] if start >= 0 else ""


def _number(digits: str | None) -> int | None:
    return int(digits[:9]) if digits else None
