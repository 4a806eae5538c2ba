"""Cards that may be the same though the matching did not say so: for a person to decide."""

from collections.abc import Iterable, Iterator, Sequence

from nnstudy.notes.cards import Card
from nnstudy.notes.identity import Decision, Known

LIKELY = 60  # of 100: prompts, or answers, that have so much of their words in common are worth a look
TELLING = 20  # characters: a shorter answer is that of many questions


def perhaps_same(decisions: Iterable[Decision]) -> Iterator[tuple[str, str]]:
    """For retired cards the new card of the same kind most like it, each once: ids for `nnstudy relink OLD NEW`.

    What is asked tells first, then what is answered.
    """
    new = {found.id: found.now for found in decisions if found.fate == "new" and found.now}
    old = [found.before for found in decisions if found.fate == "retired" and found.before]
    if not new or not old:
        return
    from rapidfuzz.fuzz import token_sort_ratio
    from rapidfuzz.process import extractOne

    for told, shortest in ((_prompt, 0), (_answer, TELLING)):
        left, old = old, []
        for card in left:
            found = {name: told(other) for name, other in new.items() if other.kind == card.kind}
            if len(told(card)) >= shortest and (
                alike := extractOne(told(card), found, scorer=token_sort_ratio, score_cutoff=LIKELY)
            ):
                del new[alike[2]]
                yield card.id, alike[2]
            else:
                old.append(card)


def _prompt(card: Card | Known) -> str:
    return card.prompt


def _answer(card: Card | Known) -> str:
    return card.answer


def most_alike(prompt: str, others: Sequence[str], most: int) -> list[tuple[int, float]]:
    """The places of the prompts most like this one, with how much of their words they have in common, of 100."""
    from rapidfuzz.fuzz import token_sort_ratio
    from rapidfuzz.process import extract

    return [(place, share) for _, share, place in extract(prompt, others, scorer=token_sort_ratio, limit=most)]
