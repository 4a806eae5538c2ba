"""Which card of the new text is which card of the old text.

A card's history hangs on its id, and nothing is written into the note. So a re-read card takes over the id of the card
it was:

1. what a person has corrected: this text is that card, or is not;
2. the same text in the same section (kept), or anywhere in the note (moved);
3. a text alike enough (edited): of all ways to pair what is left, one to one, the one that is most likely as a whole. A
   card of the same section needs less likeness than one of elsewhere in the note, a retired one needs most;
4. what is still left, with cards that other notes lose at the same time, or lost (moved from note to note); a text that
   another note has to the letter moved there, where its own place has only its question, with another answer;
5. last, a card that asks for its section with the one of a section of that name, though no text is the same.

What is left of the new cards is new, what is left of the old ones is retired: it keeps its history, and comes back with
it when its text does. Of a card that was split, the part most like it goes on as that card; of cards that were merged,
the one most like the whole.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Self

from nnstudy.notes.assignment import assign
from nnstudy.notes.cards import Card
from nnstudy.notes.likeness import ASKED_ALIKE, ONE_PER_SECTION, Likeness, Wording, wording, worth_comparing
from nnstudy.notes.prompts import path_of

FATES = ("new", "kept", "edited", "moved", "retired", "revived")
IN_SECTION, IN_NOTE, ELSEWHERE, RETIRED = 0.45, 0.55, 0.65, 0.75  # the likeness from which on two texts are one card
CLEARLY = 0.02  # a card must be more like the one it is than like any other
HALVES = (
    0.15  # of two gaps for one word, where a sentence came apart, the card is the one so much more like it, or none
)
DOUBTFUL = 0.66  # so alike is the same question with an answer that has nothing of the old one
PHRASE = re.compile(r"\s*\([^()\n]*\)\Z")  # `(3 items)` after the sentence that leads to a list
BESIDE = 100  # cards of a section that a card is compared with


@dataclass(frozen=True)
class Known:
    """A card as the database knows it; an open question has no answer here, since it is not the note's."""

    id: str
    prompt: str
    answer: str
    kind: str
    slugs: tuple[str, ...]
    retired: bool = False
    note: str = ""
    section: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corrections:
    """What a person has said: `same` gives for a prompt and its answer the card that it is; `other` what it is not."""

    same: Mapping[tuple[str, str], str] = field(default_factory=dict)
    other: Collection[tuple[str, str, str]] = frozenset()  # card, prompt, answer

    @classmethod
    def of(cls, said: Iterable[tuple[str, str, str, bool]]) -> Self:
        """From card, prompt, answer and whether they are the same, oldest first: the last word on each counts."""
        same: dict[tuple[str, str], str] = {}
        other: set[tuple[str, str, str]] = set()
        for card, prompt, answer, are_same in said:
            if are_same:
                same[prompt, answer] = card
                other.discard((card, prompt, answer))
            else:
                other.add((card, prompt, answer))
                if same.get((prompt, answer)) == card:
                    del same[prompt, answer]
        return cls(same, other)


@dataclass(frozen=True)
class Decision:
    """What became of one card: its id from now on, as it reads now (None: retired), and as it was (None: new)."""

    fate: str
    id: str
    now: Card | None
    before: Known | None


@dataclass(frozen=True)
class Matching:
    """What became of each card of a note: first those of its text, in order, then the retired ones."""

    decisions: tuple[Decision, ...]

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """For the id that a card of the new text suggests the id that it has from now on."""
        return {found.now.id: found.id for found in self.decisions if found.now is not None}

    def of(self, fate: str) -> tuple[str, ...]:
        """The ids of the cards with this fate."""
        return tuple(found.id for found in self.decisions if found.fate == fate)


@dataclass
class Reading:
    """A note's new cards beside the known ones, while they are being paired."""

    known: Sequence[Known]
    cards: Sequence[Card]
    pairs: dict[str, Known] = field(default_factory=dict)  # by the id that the new card suggests
    doubtful: set[str] = field(default_factory=set)  # of these, those that are little alike

    @property
    def left(self) -> list[Card]:
        """The new cards that are none of the known ones yet."""
        return [card for card in self.cards if card.id not in self.pairs]

    @property
    def gone(self) -> list[Known]:
        """The known cards that are none of the new ones yet."""
        taken = {card.id for card in self.pairs.values()}
        return [card for card in self.known if card.id not in taken]

    def matching(self, taken: Collection[str] = ()) -> Matching:
        """What became of each card; a new one does not get an id that is `taken`."""
        ids = _ids(self, taken)
        now = [self._decision(card, ids[card.id]) for card in self.cards]
        retired = [Decision("retired", card.id, None, card) for card in self.gone if not card.retired]
        return Matching((*now, *retired))

    def _decision(self, card: Card, card_id: str) -> Decision:
        before = self.pairs.get(card.id)
        return Decision(_fate(before, card), card_id, card, before)


def match(known: Iterable[Known], cards: Sequence[Card], corrections: Corrections | None = None) -> Matching:
    """Pair the cards of one note's new text with its known ones, one to one."""
    corrections = corrections or Corrections()
    reading = pair(known, cards, corrections)
    pair_by_name(reading, corrections)
    return reading.matching()


def pair(known: Iterable[Known], cards: Sequence[Card], corrections: Corrections) -> Reading:
    """The first three steps, within one note; `pair_by_name` is the last one."""
    reading = Reading(sorted(known, key=lambda card: card.retired), cards)
    _pair_corrected(reading, corrections)
    for with_place in (True, False):
        _pair_equal(reading.pairs, reading.left, reading.gone, corrections, with_place)
    if (left := reading.left) and (gone := reading.gone):
        found = _pair_alike(left, gone, corrections, _standing([reading]), reading)
        reading.pairs |= {card: known for card, (known, _) in found.items()}
        reading.doubtful = {card for card, (_, likeness) in found.items() if likeness < DOUBTFUL}
    return reading


def pair_across(
    readings: Sequence[Reading], strangers: Callable[[], Sequence[Known]], corrections: Corrections
) -> None:
    """The fourth step: what the readings have left, with what other notes lose now (`strangers`, retired or not).

    A card that was retired before must read the same to the letter; one that is lost now may have been edited.
    """
    _part_doubtful(readings, corrections)
    pairs: dict[str, Known] = {}
    left, lost = [card for reading in readings for card in reading.left], strangers()
    _pair_equal(pairs, left, lost, corrections, with_place=False)
    taken = {card.id for card in pairs.values()}
    lost = [card for card in lost if card.id not in taken and not card.retired]
    if lost and (left := [card for card in left if card.id not in pairs]):
        pairs |= {card: known for card, (known, _) in _pair_alike(left, lost, corrections, _standing(readings)).items()}
    adopted = {card.id for card in pairs.values()}
    for reading in readings:
        reading.known = [card for card in reading.known if card.id not in adopted]
        reading.pairs |= {card.id: pairs[card.id] for card in reading.left if card.id in pairs}
        pair_by_name(reading, corrections)


def _part_doubtful(readings: Sequence[Reading], corrections: Corrections) -> None:
    """An edited card that is little like the old one is another, where the old text moved."""
    if not any(reading.doubtful for reading in readings):
        return
    found = {_text(card, with_place=False): card for reading in readings for card in reading.left}
    for reading in readings:
        for name in reading.doubtful:
            known = reading.pairs[name]
            there = found.get(_text(known, with_place=False))
            if there is not None and (known.id, there.prompt, _answer(there)) not in corrections.other:
                del reading.pairs[name]


def _pair_corrected(reading: Reading, corrections: Corrections) -> None:
    known = {card.id: card for card in reading.known}
    for card in reading.cards:
        if (same := corrections.same.get((card.prompt, _answer(card)))) in known:
            reading.pairs[card.id] = known.pop(same)


def _pair_equal(
    pairs: dict[str, Known], left: Sequence[Card], gone: Sequence[Known], corrections: Corrections, with_place: bool
) -> None:
    """Cards of the same text; of several alike, the first with the first, and one in use before a retired one."""
    waiting: dict[Hashable, list[Known]] = defaultdict(list)
    for known in gone:
        waiting[_text(known, with_place)].append(known)
    for card in left:
        alike = waiting[_text(card, with_place)]
        allowed = (known for known in alike if (known.id, card.prompt, _answer(card)) not in corrections.other)
        if (found := next(allowed, None)) is not None:
            alike.remove(found)
            pairs[card.id] = found


def pair_by_name(reading: Reading, corrections: Corrections) -> None:
    """The last step: a card that asks for its section goes on in one of that name, whatever its text.

    By then the old text was found nowhere else: a section that is given the name of one that was moved is another.
    """
    gone = {(card.kind, card.slugs): card for card in reading.gone if card.kind in ONE_PER_SECTION and not card.retired}
    for card in reading.left:
        known = gone.get((card.kind, card.slugs))
        if known is not None and (known.id, card.prompt, _answer(card)) not in corrections.other:
            reading.pairs[card.id] = known


def _text(card: Known | Card, with_place: bool) -> Hashable:
    return (
        card.kind,
        card.prompt if with_place else _own_prompt(card),
        _answer(card),
        card.slugs if with_place else None,
    )


def _own_prompt(card: Known | Card) -> str:
    """The prompt without what a derived one has beside its sentence: headings, which are its place, and a phrase."""
    path = path_of(card.section)
    prompt = card.prompt.removeprefix(f"{path}\n\n") if path else card.prompt
    return PHRASE.sub("", prompt) if card.kind in ASKED_ALIKE else prompt


def _answer(card: Known | Card) -> str:
    return "" if card.kind == "open" else card.answer


def _pair_alike(
    left: Sequence[Card],
    gone: Sequence[Known],
    corrections: Corrections,
    standing: Collection[tuple[str, tuple[str, ...]]],
    reading: Reading | None = None,
) -> dict[str, tuple[Known, float]]:
    """The pairing that is most likely as a whole, of those that are likely at all, each with how alike the two are.

    `standing` are the sections that are still where they were.
    """
    new, old = [_wording(card) for card in left], [_wording(card) for card in gone]
    others: Iterable[Card | Known] = chain(reading.cards, reading.known) if reading else ()
    alike = Likeness(chain(new, old, map(_wording, others)))
    doubles = _Doubles(alike, reading.known if reading else gone)
    weights, likenesses = {}, {}
    candidates = worth_comparing(new, old)
    staying = {there for here, there in candidates if _is_same_section(new[here], old[there], alike)}
    staying |= {there for there, card in enumerate(gone) if card.kind in ONE_PER_SECTION and _place(card) in standing}
    for here, there in candidates:
        if (gone[there].id, left[here].prompt, _answer(left[here])) in corrections.other:
            continue
        asks_for_another = gone[there].kind in ONE_PER_SECTION and old[there].slugs != new[here].slugs
        if asks_for_another and (there in staying or gone[there].retired or _place(left[here]) in standing):
            continue  # the section that it asks for is still there, or was given up, or this one was there before
        needed = _needed(left[here], gone[there], reading is not None)
        likeness = alike(old[there], new[here])
        if likeness > needed and likeness > doubles.likeness(left[here], gone[there]) + CLEARLY:
            weights[here, there] = _odds(likeness) - _odds(needed)
            likenesses[here, there] = likeness
    for pair in _halves(left, gone, likenesses):
        del weights[pair]
    return {left[here].id: (gone[there], likenesses[here, there]) for here, there in assign(weights).items()}


def _halves(
    left: Sequence[Card], gone: Sequence[Known], likenesses: Mapping[tuple[int, int], float]
) -> Iterator[tuple[int, int]]:
    """The pairs of a gap that was in one sentence with gaps for its word in several: nobody can say which it is."""
    gaps: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for here, there in likenesses:
        if left[here].kind == gone[there].kind == "cloze":
            gaps[there, left[here].slugs, left[here].answer].append((here, there))
    for pairs in gaps.values():
        best, *others = sorted((likenesses[pair] for pair in pairs), reverse=True)
        if others and best - others[0] < HALVES:
            yield from pairs


class _Doubles:
    """Other known cards: a new card that is as like to one of them as to the one it may be, is neither."""

    def __init__(self, alike: Likeness, known: Iterable[Known]) -> None:
        self._alike = alike
        self._beside: dict[Hashable, list[Known]] = defaultdict(list)
        self._found: dict[tuple[str, str], float] = {}
        for card in known:
            if not card.retired:
                self._beside[card.note, card.slugs, card.kind].append(card)

    def likeness(self, card: Card, known: Known) -> float:
        """How like a new card is to the one most like it that stands beside a known one."""
        beside = self._beside[known.note, known.slugs, known.kind][:BESIDE]
        return max((self._like(card, other) for other in beside if other.id != known.id), default=0.0)

    def _like(self, card: Card, other: Known) -> float:
        if (card.id, other.id) not in self._found:
            self._found[card.id, other.id] = self._alike.beside(_wording(card), _wording(other))
        return self._found[card.id, other.id]


def _standing(readings: Iterable[Reading]) -> set[tuple[str, tuple[str, ...]]]:
    """The sections that are still where they were: a card of theirs is, and not their name alone."""
    return {
        _place(known)
        for reading in readings
        for card in reading.cards
        if (known := reading.pairs.get(card.id)) is not None
        and (known.note or card.note, known.slugs) == _place(card)
        and known.kind not in ONE_PER_SECTION
    }


def _place(card: Known | Card) -> tuple[str, tuple[str, ...]]:
    return card.note, card.slugs


def _is_same_section(new: Wording, old: Wording, alike: Likeness) -> bool:
    """Whether two cards ask for one section: its name is the same, and some of its text."""
    return old.kind in ONE_PER_SECTION and (old.kind, old.slugs) == (new.kind, new.slugs) and alike(old, new) > 0


def _wording(card: Known | Card) -> Wording:
    return wording(card.kind, card.slugs, _own_prompt(card), _answer(card))


def _needed(card: Card, known: Known, in_note: bool) -> float:
    if known.retired or (known.kind in ONE_PER_SECTION and known.slugs != card.slugs):
        return RETIRED  # half of a section's text below another heading is another section
    if not in_note:
        return ELSEWHERE
    return IN_SECTION if card.slugs == known.slugs else IN_NOTE


def _odds(likeness: float) -> float:
    """The logarithm of the odds: its sum over a pairing is that pairing's likelihood."""
    likeness = min(likeness, 0.995)
    return math.log(likeness / (1 - likeness))


def _ids(reading: Reading, taken: Collection[str]) -> dict[str, str]:
    """The id of each card: the one it had, else the one it suggests, unless a card with a history bears that."""
    borne = {*taken, *(card.id for card in reading.known)}
    ids = {}
    for card in reading.cards:
        if card.id in reading.pairs:
            ids[card.id] = reading.pairs[card.id].id
            continue
        free, number = card.id, 1
        while free in borne:
            number += 1
            free = f"{card.id}-{number}"
        borne.add(free)
        ids[card.id] = free
    return ids


def _fate(before: Known | None, card: Card) -> str:
    if before is None:
        return "new"
    if before.retired:
        return "revived"
    if (before.prompt, _answer(before)) != (card.prompt, _answer(card)):
        return "edited"
    return "kept" if (before.slugs, before.note or card.note) == (card.slugs, card.note) else "moved"
