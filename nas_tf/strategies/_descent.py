"""One step of a Keras optimizer, also for variables on parameter servers.

For those, Keras's `apply` fails: it has to be called in a replica context, and
the functions that a coordinator schedules have none. `update_step`, which
`apply` calls for each variable, works. The rest of `apply` is done here:
clipping, accumulation and counting.
"""

import keras
import numpy as np


class Descent:
    """Averages gradients over batches, clips them, and applies an optimizer.

    All changes are atomic additions to variables, so that no gradient is lost
    when several replicas work at the same time.

    Args:
        optimizer: Keras optimizer that neither clips nor accumulates.
        variables: List of Keras variables.
        clip_norm: Largest global norm of a gradient; None for no limit.
        accumulate: Number of batches whose gradients are averaged for a step.
    """

    def __init__(self, optimizer, variables, clip_norm, accumulate):
        self.optimizer = optimizer
        self.optimizer.build(variables)
        self._targets = variables
        self._clip_norm = clip_norm
        self._accumulate = accumulate
        self._sums = []
        if accumulate > 1:
            self._sums = [
                keras.Variable(np.zeros(v.shape, v.dtype), trainable=False)
                for v in variables
            ]

    @property
    def variables(self):
        """Its whole state, as Keras variables, the learning rate first."""
        rate = self.optimizer.learning_rate
        others = [v for v in self.optimizer.variables if v is not rate]
        return [rate, *others, *self._sums]

    def apply(self, gradients, is_last):
        """Processes the gradients of a batch; called while tracing.

        Args:
            gradients: List of tensors.
            is_last: Boolean scalar, whether the batch completes a step.
        """
        import tensorflow as tf

        if not self._sums:
            return self._step(gradients)
        for total, gradient in zip(self._sums, gradients):
            total.value.assign_add(gradient)
        tf.cond(is_last, self._step_by_mean, lambda: False)

    def _step_by_mean(self):
        import tensorflow as tf

        # Another replica may add to a sum meanwhile. Subtracting only what was
        # read keeps its addition.
        taken = [tf.identity(total.value) for total in self._sums]
        for total, part in zip(self._sums, taken):
            total.value.assign_sub(part)
        self._step([part / self._accumulate for part in taken])
        return True

    def _step(self, gradients):
        import tensorflow as tf

        optimizer = self.optimizer
        if self._clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self._clip_norm)
        rate = optimizer.learning_rate
        for gradient, variable in zip(gradients, self._targets):
            # A server computes the update of its own variables, so that it
            # receives only their gradients.
            with tf.device(variable.value.device):
                optimizer.update_step(gradient, variable, rate)
        # Keras's own `assign_add` reads and then writes, which is not atomic.
        optimizer.iterations.value.assign_add(1)
