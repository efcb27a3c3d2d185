"""The functions of a recurrent cell that is a tree, and their derivatives.

Apart from the products with its matrices, a cell computes each unit separately:
the new states of a unit depend on the 2b products of this unit and on its
previous cell state only. The derivatives of a step are therefore 2b + 2 numbers
for each unit, and those of all steps of a sequence can be computed at once.
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
    """All values that a tree computes in a step.

    Attributes:
        values: List of the values of the nodes before their activation.
        outputs: List of their values after it.
        injected: Result of the combination of `inject`, before its
            activation.
        output: The root's output, which is h before any projection.
        cell_state: The new c.
    """

    values: list
    outputs: list
    injected: object
    output: object
    cell_state: object


class Slopes(typing.NamedTuple):
    """Derivatives of a step: tensors of its shape, or 1.0 for 1 everywhere.

    In a tree all leaves below the node with the new c affect the output only
    through this node's value v (before its activation). One derivative for
    each leaf is therefore enough: of v for the leaves below the node, of the
    output for the others.

    Attributes:
        through: Derivative of the output with respect to v.
        inputs: List of the derivatives with respect to the product of the
            input, for each leaf.
        recurrent: The same with respect to the product of the previous
            output.
        cell_state: Derivative with respect to the previous cell state.
        below: List of booleans for each leaf, whether its derivatives are
            those of v.
        injected_below: Whether `cell_state` is a derivative of v.
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
        inputs: List of b tensors `[..., n]`, the products W x of the leaves.
        recurrent: List of b tensors `[..., n]`, the products U h.
        cell_state: `[..., n]`, the previous c.

    Returns:
        A `Step`.
    """
    values = []
    outputs = []
    # The outputs after the injection, which the nodes above read.
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
        step: The `Step` that `run` returned for these arguments.
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
    """Returns the gradients of the two operands of a combination."""
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
