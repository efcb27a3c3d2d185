"""A training step and a validation batch as one compiled function each."""

from keras import ops

from nas_tf.training import stateless
from nas_tf.training.prefetching import ahead
from nas_tf.training.step_engine import StepEngine
from nas_tf.training.step_engine import losses_and_hits


class JaxEngine(StepEngine):
    """One function each for step and batch, which JAX compiles by XLA."""

    def __init__(self, model, optimizer=None):
        if optimizer is not None:
            training = stateless.TrainingStep(
                model, optimizer, _train_step(model)
            )
            self._epoch = training.epoch
        self._test_step = stateless.compiled(model, _test_step(model))

    def prefetched(self, batches):
        return ahead(batches)


def _train_step(model):
    """Returns a function of a batch: -> (loss, `[whole loss, accuracy]`)."""

    def step(x, y):
        losses, hits = losses_and_hits(y, model(x, training=True))
        loss = ops.mean(losses)
        whole = sum(model.losses, loss)
        return loss, ops.stack([whole, ops.mean(hits)])

    return step


def _test_step(model):
    """Returns a function of a batch: -> sums `[2]` of losses and hits."""

    def step(x, y, weights):
        losses, hits = losses_and_hits(y, model(x, training=False))
        return ops.matmul(ops.stack([losses, hits]), weights)

    return step
