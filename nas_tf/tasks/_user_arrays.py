"""One array of a user: numbers, booleans or strings, whatever holds them."""

import numpy as np

from nas_tf.errors import UsageError

# Code points that no text in UTF-8 has.
_SURROGATES = 0xD800, 0xDFFF


def read(value, where, classes=False):
    """Returns a NumPy array of numbers, or of strings (kind "U").

    Args:
        value: Array, list, tensor or column of pandas.
        where: What it is, for messages.
        classes: Whether a column of pandas' type `category` consists of
            classes, whatever its values, and whole numbers have to remain
            such. Default: False.

    Raises:
        UsageError: If it is not of one shape or one kind, values are missing,
            or strings are no text.
    """
    _check_mask(value, where)
    name = f"{getattr(value, 'dtype', '')}"
    if name == "category" or name.startswith("str"):
        # Pandas' own types; a missing value becomes one of NumPy's.
        categories = getattr(value, "cat", value)
        value = value.astype(object)
        if classes and name == "category":
            value = _named(value, categories)
    try:
        array = np.asarray(value)
    except ValueError:
        raise UsageError(
            f"Expected arrays of one shape as {where}. Received: "
            f"{what(value)} of different ones"
        ) from None
    if array.dtype.kind == "U" and not isinstance(value, np.ndarray):
        # NumPy has made strings of numbers among them too.
        array = np.asarray(value, dtype=object)
    if classes and _may_be_whole(array, value):
        array = np.asarray(value, dtype=object)
    if array.dtype.kind == "S":
        array = array.astype(object)
    if array.dtype.kind == "O":
        array = _of_objects(array, where, classes)
    if array.dtype.kind == "U":
        _check_text(array, where)
    return array


def _may_be_whole(array, value):
    """Returns whether NumPy may have made floats of large whole numbers."""
    listed = isinstance(value, (list, tuple)) and array.dtype.kind == "f"
    return listed and bool((np.abs(array) >= 2.0**63).any())


def _check_mask(value, where):
    """Raises `UsageError` if an array, or one in a list, has masked values."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    for number, part in enumerate(parts):
        if not isinstance(part, np.ma.MaskedArray) or not np.any(part.mask):
            continue
        rows = np.argwhere(np.atleast_1d(np.ma.getmaskarray(part)))
        row = number if parts is value else rows[0][0]
        raise UsageError(
            f"Expected numbers or strings as {where}, without missing values. "
            f"Received: a masked one in row {row}"
        )


def _named(value, categories):
    """Returns objects of a category as booleans, whole numbers or strings."""
    kinds = bool, int, np.bool_, np.integer, str
    known = categories.categories
    if all(isinstance(v, kinds) for v in known):
        return value
    array = np.empty(len(value), object)
    # A missing value remains one.
    array[:] = [str(v) if v in known else None for v in value]
    return array


def _of_objects(array, where, classes):
    """Returns an array of Python's objects as one of NumPy's types."""
    values = [_text(v, where) for v in array.flat]
    shape = array.shape
    if values and all(isinstance(v, str) for v in values):
        return np.array(values).reshape(shape)
    if values and all(isinstance(v, (bool, np.bool_)) for v in values):
        return np.array(values, bool).reshape(shape)
    if all(_is_whole(v) for v in values):
        return _whole(values, where, classes).reshape(shape)
    if all(_is_number(v) for v in values):
        return np.array(values, float).reshape(shape)
    strange = next(
        (v for v in values if not isinstance(v, str) and not _is_number(v)),
        None,
    )
    if strange is None:
        strange = next((v for v in values if v is None or v != v), values[0])
    raise UsageError(
        f"Expected either numbers or strings as {where}, without missing "
        f"values. Received: both, or {strange!r:.60}"
    )


def _is_whole(value):
    # NumPy counts durations among whole numbers.
    return isinstance(value, (bool, int, np.bool_, np.integer)) and not (
        isinstance(value, np.timedelta64)
    )


def _is_number(value):
    return _is_whole(value) or isinstance(value, (float, np.floating))


def _whole(values, where, classes):
    """Returns whole numbers as int64, or as floats if they are too large."""
    try:
        return np.array([int(v) for v in values], np.int64)
    except OverflowError:
        pass
    largest = max(values, key=abs)
    try:
        if not classes:
            return np.array(values, float)
    except OverflowError:
        pass
    raise UsageError(
        f"Expected whole numbers of 64 bits with a sign as {where}. Received: "
        f"one of {int(largest).bit_length()} bits and a sign"
    )


def _text(value, where):
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(
            f"Expected strings in UTF-8 as {where}. Received: {value!r:.60}"
        ) from None


def _check_text(array, where):
    """Raises `UsageError` if a string has half a character of UTF-16."""
    native = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
    if not native.itemsize:
        return
    codes = native.reshape(-1).view(np.uint32)
    first, last = _SURROGATES
    strange = np.flatnonzero((codes >= first) & (codes <= last))
    if len(strange):
        row = strange[0] * 4 // native.itemsize
        raise UsageError(
            f"Expected strings that UTF-8 can write as {where}. Received: "
            f"{str(native.flat[row])!r:.60}"
        )


def what(value):
    """Returns in words what a value is."""
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return type(value).__name__
