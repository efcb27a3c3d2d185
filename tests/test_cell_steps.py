"""Recurrent cells whose input products are computed before the loop."""

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.layers import cell_steps
from nas_tf.layers.enas_cell import ENASCell
from nas_tf.layers.nas_cell import NASCell
from tests.recurrent import normal

CELLS = {
    "lstm": lambda: keras.layers.LSTMCell(3),
    "gru": lambda: keras.layers.GRUCell(3),
    "nascell": lambda: NASCell(3, projection=2, use_bias=True),
    "enas": lambda: ENASCell(3),
    "another": lambda: keras.layers.SimpleRNNCell(3),
}


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("reverse", [False, True])
def test_sequences_are_read_as_by_keras_with_a_mask(name, reverse):
    layer = keras.layers.RNN(
        CELLS[name](),
        return_sequences=True,
        return_state=True,
        go_backwards=reverse,
    )
    inputs = normal(2, 5, 4)
    mask = np.array([[True] * 5, [True] * 3 + [False] * 2])
    layer.build(inputs.shape)
    for seed, weight in enumerate(layer.weights):
        weight.assign(normal(*weight.shape, seed=seed, scale=0.5))
    assert cell_steps.is_split(layer.cell) == (name != "another")
    start = layer.get_initial_state(2)
    start = [normal(*state.shape, seed=8, scale=0.5) for state in start]
    expected, *states = layer(
        ops.convert_to_tensor(inputs),
        initial_state=list(map(ops.convert_to_tensor, start)),
        mask=ops.convert_to_tensor(mask),
    )
    if reverse:
        expected = ops.flip(expected, 1)
    found, after = cell_steps.run(
        layer.cell,
        ops.convert_to_tensor(inputs),
        list(map(ops.convert_to_tensor, start)),
        ops.convert_to_tensor(mask),
        reverse,
    )
    kept = mask[:, :, None]
    for one, other in zip([found * kept, *after], [expected * kept, *states]):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one),
            ops.convert_to_numpy(other),
            rtol=1e-4,
            atol=1e-5,
        )


def test_parts_of_an_input_have_parts_of_the_product():
    for name in ("lstm", "gru", "nascell", "enas"):
        cell = CELLS[name]()
        cell.build((None, 4))
        inputs = ops.convert_to_tensor(normal(2, 4))
        whole = cell_steps.products(cell, inputs)
        parts = [
            cell_steps.products(cell, inputs[:, slice(*rows)], rows)
            for rows in ((0, 1), (1, 4))
        ]
        np.testing.assert_allclose(
            ops.convert_to_numpy(whole),
            ops.convert_to_numpy(parts[0] + parts[1]),
            atol=1e-5,
        )
