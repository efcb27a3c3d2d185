"""Weights of the NASCell of TensorFlow 1 and of TensorFlow Addons."""

from collections.abc import Sequence

import keras
import numpy as np

from nas_tf.errors import UsageError


def load_addons_weights(
    layer: keras.layers.Layer, weights: dict[str, np.ndarray]
) -> None:
    """Loads weights of the earlier implementations into a `NASCell` or `NAS`.

    `tf.contrib.rnn.NASCell` and `tfa.rnn.NASCell` compute the same as
    `NASCell`, but their states are in the order `(c, h)`, see
    `from_addons_states`. To load one of their checkpoints:

    ```python
    reader = tf.train.load_checkpoint("old/model.ckpt")
    weights = {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if "nas_cell" in name and "Adam" not in name
    }
    nas_tf.load_addons_weights(layer, weights)
    ```

    Args:
        layer: `NASCell` or `NAS` with the same units n, projection p and
            bias. It need not be built.
        weights: Dict from names to arrays: "kernel" `[d, 8n]`,
            "recurrent_kernel" `[m, 8n]`, "projection_weights" `[n, p]` and
            "bias" `[8n]`. Scopes that end with "/" before a name and ":0"
            after it are ignored.

    Raises:
        UsageError: If a weight is missing, has another shape, or has no
            counterpart in the layer, which is then unchanged.
    """
    arrays = {}
    for name, array in weights.items():
        short = name.split("/")[-1].split(":")[0]
        if short in arrays:
            raise UsageError(
                f"Expected one weight called '{short}'. Received: "
                f"{', '.join(sorted(weights))}"
            )
        arrays[short] = np.asarray(array)
    cell = getattr(layer, "cell", layer)
    width = cell.spec.base * cell.units
    wanted: dict[str, tuple] = {
        "kernel": (None, width),
        "recurrent_kernel": (cell.output_size, width),
    }
    if cell.projection is not None:
        wanted["projection_weights"] = (cell.units, cell.projection)
    if cell.use_bias:
        wanted["bias"] = (width,)
    if sorted(arrays) != sorted(wanted):
        raise UsageError(
            f"Expected the weights {', '.join(sorted(wanted))}. Received: "
            f"{', '.join(sorted(arrays)) or 'none'}"
        )
    if cell.built:
        wanted["kernel"] = tuple(cell.kernel.shape)
    for name, shape in wanted.items():
        found = arrays[name].shape
        good = len(found) == len(shape) and all(
            size in (None, there) for size, there in zip(shape, found)
        )
        if not good:
            text = ", ".join("any" if n is None else str(n) for n in shape)
            raise UsageError(
                f"Expected '{name}' of shape ({text}). Received: {found}"
            )
    # A layer may need more to be built, such as the size of a batch.
    if not cell.built:
        cell.build((None, arrays["kernel"].shape[0]))
    for name in wanted:
        getattr(cell, name).assign(arrays[name])


def from_addons_states(states: Sequence) -> list:
    """Returns the states `[h, c]` for the `(c, h)` of an earlier cell."""
    cell_state, output = states
    return [output, cell_state]
