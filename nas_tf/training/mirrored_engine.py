"""Training and validation steps of a model mirrored on several devices."""

from nas_tf.training import mirroring
from nas_tf.training.batch_normalization import synchronized
from nas_tf.training.step_engine import losses_and_hits
from nas_tf.training.tensorflow_engine import TensorFlowEngine


class MirroredEngine(TensorFlowEngine):
    """Computes on several devices what `TensorFlowEngine` does on one.

    Model and optimizer are made in the scope of the strategy, and this is
    used in it. XLA compiles nothing, as it cannot exchange anything between
    devices in the middle of a function.
    """

    def __init__(self, model, optimizer):
        import tensorflow as tf

        super().__init__(model, optimizer, jit_compile=False)
        # A part of a batch may not be empty.
        self._least = mirroring.count()
        if optimizer is not None:
            mirroring.draw_apart(model)
        train = tf.function(_train_step(model, optimizer), autograph=False)
        test = tf.function(_test_step(model), autograph=False)
        self._train_step = lambda *batch: train(*map(mirroring.split, batch))
        self._test_step = lambda *batch: test(*map(mirroring.split, batch))


def _train_step(model, optimizer):
    """Returns a function of parts of a batch: -> `[loss, accuracy]`."""
    import tensorflow as tf

    def on_replica(x, y, share):
        variables = [v.value for v in model.trainable_variables]
        with tf.GradientTape() as tape:
            losses, hits = losses_and_hits(y, model(x, training=True))
            loss = tf.add_n([tf.reduce_mean(losses), *model.losses]) * share
        gradients = mirroring.sums(tape.gradient(loss, variables))
        optimizer.apply(gradients, model.trainable_variables)
        return tf.stack([loss, tf.reduce_mean(hits) * share])

    def step(xs, ys):
        # Replicas are traced in turns, so the layers are theirs together.
        with synchronized(model), mirroring.taking_sums(optimizer):
            shares = mirroring.shares(xs)
            return tf.add_n(mirroring.run(on_replica, xs, ys, shares))

    return step


def _test_step(model):
    """Returns a function of parts of a batch: -> sums `[2]`."""
    import tensorflow as tf

    def on_replica(x, y, weights):
        losses, hits = losses_and_hits(y, model(x, training=False))
        return tf.linalg.matvec(tf.stack([losses, hits]), weights)

    return lambda *parts: tf.add_n(mirroring.run(on_replica, *parts))
