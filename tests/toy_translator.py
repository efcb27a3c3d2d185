"""A small translator of Keras's own layers, for tests of all around it."""

import dataclasses

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="toy")
class ToyTranslator(keras.Model):
    """Adds the mean of the source's embeddings to a GRU over the target."""

    def __init__(self, num_symbols, units=16, **kwargs):
        super().__init__(**kwargs)
        self.num_symbols = num_symbols
        self.units = units
        self.embedding = keras.layers.Embedding(num_symbols, units)
        self.reader = keras.layers.GRU(units, return_sequences=True)
        self.softmax = keras.layers.Dense(num_symbols)
        self((np.ones((1, 2), "int32"), np.ones((1, 2), "int32")))

    def call(self, inputs, training=False):
        source, target = inputs
        mean = ops.expand_dims(self._mean(source), 1)
        return self.softmax(self.reader(self.embedding(target) + mean))

    def encode(self, source):
        mean = self._mean(source)
        return {"mean": mean}, [ops.zeros_like(mean)]

    def step(self, tokens, state):
        memory, moving = state
        x = self.embedding(tokens) + memory["mean"]
        output, after = self.reader.cell(x, moving)
        logs = ops.log_softmax(self.softmax(output))
        return logs, (memory, list(after))

    def _mean(self, source):
        real = ops.cast(ops.expand_dims(source != 0, -1), "float32")
        total = ops.sum(self.embedding(source) * real, axis=1)
        return total / ops.sum(real, axis=1)

    def get_config(self):
        return {"num_symbols": self.num_symbols, "units": self.units}


def trained(task):
    """Returns a `ToyTranslator` that has learned a task a little."""
    keras.utils.set_random_seed(0)
    model = ToyTranslator(task.num_outputs, units=32)
    dataclasses.replace(task, epochs=3, learning_rate=0.02).fit(model, 0)
    return model
