"""A controller's steps on Keras's backend, compiled where that compiles.

A step is a function of tensors that returns a list of tensors. It may read
Keras variables and assign to them, but only through Keras.
"""

import keras

from nas_tf.errors import UsageError
from nas_tf.strategies import _jax_steps
from nas_tf.strategies import _tensorflow_steps
from nas_tf.strategies import _torch_steps
from nas_tf.strategies._descent import Descent
from nas_tf.strategies._keras_descent import KerasDescent

_BACKENDS = {
    "tensorflow": _tensorflow_steps,
    "jax": _jax_steps,
    "torch": _torch_steps,
}


def compiled(function, variables):
    """Returns a function of NumPy arrays that returns a list of NumPy arrays.

    Args:
        function: Function of tensors that returns a list of tensors.
        variables: List of the Keras variables that it reads or assigns to.
    """
    return _of_backend().compiled(function, variables)


def differentiate(function, variables):
    """Returns what a function returns, and the gradients of its first result.

    It is called by a function that is compiled.

    Args:
        function: Function without arguments that returns a list of tensors, of
            which the first is a scalar.
        variables: List of Keras variables.

    Returns:
        A pair of lists of tensors. A variable without an effect has a gradient
        of zeros.
    """
    return _of_backend().differentiate(function, variables)


def descent(optimizer, variables, clip_norm, accumulate):
    """Returns what applies an optimizer; see `Descent` for the arguments."""
    on_tensorflow = _of_backend() is _tensorflow_steps
    return (Descent if on_tensorflow else KerasDescent)(
        optimizer, variables, clip_norm, accumulate
    )


def _of_backend():
    name = keras.config.backend()
    if name not in _BACKENDS:
        raise UsageError(
            f"Expected one of {', '.join(_BACKENDS)} as Keras's backend, for "
            f"a controller. Received: {name}"
        )
    return _BACKENDS[name]
