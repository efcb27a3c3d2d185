"""TensorFlow: a traced function for a step and one for a batch to score."""

import contextlib
import functools
import itertools

from nas_tf.training.batch_normalization import fused
from nas_tf.training.engine import Engine


class TensorFlowEngine(Engine):
    """Trains on one device with one traced function per step.

    Args:
        jit_compile: Whether XLA compiles the training step. Default: False.
            For the other arguments see `Engine`.
    """

    def __init__(
        self, model, lesson, optimizer=None, average=None, jit_compile=False
    ):
        super().__init__(model, lesson, optimizer, average)
        self._train_step = _OfEachShape(self._traced_step, jit_compile)
        self._score_step = _OfEachShape(self._traced_score)

    def prefetched(self, batches):
        """Returns the same batches, made ahead of their use by `tf.data`."""
        import tensorflow as tf

        batches = iter(batches)
        first = next(batches, None)
        if first is None:
            return []
        return tf.data.Dataset.from_generator(
            lambda: itertools.chain([first], batches),
            output_signature=tf.nest.map_structure(
                lambda part: tf.TensorSpec((None, *part.shape[1:]), part.dtype),
                first,
            ),
        ).prefetch(tf.data.AUTOTUNE)

    def _epoch(self):
        return contextlib.nullcontext(self._train_step)

    def _score(self, batch, states):
        return self._score_step(batch, states)

    def _traced_step(self, batch, states):
        with fused(self._model):
            gradients, figures, states = self._gradients(batch, states)
        self._optimizer.apply(gradients, self._model.trainable_variables)
        if self._average is not None:
            self._average.follow()
        return figures, states

    def _traced_score(self, batch, states):
        return self._lesson.score(self._model, batch, states)

    def _gradients(self, batch, states, share=None):
        """Returns the gradients, figures and states of a training batch.

        Args:
            batch: The batch, or a part of it.
            states: The states of its examples.
            share: The share of the whole batch that a part is, or None
                (default) for a whole batch.
        """
        import tensorflow as tf

        variables = [v.value for v in self._model.trainable_variables]
        with tf.GradientTape() as tape:
            loss, figures, states = self._lesson.learn(
                self._model, batch, states
            )
            loss = tf.add_n([loss, *self._model.losses])
            if share is not None:
                loss = loss * share
            loss = self._optimizer.scale_loss(loss)
        # The gradient of an embedding has a row for each symbol read. Its norm
        # can be clipped only after the rows of equal symbols are added.
        gradients = [
            None if gradient is None else tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(loss, variables)
        ]
        return gradients, figures, states


class _OfEachShape:
    """A traced function for each shape of its arguments.

    TensorFlow warns of a function that is traced for many shapes, though
    sentences sorted by their length have as many on purpose; and of code that
    is traced often, as that of every child is. It cannot do so of a partial
    function, which has no code.

    Args:
        function: Function of structures of tensors or arrays.
        jit_compile: Whether XLA compiles it. Default: False.
    """

    def __init__(self, function, jit_compile=False):
        self._function = function
        self._jit_compile = jit_compile
        self._traced = {}

    def __call__(self, *arguments):
        import tensorflow as tf

        shapes = tuple(
            (*part.shape, part.dtype) for part in tf.nest.flatten(arguments)
        )
        if shapes not in self._traced:
            self._traced[shapes] = tf.function(
                functools.partial(self._function),
                autograph=False,
                jit_compile=self._jit_compile,
            )
        return self._traced[shapes](*arguments)
