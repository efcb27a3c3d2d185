"""One step of a Keras optimizer, also on variables of parameter servers.

There Keras's `apply` fails: it wants to be called on a replica, and the
functions a coordinator sends out run on none. `update_step`, which it calls
for each variable, works. What `apply` does around it is done here: clipping,
accumulation, counting.
"""

import keras
import numpy as np


class Descent:
    """Applies gradients: averaged over batches, clipped, by an optimizer.

    All changes are additions to variables, each made in one go, so that no
    replica's gradient is lost where several work at a time.

    Args:
        optimizer: Keras optimizer that neither clips nor accumulates.
        variables: List of Keras variables.
        clip_norm: Largest global norm of a gradient; None for any.
        accumulate: Batches whose gradients are averaged for a step.
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
        """All it remembers, as Keras variables, the learning rate first."""
        rate = self.optimizer.learning_rate
        others = [v for v in self.optimizer.variables if v is not rate]
        return [rate, *others, *self._sums]

    def apply(self, gradients, is_last):
        """Takes in a batch's gradients; to be called while tracing.

        Args:
            gradients: List of tensors.
            is_last: Boolean scalar, whether the batch makes a step whole.
        """
        import tensorflow as tf

        if not self._sums:
            return self._step(gradients)
        for total, gradient in zip(self._sums, gradients):
            total.value.assign_add(gradient)
        tf.cond(is_last, self._step_by_mean, lambda: False)

    def _step_by_mean(self):
        import tensorflow as tf

        # A replica may have added to a sum since; what it added stays.
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
            # A server works out what becomes of its variables, so that all
            # it is sent is their gradients.
            with tf.device(variable.value.device):
                optimizer.update_step(gradient, variable, rate)
        # Keras's own `assign_add` reads and then writes.
        optimizer.iterations.value.assign_add(1)
