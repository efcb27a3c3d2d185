"""A recurrent layer of ENAS cells that multiplies all inputs at once."""

import keras
from keras import ops

from nas_tf.layers.matrices import times_matrix
from nas_tf.layers.scan import scan


@keras.saving.register_keras_serializable(package="nas_tf")
class ENASRNN(keras.layers.RNN):
    """`keras.layers.RNN` for an `ENASCell`, with the same results but faster.

    The product of the inputs with W is computed for all steps at once. Keras's
    own loop is used if there is a mask, if `unroll` is set, or if the number of
    steps is not known when the graph is made.

    Args:
        cell: An `nas_tf.layers.enas_cell.ENASCell`.
        return_sequences: Whether to return the outputs of all steps. For this
            and the following see `keras.layers.RNN`.
        return_state: Whether to return the state h after the output.
        go_backwards: Whether to begin with the last step.
        stateful: Whether a batch begins with the last state of the previous
            one.
        unroll: Whether to unroll the loop.
        zero_output_for_mask: Whether the output of a masked step is 0.

    Call arguments:
        sequences: `[B, T, d]`.
        initial_state: `[h]`, or None for zeros.
        mask: `[B, T]` booleans, or None.
        training: Whether to apply dropout. Default: False.

    Example:

    ```python
    layer = nas_tf.ENASRNN(nas_tf.ENASCell(850), return_sequences=True)
    ```
    """

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if mask is not None or self.unroll or sequences.shape[1] is None:
            return super().inner_loop(sequences, initial_state, mask, training)
        cell = self.cell
        (start,) = initial_state
        # From here on time is the first dimension.
        sequences = ops.transpose(sequences, (1, 0, 2))
        if self.go_backwards:
            sequences = ops.flip(sequences, 0)
        if training and cell.dropout:
            sequences = sequences * cell.get_dropout_mask(sequences[0])
        dropped = None
        if training and cell.recurrent_dropout:
            dropped = cell.get_recurrent_dropout_mask(start)
        kernel, recurrent, *kernels = (
            ops.cast(ops.convert_to_tensor(weights), cell.compute_dtype)
            for weights in (
                cell.kernel,
                cell.recurrent_kernel,
                *cell.node_kernels,
            )
        )

        def step(record, products):
            (output,) = record
            heard = output if dropped is None else output * dropped
            products = products + ops.matmul(heard, recurrent)
            return (cell.nodes(products, output, kernels),)

        products = times_matrix(sequences, kernel)
        start = ops.cast(start, cell.compute_dtype)
        (outputs,) = scan(step, (start,), (products,), sequences.shape[0])
        last = outputs[-1]
        return last, ops.transpose(outputs, (1, 0, 2)), [last]
