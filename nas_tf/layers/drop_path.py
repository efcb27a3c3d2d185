"""ScheduledDropPath: whole paths are dropped, more often as training goes on.

Zoph et al. 2018, NASNet, Appendix A.7, after the drop-path of Larsson et al.
2017.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nas_tf")
class TrainingProgress(keras.layers.Layer):
    """Tells how far a training has come, and counts its steps.

    The number of steps is a variable, so a training that is resumed with its
    variables goes on at the right place.

    Args:
        num_steps: Number of steps of the whole training, at least 1.

    Call arguments:
        inputs: Any tensor; its values do not matter.
        training: Whether this is a step of training. Default: False.

    Returns:
        A scalar in [0, 1], the share of the steps before this one.
    """

    def __init__(self, num_steps, **kwargs):
        super().__init__(**kwargs)
        self.num_steps = num_steps

    def build(self, input_shape):
        self.step = self.add_weight(
            shape=(),
            # A float would be cast to half precision, which cannot count beyond
            # 2,048 or 256, and averaged with the weights.
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
            name="step",
        )

    def call(self, inputs, training=False):
        steps = ops.cast(self.step, "float32")
        progress = ops.minimum(1.0, steps / self.num_steps)
        if training:
            self.step.assign(self.step + 1)
        return progress

    def compute_output_spec(self, inputs, training=False):
        return keras.KerasTensor((), "float32")

    def get_config(self):
        return {**super().get_config(), "num_steps": self.num_steps}


@keras.saving.register_keras_serializable(package="nas_tf")
class DropPath(keras.layers.Layer):
    """Drops whole examples of its input, and divides the others by the rest.

    The expectation of the output is the input. Without training the output is
    the input.

    Args:
        keep: Probability in (0, 1] with which an example is kept at the end of
            the training. It falls to that linearly from 1.
        seed: Integer that decides what is dropped, or None (default).

    Call arguments:
        inputs: `[x, progress]`: a tensor `[B, ...]` and the scalar of
            `TrainingProgress`.
        training: Whether to drop. Default: False.
    """

    def __init__(self, keep, seed=None, **kwargs):
        # The progress would lose digits.
        super().__init__(autocast=False, **kwargs)
        self.keep = keep
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        x, progress = inputs
        if not training:
            return x
        keep = 1 - ops.cast(progress, "float32") * (1 - self.keep)
        shape = (ops.shape(x)[0], *([1] * (len(x.shape) - 1)))
        drawn = keras.random.uniform(shape, seed=self.seed_generator)
        kept = ops.floor(keep + drawn) / keep
        return x * ops.cast(kept, x.dtype)

    def compute_output_spec(self, inputs, training=False):
        return keras.KerasTensor(inputs[0].shape, inputs[0].dtype)

    def get_config(self):
        return {**super().get_config(), "keep": self.keep, "seed": self.seed}
