"""What engines with steps of their own share: means over steps."""

import math

import keras
import numpy as np


class StepEngine:
    """Takes an engine's steps over the batches of an epoch.

    An engine has `_epoch()`, a context that yields the step
    `(x, y) -> [loss, accuracy]`, and `_test_step`, a function
    `(x, y, weights) -> [sum of losses, sum of hits]`. Keras's variables have
    current values before an epoch and after it.
    """

    # Examples a validation batch must have.
    _least = 1

    def train(self, batches):
        with self._epoch() as step:
            # Reading a result only after the last step keeps devices busy.
            steps = [step(x, y) for x, y in batches]
        if not steps:
            raise ValueError("Expected batches. Received: none in an epoch")
        loss, accuracy = np.mean([np.asarray(step) for step in steps], axis=0)
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
            totals += np.asarray(
                self._test_step(
                    _filled_up(x[rows], size),
                    _filled_up(y[rows], size),
                    weights,
                )
            )
        loss, accuracy = totals / len(x)
        return {"loss": float(loss), "accuracy": float(accuracy)}


def losses_and_hits(y, probabilities):
    """Returns each example's cross-entropy and whether it is right, `[B]`."""
    return (
        keras.losses.sparse_categorical_crossentropy(y, probabilities),
        keras.metrics.sparse_categorical_accuracy(y, probabilities),
    )


def _filled_up(rows, size):
    missing = size - len(rows)
    if not missing:
        return rows
    zeros = np.zeros((missing, *rows.shape[1:]), rows.dtype)
    return np.concatenate([rows, zeros])
