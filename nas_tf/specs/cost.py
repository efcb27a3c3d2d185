"""How large a child is, known from its spec."""

import typing


class Cost(typing.NamedTuple):
    """The size of a child, known before it is built.

    Attributes:
        params: Number of trainable parameters.
        multiply_adds: Multiplications of convolutions and matrix products for
            one example, for text one symbol, each counted with its addition.
            None if not known.
    """

    params: int
    multiply_adds: int | None
