"""A user's inputs and targets as NumPy arrays, checked.

Arrays, lists, tensors, pandas columns and finite `tf.data.Dataset`s are read.
Neither pandas nor TensorFlow is imported for data of another kind.
"""

import dataclasses
import sys

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.tasks import _datasets
from nas_tf.tasks import _user_arrays

PICTURES = "pictures"  # [N, H, W, C] uint8
NUMBERS = "numbers"  # [N, ...] float32
CATEGORIES = "categories"  # [N] strings
MAX_CATEGORIES = 1000

# How the inputs of one example are structured.
SINGLE = "single"
DICT = "dict"
TUPLE = "tuple"


@dataclasses.dataclass(frozen=True)
class Inputs:
    """The inputs of N examples.

    Attributes:
        structure: `SINGLE` for one array, `DICT` or `TUPLE` for several.
        kinds: Dict from the name of each array to `PICTURES`, `NUMBERS` or
            `CATEGORIES`. Names of a tuple are "input_1", "input_2", ...
        arrays: Dict from the same names to the arrays.
    """

    structure: str
    kinds: dict
    arrays: dict

    def __len__(self):
        return len(next(iter(self.arrays.values())))


def read(data, title):
    """Returns the `Inputs` and the targets of a user's examples.

    Args:
        data: Pair `(x, y)` or `tf.data.Dataset`, see `arrays.from_data`.
        title: Name of the data in messages, such as "validation_data".

    Returns:
        A pair; the targets are a NumPy array of any type.

    Raises:
        UsageError: If this is something else, or not a whole number of
            examples of one shape.
    """
    if _datasets.is_dataset(data):
        data = _datasets.read(data, title)
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise UsageError(
            f"Expected {title} as a pair (x, y) or a tf.data.Dataset of pairs. "
            f"Received: {_user_arrays.what(data)}"
        )
    x, y = data
    if _is_frame(x):
        _check_columns(x, title)
    if isinstance(y, str):
        x, y = _target_column(x, y, title)
    inputs = _inputs(x, title)
    targets = _user_arrays.read(y, f"the targets of {title}", classes=True)
    lengths = {name: len(array) for name, array in inputs.arrays.items()}
    if not all(lengths.values()):
        raise UsageError(f"Expected examples in {title}. Received: none")
    if targets.ndim == 0 or {*lengths.values()} != {len(targets)}:
        listed = ", ".join(
            f"{count:,}" + (f" ({name})" if len(lengths) > 1 else "")
            for name, count in lengths.items()
        )
        count = f"{len(targets):,}" if targets.ndim else "one number"
        raise UsageError(
            f"Expected as many targets as inputs in {title}. Received: inputs "
            f"{listed}, targets {count}"
        )
    return inputs, targets


def _inputs(x, title):
    if _is_frame(x):
        x = {str(name): column for name, column in x.items()}
    if isinstance(x, tuple):
        structure = TUPLE
        named = {f"input_{i}": part for i, part in enumerate(x, 1)}
    elif isinstance(x, dict):
        structure = DICT
        named = x
    else:
        structure, named = SINGLE, {"input": x}
    # Keras has no inputs of other names.
    if not named or not all(
        isinstance(name, str) and name and "/" not in name for name in named
    ):
        raise UsageError(
            f"Expected inputs with names that are strings without '/' in "
            f"{title}. Received: {', '.join(map(repr, named)) or 'none'}"
        )
    _user_arrays.read(list(named), f"names of the inputs of {title}")
    kinds, arrays = {}, {}
    for name, part in named.items():
        where = f"the inputs of {title}"
        if structure != SINGLE:
            where = f"'{name}' of {title}"
        kinds[name], arrays[name] = _part(_user_arrays.read(part, where), where)
        if kinds[name] == PICTURES and arrays[name].ndim == 3:
            # Keras's models accept grey pictures without it too.
            arrays[name] = arrays[name][..., None]
    return Inputs(structure, kinds, arrays)


def _part(array, where):
    """Returns the kind of an array, and the array as it is kept."""
    if array.ndim == 0:
        raise UsageError(
            f"Expected an array with an axis of examples as {where}. "
            f"Received: one {array.dtype.name}"
        )
    if 0 in array.shape[1:]:
        raise UsageError(
            f"Expected examples with numbers in {where}. Received: arrays of "
            f"shape {array.shape}"
        )
    if array.dtype.kind == "U":
        return CATEGORIES, _categories(array, where)
    if array.dtype == np.uint8 and array.ndim in (3, 4):
        return PICTURES, array
    return NUMBERS, numbers(array, where)


def numbers(array, where):
    """Returns an array of numbers as float32, which must all be finite."""
    if array.dtype.kind not in "biuf":
        raise UsageError(
            f"Expected numbers or strings as {where}. Received: values of "
            f"type {array.dtype.name}"
        )
    with np.errstate(over="ignore"):
        kept = array.astype(np.float32)
    good = np.isfinite(kept)
    if not good.all():
        place = tuple(int(i) for i in np.argwhere(~good)[0])
        at = f"row {place[0]}" + (f", {place[1:]}" if place[1:] else "")
        raise UsageError(
            f"Expected finite numbers as {where}, without missing values. "
            f"Received: {array[place]} in {at}"
        )
    # TensorFlow takes them for 0, NumPy does not.
    kept[np.abs(kept) < np.finfo(np.float32).tiny] = 0
    return kept


def for_keras(arrays):
    """Returns a dict of arrays with strings as Keras's models take them."""
    return {
        name: array.astype(object) if array.dtype.kind == "U" else array
        for name, array in arrays.items()
    }


def _categories(array, where):
    if array.ndim != 1:
        raise UsageError(
            f"Expected strings in columns, one for each name of a dict or a "
            f"DataFrame. Received: {where} of shape {array.shape}"
        )
    found = len(np.unique(array))
    if found > MAX_CATEGORIES:
        raise UsageError(
            f"Expected at most {MAX_CATEGORIES:,} different strings as "
            f"{where}. Received: {found:,}"
        )
    return array


def _target_column(x, name, title):
    if not _is_frame(x) or name not in x.columns:
        known = ", ".join(map(str, x.columns)) if _is_frame(x) else "none"
        raise UsageError(
            f"Expected targets, or the name of a column of a DataFrame, in "
            f"{title}. Received: {name!r}; columns: {known:.200}"
        )
    return x.drop(columns=[name]), x[name]


def _check_columns(frame, title):
    """Raises `UsageError` if two columns have one name, as text."""
    names = [str(name) for name in frame.columns]
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    if twice:
        raise UsageError(
            f"Expected columns of different names in {title}. Received: "
            f"several called {', '.join(map(repr, twice)):.200}"
        )


def _is_frame(value):
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)
