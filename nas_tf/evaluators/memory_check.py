"""Refuses children whose training would need more memory than there is."""

import functools

from nas_tf.errors import UsageError
from nas_tf.machine import memory
from nas_tf.training import devices

# From benchmarks.child_memory: what training takes at its peak, compared with
# what it keeps until the gradients, and what the first step of a process takes
# for itself. Estimates are right within a fifth.
PEAK = 1.5
FIRST_STEP = 60e6
# Weights, gradients, the optimizer's momentum, and a copy of the weights.
COPIES_OF_WEIGHTS = 4
BYTES = 4


class NotEnoughMemory(UsageError):
    """Raised for a child that needs more memory than this process may use."""


def check(task, activations, params=0):
    """Raises `NotEnoughMemory` if training a child needs too much memory.

    Nothing is refused on a GPU, whose memory is its own, and where the sizes
    are not known.

    Args:
        task: `Task`. It says in `batch_size`, if anywhere, how many examples
            there are in a step.
        activations: Numbers that are kept for one example, or None; see
            `SearchSpace.num_activations`.
        params: Number of parameters. Default: 0, for a model that is not built.
    """
    batch_size = getattr(task, "batch_size", None)
    if activations is None or batch_size is None or devices.on_gpu():
        return
    needed = _before() + estimate(batch_size, activations, params)
    allowed = memory.allowed()
    if needed > allowed:
        raise NotEnoughMemory(
            f"Expected a training that needs at most {allowed / 1e9:.1f} GB of "
            f"memory. Received: one that needs about {needed / 1e9:.1f} GB. A "
            f"smaller batch_size={batch_size} or smaller examples need less."
        )


def check_built(task, model):
    """Raises `NotEnoughMemory` if training a built model needs too much."""
    from nas_tf.children.activations import activations

    kept = activations(model)
    if kept is not None:
        check(task, kept, model.count_params())


def estimate(batch_size, activations, params):
    """Returns how many bytes training adds to a process at its peak.

    Args:
        batch_size: Number of examples in a step.
        activations: Numbers that are kept for one example.
        params: Number of parameters.
    """
    numbers = PEAK * batch_size * activations + COPIES_OF_WEIGHTS * params
    return FIRST_STEP + BYTES * numbers


@functools.cache
def _before():
    """Returns the memory this process had before its first child."""
    return memory.used()
