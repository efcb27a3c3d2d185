"""The size of a built model, counted layer by layer."""

import contextlib
import math
import random

import keras
import numpy as np

# Keras has no public function to save and restore these.
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

from nas_tf.children.language_model import LanguageModel
from nas_tf.children.translator import Translator
from nas_tf.layers.enas_cell import ENASCell
from nas_tf.layers.tree_cell import TreeCell
from nas_tf.specs.cost import Cost

CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)
TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)
_CELLS = (
    ENASCell,
    TreeCell,
    keras.layers.LSTMCell,
    keras.layers.GRUCell,
    keras.layers.SimpleRNNCell,
)
# Layers with weights that are not multiplied as matrices.
_WITHOUT_PRODUCTS = (
    keras.layers.BatchNormalization,
    keras.layers.Embedding,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
    keras.layers.PReLU,
    keras.layers.UnitNormalization,
)
# Layers and operations without weights whose multiply-adds are not counted.
_WITH_PRODUCTS = {
    "AdditiveAttention",
    "Attention",
    "Conv",
    "Dot",
    "DotProductAttention",
    "Einsum",
    "Matmul",
    "Tensordot",
}
_KERNELS = (
    "kernel",
    "depthwise_kernel",
    "pointwise_kernel",
    "recurrent_kernel",
    "projection_weights",
    "query_kernel",
    "memory_kernel",
    "vector",
)


def calls(model):
    """Returns the calls of layers and operations that a model consists of.

    Args:
        model: A functional or sequential model.

    Returns:
        List of Keras's nodes; None for any other model.
    """
    if isinstance(model, keras.Sequential):
        model = model._functional
    # A node is one call of a layer, which may be called several times.
    depths = getattr(model, "_nodes_by_depth", None)
    if depths is None:
        return None
    return [
        node for nodes in depths.values() for node in nodes if not node.is_input
    ]


def count(model):
    """Returns the `nas_tf.specs.cost.Cost` of a built Keras model.

    The multiply-adds are those of convolutions and of products with weight
    matrices, for one example. A dimension of unknown length, such as the
    length of a text, counts as 1. Normalization and looking up an embedding
    count as 0. The number is None if it is not known for one of the layers.

    Args:
        model: A functional or sequential model, a `LanguageModel` or a
            `Translator`. The multiply-adds of any other are unknown.
    """
    params = sum(math.prod(v.shape) for v in model.trainable_variables)
    try:
        return Cost(params, _of_model(model))
    except _Unknown:
        return Cost(params, None)


@contextlib.contextmanager
def undisturbed():
    """Context in which building a model does not affect later ones.

    At its end Keras's counters of layer names and the states that seeds are
    drawn from are restored, so that a model that is built next has the same
    names and initial weights as without this context.
    """
    names = ("object_name_uids", GLOBAL_SEED_GENERATOR)
    before = [global_state.get_global_attribute(name) for name in names]
    states = random.getstate(), np.random.get_state()
    for name in names:
        global_state.set_global_attribute(name, None)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        for name, value in zip(names, before):
            global_state.set_global_attribute(name, value)


class _Unknown(Exception):
    """Raised for a layer whose multiply-adds are not known."""


def _of_model(model):
    if isinstance(model, LanguageModel):
        cells = sum(_of_cell(layer.cell) for layer in model.recurrent)
        return cells + model.output_size * model.num_symbols
    if isinstance(model, Translator):
        cells = sum(_of_cell(layer.cell) for layer in model.recurrent)
        attention = _kernels(model.attention)
        return cells + attention + model.units * model.num_symbols
    nodes = calls(model)
    if nodes is None:
        raise _Unknown(model.name)
    return sum(_of_operation(node.operation, node) for node in nodes)


def _of_operation(operation, node):
    """Returns the multiply-adds of one call of a layer or an operation."""
    if isinstance(operation, keras.Model):
        return _of_model(operation)
    inputs = tuple(node.input_tensors[0].shape)
    outputs = tuple(node.output_tensors[0].shape)
    return _of_layer(operation, inputs, outputs)


def _of_layer(layer, inputs, outputs):
    if isinstance(layer, keras.layers.TimeDistributed):
        steps = product(inputs[1:2])
        rest = (inputs[:1] + inputs[2:], outputs[:1] + outputs[2:])
        return steps * _of_layer(layer.layer, *rest)
    if isinstance(layer, keras.layers.Bidirectional):
        parts = (layer.forward_layer, layer.backward_layer)
        return sum(_of_layer(part, inputs, outputs) for part in parts)
    if isinstance(layer, keras.layers.RNN):
        return product(inputs[1:2]) * _of_cell(layer.cell)
    if isinstance(layer, TRANSPOSED):
        return _pixels(layer, inputs) * _kernels(layer)
    if isinstance(layer, CONVOLUTIONS):
        # Strides of a separable convolution come before its pointwise part.
        return _pixels(layer, outputs) * _kernels(layer)
    if isinstance(layer, keras.layers.Dense):
        return product(outputs[1:-1]) * _kernels(layer)
    if isinstance(layer, _WITHOUT_PRODUCTS):
        return 0
    if type(layer).__name__ in _WITH_PRODUCTS or getattr(layer, "weights", ()):
        raise _Unknown(layer.name)
    return 0


def _pixels(layer, shape):
    """Returns the number of positions of a convolution."""
    if layer.data_format == "channels_first":
        return product(shape[2:])
    return product(shape[1:-1])


def _of_cell(cell):
    if isinstance(cell, keras.layers.StackedRNNCells):
        return sum(map(_of_cell, cell.cells))
    if not isinstance(cell, _CELLS):
        raise _Unknown(cell.name)
    return _kernels(cell)


def _kernels(layer):
    """Returns the number of elements of a layer's weight matrices."""
    kernels = [getattr(layer, name, None) for name in _KERNELS]
    kernels += getattr(layer, "node_kernels", [])
    return sum(math.prod(k.shape) for k in kernels if k is not None)


def product(shape):
    """Returns the product of sizes, of which an unknown one counts as 1."""
    return math.prod(1 if size is None else size for size in shape)
