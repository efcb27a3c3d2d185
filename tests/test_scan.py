"""A loop over time, against the same loop in NumPy."""

import numpy as np
import pytest
from keras import ops

from nas_tf.layers.scan import scan
from tests.recurrent import assert_close
from tests.recurrent import normal


@pytest.mark.parametrize("reverse", [False, True])
# Of 7 steps each is an iteration, 6 are two of 3, and 5 are a single one.
@pytest.mark.parametrize("length", [1, 5, 6, 7])
def test_records_are_those_of_a_plain_loop(length, reverse):
    sequence, factor = normal(length, 2, 3), normal(length, 2, 3, seed=1)
    total, product = normal(2, 3, seed=2), normal(2, 3, seed=3)

    def step(record, added, multiplied):
        total, product = record
        return total + added, product * multiplied + total

    found = scan(
        step,
        (ops.convert_to_tensor(total), ops.convert_to_tensor(product)),
        (ops.convert_to_tensor(sequence), ops.convert_to_tensor(factor)),
        length,
        reverse=reverse,
    )
    record = (total, product)
    records = [None] * length
    for index in range(length)[::-1] if reverse else range(length):
        record = step(record, sequence[index], factor[index])
        records[index] = record
    assert_close(found, [np.stack(column) for column in zip(*records)])
