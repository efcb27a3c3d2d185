"""Optimizers found by search and of translators, for Keras, and decays."""

from nas_tf.optimizers.adam_then_sgd import AdamThenSGD
from nas_tf.optimizers.add_sign import AddSign
from nas_tf.optimizers.decays import AnnealedNoise
from nas_tf.optimizers.decays import CosineDecay
from nas_tf.optimizers.decays import LinearCosineDecay
from nas_tf.optimizers.decays import LinearDecay
from nas_tf.optimizers.decays import RestartDecay
from nas_tf.optimizers.power_sign import PowerSign
from nas_tf.optimizers.update_rule import UpdateRule

__all__ = [
    "AdamThenSGD",
    "AddSign",
    "AnnealedNoise",
    "CosineDecay",
    "LinearCosineDecay",
    "LinearDecay",
    "PowerSign",
    "RestartDecay",
    "UpdateRule",
]
