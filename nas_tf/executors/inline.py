"""Runs children in this process, one after the other.

Two runs with the same seed are equal.
"""

import concurrent.futures

from nas_tf.executors.base import Executor
from nas_tf.executors.process import find_gpus
from nas_tf.training import devices as all_devices


class Inline(Executor):
    """`submit` returns when the child has finished; there is no time limit."""

    in_process = True

    def describe(self):
        device = "a GPU" if find_gpus() else "the CPU"
        return f"this process on {device}, one child at a time"

    def reserve(self, devices):
        # Devices can be divided only before TensorFlow starts, for the
        # controller.
        all_devices.names(devices)

    def submit(self, function, /, *args, **kwargs):
        future = concurrent.futures.Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        except SystemExit as error:
            # A child does not end the search.
            future.set_exception(RuntimeError(f"SystemExit: {error}"))
        return future


make = Inline
