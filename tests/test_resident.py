"""Data on the device, and how the steps of an epoch become calls."""

import numpy as np
import pytest

from nas_tf.tasks.digits import Digits
from nas_tf.tasks.ptb import PennTreebank
from nas_tf.training import resident
from tests.backends import BACKEND
from tests.backends import array


@pytest.mark.parametrize(
    ("count", "size", "done", "lengths"),
    [
        # A divisor near the size makes all calls alike.
        (12, 5, 0, [4, 4, 4]),
        (12, 5, 4, [4, 4]),
        (7, 3, 0, [3, 3, 1]),
        (7, 3, 3, [3, 1]),
        # What another backend has begun ends anywhere.
        (12, 5, 3, [4, 4, 1]),
        (4, 32, 0, [4]),
        (4, 2, 4, []),
    ],
)
def test_steps_become_calls(count, size, done, lengths):
    plans = [{"rows": np.arange(3) + i} for i in range(count)]
    found = [call["rows"] for call in resident.calls(plans, size, done)]
    assert [len(rows) for rows in found] == lengths
    first = [row for rows in found for row in rows[:, 0]]
    assert first == list(range(done, count))


def test_only_jax_takes_several_steps():
    few = 3 if BACKEND == "jax" else 1
    assert resident.number_of_steps(3) == few
    assert resident.number_of_steps(1) == 1


def test_examples_are_those_of_the_batches():
    task = Digits(batch_size=50, augment=False)
    data = task.resident(seed=5)
    plans = list(data.plans(1))
    wanted = list(task.batches("train", 5, 1))
    assert len(plans) == len(wanted) > 10
    for plan, (images, labels) in zip(plans, wanted):
        found = data.batch(data.arrays, plan)
        np.testing.assert_allclose(array(found[0]), images, atol=1e-5)
        np.testing.assert_array_equal(array(found[1]), labels)


def test_windows_are_those_of_the_batches(tmp_path):
    words = np.random.default_rng(0).choice(list("abcdef"), (20, 10))
    text = "".join(" ".join(line) + "\n" for line in words)
    for split in ("train", "valid", "test"):
        (tmp_path / f"ptb.{split}.txt").write_text(text)
    task = PennTreebank(data_dir=str(tmp_path), batch_size=4, steps=6)
    data = task.resident()
    plans, wanted = list(data.plans(0)), list(task.batches("train", 0, 0))
    assert len(plans) == len(wanted) > 5
    for plan, window in zip(plans, wanted):
        for found, rows in zip(data.batch(data.arrays, plan), window):
            np.testing.assert_array_equal(array(found), rows)
