"""Training data that stays on the device."""

import collections.abc
import dataclasses
import typing

import keras
import numpy as np

# Steps of one call on a GPU: enough for the time between calls not to count,
# and few enough to stop within a second.
STEPS = 32


@dataclasses.dataclass(frozen=True, eq=False)
class Resident:
    """Training data of which a step is given a few numbers only.

    The data is copied to the device once. What an epoch decides, the order of
    the examples and what is random in them, is drawn by NumPy as for ordinary
    batches. The batches are then made on the device, by compiled code.

    Attributes:
        arrays: Structure of NumPy arrays.
        plans: Function of the epoch, counted from 0, that returns an iterable
            of structures of small NumPy arrays, one for each step. Those of
            all steps have the same shapes.
        batch: Function `(arrays, plan)` that returns a step's batch, by
            `keras.ops`.
    """

    arrays: typing.Any
    plans: collections.abc.Callable
    batch: collections.abc.Callable


def examples(arrays, rows):
    """Returns examples by their numbers, as `Resident.batch`.

    Args:
        arrays: Structure of arrays `[N, ...]`.
        rows: `[B]` integers.
    """
    return keras.tree.map_structure(
        lambda array: keras.ops.take(array, rows, axis=0), arrays
    )


def window(steps, arrays, start):
    """Returns a window of a text, as `Resident.batch` with `steps` given.

    Args:
        steps: Number of symbols of each row.
        arrays: Structure of arrays `[B, L]`.
        start: Number of the first symbol.
    """
    return keras.tree.map_structure(
        lambda rows: keras.ops.slice(rows, (0, start), (rows.shape[0], steps)),
        arrays,
    )


def number_of_steps(asked=None):
    """Returns how many steps are one call on Keras's backend, at least 1.

    Args:
        asked: What the user wants, or None (default) for `STEPS` on a GPU.
            Only JAX computes several steps in a call.
    """
    from nas_tf.training import devices

    if keras.backend.backend() != "jax":
        return 1
    if asked is not None:
        return asked
    return STEPS if devices.on_gpu() else 1


def calls(plans, size, done=0):
    """Yields the plans of an epoch's calls, stacked along a new first axis.

    All calls have one number of steps if a number near `size` divides that of
    the epoch. Otherwise the last has fewer, and is compiled by itself.

    Args:
        plans: List of the plans of an epoch.
        size: The largest number of steps of a call.
        done: Number of steps that have been made. Default: 0.
    """
    size = _even(len(plans), size)
    for start in range(done, len(plans), size):
        part = plans[start : start + size]
        yield keras.tree.map_structure(lambda *x: np.stack(x), *part)


def _even(count, most):
    """Returns the largest divisor up to `most` that is not much smaller."""
    divisors = [size for size in range(1, most + 1) if count % size == 0]
    return divisors[-1] if divisors[-1] > most // 2 else most
