"""One candidate, trained to the end and tested."""

import dataclasses
import os

from nas_tf.errors import NonFiniteLoss
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.lazy_keras import set_random_seed
from nas_tf.training import devices as all_devices
from nas_tf.training.checkpoint import TrainingCheckpoint

STATE = "state.npz"


@dataclasses.dataclass(frozen=True)
class Trained:
    """What a training gave.

    Attributes:
        model: Keras model with the weights of the best epoch, on one device.
        history: Dict of lists, one entry an epoch; see `Task.fit`.
        best_epoch: Number of that epoch, from 0.
        scores: Dict of "valid" and "test" to what `Task.evaluate` returns.
        seconds: How long it trained, all starts together.
    """

    model: object
    history: dict
    best_epoch: int
    scores: dict
    seconds: float


def train(candidate, space, task, seed, folder, devices=1, on_epoch=None):
    """Trains a candidate, from where the last start left it.

    The weights that are kept are those of the epoch that did best on
    validation; the test examples decide nothing.

    Args:
        candidate: `Candidate`.
        space: `SearchSpace` that builds it.
        task: `Task` that it is trained on, each epoch validated.
        seed: Integer that decides weights, shuffling, augmentation, dropout.
        folder: `pathlib.Path` of a directory for the training's state.
        devices: Devices it is trained on.
        on_epoch: Function of `(epoch, logs)`, called after each epoch that is
            trained now, or None.

    Returns:
        `Trained`.

    Raises:
        UsageError: If the loss stops being finite, the state cannot be
            written or is another training's.
    """
    space, task = candidate.applied(space, task)
    keras = import_keras()
    checkpoint = open_checkpoint(task, folder)
    # As for every child: layers' names decide the order of sums.
    keras.utils.clear_session()
    with all_devices.scope(devices):
        set_random_seed(seed)
        model = space.build(candidate.spec, task)
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
    # A mirrored model cannot be saved everywhere; a plain one can.
    model = space.build(candidate.spec, task)
    for variable, value in zip(model.variables, values):
        variable.assign(value)
    checkpoint.take_best(model)
    return Trained(
        model=model,
        history=history,
        best_epoch=task.best_epoch(history),
        scores={
            split: task.evaluate(model, split) for split in ("valid", "test")
        },
        seconds=checkpoint.seconds,
    )


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
