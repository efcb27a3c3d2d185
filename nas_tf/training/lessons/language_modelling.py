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
        mean = ops.mean(losses_of(y, logits))
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


def losses_of(y, logits, label_smoothing=0.0):
    """Returns the cross-entropy to minimise of each symbol, `[B, T]` float32.

    Without smoothing these are the numbers of `nats_of`. On TensorFlow the
    gradient of `nats_of` takes longer than the rest of a softmax, as it adds
    numbers to places that may repeat. Keras's functions of cross-entropy take
    as long. This gradient is a product.

    Args:
        y: `[B, T]` integers, at least 0.
        logits: `[B, T, V]`, finite.
        label_smoothing: Share of each target that is spread evenly over the
            vocabulary, in [0, 1). Default: 0.
    """
    logits = ops.cast(logits, "float32")
    count = logits.shape[-1]
    wanted = ops.one_hot(y, count, dtype="float32")
    if label_smoothing:
        wanted = (1 - label_smoothing) * wanted + label_smoothing / count
    return ops.logsumexp(logits, axis=-1) - ops.sum(wanted * logits, axis=-1)
