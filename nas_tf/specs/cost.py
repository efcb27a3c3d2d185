"""How large a child is, known from its spec."""

import typing


class Cost(typing.NamedTuple):
    """The size of a child.

    Attributes:
        params: Number of trainable parameters.
        multiply_adds: Multiplications of convolutions and matrix products for
            one example, for text one symbol, each counted with its addition.
            None if not known.
    """

    params: int
    multiply_adds: int | None


class CellSize(typing.NamedTuple):
    """What a recurrent cell's size depends on, beside its inputs and outputs.

    Attributes:
        pairs: Pairs of matrices, of which one multiplies the input and one
            the last output: the base of a tree, 4 for an LSTM, 3 for a GRU.
        biases: Vectors of biases of the size of the output. Default: 0.
    """

    pairs: int
    biases: int = 0

    def cost(self, inputs, units):
        """Returns the `Cost` of a layer of such cells for one step.

        Args:
            inputs: Size of what the layer reads.
            units: Size of its output.
        """
        products = self.pairs * units * (inputs + units)
        return Cost(products + self.biases * units, products)
