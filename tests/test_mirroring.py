"""A batch is divided between devices; `test_devices.py` tests training."""

import numpy as np
import pytest
import tensorflow as tf

from nas_tf.errors import UsageError
from nas_tf.training import mirroring


@pytest.fixture
def three(monkeypatch):
    """Three replicas on one device: real ones need a divided CPU."""
    monkeypatch.setattr(mirroring, "count", lambda: 3)


def test_outside_a_scope_there_is_one_replica():
    assert mirroring.count() == 1
    [part] = mirroring.split(np.arange(4))
    np.testing.assert_array_equal(part, np.arange(4))


@pytest.mark.parametrize("rows, sizes", [(3, [1, 1, 1]), (7, [3, 2, 2])])
def test_a_structure_is_split_into_parts_of_its_form(three, rows, sizes):
    x = np.arange(2 * rows).reshape(rows, 2)
    parts = mirroring.split(({"a": x, "b": (x + 1,)}, x[:, 0]))
    assert [len(part[1]) for part in parts] == sizes
    joined = tf.nest.map_structure(
        lambda *leaves: np.concatenate(leaves), *parts
    )
    np.testing.assert_array_equal(joined[0]["a"], x)
    np.testing.assert_array_equal(joined[0]["b"][0], x + 1)
    np.testing.assert_array_equal(joined[1], x[:, 0])


def test_every_replica_has_a_row(three):
    with pytest.raises(UsageError, match="at least 3 examples.*Received: 2"):
        mirroring.split((np.zeros((2, 4)), np.zeros(2)))
