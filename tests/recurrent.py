"""What the tests of recurrent layers share."""

import keras
import numpy as np
from keras import ops

from tests.backends import array
from tests.backends import gradients

WEIGHTS = ("kernel", "recurrent_kernel", "projection_weights", "bias")
# With and without a projection and a bias.
FOUR = [
    {"projection": projection, "use_bias": use_bias}
    for projection in (None, 3)
    for use_bias in (False, True)
]


def normal(*shape, seed=0, scale=1.0):
    """Returns normally distributed numbers, always the same ones."""
    rng = np.random.default_rng([seed, *shape])
    return (scale * rng.normal(size=shape)).astype("float32")


def start(cell, batch, seed=7):
    """Returns states [h, c] to start from that are not 0."""
    return [
        normal(batch, size, seed=seed + place, scale=0.5)
        for place, size in enumerate(cell.state_size)
    ]


def randomise(cell, size, scale=0.6):
    """Builds a cell for inputs of a size, and gives it random weights.

    Returns:
        Dict from the names in `WEIGHTS` to arrays, None for what is not.
    """
    if not cell.built:
        cell.build((None, size))
    weights = dict.fromkeys(WEIGHTS)
    for seed, name in enumerate(WEIGHTS):
        variable = getattr(cell, name)
        if variable is not None:
            weights[name] = normal(*variable.shape, seed=seed, scale=scale)
            variable.assign(weights[name])
    return weights


def sigmoid(value):
    return 1 / (1 + np.exp(-value))


def nas_cell(weights, x, h, c):
    """Computes a step of NASCell in NumPy; returns the new h and c.

    Written from the published equations, independently of the package.
    """
    recurrent = h @ weights["recurrent_kernel"]
    if weights["bias"] is not None:
        recurrent = recurrent + weights["bias"]
    x0, x1, x2, x3, x4, x5, x6, x7 = np.split(x @ weights["kernel"], 8, 1)
    h0, h1, h2, h3, h4, h5, h6, h7 = np.split(recurrent, 8, 1)
    b0 = np.tanh(sigmoid(x0 + h0) * np.maximum(x1 + h1, 0))
    b1 = np.tanh(sigmoid(x2 + h2) + np.maximum(x3 * h3, 0))
    b2 = np.tanh(np.tanh(x4 + h4) * sigmoid(x5 + h5))
    b3 = sigmoid(np.tanh(x6 + h6) + sigmoid(x7 + h7))
    c = np.tanh(b0 + c) * b1
    h = np.tanh(c * np.tanh(b2 + b3))
    if weights["projection_weights"] is not None:
        h = h @ weights["projection_weights"]
    return h, c


def unrolled(step, weights, sequences, states):
    """Returns all outputs of steps `[B, T, m]`, and the last h and c."""
    h, c = states
    outputs = []
    for t in range(sequences.shape[1]):
        h, c = step(weights, sequences[:, t], h, c)
        outputs.append(h)
    return np.stack(outputs, 1), h, c


def assert_close(found, wanted, tolerance=1e-5):
    """Compares lists of tensors, relative to the largest number of each."""
    assert len(found) == len(wanted)
    for place, (a, b) in enumerate(zip(found, wanted)):
        a, b = array(a), array(b)
        assert a.shape == b.shape
        np.testing.assert_allclose(
            a,
            b,
            rtol=tolerance,
            atol=tolerance * max(1e-3, np.abs(b).max(initial=0)),
            err_msg=f"number {place}",
        )


def weighted_sum(tensors):
    """Returns a number that depends on each element differently."""
    total = 0.0
    for seed, tensor in enumerate(tensors):
        weights = ops.cast(normal(*tensor.shape, seed=seed + 20), tensor.dtype)
        total = total + ops.sum(ops.cast(weights, tensor.dtype) * tensor)
    return total


def all_gradients(layer, sequences, states, training=False, weights=None):
    """Returns gradients of weights, sequences, h and c of a layer.

    They are of a sum of all that the layer returns.

    Args:
        layer: A recurrent layer that returns its states.
        sequences: `[B, T, d]`.
        states: `[h, c]` to start from.
        training: Whether to drop.
        weights: Variables; None for the trainable ones of the layer.
    """

    def loss(sequences, *states):
        results = layer(
            sequences, initial_state=list(states), training=training
        )
        return weighted_sum(results)

    if weights is None:
        weights = layer.trainable_variables
    return gradients(loss, weights, [sequences, *states])


def plain(layer):
    """Returns Keras's own RNN of a like cell: same weights, same seed."""
    config = keras.layers.RNN.get_config(layer)
    del config["cell"]
    cell = type(layer.cell).from_config(layer.cell.get_config())
    cell.build((None, layer.cell.kernel.shape[0]))
    cell.set_weights(layer.cell.get_weights())
    return keras.layers.RNN(cell, **config)
