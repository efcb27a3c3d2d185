"""What stands around a searched cell, so that a cell becomes a model."""

import abc


class Skeleton(abc.ABC):
    """The part of a model that is the same for all cells of a space.

    A skeleton is a frozen dataclass of plain values. A search space names one
    by a call string, as in `tree(skeleton="language_model(units=64)")`, and
    gives it a function that makes layers of the searched cell.

    Attributes:
        kind: The kind of task its models are for, see
            `nas_tf.tasks.base.Task`.
        cells: What the layers it is given are made of: "recurrent" (default)
            or another word that spaces and skeletons agree on.
    """

    cells = "recurrent"

    @property
    @abc.abstractmethod
    def kind(self): ...

    @abc.abstractmethod
    def build(self, make_layer, cell_size, task):
        """Returns an uncompiled Keras model for a task's data.

        Args:
            make_layer: Function that makes a new layer of the cell. For
                recurrent cells it is called as `make_layer(units,
                initializer, recurrent_dropout)`: the size of the output, a
                function that returns a new Keras initializer for a matrix,
                and the share of the last output that the cell does not read
                in training. The layer returns its sequence and its states.
            cell_size: What the cell's size depends on, for recurrent cells a
                `nas_tf.specs.cost.CellSize`.
            task: `Task`.

        Raises:
            UsageError: If no such model is as small as it has to be.
        """

    @abc.abstractmethod
    def cost(self, cell_size, task):
        """Returns the `nas_tf.specs.cost.Cost` of what `build` returns.

        Args:
            cell_size: As for `build`.
            task: `Task`.

        Raises:
            UsageError: As `build`.
        """
