"""The size of models and of recurrent cells."""

import typing


class Cost(typing.NamedTuple):
    """The size of a model.

    Attributes:
        params: Number of trainable parameters.
        multiply_adds: Number of multiplications in convolutions and matrix
            products for one example, or for one symbol of a text. A
            multiplication and the addition of its result count as one. None
            if it is not known.
    """

    params: int
    multiply_adds: int | None

    def plus(self, other):
        """Returns the cost of two models of known multiply-adds together."""
        return Cost(
            self.params + other.params,
            self.multiply_adds + other.multiply_adds,
        )


class CellSize(typing.NamedTuple):
    """The numbers of a recurrent cell's matrices and biases.

    Together with the sizes of input and output they give the cell's cost.

    Attributes:
        pairs: Number of pairs of matrices. In each pair one matrix multiplies
            the input and one the previous output. A tree has as many as its
            base, an LSTM 4, a GRU 3.
        biases: Number of bias vectors of the size of the output. Default: 0.
        recurrent: Number of further square matrices, which multiply neither
            but something of the size of the output. Default: 0.
    """

    pairs: int
    biases: int = 0
    recurrent: int = 0

    def cost(self, inputs, units):
        """Returns the `Cost` of a layer of such cells for one step.

        Args:
            inputs: Size of the layer's input.
            units: Size of its output.
        """
        products = self.pairs * units * (inputs + units)
        products += self.recurrent * units * units
        return Cost(products + self.biases * units, products)


# Sizes of known cells. A GRU has separate biases for the input and for the
# previous output; NASCell has none; ENAS's cell has 12 nodes.
CELLS = {
    "lstm": CellSize(4, biases=4),
    "gru": CellSize(3, biases=6),
    "nascell": CellSize(8),
    "enas": CellSize(2, recurrent=22),
}
