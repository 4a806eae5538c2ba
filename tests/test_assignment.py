"""The best one-to-one pairing, against trying all of them."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.notes import assignment
from nnstudy.notes.assignment import assign

SIDES = st.integers(0, 4)
WEIGHTS = st.dictionaries(st.tuples(SIDES, SIDES), st.integers(1, 30).map(float), max_size=16)


def best_sum(weights: dict[tuple[int, int], float]) -> float:
    return max(
        sum(weights.get((left, right), 0) for left, right in enumerate(order)) for order in permutations(range(5))
    )


@settings(max_examples=300)
@given(WEIGHTS)
def test_no_pairing_weighs_more(weights):
    pairs = assign(weights)
    assert len(set(pairs.values())) == len(pairs)
    assert sum(weights[pair] for pair in pairs.items()) == pytest.approx(best_sum(weights))


def test_best_overall_is_not_the_heaviest_pair_first():
    assert assign({(0, 0): 5, (0, 1): 4, (1, 0): 4}) == {0: 1, 1: 0}


@given(WEIGHTS)
def test_a_knot_that_is_too_large_is_still_paired_one_to_one(weights):
    limit, assignment.EXACT = assignment.EXACT, 0
    try:
        pairs = assign(weights)
    finally:
        assignment.EXACT = limit
    assert len(set(pairs.values())) == len(pairs)
    assert 2 * sum(weights[pair] for pair in pairs.items()) >= best_sum(weights)


def test_a_chain_is_paired_anew_to_its_other_end():
    chain = {(n, n): 2.0 for n in range(400)} | {(n, n + 1): 2.001 for n in range(400)}
    assert assign(chain) == {n: n + 1 for n in range(400)}
    del chain[399, 400]
    assert assign(chain | {(399, 399): 9.0}) == {n: n for n in range(400)}
