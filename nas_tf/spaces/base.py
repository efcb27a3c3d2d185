"""What a search space is: decisions, and what their answers mean."""

import abc
import json

import numpy as np


class SearchSpace(abc.ABC):
    """A list of decisions, and the way from their answers to a model.

    A space is a frozen dataclass of plain values: it can be compared, hashed,
    pickled to a worker and written to a run directory.

    Attributes:
        decisions: Tuple of all decisions. Prefixes of it of the lengths
            `length` returns are architectures too.
    """

    @property
    @abc.abstractmethod
    def decisions(self): ...

    @abc.abstractmethod
    def decode(self, actions):
        """Returns the frozen spec that a valid row of actions stands for.

        Raises:
            UsageError: If the row is not valid.
        """

    @abc.abstractmethod
    def build(self, spec, task):
        """Returns an uncompiled Keras model of a spec for a task's data."""

    @abc.abstractmethod
    def cost(self, spec, task):
        """Returns the `nas_tf.specs.cost.Cost` of what `build` returns."""

    @abc.abstractmethod
    def describe(self, spec):
        """Returns a line for people."""

    @abc.abstractmethod
    def graph(self, spec):
        """Returns the `nas_tf.specs.graph.Graph` that is drawn for people."""

    def key(self, actions):
        """Returns a string; equal architectures have equal ones."""
        return json.dumps(self.decode(actions).to_json(), sort_keys=True)

    def length(self, num_trials):
        """Returns how many decisions an architecture has.

        Args:
            num_trials: How many were proposed before it.
        """
        return len(self.decisions)

    def active(self, actions):
        """Returns `[T]` booleans: whether a decision shapes the architecture.

        The log-probability of one that does not is no part of the policy's.
        """
        return np.ones(len(actions), bool)

    def learning_rate(self, spec):
        """Returns the rate a spec asks to be trained with, or None."""
        return None
