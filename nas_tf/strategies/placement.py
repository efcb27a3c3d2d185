"""Where a controller's variables are and its steps run; by default, here.

A strategy with a controller creates its variables in `scope`, compiles its
steps with `compile`, and runs them with `call` and `schedule`. It does not need
to know whether that happens in this process or on the servers of a cluster.
"""

import contextlib


class Step:
    """A function of arrays, compiled once for each combination of shapes.

    Calling the compiled function directly, instead of the `tf.function`, saves
    the comparison of signatures at each call.

    Args:
        function: Function of tensors that returns a list of tensors.
    """

    def __init__(self, function):
        import tensorflow as tf

        self._function = tf.function(function, autograph=False)
        self._compiled = {}

    def bind(self, arrays):
        """Returns the concrete function for NumPy arrays, and its tensors."""
        import tensorflow as tf

        tensors = [tf.constant(array) for array in arrays]
        shapes = tuple(array.shape for array in arrays)
        if shapes not in self._compiled:
            self._compiled[shapes] = self._function.get_concrete_function(
                *tensors
            )
        return self._compiled[shapes], tensors


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

    def compile(self, function):
        """Returns a `Step` from a function of tensors to a list of tensors."""
        return Step(function)

    def call(self, step, *arrays):
        """Runs a step and waits for it.

        Args:
            step: What `compile` returned.
            *arrays: NumPy arrays, the function's arguments.

        Returns:
            List of NumPy arrays.
        """
        compiled, tensors = step.bind(arrays)
        return [output.numpy() for output in compiled(*tensors)]

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
        return [variable.numpy() for variable in variables]

    def write(self, variables, values):
        """Assigns NumPy arrays to Keras variables."""
        for variable, value in zip(variables, values):
            variable.assign(value)


LOCAL = Local()
