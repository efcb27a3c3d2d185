"""A recurrent layer of all ENAS cells at once, whose weights they share."""

import keras
from keras import ops

from nas_tf.layers.enas_cell import FUNCTIONS
from nas_tf.layers.matrices import times_matrix
from nas_tf.layers.scan import scan


@keras.saving.register_keras_serializable(package="nas_tf")
class SharedENASRNN(keras.layers.Layer):
    """Computes any `ENASCell`, which actions describe when it is called.

    There are own matrices for each pair of a node and an earlier one that it
    may read (Pham et al. 2018, section 2.1). Those of the cell are gathered
    before the loop over time, in whose steps all activations are computed and
    one is taken.

    It returns all outputs and the last state.

    Args:
        units: Size n of the output, at least 1.
        num_nodes: Number N of nodes, at least 1.
        activations: Tuple of names in `nas_tf.specs.enas_cell.ACTIVATIONS`.
        kernel_initializer: Of the inputs' matrices. Default:
            "glorot_uniform".
        recurrent_initializer: Function that returns a new initializer of one
            matrix. Default: `keras.initializers.GlorotUniform`.
        recurrent_dropout: See `ENASCell`. Default: 0.
        seed: Integer that decides the dropout masks, or None (default).

    Call arguments:
        sequences: `[B, T, d]`.
        initial_state: `[h]` of shape `[B, n]`.
        actions: `[2 N - 1]` int32: the number of the activation of node 0,
            then for each other node the node that it reads and the number of
            its activation.
        training: Whether to apply dropout. Default: False.

    Returns:
        `[B, T, n]` and `[B, n]`.
    """

    return_sequences = True
    return_state = True

    def __init__(
        self,
        units,
        num_nodes,
        activations,
        kernel_initializer="glorot_uniform",
        recurrent_initializer=keras.initializers.GlorotUniform,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.num_nodes = num_nodes
        self.activations = tuple(activations)
        self.kernel_initializer = kernel_initializer
        self.recurrent_initializer = recurrent_initializer
        self.recurrent_dropout = recurrent_dropout
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.state_size = [units]

    def build(self, input_shape):
        width = 2 * self.units
        self.kernel = self.add_weight(
            (input_shape[-1], width), self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, width),
            self.recurrent_initializer(),
            name="recurrent_kernel",
        )
        # Of node k from 1 on: a matrix for each node that it may read.
        self.node_kernels = [
            self.add_weight(
                (node, self.units, width),
                self._matrices,
                name=f"node_{node}_kernels",
            )
            for node in range(1, self.num_nodes)
        ]

    def _matrices(self, shape, dtype=None):
        count, *shape = shape
        make = self.recurrent_initializer
        return ops.stack([make()(shape, dtype) for _ in range(count)])

    def call(self, sequences, initial_state, actions, training=False):
        (start,) = initial_state
        sequences = ops.transpose(sequences, (1, 0, 2))
        dropped = None
        if training and self.recurrent_dropout:
            dropped = keras.random.dropout(
                ops.ones_like(start),
                self.recurrent_dropout,
                seed=self.seed_generator,
            )
        cell = _Cell(self, ops.convert_to_tensor(actions))
        recurrent = ops.convert_to_tensor(self.recurrent_kernel)

        def step(record, products):
            (output,) = record
            heard = output if dropped is None else output * dropped
            products = products + ops.matmul(heard, recurrent)
            return (cell.output(products, output),)

        products = times_matrix(sequences, ops.convert_to_tensor(self.kernel))
        (outputs,) = scan(step, (start,), (products,), sequences.shape[0])
        return ops.transpose(outputs, (1, 0, 2)), outputs[-1]

    def get_initial_state(self, batch_size=None):
        """Returns `[h]` of zeros."""
        return [ops.zeros((batch_size, self.units), self.compute_dtype)]

    def compute_output_shape(self, sequences_shape, *_):
        batch, steps, _ = sequences_shape
        return (batch, steps, self.units), (batch, self.units)

    def chosen(self, spec):
        """Returns the weights of a cell, in the order of `ENASCell`'s.

        Args:
            spec: `nas_tf.specs.enas_cell.ENASCellSpec`.

        Returns:
            List of arrays.
        """
        kernels = [ops.convert_to_numpy(k) for k in self.node_kernels]
        first = (self.kernel, self.recurrent_kernel)
        return [
            *map(ops.convert_to_numpy, first),
            *(
                ops.convert_to_numpy(
                    ops.concatenate([kernels[n - 1][read] for n in nodes], -1)
                )
                for read, nodes in sorted(spec.readers().items())
            ),
        ]


class _Cell:
    """What is known of a cell before the loop over time.

    Args:
        layer: `SharedENASRNN`.
        actions: `[2 N - 1]` int32.
    """

    def __init__(self, layer, actions):
        dtype = layer.compute_dtype
        count = layer.num_nodes
        self.functions = [FUNCTIONS[name] for name in layer.activations]
        self.activations = ops.one_hot(
            actions[::2], len(self.functions), dtype=dtype
        )
        self.previous = actions[1::2]
        self.kernels = [
            ops.take(ops.convert_to_tensor(kernels), self.previous[k], axis=0)
            for k, kernels in enumerate(layer.node_kernels)
        ]
        reads = ops.sum(ops.one_hot(self.previous, count), axis=0)
        loose = ops.cast(reads < 0.5, dtype)
        self.shares = loose / ops.sum(loose)

    def output(self, products, output):
        """Returns `[B, n]`; see `ENASCell.nodes`."""
        nodes = [self._highway(0, products, output)]
        for k, kernel in enumerate(self.kernels):
            old = nodes[0]
            if k:
                old = ops.take(ops.stack(nodes), self.previous[k], axis=0)
            products = ops.matmul(old, kernel)
            nodes.append(self._highway(k + 1, products, old))
        return sum(self.shares[k] * node for k, node in enumerate(nodes))

    def _highway(self, node, products, old):
        value, gate = ops.split(products, 2, axis=-1)
        value = sum(
            self.activations[node, k] * function(value)
            for k, function in enumerate(self.functions)
        )
        return old + ops.sigmoid(gate) * (value - old)
