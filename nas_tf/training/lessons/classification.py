"""Classification by cross-entropy."""

import dataclasses

import keras
from keras import ops

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.training.lessons.base import Lesson
from nas_tf.training.lessons.base import full


@dataclasses.dataclass(frozen=True)
class Classification(Lesson):
    """Trains a model whose output is class probabilities `[B, K]`.

    A batch to learn from is `(x, y)`, y integer classes `[B]`; a batch to score
    is `(x, y, weights)`, where the weight of an example is 1, or 0 if the
    example only fills the batch up.

    The training loss is what is minimised, penalties of weights included. The
    loss of a batch to score is the plain cross-entropy of the first output.

    Attributes:
        label_smoothing: Share of the target that is spread evenly over all
            classes in training, in [0, 1); Szegedy et al. 2015, "Rethinking
            the Inception Architecture", section 7. Default: 0.
        auxiliary_weight: Weight in the training loss of the cross-entropy of
            the model's second output, >= 0; Szegedy et al. 2014, "Going Deeper
            with Convolutions", section 5. Default: 0, which ignores a second
            output.
    """

    label_smoothing: float = 0.0
    auxiliary_weight: float = 0.0

    figures = ("loss", "accuracy")

    def __post_init__(self):
        checks.number(self, "label_smoothing", minimum=0, below=1)
        checks.number(self, "auxiliary_weight", minimum=0)

    def learn(self, model, batch, states):
        x, y = batch
        outputs = _outputs(model(x, training=True))
        loss = ops.mean(self._losses(y, outputs[0]))
        if self.auxiliary_weight:
            if len(outputs) < 2:
                raise UsageError(
                    f"Expected a model with a second output for "
                    f"auxiliary_weight={self.auxiliary_weight}. Received: "
                    f"model '{model.name}' with one output"
                )
            second = ops.mean(self._losses(y, outputs[1]))
            loss = loss + self.auxiliary_weight * second
        accuracy = ops.mean(_hits(y, outputs[0]))
        return loss, ops.stack([sum(model.losses, loss), accuracy]), states

    def score(self, model, batch, states):
        x, y, weights = batch
        probabilities = _outputs(model(x, training=False))[0]
        losses = keras.losses.sparse_categorical_crossentropy(y, probabilities)
        figures = ops.stack([losses, _hits(y, probabilities)])
        return ops.matmul(figures, weights), ops.sum(weights), states

    def _losses(self, y, probabilities):
        """Returns the training loss of each example, `[B]`."""
        if not self.label_smoothing:
            return keras.losses.sparse_categorical_crossentropy(
                y, probabilities
            )
        return keras.losses.categorical_crossentropy(
            ops.one_hot(y, probabilities.shape[-1]),
            probabilities,
            label_smoothing=self.label_smoothing,
        )


def _outputs(outputs):
    several = isinstance(outputs, (list, tuple))
    return list(map(full, outputs if several else [outputs]))


def _hits(y, probabilities):
    """Returns 1.0 for each example that is classified correctly, else 0.0."""
    return keras.metrics.sparse_categorical_accuracy(y, probabilities)
