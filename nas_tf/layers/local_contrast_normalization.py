"""Local contrast normalisation, a layer without weights."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nas_tf")
class LocalContrastNormalization(keras.layers.Layer):
    """Subtracts the local mean and divides by the local deviation.

    Mean and standard deviation are computed over a window and all channels.
    The divisor is at least the mean of the deviation over the image, so that
    noise in flat regions is not amplified (Jarrett et al. 2009, section 3).
    All pixels of the window have the same weight; theirs is a Gaussian. Squares
    and their means are computed in at least float32.

    Args:
        window: `(height, width)` in pixels.

    Call arguments:
        inputs: `[B, H, W, C]` float; the output has the same shape.
    """

    def __init__(self, window, **kwargs):
        super().__init__(**kwargs)
        self.window = tuple(window)

    def call(self, inputs):
        inputs = ops.cast(inputs, _at_least_float32(inputs.dtype))
        centred = inputs - self._local_mean(inputs)
        epsilon = keras.config.epsilon()
        variance = self._local_mean(ops.square(centred))
        # The square root of 0, where a picture is flat, has no derivative.
        deviation = ops.sqrt(ops.maximum(variance, epsilon**2))
        usual = ops.mean(deviation, axis=(1, 2, 3), keepdims=True)
        outputs = centred / ops.maximum(deviation, usual)
        return ops.cast(outputs, self.compute_dtype)

    def _local_mean(self, values):
        values = ops.mean(values, axis=-1, keepdims=True)
        return ops.average_pool(values, self.window, strides=1, padding="same")

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "window": self.window}


def _at_least_float32(dtype):
    return keras.backend.result_type(dtype, "float32")
