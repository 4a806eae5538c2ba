"""What stands in the layers of a network at one step: weights, activations and gradients, as histograms.

Some frames of a run that trains carry a `Snapshot` (`due` says which, so that a run has about 40, evenly spread,
however long it is), and a screen shows any of these steps again. The numbers of a layer become 48 shares, of gradients
by their decade: the snapshots of a run take about 1 MB with 30 layers, whatever their width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudy.lab.experiment import HeatMap, Panel, Steps

Real = NDArray[Any]

MOST = 40  # snapshots of a run, and the one before its first step
BINS = 48
FLAT = 0.97  # an activation nearer to its bounds than this, of (-1, 1), counts as saturated
OUTLINES = 4  # so many layers are told apart as outlines; more become a heat map


@dataclass(frozen=True, eq=False)
class Histogram:
    """The numbers of one layer: shares of the finite ones between `edges`, and all of them in few numbers.

    `edges` (BINS + 1,) are the same for all layers of a snapshot; of gradients they are log10 |value|. `zero` is the
    share that is exactly 0, `flat` the share of activations near the bounds of a function that has bounds.
    """

    edges: Real
    shares: Real
    mean: float
    sd: float
    zero: float
    flat: float | None = None


@dataclass(frozen=True, eq=False)
class LayerState:
    """One layer of weights, what its units answer to all examples, and the gradient of the loss by its weights."""

    weights: Histogram
    activations: Histogram
    gradients: Histogram


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The layers of one network, from the inputs to the outputs; `network` says which one it is."""

    network: str
    layers: tuple[LayerState, ...]


def due(step: int, total: int) -> bool:
    """Whether the frame of this step of `total` is one of the some forty that carry a snapshot."""
    return step <= 0 or step >= total or step * MOST // total > (step - 1) * MOST // total


class Parts:
    """Which frames of a run are kept: the first that comes from each of some forty parts of its steps, and the last.

    Frames need not come at every step. One that is `due` is always the first of its part.
    """

    def __init__(self) -> None:
        self._part = -1

    def begins(self, step: int, total: int) -> bool:
        """Whether this frame is the first of its part; of a run that does not say how long it is, every frame is."""
        before, self._part = self._part, MOST if step >= total else step * MOST // total
        return total <= 0 or self._part != before


def describe(
    network: str, weights: Sequence[Real], activations: Sequence[Real], gradients: Sequence[Real], activation: str
) -> Snapshot:
    """The snapshot of a network from its arrays by layer, of any shape; `activation` is that of the hidden layers."""
    hidden, functions = len(weights) - 1, ("tanh", "sigmoid")
    flat = [_flat(activation, a) if activation in functions else None for a in activations[:hidden]]
    kinds = _histograms(weights), _histograms(activations, flat=[*flat, None]), _histograms(gradients, decades=True)
    return Snapshot(network, tuple(LayerState(*state) for state in zip(*kinds, strict=True)))


def _flat(activation: str, a: Real) -> float:
    return float(np.mean(np.abs(a if activation == "tanh" else 2 * a - 1) > FLAT))


def _histograms(
    layers: Sequence[Real], decades: bool = False, flat: Sequence[float | None] | None = None
) -> list[Histogram]:
    """A histogram a layer, over one range for all; they are worked on as one array, which is quick for many layers."""
    sizes = np.array([array.size for array in layers])
    values = np.concatenate([array.ravel() for array in layers]).astype(float)
    first, layer = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(sizes)), sizes)
    with np.errstate(all="ignore"):  # what diverged is said as it is, and zeros have no decade
        mean = np.add.reduceat(values, first) / sizes
        sd = np.sqrt(np.add.reduceat((values - mean[layer]) ** 2, first) / sizes)
        placed = np.log10(np.abs(values)) if decades else values
    zero = np.add.reduceat((values == 0).astype(float), first) / sizes
    finite = np.isfinite(placed)
    edges, counts = _count(placed[finite], layer[finite], len(sizes))
    shares = (counts / np.maximum(1, counts.sum(axis=1, keepdims=True))).astype(np.float32)
    near = flat or [None] * len(sizes)
    numbers = zip(shares, mean.tolist(), sd.tolist(), zero.tolist(), near, strict=True)
    return [Histogram(edges, *one) for one in numbers]


def _count(values: Real, layer: Real, layers: int) -> tuple[Real, Real]:
    """Edges (BINS + 1,) over the range of all values, and how many of each layer are between them (layers, BINS)."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        room = 0.1 * max(abs(low), abs(high)) or 1.0
        low, high = low - room, high + room
    bins = np.minimum(((values - low) * (BINS / (high - low))).astype(int), BINS - 1)
    counts = np.bincount(layer * BINS + bins, minlength=layers * BINS).reshape(layers, BINS)
    return np.linspace(low, high, BINS + 1, dtype=np.float32), counts


# --- as panels -----------------------------------------------------------------------------------------------------

AXES = {"weights": "weight", "activations": "activation", "gradients": "log10 |gradient|"}


def panels(snapshot: Snapshot) -> tuple[Panel, ...]:
    """The weights, the activations and the gradients of every layer: outlines of few layers, a heat map of many."""
    return tuple(_panel(snapshot, kind) for kind in AXES)


def _panel(snapshot: Snapshot, kind: str) -> Panel:
    found: list[Histogram] = [getattr(layer, kind) for layer in snapshot.layers]
    title, numbers = f"{kind.capitalize()} by layer: {snapshot.network}", _numbers(found)
    if len(found) <= OUTLINES:
        outlines = tuple(Steps(h.edges, h.shares, f"layer {place}") for place, h in enumerate(found, 1))
        return Panel(title, AXES[kind], "share", outlines, numbers=numbers)
    edges = found[0].edges.astype(float)
    centres, layers = (edges[1:] + edges[:-1]) / 2, np.arange(1.0, len(found) + 1)
    heat = HeatMap(layers, centres, np.stack([h.shares for h in found], axis=1).astype(float), "share")
    return Panel(title, "layer", AXES[kind], (heat,), numbers=numbers)


def _numbers(found: Sequence[Histogram]) -> tuple[tuple[str, tuple[float | str, ...]], ...]:
    """Columns of what each layer is as a whole; that of saturated units only where some function has bounds."""
    columns: list[tuple[str, tuple[float | str, ...]]] = [("layer", tuple(float(i + 1) for i in range(len(found))))]
    columns += [(name, tuple(getattr(h, name) for h in found)) for name in ("mean", "sd")]
    columns.append(("share zero", tuple(h.zero for h in found)))
    if any(h.flat is not None for h in found):
        columns.append(("share saturated", tuple("" if h.flat is None else h.flat for h in found)))
    return tuple(columns)
