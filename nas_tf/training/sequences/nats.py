"""The cross-entropy of symbols, on any backend."""

from keras import ops


def nats_of(y, logits):
    """Returns the cross-entropy of each symbol, `[B, T]` float32.

    Args:
        y: `[B, T]` integers, at least 0.
        logits: `[B, T, V]`.
    """
    logits = ops.cast(logits, "float32")
    picked = ops.take_along_axis(logits, ops.expand_dims(y, -1), axis=-1)
    return ops.logsumexp(logits, axis=-1) - ops.squeeze(picked, -1)


def sum_of_nats(y, logits):
    """Returns the sum of the symbols' cross-entropy, without targets < 0."""
    nats = nats_of(ops.maximum(y, 0), logits)
    # Not a product: what does not count may be infinite.
    return ops.sum(ops.where(y < 0, 0.0, nats))
