"""Trains and evaluates a language model by truncated back-propagation.

A model is a built `keras.Model` with two methods:

- `initial_states(batch_size)` returns a flat list of tensors of zeros;
- `advance(tokens, states, training=False)` reads `[B, T]` integers and returns
  `(logits, states)`, `[B, T, V]` and what is remembered after the last step.

What is remembered enters a window as plain numbers, so gradients end at its
edge.

In `devices.scope` the rows of a text are shared out between several devices.
They compute the same, but for dropout: each draws masks of its own.

An engine builds the optimizer. It reads all variables of model and optimizer
when an epoch or an evaluation begins, and has written them when it ends.
"""

import math

import keras

from nas_tf.errors import NonFiniteLoss
from nas_tf.errors import UsageError
from nas_tf.training import mirroring
from nas_tf.training.sequences.jax_engine import JaxEngine
from nas_tf.training.sequences.mirrored_engine import MirroredEngine
from nas_tf.training.sequences.tensorflow_engine import TensorFlowEngine
from nas_tf.training.sequences.text_windows import windows as windows
from nas_tf.training.sequences.torch_engine import TorchEngine

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
    checkpoint=None,
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
        jit_compile: Whether XLA compiles the training step with TensorFlow;
            never on several devices. Default: False. JAX compiles always,
            PyTorch never.
        checkpoint: What the training goes on from, or None (default); see
            `nas_tf.training.fit`.

    Returns:
        A dictionary of lists "loss" and "val_loss" with one entry an epoch:
        mean nats a symbol, without `model.losses`. The training loss is the
        mean over an epoch's windows, each taken as it was trained on. The
        validation loss is None for an epoch without validation.

    Raises:
        NonFiniteLoss: After the first epoch whose loss is not finite.
        UsageError: On a backend other than TensorFlow, JAX and PyTorch, or if
            there are fewer rows than devices.
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
    if checkpoint is not None:
        # Before the engine is made, which may start from what it finds.
        optimizer.build(model.trainable_variables)
        history |= checkpoint.restore(model, optimizer)
    engine = _make_engine(model, optimizer, jit_compile)
    for epoch in range(len(history["loss"]), num_epochs):
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
        if checkpoint is not None:
            checkpoint.save(model, optimizer, history)
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
        UsageError: On a backend other than TensorFlow, JAX and PyTorch.
    """
    return _make_engine(model).evaluate(inputs, targets, steps)


def _make_engine(model, optimizer=None, jit_compile=False):
    backend = keras.backend.backend()
    if backend == "jax":
        return JaxEngine(model, optimizer)
    if backend == "torch":
        return TorchEngine(model, optimizer)
    if backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow, JAX or PyTorch as Keras's backend, language "
            f"models train on no other. Received: {backend}"
        )
    if mirroring.count() > 1:
        return MirroredEngine(model, optimizer)
    return TensorFlowEngine(model, optimizer, jit_compile)
