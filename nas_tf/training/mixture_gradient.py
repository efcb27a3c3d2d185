"""The gradient of a loss in the weights of a mixture, for DARTS."""

import functools

import keras

from nas_tf.errors import UsageError


def mixture_gradient(model, lesson):
    """Returns a function `(batch, mixture) -> gradient`, compiled once.

    Args:
        model: What `SearchSpace.build_shared` returned with `mixed=True`.
        lesson: `Lesson` whose training loss is differentiated.

    Returns:
        Function of a batch `(x, y)` and a float32 `[T, K]` array that returns
        an array of the same shape.

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

    def gradient(batch, mixture):
        x, y = batch
        size = keras.tree.flatten(x)[0].shape[0]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(mixture)
            loss, _, _ = lesson.learn(
                model, ((x, mixture), y), lesson.start(model, size)
            )
        return tape.gradient(loss, mixture)

    # A partial function has no code that TensorFlow could warn of.
    compiled = tf.function(functools.partial(gradient), autograph=False)
    return lambda batch, mixture: compiled(
        batch, tf.convert_to_tensor(mixture)
    ).numpy()
