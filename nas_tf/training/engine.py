"""What the engines of all backends share: epochs, and means over them."""

import abc
import math

import numpy as np
from keras import ops

from nas_tf.machine import halting
from nas_tf.training.checkpoint import Begun
from nas_tf.training.lessons.base import count_examples
from nas_tf.training.prefetching import ahead


class Engine(abc.ABC):
    """Teaches a model a lesson, one batch after another.

    Keras's variables have their current values before an epoch and after it.

    Args:
        model: Built `keras.Model`.
        lesson: `Lesson`.
        optimizer: Built `keras.optimizers.Optimizer` for this model alone, or
            None (default) if nothing is trained.
        average: `WeightAverage` that follows the model, or None (default).
    """

    def __init__(self, model, lesson, optimizer=None, average=None):
        self._model = model
        self._lesson = lesson
        self._optimizer = optimizer
        self._average = average

    @abc.abstractmethod
    def _epoch(self):
        """Returns a context that yields the step of an epoch.

        A step is a function `(batch, states) -> (figures, states)`.
        """

    @abc.abstractmethod
    def _score(self, batch, states):
        """Returns `(sums, count, states)`; see `Lesson.score`."""

    def _start(self, batch):
        """Returns the states before the first batch."""
        return self._lesson.start(self._model, count_examples(batch))

    def prefetched(self, batches):
        """Returns the same batches, which a thread makes ahead of their use."""
        return ahead(batches)

    def train(self, batches):
        """Trains on the batches of an epoch.

        If the loss is not finite after 1, 2, 4, 8 ... steps, the epoch ends
        there.

        Returns:
            Dict of the figures over all batches, each as it was before the
            batch's own step.

        Raises:
            ValueError: If there are no batches.
        """
        return self.summary(self.advance(batches))

    def advance(self, batches, begun=None):
        """Trains on the batches of an epoch until it ends or has to stop.

        After a batch it stops if `halting.asked()`, and as `train` does.

        Args:
            batches: Iterable of the batches that have not had their steps.
            begun: What an earlier call returned for the same epoch, or None
                (default) at its beginning.

        Returns:
            `Begun`.

        Raises:
            ValueError: If there are no batches.
        """
        states = None if begun is None else self._restored(begun.states)
        steps = []
        with self._epoch() as step:
            for batch in batches:
                if states is None:
                    states = self._start(self._examples(batch))
                figures, states = step(batch, states)
                steps.append(figures)
                if _is_power_of_two(len(steps)) and not self._finite(figures):
                    # The epoch has no mean any more.
                    break
                if halting.asked():
                    break
        # Reading few results before the last step keeps devices busy.
        known = [] if begun is None else [begun.figures]
        known += [self._rows(figures) for figures in steps]
        if not known:
            raise ValueError("Expected batches. Received: none in an epoch")
        return Begun(np.concatenate(known), self._saved(states))

    def summary(self, begun):
        """Returns the dict of an epoch's figures, see `train`.

        Args:
            begun: `Begun` of all its steps.
        """
        sums = np.sum(begun.figures, axis=0, dtype=float)
        return self._named(sums, begun.num_steps)

    def _examples(self, batch):
        """Returns the examples of what `advance` takes for a batch."""
        return batch

    def _rows(self, figures):
        """Returns the figures of a step as `[1, F]`, or of n as `[n, F]`."""
        figures = ops.convert_to_numpy(figures)
        return figures.reshape(-1, figures.shape[-1])

    def _saved(self, states):
        """Returns the lesson's states as a list of arrays `[B, ...]`."""
        return [ops.convert_to_numpy(state) for state in states]

    def _restored(self, states):
        """Returns states from what `_saved` returned."""
        return [ops.convert_to_tensor(state) for state in states]

    def _finite(self, figures):
        """Returns whether the loss of the last step is finite."""
        last = self._rows(figures)[-1].astype(float)
        return math.isfinite(self._named(last, 1)["loss"])

    def evaluate(self, batches):
        """Returns a dict of the figures over what counts in batches.

        Raises:
            Halted: Between two batches, if `halting.asked()`.
        """
        states = None
        sums, counts = [], []
        for batch in batches:
            halting.check()
            if states is None:
                states = self._start(batch)
            total, count, states = self._score(batch, states)
            sums.append(total)
            counts.append(count)
        return self._named(_total(sums), _total(counts))

    def _named(self, sums, count):
        figures = self._lesson.summarise(sums, count)
        return dict(zip(self._lesson.figures, map(float, figures)))


def _is_power_of_two(number):
    return number & (number - 1) == 0


def _total(tensors):
    numbers = [ops.convert_to_numpy(tensor) for tensor in tensors]
    return np.sum(numbers, axis=0, dtype=float)
