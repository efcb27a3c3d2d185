"""Trains and evaluates a language model by truncated back-propagation.

A model is a built `keras.Model` with two methods:

- `initial_states(batch_size)` returns a flat list of tensors of zeros;
- `advance(tokens, states, training=False)` reads `[B, T]` integers and returns
  `(logits, states)`, `[B, T, V]` and what is remembered after the last step.

What is remembered enters a window as plain numbers, so gradients end at its
edge.
"""

import math

import keras
import numpy as np

from nas_tf.errors import NonFiniteLoss
from nas_tf.errors import UsageError

HISTORY = ("loss", "val_loss")


def fit(
    model,
    *,
    optimizer,
    rows,
    steps,
    num_epochs,
    learning_rate=None,
    validation=None,
    validate_last=None,
    on_epoch=None,
    jit_compile=False,
):
    """Trains a language model in place and returns its history.

    A step's gradient is that of the cross-entropy in nats, summed over the
    steps of a window and averaged over its rows, and of `model.losses`. The
    model remembers nothing at the beginning of an epoch or a validation.

    Args:
        model: See the module.
        optimizer: A `keras.optimizers.Optimizer` for this model alone.
        rows: `(inputs, targets)`, each `[B, L]` int32, L a multiple of
            `steps`, every target at least 0. A row is one text, in order.
        steps: Symbols of each row in a window.
        num_epochs: Number of passes over the rows, at least 1.
        learning_rate: Function of the epoch, counted from 0, that returns
            its rate; None (default) leaves the optimizer's.
        validation: `(inputs, targets)`, each `[R, M]` int32, targets below 0
            do not count; or None (default).
        validate_last: Validate after each of the last so many epochs only, at
            least 0; None (default) validates after every epoch.
        on_epoch: Function of `(epoch, logs)` called after each epoch with its
            entries of the history, or None (default).
        jit_compile: Whether XLA compiles the training step. Default: False.

    Returns:
        A dictionary of lists "loss" and "val_loss" with one entry an epoch:
        mean nats a symbol, without `model.losses`. The training loss is the
        mean over an epoch's windows, each taken as it was trained on. The
        validation loss is None for an epoch without validation.

    Raises:
        NonFiniteLoss: After the first epoch whose loss is not finite.
        UsageError: On a backend other than TensorFlow.
        ValueError: If the rows are not cut into whole windows.
    """
    inputs, targets = rows
    if not inputs.shape[1] or inputs.shape[1] % steps:
        raise ValueError(
            f"Expected rows of a multiple of steps={steps} symbols. Received: "
            f"{inputs.shape[1]}"
        )
    if validate_last is None:
        validate_last = num_epochs
    history = {name: [] for name in HISTORY}
    engine = _TensorFlowEngine(model, optimizer, jit_compile)
    for epoch in range(num_epochs):
        if learning_rate is not None:
            optimizer.learning_rate = learning_rate(epoch)
        logs = {"loss": engine.train(inputs, targets, steps), "val_loss": None}
        if not math.isfinite(logs["loss"]):
            raise NonFiniteLoss(
                f"Expected a finite loss. Received: {logs['loss']} in "
                f"epoch {epoch} of {num_epochs}"
            )
        if validation is not None and epoch >= num_epochs - validate_last:
            logs["val_loss"] = engine.evaluate(*validation, steps)
        for name in HISTORY:
            history[name].append(logs[name])
        if on_epoch is not None:
            on_epoch(epoch, logs)
    return history


def evaluate(model, inputs, targets, steps):
    """Returns the mean nats a symbol of a language model.

    Args:
        model: See the module.
        inputs: `[R, L]` int32, each row read from an empty memory.
        targets: `[R, L]` int32; those below 0 do not count, one at least
            does.
        steps: Symbols of each row to compute at once; the result does not
            depend on it.

    Raises:
        UsageError: On a backend other than TensorFlow.
    """
    return _TensorFlowEngine(model).evaluate(inputs, targets, steps)


def windows(inputs, targets, steps):
    """Yields `(inputs, targets)` of windows in order, each `[B, steps]`.

    The last is filled up with inputs 0 and targets -1.

    Args:
        inputs: `[B, L]` integers.
        targets: `[B, L]` integers.
        steps: Integer, at least 1.
    """
    for start in range(0, inputs.shape[1], steps):
        window = slice(start, start + steps)
        missing = ((0, 0), (0, max(0, start + steps - inputs.shape[1])))
        yield (
            np.pad(inputs[:, window], missing),
            np.pad(targets[:, window], missing, constant_values=-1),
        )


class _TensorFlowEngine:
    """One traced function for a training step, one for an evaluated window."""

    def __init__(self, model, optimizer=None, jit_compile=False):
        backend = keras.backend.backend()
        if backend != "tensorflow":
            raise UsageError(
                f"Expected TensorFlow as Keras's backend, language models "
                f"train on no other. Received: {backend}"
            )
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

    def train(self, inputs, targets, steps):
        states = self._model.initial_states(len(inputs))
        losses = []
        for x, y in windows(inputs, targets, steps):
            loss, states = self._train_step(x, y, states)
            losses.append(loss)
        # Reading a result only after the last step keeps devices busy.
        return _mean(losses, len(losses))

    def evaluate(self, inputs, targets, steps):
        states = self._model.initial_states(len(inputs))
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
            mean = tf.reduce_mean(_nats(y, logits))
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
    import tensorflow as tf

    def step(x, y, states):
        logits, states = model.advance(x, states, training=False)
        nats = _nats(tf.maximum(y, 0), logits)
        # Not a product: what does not count may be infinite.
        return tf.reduce_sum(tf.where(y < 0, 0.0, nats)), states

    return step


def _nats(y, logits):
    import tensorflow as tf

    return tf.nn.sparse_softmax_cross_entropy_with_logits(
        y, tf.cast(logits, tf.float32)
    )
