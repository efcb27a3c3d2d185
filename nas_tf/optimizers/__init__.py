"""Optimizers found by search, as Keras optimizers, and decays for them."""

from nas_tf.optimizers.add_sign import AddSign
from nas_tf.optimizers.decays import AnnealedNoise
from nas_tf.optimizers.decays import CosineDecay
from nas_tf.optimizers.decays import LinearCosineDecay
from nas_tf.optimizers.decays import LinearDecay
from nas_tf.optimizers.decays import RestartDecay
from nas_tf.optimizers.power_sign import PowerSign
from nas_tf.optimizers.update_rule import UpdateRule

__all__ = [
    "AddSign",
    "AnnealedNoise",
    "CosineDecay",
    "LinearCosineDecay",
    "LinearDecay",
    "PowerSign",
    "RestartDecay",
    "UpdateRule",
]
