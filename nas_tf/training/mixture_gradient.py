"""The gradient of a loss in the weights of a mixture, for DARTS."""

import keras

from nas_tf.errors import UsageError

# The length of the step by which weights are moved to and fro, of a footnote in
# section 2.3 of the paper.
DIFFERENCE = 0.01


def mixture_gradient(model, lesson, inner_rate=0.0):
    """Returns the function that DARTS learns from, compiled once.

    Of first order it is the gradient of the validation loss (Liu et al. 2019,
    section 2.3). Of second order it is that of the loss after the weights have
    made a plain step of gradient descent (equations 7 and 8); the product with
    the second derivatives is a finite difference. The weights are afterwards
    what they were.

    Args:
        model: What `SearchSpace.build_shared` returned with `mixed=True`.
        lesson: `Lesson` whose training loss is differentiated.
        inner_rate: Rate xi of that step, >= 0. Default: 0, first order.

    Returns:
        Function of a float32 `[T, K]` mixture, a batch `(x, y)` of validation
        and one of training, which returns an array like the mixture. The
        training batch is not read if `inner_rate` is 0.

    Raises:
        UsageError: On a backend other than TensorFlow.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow as Keras's backend, for mixtures. Received: "
            f"{backend}"
        )
    import tensorflow as tf

    gradients = Gradients(tf, model, lesson)
    if inner_rate:

        def gradient(mixture, held_out, training):
            return gradients.ahead(mixture, held_out, training, inner_rate)
    else:

        def gradient(mixture, held_out, training):
            return gradients.of_mixture(mixture, held_out)

    compiled = tf.function(gradient, autograph=False)
    return lambda mixture, held_out, training: compiled(
        tf.convert_to_tensor(mixture), held_out, training
    ).numpy()


class Gradients:
    """Gradients of a loss, in the mixture and in the weights.

    Args:
        tf: TensorFlow.
        model: See `mixture_gradient`.
        lesson: See `mixture_gradient`.
    """

    def __init__(self, tf, model, lesson):
        self._tf = tf
        self._model = model
        self._lesson = lesson
        self._variables = [v.value for v in model.trainable_variables]

    def of_mixture(self, mixture, batch):
        """Returns the gradient in the mixture, `[T, K]`."""
        return self._of([mixture], mixture, batch)[0]

    def ahead(self, mixture, held_out, training, rate):
        """Returns the gradient after a step of the weights, `[T, K]`."""
        tf, variables = self._tf, self._variables
        weights = [tf.identity(variable) for variable in variables]

        def move(steps, rate):
            for variable, value, step in zip(variables, weights, steps):
                variable.assign(value + rate * step)

        move(self._of(variables, mixture, training), -rate)
        first, *outer = self._of([mixture, *variables], mixture, held_out)
        # Where the loss is flat there is nothing to divide by.
        length = tf.maximum(tf.linalg.global_norm(outer), 1e-12)
        epsilon = DIFFERENCE / length
        sides = []
        for side in (epsilon, -epsilon):
            move(outer, side)
            sides.append(self.of_mixture(mixture, training))
        for variable, value in zip(variables, weights):
            variable.assign(value)
        return first - rate * (sides[0] - sides[1]) / (2 * epsilon)

    def _of(self, sources, mixture, batch):
        """Returns the gradients in a list of tensors or variables."""
        tf = self._tf
        x, y = batch
        size = keras.tree.flatten(x)[0].shape[0]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            loss, _, _ = self._lesson.learn(
                self._model,
                ((x, mixture), y),
                self._lesson.start(self._model, size),
            )
        found = tape.gradient(loss, sources, unconnected_gradients="zero")
        return [tf.convert_to_tensor(gradient) for gradient in found]
