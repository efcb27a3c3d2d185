"""Where a controller's variables live and its steps run: here, by default.

A strategy with a controller makes its variables in `scope`, has its steps
compiled by `compile` and runs them by `call` and `schedule`; so it need not
know whether that happens in this process or on the servers of a cluster.
"""

import contextlib


class Step:
    """A function of arrays, compiled once for each of their shapes.

    Calling what was compiled for the shapes at hand, in place of the
    `tf.function`, saves comparing signatures at each call.

    Args:
        function: Takes tensors and returns a list of tensors.
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
    """What has come out of a step, as a future that waits for nothing."""

    def __init__(self, outputs):
        self._outputs = outputs

    def done(self):
        return True

    def result(self):
        return self._outputs


class Local:
    """This process: every step is run when it is asked for."""

    def scope(self):
        """Returns a context manager to create variables in."""
        return contextlib.nullcontext()

    def compile(self, function):
        """Returns a step of a function from tensors to a list of tensors."""
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
        """As `call`, without waiting where that is possible.

        Steps are begun in the order of scheduling.

        Returns:
            An object with `done()`, and `result()` that waits for the list of
            NumPy arrays.
        """
        return _Done(self.call(step, *arrays))

    def join(self):
        """Waits for all that was scheduled."""

    def read(self, variables):
        """Returns a list of NumPy arrays, the values of Keras variables."""
        return [variable.numpy() for variable in variables]

    def write(self, variables, values):
        """Gives Keras variables the values of NumPy arrays."""
        for variable, value in zip(variables, values):
            variable.assign(value)


LOCAL = Local()
