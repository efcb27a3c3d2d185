"""The devices a child is trained on.

Within `scope`, models are mirrored on several devices, and `nas_tf.training`
divides each batch between them. Without GPUs the devices are parts of the
processor. They are not faster than the whole processor, but they compute what
GPUs would.
"""

import contextlib
import logging

from nas_tf import checks
from nas_tf import limits
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras


def check(count, num_gpus=0):
    """Raises `UsageError` if a child cannot have this many devices.

    It does not load TensorFlow, so a search can check before the first child.

    Args:
        count: Number of devices for each child.
        num_gpus: Number of GPUs of the machine. With 0 (default) the processor
            is divided.
    """
    checks.whole({"devices": count}, "devices", maximum=limits.PROCESSES)
    if num_gpus and count > num_gpus:
        raise UsageError(
            f"Expected `devices` up to {num_gpus}, the number of GPUs. "
            f"Received: {count}"
        )


def check_backend(count):
    """Raises `UsageError` if Keras's backend cannot use several devices.

    Args:
        count: Number of devices for each child.
    """
    backend = import_keras().backend.backend()
    if count > 1 and backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow as Keras's backend for devices={count}. "
            f"Received: {backend}"
        )


def on_gpu():
    """Returns whether Keras's backend computes on a GPU."""
    backend = import_keras().backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    if backend == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import torch

    return torch.cuda.is_available()


def names(count):
    """Returns TensorFlow's names of the first devices.

    Without GPUs this divides the processor, which is possible only until the
    first tensor starts TensorFlow's runtime. So call it early.

    Args:
        count: Number of devices wanted, at least 2.

    Returns:
        List of `count` names of GPUs or, without any, of logical CPUs.

    Raises:
        UsageError: If there are fewer devices, or Keras's backend is not
            TensorFlow.
    """
    check_backend(count)
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        gpus = tf.config.list_logical_devices("GPU")
        check(count, len(gpus))
        return [gpu.name for gpu in gpus[:count]]
    [cpu] = tf.config.list_physical_devices("CPU")
    parts = tf.config.get_logical_device_configuration(cpu) or ()
    if len(parts) < count:
        with contextlib.suppress(RuntimeError):
            tf.config.set_logical_device_configuration(
                cpu, [tf.config.LogicalDeviceConfiguration()] * count
            )
    cpus = tf.config.list_logical_devices("CPU")
    if len(cpus) < count:
        raise UsageError(
            f"Expected `devices` up to {len(cpus)}, as TensorFlow has started "
            f"and can no longer divide the processor. Received: {count}"
        )
    return [cpu.name for cpu in cpus[:count]]


@contextlib.contextmanager
def scope(count):
    """Makes models live and train on several devices until the scope ends.

    Build and train model and optimizer inside the scope. Models can be saved
    inside or outside: a saved model does not depend on the devices. Clear
    Keras's session before entering, since that ends all scopes.

    Args:
        count: Number of devices, at least 1. With 1 nothing is changed.

    Raises:
        UsageError: If there are fewer devices; see `names`.
    """
    check(count)
    if count == 1:
        yield
        return
    chosen = names(count)
    import tensorflow as tf

    with quiet(tf.get_logger()):
        # TensorFlow's default, collective operations, keeps state in the
        # process. The operations of the next strategy get mixed up with those
        # of the last, and after one child fails during an operation all later
        # children fail too.
        strategy = tf.distribute.MirroredStrategy(
            chosen, cross_device_ops=tf.distribute.ReductionToOneDevice()
        )
    with strategy.scope():
        yield


@contextlib.contextmanager
def quiet(logger, lowest=logging.ERROR):
    """Context in which a logger hides messages below a level."""
    level = logger.level
    logger.setLevel(lowest)
    try:
        yield
    finally:
        logger.setLevel(level)
