"""What the engines of all backends share: epochs, and means over them."""

import abc
import math

import numpy as np
from keras import ops

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
        states = None
        steps = []
        with self._epoch() as step:
            for batch in batches:
                if states is None:
                    states = self._start(batch)
                figures, states = step(batch, states)
                steps.append(figures)
                if _is_power_of_two(len(steps)) and not self._finite(figures):
                    # The epoch has no mean any more.
                    break
        if not steps:
            raise ValueError("Expected batches. Received: none in an epoch")
        # Reading few results before the last step keeps devices busy.
        return self._named(_total(steps), len(steps))

    def _finite(self, figures):
        """Returns whether the loss of one step is finite."""
        return math.isfinite(self._named(_total([figures]), 1)["loss"])

    def evaluate(self, batches):
        """Returns a dict of the figures over what counts in batches."""
        states = None
        sums, counts = [], []
        for batch in batches:
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
