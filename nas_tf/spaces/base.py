"""What a search space is: decisions, and what their answers mean."""

import abc
import json
import math

import numpy as np

from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.recipe import DEFAULT
from nas_tf.specs.choices import Choices
from nas_tf.specs.cost import Cost


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
    def build(self, spec, task):
        """Returns an uncompiled Keras model of a spec for a task's data."""

    def check_task(self, task):
        """Raises `UsageError` if models of the space are not for the task.

        By default they are for any.
        """

    def decode(self, actions):
        """Returns the frozen spec that a valid row of actions stands for.

        It is a `nas_tf.specs.base.Spec`, by default the choices themselves.

        Raises:
            UsageError: If the row is not valid.
        """
        decisions = self.decisions[: len(actions)]
        check_actions(decisions, actions)
        return Choices(
            tuple(decision.kind for decision in decisions),
            tuple(d.choice(action) for d, action in zip(decisions, actions)),
        )

    def read_spec(self, record):
        """Returns the spec that `to_json` wrote.

        It need not be one the decisions lead to, as long as `build` can build
        it. By default it is read as the choices themselves.

        Args:
            record: What a JSON file holds.

        Raises:
            UsageError: If it is no spec of such a space.
        """
        spec = Choices.from_json(record)
        kinds = tuple(decision.kind for decision in self.decisions)
        if spec.kinds != kinds[: len(spec.kinds)]:
            raise UsageError(
                f"Expected choices of {', '.join(kinds)}. Received those of "
                f"{', '.join(spec.kinds)}"
            )
        return spec

    def cost(self, spec, task):
        """Returns the `nas_tf.specs.cost.Cost` of what `build` returns.

        By default the model is built to be counted; its multiply-adds are not
        known then.
        """
        variables = self.build(spec, task).trainable_variables
        return Cost(sum(math.prod(v.shape) for v in variables), None)

    def describe(self, spec):
        """Returns a line for people."""
        return spec.describe()

    def graph(self, spec):
        """Returns the `nas_tf.specs.graph.Graph` that is drawn for people."""
        return spec.graph()

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

    def recipe(self, spec):
        """Returns the `Recipe` a spec asks for; by default the task's own."""
        return DEFAULT
