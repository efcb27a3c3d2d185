"""Tests of arrays cut into batches."""

import numpy as np
import pytest

from nas_tf.training.batches import weighted
from nas_tf.training.batches import whole_windows
from nas_tf.training.batches import windows


def make_rows(rows, length):
    inputs = np.arange(rows * length, dtype=np.int32).reshape(rows, length)
    return inputs, inputs + 1


@pytest.mark.parametrize(
    "count, batch_size, sizes",
    [(21, 256, (21,)), (21, 10, (7, 7, 7)), (22, 10, (8, 8, 8)), (1, 4, (1,))],
)
def test_every_example_is_in_one_batch(count, batch_size, sizes):
    x = np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32)
    y = np.arange(count, dtype=np.int32)
    batches = weighted({"a": x, "b": (x + 1, x + 2)}, y, batch_size)
    assert tuple(len(batch[1]) for batch in batches) == sizes
    joined = {"a": [], "b": [], "c": []}
    labels = []
    for inputs, targets, weights in batches:
        kept = weights > 0
        assert weights.dtype == np.float32
        assert set(weights) <= {0.0, 1.0}
        joined["a"].append(inputs["a"][kept])
        joined["b"].append(inputs["b"][0][kept])
        joined["c"].append(inputs["b"][1][kept])
        labels.append(targets[kept])
        assert (inputs["a"][~kept] == 0).all()
    for more, name in enumerate("abc"):
        np.testing.assert_array_equal(np.concatenate(joined[name]), x + more)
    np.testing.assert_array_equal(np.concatenate(labels), y)


def test_windows_are_the_rows_in_order():
    inputs, targets = make_rows(2, 7)
    parts = list(windows(inputs, targets, 3))
    assert [x.shape for x, _ in parts] == [(2, 3)] * 3
    joined = [np.concatenate(part, axis=1) for part in zip(*parts)]
    np.testing.assert_array_equal(joined[0][:, :7], inputs)
    np.testing.assert_array_equal(joined[1][:, :7], targets)
    assert (joined[0][:, 7:] == 0).all() and (joined[1][:, 7:] == -1).all()


def test_rows_of_no_whole_windows_are_refused():
    for length in (0, 4):
        with pytest.raises(ValueError, match="multiple of steps=3"):
            whole_windows(*make_rows(1, length), 3)
    parts = list(whole_windows(*make_rows(2, 6), 3))
    assert [x.shape for x, _ in parts] == [(2, 3)] * 2


@pytest.mark.parametrize(
    "shape, size",
    [
        ((32, 32, 3), 256),
        ((64, 64, 3), 64),
        ((128, 128, 3), 16),
        ((224, 224, 3), 8),
        ((600, 600, 3), 8),
    ],
)
def test_batches_of_large_examples_are_smaller(shape, size):
    x = np.broadcast_to(np.float32(1), (256, *shape))
    batches = weighted(x[:, :1, :1], np.zeros(256, np.int32))
    assert len(batches) == 1
    batches = weighted(x, np.zeros(256, np.int32))
    assert {len(batch[1]) for batch in batches} == {size}
