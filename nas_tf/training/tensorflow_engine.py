"""A training step and a validation batch as one traced function each."""

import contextlib
import itertools

from nas_tf.training.batch_normalization import fused
from nas_tf.training.step_engine import StepEngine
from nas_tf.training.step_engine import losses_and_hits


class TensorFlowEngine(StepEngine):
    """One traced function for a training step, one for a validation batch."""

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

    def _epoch(self):
        return contextlib.nullcontext(self._train_step)


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
