"""JAX: a compiled function for a step and one for a batch to score."""

from nas_tf.training import stateless
from nas_tf.training.engine import Engine


class JaxEngine(Engine):
    """Trains with one function per step, which JAX compiles with XLA."""

    def __init__(self, model, lesson, optimizer=None, average=None):
        super().__init__(model, lesson, optimizer, average)
        if optimizer is not None:
            self._training = stateless.TrainingStep(
                model, optimizer, self._learn, average
            )
        self._compiled = stateless.compiled(
            model, lambda batch, states: lesson.score(model, batch, states)
        )

    def _epoch(self):
        return self._training.epoch()

    def _score(self, batch, states):
        return self._compiled(batch, states)

    def _learn(self, batch, states):
        loss, *outputs = self._lesson.learn(self._model, batch, states)
        return loss, tuple(outputs)
