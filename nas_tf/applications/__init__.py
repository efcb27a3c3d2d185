"""Published networks, in the manner of `keras.applications`."""

from nas_tf.applications.nas_conv_net import NASConvNetV1

__all__ = ["NASConvNetV1"]
