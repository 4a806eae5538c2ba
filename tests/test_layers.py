"""Snapshots of the layers of a network that trains: what they say, that they change nothing, and how many there are."""

import dataclasses
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import whole

from nnstudy.lab import layers
from nnstudy.lab.experiment import HeatMap, Steps, digest
from nnstudy.lab.layers import BINS, MOST, Parts, describe, due
from nnstudy.lab.network import Perceptrons, replicas, snapshot

TRAINING = ("activations", "dropout", "initialization", "neuron", "normalization", "overfitting", "stability")


@given(st.integers(1, 5000))
def test_a_run_has_some_forty_snapshots_evenly_spread_the_last_frame_among_them(total):
    steps = [step for step in range(total + 1) if due(step, total)]
    assert len(steps) <= MOST + 1
    assert steps[0] == 0
    assert steps[-1] == total
    gaps = np.diff(steps)
    assert gaps.max() - gaps.min() <= 1


@given(st.integers(1, 5000), st.integers(1, 300), st.integers(0, 300))
def test_of_frames_at_any_distance_each_part_keeps_one_and_so_every_frame_that_is_due(total, stride, begin):
    steps, parts = [*range(begin, total, stride), total], Parts()
    kept = [step for step in steps if parts.begins(step, total)]
    assert {step for step in steps if due(step, total)} - {0} <= set(kept)
    assert len(kept) <= MOST + 1
    assert kept[-1] == total
    coarse = max(stride, total / MOST) + stride
    assert all(after - before <= coarse + 1 for before, after in pairwise(kept))


def net(activation: str = "tanh", dropout: float = 0.0) -> tuple[Perceptrons, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    made = Perceptrons((3, 8, 5, 2), replicas("layers", 0, 4), activation=activation, dropout=dropout, gain=4.0)
    return made, rng.standard_normal((4, 30, 3)).astype(np.float32), rng.standard_normal((4, 30, 2)).astype(np.float32)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_a_snapshot_counts_the_numbers_of_the_replica_s_own_layers(activation):
    made, x, y = net(activation)
    gradients = [g.copy() for g in made.gradient(x, y)]
    found = snapshot(made, x, y, "second", replica=1).layers
    inputs, _, z = made.layers(x)
    for place, layer in enumerate(found):
        W, a, g = made.weights[place][1], [*inputs[1:], z][place][1], gradients[place][1]
        for histogram, values in ((layer.weights, W), (layer.activations, a), (layer.gradients, g)):
            assert histogram.mean == pytest.approx(float(values.mean(dtype=float)), abs=1e-9)
            assert histogram.sd == pytest.approx(float(values.std(dtype=float)), rel=1e-6, abs=1e-9)
            assert histogram.zero == pytest.approx(float(np.mean(values == 0)))
            assert histogram.shares.sum() == pytest.approx(1, abs=1e-5)
        edges = layer.weights.edges.astype(float)
        slack = 1e-6 * (edges[-1] - edges[0])
        for k in (1, BINS // 3, BINS // 2):
            assert layer.weights.shares[:k].sum() == pytest.approx(float(np.mean(edges[k] + slack > W)), abs=2 / W.size)
    bounded = activation != "relu"
    assert [layer.activations.flat is not None for layer in found] == [bounded, bounded, False]
    if activation == "tanh":
        assert found[0].activations.flat == pytest.approx(float(np.mean(np.abs(made.layers(x)[0][1][1]) > 0.97)))


def test_a_snapshot_draws_no_random_numbers_and_leaves_training_as_it_was():
    ended = []
    for looked_at in (False, True):
        made, x, y = net("relu", dropout=0.5)
        for _ in range(10):
            made.step(x, y, 0.05, 0.9)
            if looked_at:
                snapshot(made, x, y, "")
        ended.append([array.copy() for array in made.weights + made.biases])
    for plain, seen in zip(*ended, strict=True):
        np.testing.assert_array_equal(plain, seen)


def test_what_diverged_or_died_is_shown_as_it_is():
    W, dead, wild = np.ones((2, 2)), np.zeros((4, 2)), np.array([np.inf, np.nan, 1.0, 2.0])
    (layer,) = describe("x", [W], [wild], [dead], "relu").layers
    assert np.isnan(layer.activations.mean)
    assert layer.activations.shares.sum() == pytest.approx(1)
    assert (layer.gradients.zero, layer.gradients.shares.sum()) == (1.0, 0.0)
    assert layer.weights.edges[0] < 1 < layer.weights.edges[-1]


def test_few_layers_are_outlines_and_many_a_map_with_their_numbers_beside():
    made, x, y = net()
    weights, activations, gradients = layers.panels(snapshot(made, x, y, "net"))
    assert [type(mark) for mark in weights.marks] == [Steps] * 3
    assert gradients.x_label == "log10 |gradient|"
    assert dict(activations.numbers).keys() == {"layer", "mean", "sd", "share zero", "share saturated"}
    assert dict(activations.numbers)["share saturated"][2] == ""
    deep = Perceptrons((3, *[8] * 9, 2), replicas("layers", 0, 1))
    (surface,) = layers.panels(snapshot(deep, x[:1], y[:1], "deep"))[0].marks
    assert isinstance(surface, HeatMap)
    assert surface.values.shape == (BINS, 10)
    np.testing.assert_allclose(surface.values.sum(axis=0), 1, rtol=1e-5)


@pytest.mark.parametrize("name", TRAINING)
def test_every_experiment_that_trains_shows_its_layers_in_few_bytes(name):
    frames = whole(name)
    shown = [frame for frame in frames if frame.layers]
    assert 8 <= len(shown) <= MOST + 1
    assert frames[-1].layers is not None
    assert len(pickle.dumps([frame.layers for frame in shown])) < 1.2e6
    first, last = shown[0].layers.layers, shown[-1].layers.layers
    assert any(a.weights.mean != b.weights.mean for a, b in zip(first, last, strict=False))
    assert digest(frames[-1]) == digest(dataclasses.replace(frames[-1], layers=None))
