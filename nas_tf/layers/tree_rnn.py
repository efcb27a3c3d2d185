"""A recurrent layer of tree cells that computes sequences fast.

Three matrix products are computed for all steps at once instead of step by
step: the product of the inputs with W, and the gradients of W and U. The loop
over time has only the product of h with U, and the loop of the backward pass
the product with its transpose. To this end the backward pass is written
explicitly, with the derivatives of `tree_functions`.
"""

import keras
from keras import ops

from nas_tf.layers import tree_functions
from nas_tf.layers.matrices import outer_products
from nas_tf.layers.matrices import times_matrix
from nas_tf.layers.scan import scan


@keras.saving.register_keras_serializable(package="nas_tf")
class TreeRNN(keras.layers.RNN):
    """`keras.layers.RNN` for a `TreeCell`, with the same results but faster.

    Keras's own loop is used if there is a mask, if `unroll` is set, or if the
    number of steps is not known when the graph is made. Otherwise there are
    first derivatives only: gradients cannot be differentiated again.

    Args:
        cell: A `TreeCell`.
        return_sequences: Whether to return the outputs of all steps. For this
            and the following see `keras.layers.RNN`.
        return_state: Whether to return the states h and c after the output.
        go_backwards: Whether to begin with the last step.
        stateful: Whether a batch begins with the last states of the previous
            one.
        unroll: Whether to unroll the loop.
        zero_output_for_mask: Whether the output of a masked step is 0.

    Call arguments:
        sequences: `[B, T, d]`.
        initial_state: `[h, c]`, or None for zeros.
        mask: `[B, T]` booleans, or None.
        training: Whether to apply dropout. Default: False.
    """

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if mask is not None or self.unroll or sequences.shape[1] is None:
            return super().inner_loop(sequences, initial_state, mask, training)
        cell = self.cell
        # From here on time is the first dimension.
        sequences = ops.transpose(sequences, (1, 0, 2))
        if self.go_backwards:
            sequences = ops.flip(sequences, 0)
        if training and cell.dropout:
            sequences = sequences * cell.get_dropout_mask(sequences[0])
        given = {
            "kernel": cell.recurrent_kernel,
            "inputs": times_matrix(sequences, cell.kernel),
            "output": initial_state[0],
            "cell_state": initial_state[1],
        }
        if cell.bias is not None:
            given["bias"] = cell.bias
        if cell.projection_weights is not None:
            given["projection"] = cell.projection_weights
        if training and cell.recurrent_dropout:
            given["dropped"] = cell.get_recurrent_dropout_mask(initial_state[0])
        names = list(given)

        @ops.custom_gradient
        def loop(*tensors):
            return _Loop(cell.spec, dict(zip(names, tensors))).run()

        given = [
            ops.cast(ops.convert_to_tensor(value), cell.compute_dtype)
            for value in given.values()
        ]
        results = loop(*given)
        outputs = ops.transpose(results[:-1, :, : cell.output_size], (1, 0, 2))
        states = [
            results[-2, :, : cell.output_size],
            results[-1, :, : cell.units],
        ]
        return states[0], outputs, states


class _Loop:
    """The forward and the backward pass over a sequence.

    Time is the first dimension of tensors: inputs `[T, B, b n]`, outputs
    `[T, B, m]`, cell states `[T, B, n]`.
    """

    def __init__(self, spec, given):
        self.spec = spec
        self.names = list(given)
        self.kernel = given["kernel"]
        self.inputs = given["inputs"]
        self.length = self.inputs.shape[0]
        self.middle = (spec.base + 1) // 2
        self.output = given["output"]
        self.cell_state = given["cell_state"]
        self.bias = given.get("bias")
        self.projection = given.get("projection")
        self.dropped = given.get("dropped")

    def run(self):
        """Returns all outputs and the last cell state, and a gradient function.

        The results are one tensor `[T + 1, B, max(m, n)]`, since on PyTorch a
        function with its own gradient has a single result.
        """
        spec = self.spec
        kernels = self._halves(self.kernel, -1)
        biases = [None] * 2
        if self.bias is not None:
            biases = self._halves(self.bias, 0)

        def step(record, *inputs):
            heard = self._heard(record[0])
            recurrent = []
            for kernel, bias in zip(kernels, biases):
                products = ops.matmul(heard, kernel)
                if bias is not None:
                    products = products + bias
                recurrent.extend(self._leaves(products))
            done = tree_functions.run(spec, inputs, recurrent, record[1])
            output = done.output
            if self.projection is not None:
                output = ops.matmul(output, self.projection)
            return output, done.cell_state, *recurrent

        inputs = self._leaves(self.inputs)
        zeros = ops.zeros_like(self.cell_state)
        start = (self.output, self.cell_state, *[zeros] * spec.base)
        outputs, cell_states, *recurrent = scan(
            step, start, inputs, self.length
        )

        def gradient(*upstream_arguments, upstream=None):
            if upstream is None:
                (upstream,) = upstream_arguments
            last_states = _shifted(self.cell_state, cell_states)
            return self._reverse(
                upstream, outputs, (spec, inputs, recurrent, last_states)
            )

        last = cell_states[-1:]
        if self.projection is None:
            return ops.concatenate([outputs, last], 0), gradient
        width = max(outputs.shape[-1], last.shape[-1])
        rows = [_widened(rows, width) for rows in (outputs, last)]
        return ops.concatenate(rows, 0), gradient

    def _reverse(self, upstream, outputs, arguments):
        """Returns the gradients of all tensors given to the loop, in order."""
        to_outputs = upstream[:-1, :, : self.output.shape[-1]]
        to_last_state = upstream[-1, :, : self.cell_state.shape[-1]]
        done = tree_functions.run(*arguments)
        slopes = tree_functions.slopes(*arguments, done)
        read = [slopes.through, slopes.cell_state, *slopes.recurrent]
        kernels = self._halves(ops.transpose(self.kernel), 0)

        def step(record, to_output, *tensors):
            through, of_cell_state, *of_recurrent = _filled(read, tensors)
            to_root = self._before_projection(to_output + record[0])
            to_value = to_root * through + record[1]
            leaves = [
                slope * (to_value if is_below else to_root)
                for slope, is_below in zip(of_recurrent, slopes.below)
            ]
            halves = [
                ops.concatenate(half, -1)
                for half in (leaves[: self.middle], leaves[self.middle :])
                if half
            ]
            to_output = self._heard(
                sum(
                    ops.matmul(half, kernel)
                    for half, kernel in zip(halves, kernels)
                )
            )
            to_recurrent = ops.concatenate(halves, -1)
            to_cell_state = of_cell_state * (
                to_value if slopes.injected_below else to_root
            )
            return to_output, to_cell_state, to_recurrent

        start = (
            ops.zeros_like(self.output),
            to_last_state,
            ops.zeros_like(self.inputs[0]),
        )
        earlier_outputs, earlier_states, to_recurrent = scan(
            step,
            start,
            (to_outputs, *[slope for slope in read if not _is_one(slope)]),
            self.length,
            reverse=True,
        )
        to_outputs = to_outputs + _shifted_back(earlier_outputs, start[0])
        gradients = {
            "output": earlier_outputs[0],
            "cell_state": earlier_states[0],
            "inputs": self._to_inputs(
                slopes,
                self._before_projection(to_outputs),
                _shifted_back(earlier_states, to_last_state),
                to_recurrent,
            ),
            "kernel": outer_products(
                self._heard(_shifted(self.output, outputs)), to_recurrent
            ),
        }
        if self.bias is not None:
            gradients["bias"] = ops.sum(to_recurrent, (0, 1))
        if self.projection is not None:
            gradients["projection"] = outer_products(done.output, to_outputs)
        if self.dropped is not None:
            gradients["dropped"] = ops.zeros_like(self.dropped)
        return tuple(gradients[name] for name in self.names)

    def _to_inputs(self, slopes, to_roots, to_cell_states, to_recurrent):
        """Returns the gradient of the products of the inputs with W.

        For leaves that add, it is that of the products of h with U.
        """
        kinds = [kind for kind, _ in self.spec.nodes[: self.spec.base]]
        if set(kinds) == {"add"}:
            return to_recurrent
        to_values = to_roots * slopes.through + to_cell_states
        parts = self._leaves(to_recurrent)
        for leaf, kind in enumerate(kinds):
            if kind != "add":
                parts[leaf] = slopes.inputs[leaf] * (
                    to_values if slopes.below[leaf] else to_roots
                )
        return ops.concatenate(parts, -1)

    def _heard(self, outputs):
        """Returns outputs after recurrent dropout."""
        return outputs if self.dropped is None else outputs * self.dropped

    def _halves(self, kernel, axis):
        """Returns the matrices of the first half of the leaves and the second.

        Two products at a time make better use of two threads than one product
        of twice the size.
        """
        if self.spec.base == 1:
            return [kernel]
        size = self.middle * self.cell_state.shape[-1]
        return ops.split(kernel, [size], axis=axis)

    def _leaves(self, products):
        count = products.shape[-1] // self.cell_state.shape[-1]
        return ops.split(products, count, axis=-1)

    def _before_projection(self, gradients):
        if self.projection is None:
            return gradients
        return times_matrix(gradients, ops.transpose(self.projection))


def _shifted(first, rest):
    """Returns `[T, ...]`: what each step of a sequence began with."""
    return ops.concatenate([first[None], rest[:-1]], 0)


def _shifted_back(tensor, last):
    """Returns `[T, ...]`: the value of each following step, then `last`."""
    return ops.concatenate([tensor[1:], last[None]], 0)


def _widened(tensor, width):
    missing = width - tensor.shape[-1]
    return ops.pad(tensor, ((0, 0), (0, 0), (0, missing)))


def _is_one(slope):
    return isinstance(slope, float)


def _filled(slopes, tensors):
    """Returns slopes in which tensors replace those that are not 1."""
    tensors = iter(tensors)
    return [slope if _is_one(slope) else next(tensors) for slope in slopes]
