"""Steps of recurrent cells whose inputs were multiplied before the loop.

A Keras cell multiplies its input and its previous output in each step. Where
all inputs are known beforehand, one product for all steps is faster. So a step
is split in two here: the product of the inputs, and the rest.

Cells of other classes than those below take part too, with their inputs in
place of the product. Dropout within cells is left out.
"""

import keras
from keras import ops

from nas_tf.layers import tree_functions
from nas_tf.layers.enas_cell import ENASCell
from nas_tf.layers.matrices import times_matrix
from nas_tf.layers.scan import scan
from nas_tf.layers.tree_cell import TreeCell


def is_split(cell):
    """Returns whether a step of a cell can be split."""
    if isinstance(cell, keras.layers.GRUCell):
        return cell.reset_after
    return isinstance(cell, (keras.layers.LSTMCell, TreeCell, ENASCell))


def products(cell, inputs, rows=None):
    """Returns the products of inputs that `advance` takes.

    Args:
        cell: A built Keras cell.
        inputs: `[B, d]` or `[B, T, d]`.
        rows: Pair of whole numbers: inputs are columns first to last - 1 of
            what the cell reads, and the product is a part of a sum, to which
            the part from column 0 adds the bias. None (default) for all.

    Returns:
        `[B, k]` or `[B, T, k]`; the inputs themselves if `is_split` is False.
    """
    if not is_split(cell):
        return inputs
    kernel = _tensor(cell.kernel, inputs)
    first = 0
    if rows is not None:
        first, last = rows
        kernel = kernel[first:last]
    found = times_matrix(inputs, kernel)
    bias = getattr(cell, "bias", None)
    if first or bias is None or isinstance(cell, TreeCell):
        return found
    bias = _tensor(bias, inputs)
    return found + (bias[0] if len(bias.shape) == 2 else bias)


def advance(cell, given, states):
    """Computes the rest of a step.

    Args:
        cell: A built Keras cell.
        given: `[B, k]`, what `products` returned for the step.
        states: List of `[B, n]`, the states before it.

    Returns:
        The output `[B, n]`, and the list of the states after the step.
    """
    if not is_split(cell):
        output, new = cell(given, states, training=False)
        return output, list(keras.tree.flatten(new))
    kernel = _tensor(cell.recurrent_kernel, given)
    old = states[0]
    heard = ops.matmul(old, kernel)
    if isinstance(cell, TreeCell):
        return _tree(cell, given, heard, states[1])
    if isinstance(cell, ENASCell):
        kernels = [_tensor(kernel, given) for kernel in cell.node_kernels]
        output = cell.nodes(given + heard, old, kernels)
        return output, [output]
    if isinstance(cell, keras.layers.GRUCell):
        output = _gru(cell, given, heard, old)
        return output, [output]
    return _lstm(cell, given + heard, states[1])


def run(cell, sequences, states, mask=None, reverse=False):
    """Reads sequences.

    Args:
        cell: A built Keras cell.
        sequences: `[B, T, d]`. T has to be known.
        states: List of `[B, n]`, the states before the first step.
        mask: `[B, T]` booleans, or None (default) for True everywhere. A step
            of False changes no state; its output is that of the step before.
        reverse: Whether to begin with the last step. Default: False.

    Returns:
        The outputs `[B, T, n]` in the order of `sequences`, and the list of
        the states after all steps.
    """
    given = [ops.transpose(products(cell, sequences), (1, 0, 2))]
    if mask is not None:
        mask = ops.transpose(mask)[:, :, None]
        given.append(ops.cast(mask, sequences.dtype))

    def step(record, product, kept=None):
        new, after = advance(cell, product, list(record[1:]))
        new = (new, *after)
        if kept is None:
            return new
        return tuple(ops.where(kept > 0, n, o) for n, o in zip(new, record))

    start = (ops.zeros_like(states[0]), *states)
    outputs, *after = scan(
        step, start, tuple(given), sequences.shape[1], reverse=reverse
    )
    last = 0 if reverse else -1
    return (
        ops.transpose(outputs, (1, 0, 2)),
        [state[last] for state in after],
    )


def _tree(cell, given, heard, cell_state):
    if cell.bias is not None:
        heard = heard + _tensor(cell.bias, given)
    base = cell.spec.base
    done = tree_functions.run(
        cell.spec,
        ops.split(given, base, axis=-1),
        ops.split(heard, base, axis=-1),
        cell_state,
    )
    output = done.output
    if cell.projection_weights is not None:
        output = ops.matmul(output, _tensor(cell.projection_weights, given))
    return output, [output, done.cell_state]


def _lstm(cell, sums, cell_state):
    i, f, c, o = ops.split(sums, 4, axis=-1)
    gate, activation = cell.recurrent_activation, cell.activation
    cell_state = gate(f) * cell_state + gate(i) * activation(c)
    output = gate(o) * activation(cell_state)
    return output, [output, cell_state]


def _gru(cell, given, heard, old):
    if cell.bias is not None:
        heard = heard + _tensor(cell.bias, given)[1]
    read = ops.split(given, 3, axis=-1)
    heard = ops.split(heard, 3, axis=-1)
    z, r = (
        cell.recurrent_activation(x + h) for x, h in zip(read[:2], heard[:2])
    )
    new = cell.activation(read[2] + r * heard[2])
    return z * old + (1 - z) * new


def _tensor(weight, like):
    """Returns a weight as a tensor of another tensor's type."""
    return ops.cast(ops.convert_to_tensor(weight), like.dtype)
