"""What makes a large picture small before the first layer, as plain data."""

import dataclasses
import itertools
import math

from nas_tf.specs.cost import Cost

KERNEL = 3


@dataclasses.dataclass(frozen=True)
class Stem:
    """Convolutions of stride 2, as many as a picture needs.

    Each has 3x3 filters and halves height and width, rounded up. Batch
    normalization and ReLU follow. They end once neither side is larger than
    `largest`, so a picture that is small enough has none.

    Attributes:
        filters: Number of filters of each convolution, at least 1.
        largest: Largest height and width of what the first layer reads, in
            pixels, at least 1; None for no convolutions.
    """

    filters: int
    largest: int | None

    def halvings(self, input_shape):
        """Returns the number of convolutions.

        Args:
            input_shape: `(height, width, channels)` of the picture.
        """
        return len(self._shapes(input_shape)) - 1

    def output_shape(self, input_shape):
        """Returns the `(height, width, channels)` of what comes out."""
        return self._shapes(input_shape)[-1]

    def cost(self, input_shape):
        """Returns the `Cost` of the convolutions."""
        params = multiply_adds = 0
        shapes = self._shapes(input_shape)
        for (*_, channels), (height, width, _) in itertools.pairwise(shapes):
            kernel = KERNEL * KERNEL * channels * self.filters
            params += kernel + 2 * self.filters
            multiply_adds += height * width * kernel
        return Cost(params, multiply_adds)

    def activations(self, input_shape):
        """Returns how many numbers training keeps for one picture.

        What the first layer reads is not among them.
        """
        shapes = self._shapes(input_shape)
        # Of each convolution its input, and that of batch normalization.
        pairs = zip(map(math.prod, shapes), map(math.prod, shapes[1:]))
        return sum(map(sum, pairs))

    def _shapes(self, input_shape):
        """Returns the shapes of the picture and behind each convolution."""
        shapes = [tuple(input_shape)]
        limit = math.inf if self.largest is None else self.largest
        while max(shapes[-1][:2]) > limit:
            height, width, _ = shapes[-1]
            shapes.append((-(-height // 2), -(-width // 2), self.filters))
        return shapes
