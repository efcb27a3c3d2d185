"""Keras's own recurrent cells, as baselines for other cells.

The only decision is the kind of cell. An LSTM can thus be trained, tested and
exported like any cell that a search has found.
"""

import dataclasses

from nas_tf.decisions import Categorical
from nas_tf.errors import UsageError
from nas_tf.spaces import tree
from nas_tf.spaces.cells import CellSpace
from nas_tf.specs.cost import CELLS

SIZES = {name: CELLS[name] for name in ("lstm", "gru")}


@dataclasses.dataclass(frozen=True)
class Recurrent(CellSpace):
    """An LSTM (Hochreiter & Schmidhuber 1997) or a GRU (Cho et al. 2014).

    Attributes:
        skeleton: Call string of the model around the cell, see
            `nas_tf.skeletons`. Default: "language_model".
    """

    skeleton: str = "language_model"

    @property
    def decisions(self):
        return (Categorical("cell", len(SIZES), labels=tuple(SIZES)),)

    def read_spec(self, record):
        spec = super().read_spec(record)
        if spec.choices[0] not in SIZES:
            raise UsageError(
                f"Expected one of the cells {', '.join(SIZES)}. Received: "
                f"{spec.choices[0]!r}"
            )
        return spec

    @property
    def sizes(self):
        return tuple(SIZES.values())

    def size_of(self, spec):
        return SIZES[spec.choices[0]]

    def make_layer(self, spec, units, initializer, recurrent_dropout):
        import keras

        layers = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
        return layers[spec.choices[0]](
            units,
            kernel_initializer=initializer(),
            recurrent_initializer=initializer(),
            recurrent_dropout=recurrent_dropout,
            return_sequences=True,
            return_state=True,
        )


def upgraded(arguments):
    """Returns today's arguments for earlier ones, see `tree.upgraded`."""
    return tree.upgraded(arguments)


make = Recurrent
