"""Layers of searched networks, all of them registered with Keras."""

from nas_tf.layers import enas_rnn  # noqa: F401
from nas_tf.layers import local_contrast_normalization  # noqa: F401
from nas_tf.layers import nas_cell  # noqa: F401
