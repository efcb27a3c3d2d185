"""How large the outputs of a recurrent cell are with its initial weights."""

import itertools

import keras
import numpy as np
from keras import ops

from nas_tf.layers import cell_steps

# The standard deviation of outputs that an automatic factor gives.
DEVIATION = 0.4

# Sequences and steps that are read, of which the later half is measured.
_SEQUENCES, _STEPS = 64, 16
# The smallest and largest factor. A searched cell may not be bounded.
_RANGE = 0.1, 10.0


def automatic(
    make_layer,
    units,
    init_range,
    input_size,
    input_range,
    deviation=DEVIATION,
):
    """Returns the factor with which outputs have a standard deviation.

    Args:
        make_layer: See `nas_tf.skeletons.base.Skeleton.build`.
        units: Size of each layer's output, at least 1.
        init_range: Weights are uniform in [-init_range, init_range].
        input_size: Number of inputs of the lowest layer in each step.
        input_range: They are uniform in [-input_range, input_range].
        deviation: The standard deviation. Default: 0.4. "lstm" for that of
            an LSTM of as many units, with weights of the same range.

    Returns:
        A number, see `output_scale`, that is the same each time.
    """
    if deviation == "lstm":
        initializer = _initializer(init_range)
        lstm = keras.layers.LSTM(
            units,
            kernel_initializer=initializer(),
            recurrent_initializer=initializer(),
        )
        deviation = _deviation(lstm, input_size, input_range)
    layer = make_layer(units, _initializer(init_range), 0.0)
    return output_scale(layer, input_size, input_range, deviation)


def output_scale(layer, input_size, input_range, deviation):
    """Returns the factor with which a cell's outputs have a deviation.

    The cell reads independent uniform numbers. All layers of one cell, of one
    size and with weights of one range need about the same factor, so that one
    is enough for a model.

    Args:
        layer: A recurrent layer that is not built. It is built, and of no use
            for anything else.
        input_size: Number of inputs in each step.
        input_range: Inputs are uniform in [-input_range, input_range].
        deviation: Standard deviation that outputs times the factor have.

    Returns:
        A number from 0.1 to 10 of two digits; 1 if outputs are all 0, or not
        finite.
    """
    with np.errstate(all="ignore"):
        factor = deviation / _deviation(layer, input_size, input_range)
    if not np.isfinite(factor):
        return 1.0
    return float(f"{np.clip(factor, *_RANGE):.2g}")


def _initializer(init_range):
    """Returns a function that returns another initializer each time."""
    # Seeds of their own, whatever was drawn before.
    seeds = itertools.count()
    return lambda: keras.initializers.RandomUniform(
        -init_range, init_range, next(seeds)
    )


def _deviation(layer, input_size, input_range):
    """Returns the standard deviation of a layer's outputs, a float64."""
    layer.build((None, None, input_size))
    rng = np.random.default_rng(0)
    shape = (_SEQUENCES, _STEPS, input_size)
    inputs = rng.uniform(-input_range, input_range, shape).astype("float32")
    sizes = layer.cell.state_size
    sizes = sizes if isinstance(sizes, (list, tuple)) else [sizes]
    states = [ops.zeros((_SEQUENCES, size)) for size in sizes]
    outputs, _ = cell_steps.run(
        layer.cell, ops.convert_to_tensor(inputs), states
    )
    found = ops.convert_to_numpy(outputs)[:, _STEPS // 2 :]
    with np.errstate(all="ignore"):
        return found.astype("float64").std()
