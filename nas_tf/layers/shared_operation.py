"""A place in a cell of images where any operation can stand.

The weights of all of them are kept, and actions, numbers that are known only
when the layer is called, say which are used. The graph is traced once for all
architectures.
"""

import keras
import numpy as np
from keras import ops

from nas_tf.layers._operation_kits import Making
from nas_tf.layers._operation_kits import Using
from nas_tf.specs.cell_stack import operated


@keras.saving.register_keras_serializable(package="nas_tf")
class SharedOperation(keras.layers.Layer):
    """Applies one of several operations to one of several states.

    Each operation has weights of its own for each state. Batch normalization
    uses the batch's statistics, and no variable is assigned.

    Args:
        operations: Tuple of names in `nas_tf.specs.image_cell.OPERATIONS`.
        input_column: Number of the action that says which state is read, or
            None if there is a single one.
        operation_column: Number of the action that says which operation is
            applied, or None if there is a single one.
        epsilon: Of batch normalization, > 0. Default: 0.00001.
        affine: Whether batch normalization has a scale and an offset. Default:
            False.

    Call arguments:
        inputs: List of the states `[B, H, W, C]`, all of the same shape, and
            the actions `[T]` int32; or float32 `[T, K]`, the weights of each
            decision's K choices in a mixture, as in DARTS (Liu et al. 2019,
            equation 2). Each operation is then applied to each state, and the
            result weighted by both.

    Returns:
        `[B, H, W, C]`.
    """

    # What applies an operation, in terms of a kit.
    apply = staticmethod(operated)

    def __init__(
        self,
        operations,
        input_column,
        operation_column,
        epsilon=1e-5,
        affine=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.operations = tuple(operations)
        self.input_column = input_column
        self.operation_column = operation_column
        self.epsilon = epsilon
        self.affine = affine

    def build(self, input_shape):
        *states, _ = input_shape
        filters = states[0][-1]
        # Name -> a variable for each weight, `[states, ...]`.
        self.stacks = {}
        for operation in self.operations:
            kit = Making(self, len(states))
            self.apply(kit, filters, operation, filters, 1, operation)

    def add_stack(self, name, count, shapes, initializers):
        """Keeps the weights of a layer, a row for each state."""
        self.stacks[name] = [
            self.add_weight(
                (count, *shape),
                _rows(initializer),
                name=f"{name}_{number}",
            )
            for number, (shape, initializer) in enumerate(
                zip(shapes, initializers)
            )
        ]

    def call(self, inputs):
        *states, actions = inputs
        if len(actions.shape) == 2:
            return self._mixed(states, actions)
        chosen, x = 0, states[0]
        if self.input_column is not None:
            chosen = actions[self.input_column]
            x = ops.take(ops.stack(states), chosen, axis=0)
        # Gathered here, not in a branch: a branch that reads less is traced
        # in less time.
        weights = {
            name: [
                ops.take(ops.convert_to_tensor(stack), chosen, axis=0)
                for stack in stacks
            ]
            for name, stacks in self.stacks.items()
        }
        heavy = [
            name
            for name in self.operations
            if any(key.startswith(f"{name}_") for key in weights)
        ]
        light = [name for name in self.operations if name not in heavy]
        if self.operation_column is None:
            return _operated(self, x, self.operations[0], weights)
        action = actions[self.operation_column]
        branches = [_branch(self, name, weights) for name in heavy]
        if light:
            branches.append(_light_branch(self, light, action))
        # Those without weights share the last branch.
        table = [
            heavy.index(name) if name in heavy else len(heavy)
            for name in self.operations
        ]
        if len(branches) == 1:
            return branches[0](x)
        place = ops.take(np.array(table, "int32"), action, axis=0)
        return ops.switch(place, branches, x)

    def _mixed(self, states, shares):
        """Returns the sum over all states and operations, each weighted."""
        if self.input_column is None:
            states = states[:1]
        parts = []
        for number, state in enumerate(states):
            weights = {
                name: [stack[number] for stack in stacks]
                for name, stacks in self.stacks.items()
            }
            for operation, name in enumerate(self.operations):
                x = _operated(self, state, name, weights)
                for column, choice in (
                    (self.input_column, number),
                    (self.operation_column, operation),
                ):
                    if column is not None:
                        x = shares[column, choice] * x
                parts.append(x)
        return sum(parts[1:], parts[0])

    def chosen(self, actions):
        """Returns the weights that an architecture uses.

        Args:
            actions: Sequence of integers.

        Returns:
            Dict from the names of layers, as `nas_tf.specs.enas_stack.one_cell`
            names them for the operation alone, to lists of NumPy arrays.
        """
        state, column = 0, self.operation_column
        if self.input_column is not None:
            state = actions[self.input_column]
        operation = self.operations[0 if column is None else actions[column]]
        return {
            # The layer's name stands where that of the operation stood.
            self.name + name.removeprefix(operation): [
                ops.convert_to_numpy(stack)[state] for stack in stacks
            ]
            for name, stacks in self.stacks.items()
            if name.startswith(f"{operation}_")
        }

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {
            **super().get_config(),
            "operations": list(self.operations),
            "input_column": self.input_column,
            "operation_column": self.operation_column,
            "epsilon": self.epsilon,
            "affine": self.affine,
        }


def _operated(layer, x, operation, weights):
    kit = Using(layer.epsilon, weights)
    return layer.apply(kit, x, operation, x.shape[-1], 1, operation)


def _branch(layer, operation, weights):
    return lambda x: _operated(layer, x, operation, weights)


def _light_branch(layer, names, action):
    """Returns a branch of several operations, all of which are computed.

    They cost little, and each branch takes long to trace.
    """

    def branch(x):
        parts = []
        for name in names:
            is_chosen = ops.equal(action, layer.operations.index(name))
            part = _operated(layer, x, name, {})
            parts.append(ops.where(is_chosen, part, ops.zeros_like(part)))
        return sum(parts[1:], parts[0])

    return branch


def _rows(make):
    """Returns an initializer that draws each row on its own.

    Args:
        make: Function that returns a new initializer of one row. One alone
            would repeat its values.
    """

    def initializer(shape, dtype=None):
        count, *shape = shape
        return ops.stack([make()(shape, dtype) for _ in range(count)])

    return initializer
