"""NASCell, the recurrent cell found by Zoph & Le 2017, and its layer."""

import inspect

import keras

from nas_tf.layers.tree_cell import TreeCell
from nas_tf.layers.tree_rnn import TreeRNN
from nas_tf.specs.tree import NAS_CELL


@keras.saving.register_keras_serializable(package="nas_tf")
class NASCell(TreeCell):
    """The cell found on Penn Treebank (Zoph & Le 2017, figure 8).

    It is the tree `nas_tf.specs.tree.NAS_CELL` and has eight pairs of matrices.
    With `X = x W` and `H = h U (+ b)`, each split into eight parts of n
    columns, a step computes

        a0 = sigmoid(X0 + H0)   a4 = tanh(X4 + H4)
        a1 = relu(X1 + H1)      a5 = sigmoid(X5 + H5)
        a2 = sigmoid(X2 + H2)   a6 = tanh(X6 + H6)
        a3 = relu(X3 * H3)      a7 = sigmoid(X7 + H7)
        c' = tanh(tanh(a0 * a1) + c) * tanh(a2 + a3)
        h' = tanh(c' * tanh(tanh(a4 * a5) + sigmoid(a6 + a7)))

    With a projection P, the output is h' multiplied by P.

    Args:
        units: Size n of the cell state, at least 1.
        projection: Size m of the output; None (default) for n.
        use_bias: Whether there is a bias b. Default: False.
        **kwargs: The other arguments of `TreeCell`, with the same defaults.

    Call arguments:
        inputs: `[B, d]`.
        states: `[h, c]` of shapes `[B, m]` and `[B, n]`. The cells of
            TensorFlow 1 and TensorFlow Addons have `[c, h]`.
        training: Whether to apply dropout. Default: False.

    Example:

    ```python
    layer = keras.layers.RNN(nas_tf.NASCell(650), return_sequences=True)
    ```
    """

    def __init__(
        self,
        units: int,
        projection: int | None = None,
        use_bias: bool = False,
        **kwargs,
    ):
        super().__init__(NAS_CELL, units, projection, use_bias, **kwargs)

    def get_config(self):
        config = super().get_config()
        del config["spec"]
        return config


@keras.saving.register_keras_serializable(package="nas_tf")
class NAS(TreeRNN):
    """A layer of `NASCell`, as `keras.layers.LSTM` is a layer of LSTMCell.

    Args:
        units: See `NASCell`.
        projection: See `NASCell`. Default: None.
        use_bias: See `NASCell`. Default: False.
        **kwargs: The other arguments of `NASCell`, and the arguments of
            `TreeRNN` except the cell: `return_sequences`, `return_state`,
            `go_backwards`, `stateful`, `unroll` and `zero_output_for_mask`,
            all False by default.

    Call arguments:
        sequences: `[B, T, d]`.
        initial_state: `[h, c]` of shapes `[B, m]` and `[B, n]`, or None for
            zeros.
        mask: `[B, T]` booleans, False at the steps to skip; or None.
        training: Whether to apply dropout. Default: False.

    Returns:
        The last output `[B, m]`, or all outputs `[B, T, m]` with
        `return_sequences`; followed by h and c with `return_state`.

    Example:

    ```python
    layer = nas_tf.NAS(650, return_sequences=True)
    ```
    """

    def __init__(
        self,
        units: int,
        projection: int | None = None,
        use_bias: bool = False,
        **kwargs,
    ):
        options = {
            name: kwargs.pop(name) for name in _CELL_OPTIONS if name in kwargs
        }
        for name in ("dtype", "trainable"):
            if name in kwargs:
                options[name] = kwargs[name]
        cell = NASCell(units, projection, use_bias, name="nas_cell", **options)
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    @property
    def units(self) -> int:
        return self.cell.units

    @property
    def projection(self) -> int | None:
        return self.cell.projection

    @property
    def use_bias(self) -> bool:
        return self.cell.use_bias

    @property
    def dropout(self) -> float:
        return self.cell.dropout

    @property
    def recurrent_dropout(self) -> float:
        return self.cell.recurrent_dropout

    def get_config(self):
        config = super().get_config()
        del config["cell"]
        cell = self.cell.get_config()
        names = ("units", "projection", "use_bias", *_CELL_OPTIONS)
        return {**config, **{name: cell[name] for name in names}}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


_CELL_OPTIONS = [
    name
    for name, parameter in inspect.signature(TreeCell).parameters.items()
    if name not in ("spec", "units", "projection", "use_bias")
    and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
]
