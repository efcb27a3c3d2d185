"""JAX: several steps in one compiled call, on data that the device keeps."""

from nas_tf.training.jax_engine import JaxEngine
from nas_tf.training.resident import calls


class ResidentEngine(JaxEngine):
    """Trains with one function for several steps.

    Between two steps nothing is copied to the device and Python does nothing,
    which would take longer than a small step itself.

    Args:
        model: Built `keras.Model`.
        lesson: `Lesson`.
        optimizer: Built `keras.optimizers.Optimizer` for this model alone.
        average: `WeightAverage` that follows the model, or None.
        data: `Resident`.
        steps: The largest number of steps of a call, at least 1.
    """

    def __init__(self, model, lesson, optimizer, average, data, steps):
        import jax

        super().__init__(model, lesson, optimizer, average)
        self._data = data
        self._steps = steps
        self._arrays = jax.tree.map(jax.device_put, data.arrays)
        self._several = self._training.several(data.batch)

    def planned(self, epoch, done=0):
        """Returns what `advance` takes for an epoch.

        Args:
            epoch: Its number, from 0.
            done: Number of its steps that have been made. Default: 0.
        """
        return calls(list(self._data.plans(epoch)), self._steps, done)

    def _epoch(self):
        return self._training.epoch(
            lambda state, plans, states: self._several(
                state, self._arrays, plans, states
            )
        )

    def _examples(self, call):
        import jax

        plan = jax.tree.map(lambda stacked: stacked[0], call)
        return jax.eval_shape(self._data.batch, self._arrays, plan)
