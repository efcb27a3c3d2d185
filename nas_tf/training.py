"""Trains and evaluates one child network, fast on a single processor core.

A child trains for seconds only, so what surrounds the arithmetic counts. On
the TensorFlow backend one traced function does a whole training step, and a
batch normalization is one kernel in place of the dozen operations Keras emits
for it. Other backends use Keras's own training loop. Both compute the same.
"""

import contextlib
import itertools
import math

import keras
import numpy as np

from nas_tf.errors import NonFiniteLoss

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
        jit_compile: Whether XLA compiles the training step. "auto" (default)
            does not with TensorFlow, where XLA's convolutions are slower on a
            processor, and leaves the choice to Keras elsewhere.
        prefetch: Whether batches are made by a thread ahead of their use,
            through `tf.data` where TensorFlow is the backend. It pays where
            making a batch takes long, as with augmentation, and costs some
            0.1 s an epoch. Default: False.
        on_epoch: Function of `(epoch, logs)` called after each epoch with its
            entries of the history, or None (default).

    Returns:
        A dictionary of lists "loss", "accuracy", "val_loss" and
        "val_accuracy" with one entry an epoch. Training figures are means
        over an epoch's batches, each taken as it was trained on. Validation
        figures are None for an epoch without validation.

    Raises:
        NonFiniteLoss: After the first epoch whose loss is not finite.
        ValueError: If an epoch has no batches.
    """
    if validate_last is None:
        validate_last = num_epochs
    history = {name: [] for name in HISTORY}
    with _coupled_weight_decay(optimizer, weight_decay):
        engine = _make_engine(model, optimizer, jit_compile)
        for epoch in range(num_epochs):
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
    update_step = optimizer.update_step

    def decayed_update_step(gradient, variable, learning_rate):
        decay = keras.ops.multiply(variable, weight_decay)
        update_step(keras.ops.add(gradient, decay), variable, learning_rate)

    optimizer.update_step = decayed_update_step
    try:
        yield
    finally:
        del optimizer.update_step


def _make_engine(model, optimizer=None, jit_compile=False):
    if keras.backend.backend() == "tensorflow":
        return _TensorFlowEngine(model, optimizer, jit_compile)
    return _KerasEngine(model, optimizer, jit_compile)


class _KerasEngine:
    """Keras's own training loop, one `fit` an epoch, on any backend."""

    def __init__(self, model, optimizer, jit_compile):
        model.compile(
            optimizer=optimizer or "sgd",
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=jit_compile,
        )
        self._model = model

    def prefetched(self, batches):
        return batches

    def train(self, batches):
        dataset = _Batches(batches)
        if not len(dataset):
            raise ValueError("Expected batches. Received: none in an epoch")
        history = self._model.fit(dataset, shuffle=False, verbose=0).history
        return {name: history[name][0] for name in ("loss", "accuracy")}

    def evaluate(self, x, y, batch_size=256):
        metrics = self._model.evaluate(
            x, y, batch_size=batch_size, verbose=0, return_dict=True
        )
        return {name: metrics[name] for name in ("loss", "accuracy")}


class _Batches(keras.utils.PyDataset):
    """An epoch of known length: `fit` steps past the end of a generator."""

    def __init__(self, batches):
        super().__init__()
        self._batches = list(batches)

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        return self._batches[index]


class _TensorFlowEngine:
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
            with _fused_batch_normalization(model):
                probabilities = model(x, training=True)
            losses, hits = _losses_and_hits(y, probabilities)
            loss = tf.add_n([tf.reduce_mean(losses), *model.losses])
        gradients = tape.gradient(loss, variables)
        optimizer.apply(gradients, model.trainable_variables)
        return tf.stack([loss, tf.reduce_mean(hits)])

    return step


def _test_step(model):
    """Returns a function of a batch: -> sums `[2]` of losses and hits."""
    import tensorflow as tf

    def step(x, y, weights):
        losses, hits = _losses_and_hits(y, model(x, training=False))
        return tf.linalg.matvec(tf.stack([losses, hits]), weights)

    return step


def _losses_and_hits(y, probabilities):
    return (
        keras.losses.sparse_categorical_crossentropy(y, probabilities),
        keras.metrics.sparse_categorical_accuracy(y, probabilities),
    )


@contextlib.contextmanager
def _fused_batch_normalization(model):
    """Has a model's batch normalizations traced as one kernel each.

    The layers stay what they are: only their `call` is another one until the
    context is left, so that nothing of it is saved with the model.
    """
    layers = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if _can_be_fused(layer)
    ]
    for layer in layers:
        layer.call = _fused_call(layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.call


def _can_be_fused(layer):
    return (
        # A subclass may compute something else.
        type(layer) is keras.layers.BatchNormalization
        and layer.trainable
        and layer.scale
        and layer.center
        and not layer.renorm
        and not layer.synchronized
        and layer.compute_dtype == "float32"
        and layer.input_spec.ndim == 4
        and layer.axis in (-1, 3)
    )


def _fused_call(layer):
    import tensorflow as tf

    def call(x, training=None, mask=None):
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=layer.gamma.value,
            offset=layer.beta.value,
            mean=[],
            variance=[],
            epsilon=layer.epsilon,
            is_training=True,
        )
        count = tf.cast(tf.size(x) // tf.size(outputs.batch_mean), x.dtype)
        # The kernel's variance has the divisor n - 1, that of Keras n.
        variance = outputs.batch_variance * ((count - 1) / count)
        for moving, new in (
            (layer.moving_mean, outputs.batch_mean),
            (layer.moving_variance, variance),
        ):
            moving.assign(moving * layer.momentum + new * (1 - layer.momentum))
        return outputs.y

    return call
