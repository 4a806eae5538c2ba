"""What leads to an enumeration or a formula, and the formula cards."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nnstudy.notes.clozes import GAP
from nnstudy.notes.families import Draft
from nnstudy.notes.inline import formulas, sentences
from nnstudy.notes.names import short_slug
from nnstudy.notes.structure import Block
from nnstudy.notes.terms import POINTER, WORDS, leans

FOLLOWS = re.compile(
    r"\b(?:from|by|with|in) (?:this|these|that|which)\b|(?<!as )\bfollows\b"
    r"|\b(?:da|con|in) (?:ciò|quest[oaie]|cui)\b|(?<!come )\bsegue\b",
    re.I,
)
FORWARD = re.compile(  # a sentence with its full stop leads to a list only where it says so
    r"\b(?:following|these|below|two|three|four|five|six|seven|eight|nine|ten|several|some|many|various|\d+"
    r"|seguent[ei]|quest[ei]|ecco|sotto|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|alcun[ei]|divers[ei]|vari[e]?"
    r"|molt[ei])\b",
    re.I,
)
TOKEN = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\[a-zA-Z]+|\\.|:=|.", re.S)
RELATION_NAMES = (
    "approx equiv le leq ge geq ne neq sim simeq cong propto in subset subseteq to rightarrow longrightarrow leftarrow "
    "Rightarrow implies iff Leftrightarrow leftrightarrow rightleftharpoons coloneqq triangleq"
)
RELATIONS = frozenset(("=", ":=", "<", ">", "→", *(f"\\{name}" for name in RELATION_NAMES.split())))
OPENING, CLOSING = frozenset(("{", "(", "[", "\\left", "\\{")), frozenset(("}", ")", "]", "\\right", "\\}"))
LONGEST_SIDE = 80  # characters of a formula's left side that say which formula is meant


def lead_of(near: str, earlier: str, *, to_list: bool = False) -> tuple[str, str]:
    """The sentence that leads to what stands below, and the same with what it leans on; both empty where none does.

    `near` is the text right above, `earlier` what stands before that.
    """
    ends = [stop for _, stop, _, display in formulas(near) if display]
    shown, said = (near[: ends[-1]], near[ends[-1] :]) if ends else ("", near)
    parts = [part for part in sentences(said.strip()) if part.strip()]
    if not parts:
        return "", ""
    sentence = parts[-1].strip()
    finished = sentence.rstrip('*_)"”»')[-1:] in (".", "!")
    if POINTER.match(sentence) or len(WORDS.findall(sentence)) < (1 if to_list else 2):
        return "", ""
    if to_list and finished and not FORWARD.search(sentence):
        return "", ""
    if leans(sentence) or FOLLOWS.search(sentence) or sentence[0].islower():
        before = parts[-2].strip() if len(parts) > 1 else _last(shown or earlier)
        return sentence, f"{before}{_gap(before)}{sentence}"
    return sentence, sentence


def _last(text: str) -> str:
    """The last thing that a text says: its last sentence, or the formula that it ends with."""
    text = text.strip()
    for start, stop, _, display in formulas(text):
        if display and not text[stop:].strip(" .,;"):
            return text[start:stop]
    return sentences(text)[-1].strip() if text else ""


def _gap(before: str) -> str:
    return "" if not before else "\n\n" if before.endswith(("$$", "\\]")) or "\\end{" in before[-20:] else " "


# --- formula ---------------------------------------------------------------------------------------------------------


def formula_cards(block: Block, near: str, earlier: str, path: str, say: Mapping[str, str]) -> Iterator[Draft]:
    """One card a formula that has its lines for itself, asked for by what leads to it, else by its left side."""
    begin = end = 0  # of the formula before, with what leads to it
    for start, stop, latex, display in formulas(block.text):
        if not display or not latex.strip():
            continue
        said = block.text[end:start].strip()
        above = block.text[begin:end].strip() or (near if said else "") or earlier
        sentence, whole = lead_of(said or ("" if end else near), above if said else earlier)
        answer = block.text[start:stop].strip()
        line = block.line + block.text.count("\n", 0, start)
        side = left_side(latex)
        if sentence:
            shown = f"\n\n${side}$ {GAP}" if side and sentence.endswith(".") else ""
            prompt = f"{path}\n\n{whole}{shown} ({say['formula of']})"
            yield Draft("formula", f"formula-{short_slug(sentence)}", prompt, answer, line)
        else:
            prompt = say["formula"].format(path=path) + (f"\n\n${side}$ {GAP}" if side else "")
            yield Draft("formula", f"formula-{short_slug(latex)}", prompt, answer, line)
        begin, end = end, stop


def left_side(latex: str) -> str:
    """A formula's left side with the relation behind it, ``L(w) =``; empty where it has none, or a long one."""
    depth, begun, pieces = 0, False, list[str]()
    for token in TOKEN.findall(latex.strip()):
        if token.startswith(("\\begin{", "\\end{")):
            if begun:
                return ""  # a block on the left side, as in a matrix times a vector
            continue
        if token in ("\\\\", "&"):
            if token == "\\\\":
                return ""
            continue
        if token in RELATIONS and not depth:
            side = " ".join("".join(pieces).split())
            return f"{side} {token}" if 0 < len(side) <= LONGEST_SIDE else ""
        depth += (token in OPENING) - (token in CLOSING)
        pieces.append(token)
        begun = begun or not token.isspace()
    return ""


# --- the same prompt twice -------------------------------------------------------------------------------------------


def told_apart(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """The cards; of lists that are asked for alike the first item is shown, formulas asked for alike are numbered."""
    drafts = list(drafts)
    times = Counter((draft.kind, draft.prompt) for draft in drafts if draft.kind in ("list", "formula"))
    seen: Counter[tuple[str, str]] = Counter()
    for draft in drafts:
        key = (draft.kind, draft.prompt)
        if times[key] < 2:
            yield draft
            continue
        seen[key] += 1
        first = draft.answer.split("\n", 1)[0]
        more = f"\n\n{first}\n{GAP}" if draft.kind == "list" else f" ({seen[key]}/{times[key]})"
        yield replace(draft, prompt=draft.prompt + more)
