"""A small translator of Keras's own layers, for tests of all around it."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="toy")
class ToyTranslator(keras.Model):
    """Adds the mean of the source's embeddings to a GRU over the target."""

    def __init__(self, num_subwords, units=16, **kwargs):
        super().__init__(**kwargs)
        self.num_subwords = num_subwords
        self.units = units
        self.embedding = keras.layers.Embedding(num_subwords, units)
        self.reader = keras.layers.GRU(units, return_sequences=True)
        self.softmax = keras.layers.Dense(num_subwords)
        self((np.ones((1, 2), "int32"), np.ones((1, 2), "int32")))

    def call(self, inputs, training=False):
        source, target = inputs
        real = ops.cast(ops.expand_dims(source != 0, -1), "float32")
        total = ops.sum(self.embedding(source) * real, axis=1, keepdims=True)
        mean = total / ops.sum(real, axis=1, keepdims=True)
        return self.softmax(self.reader(self.embedding(target) + mean))

    def get_config(self):
        return {"num_subwords": self.num_subwords, "units": self.units}
