"""A small space whose architectures share weights, found by its module name."""

import dataclasses

import keras

from nas_tf.decisions import Categorical
from nas_tf.layers.choice import Choice
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs.cost import Cost

UNITS = 8


@dataclasses.dataclass(frozen=True)
class SharedDense(SearchSpace):
    """Three layers, each nothing, tanh or ReLU of a product."""

    decisions = (
        Categorical("layer", 3, labels=("identity", "tanh", "relu")),
    ) * 3

    def cost(self, spec, task):
        return Cost(10 * (1 + spec.choices.count("tanh")), 0)

    def build_shared(self, task, mixed=False):
        image = keras.Input(task.input_shape)
        shape, dtype = ((3, 3), "float32") if mixed else ((3,), "int32")
        actions = keras.Input(batch_shape=shape, dtype=dtype)
        x = keras.layers.Flatten()(image)
        x = keras.layers.Dense(UNITS, name="first")(x)
        for number in range(3):
            branches = [
                keras.layers.Identity(),
                keras.layers.Dense(UNITS, "tanh"),
                keras.layers.Dense(UNITS, "relu"),
            ]
            choice = Choice(branches, name=f"choice_{number}")
            x = choice(x, actions[number])
        outputs = keras.layers.Dense(task.num_outputs, "softmax")(x)
        return keras.Model([image, actions], outputs)


make = SharedDense
