"""Batches for a model whose weights are shared: `((x, actions), y, ...)`."""

import abc
import functools
import itertools
import math

import keras
import numpy as np

from nas_tf.seeds import generator


def of(task):
    """Returns the `Examples` of a task."""
    return Windows(task) if task.kind == "language_model" else Rows(task)


class Examples(abc.ABC):
    """The batches of a task, without the actions.

    Args:
        task: `Task`.
    """

    def __init__(self, task):
        self.task = task

    @abc.abstractmethod
    def training(self, seed, first):
        """Yields batches `(x, y)` without end.

        Args:
            seed: Integer that decides shuffling and augmentation.
            first: Number of batches that were trained on before.
        """

    def held_out(self, seed):
        """Yields batches `(x, y)` of the validation split without end.

        Args:
            seed: Integer that decides their order.
        """
        for epoch in itertools.count():
            yield from self.task.batches("valid", seed, epoch)

    @abc.abstractmethod
    def minibatch(self, seed, count):
        """Returns numbers that say what architectures are judged on.

        Args:
            seed: Integer.
            count: About how many examples it shall have; at least one batch
                of a text's windows.

        Returns:
            int64 array, which `batches` takes.
        """

    @abc.abstractmethod
    def batches(self, numbers=None):
        """Returns the list of batches to score, and how many examples.

        No batch is filled up with zeros, since the statistics of a batch
        decide its scores.

        Args:
            numbers: What `minibatch` returned, or None (default) for the
                whole validation split.
        """


class Rows(Examples):
    """Examples that are rows of arrays."""

    # Larger batches would take more memory and change the scores little.
    LARGEST = 512

    @functools.cached_property
    def _valid(self):
        return self.task.load("valid")

    def training(self, seed, first):
        for epoch in itertools.count():
            yield from self.task.batches("train", seed, epoch)

    def minibatch(self, seed, count):
        total = len(self._valid[1])
        rng = generator(seed, "minibatch")
        return np.sort(rng.permutation(total)[:count])

    def batches(self, numbers=None):
        x, y = self._valid
        total = len(y)
        if numbers is None:
            numbers = np.arange(total)
        number = math.ceil(len(numbers) / self.LARGEST)
        size = math.ceil(len(numbers) / number)
        batches = []
        for start in range(0, number * size, size):
            rows = np.arange(start, start + size)
            weights = (rows < len(numbers)).astype(np.float32)
            # What fills the last batch up are other examples, of weight 0.
            rows = numbers[rows % len(numbers)]
            batches.append((*_taken((x, y), rows), weights))
        return batches, len(numbers)


class Windows(Examples):
    """Windows of a text, read in order from a state of zeros."""

    @functools.cached_property
    def _valid(self):
        return list(self.task.batches("valid", 0, 0))

    def training(self, seed, first):
        windows = list(self.task.batches("train", seed, 0))
        for number in itertools.count(first):
            yield windows[number % len(windows)]

    def minibatch(self, seed, count):
        windows = self._valid
        # The last is filled up, unless it is the only one.
        total = max(1, len(windows) - 1)
        number = min(total, math.ceil(count / windows[0][1].size))
        rng = generator(seed, "minibatch")
        start = rng.integers(total - number + 1)
        return np.arange(start, start + number)

    def batches(self, numbers=None):
        chosen = self._valid
        if numbers is not None:
            chosen = [chosen[number] for number in numbers]
        return chosen, sum(int((y >= 0).sum()) for _, y in chosen)


def with_actions(batch, actions):
    """Returns a batch whose inputs are `(x, actions)`.

    Args:
        batch: Tuple of inputs and whatever else.
        actions: Array that a shared model takes.
    """
    x, *rest = batch
    return ((x, actions), *rest)


def _taken(arrays, rows):
    return keras.tree.map_structure(lambda array: array[rows], arrays)
