"""A child's end of the link to the process that decides about it."""

import contextlib
import dataclasses
import json
import math
import socket

from nas_tf.errors import Pruned

STOP = b"stop\n"
# Longest time in seconds to wait for an answer.
PATIENCE = 30.0


@dataclasses.dataclass(frozen=True)
class Reports:
    """Sends a child's rewards to a search.

    Attributes:
        address: Path by which the search's socket is reached, on the same
            machine.
        child: Number of the child's proposal.
    """

    address: str
    child: int

    def stops(self, epoch, value):
        """Returns whether the training ends here; False without an answer.

        Args:
            epoch: Number of this report of the child, from 1.
            value: The reward that it has now, a finite float.
        """
        report = {"child": self.child, "epoch": epoch, "value": value}
        # A search that has ended ends its workers too.
        link = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError), link:
            link.settimeout(PATIENCE)
            link.connect(self.address)
            link.sendall(json.dumps(report).encode() + b"\n")
            with link.makefile("rb") as answer:
                return answer.readline(len(STOP)) == STOP
        return False


class Watch:
    """Reports the epochs of a training.

    It is called with each epoch and its logs, as `on_epoch` of a task's `fit`.

    Args:
        task: `Task` of the training.
        reports: `Reports`.

    Attributes:
        task: The task, which validates after every epoch.
        values: List of the reports so far.

    Raises:
        Pruned: When the training is to end; its argument is the history.
    """

    def __init__(self, task, reports):
        fields = {field.name for field in dataclasses.fields(task)}
        self._epochs = getattr(task, "epochs", None)
        self.task = self._own = task
        if {"epochs", "reward_epochs"} <= fields:
            self.task = dataclasses.replace(task, reward_epochs=task.epochs)
        self.values = []
        self._history = {}
        self._reports = reports

    def __call__(self, epoch, logs):
        for name, value in logs.items():
            self._history.setdefault(name, []).append(value)
        if logs.get("val_loss") is None:
            return
        value = float(self._own.reward(self._history))
        if not math.isfinite(value):
            return
        self.values.append(value)
        stops = self._reports.stops(len(self.values), value)
        if stops and epoch + 1 != self._epochs:
            raise Pruned(self._history)
