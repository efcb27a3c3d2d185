"""Random numbers that follow from a seed and a step alone.

An optimizer or a schedule that draws them keeps no random state, so a training
that is resumed draws the same numbers, and JAX can compile the step.
"""

import zlib

import keras
from keras import ops


def normal(shape, seed, place, step):
    """Returns standard normal numbers.

    Args:
        shape: Tuple of integers.
        seed: Integer.
        place: String that tells the draws of one step apart.
        step: Integer or integer scalar tensor, at least 0.

    Returns:
        Float32 tensor of that shape, the same for the same arguments.
    """
    return keras.random.normal(
        shape, dtype="float32", seed=_Seed(seed, place, step)
    )


def uniform(shape, seed, place, step):
    """Returns numbers drawn evenly from [0, 1); see `normal`."""
    return keras.random.uniform(
        shape, dtype="float32", seed=_Seed(seed, place, step)
    )


class _Seed(keras.random.SeedGenerator):
    """Gives Keras's random functions a seed that depends on a step."""

    def __init__(self, seed, place, step):
        # The base class would create a variable, which this one does not need.
        self._first = zlib.crc32(f"{seed} {place}".encode()) & 0x7FFFFFFF
        self._step = step

    def next(self, ordered=True):
        # JAX takes no other type, and TensorFlow's kernels do not take it.
        dtype = "uint32" if keras.backend.backend() == "jax" else "int32"
        pair = [ops.convert_to_tensor(self._first, dtype=dtype)]
        return ops.stack([*pair, ops.cast(self._step, dtype)])
