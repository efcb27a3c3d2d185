"""Language models of Keras's own recurrent layers, to compare cells with."""

import dataclasses

from nas_tf.checks import check
from nas_tf.checks import is_number
from nas_tf.checks import is_whole
from nas_tf.decisions import Categorical
from nas_tf.spaces.base import SearchSpace

# Pairs of matrices a cell has, and vectors of biases.
SIZES = {"lstm": (4, 4), "gru": (3, 6)}


@dataclasses.dataclass(frozen=True)
class KerasCells(SearchSpace):
    """An LSTM or a GRU in the language model that the space `tree` builds.

    Attributes:
        params: Number of parameters, to which units are chosen as near as
            they come.
        num_layers: Number of recurrent layers, at least 1.
        init_range: All weights begin uniform between minus this and this.
    """

    params: int = 1_000_000
    num_layers: int = 2
    init_range: float = 0.05

    def __post_init__(self):
        for name in ("params", "num_layers"):
            good = is_whole(getattr(self, name))
            check(self, name, good, "a whole number from 1")
        good = is_number(self.init_range) and self.init_range > 0
        check(self, "init_range", good, "> 0")

    @property
    def decisions(self):
        return (Categorical("cell", len(SIZES), labels=tuple(SIZES)),)

    def _units(self, cell, num_symbols):
        from nas_tf.children import sizes

        leaves, biases = SIZES[cell]

        def count(units):
            matrices = sizes.num_params(
                units,
                num_layers=self.num_layers,
                num_symbols=num_symbols,
                leaves=leaves,
            )
            return matrices + self.num_layers * biases * units

        return sizes.units_for(self.params, count)

    def build(self, spec, task):
        import keras

        from nas_tf.children.language_model import LanguageModel

        [cell] = spec.choices
        units = self._units(cell, task.num_outputs)
        layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]

        def uniform():
            return keras.initializers.RandomUniform(
                -self.init_range, self.init_range
            )

        layers = [
            layer(
                units,
                kernel_initializer=uniform(),
                recurrent_initializer=uniform(),
                return_sequences=True,
                return_state=True,
            )
            for _ in range(self.num_layers)
        ]
        return LanguageModel(
            layers, task.num_outputs, init_range=self.init_range
        )


make = KerasCells
