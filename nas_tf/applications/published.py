"""Published architectures by name."""

from nas_tf.applications.nas_conv_net import V1
from nas_tf.specs.choices import Choices
from nas_tf.specs.tree import NAS_CELL

# Name -> what builds it, as a search space's call string, and its spec.
PUBLISHED = {
    "nas_conv_v1": ("conv", V1),
    "nascell": ("tree", NAS_CELL),
    "lstm": ("recurrent", Choices(("cell",), ("lstm",))),
    "gru": ("recurrent", Choices(("cell",), ("gru",))),
}
