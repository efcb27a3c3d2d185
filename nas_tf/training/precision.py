"""The precision that networks compute in while they are trained.

In half precision layers compute in 16 bits from weights of 32 bits (mixed
precision, Micikevicius et al. 2018). Batch normalization, the last layer and
the loss are computed in 32 bits. `training.fit` scales the loss of a model that
computes in float16, whose smallest number is 6e-8; bfloat16 has the range of
float32.
"""

import contextlib
import dataclasses

from nas_tf import keras_scope
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import standard_streams

FULL = "float32"
FLOAT16 = "float16"
PRECISIONS = (FULL, "bfloat16", FLOAT16)


@contextlib.contextmanager
def scope(task=None):
    """Makes models that are built in it compute in a task's precision.

    Afterwards, and after an exception, Keras's policy is the one before.

    Args:
        task: `Task`, whose `precision` is one of `PRECISIONS`; one without it,
            and None (default), have float32.
    """
    keras = import_keras()
    precision = getattr(task, "precision", FULL)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(
        FULL if precision == FULL else f"mixed_{precision}"
    )
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def as_the_program_wants(task):
    """Returns a task with the precision of Keras's dtype policy.

    A program that has set a mixed policy, by `keras.config.set_dtype_policy`,
    has its children trained in it. Keras's `floatx` decides nothing, and a
    line on the standard error stream says so if it is not float32.

    Args:
        task: `Task`.

    Raises:
        UsageError: If children cannot be trained in that policy.
    """
    found = keras_scope.found_precision()
    if found is not None and found[1] != FULL:
        print(
            f"Keras's floatx is {found[1]}: controller and children compute "
            f"in float32 all the same.",
            file=standard_streams.stderr(),
        )
    if found is None or found[0] in (FULL, found[1]):
        return task
    own = getattr(task, "precision", None)
    wanted = found[0].removeprefix("mixed_")
    if f"mixed_{wanted}" != found[0] or wanted not in PRECISIONS:
        raise UsageError(
            f"Expected Keras's dtype policy to be float32, mixed_bfloat16 or "
            f"mixed_float16, for children. Received: {found[0]}"
        )
    fields = getattr(task, "__dataclass_fields__", {})
    if own not in (FULL, wanted) or "precision" not in fields:
        raise UsageError(
            f"Expected Keras's dtype policy to be that of the task, "
            f"{own or FULL}. Received: {found[0]}"
        )
    return dataclasses.replace(task, precision=wanted)


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
