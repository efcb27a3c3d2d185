"""A place in a cell of images where any operation can stand.

The weights of all of them are kept, and actions, numbers that are known only
when the layer is called, say which are used. The graph is traced once for all
architectures.
"""

import keras
import numpy as np
from keras import ops

from nas_tf.layers.batch_statistics import normalized
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
            the actions `[T]` int32.

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
            kit = _Making(self, len(states))
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
    kit = _Using(layer.epsilon, weights)
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


class _Making:
    """A kit that makes the weights of an operation; a tensor is its depth."""

    def __init__(self, layer, count):
        self.layer = layer
        self.count = count

    def depth(self, x):
        return x

    def conv(self, x, filters, kernel, stride, title, dilation=1):
        self._add(f"{title}_conv", [(*kernel, x, filters)], [_he_normal])
        return filters

    def separable(self, x, filters, side, stride, title):
        shapes = [(side, side, x, 1), (1, 1, x, filters)]
        self._add(f"{title}_conv", shapes, [_he_normal] * 2)
        return filters

    def batch_norm(self, x, title):
        if self.layer.affine:
            makers = [keras.initializers.Ones, keras.initializers.Zeros]
            self._add(f"{title}_batch_norm", [(x,)] * 2, makers)
        return x

    def _add(self, *arguments):
        name, shapes, initializers = arguments
        self.layer.add_stack(name, self.count, shapes, initializers)

    def relu(self, x, title):
        return x

    def every(self, x, stride, title):
        return x

    def max_pool(self, x, window, stride, title):
        return x

    def average_pool(self, x, window, stride, title):
        return x


class _Using:
    """A kit that computes an operation by the weights of one state."""

    def __init__(self, epsilon, weights):
        self.epsilon = epsilon
        self.weights = weights

    def depth(self, x):
        return x.shape[-1]

    def conv(self, x, filters, kernel, stride, title, dilation=1):
        (weights,) = self.weights[f"{title}_conv"]
        return ops.conv(
            x, weights, stride, padding="same", dilation_rate=dilation
        )

    def separable(self, x, filters, side, stride, title):
        depthwise, pointwise = self.weights[f"{title}_conv"]
        return ops.separable_conv(
            x, depthwise, pointwise, stride, padding="same"
        )

    def batch_norm(self, x, title):
        affine = self.weights.get(f"{title}_batch_norm", ())
        return normalized(x, self.epsilon, *affine)

    def relu(self, x, title):
        return ops.relu(x)

    def every(self, x, stride, title):
        return x

    def max_pool(self, x, window, stride, title):
        return ops.max_pool(x, window, stride, padding="same")

    def average_pool(self, x, window, stride, title):
        return ops.average_pool(x, window, stride, padding="same")


def _he_normal():
    return keras.initializers.HeNormal()


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
