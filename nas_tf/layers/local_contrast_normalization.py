"""Local contrast normalisation, a layer without weights."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nas_tf")
class LocalContrastNormalization(keras.layers.Layer):
    """Takes away the local mean, then divides by the local deviation.

    Mean and deviation are over a window and all channels. The deviation is
    taken as at least its mean over the picture, so that flat regions are not
    blown up (Jarrett et al. 2009, section 3). The window weighs its pixels
    alike, where theirs is a Gaussian.

    Args:
        window: `(height, width)` in pixels.

    Call arguments:
        inputs: `[B, H, W, C]` float; the output has the same shape.
    """

    def __init__(self, window, **kwargs):
        super().__init__(**kwargs)
        self.window = tuple(window)

    def call(self, inputs):
        centred = inputs - self._local_mean(inputs)
        deviation = ops.sqrt(self._local_mean(ops.square(centred)))
        usual = ops.mean(deviation, axis=(1, 2, 3), keepdims=True)
        epsilon = keras.config.epsilon()
        return centred / ops.maximum(ops.maximum(deviation, usual), epsilon)

    def _local_mean(self, values):
        values = ops.mean(values, axis=-1, keepdims=True)
        return ops.average_pool(values, self.window, strides=1, padding="same")

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "window": self.window}
