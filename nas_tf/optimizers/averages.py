"""Moving averages of gradients, kept by an optimizer for each variable."""

import keras
from keras import ops

NARROW = ("float16", "bfloat16")


def make(optimizer, variables, name):
    """Returns a list with an average for each variable, all of them 0.

    Those of float16 and bfloat16 variables are float32: in float16 a small
    average would become 0, and with it its sign.

    Args:
        optimizer: Keras optimizer, while it is built.
        variables: List of the model's trainable variables.
        name: What is averaged.
    """
    return [_make(optimizer, variable, name) for variable in variables]


def _make(optimizer, variable, name):
    dtype = keras.backend.standardize_dtype(variable.dtype)
    if dtype not in NARROW:
        # None for a variable that is overwritten by its gradient.
        return optimizer.add_optimizer_variables([variable], name)[0]
    return optimizer.add_variable(
        shape=variable.shape, initializer="zeros", dtype="float32", name=name
    )


def move(optimizer, average, value, beta):
    """Sets an average to `beta * average + (1 - beta) * value`."""
    kept = ops.multiply(average, beta)
    optimizer.assign(average, ops.add(kept, ops.multiply(value, 1 - beta)))


def dense(gradient, dtype):
    """Returns a gradient as a tensor of a type.

    That of an embedding has rows for the symbols read, several for one that is
    read several times. Their sum is what counts.
    """
    # Keras adds such rows up where something else is added to them.
    return ops.add(ops.cast(gradient, dtype), ops.zeros((), dtype))
