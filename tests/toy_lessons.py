"""A lesson whose examples do not all count alike."""

from keras import ops

from nas_tf.training.lessons.base import Lesson


class Masked(Lesson):
    """Squared errors of the items of a batch that a mask keeps.

    A batch is `({"x": [B, T, F], "mask": [B, T]}, [B, T])`. The model has one
    output for each item. Its state is the number of batches read so far, one
    for each row.
    """

    figures = ("loss", "batches")

    def start(self, model, batch_size):
        return [ops.zeros((batch_size,))]

    def size(self, batch):
        return ops.sum(batch[0]["mask"])

    def learn(self, model, batch, states):
        sums, count, states = self._sums(model, batch, states, True)
        return sums[0] / count, sums / count, states

    def score(self, model, batch, states):
        return self._sums(model, batch, states, False)

    def _sums(self, model, batch, states, training):
        inputs, y = batch
        mask = ops.cast(inputs["mask"], "float32")
        outputs = ops.squeeze(model(inputs["x"], training=training), -1)
        errors = ops.sum(mask * (outputs - y) ** 2)
        read = states[0] + 1
        batches = ops.sum(mask * read[:, None])
        return ops.stack([errors, batches]), ops.sum(mask), [read]
