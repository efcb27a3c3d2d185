"""A training step and an evaluated window as one traced function each."""

import numpy as np

from nas_tf.sequence_training.text_windows import windows


class TensorFlowEngine:
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

    def _initial_states(self, inputs):
        return self._model.initial_states(len(inputs))

    def train(self, inputs, targets, steps):
        states = self._initial_states(inputs)
        losses = []
        for x, y in windows(inputs, targets, steps):
            loss, states = self._train_step(x, y, states)
            losses.append(loss)
        # Reading a result only after the last step keeps devices busy.
        return _mean(losses, len(losses))

    def evaluate(self, inputs, targets, steps):
        states = self._initial_states(inputs)
        sums = []
        for x, y in windows(inputs, targets, steps):
            total, states = self._test_step(x, y, states)
            sums.append(total)
        return _mean(sums, np.count_nonzero(targets >= 0))


def _mean(sums, count):
    return float(np.sum([part.numpy() for part in sums], dtype=float) / count)


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


def nats_of(y, logits):
    """Returns the cross-entropy of each symbol, `[B, T]`."""
    import tensorflow as tf

    return tf.nn.sparse_softmax_cross_entropy_with_logits(
        y, tf.cast(logits, tf.float32)
    )


def sum_of_nats(y, logits):
    """Returns the sum of the symbols' cross-entropy, without targets < 0."""
    import tensorflow as tf

    nats = nats_of(tf.maximum(y, 0), logits)
    # Not a product: what does not count may be infinite.
    return tf.reduce_sum(tf.where(y < 0, 0.0, nats))
