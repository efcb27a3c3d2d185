"""Small residual networks, designed by hand, as a baseline.

K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image
Recognition", 2015, section 4.2: a convolution, then stages of pairs of 3x3
convolutions with a shortcut around each pair. The number of filters doubles
where height and width are halved. There are two stages for images of 16x16
pixels, and three, as in the paper, for 32x32.
"""

import dataclasses
import math

import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs.cost import Cost


@dataclasses.dataclass(frozen=True)
class ResNet(SearchSpace):
    """Residual networks of a width and a depth.

    Attributes:
        max_width: Largest number of filters of the first stage. Default: 64.
        max_pairs: Largest number of pairs of convolutions in a stage.
            Default: 3.
        stages: Number of stages. Default: 2.
    """

    max_width: int = 64
    max_pairs: int = 3
    stages: int = 2

    kinds = ("classification",)

    @property
    def decisions(self):
        return (
            Categorical(
                "width", self.max_width, labels=tuple(_upto(self.max_width))
            ),
            Categorical(
                "pairs", self.max_pairs, labels=tuple(_upto(self.max_pairs))
            ),
        )

    def build(self, spec, task):
        import keras

        from nas_tf.children.blocks import Blocks

        width, pairs = spec.choices
        blocks = Blocks()
        image = keras.Input(task.input_shape, name="image")
        x = blocks.conv_bn_relu(image, width, 3)
        for stage in range(self.stages):
            for pair in range(pairs):
                stride = 2 if stage and not pair else 1
                x = _pair(blocks, x, width * 2**stage, stride)
        x = keras.layers.GlobalAveragePooling2D()(x)
        outputs = keras.layers.Dense(task.num_outputs, "softmax")(x)
        return keras.Model(image, outputs)

    def cost(self, spec, task):
        width, pairs = spec.choices
        height, image_width, channels = task.input_shape
        pixels = height * image_width
        total = _conv_cost(pixels, 3, channels, width)
        inputs = width
        for stage in range(self.stages):
            filters = width * 2**stage
            # With "same" padding a half is rounded up.
            pixels = -(-height // 2**stage) * -(-image_width // 2**stage)
            for pair in range(pairs):
                total += _conv_cost(pixels, 3, inputs, filters)
                total += _conv_cost(pixels, 3, filters, filters)
                if inputs != filters or (stage and not pair):
                    total += _conv_cost(pixels, 1, inputs, filters)
                inputs = filters
        params, adds = total
        return Cost(
            int(params + (inputs + 1) * task.num_outputs),
            int(adds + inputs * task.num_outputs),
        )


def _conv_cost(pixels, size, inputs, filters):
    """Returns an array of parameters and multiply-adds of conv_bn."""
    weights = size * size * inputs * filters
    return np.array([weights + 2 * filters, weights * pixels])


def _upto(count):
    return range(1, count + 1)


def _pair(blocks, x, filters, stride):
    import keras

    y = blocks.conv_bn_relu(x, filters, 3, strides=stride)
    y = blocks.conv_bn(y, filters, 3)
    if stride > 1 or x.shape[-1] != filters:
        x = blocks.conv_bn(x, filters, 1, strides=stride)
    return keras.layers.ReLU()(keras.layers.Add()([x, y]))


def nearest(size, task, pairs=2, stages=2, what="params"):
    """Returns the spec with the closest number of parameters.

    Args:
        size: Number of parameters, or of what `what` says.
        task: `Task` that it is built for.
        pairs: Number of pairs of convolutions in a stage.
        stages: Number of stages.
        what: "params" (default) or "multiply_adds", what is compared.
    """
    space = ResNet(stages=stages)
    specs = [
        space.decode((width, pairs - 1)) for width in range(space.max_width)
    ]

    def distance(spec):
        return abs(math.log(getattr(space.cost(spec, task), what) / size))

    return min(specs, key=distance)


make = ResNet
