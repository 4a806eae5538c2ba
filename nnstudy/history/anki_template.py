"""What a template of Anki makes of a note: the HTML of a card's question and answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nnstudy.history.anki_file import NoteType
from nnstudy.notes.clozes import GAP

SECTION = re.compile(r"\{\{([#^])\s*([^{}]+?)\s*\}\}((?:(?!\{\{[#^]).)*?)\{\{/\s*\2\s*\}\}", re.S)
FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
RULE = re.compile(r"<hr[^<>]*\bid\s*=\s*[\"']?answer\b[^<>]*>", re.I)
COMMENT = re.compile(r"<!--.*?-->", re.S)
CLOZE = re.compile(r"\{\{c([\d,]+)::((?:(?!\{\{c[\d,]+::|\}\}).)*)\}\}", re.S)
EMPTY_START = re.compile(r"(?:\s|<br\s*/?>)+", re.I)
DEEPEST = 8  # clozes and sections in one another


@dataclass(frozen=True)
class Sides:
    """The two sides of a card in HTML."""

    question: str
    answer: str


def sides(note_type: NoteType, fields: Mapping[str, str], number: int) -> Sides | None:
    """What card `number` of a note asks and answers; None when its note type has no such card."""
    template = note_type.templates.get(0 if note_type.is_cloze else number)
    if template is None:
        return None
    gap = number + 1 if note_type.is_cloze else 0
    question = _fill(COMMENT.sub("", template.question), fields, gap, hidden=True)
    behind = RULE.split(COMMENT.sub("", template.answer), maxsplit=1)[-1]
    behind = re.sub(r"\{\{\s*FrontSide\s*\}\}", "", behind)
    answer = _fill(behind, fields, gap, hidden=False)
    if gap:
        words, rest = _words(fields, template.question, gap), _fill(_without_clozes(behind), fields, gap, hidden=False)
        answer = "<br>".join(filter(None, (words, EMPTY_START.sub("", rest, 1) if EMPTY_START.match(rest) else rest)))
    return Sides(question, answer)


def _without_clozes(template: str) -> str:
    return re.sub(r"\{\{[^{}]*\bcloze:[^{}]*\}\}", "", template)


def _fill(template: str, fields: Mapping[str, str], gap: int, *, hidden: bool) -> str:
    for _ in range(DEEPEST):
        template, changed = SECTION.subn(lambda found: _section(found, fields, gap), template)
        if not changed:
            break
    return FIELD.sub(lambda found: _field(found[1], fields, gap, hidden), template)


def _section(found: "re.Match[str]", fields: Mapping[str, str], gap: int) -> str:
    name = found[2]
    there = name == f"c{gap}" if re.fullmatch(r"c\d+", name) else bool(fields.get(name, "").strip())
    return found[3] if there == (found[1] == "#") else ""


def _field(name: str, fields: Mapping[str, str], gap: int, hidden: bool) -> str:
    *filters, name = name.split(":")
    if "type" in filters and "cloze" not in filters and hidden:
        return ""  # the field in which to type the answer
    value = fields.get(name.strip(), "")
    return gapped(value, gap if hidden else 0) if "cloze" in filters else value


def gapped(text: str, number: int) -> str:
    """A text with its gaps filled, but for those of this number, which are asked for, with their hints."""
    for _ in range(DEEPEST):
        text, changed = CLOZE.subn(lambda found: _shown(found, number), text)
        if not changed:
            break
    return text


def _shown(found: "re.Match[str]", number: int) -> str:
    words, _, hint = found[2].partition("::")
    if str(number) not in found[1].split(","):
        return words
    return f"{GAP} ({hint})" if hint else GAP


def _words(fields: Mapping[str, str], template: str, number: int) -> str:
    """The words that the gaps of this number ask for."""
    found: list[str] = []
    for name in re.findall(r"\{\{[^{}]*\bcloze:([^{}:]+)\}\}", template):
        text = fields.get(name.strip(), "")
        for _ in range(DEEPEST):  # from the inside to the outside
            matches = list(CLOZE.finditer(text))
            found += [m[2].partition("::")[0] for m in matches if str(number) in m[1].split(",")]
            if not matches:
                break
            text = CLOZE.sub(lambda match: match[2].partition("::")[0], text)
    return ", ".join(dict.fromkeys(found))
