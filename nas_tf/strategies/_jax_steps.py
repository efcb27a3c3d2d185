"""JAX: a step is a pure function of the variables, compiled by XLA."""

import keras
import numpy as np


def compiled(function, variables):
    """See `nas_tf.strategies._steps`."""
    import jax

    # Its name since JAX 0.8.
    enable_x64 = getattr(jax, "enable_x64", None)
    if enable_x64 is None:
        from jax.experimental import enable_x64

    @jax.jit
    def step(values, arrays):
        pairs = list(zip(variables, values, strict=True))
        with keras.StatelessScope(state_mapping=pairs) as scope:
            outputs = function(*arrays)
            now = [scope.get_current_value(variable) for variable in variables]
        # What a step leaves as it was need not be written back.
        changed = {
            at: value for at, value in enumerate(now) if value is not values[at]
        }
        return outputs, changed

    def run(*arrays):
        # The mask of a `Subset` may have more than 32 bits.
        with enable_x64(True):
            outputs, changed = step([v.value for v in variables], arrays)
        for at, value in changed.items():
            variables[at].assign(value)
        return [np.asarray(output) for output in outputs]

    return run


def differentiate(function, variables):
    """See `nas_tf.strategies._steps`."""
    import jax

    def pure(values):
        pairs = list(zip(variables, values, strict=True))
        with keras.StatelessScope(state_mapping=pairs):
            first, *others = function()
        return first, others

    # Within a step these are its arguments, not what the variables hold.
    values = [variable.value for variable in variables]
    (first, others), gradients = jax.value_and_grad(pure, has_aux=True)(values)
    return [first, *others], gradients
