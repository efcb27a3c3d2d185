"""Tasks of examples that `arrays.from_data` has stored."""

import dataclasses
import functools
import re

import numpy as np

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.tasks import _objective
from nas_tf.tasks import _store
from nas_tf.tasks import _targets


@dataclasses.dataclass(frozen=True)
class StoredTask:
    """What tasks of stored examples have in common; see `arrays.from_data`.

    Attributes:
        path: Name of the folder in the cache, which `from_data` made.
        loss: Name of Keras's loss.
        metric: Name of Keras's metric, the task's measure.
        class_weight: Factor of each class in the training loss, a tuple, or ()
            (default) for none.
        valid_fraction: Share of the training examples that are drawn at random
            for validation, in (0, 1), if there were no validation data.
        test_fraction: The same for the test. The sum of both is below 1.
        split_seed: Seed of what is drawn.
    """

    path: str = dataclasses.field(kw_only=True)
    loss: str = dataclasses.field(default=_targets.SPARSE, kw_only=True)
    metric: str = dataclasses.field(default="accuracy", kw_only=True)
    class_weight: tuple = dataclasses.field(default=(), kw_only=True)
    valid_fraction: float = dataclasses.field(default=0.2, kw_only=True)
    test_fraction: float = dataclasses.field(default=0.1, kw_only=True)
    split_seed: int = dataclasses.field(default=0, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        good = isinstance(self.path, str)
        good = good and re.fullmatch(rf"{_store.NAME}-[0-9a-f]+", self.path)
        checks.check(
            self, "path", good, f"a name such as '{_store.NAME}-0123abcd'"
        )
        loss = _objective.check_loss(self.loss)
        checks.check(self, "loss", self.loss == loss, repr(loss))
        metric = _objective.check_metric(self.metric, loss)
        checks.check(self, "metric", self.metric == metric, repr(metric))
        weights = self.class_weight
        good = isinstance(weights, tuple) and all(
            map(checks.is_number, weights)
        )
        checks.check(self, "class_weight", good, "a tuple of numbers")
        checks.shares(self, "valid_fraction", "test_fraction")
        checks.whole(self, "split_seed", minimum=0)

    @property
    def objective(self):
        return _objective.Objective(self.loss, self.metric)

    @property
    def store(self):
        """The `Store` of the examples."""
        return _store.open_store(self.path)

    @property
    def class_names(self):
        return tuple(self.store.facts["class_names"])

    @property
    def num_outputs(self):
        return self.store.facts["num_outputs"]

    @property
    def output_scale(self):
        if self.loss not in _objective.SHIFTED:
            return None
        return _output_scale(self.path, self._drawing)

    @property
    def reference(self):
        if not self.objective.lower_is_better:
            return 1.0
        return _reference(self)

    def part(self, split):
        """Returns which stored examples a split consists of.

        Returns:
            The stored split, "train" for one that is drawn from it, and `[N]`
            integers, the shuffled numbers of its examples.
        """
        if split not in _store.SPLITS:
            raise UsageError(
                f"Expected a split of {_store.SPLITS}. Received: {split}"
            )
        source = split if self.store.has(split) else "train"
        return source, _store.drawn_rows(self.path, self._drawing)[split]

    def targets(self, split):
        """Returns the targets of a split, `[N]` int32 or `[N, K]` float32."""
        return _store.split_targets(self.path, self._drawing, split)

    @property
    def _drawing(self):
        return self.valid_fraction, self.test_fraction, self.split_seed

    def lesson(self):
        from nas_tf.training.lessons.supervised import Supervised

        centre, width = self.output_scale or ((), ())
        return Supervised(
            loss=self.loss,
            metric=self.objective.keras_metric(),
            num_outputs=self.num_outputs,
            title=self.metric,
            class_weight=self.class_weight,
            centre=centre,
            width=width,
        )

    def compile_arguments(self):
        from nas_tf.training.lessons.supervised import make_metric

        metric = make_metric(
            self.objective.keras_metric(), self.num_outputs, self.metric
        )
        loss = _targets.ONE_HOT if self._one_hot else self.loss
        return {"loss": loss, "metrics": [metric]}

    def raw_targets(self, split):
        """Returns the targets of a split as `compile_arguments` takes them.

        They are as a user gave them, but strings have become the numbers of
        classes, and these are one-hot `[N, K]` where the metric needs that.
        """
        y = self.targets(split)
        if self._one_hot:
            return np.eye(self.num_outputs, dtype=np.float32)[y]
        return y[:, 0] if self.store.facts["flat"] else y

    @property
    def _one_hot(self):
        name = self.objective.keras_metric()
        return self.loss == _targets.SPARSE and not name.startswith("sparse_")


@functools.lru_cache(maxsize=4)
def _output_scale(path, drawing):
    targets = _store.split_targets(path, drawing, "train").astype(float)
    width = targets.std(0)
    width[width == 0] = 1
    return tuple(targets.mean(0).tolist()), tuple(width.tolist())


@functools.lru_cache(maxsize=4)
def _reference(task):
    """Returns the measure of the mean training target on validation."""
    from nas_tf.lazy_keras import import_keras

    import_keras()
    train, valid = task.targets("train"), task.targets("valid")
    if train.ndim == 1:
        train = np.eye(task.num_outputs)[train]
    constant = np.tile(train.mean(0), (len(valid), 1)).astype(np.float32)
    error = task.lesson().metric_of(valid, constant)
    return error if 0 < error < np.inf else 1.0
