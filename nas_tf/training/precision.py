"""The precision that networks compute in while they are trained.

In half precision layers compute in 16 bits from weights of 32 bits (mixed
precision, Micikevicius et al. 2018). Batch normalization, the last layer and
the loss are computed in 32 bits. `training.fit` scales the loss of a model that
computes in float16, whose smallest number is 6e-8; bfloat16 has the range of
float32.
"""

import contextlib

from nas_tf.lazy_keras import import_keras

FULL = "float32"
FLOAT16 = "float16"
PRECISIONS = (FULL, "bfloat16", FLOAT16)


@contextlib.contextmanager
def scope(task=None):
    """Makes models that are built in it compute in a task's precision.

    Afterwards, and after an exception, Keras's policy is the one before.

    Args:
        task: `Task`, whose `precision` is one of `PRECISIONS`; one without it,
            and None (default), have Keras's default `floatx`, float32.
    """
    keras = import_keras()
    precision = getattr(task, "precision", FULL)
    before = keras.config.dtype_policy()
    full = keras.config.floatx()
    keras.config.set_dtype_policy(
        full if precision == FULL else f"mixed_{precision}"
    )
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def with_scaled_loss(optimizer, model):
    """Returns an optimizer that scales the loss if a model needs that.

    The scale falls when a gradient overflows, and that step is skipped; it
    grows after 2,000 steps without one.

    Args:
        optimizer: Keras optimizer.
        model: `keras.Model`; it needs that if it computes in float16.
    """
    keras = import_keras()
    scaling = keras.optimizers.LossScaleOptimizer
    if model.compute_dtype != FLOAT16 or isinstance(optimizer, scaling):
        return optimizer
    return scaling(optimizer)


def inner(optimizer):
    """Returns the optimizer that updates the weights."""
    return getattr(optimizer, "inner_optimizer", optimizer)
