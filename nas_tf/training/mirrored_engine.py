"""TensorFlow: a model mirrored on several devices that share each batch."""

import contextlib

import numpy as np
from keras import ops

from nas_tf.training import mirroring
from nas_tf.training import precision
from nas_tf.training.batch_normalization import synchronized
from nas_tf.training.lessons.base import count_examples
from nas_tf.training.tensorflow_engine import TensorFlowEngine
from nas_tf.training.weight_average import moved


class MirroredEngine(TensorFlowEngine):
    """Computes on several devices what `TensorFlowEngine` does on one.

    Each device has its rows of a batch, and their states stay on it. Model and
    optimizer are made in the scope of the strategy, and the engine is used in
    it. XLA is not used, since it cannot exchange anything between devices in
    the middle of a function.
    """

    def __init__(self, model, lesson, optimizer=None, average=None):
        super().__init__(model, lesson, optimizer, average)
        # For batches to score that have fewer rows than there are devices.
        self._alone = TensorFlowEngine(model, lesson)
        if optimizer is not None:
            mirroring.draw_apart(model)

    def _epoch(self):
        return contextlib.nullcontext(
            lambda batch, states: self._train_step(
                mirroring.split(batch), states
            )
        )

    def _score(self, batch, states):
        if _is_small(batch):
            return self._alone._score(batch, states)
        return self._score_step(mirroring.split(batch), states)

    def _start(self, batch):
        if _is_small(batch):
            return self._alone._start(batch)
        return mirroring.place(super()._start, mirroring.split(batch))

    def _saved(self, states):
        return [
            np.concatenate(list(map(ops.convert_to_numpy, parts)))
            for parts in zip(*states)
        ]

    def _restored(self, states):
        return mirroring.split(states)

    def _traced_step(self, parts, states):
        import tensorflow as tf

        sizes = [tf.cast(self._lesson.size(part), tf.float32) for part in parts]
        shares = [size / tf.add_n(sizes) for size in sizes]
        # `run` traces the replicas one after another, all with the same layers.
        with (
            synchronized(self._model),
            mirroring.taking_sums(precision.inner(self._optimizer)),
        ):
            figures, states = zip(
                *mirroring.run(self._on_replica, parts, states, shares)
            )
        if self._average is not None:
            self._average.follow(_update)
        return tf.add_n(figures), list(states)

    def _on_replica(self, part, states, share):
        gradients, figures, states = self._gradients(part, states, share)
        self._optimizer.apply(
            mirroring.sums(gradients), self._model.trainable_variables
        )
        return figures * share, states

    def _traced_score(self, parts, states):
        import tensorflow as tf

        sums, counts, states = zip(
            *mirroring.run(super()._traced_score, parts, states)
        )
        return tf.add_n(sums), tf.add_n(counts), list(states)


def _update(average, weight, share):
    mirroring.assign(average, moved, weight, share)


def _is_small(batch):
    return count_examples(batch) < mirroring.count()
