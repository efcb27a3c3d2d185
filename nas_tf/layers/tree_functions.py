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


class Slopes(typing.NamedTuple):
    """Derivatives of a step, tensors of its shape or 1.0 for 1 everywhere.

    In a tree all that lies below the node with the new c reaches the output
    through that node's value v (before its activation). So one slope a leaf
    is enough: of v where the leaf is below the node, of the output elsewhere.

    Attributes:
        through: Derivative of the output with respect to v.
        inputs: List, one a leaf, with respect to the input's product.
        recurrent: The same with respect to the last output's product.
        cell_state: With respect to the last cell state.
        below: List of booleans, whether each leaf's slopes are of v.
        injected_below: Whether that of the last cell state is.
    """

    through: object
    inputs: list
    recurrent: list
    cell_state: object
    below: list
    injected_below: bool


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


def slopes(spec, inputs, recurrent, cell_state, step):
    """Returns the `Slopes` of a step.

    Args:
        spec: As for `run`.
        inputs: As for `run`.
        recurrent: As for `run`.
        cell_state: As for `run`.
        step: What `run` returned for them.
    """
    to_inputs = [None] * spec.base
    to_recurrent = [None] * spec.base
    injected = ACTIVATIONS[spec.inject[1]](step.injected)
    count = len(spec.nodes)
    gradients = [None] * (count - 1) + [1.0]
    below = [False] * count
    for index in reversed(range(count)):
        combination, activation = spec.nodes[index]
        output = step.outputs[index]
        gradient = gradients[index]
        if index == spec.inject_index:
            injected_below = below[index]
            gradient = _times(
                gradient, _slope(spec.inject[1], step.injected, injected)
            )
            gradient, to_cell_state = _shares(
                spec.inject[0], gradient, output, cell_state
            )
        gradient = _times(
            gradient, _slope(activation, step.values[index], output)
        )
        if index == spec.cell_index:
            through, gradient = gradient, 1.0
            below[index] = True
        if index < spec.base:
            to_inputs[index], to_recurrent[index] = _shares(
                combination, gradient, inputs[index], recurrent[index]
            )
            continue
        pair = spec.children[index - spec.base]
        operands = [
            injected if i == spec.inject_index else step.outputs[i]
            for i in pair
        ]
        for i, share in zip(pair, _shares(combination, gradient, *operands)):
            gradients[i] = share
            below[i] = below[index]
    return Slopes(
        through,
        to_inputs,
        to_recurrent,
        to_cell_state,
        below[: spec.base],
        injected_below,
    )


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
        return _times(gradient, right), _times(gradient, left)
    if combination == "max":
        is_left = ops.cast(left >= right, left.dtype)
        return _times(gradient, is_left), _times(gradient, 1 - is_left)
    return gradient, gradient


def _times(gradient, factor):
    if isinstance(gradient, float):
        return factor
    return gradient if isinstance(factor, float) else gradient * factor
