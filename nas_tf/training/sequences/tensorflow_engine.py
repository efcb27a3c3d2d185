"""A training step and an evaluated window as one traced function each."""

import contextlib

from nas_tf.training.sequences.nats import nats_of
from nas_tf.training.sequences.nats import sum_of_nats
from nas_tf.training.sequences.window_engine import WindowEngine


class TensorFlowEngine(WindowEngine):
    """One traced function for a training step, one for an evaluated window."""

    def __init__(self, model, optimizer=None, jit_compile=False):
        import tensorflow as tf

        self._model = model
        if optimizer is not None and not optimizer.built:
            # A function that creates variables would be traced twice.
            optimizer.build(model.trainable_variables)
        self._train_step = tf.function(
            _train_step(model, optimizer),
            autograph=False,
            jit_compile=jit_compile,
        )
        self._test_step = tf.function(_test_step(model), autograph=False)

    def _epoch(self):
        return contextlib.nullcontext(self._train_step)


def _train_step(model, optimizer):
    """Returns a function that trains on a window: -> (nats, states)."""
    import tensorflow as tf

    def step(x, y, states):
        variables = [v.value for v in model.trainable_variables]
        with tf.GradientTape() as tape:
            logits, states = model.advance(x, states, training=True)
            mean = tf.reduce_mean(nats_of(y, logits))
            loss = tf.add_n([mean * x.shape[1], *model.losses])
        # An embedding's gradient has a row for each symbol read. Only once
        # rows of equal symbols are added is its norm what is to be clipped.
        gradients = [
            None if gradient is None else tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(loss, variables)
        ]
        optimizer.apply(gradients, model.trainable_variables)
        return mean, states

    return step


def _test_step(model):
    """Returns a function of a window: -> (sum of nats that count, states)."""

    def step(x, y, states):
        logits, states = model.advance(x, states, training=False)
        return sum_of_nats(y, logits), states

    return step
