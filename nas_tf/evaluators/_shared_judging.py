"""Judgements of architectures by weights that they share."""

import contextlib
import math

import numpy as np

from nas_tf import trial
from nas_tf.evaluators.base import check_data_after
from nas_tf.machine import clock
from nas_tf.spaces.base import SearchSpace


class Judging:
    """What the architectures of a search are judged on, and how.

    Args:
        options: The `nas_tf.evaluators.shared.Shared`.
        task: `Task`.
        training: The `SharedTraining` of the search.

    Attributes:
        numbers: int64 array that says what the minibatch is, as
            `Examples.minibatch` returned it; empty before the first.
    """

    def __init__(self, options, task, training):
        self._options = options
        self._task = task
        self._training = training
        self._batches = {}
        self.numbers = np.zeros(0, np.int64)

    def choose(self, numbers):
        """Chooses the examples of the minibatch by their `numbers`."""
        self.numbers = numbers
        if len(numbers):
            self._batches["minibatch"] = self._examples.batches(numbers)

    def draw(self, seed):
        """Chooses the examples of the minibatch by a seed."""
        self.choose(self._examples.minibatch(seed, self._options.examples))

    def on_minibatch(self, space, actions):
        """Returns the `Result` of an architecture on the minibatch."""
        return self._judged(space, actions, "minibatch")

    def on_more(self, space, actions, whole):
        """Returns its `Result` on all validation examples, or on a part."""
        name = "whole" if whole else "part"
        if name not in self._batches:
            numbers = None
            with reading(self._task):
                if not whole:
                    # The same examples for every search of a task.
                    count = self._options.derive_examples
                    numbers = self._examples.minibatch(0, count)
                self._batches[name] = self._examples.batches(numbers)
        return self._judged(space, actions, name)

    @property
    def _examples(self):
        return self._training.examples

    def _judged(self, space, actions, name):
        timer = clock.Timer()
        batches, examples = self._batches[name]
        figures = self._training.score(batches, actions)
        value = figures[self._options.reward]
        if hasattr(self._task, "scores"):
            figures |= self._task.scores(figures["loss"])
        spec = space.decode(actions)
        sizes = {}
        if not is_inherited(space, "cost"):
            sizes = space.cost(spec, self._task)._asdict()
        if all(map(math.isfinite, figures.values())):
            by_loss = self._options.reward == "loss"
            metrics = {f"val_{k}": float(v) for k, v in figures.items()}
            outcome = {
                "status": trial.OK,
                "reward": math.exp(-value) if by_loss else value,
                "metrics": {**metrics, "examples": examples},
            }
        else:
            told = ", ".join(f"{k} {v:g}" for k, v in figures.items())
            outcome = {
                "status": trial.NAN,
                "reward": self._task.failure_reward,
                "error": f"Expected finite figures. Received: {told}",
            }
        return trial.Result(
            **outcome,
            **sizes,
            spec=spec.to_json(),
            **timer.facts(),
        )


@contextlib.contextmanager
def reading(task):
    """Context that reads a task's data, which may have vanished."""
    try:
        yield
    except Exception as error:
        check_data_after(error, task)
        raise


def is_inherited(space, name):
    """Returns whether a space has a method from `SearchSpace` itself."""
    return getattr(type(space), name) is getattr(SearchSpace, name)
