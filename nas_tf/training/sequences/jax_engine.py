"""A training step and an evaluated window as one compiled function each."""

from keras import ops

from nas_tf.training import stateless
from nas_tf.training.sequences.nats import nats_of
from nas_tf.training.sequences.nats import sum_of_nats
from nas_tf.training.sequences.window_engine import WindowEngine


class JaxEngine(WindowEngine):
    """One function each for step and window, which JAX compiles by XLA."""

    def __init__(self, model, optimizer=None):
        self._model = model
        if optimizer is not None:
            training = stateless.TrainingStep(
                model, optimizer, _train_step(model)
            )
            self._epoch = training.epoch
        self._test_step = stateless.compiled(model, _test_step(model))


def _train_step(model):
    """Returns a function of a window: -> (loss, (nats, states))."""

    def step(x, y, states):
        logits, states = model.advance(x, states, training=True)
        mean = ops.mean(nats_of(y, logits))
        return mean * x.shape[1], (mean, states)

    return step


def _test_step(model):
    """Returns a function of a window: -> (sum of nats that count, states)."""

    def step(x, y, states):
        logits, states = model.advance(x, states, training=False)
        return sum_of_nats(y, logits), states

    return step
