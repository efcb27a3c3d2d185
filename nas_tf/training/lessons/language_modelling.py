"""Language modelling by truncated back-propagation through time."""

from keras import ops

from nas_tf.training.lessons.base import Lesson


class LanguageModelling(Lesson):
    """Trains a model to predict the next symbol of a text.

    The model is a built `keras.Model` with two methods:

    - `initial_states(batch_size)` returns a flat list of tensors of zeros;
    - `advance(tokens, states, training=False)` reads `[B, T]` integers and
      returns `(logits, states)`: `[B, T, V]`, and what the model remembers
      after the last step.

    A batch is a window `(inputs, targets)` of B rows of text, both `[B, T]`
    integers. The rows of the next window continue those of this one. In a
    batch to score, targets below 0 do not count.

    The loss to minimise is the cross-entropy in nats, summed over the steps of
    a window and averaged over its rows. The figure "loss" is the mean number of
    nats per symbol, without penalties of weights.
    """

    def start(self, model, batch_size):
        return model.initial_states(batch_size)

    def learn(self, model, batch, states):
        x, y = batch
        logits, states = model.advance(x, states, training=True)
        mean = ops.mean(nats_of(y, logits))
        return mean * y.shape[1], ops.stack([mean]), states

    def score(self, model, batch, states):
        x, y = batch
        logits, states = model.advance(x, states, training=False)
        counts = y >= 0
        nats = nats_of(ops.maximum(y, 0), logits)
        # Not a product: the nats of a target that does not count may be
        # infinite.
        total = ops.sum(ops.where(counts, nats, 0.0))
        count = ops.sum(ops.cast(counts, "float32"))
        return ops.stack([total]), count, states


def nats_of(y, logits):
    """Returns the cross-entropy of each symbol, `[B, T]` float32.

    Args:
        y: `[B, T]` integers, at least 0.
        logits: `[B, T, V]`.
    """
    logits = ops.cast(logits, "float32")
    picked = ops.take_along_axis(logits, ops.expand_dims(y, -1), axis=-1)
    return ops.logsumexp(logits, axis=-1) - ops.squeeze(picked, -1)
