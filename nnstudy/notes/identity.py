"""Which card of the new text is which card of the old text.

A card's history hangs on its id. So a re-read card takes over the id of the card it was, found by what stayed the same,
the strongest likeness first:

1. kind, prompt and answer, in the same section;
2. kind, prompt and answer, anywhere in the note (moved);
3. the id that its place and its first words give (edited);
4. kind and either prompt or answer, in the same section, then anywhere (edited).

Each old card is taken once, and one that is still in the note before one that was retired. What is left of the new
cards is new, what is left of the old ones is retired: it keeps its history, and comes back with it when its text does.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nnstudy.notes.cards import Card


@dataclass(frozen=True)
class Known:
    """A card as the database knows it."""

    id: str
    prompt: str
    answer: str
    kind: str
    slugs: tuple[str, ...]
    retired: bool = False


@dataclass(frozen=True)
class Matching:
    """What became of each card. `ids` gives for the id that a new card suggests the id that it has from now on."""

    ids: Mapping[str, str]
    new: tuple[str, ...]
    kept: tuple[str, ...]
    edited: tuple[str, ...]
    moved: tuple[str, ...]
    retired: tuple[str, ...]
    revived: tuple[str, ...]


Key = Callable[[Known | Card], Hashable]
LIKENESS: tuple[Key, ...] = (
    lambda card: (card.kind, card.prompt, card.answer, card.slugs),
    lambda card: (card.kind, card.prompt, card.answer),
    lambda card: (card.kind, card.id),
    lambda card: (card.kind, card.prompt, card.slugs),
    lambda card: (card.kind, card.answer, card.slugs),
    lambda card: (card.kind, card.prompt),
    lambda card: (card.kind, card.answer),
)


def match(known: Iterable[Known], cards: Sequence[Card]) -> Matching:
    """Pair the cards of a note's new text with the known ones, one to one."""
    old = sorted(known, key=lambda card: card.retired)
    pairs = _pairs(old, cards)
    ids = _ids(old, cards, pairs)
    found: dict[str, list[str]] = defaultdict(list)
    for card in cards:
        found[_fate(pairs.get(card.id), card)].append(ids[card.id])
    matched = {card.id for card in pairs.values()}
    gone = tuple(card.id for card in old if not card.retired and card.id not in matched)
    return Matching(
        ids=ids,
        new=tuple(found["new"]),
        kept=tuple(found["kept"]),
        edited=tuple(found["edited"]),
        moved=tuple(found["moved"]),
        retired=gone,
        revived=tuple(found["revived"]),
    )


def _pairs(old: Sequence[Known], cards: Sequence[Card]) -> dict[str, Known]:
    """The known card of each new card that has one."""
    pairs: dict[str, Known] = {}
    free = {card.id: card for card in old}
    for key in LIKENESS:
        candidates: dict[Hashable, list[Known]] = defaultdict(list)
        for candidate in free.values():
            candidates[key(candidate)].append(candidate)
        for card in cards:
            if card.id not in pairs and (alike := candidates[key(card)]):
                pairs[card.id] = free.pop(alike.pop(0).id)
    return pairs


def _ids(old: Sequence[Known], cards: Sequence[Card], pairs: Mapping[str, Known]) -> dict[str, str]:
    """The id of each card: the one it had, else the one it suggests, unless a card with a history bears that."""
    taken = {card.id for card in old}
    ids = {}
    for card in cards:
        if card.id in pairs:
            ids[card.id] = pairs[card.id].id
            continue
        free, number = card.id, 1
        while free in taken:
            number += 1
            free = f"{card.id}-{number}"
        taken.add(free)
        ids[card.id] = free
    return ids


def _fate(before: Known | None, card: Card) -> str:
    if before is None:
        return "new"
    if before.retired:
        return "revived"
    if (before.prompt, before.answer) != (card.prompt, card.answer):
        return "edited"
    return "kept" if before.slugs == card.slugs else "moved"
