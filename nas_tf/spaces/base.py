"""What a search space is: decisions, and what their answers mean."""

import abc
import dataclasses
import json

import numpy as np

from nas_tf import registry
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.recipe import DEFAULT
from nas_tf.specs.choices import Choices


class SearchSpace(abc.ABC):
    """A list of decisions, and the way from their answers to a model.

    A space is a frozen dataclass of plain values: it can be compared, hashed,
    pickled to a worker and written to a run directory.

    Attributes:
        decisions: Tuple of all decisions. Prefixes of it of the lengths
            `length` returns are architectures too.
        kinds: Tuple of the kinds of task that models are built for, see
            `nas_tf.tasks.base.Task`; () (default) for any.
    """

    kinds = ()

    @property
    @abc.abstractmethod
    def decisions(self): ...

    def build(self, spec, task):
        """Returns an uncompiled Keras model of a spec for a task's data.

        A space whose architectures are only looked up in a table needs none.

        Raises:
            UsageError: If the space builds no models, as by default.
        """
        raise UsageError(
            f"Expected a space that builds models. Received: space "
            f"'{self._name}', which has no `build`"
        )

    def check_task(self, task):
        """Raises `UsageError` if the space builds no models for the task.

        By default the task has to be one of `kinds`. A task that does not say
        its kind is accepted.
        """
        kind = getattr(task, "kind", None)
        if self.kinds and kind is not None and kind not in self.kinds:
            raise UsageError(
                f"Expected a task of kind {' or '.join(self.kinds)} for the "
                f"space '{self._name}'. Received: {type(task).__name__}, of "
                f"kind {kind}"
            )

    @property
    def _name(self):
        return registry.call_string(self).partition("(")[0]

    def options(self):
        """Returns the names of options that `with_options` can change."""
        return [field.name for field in dataclasses.fields(self)]

    def with_options(self, changes):
        """Returns the space with some options changed.

        Args:
            changes: Dict from names of `options` to values.

        Raises:
            UsageError: If a value is refused.
        """
        return dataclasses.replace(self, **changes)

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

        By default the model is built to be counted, which takes about as long
        as `build` and changes nothing for models built later. A space whose
        searches draw again what is too large has a formula instead.
        """
        from nas_tf.children import counting

        with counting.undisturbed():
            return counting.count(self.build(spec, task))

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
