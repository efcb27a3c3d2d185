"""The building blocks of convolutional networks."""

import dataclasses

import keras


@dataclasses.dataclass(frozen=True)
class Blocks:
    """The blocks of one network, all with the same batch normalization.

    Each method takes a tensor `[B, height, width, channels]` and returns one.
    A block's layers are named after its title: "layer_1" has the layers
    "layer_1_conv", "layer_1_batch_norm" and "layer_1_relu". Without a title
    Keras names them.

    Attributes:
        momentum: Momentum of the moving mean and variance, in [0, 1).
            Default: 0.9, which is suitable for trainings of a few hundred
            steps as well as for long ones.
        epsilon: Number added to the variance, > 0. Default: 0.001.
    """

    momentum: float = 0.9
    epsilon: float = 1e-3

    def conv(self, x, filters, kernel, title=None, strides=1, symmetric=False):
        """Applies a convolution without bias; initial weights are He-normal.

        Args:
            x: The input.
            filters: Number of filters, at least 1.
            kernel: Height and width in pixels, a pair or one number for both.
            title: What its layers are named after, or None.
            strides: As `kernel`. Default: 1.
            symmetric: How to pad where the stride is larger than 1. True
                pads all sides by half the kernel, which is then one number.
                False (default) is Keras's "same", which pads an image of even
                size at the bottom and on the right only.
        """
        padding = "same"
        if symmetric and strides > 1:
            padding = "valid"
            pad = keras.layers.ZeroPadding2D(
                kernel // 2, name=_name(title, "padding")
            )
            x = pad(x)
        return keras.layers.Conv2D(
            filters,
            kernel,
            strides,
            padding=padding,
            use_bias=False,
            kernel_initializer="he_normal",
            name=_name(title, "conv"),
        )(x)

    def batch_norm(self, x, title=None):
        """Applies batch normalization with a scale and an offset."""
        return keras.layers.BatchNormalization(
            momentum=self.momentum,
            epsilon=self.epsilon,
            name=_name(title, "batch_norm"),
        )(x)

    def relu(self, x, title=None):
        """Applies ReLU."""
        return keras.layers.ReLU(name=_name(title, "relu"))(x)

    def conv_bn(self, x, filters, kernel, title=None, **options):
        """Applies a convolution, then batch normalization; see `conv`."""
        x = self.conv(x, filters, kernel, title, **options)
        return self.batch_norm(x, title)

    def conv_bn_relu(self, x, filters, kernel, title=None, **options):
        """Applies `conv_bn`, then ReLU."""
        return self.relu(
            self.conv_bn(x, filters, kernel, title, **options), title
        )

    def relu_conv_bn(self, x, filters, kernel, title=None, **options):
        """Applies ReLU, then `conv_bn`."""
        return self.conv_bn(
            self.relu(x, title), filters, kernel, title, **options
        )

    def stem(self, x, stem):
        """Applies a `nas_tf.specs.stem.Stem` to an image."""
        for number in range(1, stem.halvings(x.shape[1:]) + 1):
            title = f"stem_{number}"
            x = self.conv_bn_relu(x, stem.filters, 3, title, strides=2)
        return x


def classifier(x, num_outputs, activation="softmax", scale=None):
    """Averages an image over its pixels and predicts from the result.

    Args:
        x: `[B, height, width, channels]`.
        num_outputs: See `outputs`, as for the other arguments.
    """
    return outputs(average(x), num_outputs, activation, scale)


def average(x, name="average"):
    """Averages an image over its pixels, `[B, channels]`.

    Sums of many pixels, and what follows them, are in the full precision of
    the weights, also where a network computes in half precision.
    """
    return keras.layers.GlobalAveragePooling2D(dtype=full(), name=name)(x)


def full():
    """Returns the precision of weights that are made now, a dtype's name."""
    return keras.config.dtype_policy().variable_dtype


def outputs(
    x,
    num_outputs,
    activation="softmax",
    scale=None,
    use_bias=True,
    names=None,
):
    """Applies the last layer of a network, in full precision.

    Args:
        x: `[B, features]`.
        num_outputs: Number of outputs: of classes, labels or numbers.
        activation: Name of their activation. Default: "softmax".
        scale: See `nas_tf.tasks.base.Task.output_scale`. Default: None.
        use_bias: Whether the layer has a bias. Default: True.
        names: `nas_tf.children.names.Names` of the model, for free ones. None
            (default) if no input has a name that a user chose.

    Returns:
        `[B, num_outputs]`, the output of a layer named "probabilities" if they
        are in [0, 1], else of one named "numbers".
    """
    shares = activation in ("softmax", "sigmoid")
    name = "probabilities" if shares else "numbers"
    title = name if scale is None else "scaled"
    if names is not None:
        title = names.free(title)
        name = title if scale is None else names.free(name)
    dense = keras.layers.Dense(
        num_outputs, activation, use_bias=use_bias, dtype=full(), name=title
    )
    if scale is None:
        return dense(x)
    centre, width = scale
    return keras.layers.Rescaling(
        list(width), list(centre), dtype=full(), name=name
    )(dense(x))


def _name(title, layer):
    return title and f"{title}_{layer}"
