"""Cards derived from a section's own text.

One *recall* card a section, which shows at the reveal its key points as a list to tick; one *cloze* card a **bold**
term, asked for in a sentence that stands by itself; one *list* card an enumeration of two items or more; one *formula*
card a formula that has its lines for itself; *definition* cards both ways for ``**X** is …`` and ``X: …``; one *open*
card where the author says that they do not know.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from nnstudy.notes.clozes import GAP, gaps, plain
from nnstudy.notes.families import Draft
from nnstudy.notes.inline import bold_terms, formulas, hidden, inside, sentences, term_of, without_comments
from nnstudy.notes.names import short_slug
from nnstudy.notes.questions import may_say_unsure, open_questions, says_unsure
from nnstudy.notes.structure import FRAMES, Block

WORD, WORDS = re.compile(r"\w"), re.compile(r"\w{2,}")
BLANKS = re.compile(r"\n[^\S\n]*\n(?:[^\S\n]*\n)+")
MOST_TERMS = 20  # asked of one sentence: each is a card that shows all the others
POINTS = 9  # the most that a recall card lists
ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")
POINTER = re.compile(r"(?:see|cfr?\.?|vedi|vedere|fonte|source)\b", re.I)
LEANING = re.compile(  # a sentence that begins so speaks of what stands before it
    r"\W*(?:This|That|These|Those|It|They|Such|Its|Their|He|She|His|Her|So|Thus|Hence|But|And|Then|Instead|However|Here"
    r"|Quest[oaie]|Quell[oaie]|Ess[oaie]|Ciò|Tal[ei]|Così|Quindi|Ma|E|Inoltre|Invece|Infatti|Qui|Loro|Lui|Lei)\b"
)
DEFINED = re.compile(
    r"(?P<article>(?:The|An?|Il|Lo|La|I|Gli|Le|Un|Un[oa])\s+|(?:L|Un)['’])?"
    r"(?:\*\*|__)(?P<term>[^*_\n]{2,80})(?:\*\*|__)"
    r"(?:\s*\([^()\n]{1,80}\))?,?\s+(?P<verb>is|are|means|denotes|refers to"
    r"|è|sono|significa|indica|si definisc(?:e|ono))\s"
)
BACKWARDS = re.compile(  # words that speak of what stands before, wherever in a sentence they are
    r"\b(?:the (?:former|latter|first two|last two|other two)|quest[’']ultim[oa]|quest[ei] ultim[ei]"
    r"|(?:prim[ei]|ultim[ei]|altr[ei]) due)\b",
    re.I,
)
CLAUSE = re.compile(
    r"(?:^(?:this|that|these|those|it|they|we|you|here|there|so|then|but|and|if|when|because|quest[oaie]|quell[oaie]"
    r"|qui|così|quindi|ma|e|se|quando|perché|allora|poi)\b)"
    r"|\b(?:is|are|was|were|has|have|can|will|does|do|è|sono|era|erano|ha|hanno|può|possono|si|ci|c['’]è)\b",
    re.I,
)
FOOTNOTE = re.compile(r"^\[\^[^\]\s]+\]:\s*|\[\^[^\]\s]+\]")
NAMED = re.compile(r"(?:\*\*|__)(?P<term>[^:*_\n]{2,60}?)(?::(?:\*\*|__)|(?:\*\*|__)\s*:)\s+(?P<rest>\S.*)", re.S)
PLAIN_LABEL = re.compile(r"(?P<term>[^\W\d_][^:*\n.,;!?|<>\[\]]{1,48}?):[ \t]+(?P<rest>\S.*)", re.S)
LABELS = (
    "note nota nb n.b example examples esempio esempi es e.g attention attenzione warning remark remarks osservazione "
    "osservazioni proof dimostrazione idea problem problema solution soluzione question domanda answer risposta "
    "definition definizione theorem teorema lemma corollary corollario hint todo see vedi vedere source fonte "
    "step passo figure figura input output pro pros contro cons data date intuition intuizione where dove fact "
    "summary riassunto conclusion conclusione "
    "motivation motivazione advantages vantaggi disadvantages svantaggi recall ricorda"
)
IS_LABEL = frozenset(LABELS.split())


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
    if any(mark in body for mark in ("==", "{{", "<!--")):
        blocks = [_readable_block(block) for block in blocks]
    doubts = may_say_unsure(text)
    if "recall" in kinds:
        first = next(number for number, line in enumerate(lines) if line.strip())
        points = tuple(_key_points(blocks, lines, doubts))
        yield Draft("recall", "recall", say["recall"].format(path=path), text, first, points)
    yield from _of_blocks(lines, blocks, kinds, path, say)
    if "open" in kinds and (doubts or "[!" in text):
        yield from open_questions(lines, blocks)


def _of_blocks(
    lines: Sequence[str], blocks: Sequence[Block], kinds: frozenset[str], path: str, say: Mapping[str, str]
) -> Iterator[Draft]:
    lead, lead_end = "", 0
    for block in blocks:
        if block.kind == "list" and len(block.items) >= 2 and "list" in kinds:
            near = lead if _blank(lines[lead_end : block.line]) else ""
            yield _list_card(block, lines, near, path, say)
        elif block.kind == "text":
            near = lead if _blank(lines[lead_end : block.line]) and not block.inner else ""
            yield from _of_paragraph(block, kinds, near, path, say)
            lead, lead_end = block.text, block.end


def _of_paragraph(block: Block, kinds: frozenset[str], lead: str, path: str, say: Mapping[str, str]) -> Iterator[Draft]:
    if "**" in block.text or "__" in block.text:
        if "cloze" in kinds:
            yield from _clozes(block, path)
        if "definition" in kinds:
            yield from _definitions(block, say)
    if "definition" in kinds and ":" in block.text:
        yield from _labelled(block, kinds, path, say)
    if "formula" in kinds and ("$$" in block.text or "\\[" in block.text or "\\begin" in block.text):
        yield from _formulas(block, lead, path, say)


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
    """A section's text without comments, frames and the marks of gaps, its blank lines few."""
    if "<" in text:
        text = FRAMES.sub("", without_comments(text))
    if "==" in text or "{{" in text:
        text = plain(text, gaps(text, ("highlights", "braces")))
    return BLANKS.sub("\n\n", text).strip("\n").rstrip()


def _readable_block(block: Block) -> Block:
    if block.kind != "text":
        return block
    return Block(block.kind, block.line, block.end, _readable(block.text), block.items, block.inner)


# --- recall ----------------------------------------------------------------------------------------------------------


def _key_points(blocks: Sequence[Block], lines: Sequence[str], doubts: bool) -> Iterator[str]:
    """What a section says, in a line each: all its sentences and items when they are few, else those that carry it."""
    units = list(_units(blocks, lines))
    if doubts:
        units = [unit for unit in units if not says_unsure(unit[0])]
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
            for item in _items(block, lines):
                if first := _one_line(ITEM.sub("", item.split("\n", 1)[0])):
                    yield first, True
        elif block.kind == "text" and not (block.inner and block.line < in_list):
            said = [_one_line(sentence) for sentence in sentences(block.text)]
            if after is not None and after.kind == "list" and said[-1][-1:] not in ".!?…":
                said.pop()  # it only leads to the list
            for number, sentence in enumerate(said):
                if WORD.search(sentence) and not sentence.endswith(":") and not POINTER.match(sentence):
                    yield sentence, number == 0 or "**" in sentence


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _items(block: Block, lines: Sequence[str]) -> list[str]:
    items = ("\n".join(lines[first:last]).rstrip() for first, last in block.items)
    return [_readable(item) if any(mark in item for mark in ("<", "==", "{{")) else item for item in items]


# --- list ------------------------------------------------------------------------------------------------------------


def _list_card(block: Block, lines: Sequence[str], lead: str, path: str, say: Mapping[str, str]) -> Draft:
    items = _items(block, lines)
    answer = re.sub(r"\n\s*\n+", "\n", "\n".join(items))
    points = tuple(filter(None, (_one_line(ITEM.sub("", item.split("\n", 1)[0])) for item in items)))
    if lead:
        sentence = sentences(lead)[-1].strip()
        prompt = f"{path}\n\n{sentence} ({say['lead'].format(count=len(items))})"
        return Draft("list", f"list-{short_slug(sentence)}", prompt, answer, block.line, points)
    prompt = say["list"].format(path=path, count=len(items))
    return Draft("list", f"list-{short_slug(items[0])}", prompt, answer, block.line, points)


# --- cloze -----------------------------------------------------------------------------------------------------------


def _clozes(block: Block, path: str) -> Iterator[Draft]:
    """One card a bold term: its sentence with the term left out. A sentence of nothing else would ask for a guess."""
    start, before = 0, ""
    for sentence in sentences(block.text):
        terms = bold_terms(sentence)
        line = block.line + block.text.count("\n", 0, start)
        for term in list(dict.fromkeys(map(term_of, terms)))[:MOST_TERMS]:
            gap = "".join(_with_gap(sentence, terms, term)).strip()
            if len(WORDS.findall(gap.replace(GAP, ""))) >= 2:
                prompt = FOOTNOTE.sub("", _standing(gap, sentence, before, term, path))
                yield Draft("cloze", f"cloze-{short_slug(term)}", prompt, term, line)
        start, before = start + len(sentence), sentence


def _with_gap(sentence: str, terms: Sequence["re.Match[str]"], asked: str) -> Iterator[str]:
    end = 0
    for found in terms:
        yield sentence[end : found.start()]
        yield GAP if term_of(found) == asked else found[0]
        end = found.end()
    yield sentence[end:]


def _standing(gap: str, sentence: str, before: str, term: str, path: str) -> str:
    """The sentence so that it stands by itself: with what it leans on, and without the term said once more."""
    if LEANING.match(sentence) or BACKWARDS.search(sentence):
        context = before.strip() or path
        if context and term.casefold() not in context.casefold():
            gap = f"{context}{' ' if before.strip() else chr(10) * 2}{gap}"
    if term.casefold() not in gap.casefold():
        return gap
    ranges = hidden(gap)
    again = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.I)
    return again.sub(lambda found: found[0] if inside(found.start(), ranges) else GAP, gap)


# --- definition ------------------------------------------------------------------------------------------------------


def _definitions(block: Block, say: Mapping[str, str]) -> Iterator[Draft]:
    """What is X? for each sentence ``**X** is …``; the way back is the term's cloze."""
    start = 0
    for sentence in sentences(block.text):
        if (found := DEFINED.match(sentence)) and len(sentence[found.end() :].split()) >= 2:
            several = found["verb"] in ("are", "sono", "si definiscono")
            term = (found["article"] or "").lower() + found["term"]
            prompt = say["definitions" if several else "definition"].format(term=term)
            line = block.line + block.text.count("\n", 0, start)
            yield Draft("definition", f"definition-{short_slug(found['term'])}", prompt, sentence.strip(), line)
        start += len(sentence)


def _labelled(block: Block, kinds: frozenset[str], path: str, say: Mapping[str, str]) -> Iterator[Draft]:
    """Both ways for a line ``X: what X is``: what is X, and which term is meant."""
    found = NAMED.match(block.text) or PLAIN_LABEL.match(block.text)
    if not found:
        return
    term, rest = found["term"].strip(), found["rest"].strip()
    words = term.split()
    if len(words) > 4 or words[0].casefold().rstrip(".") in IS_LABEL or "\n" in rest or len(rest.split()) < 2:
        return
    if rest.startswith("//") or says_unsure(rest):
        return
    if not block.text.startswith(("**", "__")) and CLAUSE.search(term):
        return  # a sentence that goes on behind its colon names nothing
    yield Draft("definition", f"definition-{short_slug(term)}", say["definition"].format(term=term), rest, block.line)
    if block.text.startswith(("**", "__")) and "cloze" in kinds:
        return  # the cloze of the bold term asks the way back
    prompt = f"{say['term'].format(path=path)}\n\n{rest}"
    yield Draft("definition", f"term-{short_slug(term)}", prompt, term, block.line)


# --- formula ---------------------------------------------------------------------------------------------------------


def _formulas(block: Block, lead: str, path: str, say: Mapping[str, str]) -> Iterator[Draft]:
    end = 0
    for start, stop, latex, display in formulas(block.text):
        if not display or not latex.strip():
            continue
        before = block.text[end:start].strip() or ("" if end else _after_formulas(lead))
        sentence = sentences(before)[-1].strip() if before else ""
        answer = block.text[start:stop].strip()
        line = block.line + block.text.count("\n", 0, start)
        if len(WORDS.findall(sentence)) >= 2:
            prompt = f"{path}\n\n{sentence} ({say['formula of']})"
            yield Draft("formula", f"formula-{short_slug(sentence)}", prompt, answer, line)
        else:
            prompt = say["formula"].format(path=path)
            yield Draft("formula", f"formula-{short_slug(latex)}", prompt, answer, line)
        end = stop


def _after_formulas(lead: str) -> str:
    """What a paragraph says behind its last formula that has lines for itself: that leads to the next one."""
    ends = [stop for _, stop, _, display in formulas(lead) if display and "\n" in lead]
    return lead[ends[-1] :].strip() if ends else lead
