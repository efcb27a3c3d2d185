"""Trains one candidate in full and tests it."""

import dataclasses
import os

from nas_tf import keras_scope
from nas_tf.children import weights
from nas_tf.errors import NonFiniteLoss
from nas_tf.errors import UsageError
from nas_tf.evaluators import memory_check
from nas_tf.lazy_keras import clear_session
from nas_tf.lazy_keras import import_keras
from nas_tf.lazy_keras import set_random_seed
from nas_tf.training import devices as all_devices
from nas_tf.training import precision
from nas_tf.training.checkpoint import TrainingCheckpoint

STATE = "state.npz"


@dataclasses.dataclass(frozen=True)
class Trained:
    """The result of a training.

    Attributes:
        model: Keras model on one device, with the weights of the best epoch.
        history: Dict of lists, one entry per epoch; see `Task.fit`.
        best_epoch: Number of that epoch, from 0. None for an ensemble.
        scores: Dict from "valid" and "test" to what `Task.evaluate` returns.
        seconds: Seconds of training, summed over all starts.
    """

    model: object
    history: dict
    best_epoch: int
    scores: dict
    seconds: float


@keras_scope.own_settings()
def train(candidate, space, task, seed, folder, devices=1, on_epoch=None):
    """Trains a candidate, or resumes its training.

    The model gets the weights of the epoch that scored best on validation
    examples. Test examples influence no choice.

    Args:
        candidate: `Candidate`.
        space: `SearchSpace` that builds it.
        task: `Task` to train on, with a validation after each epoch.
        seed: Integer that determines initial weights, shuffling, augmentation
            and dropout.
        folder: `pathlib.Path` of a directory for the training's state.
        devices: How many devices to train on.
        on_epoch: Function of `(epoch, logs)` that is called after each epoch
            of this start, or None.

    Returns:
        `Trained`.

    Raises:
        UsageError: If the loss is no longer finite, the training needs more
            memory than there is, or the state cannot be written or belongs to
            another training.
    """
    space, task = candidate.applied(space, task)
    keras = import_keras()
    checkpoint = open_checkpoint(task, folder)
    # Names of layers determine the order of sums, for children too.
    clear_session()
    with all_devices.scope(devices):
        set_random_seed(seed)
        with precision.scope(task):
            model = space.build(candidate.spec, task)
        memory_check.check_built(task, model)
        try:
            history = task.fit(
                model,
                seed,
                candidate.recipe(space),
                on_epoch=on_epoch,
                checkpoint=checkpoint,
            )
        except NonFiniteLoss as error:
            raise UsageError(
                f"The training diverged: {error}. A smaller learning rate may "
                f"help."
            ) from None
        values = [keras.ops.convert_to_numpy(v) for v in model.variables]
    # Not every backend can save a mirrored model. What is exported computes in
    # full precision.
    with precision.scope():
        model = space.build(candidate.spec, task)
        plain = space.build_for_inference(candidate.spec, task)
    for variable, value in zip(model.variables, values):
        variable.assign(value)
    checkpoint.take_best(model)
    if plain is not None:
        weights.copy_by_name(model, plain)
        model = plain
    return Trained(
        model=model,
        history=history,
        best_epoch=task.best_epoch(history),
        scores=scores(task, model),
        seconds=checkpoint.seconds,
    )


def scores(task, model):
    """Returns the `scores` of a `Trained`.

    Args:
        task: `Task`.
        model: Keras model on one device.
    """
    return {split: task.evaluate(model, split) for split in ("valid", "test")}


def open_checkpoint(task, folder):
    """Returns the `TrainingCheckpoint` of a training in a folder."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"Expected a folder that can be written. Received: {folder} "
            f"({error.strerror})"
        ) from None
    return TrainingCheckpoint(folder / STATE, task.best_epoch, task.epochs)
