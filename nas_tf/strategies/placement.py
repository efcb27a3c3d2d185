"""Where a controller's variables are and its steps run; by default, here.

A strategy with a controller creates its variables in `scope`, compiles its
steps with `compile`, and runs them with `call` and `schedule`. It does not need
to know whether that happens in this process or on the servers of a cluster.
"""

import contextlib

from keras import ops

from nas_tf.strategies import _steps


class _Done:
    """The result of a finished step, as a future."""

    def __init__(self, outputs):
        self._outputs = outputs

    def done(self):
        return True

    def result(self):
        return self._outputs


class Local:
    """The placement in this process: every step runs immediately."""

    def scope(self):
        """Returns a context manager to create variables in."""
        return contextlib.nullcontext()

    def compile(self, function, variables=()):
        """Returns a step from a function of tensors to a list of tensors.

        Args:
            function: The function.
            variables: List of all Keras variables that it reads or assigns to.
        """
        return _steps.compiled(function, variables)

    def call(self, step, *arrays):
        """Runs a step and waits for it.

        Args:
            step: What `compile` returned.
            *arrays: NumPy arrays, the function's arguments.

        Returns:
            List of NumPy arrays.
        """
        return step(*arrays)

    def schedule(self, step, *arrays):
        """Runs a step like `call`, without waiting where that is possible.

        Steps begin in the order in which they were scheduled.

        Returns:
            An object with `done()`, and `result()` that waits for the list of
            NumPy arrays.
        """
        return _Done(self.call(step, *arrays))

    def join(self):
        """Waits for all scheduled steps."""

    def read(self, variables):
        """Returns a list of NumPy arrays, the values of Keras variables."""
        return [ops.convert_to_numpy(variable) for variable in variables]

    def write(self, variables, values):
        """Assigns NumPy arrays to Keras variables."""
        for variable, value in zip(variables, values):
            variable.assign(value)


LOCAL = Local()
