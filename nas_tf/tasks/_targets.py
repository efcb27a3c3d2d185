"""A user's targets as classes or numbers, and the loss that suits them."""

import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.tasks import _objective
from nas_tf.tasks import _user_arrays
from nas_tf.tasks._user_data import numbers

SPARSE = "sparse_categorical_crossentropy"
ONE_HOT = "categorical_crossentropy"
# Losses whose targets cannot be negative.
NOT_NEGATIVE = ("poisson", "mean_squared_logarithmic_error")
BALANCED = "balanced"


@dataclasses.dataclass(frozen=True)
class Targets:
    """The targets of all splits.

    Attributes:
        loss: Canonical name of the loss.
        arrays: Dict from split to `[N]` int32 classes or `[N, K]` float32.
        num_outputs: K, or the number of classes.
        class_names: Tuple of K names, or ().
        flat: Whether a user gave `[N]` numbers.
    """

    loss: str
    arrays: dict
    num_outputs: int
    class_names: tuple
    flat: bool


def resolve(given, loss=None, class_names=None):
    """Returns the `Targets` of a user's arrays.

    Args:
        given: Dict from split, "train" among them, to NumPy arrays.
        loss: Name of a loss, or None (default) for the usual one: of classes
            if the targets are integers, strings or booleans, of classes or
            labels if they are `[N, K]` of 0 and 1, else the squared error.
        class_names: Sequence of names of the outputs, or None (default).

    Raises:
        UsageError: If the targets are not those of the loss, or differ from
            split to split.
    """
    given = {
        split: y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        for split, y in given.items()
    }
    for split, y in given.items():
        if y.ndim > 2 or y.shape[1:] != given["train"].shape[1:]:
            raise UsageError(
                f"Expected targets of shape [N] or [N, K], with one K for all "
                f"splits. Received: {y.shape} in split '{split}'"
            )
    names = _names(class_names)
    if loss is None:
        loss = _usual_loss(given["train"])
    loss = _objective.check_loss(loss)
    kind = _objective.KIND_OF[loss]
    flat = given["train"].ndim == 1
    if loss == SPARSE:
        arrays, names, count = _classes(given, names)
    else:
        arrays = {
            split: _numbers(y, split, loss, kind) for split, y in given.items()
        }
        count = arrays["train"].shape[1]
    checks.lines(names, "names of classes")
    if names and len(names) != count:
        raise UsageError(
            f"Expected as many class_names as there are outputs, {count}. "
            f"Received: {len(names)}"
        )
    return Targets(loss, arrays, count, names, flat and loss != SPARSE)


def class_weights(given, targets):
    """Returns the weight of each class as a tuple of floats, () for none.

    Args:
        given: Dict from class, a number or a name, to its weight, others
            being 1; a sequence of all weights; "balanced" for weights that are
            inverse to the classes' shares of the training examples; or None.
        targets: `Targets`.
    """
    if given is None:
        return ()
    y = targets.arrays["train"]
    kind = _objective.KIND_OF[targets.loss]
    count = targets.num_outputs
    if kind == _objective.MULTI_LABEL and count == 1:
        count, shares = 2, np.bincount(y[:, 0].astype(int), minlength=2)
    elif kind == _objective.CLASSIFICATION:
        one_hot = y.ndim == 2
        shares = y.sum(0) if one_hot else np.bincount(y, minlength=count)
    else:
        raise UsageError(
            f"Expected class_weight with examples in classes only. Received: "
            f"class_weight and loss='{targets.loss}'"
        )
    if isinstance(given, str) and given == BALANCED:
        weights = shares.sum() / (count * np.maximum(shares, 1))
    elif isinstance(given, dict):
        weights = _by_class(given, count, targets.class_names)
    else:
        weights = given
    try:
        weights = np.asarray(weights)
    except ValueError:
        # Such as of a list in the list.
        weights = np.zeros(0)
    if (
        weights.shape != (count,)
        or weights.dtype.kind not in "iuf"
        or not (np.isfinite(weights) & (weights >= 0)).all()
        or not weights.any()
    ):
        raise UsageError(
            f"Expected class_weight to be '{BALANCED}', or {count} numbers >= "
            f"0 that are not all 0. Received: {given!r:.80}"
        )
    return tuple(float(weight) for weight in weights)


def _by_class(given, count, names):
    weights = [1.0] * count
    for key, weight in given.items():
        number = names.index(key) if key in names else key
        if not checks.is_whole(number, 0) or number >= count:
            known = ", ".join(names) or f"0 to {count - 1}"
            raise UsageError(
                f"Expected class_weight of the classes {known:.200}. "
                f"Received: class {key!r}"
            )
        weights[number] = weight
    return weights


def _names(given):
    if given is None:
        return ()
    # A set has no order.
    listed = hasattr(given, "__iter__") and not isinstance(
        given, (str, set, frozenset)
    )
    names = tuple(given) if listed else ()
    good = all(isinstance(name, str) for name in names)
    if not listed or not good or len(set(names)) != len(names):
        raise UsageError(
            f"Expected class_names to be different strings. Received: "
            f"{given!r:.80}"
        )
    if names:
        _user_arrays.read(list(names), "class_names")
    return names


def _usual_loss(y):
    if y.ndim == 1:
        return SPARSE if y.dtype.kind in "Ubiu" else "mean_squared_error"
    if y.dtype.kind in "biuf" and np.isin(y, (0, 1)).all():
        return ONE_HOT if (y.sum(1) == 1).all() else "binary_crossentropy"
    if y.dtype.kind == "f":
        return "mean_squared_error"
    raise UsageError(
        f"Expected the name of a loss for targets of shape {y.shape} and type "
        f"{y.dtype.name}, such as loss='mean_squared_error'. Received: none"
    )


def _classes(given, names):
    """Returns the arrays of integer classes, their names and their number."""
    train = given["train"]
    if train.ndim != 1:
        raise UsageError(
            f"Expected targets of shape [N] for loss='{SPARSE}'. Received: "
            f"{train.shape}; one-hot targets have loss='{ONE_HOT}'"
        )
    if train.dtype.kind in "Ub":
        if not names:
            names = tuple(str(value) for value in np.unique(train))
        arrays = {
            split: _numbered(y, names, split) for split, y in given.items()
        }
        count = len(names)
    else:
        for split, y in given.items():
            _check_whole(y, split)
        count = len(names) or max(int(train.max()) + 1, 1)
        for split, y in given.items():
            _check_range(y, count, split)
        if not names:
            _check_all_there(train, count)
        arrays = {split: y.astype(np.int32) for split, y in given.items()}
    if count < 2:
        raise UsageError(
            f"Expected targets of at least two classes. Received: {count}"
        )
    return arrays, names, count


def _numbered(y, names, split):
    y = y.astype(str)
    order = np.argsort(names)
    ranked = np.array(names)[order]
    places = np.minimum(np.searchsorted(ranked, y), len(names) - 1)
    strange = ranked[places] != y
    if strange.any():
        raise UsageError(
            f"Expected targets of the classes {', '.join(names):.200} in split "
            f"'{split}'. Received: '{y[strange][0]}'"
        )
    return order[places].astype(np.int32)


def _check_whole(y, split):
    strange = y
    if y.dtype.kind in "biuf":
        strange = y[~np.isfinite(y) | (y != np.round(y))]
    if len(strange):
        raise UsageError(
            f"Expected whole numbers or strings as targets for "
            f"loss='{SPARSE}' in split '{split}'. Received: values such as "
            f"{strange[0]!s:.40}"
        )


def _check_range(y, count, split):
    strange = (y < 0) | (y >= count)
    if strange.any():
        raise UsageError(
            f"Expected targets from 0 to {count - 1} in split '{split}'. "
            f"Received: {y[strange][0]}"
        )


def _check_all_there(y, count):
    """Raises `UsageError` unless each class from 0 has an example."""
    found = np.unique(y)
    if len(found) == count:
        return
    # Times and numbers of customers are large, so the classes are not listed.
    gaps = np.flatnonzero(found != np.arange(len(found)))
    missing = gaps[0] if len(gaps) else len(found)
    raise UsageError(
        f"Expected training examples of every class from 0 to {count - 1}. "
        f"Received: none of class {missing}; for numbers to predict, "
        f"loss='mean_squared_error'; for other classes, class_names or targets "
        f"that are strings"
    )


def _numbers(y, split, loss, kind):
    """Returns `[N, K]` float32."""

    def check(good, wanted, hint=""):
        if not good:
            raise UsageError(
                f"Expected {wanted} in split '{split}' for loss='{loss}'. "
                f"Received: others, of shape {y.shape}{hint}"
            )

    kept = numbers(y, f"targets of split '{split}'")
    kept = kept[:, None] if kept.ndim == 1 else kept
    if kind == _objective.CLASSIFICATION:
        hint = f"; classes as whole numbers have loss='{SPARSE}'"
        check(kept.shape[1] > 1, "one-hot targets of shape [N, K]", hint)
        near = np.abs(kept.sum(1) - 1).max() < 1e-3
        good = kept.min() >= 0 and near
        check(good, "targets >= 0 with a sum of 1 for each example", hint)
    elif kind == _objective.MULTI_LABEL:
        check(np.isin(kept, (0, 1)).all(), "targets of 0 and 1")
    elif loss in NOT_NEGATIVE:
        check(kept.min() >= 0, "targets >= 0")
    return kept
