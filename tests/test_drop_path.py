"""ScheduledDropPath: its schedule, its expectation, and where it is off."""

import keras
import numpy as np
import pytest

from nas_tf.layers.drop_path import DropPath
from nas_tf.layers.drop_path import TrainingProgress
from nas_tf.specs.cell_stack import Layout
from tests.backends import array

STEPS = 937_500


@pytest.mark.parametrize(
    "cell, shares",
    [
        (0, (1, 0.99, 0.98)),
        (5, (1, 0.94, 0.88)),
        (9, (1, 0.9, 0.8)),
        (19, (1, 0.8, 0.6)),
    ],
)
def test_shares_that_are_kept(cell, shares):
    """Those of NASNet-A on CIFAR-10, at three moments of its training."""
    depth = (cell + 1) / Layout(6, 32).num_cells
    layer = DropPath(1 - depth * (1 - 0.6), seed=0)
    ones = np.ones((40_000, 1), "float32")
    for progress, share in zip((0.0, 0.5, 1.0), shares, strict=True):
        out = array(layer([ones, np.float32(progress)], training=True))
        assert (out > 0).mean() == pytest.approx(share, abs=0.01)
        # What is kept is divided by the share, so the mean stays 1.
        assert out.max() == pytest.approx(1 / share, rel=1e-5)
        assert out.mean() == pytest.approx(1, abs=0.015)


def test_examples_are_dropped_whole_and_on_their_own():
    layer = DropPath(0.5, seed=1)
    x = np.ones((64, 3, 4, 5), "float32")
    out = array(layer([x, np.float32(1)], training=True))
    first = out[:, :1, :1, :1]
    np.testing.assert_array_equal(out, np.broadcast_to(first, out.shape))
    assert set(np.unique(first)) == {0.0, 2.0}


def test_nothing_is_dropped_but_in_training():
    x = np.ones((8, 3), "float32")
    out = DropPath(0.1, seed=1)([x, np.float32(1)])
    np.testing.assert_array_equal(array(out), x)


def test_the_same_seed_drops_the_same():
    x = np.ones((64, 2), "float32")

    def drawn(seed):
        layer = DropPath(0.5, seed=seed)
        return [
            array(layer([x, np.float32(1)], training=True)) for _ in range(2)
        ]

    first, again, other = drawn(3), drawn(3), drawn(4)
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).any()
    assert (first[0] != other[0]).any()


def test_progress_counts_the_steps_of_training():
    layer = TrainingProgress(4)
    x = np.zeros((2, 3), "float32")
    seen = [float(array(layer(x, training=True))) for _ in range(6)]
    assert seen == [0, 0.25, 0.5, 0.75, 1, 1]
    assert float(array(layer(x))) == 1
    assert float(array(layer.step)) == 6


def test_progress_stays_in_evaluation():
    layer = TrainingProgress(4)
    x = np.zeros((2, 3), "float32")
    assert [float(array(layer(x))) for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    "layer", [DropPath(0.7, seed=3, name="a"), TrainingProgress(9, name="b")]
)
def test_configuration_round_trip(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_it_works_in_half_precision():
    layer = DropPath(0.5, seed=1, dtype="mixed_float16")
    x = keras.ops.ones((4, 2), "float16")
    out = layer([x, keras.ops.convert_to_tensor(1.0)], training=True)
    assert keras.backend.standardize_dtype(out.dtype) == "float16"
