"""Learning by any of Keras's losses, scored by any of its metrics."""

import dataclasses
import functools

import keras
import numpy as np
from keras import ops

from nas_tf.training.lessons.base import Lesson
from nas_tf.training.lessons.base import full


@dataclasses.dataclass(frozen=True)
class Supervised(Lesson):
    """Trains a model by a loss and a metric that are given by name.

    A batch to learn from is `(x, y)`, y integer classes `[B]` or numbers
    `[B, K]`; a batch to score is `(x, y, weights)`, where the weight of an
    example is 1, or 0 if the example only fills the batch up.

    Metrics such as AUC are no means over examples. What is summed is therefore
    what a metric counts, and `summarise` computes its value from the sums.

    Attributes:
        loss: Name of a loss function of `keras.losses` with one value for each
            example, such as "mean_squared_error".
        metric: Name of a metric of `keras.metrics`, such as "r2_score"; see
            `make_metric`.
        num_outputs: K, the size of the model's output `[B, K]`.
        title: Name of the metric among the figures. Default: `metric`.
        class_weight: Factor of the training loss of each class, K numbers, or
            two for the values 0 and 1 of a single output; () (default) for 1.
        centre: K numbers that are subtracted from targets and outputs before
            the training loss is computed, or () (default) for 0.
        width: K numbers > 0 by which both are then divided, or () (default)
            for 1. The figure "loss" is that of the numbers as they are.
    """

    loss: str
    metric: str
    num_outputs: int
    title: str | None = None
    class_weight: tuple = ()
    centre: tuple = ()
    width: tuple = ()

    @property
    def figures(self):
        return ("loss", self.title or self.metric)

    def start(self, model, batch_size):
        # A function that is traced may make no variables.
        self._metric  # noqa: B018
        return ()

    def learn(self, model, batch, states):
        x, y = batch
        outputs = full(model(x, training=True))
        y = self._targets(y)
        losses = self._losses(y, outputs)
        minimised = losses
        if self.width:
            minimised = self._losses(self._scaled(y), self._scaled(outputs))
        if self.class_weight:
            minimised = minimised * self._weights(y)
        # Means, not sums: the parts of a batch on several devices are averaged.
        counted = self._counted(y, outputs) / y.shape[0]
        figures = ops.concatenate([ops.mean(losses)[None], counted])
        return ops.mean(minimised), figures, states

    def score(self, model, batch, states):
        x, y, weights = batch
        outputs = full(model(x, training=False))
        y = self._targets(y)
        total = ops.sum(self._losses(y, outputs) * weights)
        counted = self._counted(y, outputs, weights)
        sums = ops.concatenate([total[None], counted])
        return sums, ops.sum(weights), states

    def summarise(self, sums, count):
        values = []
        start = 1
        for variable in self._metric.variables:
            size = int(np.prod(variable.shape))
            part = sums[start : start + size].reshape(variable.shape)
            values.append(ops.convert_to_tensor(part.astype(np.float32)))
            start += size
        result = self._metric.stateless_result(values)
        return np.array([sums[0] / count, _array(result)])

    def metric_of(self, targets, outputs):
        """Returns the metric of given outputs, a float.

        Args:
            targets: NumPy array of N targets.
            outputs: `[N, K]` NumPy array.
        """
        y = self._targets(ops.convert_to_tensor(targets))
        counted = self._counted(y, ops.convert_to_tensor(outputs))
        sums = np.concatenate([[0.0], _array(counted).astype(float)])
        return float(self.summarise(sums, len(targets))[1])

    @functools.cached_property
    def _metric(self):
        """The metric, built; its variables only say what it counts."""
        metric = make_metric(self.metric, self.num_outputs)
        integers = self._takes_classes
        y = np.zeros((1,) if integers else (1, self.num_outputs), np.float32)
        # Some metrics make their variables when they are first used.
        metric.update_state(y, np.ones((1, self.num_outputs), np.float32))
        metric.reset_state()
        return metric

    def _counted(self, y, outputs, weights=None):
        """Returns all that the metric counts of a batch, in one vector."""
        if len(y.shape) == 1 and not self._takes_classes:
            y = ops.one_hot(y, self.num_outputs)
        metric = self._metric
        values = metric.stateless_update_state(
            [ops.zeros(v.shape, "float32") for v in metric.variables],
            y,
            outputs,
            sample_weight=weights,
        )
        flat = [ops.reshape(ops.cast(v, "float32"), (-1,)) for v in values]
        return ops.concatenate(flat)

    def _losses(self, y, outputs):
        """Returns the loss of each example, `[B]`."""
        return keras.losses.get(self.loss)(y, outputs)

    def _targets(self, y):
        return y if len(y.shape) == 1 else ops.cast(y, "float32")

    def _scaled(self, values):
        centre, width = (
            ops.convert_to_tensor(np.float32(numbers))
            for numbers in (self.centre, self.width)
        )
        return (values - centre) / width

    def _weights(self, y):
        """Returns the weight of each example, `[B]`."""
        weights = ops.convert_to_tensor(np.float32(self.class_weight))
        if self.num_outputs == 1:
            y = ops.cast(y[:, 0], "int32")
        if len(y.shape) == 1:
            return ops.take(weights, y)
        return ops.matmul(y, weights)

    @property
    def _takes_classes(self):
        """Whether the metric takes integer classes rather than numbers."""
        return self.metric.startswith("sparse_")


def make_metric(name, num_outputs, title=None):
    """Returns a new metric of Keras whose value is one number.

    Args:
        name: Name of the metric. One with a value for each class becomes their
            mean. One of the likeliest classes counts at most as many as there
            are, which PyTorch asks for.
        num_outputs: Number of classes, or of numbers.
        title: The metric's own name, or None (default) for Keras's choice.
    """
    metric = keras.metrics.get(name)
    changes = {} if title is None else {"name": title}
    if hasattr(metric, "average"):
        changes["average"] = "macro"
    config = {**metric.get_config(), **changes}
    if "k" in config:
        config["k"] = min(config["k"], num_outputs)
    return type(metric).from_config(config)


def _array(value):
    return ops.convert_to_numpy(value)
