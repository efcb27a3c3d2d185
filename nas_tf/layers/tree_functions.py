"""What a tree of a recurrent cell computes, and its derivatives.

Apart from the products with its matrices a cell works on each unit alone: the
new states of a unit follow from the unit's own 2b products and its last cell
state. So the derivatives of a step are as many numbers a unit, and those of
all steps of a sequence can be had at once.
"""

import typing

from keras import ops

COMBINATIONS = {
    "add": ops.add,
    "elem_mult": ops.multiply,
    "max": ops.maximum,
}
ACTIVATIONS = {
    "identity": lambda value: value,
    "tanh": ops.tanh,
    "sigmoid": ops.sigmoid,
    "relu": ops.relu,
    "sin": ops.sin,
}


class Step(typing.NamedTuple):
    """All that a tree computes in a step.

    Attributes:
        values: List of the nodes' values before their activation.
        outputs: List of their values after it.
        injected: What `inject`'s combination gives, before its activation.
        output: The root's output: h before any projection.
        cell_state: The new c.
    """

    values: list
    outputs: list
    injected: object
    output: object
    cell_state: object


class Derivatives(typing.NamedTuple):
    """Derivatives of one result of a step, each of the results' shape.

    None stands for 0 and 1.0 for 1 everywhere.

    Attributes:
        inputs: List, one a leaf, with respect to the input's product.
        recurrent: The same with respect to the last output's product.
        cell_state: With respect to the last cell state.
    """

    inputs: list
    recurrent: list
    cell_state: object


def run(spec, inputs, recurrent, cell_state):
    """Evaluates a cell's tree.

    Args:
        spec: `TreeSpec` of base b.
        inputs: List of b tensors `[..., n]`, the leaves' W x.
        recurrent: List of b tensors `[..., n]`, the leaves' U h.
        cell_state: `[..., n]`, the last c.

    Returns:
        A `Step`.
    """
    values = []
    outputs = []
    # Outputs as nodes above see them.
    seen = []
    injected = None
    for index, (combination, activation) in enumerate(spec.nodes):
        if index < spec.base:
            pair = inputs[index], recurrent[index]
        else:
            pair = (seen[i] for i in spec.children[index - spec.base])
        values.append(COMBINATIONS[combination](*pair))
        outputs.append(ACTIVATIONS[activation](values[-1]))
        seen.append(outputs[-1])
        if index == spec.inject_index:
            combination, activation = spec.inject
            injected = COMBINATIONS[combination](seen[-1], cell_state)
            seen[-1] = ACTIVATIONS[activation](injected)
    return Step(values, outputs, injected, seen[-1], values[spec.cell_index])


def derivatives(spec, inputs, recurrent, cell_state, step):
    """Returns the `Derivatives` of the output and of the new cell state.

    Args:
        spec: As for `run`.
        inputs: As for `run`.
        recurrent: As for `run`.
        cell_state: As for `run`.
        step: What `run` returned for them.
    """
    arguments = (spec, inputs, recurrent, cell_state, step)
    root = len(spec.nodes) - 1
    return (
        _reverse(*arguments, outputs={root: 1.0}, values={}),
        _reverse(*arguments, outputs={}, values={spec.cell_index: 1.0}),
    )


def _reverse(spec, inputs, recurrent, cell_state, step, outputs, values):
    """Goes down the tree from the gradients of outputs and of values."""
    to_inputs = [None] * spec.base
    to_recurrent = [None] * spec.base
    to_cell_state = None
    injected = ACTIVATIONS[spec.inject[1]](step.injected)
    for index in reversed(range(len(spec.nodes))):
        combination, activation = spec.nodes[index]
        output = step.outputs[index]
        gradient = outputs.get(index)
        if index == spec.inject_index:
            gradient = times(
                gradient, _slope(spec.inject[1], step.injected, injected)
            )
            gradient, to_cell_state = _shares(
                spec.inject[0], gradient, output, cell_state
            )
        gradient = times(
            gradient, _slope(activation, step.values[index], output)
        )
        gradient = plus(gradient, values.get(index))
        if index < spec.base:
            to_inputs[index], to_recurrent[index] = _shares(
                combination, gradient, inputs[index], recurrent[index]
            )
            continue
        below = spec.children[index - spec.base]
        operands = [
            injected if i == spec.inject_index else step.outputs[i]
            for i in below
        ]
        for i, share in zip(below, _shares(combination, gradient, *operands)):
            outputs[i] = share
    return Derivatives(to_inputs, to_recurrent, to_cell_state)


def _slope(activation, value, output):
    """Returns an activation's derivative at `value`."""
    if activation == "tanh":
        return 1 - ops.square(output)
    if activation == "sigmoid":
        return output * (1 - output)
    if activation == "relu":
        return ops.cast(value > 0, value.dtype)
    if activation == "sin":
        return ops.cos(value)
    return 1.0


def _shares(combination, gradient, left, right):
    """Returns what of a combination's gradient goes left and right."""
    if combination == "elem_mult":
        return times(gradient, right), times(gradient, left)
    if combination == "max":
        is_left = ops.cast(left >= right, left.dtype)
        return times(gradient, is_left), times(gradient, 1 - is_left)
    return gradient, gradient


def times(gradient, factor):
    if gradient is None or factor is None:
        return None
    if isinstance(gradient, float):
        return factor
    return gradient if isinstance(factor, float) else gradient * factor


def plus(gradient, more):
    if gradient is None or more is None:
        return more if gradient is None else gradient
    return gradient + more
