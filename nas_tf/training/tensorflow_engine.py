"""A training step and a validation batch as one traced function each."""

import itertools
import math

import keras
import numpy as np

from nas_tf.training.batch_normalization import fused


class TensorFlowEngine:
    """One traced function for a training step, one for a validation batch."""

    # Examples a validation batch must have.
    _least = 1

    def __init__(self, model, optimizer, jit_compile):
        import tensorflow as tf

        if optimizer is not None and not optimizer.built:
            # A function that creates variables would be traced twice.
            optimizer.build(model.trainable_variables)
        self._train_step = tf.function(
            _train_step(model, optimizer),
            autograph=False,
            jit_compile=jit_compile is True,
        )
        self._test_step = tf.function(_test_step(model), autograph=False)

    def prefetched(self, batches):
        import tensorflow as tf

        batches = iter(batches)
        first = next(batches, None)
        if first is None:
            return []
        return tf.data.Dataset.from_generator(
            lambda: itertools.chain([first], batches),
            output_signature=tuple(
                tf.TensorSpec((None, *part.shape[1:]), part.dtype)
                for part in first
            ),
        ).prefetch(tf.data.AUTOTUNE)

    def train(self, batches):
        # Reading a result only after the last step keeps devices busy.
        steps = [self._train_step(x, y) for x, y in batches]
        if not steps:
            raise ValueError("Expected batches. Received: none in an epoch")
        loss, accuracy = np.mean([step.numpy() for step in steps], axis=0)
        return {"loss": float(loss), "accuracy": float(accuracy)}

    def evaluate(self, x, y, batch_size=256):
        # Batches as equal as can be, the last filled up with examples of
        # weight 0, have one shape and little padding.
        size = math.ceil(len(x) / math.ceil(len(x) / batch_size))
        size = max(size, self._least)
        totals = np.zeros(2)
        for start in range(0, len(x), size):
            rows = slice(start, start + size)
            weights = _filled_up(np.ones(len(x[rows]), np.float32), size)
            totals += self._test_step(
                _filled_up(x[rows], size), _filled_up(y[rows], size), weights
            ).numpy()
        loss, accuracy = totals / len(x)
        return {"loss": float(loss), "accuracy": float(accuracy)}


def _filled_up(rows, size):
    missing = size - len(rows)
    if not missing:
        return rows
    zeros = np.zeros((missing, *rows.shape[1:]), rows.dtype)
    return np.concatenate([rows, zeros])


def _train_step(model, optimizer):
    """Returns a function that trains on a batch: -> `[loss, accuracy]`."""
    import tensorflow as tf

    def step(x, y):
        variables = [v.value for v in model.trainable_variables]
        with tf.GradientTape() as tape:
            with fused(model):
                probabilities = model(x, training=True)
            losses, hits = losses_and_hits(y, probabilities)
            loss = tf.add_n([tf.reduce_mean(losses), *model.losses])
        gradients = tape.gradient(loss, variables)
        optimizer.apply(gradients, model.trainable_variables)
        return tf.stack([loss, tf.reduce_mean(hits)])

    return step


def _test_step(model):
    """Returns a function of a batch: -> sums `[2]` of losses and hits."""
    import tensorflow as tf

    def step(x, y, weights):
        losses, hits = losses_and_hits(y, model(x, training=False))
        return tf.linalg.matvec(tf.stack([losses, hits]), weights)

    return step


def losses_and_hits(y, probabilities):
    """Returns each example's cross-entropy and whether it is right, `[B]`."""
    return (
        keras.losses.sparse_categorical_crossentropy(y, probabilities),
        keras.metrics.sparse_categorical_accuracy(y, probabilities),
    )
