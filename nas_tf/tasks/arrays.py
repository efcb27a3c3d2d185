"""Your own arrays: numbers, columns, strings, several inputs, pictures.

`from_data` writes them to files that worker processes share, and returns the
task. The task names the files by their content, so a run directory can be
resumed wherever the same arrays are given again.
"""

import dataclasses
import functools

import numpy as np

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks import _alike
from nas_tf.tasks import _objective
from nas_tf.tasks import _preparation
from nas_tf.tasks import _store
from nas_tf.tasks import _stored
from nas_tf.tasks import _targets
from nas_tf.tasks import _user_data
from nas_tf.tasks.array_classification import ArrayClassification

# Number of examples that are prepared in both ways before a search.
_LOOKED_AT = 8


@dataclasses.dataclass(frozen=True)
class Arrays(_stored.StoredTask, ArrayClassification):
    """Examples that `from_data` has stored.

    Numbers are standardised by the training examples' mean and deviation,
    along the last axis. Strings become one-hot, with a column for unknown
    ones. Columns become one input `[F]`.

    Attributes:
        epochs: Passes over the training examples. Default: 10.
        learning_rate: Initial rate, > 0. Default: 0.05.

    The other options are those of `StoredTask` and `ArrayClassification`.
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 0.05

    @property
    def inputs(self):
        return self._preparation.specs

    @property
    def input_shape(self):
        """Shape of one example, () if it has several inputs."""
        if isinstance(self.inputs, tuple) and len(self.inputs) == 2:
            shape, dtype = self.inputs
            if isinstance(dtype, str):
                return shape
        return ()

    @property
    def _preparation(self):
        return _prepared(self.path, self._drawing)

    def check(self):
        for split in _store.SPLITS:
            self.load(split)

    def num_examples(self, split):
        return self.count(split)

    def count(self, split):
        return len(self.targets(split))

    def load(self, split):
        everything = np.arange(self.count(split))
        return self.chosen(split, everything, None)

    def chosen(self, split, rows, rng):
        inputs, _ = self._raw(split, rows)
        return self._preparation.apply(inputs), self.targets(split)[rows]

    def raw(self, split):
        inputs, structured = self._raw(split, slice(None))
        inputs = _user_data.for_keras(inputs)
        return structured(inputs), self.raw_targets(split)

    def describe_inputs(self):
        return self._preparation.describe()

    def preprocessing(self):
        return self._preparation.model()

    def check_export(self):
        """Raises `UsageError` if an exported model would prepare otherwise."""
        some, _ = self._raw("train", slice(0, _LOOKED_AT))
        _alike.check(self._preparation, some)

    def _raw(self, split, rows):
        """Returns a dict of raw inputs, and what gives it their structure."""
        source, numbers = self.part(split)
        chosen = numbers[rows]
        arrays = self.store.inputs(source)
        inputs = {name: array[chosen] for name, array in arrays.items()}
        return inputs, self._preparation.structured


@functools.lru_cache(maxsize=4)
def _prepared(path, drawing):
    store = _store.open_store(path)
    rows = _store.drawn_rows(path, drawing)["train"]
    return _preparation.of_store(store, rows)


def from_data(
    data,
    validation_data=None,
    test_data=None,
    *,
    loss=None,
    metric=None,
    class_weight=None,
    class_names=None,
    **options,
):
    """Returns the task of a user's own examples.

    The inputs x are an array `[N, ...]`; a dict or a tuple of arrays for
    several inputs; or a pandas DataFrame. A dict or DataFrame of columns may
    contain strings. uint8 arrays `[N, H, W]` or `[N, H, W, C]` are pictures.

    The targets y are, for classes, `[N]` integers from 0, strings, booleans or
    a column of pandas' type `category`, or `[N, K]` one-hot; for labels that an
    example may have several of, `[N, K]` of 0 and 1; for numbers to predict,
    `[N]` or `[N, K]` floats. If x is a DataFrame, y may be the name of one of
    its columns.

    Args:
        data: Training examples: a pair `(x, y)`, or a finite
            `tf.data.Dataset` of pairs, batched or not. Elements whose parts
            all have one first axis are taken for batches.
        validation_data: Examples of the same form, or None (default) to draw a
            fifth of the training examples at random, with the same share of
            each class.
        test_data: The same for the test; by default a tenth is drawn.
        loss: Name of a loss of Keras, see `_objective.LOSSES`. None (default)
            for cross-entropy where targets are classes, binary cross-entropy
            where they are several labels, else the squared error.
        metric: Name of a metric of Keras, by which children are compared, see
            `_objective.METRICS`. None (default) for the accuracy, or the
            absolute error of numbers to predict.
        class_weight: Dict from class, a number or a name, to its weight in the
            training loss; a sequence of K weights; or "balanced" for weights
            inverse to the number of training examples. Default: None.
        class_names: Sequence of the names of the outputs, or None (default)
            for the sorted values of targets that are strings.
        **options: Further options of the task, such as `epochs`.

    Returns:
        `Arrays`, or `PictureArrays` if the only input is pictures.

    Raises:
        UsageError: If anything is not as said.
    """
    given = {
        split: _user_data.read(part, name)
        for split, name, part in (
            ("train", "data", data),
            ("valid", "validation_data", validation_data),
            ("test", "test_data", test_data),
        )
        if part is not None
    }
    inputs = {split: pair[0] for split, pair in given.items()}
    _check_alike(inputs)
    targets = _targets.resolve(
        {split: pair[1] for split, pair in given.items()}, loss, class_names
    )
    if metric is None:
        kind = _objective.KIND_OF[targets.loss]
        metric = _objective.DEFAULT_METRIC[kind]
    chosen = {
        "loss": targets.loss,
        "metric": _objective.check_metric(metric, targets.loss),
        "class_weight": _targets.class_weights(class_weight, targets),
        **options,
    }
    train = inputs["train"]
    task, name = Arrays, "arrays"
    if [*train.kinds.values()] == [_user_data.PICTURES]:
        from nas_tf.tasks.picture_arrays import PictureArrays

        task, name = PictureArrays, "picture_arrays"
    title = f"task '{name}'"
    # Wrong options are told before anything is written.
    arguments = {"path": "arrays-0", **chosen}
    registry.call_with_literals(task, title, arguments)
    return task(**{**arguments, "path": _store.write(inputs, targets)})


def _check_alike(inputs):
    """Raises `UsageError` if splits differ in names, kinds or shapes."""
    train = inputs["train"]
    for split, other in inputs.items():
        ours, theirs = _forms(train), _forms(other)
        if ours == theirs:
            continue
        name = next(
            name
            for name in [*ours, *theirs]
            if ours.get(name) != theirs.get(name)
        )
        raise UsageError(
            f"Expected the same inputs in split '{split}' as for training, "
            f"'{name}': {ours.get(name, 'none')}. Received: "
            f"{theirs.get(name, 'none')}"
        )


def _forms(inputs):
    return {
        name: f"{inputs.kinds[name]} of shape {('N', *array.shape[1:])}"
        for name, array in inputs.arrays.items()
    }


make = Arrays
