"""The examples of a `tf.data.Dataset`."""

import sys

import numpy as np

from nas_tf.errors import UsageError


def is_dataset(value):
    """Returns whether a value is a `tf.data.Dataset`; imports nothing."""
    tf = sys.modules.get("tensorflow")
    data = getattr(tf, "data", None)
    return data is not None and isinstance(value, data.Dataset)


def read(dataset, title):
    """Returns the pair `(x, y)` of all examples of a dataset.

    Args:
        dataset: Finite `tf.data.Dataset` of pairs, batched or not.
        title: Name of the data in messages.

    Raises:
        UsageError: If it is not finite, or not of pairs of one shape.
    """
    import tensorflow as tf

    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        parts = len(spec) if isinstance(spec, tuple) else 1
        raise UsageError(
            f"Expected a tf.data.Dataset of pairs (x, y) as {title}. "
            f"Received: elements of {parts} parts"
        )
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise UsageError(
            f"Expected a finite tf.data.Dataset as {title}. Received: one "
            f"that repeats forever"
        )
    batched = _is_batched(tf.nest.flatten(spec))
    rows = []
    for element in dataset.as_numpy_iterator():
        leaves = tf.nest.flatten(element)
        rows.append([np.asarray(leaf) for leaf in leaves])
    if not rows:
        raise UsageError(f"Expected examples in {title}. Received: none")
    join = np.concatenate if batched else np.stack
    try:
        columns = [join(column) for column in zip(*rows)]
    except ValueError:
        raise UsageError(
            f"Expected examples of one shape in {title}. Received: a "
            f"tf.data.Dataset with different ones"
        ) from None
    return tf.nest.pack_sequence_as(spec, columns)


def _is_batched(specs):
    """Returns whether all parts of an element have one first axis."""
    first = set()
    for spec in specs:
        if not len(spec.shape or ()):
            return False
        first.add(spec.shape[0])
    return len(first) == 1
