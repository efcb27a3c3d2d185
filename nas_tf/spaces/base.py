"""The base class of search spaces."""

from __future__ import annotations

import abc
import dataclasses
import json
import typing
from collections.abc import Sequence

import numpy as np

from nas_tf import registry
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.recipe import DEFAULT
from nas_tf.recipe import Recipe
from nas_tf.specs.base import Spec
from nas_tf.specs.choices import Choices

if typing.TYPE_CHECKING:
    import keras

    from nas_tf.decisions import Decision
    from nas_tf.specs.cost import Cost
    from nas_tf.specs.graph import Graph
    from nas_tf.tasks.base import Task


# The kinds of task whose targets are arrays.
OF_ARRAYS = ("classification", "multi_label", "regression")


class SearchSpace(abc.ABC):
    """A list of decisions, and how a model is built from the choices.

    A space is a frozen dataclass of plain values, so that it can be compared,
    hashed, pickled to a worker and written to a run directory.

    Attributes:
        decisions: Tuple of all decisions. The first `length(num_trials)` of
            them describe an architecture.
        kinds: Tuple of the kinds of task that the space builds models for,
            see `nas_tf.tasks.base.Task`; () (default) for any.
        input_ndim: Number of axes of an example that the space builds models
            for, 3 for pictures; None (default) for any.
        has_auxiliary: Whether models have a second output for training where
            the task's `auxiliary_weight` is above 0. Default: False.
        drops_paths: Whether `build_shared` takes `path_dropout`. Default:
            False.
    """

    kinds: tuple[str, ...] = ()
    input_ndim: int | None = None
    has_auxiliary: bool = False
    drops_paths: bool = False
    # Every subclass is a dataclass.
    __dataclass_fields__: typing.ClassVar[dict[str, dataclasses.Field]]

    @property
    @abc.abstractmethod
    def decisions(self) -> tuple[Decision, ...]: ...

    def build(self, spec: Spec, task: Task) -> keras.Model:
        """Returns an uncompiled Keras model of a spec for a task's data.

        A space whose architectures are only looked up in a table does not
        need to define it.

        Raises:
            UsageError: If the space builds no models, which is the default.
        """
        raise UsageError(
            f"Expected a space that builds models. Received: space "
            f"'{self._name}', which has no `build`"
        )

    def build_for_inference(
        self, spec: typing.Any, task: Task
    ) -> keras.Model | None:
        """Returns the model without what only its training needs.

        Such parts are an auxiliary classifier, or layers that drop paths. The
        weights are copied from the trained model, from layer to layer of the
        same name. None (default) if the model of `build` has no such parts.
        """
        return None

    def build_shared(
        self, task: Task, mixed: bool = False, path_dropout: float = 0.0
    ) -> keras.Model:
        """Returns one model whose weights all architectures share.

        It is called as `model((inputs, actions))`, where `actions` is an
        int32 tensor `[T]`: one architecture for the whole batch. It is traced
        once for all architectures, so choices are made on numbers, by
        `keras.ops.switch` or by taking rows, and never by an `if` of Python.
        Each weight belongs to one choice, so that what an architecture does
        not use has a gradient of 0. Batch normalization uses the statistics
        of the batch, in training and outside of it, has no scale and no
        offset, and assigns nothing.

        For tasks of kind "language_model" it has `initial_states(batch_size)`
        and `advance((tokens, actions), states, training=False)`, see
        `nas_tf.training.lessons.language_modelling`.

        Args:
            task: The `Task`.
            mixed: Whether `actions` are float32 `[T, K]` instead: the weight of
                each of a decision's K choices in a sum of all, for DARTS. A
                space may refuse this. Default: False.
            path_dropout: Probability in [0, 1) with which an example does
                without the output of an operation while weights are trained,
                see `nas_tf.children.shared_blocks.dropped`. Spaces whose
                `drops_paths` is False need not take it. Default: 0.

        Raises:
            UsageError: If architectures of the space share no weights, which
                is the default.
        """
        raise UsageError(
            f"Expected a space whose architectures share weights. Received: "
            f"space '{self._name}', which has no `build_shared`"
        )

    def copy_shared(
        self,
        shared: keras.Model,
        actions: Sequence[int],
        model: keras.Model,
    ) -> None:
        """Copies the weights that an architecture uses to a model of its own.

        Afterwards `shared((inputs, actions))` and `model(inputs)` are equal up
        to rounding, with batch normalization by the statistics of the batch.

        Args:
            shared: What `build_shared` returned.
            actions: Row of actions.
            model: Model of that architecture, whose batch normalization has
                the scale 1 and the offset 0, as after `build`.

        Raises:
            UsageError: If architectures of the space share no weights, which
                is the default.
        """
        raise UsageError(
            f"Expected a space whose architectures share weights. Received: "
            f"space '{self._name}', which has no `copy_shared`"
        )

    def check_task(self, task: Task) -> None:
        """Raises `UsageError` if the space builds no models for the task.

        By default the kind of the task has to be one of `kinds`, and its
        examples have `input_ndim` axes. A task without a kind is accepted.
        """
        kind = getattr(task, "kind", None)
        if self.kinds and kind is not None and kind not in self.kinds:
            raise UsageError(
                f"Expected a task of kind {' or '.join(self.kinds)} for the "
                f"space '{self._name}'. Received: {type(task).__name__}, of "
                f"kind {kind}"
            )
        ndim = self.input_ndim
        if ndim is not None and getattr(task, "input_ndim", ndim) != ndim:
            raise UsageError(
                f"Expected one input with {ndim} axes (height, width, "
                f"channels) for the space '{self._name}'; for others there is "
                f"'dense'. Received: {task.inputs!r:.100}"
            )
        weight = getattr(task, "auxiliary_weight", 0)
        if weight and not self.has_auxiliary:
            raise UsageError(
                f"Expected auxiliary_weight=0, as models of the space "
                f"'{self._name}' have one output. Received: {weight}"
            )

    def remarks(self, task: Task) -> dict[str, str]:
        """Returns what a user is told before a search about the models' size.

        Returns:
            Dict from a name to a line of text, empty by default.
        """
        return {}

    @property
    def _name(self) -> str:
        return registry.call_string(self).partition("(")[0]

    def options(self) -> list[str]:
        """Returns the names of options that `with_options` can change."""
        return [field.name for field in dataclasses.fields(self)]

    def with_options(self, changes: dict[str, typing.Any]) -> SearchSpace:
        """Returns the space with some options changed.

        Args:
            changes: Dict from names of `options` to values.

        Raises:
            UsageError: If a value is invalid.
        """
        return dataclasses.replace(self, **changes)

    def decode(self, actions: Sequence[int]) -> Spec:
        """Returns the spec of a row of actions.

        It is a `nas_tf.specs.base.Spec`, by default the `Choices`.

        Args:
            actions: Sequence of integers, one for each decision.

        Raises:
            UsageError: If the row is not valid.
        """
        decisions = self.decisions[: len(actions)]
        check_actions(decisions, actions)
        return Choices(
            tuple(decision.kind for decision in decisions),
            tuple(d.choice(action) for d, action in zip(decisions, actions)),
        )

    def encode(self, spec: typing.Any) -> tuple[int, ...]:
        """Returns a row of actions that `decode` turns into a spec.

        By default the spec has to be a `Choices`. A space whose `decode`
        returns another spec defines it, so that a search can start from
        known architectures.

        Args:
            spec: A spec.

        Returns:
            Tuple of integers.

        Raises:
            UsageError: If the decisions do not lead to that spec.
        """
        choices = getattr(spec, "choices", None)
        if choices is None:
            raise UsageError(
                f"Expected a space that encodes its specs. Received: space "
                f"'{self._name}', which has no `encode`"
            )
        return tuple(
            action_of(decision, choice)
            for decision, choice in zip(self.decisions, choices)
        )

    def read_spec(self, record: typing.Any) -> Spec:
        """Returns the spec of a record that `to_json` wrote.

        The decisions need not lead to it, as long as `build` can build it. By
        default the record is read as `Choices`.

        Args:
            record: Content of a JSON file.

        Raises:
            UsageError: If it is not a spec of this space.
        """
        spec = Choices.from_json(record)
        kinds = tuple(decision.kind for decision in self.decisions)
        if spec.kinds != kinds[: len(spec.kinds)]:
            raise UsageError(
                f"Expected choices of {', '.join(kinds)}. Received those of "
                f"{', '.join(spec.kinds)}"
            )
        return spec

    def cost(self, spec: Spec, task: Task) -> Cost:
        """Returns the `nas_tf.specs.cost.Cost` of the model of a spec.

        By default a model is built and counted, without any effect on models
        that are built later. Define a formula where that takes too long, for
        instance because a search rejects many architectures by their size.
        """
        # Keras is loaded as everywhere, silently and with oneDNN.
        import_keras()
        from nas_tf.children import counting

        with counting.undisturbed():
            return counting.count(self.build(spec, task))

    def num_activations(self, spec: Spec, task: Task) -> int | None:
        """Returns how many numbers training keeps for one example.

        They are counted as `nas_tf.children.activations` does. By default
        there is no formula: the number is None, and is counted in the model
        once that is built.
        """
        return None

    def describe(self, spec: Spec) -> str:
        """Returns a description of one line."""
        return spec.describe()

    def graph(self, spec: Spec) -> Graph:
        """Returns the `nas_tf.specs.graph.Graph` to be drawn."""
        return spec.graph()

    def key(self, actions: Sequence[int]) -> str:
        """Returns a string that is the same for equal architectures."""
        return json.dumps(self.decode(actions).to_json(), sort_keys=True)

    def length(self, num_trials: int) -> int:
        """Returns the number of decisions of an architecture.

        Args:
            num_trials: Number of architectures proposed before it.
        """
        return len(self.decisions)

    def active(self, actions: Sequence[int]) -> np.ndarray:
        """Returns `[T]` booleans: whether each decision has an effect.

        The log-probabilities of decisions without effect are left out of the
        policy's.
        """
        return np.ones(len(actions), bool)

    def recipe(self, spec: Spec) -> Recipe:
        """Returns the `Recipe` a spec asks for; by default the task's own."""
        return DEFAULT


def outputs_of(task: Task) -> dict[str, typing.Any]:
    """Returns the arguments `activation` and `scale` of `blocks.outputs`.

    A task that does not say them has classes.
    """
    return {
        "activation": getattr(task, "output_activation", "softmax"),
        "scale": getattr(task, "output_scale", None),
    }
