"""How alike two cards are worded: from 0 (nothing in common) to 1 (the same), near 0.4 it is undecided.

Two wordings are compared as bags of words. A word counts the more the fewer cards have it, so that what a note says on
every line, and the phrases that derived cards are made of, tell nothing. Words with a slip of the keyboard in them, or
another ending, are still much the same word.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

WORD = re.compile(r"\w+|[^\w\s.,;:!?*_`'\"“”’…]")
BULLETS = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s", re.M)  # every list has them
ELSEWHERE = 8  # so many cards without the word are thought to be elsewhere: a short note does not tell what is rare
TELLING = 1.1  # the least weight of a word that tells one card from another: less than half of the cards have it
RELATED = 0.3  # texts that are less alike have no more in common than any two of one language
SAME_LITTLE = 0.7  # what a short answer needs, where one word in three makes it another
LITTLE = 3  # an answer of so many words and signs may be that of many questions
REPLACED = 4  # so many words of a question must stay for each that another was put in the place of
FORM_WORDS = (  # what the form of a question is made of: they tell nothing of what it asks
    "a an the this that these those it its and or of in on at by to from for with as about into between than is are "
    "was were be been being do does did has have had can could may might must shall should will would not what which "
    "who whom whose when where why how if there il lo la i gli le l un uno una di a da del dello della dei degli "
    "delle al allo alla ai agli alle dal dallo dalla nel nello nella nei negli nelle sul sulla con su per tra fra e "
    "ed o che chi cosa cos quale quali quanto quanti quanta quante quando dove come perché è sono era erano essere ha "
    "hanno avere può possono deve devono si non se questo questa questi queste quello quella ci d"
)
FORM = frozenset(FORM_WORDS.split())
ANYBODY = FORM | {"one", "some", "i", "my", "we", "our", "you", "your"}  # one of these for another asks nothing else
ALL_PAIRS = 4_000  # up to so many pairs of cards are all compared; beyond, those of a section and the NEAREST
NEAREST = 12  # cards of elsewhere that share most with a card
COMMON = 40  # a word of more cards than these does not bring two of them together
LONGEST = 6_000  # characters of a wording that are looked at
SLIP = 0.7  # words at least so alike, letter by letter, are forms of one word
STRANGE_WORDS = 80  # so many unmatched words are compared letter by letter
ONE_PER_SECTION = frozenset({"recall"})
ASKED_ALIKE = frozenset({"list", "formula"})  # many cards of a section may have the same prompt, word for word


@dataclass(frozen=True, slots=True)
class Wording:
    """A card's words, and the words of the headings above it."""

    kind: str
    slugs: tuple[str, ...]
    prompt: Counter[str]
    answer: Counter[str]


def wording(kind: str, slugs: tuple[str, ...], prompt: str, answer: str) -> Wording:
    """The words of a card."""
    return Wording(kind, slugs, _words(prompt), _words(BULLETS.sub("", answer) if kind == "list" else answer))


class Likeness:
    """Compares the cards of one reading; `wordings` are all of them, old and new."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        cards: Counter[str] = Counter()
        whole = ELSEWHERE
        for card in wordings:
            cards.update(card.prompt.keys() | card.answer.keys())
            whole += 1
        self._rarity = {word: math.log(1 + whole / count) for word, count in cards.items() if word not in FORM}

    def __call__(self, old: Wording, new: Wording) -> float:
        """How alike two cards are; 0 where one of them asks for something else."""
        return self._judged(old, new, self._alike(old.prompt, new.prompt), self._alike(old.answer, new.answer))

    def beside(self, card: Wording, other: Wording) -> float:
        """How alike a card is to another one that stands beside it; that a short answer is another says little."""
        says_little = sum(card.answer.values()) <= LITTLE
        answer = 1.0 if says_little else self._alike(card.answer, other.answer)
        return self._judged(card, other, self._alike(card.prompt, other.prompt), answer)

    def _judged(self, old: Wording, new: Wording, prompt: float, answer: float) -> float:
        if old.kind != new.kind:
            return min(prompt, answer) if min(prompt, answer) >= 0.9 else 0.0
        if old.kind in ONE_PER_SECTION and old.slugs == new.slugs:
            return 0.97 if answer >= RELATED else 0.0
        if old.kind == "cloze":  # the same sentence may have many gaps: what is asked for decides
            return max(0.6, (1 + answer) / 2) if prompt == 1 else prompt * (answer >= 0.6)
        told_by_prompt, told_by_answer = self._tells(old.prompt, old.slugs), self._tells(old.answer)
        if prompt == 1 and told_by_prompt > 0 and old.kind not in ASKED_ALIKE:
            return max(0.6, (1 + answer) / 2)
        little = sum(old.answer.values()) <= LITTLE
        if little and old.kind != "definition" and _asks_another(old.prompt, new.prompt):
            return 0.0
        least = SAME_LITTLE if little else RELATED
        if (prompt < RELATED or answer < least) and max(prompt, answer) < 1:
            return 0.0
        whole = told_by_prompt + told_by_answer
        return (prompt * told_by_prompt + answer * told_by_answer) / whole if whole else 0.0

    def _tells(self, words: Counter[str], headings: Sequence[str] = ()) -> float:
        """How much words tell apart: nothing those that the headings have already, or that stand in most cards."""
        known = set("-".join(headings).split("-"))
        weights = (self._weight(word) for word in words if word not in known)
        return math.sqrt(sum(weight for weight in weights if weight > TELLING))

    def _weight(self, word: str) -> float:
        return self._rarity.get(word, 0.0)

    def _alike(self, old: Counter[str], new: Counter[str]) -> float:
        """Dice's coefficient of two bags of weighted words, where forms of one word count as far as they are alike."""
        if old == new:
            return 1.0
        both = old & new
        gone, come = old - both, new - both
        shared = self._sum(both)
        whole = 2 * shared + self._sum(gone) + self._sum(come)
        return 0.999 * (2 * shared + self._slips(gone, come)) / whole if whole else 0.0

    def _slips(self, gone: Counter[str], come: Counter[str]) -> float:
        """What the words of one side share with forms of them on the other."""
        return sum(
            likeness * (self._weight(word) + self._weight(other)) for word, other, likeness in _forms(gone, come)
        )

    def _sum(self, words: Counter[str]) -> float:
        return sum(count * self._weight(word) for word, count in words.items())


def worth_comparing(new: Sequence[Wording], old: Sequence[Wording]) -> Sequence[tuple[int, int]]:
    """The pairs that are worth a comparison."""
    if len(new) * len(old) <= ALL_PAIRS:
        return [(here, there) for here in range(len(new)) for there in range(len(old))]
    in_section: dict[tuple[str, ...], list[int]] = defaultdict(list)
    with_word: dict[str, list[int]] = defaultdict(list)
    for there, card in enumerate(old):
        in_section[card.slugs].append(there)
        for word in card.prompt.keys() | card.answer.keys():
            with_word[word].append(there)
    pairs: set[tuple[int, int]] = set()
    for here, card in enumerate(new):
        shared: dict[int, float] = defaultdict(float)
        for word in card.prompt.keys() | card.answer.keys():
            if len(bearers := with_word.get(word, ())) <= COMMON:
                for there in bearers:
                    shared[there] += 1 / len(bearers)
        nearest = sorted(shared, key=lambda there: (-shared[there], there))
        near = [there for there in nearest if old[there].slugs == card.slugs] or in_section.get(card.slugs, [])
        pairs.update((here, there) for there in (*nearest[:NEAREST], *near[: 2 * NEAREST]))
    return sorted(pairs)


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text[:LONGEST].casefold()))


def _asks_another(old: Counter[str], new: Counter[str]) -> bool:
    """Whether words were put in the place of others, and not `REPLACED` times as many stayed.

    A short answer is that of many questions: then the words of the question alone say which one it is.
    """
    gone, come = old - new, new - old
    telling = max(_telling(gone).total(), _telling(come).total())  # `is` in the place of `are` replaces nothing
    mistyped = _mistyped(gone, come)
    replaced = min(gone.total(), come.total(), telling) - mistyped
    return _telling(old & new).total() + mistyped < REPLACED * replaced


def _telling(words: Counter[str]) -> Counter[str]:
    """The words without those that a question's form is made of."""
    return Counter({word: count for word, count in words.items() if word not in ANYBODY})


def _mistyped(gone: Counter[str], come: Counter[str]) -> int:
    """How many words are one slip of the keyboard apart: a letter too many, missing, wrong, or two in wrong order."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extractOne

    found, free = 0, _with_forms(come, 3)
    for word in _with_forms(gone, 3):
        alike = extractOne(word, free, scorer=OSA.distance, score_cutoff=1)
        if alike and max(len(word), len(alike[0])) > 3:
            del free[alike[2]]
            found += 1
    return found


def _forms(gone: Counter[str], come: Counter[str]) -> Iterator[tuple[str, str, float]]:
    """Words that are gone, each with the form of it that has come, and how alike the two are, letter by letter."""
    from rapidfuzz.distance import Indel  # needed only where a text was changed
    from rapidfuzz.process import extractOne

    free = _with_forms(come)
    for word in _with_forms(gone):
        if alike := extractOne(word, free, scorer=Indel.normalized_similarity, score_cutoff=SLIP):
            other, likeness, place = alike
            del free[place]
            yield word, other, likeness


def _with_forms(words: Counter[str], shortest: int = 4) -> list[str]:
    """The words that may be slips of others; short words and numbers are not: `0` is no slip for `9`."""
    return [word for word in words.elements() if len(word) >= shortest and word.isalpha()][:STRANGE_WORDS]
