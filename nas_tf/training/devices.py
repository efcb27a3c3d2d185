"""Which devices a child is trained on.

Within `scope` models are mirrored on several devices, and `training` and
`sequence_training` share out each batch between them. Without GPUs the
devices are parts of the processor; they compute nothing sooner, but the same
as GPUs would.
"""

import contextlib
import logging

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras


def check(count, num_gpus=0):
    """Raises `UsageError` where a child cannot have so many devices.

    It needs no TensorFlow, so that a driver finds out before any child does.

    Args:
        count: Devices of a child.
        num_gpus: GPUs there are; 0, the default, is for none, where the
            processor is divided.
    """
    checks.whole({"devices": count}, "devices")
    if num_gpus and count > num_gpus:
        raise UsageError(
            f"Expected `devices` up to {num_gpus}, the GPUs there are. "
            f"Received: {count}"
        )


def check_backend(count):
    """Raises `UsageError` if Keras's backend has no several devices.

    Args:
        count: Devices of a child.
    """
    backend = import_keras().backend.backend()
    if count > 1 and backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow as Keras's backend for devices={count}. "
            f"Received: {backend}"
        )


def names(count):
    """Returns TensorFlow's names of the first devices, divided if need be.

    A processor can be divided only until TensorFlow's runtime starts, with
    the first tensor; so call this early.

    Args:
        count: Devices wanted, at least 2.

    Returns:
        List of `count` names of GPUs or, without any, of logical CPUs.

    Raises:
        UsageError: If there are fewer, or Keras's backend is another one.
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
            f"and cannot divide the processor any more. Received: {count}"
        )
    return [cpu.name for cpu in cpus[:count]]


@contextlib.contextmanager
def scope(count):
    """Has models made, trained and validated on so many devices.

    Build model and optimizer within, train within, and save wherever you
    like: what is saved knows nothing of the devices. Clear Keras's session
    before, as that ends all scopes.

    Args:
        count: Devices, at least 1; with 1 nothing is changed.

    Raises:
        UsageError: If there are fewer devices; see `names`.
    """
    check(count)
    if count == 1:
        yield
        return
    chosen = names(count)
    import tensorflow as tf

    with _quiet(tf.get_logger()):
        # TensorFlow's own choice, collective operations, keeps a state by the
        # process: the next strategy's get mixed up with the last one's, and
        # after a child that failed in the middle of one all others fail too.
        strategy = tf.distribute.MirroredStrategy(
            chosen, cross_device_ops=tf.distribute.ReductionToOneDevice()
        )
    with strategy.scope():
        yield


@contextlib.contextmanager
def _quiet(logger):
    """Holds back the list of devices, once a child, and what CPUs lack."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
