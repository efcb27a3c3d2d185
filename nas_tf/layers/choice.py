"""One of several layers, chosen by a number that the model is given."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nas_tf")
class Choice(keras.layers.Layer):
    """Applies the layer that an integer chooses, or a mixture of all.

    The model is traced once for all choices, and only the layer that is chosen
    is computed. The weights of the others have a gradient of 0.

    Args:
        branches: List of layers with outputs of the same shape as their input.
            They may have weights, but assign nothing when they are called.

    Call arguments:
        inputs: Tensor, the input of the layer that is applied.
        action: The number of a layer, an int32 scalar; or float32 `[K]`, the
            weight of each layer's output in a sum of all K of them, as in
            DARTS (Liu et al. 2019, equation 2).

    Returns:
        A tensor of the shape of `inputs`.
    """

    def __init__(self, branches, **kwargs):
        super().__init__(**kwargs)
        self.branches = list(branches)

    def build(self, inputs_shape, action_shape):
        for branch in self.branches:
            if not branch.built:
                branch.build(inputs_shape)

    def call(self, inputs, action):
        if len(action.shape):
            outputs = [branch(inputs) for branch in self.branches]
            return sum(action[k] * x for k, x in enumerate(outputs))
        return ops.switch(action, self.branches, inputs)

    def compute_output_shape(self, inputs_shape, action_shape):
        return inputs_shape

    def get_config(self):
        branches = list(map(keras.saving.serialize_keras_object, self.branches))
        return {**super().get_config(), "branches": branches}

    @classmethod
    def from_config(cls, config):
        branches = map(
            keras.saving.deserialize_keras_object, config.pop("branches")
        )
        return cls(list(branches), **config)
