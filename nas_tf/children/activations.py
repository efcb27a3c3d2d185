"""How much training a built model keeps from its forward pass."""

import keras

from nas_tf.children.counting import CONVOLUTIONS
from nas_tf.children.counting import TRANSPOSED
from nas_tf.children.counting import calls
from nas_tf.children.counting import product

_LAYERS = keras.layers

# Which tensors the gradient of a layer is computed from. Any other layer or
# operation counts as one that needs both its inputs and its outputs.
_NEED_INPUTS = (
    *CONVOLUTIONS,
    *TRANSPOSED,
    _LAYERS.BatchNormalization,
    _LAYERS.Dense,
    _LAYERS.GroupNormalization,
    _LAYERS.LayerNormalization,
    _LAYERS.Multiply,
    _LAYERS.PReLU,
)
_NEED_OUTPUTS = (
    _LAYERS.Activation,
    _LAYERS.Dropout,
    _LAYERS.ReLU,
    _LAYERS.Softmax,
)
_NEED_NEITHER = (
    _LAYERS.Add,
    _LAYERS.Average,
    _LAYERS.AveragePooling1D,
    _LAYERS.AveragePooling2D,
    _LAYERS.AveragePooling3D,
    _LAYERS.Concatenate,
    _LAYERS.Cropping1D,
    _LAYERS.Cropping2D,
    _LAYERS.Cropping3D,
    _LAYERS.Flatten,
    _LAYERS.GlobalAveragePooling1D,
    _LAYERS.GlobalAveragePooling2D,
    _LAYERS.GlobalAveragePooling3D,
    _LAYERS.Identity,
    _LAYERS.Permute,
    _LAYERS.Rescaling,
    _LAYERS.Reshape,
    _LAYERS.Subtract,
    _LAYERS.UpSampling1D,
    _LAYERS.UpSampling2D,
    _LAYERS.UpSampling3D,
    _LAYERS.ZeroPadding1D,
    _LAYERS.ZeroPadding2D,
    _LAYERS.ZeroPadding3D,
)


def activations(model):
    """Returns how many numbers training keeps for one example until gradients.

    These are the inputs of convolutions, matrix products and normalizations,
    the outputs of activations, and both for poolings by maximum. A tensor that
    several layers read is kept once, but a concatenation is a copy. What a
    layer keeps within itself, such as the steps of a recurrent layer, is not
    counted. A dimension of unknown length counts as 1.

    Args:
        model: A functional or sequential model.

    Returns:
        Integer; None for any other model.
    """
    kept = {}
    if not _collect(model, kept):
        return None
    return sum(kept.values())


def _collect(model, kept):
    """Adds the sizes of tensors that are kept; returns whether they are known.

    Args:
        model: Keras model.
        kept: Dict from the identity of a tensor to its size.
    """
    nodes = calls(model)
    if nodes is None:
        return False
    for node in nodes:
        operation = node.operation
        if isinstance(operation, keras.Model):
            if not _collect(operation, kept):
                return False
            continue
        needed = []
        if _needs_inputs(operation):
            needed += node.input_tensors
        if _needs_outputs(operation):
            needed += node.output_tensors
        for tensor in needed:
            kept[id(tensor)] = product(tensor.shape[1:])
    return True


def _needs_inputs(operation):
    return not isinstance(operation, (*_NEED_OUTPUTS, *_NEED_NEITHER))


def _needs_outputs(operation):
    if isinstance(operation, _NEED_INPUTS):
        activation = getattr(operation, "activation", None)
        return activation not in (None, keras.activations.linear)
    return not isinstance(operation, _NEED_NEITHER)
