"""Steps of a language model mirrored on several devices."""

from nas_tf.training import mirroring
from nas_tf.training.sequences.nats import nats_of
from nas_tf.training.sequences.nats import sum_of_nats
from nas_tf.training.sequences.tensorflow_engine import TensorFlowEngine


class MirroredEngine(TensorFlowEngine):
    """Computes on several devices what `TensorFlowEngine` does on one.

    Each has its rows of the text, and what was read of these stays there from
    window to window. Model and optimizer are made in the scope of the
    strategy, and this is used in it. XLA compiles nothing, as it cannot
    exchange anything between devices in the middle of a function.
    """

    def __init__(self, model, optimizer):
        import tensorflow as tf

        super().__init__(model, optimizer)
        self._alone = TensorFlowEngine(model)
        if optimizer is not None:
            mirroring.draw_apart(model)
        train = tf.function(_train_step(model, optimizer), autograph=False)
        test = tf.function(_test_step(model), autograph=False)
        self._train_step = lambda x, y, states: train(
            mirroring.split(x), mirroring.split(y), states
        )
        self._test_step = lambda x, y, states: test(
            mirroring.split(x), mirroring.split(y), states
        )

    def _initial_states(self, inputs):
        return mirroring.place(
            lambda rows: self._model.initial_states(len(rows)),
            mirroring.split(inputs),
        )

    def evaluate(self, inputs, targets, steps):
        if len(inputs) < mirroring.count():
            # As of a text that is read from its first symbol to its last.
            return self._alone.evaluate(inputs, targets, steps)
        return super().evaluate(inputs, targets, steps)


def _train_step(model, optimizer):
    """Returns a function of parts of a window: -> (nats, states)."""
    import tensorflow as tf

    def on_replica(x, y, states, share):
        variables = [v.value for v in model.trainable_variables]
        with tf.GradientTape() as tape:
            logits, states = model.advance(x, states, training=True)
            mean = tf.reduce_mean(nats_of(y, logits))
            loss = tf.add_n([mean * x.shape[1], *model.losses]) * share
        gradients = mirroring.sums(tape.gradient(loss, variables))
        optimizer.apply(gradients, model.trainable_variables)
        return mean * share, states

    def step(xs, ys, states):
        with mirroring.taking_sums(optimizer):
            shares = mirroring.shares(xs)
            results = mirroring.run(on_replica, xs, ys, states, shares)
        return _joined(results)

    return step


def _test_step(model):
    """Returns a function of parts of a window: -> (sum of nats, states)."""

    def on_replica(x, y, states):
        logits, states = model.advance(x, states, training=False)
        return sum_of_nats(y, logits), states

    return lambda *lists: _joined(mirroring.run(on_replica, *lists))


def _joined(results):
    import tensorflow as tf

    nats, states = zip(*results)
    return tf.add_n(nats), list(states)
