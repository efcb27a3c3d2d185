"""Functions for tests that Keras does not have for all backends."""

import keras
import numpy as np

BACKEND = keras.config.backend()
# Keras computes in double precision on TensorFlow only.
IS_DOUBLE = BACKEND == "tensorflow"
PRECISE = "float64" if IS_DOUBLE else "float32"
PRECISION = 1e-9 if IS_DOUBLE else 1e-4


def array(tensor):
    """Returns a tensor or variable as a NumPy array."""
    if isinstance(tensor, keras.Variable):
        tensor = tensor.value
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def gradients(loss, variables, inputs=()):
    """Returns the gradients of a loss, NumPy arrays.

    Args:
        loss: Function of the inputs, as tensors, that calls layers and
            returns a number.
        variables: List of Keras variables, trainable ones.
        inputs: List of NumPy arrays.

    Returns:
        List of one gradient each for the variables, then for the inputs. It
        is zeros where the loss does not depend on them.
    """
    found = _GRADIENTS[BACKEND](loss, list(variables), list(inputs))
    return [array(gradient) for gradient in found]


def _tensorflow_gradients(loss, variables, inputs):
    import tensorflow as tf

    inputs = [tf.convert_to_tensor(value) for value in inputs]
    sources = [variable.value for variable in variables] + inputs
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = loss(*inputs)
    return tape.gradient(value, sources, unconnected_gradients="zero")


def _jax_gradients(loss, variables, inputs):
    import jax

    def of(values, inputs):
        mapping = list(zip(variables, values))
        with keras.StatelessScope(state_mapping=mapping):
            return loss(*inputs)

    inputs = [jax.numpy.asarray(value) for value in inputs]
    values = [variable.value for variable in variables]
    of_variables, of_inputs = jax.grad(of, (0, 1))(values, inputs)
    return of_variables + of_inputs


def _torch_gradients(loss, variables, inputs):
    import torch

    inputs = [
        keras.ops.convert_to_tensor(value).requires_grad_() for value in inputs
    ]
    sources = [variable.value for variable in variables] + inputs
    found = torch.autograd.grad(loss(*inputs), sources, allow_unused=True)
    return [
        torch.zeros_like(source) if gradient is None else gradient
        for source, gradient in zip(sources, found)
    ]


_GRADIENTS = {
    "tensorflow": _tensorflow_gradients,
    "jax": _jax_gradients,
    "torch": _torch_gradients,
}
