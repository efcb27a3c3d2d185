import itertools

import numpy as np
import pytest

from nas_tf.tasks import _buckets


@pytest.fixture
def lengths():
    rng = np.random.default_rng(0)
    sources = rng.integers(1, 12, 200)
    return sources, np.maximum(1, sources + rng.integers(-2, 4, 200))


def cost(sources, targets, shapes):
    found = np.array(shapes)[_buckets.assign(sources, targets, shapes)]
    return found.sum()


def test_bounds_need_the_least_padding(lengths):
    sources, targets = lengths
    longer = np.maximum(sources, targets)
    best = np.inf
    edges = np.unique(longer)
    for inner in itertools.combinations(edges[:-1], 2):
        total = 0
        for low, high in itertools.pairwise((0, *inner, edges[-1])):
            chosen = (longer > low) & (longer <= high)
            width = sources[chosen].max() + targets[chosen].max()
            total += chosen.sum() * width
        best = min(best, total)
    shapes = _buckets.bounds(sources, targets, 3)
    assert len(shapes) == 3
    # A pair may fit into an earlier bucket than that of its longer side.
    assert cost(sources, targets, shapes) <= best
    one = _buckets.bounds(sources, targets, 1)
    assert one == [(sources.max(), targets.max())]
    assert cost(sources, targets, shapes) < cost(sources, targets, one)


def test_every_pair_fits_its_bucket(lengths):
    sources, targets = lengths
    shapes = np.array(_buckets.bounds(sources, targets, 4))
    found = shapes[_buckets.assign(sources, targets, shapes.tolist())]
    assert (found >= np.stack([sources, targets], 1)).all()
    assert (np.diff(shapes, axis=0) >= 0).all()
    # More buckets than lengths.
    assert len(_buckets.bounds(np.ones(3, int), np.ones(3, int), 5)) == 1


def test_an_epoch_has_each_pair_once_in_batches_of_one_size(lengths):
    shapes = _buckets.bounds(*lengths, 4)
    buckets = _buckets.assign(*lengths, shapes)
    epochs = [
        list(_buckets.shuffled(buckets, 4, 32, *seed_and_epoch))
        for seed_and_epoch in [(0, 0), (0, 0), (0, 1), (1, 0)]
    ]
    for epoch in epochs:
        assert len(epoch) == 200 // 32
        rows = np.concatenate([rows for _, rows in epoch])
        assert len(set(rows.tolist())) == len(rows) == 192
        for bucket, rows in epoch:
            assert (buckets[rows] <= bucket).all()
    texts = [str(epoch) for epoch in epochs]
    assert texts[0] == texts[1] and len(set(texts)) == 3
    assert [b for b, _ in epochs[0]] != sorted(b for b, _ in epochs[0])


def test_sequences_are_padded_and_cut():
    ragged = _buckets.Ragged(np.array([5, 6, 7, 8]), [1, 0, 3])
    np.testing.assert_array_equal(
        ragged.padded([2, 0, 1], 4, first=2),
        [[2, 6, 7, 8], [2, 5, 0, 0], [2, 0, 0, 0]],
    )
    np.testing.assert_array_equal(
        ragged.padded([2, 0, 1], 3, last=3), [[6, 7, 3], [5, 3, 0], [3, 0, 0]]
    )
