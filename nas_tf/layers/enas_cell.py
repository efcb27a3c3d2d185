"""ENAS's recurrent cells, as Keras cells."""

import keras
from keras import ops

# Keras draws one dropout mask for a sequence if a cell is of this class, which
# has no public name.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from nas_tf import checks
from nas_tf import limits
from nas_tf.specs.enas_cell import ENAS_CELL
from nas_tf.specs.enas_cell import ENASCellSpec

FUNCTIONS = {
    "tanh": ops.tanh,
    "relu": ops.relu,
    "identity": lambda x: x,
    "sigmoid": ops.sigmoid,
}


def highway(name, products, old):
    """Returns what a node computes: `old + sigmoid(t) (f(v) - old)`.

    Args:
        name: Name of the activation f.
        products: `[B, 2 n]`, v and then t.
        old: `[B, n]`, the output of the node that is read.
    """
    value, gate = ops.split(products, 2, axis=-1)
    return old + ops.sigmoid(gate) * (FUNCTIONS[name](value) - old)


@keras.saving.register_keras_serializable(package="nas_tf")
class ENASCell(DropoutRNNCell, keras.layers.Layer):
    """A recurrent cell of highway nodes (Pham et al. 2018, section 2.1).

    It can be used like `keras.layers.LSTMCell`, in `keras.layers.RNN`.
    `ENASRNN` computes the same faster. With the previous output h, node 0 is

        s0 = h + sigmoid(x W_t + h U_t) * (f0(x W_v + h U_v) - h)

    and a node that reads node j is `s = s_j + sigmoid(s_j T) * (f(s_j V) -
    s_j)`, with matrices of its own. The output is the mean of the nodes that
    no node reads. There are no biases.

    Args:
        units: Size n of the output, at least 1.
        spec: `nas_tf.specs.enas_cell.ENASCellSpec`, or the result of its
            `to_json`. Default: the cell that the paper found on Penn Treebank.
        kernel_initializer: Of `[W_v, W_t]`, `[d, 2 n]`, where d is the input's
            size. Default: "glorot_uniform".
        recurrent_initializer: Of `[U_v, U_t]`, `[n, 2 n]`, and of the matrices
            of the other nodes. Default: "glorot_uniform".
        kernel_regularizer: Default: None, as for the next three.
        recurrent_regularizer: As `recurrent_initializer`.
        kernel_constraint: As `kernel_initializer`.
        recurrent_constraint: As `recurrent_initializer`.
        dropout: Fraction of the input's elements that are dropped in
            training, in [0, 1), the same ones at all steps of a sequence.
            Default: 0.
        recurrent_dropout: The same for h where U multiplies it. Default: 0.
        seed: Integer that decides the dropout masks, or None (default).

    Call arguments:
        inputs: `[B, d]`.
        states: `[h]` of shape `[B, n]`.
        training: Whether to apply dropout. Default: False.

    Returns:
        The output h `[B, n]`, and the new `[h]`.

    Example:

    ```python
    layer = keras.layers.RNN(nas_tf.ENASCell(850), return_sequences=True)
    ```
    """

    def __init__(
        self,
        units: int,
        spec: ENASCellSpec | dict = ENAS_CELL,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="glorot_uniform",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(spec, ENASCellSpec):
            spec = ENASCellSpec.from_json(spec)
        given = {
            "units": units,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
        }
        checks.whole(given, "units", maximum=limits.WIDTH)
        checks.number(given, "dropout", "recurrent_dropout", minimum=0, below=1)
        self.units = units
        self.spec = spec
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(
            recurrent_initializer
        )
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(
            recurrent_regularizer
        )
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.recurrent_constraint = keras.constraints.get(recurrent_constraint)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.output_size = units
        self.state_size = [units]
        # Nodes that read the same one have a common matrix, `[n, k 2 n]`, so
        # that a step has fewer products.
        self.readers = sorted(spec.readers().items())

    def build(self, input_shape):
        width = 2 * self.units
        self.kernel = self._weight("kernel", (input_shape[-1], width))
        self.recurrent_kernel = self._weight(
            "recurrent", (self.units, width), "recurrent_kernel"
        )
        self.node_kernels = [
            self._weight(
                "recurrent",
                (self.units, width * len(nodes)),
                f"readers_of_{read}",
            )
            for read, nodes in self.readers
        ]

    def _weight(self, part, shape, name=None):
        return self.add_weight(
            shape=shape,
            name=name or part,
            initializer=getattr(self, f"{part}_initializer"),
            regularizer=getattr(self, f"{part}_regularizer"),
            constraint=getattr(self, f"{part}_constraint"),
        )

    def call(self, inputs, states, training=False):
        (output,) = states
        if training and self.dropout:
            inputs = inputs * self.get_dropout_mask(inputs)
        heard = output
        if training and self.recurrent_dropout:
            heard = output * self.get_recurrent_dropout_mask(output)
        products = ops.matmul(inputs, self.kernel)
        products = products + ops.matmul(heard, self.recurrent_kernel)
        kernels = [ops.convert_to_tensor(k) for k in self.node_kernels]
        output = self.nodes(products, output, kernels)
        return output, [output]

    def nodes(self, products, output, kernels):
        """Computes all nodes.

        Args:
            products: `[B, 2 n]`, what node 0 reads.
            output: `[B, n]`, the previous output.
            kernels: The `node_kernels`.

        Returns:
            `[B, n]`, the new output.
        """
        names = self.spec.activations
        made = {0: highway(names[0], products, output)}
        # Of ascending numbers, so each is made before it is read.
        for (read, nodes), kernel in zip(self.readers, kernels):
            parts = ops.matmul(made[read], kernel)
            if len(nodes) > 1:
                parts = ops.split(parts, len(nodes), axis=-1)
            else:
                parts = [parts]
            for node, part in zip(nodes, parts):
                made[node] = highway(names[node], part, made[read])
        ends = [made[node] for node in self.spec.loose_ends]
        return sum(ends[1:], ends[0]) / len(ends)

    def get_initial_state(self, batch_size=None):
        """Returns `[h]` of zeros."""
        return [ops.zeros((batch_size, self.units), self.compute_dtype)]

    def get_config(self):
        config = {
            "units": self.units,
            "spec": self.spec.to_json(),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }
        for kind in ("initializer", "regularizer", "constraint"):
            module = getattr(keras, f"{kind}s")
            for part in ("kernel", "recurrent"):
                name = f"{part}_{kind}"
                config[name] = module.serialize(getattr(self, name))
        return {**super().get_config(), **config}
