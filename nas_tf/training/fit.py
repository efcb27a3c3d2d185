"""Trains and evaluates one child network, fast on a single processor core.

A child trains for seconds only, so what surrounds the arithmetic counts. On
the TensorFlow backend one traced function does a whole training step, and a
batch normalization is one kernel in place of the dozen operations Keras emits
for it. On JAX one compiled function does a step. Other backends use Keras's
own steps. In `devices.scope` each batch is shared out between several devices.
All compute the same.

An engine builds the optimizer. It reads all variables of model and optimizer
when an epoch or a validation begins, and has written them when it ends.
"""

import contextlib
import math

import keras

from nas_tf.errors import NonFiniteLoss
from nas_tf.training import mirroring
from nas_tf.training.jax_engine import JaxEngine
from nas_tf.training.keras_engine import KerasEngine
from nas_tf.training.mirrored_engine import MirroredEngine
from nas_tf.training.tensorflow_engine import TensorFlowEngine

HISTORY = ("loss", "accuracy", "val_loss", "val_accuracy")


def fit(
    model,
    *,
    optimizer,
    batches,
    num_epochs,
    validation=None,
    validate_last=None,
    weight_decay=0.0,
    jit_compile="auto",
    prefetch=False,
    on_epoch=None,
    checkpoint=None,
):
    """Trains a classifier in place and returns its history.

    Args:
        model: Uncompiled `keras.Model` whose output is class probabilities.
        optimizer: A `keras.optimizers.Optimizer` for this model alone.
        batches: Function of the epoch, counted from 0, that returns an
            iterable of NumPy batches `(x, y)`, y integer classes. Every other
            shape of batch is traced anew, so best have one.
        num_epochs: Number of passes over the data, at least 1.
        validation: Arrays `(x, y)`, or None (default) for no validation.
        validate_last: Validate after each of the last so many epochs only, at
            least 0; None (default) validates after every epoch.
        weight_decay: Coefficient of the coupled L2 penalty, at least 0:
            `weight_decay * w` joins the gradient of every trainable variable
            w, after any clipping by the optimizer. Default: 0.
        jit_compile: Whether XLA compiles the training step. With "auto"
            (default) TensorFlow has it do so on a GPU and not on a processor,
            where its convolutions are slower; with PyTorch Keras has the
            choice. Never on several devices with TensorFlow, always with JAX.
        prefetch: Whether batches are made by a thread ahead of their use,
            through `tf.data` where TensorFlow is the backend. It pays where
            making a batch takes long, as with augmentation, and costs some
            0.1 s an epoch. Default: False.
        on_epoch: Function of `(epoch, logs)` called after each epoch with its
            entries of the history, or None (default).
        checkpoint: What the training goes on from, or None (default): an
            object with `restore(model, optimizer)`, which returns the history
            so far, {} at first, and `save(model, optimizer, history)`, called
            after `on_epoch`; see `nas_tf.training.checkpoint`.

    Returns:
        A dictionary of lists "loss", "accuracy", "val_loss" and
        "val_accuracy" with one entry an epoch. Training figures are means
        over an epoch's batches, each taken as it was trained on. Validation
        figures are None for an epoch without validation.

    Raises:
        NonFiniteLoss: After the first epoch whose loss is not finite.
        UsageError: If a batch has fewer examples than there are devices.
        ValueError: If an epoch has no batches.
    """
    if validate_last is None:
        validate_last = num_epochs
    history = {name: [] for name in HISTORY}
    with _coupled_weight_decay(optimizer, weight_decay):
        if checkpoint is not None:
            # Before the engine is made, which may start from what it finds.
            optimizer.build(model.trainable_variables)
            history |= checkpoint.restore(model, optimizer)
        engine = _make_engine(model, optimizer, jit_compile)
        for epoch in range(len(history["loss"]), num_epochs):
            ready = batches(epoch)
            if prefetch:
                ready = engine.prefetched(ready)
            logs = dict.fromkeys(HISTORY) | engine.train(ready)
            if not math.isfinite(logs["loss"]):
                raise NonFiniteLoss(
                    f"Expected a finite loss. Received: {logs['loss']} in "
                    f"epoch {epoch} of {num_epochs}"
                )
            if validation is not None and epoch >= num_epochs - validate_last:
                metrics = engine.evaluate(*validation)
                logs |= {f"val_{name}": m for name, m in metrics.items()}
            for name in HISTORY:
                history[name].append(logs[name])
            if on_epoch is not None:
                on_epoch(epoch, logs)
            if checkpoint is not None:
                checkpoint.save(model, optimizer, history)
    return history


def evaluate(model, x, y, batch_size=256):
    """Returns the means of a classifier's loss and accuracy.

    Args:
        model: `keras.Model` whose output is class probabilities.
        x: Inputs `[N, ...]`, N at least 1.
        y: Integer classes `[N]`.
        batch_size: The most examples to compute at once. Default: 256.

    Returns:
        `{"loss": ..., "accuracy": ...}`, every example counted once.
    """
    return _make_engine(model).evaluate(x, y, batch_size)


@contextlib.contextmanager
def _coupled_weight_decay(optimizer, weight_decay):
    """Has an optimizer add `weight_decay * w` to the gradient of each w."""
    if not weight_decay:
        yield
        return
    # On PyTorch an optimizer is given all variables together, in one list.
    together = keras.backend.backend() == "torch"
    name = "_backend_update_step" if together else "update_step"
    update_step = getattr(optimizer, name)

    def decayed(gradient, variable):
        decay = keras.ops.multiply(variable, weight_decay)
        return keras.ops.add(gradient, decay)

    def decayed_update_step(gradient, variable, learning_rate):
        if together:
            gradient = list(map(decayed, gradient, variable))
        else:
            gradient = decayed(gradient, variable)
        update_step(gradient, variable, learning_rate)

    setattr(optimizer, name, decayed_update_step)
    try:
        yield
    finally:
        delattr(optimizer, name)


def _make_engine(model, optimizer=None, jit_compile=False):
    backend = keras.backend.backend()
    if backend == "jax":
        return JaxEngine(model, optimizer)
    if backend != "tensorflow":
        return KerasEngine(model, optimizer, jit_compile)
    if mirroring.count() > 1:
        return MirroredEngine(model, optimizer)
    if jit_compile == "auto":
        import tensorflow as tf

        jit_compile = bool(tf.config.list_physical_devices("GPU"))
    return TensorFlowEngine(model, optimizer, jit_compile)
