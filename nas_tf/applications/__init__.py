"""Published networks, in the manner of `keras.applications`."""

from nas_tf.applications.nas_conv_net import NASConvNetV1
from nas_tf.applications.nasnet import NASNet
from nas_tf.applications.nasnet import NASNetACifar
from nas_tf.applications.nasnet import NASNetLarge
from nas_tf.applications.nasnet import NASNetMobile

__all__ = [
    "NASConvNetV1",
    "NASNet",
    "NASNetACifar",
    "NASNetLarge",
    "NASNetMobile",
]
