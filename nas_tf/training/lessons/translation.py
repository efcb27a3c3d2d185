"""Translation: predicting each subword of a sentence from those before it."""

import dataclasses

from keras import ops

from nas_tf import checks
from nas_tf.training.lessons.base import Lesson
from nas_tf.training.lessons.language_modelling import losses_of
from nas_tf.training.lessons.language_modelling import nats_of


@dataclasses.dataclass(frozen=True)
class Translation(Lesson):
    """Trains a model to write the translation of a sentence.

    The model is called with a pair of integers `[B, S]` and `[B, T]`, the
    source and what has been written before each step, and returns logits
    `[B, T, V]`. A batch is such a pair, and the targets `[B, T]`, of which 0
    does not count.

    The loss to minimise is the cross-entropy in nats, summed over the subwords
    of a sentence and averaged over sentences, as in the code of Google's
    `nmt`. The figure "loss" is the mean number of nats per subword, without
    smoothing.

    Attributes:
        label_smoothing: Share of each target that is spread evenly over the
            vocabulary in training, in [0, 1); Szegedy et al. 2015, "Rethinking
            the Inception Architecture", section 7. Default: 0.
    """

    label_smoothing: float = 0.0

    def __post_init__(self):
        checks.number(self, "label_smoothing", minimum=0, below=1)

    def learn(self, model, batch, states):
        inputs, y = batch
        logits = ops.cast(model(inputs, training=True), "float32")
        losses = losses_of(y, logits, self.label_smoothing)
        nats = losses
        if self.label_smoothing:
            nats = nats_of(y, ops.stop_gradient(logits))
        # Means over sentences: the parts of a batch on several devices are
        # averaged.
        figures = ops.stack([_total(nats, y), _count(y)]) / y.shape[0]
        return _total(losses, y) / y.shape[0], figures, states

    def score(self, model, batch, states):
        inputs, y = batch
        total = _total(nats_of(y, model(inputs, training=False)), y)
        count = _count(y)
        return ops.stack([total, count]), count, states

    def summarise(self, sums, count):
        return sums[:1] / sums[1]


def _total(nats, y):
    # Not a product: the nats of a target that does not count may be infinite.
    return ops.sum(ops.where(y > 0, nats, 0.0))


def _count(y):
    return ops.sum(ops.cast(y > 0, "float32"))
