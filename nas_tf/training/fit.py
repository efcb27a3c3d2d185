"""Trains and evaluates one child network, fast on a single CPU core.

A child trains for seconds only, so the time around the arithmetic counts. Each
backend has an engine. On TensorFlow one traced function does a whole training
step, and a batch normalization is one kernel in place of the dozen operations
Keras emits for it. On JAX one compiled function does a step. On PyTorch nothing
is compiled. In `devices.scope` several devices share each batch. All engines
have the same results, apart from dropout masks.

An engine reads all variables of model and optimizer when an epoch or an
evaluation begins, and has written them when it ends.
"""

import contextlib
import itertools
import math

import keras

from nas_tf.errors import NonFiniteLoss
from nas_tf.errors import UsageError
from nas_tf.machine import halting
from nas_tf.training import kept_engines
from nas_tf.training import mirroring
from nas_tf.training import precision
from nas_tf.training.jax_engine import JaxEngine
from nas_tf.training.mirrored_engine import MirroredEngine
from nas_tf.training.resident import number_of_steps
from nas_tf.training.resident_engine import ResidentEngine
from nas_tf.training.tensorflow_engine import TensorFlowEngine
from nas_tf.training.torch_engine import TorchEngine
from nas_tf.training.weight_average import WeightAverage


def fit(
    model,
    lesson,
    *,
    optimizer,
    batches,
    num_epochs,
    validation=None,
    validate_last=None,
    learning_rate=None,
    weight_decay=0.0,
    ema_momentum=0.0,
    jit_compile="auto",
    prefetch=False,
    on_epoch=None,
    checkpoint=None,
    resident=None,
    steps_per_call=None,
):
    """Trains a model in place and returns its history.

    Args:
        model: Built, uncompiled `keras.Model`.
        lesson: `nas_tf.training.lessons.base.Lesson`, what the model learns.
            It says what a batch is. States begin anew with every epoch and
            every validation.
        optimizer: A `keras.optimizers.Optimizer` for this model alone.
        batches: Function of the epoch, counted from 0, that returns an
            iterable of batches of NumPy arrays. Each new shape of a batch is
            traced again, so all batches should have one shape.
        num_epochs: Number of passes over the data, at least 1.
        validation: Sequence of batches to score, or None (default) for no
            validation.
        validate_last: Number of last epochs that are validated, at least 0;
            None (default) validates every epoch.
        learning_rate: Function of the epoch that returns its learning rate;
            None (default) leaves the optimizer's own rate or schedule.
        weight_decay: Coefficient of the coupled L2 penalty, at least 0:
            `weight_decay * w` is added to the gradient of every trainable
            variable w, after any clipping by the optimizer. Default: 0.
        ema_momentum: Momentum in [0, 1) of moving averages of the weights,
            with which the model is validated and which it has in the end; see
            `nas_tf.training.weight_average`. 0 (default) for no averages.
        jit_compile: Whether XLA compiles the training step on TensorFlow. With
            "auto" (default) it does so on a GPU and not on a processor, where
            its convolutions are slower. It never does on several devices. JAX
            always compiles, PyTorch never.
        prefetch: Whether a thread makes batches ahead of their use, through
            `tf.data` on TensorFlow. This pays where making a batch takes long,
            as with augmentation, and costs about 0.1 s per epoch.
            Default: False.
        on_epoch: Function of `(epoch, logs)` called after each epoch with its
            entries of the history, or None (default).
        checkpoint: Where the training continues from, or None (default): a
            `nas_tf.training.checkpoint.TrainingCheckpoint`. With it, the
            training also stops after any of its steps if the command is asked
            to stop, and the next one goes on there; see
            `nas_tf.machine.halting`.
        resident: `nas_tf.training.resident.Resident` of the same batches, or
            None (default). JAX uses it for several steps in one call.
        steps_per_call: See `nas_tf.training.resident.number_of_steps`.

    Returns:
        A dictionary of lists with one entry per epoch: the lesson's figures,
        then the same with "val_" before their names. Training figures are
        means over an epoch's batches, each before the batch's own step.
        Validation figures are None for an epoch without validation.

    Raises:
        NonFiniteLoss: After the first epoch whose loss is not finite.
        UsageError: If a batch has fewer examples than there are devices, or
            on a backend other than TensorFlow, JAX and PyTorch.
        ValueError: If an epoch has no batches.
        Halted: If it has stopped as it was asked to.
    """
    if validate_last is None:
        validate_last = num_epochs
    first_validated = num_epochs - validate_last
    names = [*lesson.figures, *(f"val_{name}" for name in lesson.figures)]
    history = {name: [] for name in names}
    with _coupled_weight_decay(precision.inner(optimizer), weight_decay):
        optimizer = precision.with_scaled_loss(optimizer, model)
        if not optimizer.built:
            # If variables were created inside a step, it would be traced twice.
            optimizer.build(model.trainable_variables)
        average = WeightAverage(model, ema_momentum) if ema_momentum else None
        variables = [*model.variables, *optimizer.variables]
        if average is not None:
            variables += average.variables
        begun = None
        if checkpoint is not None:
            # Before the engine is made, since it may read the variables.
            history |= checkpoint.restore(variables)
            begun = checkpoint.begun
        arguments = (model, lesson, optimizer, average)
        steps = 1 if resident is None else number_of_steps(steps_per_call)
        if steps > 1:
            engine = ResidentEngine(*arguments, resident, steps)
        else:
            engine = kept_engines.get(
                (model, optimizer, average),
                (lesson, weight_decay, jit_compile),
                lambda: make_engine(
                    model, lesson, optimizer, jit_compile, average
                ),
            )

        def batches_of(epoch, done):
            if steps > 1:
                return engine.planned(epoch, done)
            ready = itertools.islice(batches(epoch), done, None)
            return engine.prefetched(ready) if prefetch else ready

        with halting.patiently() if checkpoint else _unchanged():
            for epoch in range(len(history["loss"]), num_epochs):
                if learning_rate is not None:
                    optimizer.learning_rate = learning_rate(epoch)
                done = 0 if begun is None else begun.num_steps
                try:
                    begun = engine.advance(batches_of(epoch, done), begun)
                    halting.check()
                    logs = dict.fromkeys(names) | engine.summary(begun)
                    _check_finite(logs["loss"], epoch, num_epochs)
                    with average.applied() if average else _unchanged():
                        if validation is not None and epoch >= first_validated:
                            with _seeds_kept(variables):
                                logs |= _of_validation(engine, validation)
                        for name in names:
                            history[name].append(logs[name])
                        if on_epoch is not None:
                            on_epoch(epoch, logs)
                        if checkpoint is not None:
                            checkpoint.consider(model, history)
                    begun = None
                    if checkpoint is not None:
                        checkpoint.save(variables, history)
                    halting.check()
                except halting.Halted:
                    if checkpoint is not None:
                        checkpoint.stop(variables, history, begun)
                    raise
    if average is not None:
        average.apply()
    return history


def evaluate(model, lesson, batches):
    """Returns the means of a lesson's figures over data held out, a dict.

    Args:
        model: Built `keras.Model`.
        lesson: `nas_tf.training.lessons.base.Lesson`.
        batches: Iterable of batches to score, see `nas_tf.training.batches`.
    """
    return make_engine(model, lesson).evaluate(batches)


_unchanged = contextlib.nullcontext


def _check_finite(loss, epoch, num_epochs):
    if not math.isfinite(loss):
        raise NonFiniteLoss(
            f"Expected a finite loss. Received: {loss} in epoch {epoch} of "
            f"{num_epochs}"
        )


@contextlib.contextmanager
def _seeds_kept(variables):
    """Context of a validation: if it is halted, seeds are as before it.

    Some layers draw numbers, which change their seeds, without using them. The
    validation is made again from its beginning.
    """
    seeds = [v for v in variables if "int" in str(v.dtype)]
    before = [keras.ops.convert_to_numpy(seed) for seed in seeds]
    try:
        yield
    except halting.Halted:
        for seed, value in zip(seeds, before, strict=True):
            seed.assign(value)
        raise


def _of_validation(engine, validation):
    figures = engine.evaluate(validation)
    return {f"val_{name}": value for name, value in figures.items()}


@contextlib.contextmanager
def _coupled_weight_decay(optimizer, weight_decay):
    """Makes an optimizer add `weight_decay * w` to the gradient of each w."""
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


def make_engine(model, lesson, optimizer=None, jit_compile=False, average=None):
    """Returns the `Engine` of Keras's backend, see `fit` for the arguments.

    Args:
        average: `WeightAverage` that follows the model, or None (default).

    Raises:
        UsageError: On a backend other than TensorFlow, JAX and PyTorch.
    """
    arguments = (model, lesson, optimizer, average)
    backend = keras.backend.backend()
    if backend == "jax":
        return JaxEngine(*arguments)
    if backend == "torch":
        return TorchEngine(*arguments)
    if backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow, JAX or PyTorch as Keras's backend, models "
            f"are trained on no other. Received: {backend}"
        )
    if mirroring.count() > 1:
        return MirroredEngine(*arguments)
    if jit_compile == "auto":
        import tensorflow as tf

        jit_compile = bool(tf.config.list_physical_devices("GPU"))
    return TensorFlowEngine(*arguments, jit_compile)
