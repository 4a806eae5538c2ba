"""The best one-to-one pairing: of all ways to pair two sides, the one whose weights have the largest sum."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from math import inf

EXACT = 2_000_000  # so many steps of the search are taken; a larger knot is paired from the heaviest pair down

Weights = Mapping[tuple[int, int], float]


def assign(weights: Weights) -> dict[int, int]:
    """Pair left with right, each at most once, so that the sum of the pairs' weights (all above 0) is largest.

    Parts that no pair joins are solved by themselves, by shortest augmenting paths (the Hungarian method on a sparse
    graph; R. Jonker, A. Volgenant, 1987): n left sides and e pairs take about n e steps. Where that is more than
    `EXACT`, the heaviest pair of what is left is taken each time, which is at least half the best sum.
    """
    pairs: dict[int, int] = {}
    for part in _parts(weights):
        lefts = len({left for left, _ in part})
        pairs |= _best(part) if lefts * len(part) <= EXACT else _heaviest_first(part)
    return pairs


def _parts(weights: Weights) -> Iterator[Weights]:
    """The connected parts of the graph of pairs."""
    of_left: dict[int, list[int]] = defaultdict(list)
    of_right: dict[int, list[int]] = defaultdict(list)
    for left, right in weights:
        of_left[left].append(right)
        of_right[right].append(left)
    seen: set[int] = set()
    for start in of_left:
        if start in seen:
            continue
        lefts, waiting, crossed = [], [start], set[int]()
        seen.add(start)
        while waiting:
            lefts.append(left := waiting.pop())
            for right in of_left[left]:
                if right not in crossed:
                    crossed.add(right)
                    new = [other for other in of_right[right] if other not in seen]
                    seen.update(new)
                    waiting += new
        yield {(left, right): weights[left, right] for left in lefts for right in of_left[left]}


def _heaviest_first(weights: Weights) -> dict[int, int]:
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for left, right in sorted(weights, key=lambda pair: (-weights[pair], pair)):
        if left not in pairs and right not in taken:
            pairs[left] = right
            taken.add(right)
    return pairs


def _best(weights: Weights) -> dict[int, int]:
    search = _Search(weights)
    for left in search.costs:
        search.pair(left)
    return {left: right for right, left in search.partner.items() if right >= 0}


class _Search:
    """Every left side is paired with a right one or, at weight 0, with a place of its own that means: alone."""

    def __init__(self, weights: Weights) -> None:
        heaviest = max(weights.values())
        self.costs: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for (left, right), weight in weights.items():
            self.costs[left].append((right, heaviest - weight))
        for left, given in self.costs.items():
            given.append((-1 - left, heaviest))
        self.left_price = dict.fromkeys(self.costs, 0.0)
        self.right_price: dict[int, float] = defaultdict(float)
        self.partner: dict[int, int] = {}  # of each right side

    def pair(self, start: int) -> None:
        """Pair one more left side, by the cheapest path that gives each left side on it another right one."""
        reached, came_from, end = self._cheapest_path(start)
        spent = reached[end]
        self.left_price[start] += spent
        for right, cost in reached.items():
            self.right_price[right] -= spent - cost
            if right in self.partner:
                self.left_price[self.partner[right]] += spent - cost
        former = {left: right for right, left in self.partner.items() if right in reached}
        while True:
            left = came_from[end]
            self.partner[end] = left
            if left == start:
                return
            end = former[left]

    def _cheapest_path(self, start: int) -> tuple[dict[int, float], dict[int, int], int]:
        """Dijkstra over the reduced costs: what each right side reached costs, from where, and the free end."""
        cheapest: dict[int, float] = {}
        reached: dict[int, float] = {}
        came_from: dict[int, int] = {}
        heap: list[tuple[float, int]] = []
        left, spent = start, 0.0
        while True:
            for right, cost in self.costs[left]:
                total = spent + cost - self.left_price[left] - self.right_price[right]
                if right not in reached and total < cheapest.get(right, inf):
                    cheapest[right], came_from[right] = total, left
                    heappush(heap, (total, right))
            spent, end = heappop(heap)
            while end in reached:
                spent, end = heappop(heap)
            reached[end] = spent
            if end not in self.partner:
                return reached, came_from, end
            left = self.partner[end]
