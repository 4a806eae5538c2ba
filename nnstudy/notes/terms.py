"""Cards that ask for a term: gaps for **bold** ones, definitions both ways."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from nnstudy.notes.clozes import GAP
from nnstudy.notes.families import Draft
from nnstudy.notes.inline import bold_terms, hidden, inside, sentences, term_of
from nnstudy.notes.names import short_slug
from nnstudy.notes.questions import says_unsure
from nnstudy.notes.structure import Block

WORDS = re.compile(r"\w{2,}")
MOST_TERMS = 20  # asked of one sentence: each is a card that shows all the others
POINTER = re.compile(r"(?:see|cfr?\.?|vedi|vedere|fonte|source)\b", re.I)
LEANING = re.compile(  # a sentence that begins so speaks of what stands before it
    r"\W*(?:This|That|These|Those|It|They|Such|Its|Their|He|She|His|Her|So|Thus|Hence|But|And|Then|Instead|However|Here"
    r"|Quest[oaie]|Quell[oaie]|Ess[oaie]|Ciò|Tal[ei]|Così|Quindi|Ma|E|Inoltre|Invece|Infatti|Qui|Loro|Lui|Lei)\b"
)
DEFINED = re.compile(
    r"(?P<article>(?:The|An?|Il|Lo|La|I|Gli|Le|Un|Un[oa])\s+|(?:L|Un)['’])?"
    r"(?:\*\*|__)(?P<term>[^*_\n]{2,80})(?:\*\*|__)"
    r"(?:\s*\([^()\n]{1,80}\))?,?\s+(?P<verb>(?:is|are|è|sono)(?!\s+(?:not|also|very|too|more|less|about|only|never"
    r"|always|often|usually|in|on|at|by|to|for|from|of|due|so|as|non|anche|molto|più|meno|solo|mai|sempre|spesso|su|per"
    r"|da|così|tanto|circa|\w+ly)\b)|(?:was|were|era|erano|fu|furono)(?=\s+(?:an?|the|one|un[oa]?|il|lo|la|i|gli|le)\b)"
    r"|(?:was|were|era|erano|fu|furono)(?=\s+(?:un|l)['’])|means|denotes|refers to|significa|indica"
    r"|si definisc(?:e|ono))\s"
)
PLURAL = frozenset(("are", "were", "sono", "erano", "furono", "si definiscono"))
MOST_LABELS = 100  # lines of a paragraph that are looked at for labels
FEW = 4  # a sentence with so few words besides its gap needs to say where it stands
BACKWARDS = re.compile(  # words that speak of what stands before, wherever in a sentence they are
    r"\b(?:the (?:former|latter|first two|last two|other two)|quest[’']ultim[oa]|quest[ei] ultim[ei]"
    r"|(?:prim[ei]|ultim[ei]|altr[ei]) due)\b",
    re.I,
)
BACK_WORDS = ("former", "latter", "two", "due", "ultim")  # one of which is in each of these
ORDERED = re.compile(r"\W{0,9}(?:the first|il primo|la prima)\b.*\b(?:the second|il secondo|la seconda)\b", re.I | re.S)
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


# --- cloze -----------------------------------------------------------------------------------------------------------


def leans(sentence: str) -> bool:
    """Whether a sentence speaks of what stands before it, so that it says too little by itself."""
    if LEANING.match(sentence) or ORDERED.match(sentence):
        return True
    return any(word in sentence for word in BACK_WORDS) and BACKWARDS.search(sentence) is not None


def clozes(block: Block, path: str) -> Iterator[Draft]:
    """One card a bold term: its sentence with the term left out. A sentence of nothing else would ask for a guess."""
    start, before = 0, ""
    for sentence in sentences(block.text):
        terms = bold_terms(sentence)
        line = block.line + block.text.count("\n", 0, start)
        for term in list(dict.fromkeys(map(term_of, terms)))[:MOST_TERMS]:
            gap = "".join(_with_gap(sentence, terms, term)).strip()
            if len(WORDS.findall(gap.replace(GAP, ""))) >= 2:
                gap = _standing(gap, sentence, before, term, path, block.inner)
                prompt = FOOTNOTE.sub("", gap)
                yield Draft("cloze", f"cloze-{short_slug(term)}", prompt, term, line)
        start, before = start + len(sentence), sentence


def _with_gap(sentence: str, terms: Sequence["re.Match[str]"], asked: str) -> Iterator[str]:
    end = 0
    for found in terms:
        yield sentence[end : found.start()]
        yield GAP if term_of(found) == asked else found[0]
        end = found.end()
    yield sentence[end:]


def _standing(gap: str, sentence: str, before: str, term: str, path: str, inner: bool) -> str:
    """The sentence so that it stands by itself: with what it leans on, and without the term said once more."""
    context = ""
    if leans(sentence):
        context = before.strip() or path
    elif gap.startswith(f"{GAP}:") or len(WORDS.findall(gap)) < FEW or (inner and sentence.rstrip()[-1:] not in ".!?"):
        context = path
    if context and not _is_said(term, context):
        gap = f"{context}{' ' if before.strip() and context != path else chr(10) * 2}{gap}"
    if not _is_said(term, gap):
        return gap
    ranges = hidden(gap)
    return _forms(term).sub(lambda found: found[0] if inside(found.start(), ranges) else GAP, gap)


def _is_said(term: str, text: str) -> bool:
    """Whether a term, or a form of it, stands in a text."""
    said = text.casefold()
    for word in re.split(r"[\s-]+", term.casefold()):
        if (word[:-1] if len(word) > 3 else word) not in said:  # most often so, and sooner known than by its forms
            return False
    return _forms(term).search(text) is not None


@lru_cache(maxsize=64)
def _forms(term: str) -> re.Pattern[str]:
    """A term however it is written: with a hyphen or a space, in the singular or the plural."""
    words = r"[\s-]+".join(_form(word) for word in re.split(r"[\s-]+", term) if word)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)" if words else r"(?!)", re.I)


def _form(word: str) -> str:
    if len(word) > 3 and word.isalpha():
        if word[-1] in "aeio":  # rete, reti
            return f"{re.escape(word[:-1])}(?:[aeio]|{word[-1]}s)"
        if word[-1] == "s":
            return f"{re.escape(word[:-1])}s?"
        return f"{re.escape(word)}s?"
    return re.escape(word)


# --- definition ------------------------------------------------------------------------------------------------------


def definitions(block: Block, say: Mapping[str, str]) -> Iterator[Draft]:
    """What is X? for each sentence ``**X** is …``; the way back is the term's cloze."""
    start = 0
    for sentence in sentences(block.text):
        if (found := DEFINED.match(sentence)) and len(sentence[found.end() :].split()) >= 2:
            several = found["verb"] in PLURAL
            term = found["article"].lower() + found["term"] if found["article"] else f"**{found['term']}**"
            prompt = say["definitions" if several else "definition"].format(term=term)
            line = block.line + block.text.count("\n", 0, start)
            yield Draft("definition", f"definition-{short_slug(found['term'])}", prompt, sentence.strip(), line)
        start += len(sentence)


def labelled(block: Block, kinds: frozenset[str], path: str, say: Mapping[str, str]) -> Iterator[Draft]:
    """Both ways for each line ``X: what X is`` of a paragraph of such: what is X, and which term is meant."""
    lines = block.text.split("\n")
    found = [_label(line) for line in lines[:MOST_LABELS]]
    if len(lines) > MOST_LABELS or not all(found):
        return
    for number, label in enumerate(found):
        term, rest = label or ("", "")
        line = block.line + number
        yield Draft(
            "definition", f"definition-{short_slug(term)}", say["label"].format(path=path, term=term), rest, line
        )
        if lines[number].startswith(("**", "__")) and "cloze" in kinds:
            continue  # the cloze of the bold term asks the way back
        prompt = f"{say['term'].format(path=path)}\n\n{rest}"
        yield Draft("definition", f"term-{short_slug(term)}", prompt, term, line)


def _label(line: str) -> tuple[str, str] | None:
    """The term and what is said of it, of a line ``X: what X is``."""
    if not (found := NAMED.match(line) or PLAIN_LABEL.match(line)):
        return None
    term, rest = found["term"].strip(), found["rest"].strip()
    words = term.split()
    if len(words) > 4 or words[0].casefold().rstrip(".") in IS_LABEL or len(rest.split()) < 2:
        return None
    if rest.startswith("//") or says_unsure(rest):
        return None
    if not line.startswith(("**", "__")) and CLAUSE.search(term):
        return None  # a sentence that goes on behind its colon names nothing
    return term, rest
