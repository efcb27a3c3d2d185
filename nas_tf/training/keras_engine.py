"""Keras's own training steps."""

import keras
import numpy as np

from nas_tf.training.prefetching import ahead

MEASURES = ("loss", "accuracy")


class KerasEngine:
    """Keras's own steps, one batch at a time, on any backend."""

    def __init__(self, model, optimizer=None, jit_compile=False):
        model.compile(
            optimizer=optimizer or "sgd",
            loss="sparse_categorical_crossentropy",
            # Keras's loss has the model's penalties in it, also where it is
            # validated.
            metrics=[
                "accuracy",
                keras.metrics.SparseCategoricalCrossentropy(
                    name="cross_entropy"
                ),
            ],
            jit_compile=jit_compile,
        )
        if optimizer is not None and not optimizer.built:
            # Keras would do it with the first batch.
            optimizer.build(model.trainable_variables)
        self._model = model

    def prefetched(self, batches):
        return ahead(batches)

    def train(self, batches):
        steps = [
            self._model.train_on_batch(x, y, return_dict=True)
            for x, y in batches
        ]
        if not steps:
            raise ValueError("Expected batches. Received: none in an epoch")
        return {
            name: float(np.mean([step[name] for step in steps]))
            for name in MEASURES
        }

    def evaluate(self, x, y, batch_size=256):
        metrics = self._model.evaluate(
            x, y, batch_size=batch_size, verbose=0, return_dict=True
        )
        return {
            "loss": metrics["cross_entropy"],
            "accuracy": metrics["accuracy"],
        }
