"""Recurrent cells that are trees, as Keras cells."""

import typing

import keras
from keras import ops

# Keras draws one dropout mask for a sequence if a cell is of this class, which
# has no public name.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from nas_tf import checks
from nas_tf import limits
from nas_tf.layers import tree_functions
from nas_tf.specs.tree import TreeSpec

_WEIGHTS = ("kernel", "recurrent", "projection", "bias")

# As Keras takes them: an object, its name, or its configuration.
_Initializer: typing.TypeAlias = keras.initializers.Initializer | str | dict
_Regularizer: typing.TypeAlias = (
    keras.regularizers.Regularizer | str | dict | None
)
_Constraint: typing.TypeAlias = keras.constraints.Constraint | str | dict | None


@keras.saving.register_keras_serializable(package="nas_tf")
class TreeCell(DropoutRNNCell, keras.layers.Layer):
    """A recurrent cell that computes a given tree.

    It can be used like `keras.layers.LSTMCell`, in `keras.layers.RNN` and
    `keras.layers.StackedRNNCells`. `TreeRNN` computes the same faster. Leaf k
    combines `x W_k` and `h U_k (+ b_k)`. The bias is added to the second term
    also where the leaf multiplies, as in the published NASCell (Zoph & Le
    2017, section 3.4).

    Args:
        spec: `TreeSpec` of base b, or the result of its `to_json`.
        units: Size n of the cell state, at least 1.
        projection: Size m of the output, which a matrix after the tree
            computes; None (default) for no such matrix and m = n.
        use_bias: Whether there are biases. Default: False.
        kernel_initializer: Of W `[d, b n]`, where d is the input's size.
            Default: "glorot_uniform".
        recurrent_initializer: Of U `[m, b n]`. Default: "glorot_uniform".
        projection_initializer: Of P `[n, m]`. Default: "glorot_uniform".
        bias_initializer: Of the bias `[b n]`. Default: "zeros".
        kernel_regularizer: Of W. Default: None, as for the next seven.
        recurrent_regularizer: Of U.
        projection_regularizer: Of P.
        bias_regularizer: Of the bias.
        kernel_constraint: Of W.
        recurrent_constraint: Of U.
        projection_constraint: Of P.
        bias_constraint: Of the bias.
        dropout: Fraction of the input's elements that are dropped in
            training, in [0, 1), the same ones at all steps of a sequence.
            Default: 0.
        recurrent_dropout: The same for the previous output h. Default: 0.
        seed: Integer that decides the dropout masks, or None (default).

    Call arguments:
        inputs: `[B, d]`.
        states: `[h, c]` of shapes `[B, m]` and `[B, n]`.
        training: Whether to apply dropout. Default: False.

    Returns:
        The output h `[B, m]`, and the new `[h, c]`.

    Raises:
        UsageError: If a size or a dropout rate is out of range, or `spec` is
            not a tree.
    """

    def __init__(
        self,
        spec: TreeSpec | dict,
        units: int,
        projection: int | None = None,
        use_bias: bool = False,
        kernel_initializer: _Initializer = "glorot_uniform",
        recurrent_initializer: _Initializer = "glorot_uniform",
        projection_initializer: _Initializer = "glorot_uniform",
        bias_initializer: _Initializer = "zeros",
        kernel_regularizer: _Regularizer = None,
        recurrent_regularizer: _Regularizer = None,
        projection_regularizer: _Regularizer = None,
        bias_regularizer: _Regularizer = None,
        kernel_constraint: _Constraint = None,
        recurrent_constraint: _Constraint = None,
        projection_constraint: _Constraint = None,
        bias_constraint: _Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(spec, TreeSpec):
            spec = TreeSpec.from_json(spec)
        given = {
            "units": units,
            "projection": projection,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
        }
        checks.whole(given, "units", maximum=limits.WIDTH)
        checks.whole(given, "projection", optional=True)
        checks.number(given, "dropout", "recurrent_dropout", minimum=0, below=1)
        self.spec = spec
        self.units = units
        self.projection = projection
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(
            recurrent_initializer
        )
        self.projection_initializer = keras.initializers.get(
            projection_initializer
        )
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(
            recurrent_regularizer
        )
        self.projection_regularizer = keras.regularizers.get(
            projection_regularizer
        )
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.recurrent_constraint = keras.constraints.get(recurrent_constraint)
        self.projection_constraint = keras.constraints.get(
            projection_constraint
        )
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.output_size = projection or units
        self.state_size = [self.output_size, units]

    def build(self, input_shape):
        width = self.spec.base * self.units
        self.kernel = self._weight("kernel", (input_shape[-1], width))
        self.recurrent_kernel = self._weight(
            "recurrent", (self.output_size, width), "recurrent_kernel"
        )
        self.projection_weights = None
        if self.projection is not None:
            self.projection_weights = self._weight(
                "projection",
                (self.units, self.projection),
                "projection_weights",
            )
        self.bias = self._weight("bias", (width,)) if self.use_bias else None

    def _weight(self, part, shape, name=None):
        return self.add_weight(
            shape=shape,
            name=name or part,
            initializer=getattr(self, f"{part}_initializer"),
            regularizer=getattr(self, f"{part}_regularizer"),
            constraint=getattr(self, f"{part}_constraint"),
        )

    def call(self, inputs, states, training=False):
        output, cell_state = states
        if training and self.dropout:
            inputs = inputs * self.get_dropout_mask(inputs)
        if training and self.recurrent_dropout:
            output = output * self.get_recurrent_dropout_mask(output)
        recurrent = ops.matmul(output, self.recurrent_kernel)
        if self.bias is not None:
            recurrent = recurrent + self.bias
        step = tree_functions.run(
            self.spec,
            ops.split(ops.matmul(inputs, self.kernel), self.spec.base, axis=-1),
            ops.split(recurrent, self.spec.base, axis=-1),
            cell_state,
        )
        output = step.output
        if self.projection_weights is not None:
            output = ops.matmul(output, self.projection_weights)
        return output, [output, step.cell_state]

    def get_initial_state(self, batch_size=None):
        """Returns `[h, c]` of zeros."""
        return [
            ops.zeros((batch_size, size), self.compute_dtype)
            for size in self.state_size
        ]

    def get_config(self):
        config = {
            "spec": self.spec.to_json(),
            "units": self.units,
            "projection": self.projection,
            "use_bias": self.use_bias,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }
        for kind in ("initializer", "regularizer", "constraint"):
            module = getattr(keras, f"{kind}s")
            for part in _WEIGHTS:
                name = f"{part}_{kind}"
                config[name] = module.serialize(getattr(self, name))
        return {**super().get_config(), **config}
