"""The output of a cell of images whose loose ends are not known yet."""

import keras
from keras import ops

from nas_tf.layers.batch_statistics import normalized


@keras.saving.register_keras_serializable(package="nas_tf")
class SharedOutput(keras.layers.Layer):
    """Makes the filters of a cell out of those states that nothing reads.

    It computes ReLU, a 1x1 convolution and batch normalization of their
    concatenation. The convolution has weights for all states; a state that is
    read becomes 0 first, which has the same effect as leaving it out.

    Args:
        columns: Tuple of the numbers of the actions that say which states are
            read; () if all states are put out.
        first: Number of the first state that can be put out, 0 or, without
            the cell's inputs, 2. Default: 0.
        epsilon: Of batch normalization, > 0. Default: 0.00001.
        affine: Whether batch normalization has a scale and an offset. Default:
            False.

    Call arguments:
        inputs: List of all states `[B, H, W, C]` of the cell, all of the same
            shape, and the actions `[T]` int32; or float32 `[T, K]`, the
            weights of a mixture's choices. A state is then weighted by the
            probability that nothing reads it, if each choice is made on its
            own with these probabilities.

    Returns:
        `[B, H, W, C]`.
    """

    def __init__(self, columns, first=0, epsilon=1e-5, affine=False, **kwargs):
        super().__init__(**kwargs)
        self.columns = tuple(columns)
        self.first = first
        self.epsilon = epsilon
        self.affine = affine

    def build(self, input_shape):
        *states, _ = input_shape
        filters = states[0][-1]
        depth = (len(states) - self.first) * filters
        self.kernel = self.add_weight(
            (1, 1, depth, filters), "he_normal", name="kernel"
        )
        self.gamma = self.beta = None
        if self.affine:
            self.gamma = self.add_weight((filters,), "ones", name="gamma")
            self.beta = self.add_weight((filters,), "zeros", name="beta")

    def call(self, inputs):
        *states, actions = inputs
        ends = states[self.first :]
        if self.columns:
            loose = self._loose(len(states), actions)
            loose = ops.cast(loose[self.first :], states[0].dtype)
            ends = [loose[k] * end for k, end in enumerate(ends)]
        x = ops.relu(ops.concatenate(ends, axis=-1))
        x = ops.conv(
            x, self.kernel, padding="same", data_format="channels_last"
        )
        return normalized(x, self.epsilon, self.gamma, self.beta)

    def _loose(self, count, actions):
        """Returns how much of each state nothing reads, `[count]`."""
        chosen = ops.take(actions, self.columns, axis=0)
        if len(actions.shape) == 1:
            reads = ops.sum(ops.one_hot(chosen, count), axis=0)
            return reads < 0.5
        # There may be more states than choices: nothing reads the last.
        missing = max(0, count - chosen.shape[1])
        chosen = ops.pad(chosen, ((0, 0), (0, missing)))
        return ops.prod(1 - chosen[:, :count], axis=0)

    def chosen(self, actions):
        """Returns the weights that an architecture uses.

        Args:
            actions: Sequence of integers.

        Returns:
            Dict from names of layers to lists of NumPy arrays, as
            `nas_tf.layers.shared_operation.SharedOperation.chosen`.
        """
        kernel = ops.convert_to_numpy(self.kernel)
        filters = kernel.shape[-1]
        read = {int(actions[column]) for column in self.columns}
        count = kernel.shape[2] // filters
        rows = [
            range(k * filters, (k + 1) * filters)
            for k in range(count)
            if self.first + k not in read
        ]
        kept = [row for part in rows for row in part]
        found = {f"{self.name}_conv": [kernel[:, :, kept]]}
        if self.affine:
            found[f"{self.name}_batch_norm"] = [
                ops.convert_to_numpy(self.gamma),
                ops.convert_to_numpy(self.beta),
            ]
        return found

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {
            **super().get_config(),
            "columns": list(self.columns),
            "first": self.first,
            "epsilon": self.epsilon,
            "affine": self.affine,
        }
