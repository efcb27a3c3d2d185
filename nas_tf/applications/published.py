"""Published architectures by name, for `nas_tf.train --architecture`."""

from nas_tf.applications.nas_conv_net import V1
from nas_tf.specs.choices import Choices
from nas_tf.specs.enas_cell import ENAS_CELL
from nas_tf.specs.enas_published import ENAS_MACRO
from nas_tf.specs.enas_published import ENAS_MICRO
from nas_tf.specs.nasnet import NASNET_A
from nas_tf.specs.tree import NAS_CELL

# Name -> the call string of the search space that builds it, and its spec.
PUBLISHED = {
    "nas_conv_v1": ("conv", V1),
    "nasnet_a_cifar": (
        "nasnet(num_repeats=6, filters=32, batch_norm_epsilon=1e-5)",
        NASNET_A,
    ),
    "nasnet_a_mobile": (
        "nasnet(num_repeats=4, filters=44, stem='imagenet', dropout=0.5, "
        "batch_norm_momentum=0.9997)",
        NASNET_A,
    ),
    "nasnet_a_large": (
        "nasnet(num_repeats=6, filters=168, stem='imagenet', stem_filters=96, "
        "skip_reduction=True, dropout=0.5, batch_norm_momentum=0.9997)",
        NASNET_A,
    ),
    "enas_micro_cifar": (
        "enas_micro(num_repeats=5, filters=36)",
        ENAS_MICRO,
    ),
    "enas_macro_cifar": (
        "enas_macro(num_layers=24, filters=96)",
        ENAS_MACRO,
    ),
    "nascell": ("tree", NAS_CELL),
    "enas_cell": ("enas_recurrent", ENAS_CELL),
    "lstm": ("recurrent", Choices(("cell",), ("lstm",))),
    "gru": ("recurrent", Choices(("cell",), ("gru",))),
}

# What they are, in one line.
TITLES = {
    "nas_conv_v1": "The 15-layer convolutional network of Zoph & Le 2017.",
    "nasnet_a_cifar": "NASNet-A (6 @ 768) of Zoph et al. 2018, for CIFAR-10.",
    "nasnet_a_mobile": "NASNet-A (4 @ 1056) of Zoph et al. 2018, for ImageNet.",
    "nasnet_a_large": "NASNet-A (6 @ 4032) of Zoph et al. 2018, for ImageNet.",
    "enas_micro_cifar": "Two cells of Pham et al. 2018 (ENAS), for CIFAR-10.",
    "enas_macro_cifar": "The 24-layer network of ENAS's code, for CIFAR-10.",
    "nascell": "The recurrent cell of Zoph & Le 2017.",
    "enas_cell": "The recurrent cell of Pham et al. 2018 (ENAS).",
    "lstm": "Keras's LSTM, as a baseline.",
    "gru": "Keras's GRU, as a baseline.",
}
