"""Cards derived from a section's own text.

One *recall* card a section, which shows at the reveal its key points as a list to tick; one *cloze* card a **bold**
term, asked for in a sentence that stands by itself; one *list* card an enumeration of two items or more; one *formula*
card a formula that has its lines for itself; *definition* cards both ways for ``**X** is …`` and ``X: …``; one *open*
card where the author says that they do not know.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nnstudy.notes.clozes import gaps, plain
from nnstudy.notes.families import Draft
from nnstudy.notes.inline import formulas, links, sentences, without_comments
from nnstudy.notes.leads import formula_cards, lead_of, told_apart
from nnstudy.notes.names import short_slug
from nnstudy.notes.prompts import MARK
from nnstudy.notes.questions import callouts, may_say_unsure, open_questions, says_unsure
from nnstudy.notes.structure import Block, without_frames
from nnstudy.notes.terms import POINTER, clozes, definitions, labelled

WORD = re.compile(r"\w")
BLANKS = re.compile(r"\n[^\S\n]*\n(?:[^\S\n]*\n)+")
POINTS = 9  # the most that a recall card lists
ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")
TAG = re.compile(r"(?<!\S)#\S+")
TASK = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+\[[ xX]\]\s")
CALLOUT = re.compile(r"^((?:[ \t]*>)+[ \t]*)\[!([\w-]+)\][-+]?[ \t]*(.*)$", re.M)
LABORATORY = re.compile(  # what to do in the laboratory is nothing to know by heart
    r"\b(?:experiment|esperimento)\b[^.!?]{0,300}[,:;] "
    r"(?:look|watch|compare|predict|see|try|guarda|osserva|confronta|prevedi)\b",
    re.I,
)


def derived(
    body: str, blocks: Sequence[Block], used: frozenset[int], kinds: frozenset[str], path: str, say: Mapping[str, str]
) -> Iterator[Draft]:
    """The derived cards of a section: `used` are the lines that its written cards took, `say` the phrases to ask in."""
    lines = body.split("\n")
    if used:
        lines = ["" if number in used else line for number, line in enumerate(lines)]
        blocks = list(_left(blocks, lines, used))
    text = _readable("\n".join(lines))
    if not text:
        return
    if any(mark in body for mark in ("==", "{{", "<!--", "%%", " ^")):
        blocks = [_readable_block(block) for block in blocks]
    doubts = may_say_unsure(text)
    if "recall" in kinds:
        first = next(number for number, line in enumerate(lines) if line.strip())
        asked = callouts(lines, blocks) if "[!" in body else frozenset[int]()
        told = [block for block in blocks if block.line not in asked]
        units = list(_units(told, lines))
        known = [unit for unit in units if not (doubts and says_unsure(unit[0]))]
        if known or not (units or asked) or "open" not in kinds or any(b.kind in ("list", "closed") for b in blocks):
            yield Draft("recall", "recall", say["recall"].format(path=path), text, first, tuple(_key_points(known)))
    yield from told_apart(_of_blocks(lines, blocks, kinds, path, say))
    if "open" in kinds and (doubts or "[!" in body):
        yield from open_questions(lines, blocks)


def _of_blocks(
    lines: Sequence[str], blocks: Sequence[Block], kinds: frozenset[str], path: str, say: Mapping[str, str]
) -> Iterator[Draft]:
    lead, lead_end, earlier = "", 0, ""
    for block in blocks:
        near = lead if _blank(lines[lead_end : block.line]) else ""
        if block.kind == "list" and len(block.items) >= 2 and "list" in kinds and not _are_tasks(block, lines):
            yield _list_card(block, lines, (near, earlier), path, say)
        elif block.kind == "text":
            yield from _of_paragraph(block, kinds, ("", "") if block.inner else (near, earlier), path, say)
            lead, lead_end, earlier = "" if block.inner else block.text, block.end, near


def _of_paragraph(
    block: Block, kinds: frozenset[str], before: tuple[str, str], path: str, say: Mapping[str, str]
) -> Iterator[Draft]:
    if "**" in block.text or "__" in block.text:
        if "cloze" in kinds:
            yield from clozes(block, path)
        if "definition" in kinds:
            yield from definitions(block, say)
    if "definition" in kinds and ":" in block.text:
        yield from labelled(block, kinds, path, say)
    if "formula" in kinds and ("$$" in block.text or "\\[" in block.text or "\\begin" in block.text):
        yield from formula_cards(block, *before, path, say)


def _are_tasks(block: Block, lines: Sequence[str]) -> bool:
    """Whether a list says what to do, and not what is so."""
    return all(TASK.match(lines[first]) for first, _ in block.items)


def _blank(lines: Sequence[str]) -> bool:
    return not any(line.strip() for line in lines)


# --- the text that is left -------------------------------------------------------------------------------------------


def _left(blocks: Sequence[Block], lines: Sequence[str], used: frozenset[int]) -> Iterator[Block]:
    """The blocks without the lines that written cards took; a paragraph may come apart."""
    for block in blocks:
        if used.isdisjoint(range(block.line, block.end)):
            yield block
        elif block.kind == "list":
            items = tuple(item for item in block.items if used.isdisjoint(range(*item)))
            yield Block("list", block.line, block.end, items=items)
        elif block.kind == "text":
            start = block.line
            for number in range(block.line, block.end + 1):
                if number == block.end or number in used:
                    if text := "\n".join(line.strip() for line in lines[start:number]).strip():
                        yield Block("text", start, number, text, inner=block.inner)
                    start = number + 1


def _readable(text: str) -> str:
    """A section's text without comments, frames and the marks of gaps and callouts, its blank lines few."""
    if "<" in text or "%%" in text:
        text = without_frames(without_comments(text))
    if "[!" in text:
        text = CALLOUT.sub(_callout_head, text)
    if " ^" in text:
        text = MARK.sub("", text)
    if "==" in text or "{{" in text:
        text = plain(text, gaps(text, ("highlights", "braces")))
    return BLANKS.sub("\n\n", text).strip("\n").rstrip()


def _callout_head(head: re.Match[str]) -> str:
    title = head[3].replace("**", "").strip() or head[2].capitalize()
    return f"{head[1]}**{title}**"


def _readable_block(block: Block) -> Block:
    if block.kind != "text":
        return block
    return Block(block.kind, block.line, block.end, _readable(block.text), block.items, block.inner)


# --- recall ----------------------------------------------------------------------------------------------------------


def _key_points(units: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """What a section says, in a line each: all its sentences and items when they are few, else those that carry it."""
    if len(units) < 2:
        return
    if len(units) > POINTS:
        units = [unit for unit in units if unit[1]]
    for point, _ in units[:POINTS]:
        yield point


def _units(blocks: Sequence[Block], lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Sentences and items of a section, each with whether it is a key one: the first of its paragraph, or one with a
    bold term."""
    in_list = 0  # the line at which the latest list ends
    for block, after in zip(blocks, [*blocks[1:], None], strict=False):
        if block.kind == "list":
            in_list = block.end
            for item in () if _are_tasks(block, lines) else _items(block, lines):
                if first := _one_line(ITEM.sub("", item.split("\n", 1)[0])):
                    yield first, True
        elif block.kind == "text" and not (block.inner and block.line < in_list):
            said = [_one_line(sentence) for sentence in sentences(block.text)]
            if said[-1][-1:] not in ".!?…$]}" and _is_led_to(after):
                said.pop()
            for number, sentence in enumerate(filter(_says_something, _answered(said))):
                yield sentence, number == 0 or "**" in sentence


def _answered(sentences: Iterable[str]) -> Iterator[str]:
    """The sentences, a question together with what answers it."""
    asked = ""
    for sentence in sentences:
        if sentence.endswith("?"):
            asked += f"{sentence} "
        else:
            yield asked + sentence
            asked = ""


def _is_led_to(block: Block | None) -> bool:
    """Whether it is a list, or a formula: what is above only leads to it."""
    if block is None or block.kind == "list":
        return block is not None
    first = next(iter(formulas(block.text)), None) if block.kind == "text" else None
    return first is not None and first[3] and not block.text[: first[0]].strip()


def _says_something(sentence: str) -> bool:
    """Whether there is something to remember in it: no pointer, lead, task in the laboratory, or image."""
    if not WORD.search(sentence) or sentence.endswith(":") or POINTER.match(sentence):
        return False
    if "periment" in sentence and LABORATORY.search(sentence):
        return False
    return ("![" not in sentence and "<img" not in sentence) or _says_more_than_images(sentence)


def _says_more_than_images(sentence: str) -> bool:
    for link in links(sentence)[::-1]:
        if link.kind in ("image", "embed"):
            sentence = sentence[: link.start] + sentence[link.end :]
    return WORD.search(TAG.sub("", sentence)) is not None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _items(block: Block, lines: Sequence[str]) -> list[str]:
    items = ("\n".join(lines[first:last]).rstrip() for first, last in block.items)
    return [_readable(item) if any(mark in item for mark in ("<", "==", "{{", "%%", " ^")) else item for item in items]


# --- list ------------------------------------------------------------------------------------------------------------


def _list_card(block: Block, lines: Sequence[str], before: tuple[str, str], path: str, say: Mapping[str, str]) -> Draft:
    items = _items(block, lines)
    answer = re.sub(r"\n\s*\n+", "\n", "\n".join(items))
    points = tuple(filter(None, (_one_line(ITEM.sub("", item.split("\n", 1)[0])) for item in items)))
    sentence, whole = lead_of(*before, to_list=True)
    if sentence:
        prompt = f"{path}\n\n{whole} ({say['lead'].format(count=len(items))})"
        return Draft("list", f"list-{short_slug(sentence)}", prompt, answer, block.line, points)
    prompt = say["list"].format(path=path, count=len(items))
    return Draft("list", f"list-{short_slug(items[0])}", prompt, answer, block.line, points)
