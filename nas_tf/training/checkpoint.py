"""The state of a training on disk, from which an interrupted one continues.

One `.npz` file, replaced atomically, holds every variable of model and
optimizer, including the seeds of dropout, and averages of weights; the model's
variables as they were validated at its best epoch; what is known of an epoch
that is not finished; and the history and the training time, as JSON text.

Steps trained after the last state was written are trained again, with the
same results: shuffling and augmentation are functions of the epoch, dropout is
a function of the seeds.
"""

import dataclasses
import json
import os
import pathlib
import time

import numpy as np

from nas_tf import checks
from nas_tf import reading
from nas_tf.errors import UsageError
from nas_tf.files import finite
from nas_tf.files import written_whole

# Writing states takes at most one part in this many of the time, however short
# the epochs are and however large the model is.
PAUSE = 20


class StateError(UsageError):
    """Raised for a state that cannot be read or written.

    It is no failure of what is trained.
    """


@dataclasses.dataclass(frozen=True)
class Begun:
    """The steps of an epoch so far.

    Attributes:
        figures: `[n, F]` float, what the lesson returned for each step.
        states: List of arrays `[B, ...]`, the lesson's states after the last
            step.
    """

    figures: np.ndarray
    states: list

    @property
    def num_steps(self):
        return len(self.figures)


class TrainingCheckpoint:
    """Where `training.fit.fit` continues from.

    Args:
        path: The file. Its folder must exist.
        best_epoch: Function of a history that returns the number of the best
            epoch, or None, as `Task.best_epoch`.
        num_epochs: Number of epochs of the whole training. The state after
            the last is always written; others are written as often as that
            costs little time.

    Attributes:
        history: Dict of lists with one entry per epoch, up to the last epoch
            that was restored or saved.
        begun: `Begun` of the epoch after these, of which `restore` sets the
            variables, or None.

    Raises:
        StateError: If the file exists and is not such a state.
    """

    def __init__(self, path, best_epoch, num_epochs):
        self._path = pathlib.Path(path)
        self._best_epoch = best_epoch
        self._num_epochs = num_epochs
        self._cost = 0.0
        self._began = self._written = time.monotonic()
        self._state = _read(self._path)
        self._best = self._state and self._state["best"]
        self._before = self._state["seconds"] if self._state else 0.0
        self.history = self._state["history"] if self._state else {}
        self.begun = self._state and self._state["begun"]

    @property
    def num_epochs_done(self):
        """The number of epochs that were restored or saved."""
        return len(self.history.get("loss", ()))

    @property
    def seconds(self):
        """Seconds of training up to the last state, summed over all starts."""
        return self._before + self._written - self._began

    def restore(self, variables):
        """Sets the variables of a training to their state on disk, if any.

        Args:
            variables: List of `keras.Variable`, always in the same order.

        Returns:
            The history up to that state, {} if there is no state.

        Raises:
            StateError: If the state belongs to another model.
        """
        if self._state is None:
            return {}
        _assign(variables, self._state["variables"], self._path)
        # Not kept: it is as large as the model.
        self._state = None
        self._began = self._written = time.monotonic()
        return {name: list(values) for name, values in self.history.items()}

    def consider(self, model, history):
        """Keeps the variables of a model if its last epoch is the best one.

        Args:
            model: The `keras.Model` as it was validated.
            history: Its history.
        """
        if self._best_epoch(history) == len(history["loss"]) - 1:
            self._best = _values(model.variables)

    def save(self, variables, history):
        """Records the end of an epoch, and writes the state if it is time.

        Args:
            variables: As for `restore`.
            history: The history.

        Raises:
            StateError: If the file cannot be written. The last state is kept.
        """
        early = time.monotonic() < self._written + PAUSE * self._cost
        last = len(history["loss"]) >= self._num_epochs
        self.history = history
        if last or not early:
            self._write(variables, None)

    def stop(self, variables, history, begun=None):
        """Writes the state of a training that stops here.

        Args:
            variables: As for `restore`.
            history: The history.
            begun: `Begun` of the epoch after these, or None (default).

        Raises:
            StateError: If the file cannot be written. The last state is kept.
        """
        self.history = history
        self._write(variables, begun)

    def _write(self, variables, begun):
        self._written = time.monotonic()
        note = {"history": self.history, "seconds": self.seconds}
        arrays = {
            "variable": _values(variables),
            "best": self._best or [],
            "state": [] if begun is None else begun.states,
        }
        if begun is not None:
            arrays["figures"] = [begun.figures]
        _write(self._path, arrays, note)
        self._cost = time.monotonic() - self._written

    def take_best(self, model):
        """Sets a model to its weights after the best epoch on validation.

        If no epoch was validated, the weights are left as they are.
        """
        if self._best:
            _assign(model.variables, self._best, self._path)


def _values(variables):
    import keras

    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _assign(variables, values, path):
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [value.shape for value in values]:
        raise StateError(
            f"Expected the state of this very model in {path}. Received: "
            f"the state of another model, {len(values)} arrays"
        )
    for variable, value in zip(variables, values):
        variable.assign(value)


def _write(path, lists, note):
    """Writes a dict of lists of arrays, and a note for JSON."""
    arrays = {
        f"{name}_{number}": value
        for name, values in lists.items()
        for number, value in enumerate(values)
    }
    arrays["note"] = np.array(json.dumps(finite(note)))
    try:
        with written_whole(path, binary=True) as file:
            np.savez(file, **arrays)
    except OSError as error:
        raise StateError(
            f"Cannot write {path}: {error.strerror or error}. The training "
            f"can continue from the last state by the same command."
        ) from None


def _read(path):
    """Returns the state in a file as a dict, or None if there is no file."""
    if not os.path.lexists(path):
        return None
    try:
        with reading.arrays(path, "the state of a training") as arrays:
            note = reading.parsed(str(arrays["note"]), path)
            _check(note)
            figures = _numbered(arrays, "figures")
            states = _numbered(arrays, "state")
            return {
                "history": note["history"],
                "seconds": note["seconds"],
                "variables": _numbered(arrays, "variable"),
                "best": _numbered(arrays, "best"),
                "begun": Begun(figures[0], states) if figures else None,
            }
    except UsageError as error:
        raise StateError(
            f"Expected the state of a training in {path}. It is broken; "
            f"delete it to train from the beginning. ({error})"
        ) from None


def _check(note):
    """Raises `UsageError` unless a note has a history and seconds."""
    good = isinstance(note, dict) and isinstance(note.get("history"), dict)
    histories = list(note["history"].values()) if good else []
    good = good and all(
        isinstance(values, list)
        and len(values) == len(histories[0])
        and all(v is None or checks.is_number(v) for v in values)
        for values in histories
    )
    if not good:
        raise UsageError(
            f"Expected `history` as equally long lists of numbers. Received: "
            f"{reading.shown(note)}"
        )
    checks.number({"seconds": note.get("seconds")}, "seconds")


def _numbered(arrays, name):
    count = sum(key.startswith(f"{name}_") for key in arrays.files)
    found = [arrays[f"{name}_{number}"] for number in range(count)]
    for number, array in enumerate(found):
        if array.dtype.kind not in "biuf":
            raise UsageError(
                f"Expected numbers in {name}_{number}. Received: {array.dtype}"
            )
    return found
