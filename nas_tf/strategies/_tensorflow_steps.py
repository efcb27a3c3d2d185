"""TensorFlow: a step is a traced graph."""


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

    def __call__(self, *arrays):
        compiled, tensors = self.bind(arrays)
        return [output.numpy() for output in compiled(*tensors)]


def compiled(function, variables):
    """See `nas_tf.strategies._steps`."""
    del variables
    return Step(function)


def differentiate(function, variables):
    """See `nas_tf.strategies._steps`."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        outputs = function()
    gradients = tape.gradient(
        outputs[0],
        [variable.value for variable in variables],
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    return outputs, gradients
