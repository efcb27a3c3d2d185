"""The base class of skeletons, which build models around a searched cell."""

from __future__ import annotations

import abc
import typing
from collections.abc import Callable

if typing.TYPE_CHECKING:
    import keras

    from nas_tf.specs.cost import Cost
    from nas_tf.tasks.base import Task


class Skeleton(abc.ABC):
    """The part of a model that is the same for all cells of a space.

    A skeleton is a frozen dataclass of plain values. A search space names one
    by a call string, as in `tree(skeleton="language_model(units=64)")`, and
    passes it a function that makes layers of the searched cell.

    Attributes:
        kind: The kind of task that its models are for, see
            `nas_tf.tasks.base.Task`.
        cells: The kind of cell it builds models around: "recurrent" (default),
            or another name that search spaces check.
    """

    cells: str = "recurrent"

    @property
    @abc.abstractmethod
    def kind(self) -> str: ...

    @abc.abstractmethod
    def build(
        self,
        make_layer: Callable[..., keras.layers.Layer],
        cell_size: typing.Any,
        task: Task,
        shared: bool = False,
    ) -> keras.Model:
        """Returns an uncompiled Keras model for a task's data.

        Args:
            make_layer: Function that makes a new layer of the cell. For
                recurrent cells it is called as `make_layer(units,
                initializer, recurrent_dropout)`: the size of the output, a
                function that returns a new Keras initializer for a matrix,
                and the fraction of the previous output that the cell does
                not read in training. The layer returns sequences and states.
            cell_size: Size of the cell, for recurrent cells a
                `nas_tf.specs.cost.CellSize`.
            task: `Task`.
            shared: Whether layers compute any of several cells: the model is
                called with a pair, inputs and actions, and passes the actions
                to each layer as the argument `actions`. Default: False.

        Raises:
            UsageError: If no model is as small as the options demand.
        """

    @abc.abstractmethod
    def cost(self, cell_size: typing.Any, task: Task) -> Cost:
        """Returns the `nas_tf.specs.cost.Cost` of the model of `build`.

        Args:
            cell_size: As for `build`.
            task: `Task`.

        Raises:
            UsageError: As `build`.
        """

    def remarks(self, cell_size: typing.Any, task: Task) -> dict[str, str]:
        """Returns what a user is told before a search about the models' size.

        Args:
            cell_size: As for `build`.
            task: `Task`.

        Returns:
            Dict from a name to a line of text, empty by default.
        """
        return {}
