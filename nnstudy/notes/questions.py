"""Open questions: where a note says that its author does not know."""

import re
from collections.abc import Iterator, Sequence

from nnstudy.notes.families import Draft
from nnstudy.notes.inline import masked, sentences
from nnstudy.notes.names import short_slug
from nnstudy.notes.structure import Block

UNSURE = re.compile(
    r"\(\?+\)"
    r"|\bnon (?:l['’]?)?(?:ho|abbiamo)(?: mai| ancora| proprio| bene)* (?:capito|compreso|chiar[oi])\b"
    r"|\bnon (?:mi |ci )?(?:è|sono|era|risulta)(?: ancora| molto| per niente| del tutto)* chiar[oaie]\b"
    r"|\bnon (?:lo )?(?:so|sappiamo)(?: ancora| bene)* "
    r"(?:se|perch[éè]|come|cosa|che cosa|quale|quando|quanto|dove|chi)\b"
    r"|\bnon (?:capisco|comprendo|mi spiego|riesco a capire|saprei dire)\b"
    r"|\bnon sono (?:ancora |molto |del tutto )?sicur[oa]\b"
    r"|\b(?:da (?:capire|chiarire)|mi chiedo) (?:se|perch[éè]|come)\b"
    r"|\bI (?:still |really )*(?:don['’]t|do not|didn['’]t|did not|can(?:no|['’])t) "
    r"(?:yet |really |fully |quite |still )*(?:understand|know|see|get) (?:yet )?"
    r"(?:why|how|what|whether|if|when|where|which)\b"
    r"|\bI(?:['’]m| am) (?:still )?not (?:quite |really |so |yet )?sure\b|\bI(?:['’]m| am) unsure\b"
    r"|\b(?:it(?:['’]s| is) )?(?:still )?(?:not (?:yet )?clear|unclear) (?:to me )?(?:why|how|whether|if|what|when)\b"
    r"|\b(?:not (?:yet )?clear|unclear) to me\b"
    r"|\bnot sure (?<!is not sure )(?<!are not sure )(?<!was not sure )(?<!were not sure )(?<!be not sure )"
    r"(?:why|how|whether|if|what|when)\b"
    r"|\bI (?:still )?wonder (?:why|how|whether|if|what)\b|\bno idea (?:why|how|whether|what)\b",
    re.I,
)
HINTS = (  # one of which is in each of these, and in few other sentences
    "(?", "don’t ", "don't ", "do not ", "didn’t ", "didn't ", "did not ", "cannot ", "can’t ", "can't ", "sure",
    "clear", "wonder", "no idea", "capito", "compreso", "chiar", "sicur", "non so", "non lo so", "non sappiamo",
    "non lo sappiamo", "non capisco", "non comprendo", "non mi spiego", "non riesco", "non saprei", "da capire",
    "mi chiedo",
)  # fmt: skip
CALLOUT = re.compile(r"^\s{0,3}>\s*\[!(?:question|help|faq)\][-+]?", re.I)
QUOTE = re.compile(r"^\s{0,3}>\s?", re.M)


def may_say_unsure(text: str) -> bool:
    """Whether it is worth looking for such a sentence: most texts hold none of the words."""
    lowered = text.lower()
    return any(hint in lowered for hint in HINTS)


def says_unsure(sentence: str) -> bool:
    """Whether a sentence says that its author does not know."""
    if not may_say_unsure(sentence):
        return False
    return UNSURE.search(masked(sentence) if "`" in sentence or "$" in sentence else sentence) is not None


def callouts(lines: Sequence[str], blocks: Sequence[Block]) -> frozenset[int]:
    """The lines of the callouts that ask a question."""
    asking = (block for block in blocks if block.kind == "quote" and CALLOUT.match(lines[block.line]))
    return frozenset(line for block in asking for line in range(block.line, block.end))


def open_questions(lines: Sequence[str], blocks: Sequence[Block]) -> Iterator[Draft]:
    """One card of the kind ``open`` for each passage that says so; its answer is the learner's, and empty here."""
    taken = callouts(lines, blocks)
    for block in blocks:
        if block.kind == "quote" and block.line in taken:
            passage = QUOTE.sub("", CALLOUT.sub("", "\n".join(lines[block.line : block.end]))).strip()
            if passage:
                yield _draft(passage, block.line)
    for block in blocks:
        if block.kind == "text" and block.line not in taken:
            yield from _in_paragraph(block)


def _in_paragraph(block: Block) -> Iterator[Draft]:
    if not says_unsure(block.text):
        return
    start = 0
    before = ""
    for sentence in sentences(block.text):
        if says_unsure(sentence):
            # What is not understood often stands in the sentence before: "… . Non ho capito perché."
            leans = len(re.findall(r"\w+", sentence)) < 7 and not says_unsure(before)
            passage = before + sentence if leans else sentence
            yield _draft(passage.strip(), block.line + block.text.count("\n", 0, start))
        before, start = sentence, start + len(sentence)


def _draft(passage: str, line: int) -> Draft:
    return Draft("open", f"open-{short_slug(passage)}", passage, "", line)
