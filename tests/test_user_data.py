"""A user's examples are read or refused in one line."""

import sys

import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import _user_data

X = np.arange(12.0).reshape(4, 3)
Y = np.array([0, 1, 0, 1])


def refused(data, wanted):
    with pytest.raises(UsageError, match=wanted) as caught:
        _user_data.read(data, "data")
    assert "\n" not in str(caught.value)


def holey(value):
    x = X.copy()
    x[2, 1] = value
    return x


@pytest.mark.parametrize(
    "data, wanted",
    [
        (X, r"Expected data as a pair \(x, y\).* Received: ndarray"),
        ((X, Y, Y), "Received: a tuple of 3"),
        ((X, Y[:3]), "as many targets .* Received: inputs 4, targets 3"),
        ((X, 3.0), "Received: inputs 4, targets one number"),
        (({"a": X, "b": X[:2]}, Y), r"inputs 4 \(a\), 2 \(b\), targets 4"),
        ((X[:0], Y[:0]), "Expected examples in data. Received: none"),
        ((X[:, :0], Y), r"Received: arrays of shape \(4, 0\)"),
        ((3.0, Y), "with an axis of examples as the inputs of data"),
        ((holey(np.nan), Y), r"finite numbers .* Received: nan in row 2, \(1,"),
        ((holey(np.inf), Y), "Received: inf in row 2"),
        ((holey(1e300), Y), r"Received: 1e\+300 in row 2"),
        (({"a": X, "b": holey(np.nan)}, Y), "as 'b' of data"),
        ((X.astype(complex), Y), "Received: values of type complex128"),
        ((Y.astype("datetime64[D]"), Y), "values of type datetime64"),
        (({}, Y), "names that are strings .* Received: none"),
        (({1: X}, Y), "names that are strings .* Received: 1"),
        (({"km/h": X}, Y), "without '/' in data. Received: 'km/h'"),
        ((np.array([["a", "b"]] * 4), Y), "Expected strings in columns"),
        ((["a", 1, "b", None], Y), "either numbers or strings .* None"),
        ((["a", 1, "b", 2], Y), "either numbers or strings"),
        (([[1, 2], [3]], Y[:2]), "Expected arrays of one shape"),
        ((X, "price"), "name of a column of a DataFrame.* Received: 'price'"),
        ((np.ma.array(X, mask=X == 7), Y), "missing .* masked one in row 2"),
        ((X, np.ma.array(Y, mask=[0, 0, 0, 1])), "targets .* masked .* row 3"),
        (([1, np.ma.masked, 2], Y[:3]), "masked one in row 1"),
        (([np.ma.array([1], mask=[1])], Y[:1]), "masked one in row 0"),
        ((np.array([b"a", b"\xff"]), Y[:2]), r"in UTF-8 .* b'\\xff'"),
        (([b"a", b"\xff"], Y[:2]), r"in UTF-8 .* b'\\xff'"),
        ((["a", "\ud800"], Y[:2]), r"UTF-8 can write .* '\\ud800'"),
        (({"\ud800": X}, Y), r"names of the inputs of data.* '\\ud800'"),
        ((X, [2**63, 1, 2, 3]), "whole numbers of 64 .* one of 64 bits"),
        ((X, [2**70, 1, 2, 3]), "as the targets of data.* one of 71 bits"),
        ((X, np.array([1j] * 4, object)), "either numbers or strings"),
        ((X, np.array([np.timedelta64(1, "D")] * 4, object)), "either num"),
        (
            (np.arange(1001).astype(str), np.zeros(1001)),
            "at most 1,000 different strings .* Received: 1,001",
        ),
    ],
)
def test_wrong_data_is_told_in_one_line(data, wanted):
    refused(data, wanted)


def test_kinds_of_inputs():
    pictures = np.zeros((4, 5, 6, 3), np.uint8)
    for x, kind, shape in [
        (X, _user_data.NUMBERS, (4, 3)),
        (Y, _user_data.NUMBERS, (4,)),
        ([True, False, True, True], _user_data.NUMBERS, (4,)),
        (np.array([1, 2.5, 3, True], object), _user_data.NUMBERS, (4,)),
        (["a", "b", "b", "a"], _user_data.CATEGORIES, (4,)),
        ([b"a", b"b", b"b", b"a"], _user_data.CATEGORIES, (4,)),
        (pictures, _user_data.PICTURES, pictures.shape),
        (pictures.astype(float), _user_data.NUMBERS, pictures.shape),
        (pictures[..., 0], _user_data.PICTURES, (4, 5, 6, 1)),
        (pictures[:, 0, 0], _user_data.NUMBERS, (4, 3)),
    ]:
        inputs, targets = _user_data.read((x, Y), "data")
        assert inputs.kinds == {"input": kind}
        [array] = inputs.arrays.values()
        assert array.shape == shape and len(inputs) == len(targets) == 4


@pytest.mark.parametrize(
    "values, dtype",
    [
        ([1, 0, 1, 0], "int64"),
        ([np.int8(1), 0, True, False], "int64"),
        ([True, False, np.True_, np.False_], "bool"),
        ([1, 0.5, np.True_, 0], "float64"),
        ([1, np.float32(1), 0, 0], "float64"),
    ],
)
def test_objects_keep_their_kind(values, dtype):
    given = np.array(values, object)
    _, targets = _user_data.read((given, given), "data")
    assert targets.dtype == dtype and targets.tolist() == values


def test_a_mask_that_hides_nothing_is_none():
    x = np.ma.array(X, mask=np.zeros_like(X, bool))
    inputs, _ = _user_data.read((x, Y), "data")
    assert inputs.arrays["input"].tolist() == X.tolist()


def test_categories_of_pandas_are_classes():
    pandas = pytest.importorskip("pandas")
    for values, wanted in [
        ([1, 0, 1, 0], [1, 0, 1, 0]),
        ([True, False, True, False], [True, False, True, False]),
        (["b", "a", "b", "a"], ["b", "a", "b", "a"]),
        ([0.5, 1.5, 0.5, 1.5], ["0.5", "1.5", "0.5", "1.5"]),
    ]:
        for given in (
            pandas.Series(values, dtype="category"),
            pandas.Categorical(values),
        ):
            _, targets = _user_data.read((X, given), "data")
            assert targets.tolist() == wanted and targets.dtype.kind in "ibU"
            inputs, _ = _user_data.read((given, Y), "data")
            strings = isinstance(values[0], str)
            kind = _user_data.CATEGORIES if strings else _user_data.NUMBERS
            assert inputs.kinds == {"input": kind}
    missing = pandas.Series([0.5, None, 1.5, 0.5], dtype="category")
    refused((X, missing), "targets of data, without missing values")


def test_columns_of_one_name_are_refused():
    pandas = pytest.importorskip("pandas")
    for columns, name in [(["a", "a"], "a"), ([1, "1"], "1")]:
        frame = pandas.DataFrame(X[:, :2], columns=columns)
        for targets in (Y, "a"):
            refused((frame, targets), f"Received: several called '{name}'")


def test_several_inputs_have_names():
    inputs, _ = _user_data.read(((X, Y), Y), "data")
    assert inputs.structure == _user_data.TUPLE
    assert list(inputs.arrays) == ["input_1", "input_2"]
    inputs, _ = _user_data.read(({"b": X, "a": Y}, Y), "data")
    assert inputs.structure == _user_data.DICT
    assert list(inputs.arrays) == ["b", "a"]


def test_frames_are_columns():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [0.5, 1]})
    inputs, targets = _user_data.read((frame, "c"), "data")
    assert list(inputs.arrays) == ["a", "b"]
    assert inputs.kinds["b"] == _user_data.CATEGORIES
    assert targets.tolist() == [0.5, 1]
    refused((frame, "d"), "Received: 'd'; columns: a, b, c")
    for column, wanted in [
        (pandas.Series([1, None], dtype="Int64"), "'d' of data"),
        (pandas.Series(["x", None]), "'d' of data, without missing"),
        (pandas.Series(["x", None], dtype="category"), "'d' of data"),
        (pandas.Series(["x", None], dtype="string"), "'d' of data"),
        (pandas.to_datetime(["2020", "2021"]), "'d' of data.* datetime"),
    ]:
        refused((frame.assign(d=column), [1, 2]), wanted)


def test_datasets_of_tensorflow_are_read_or_refused():
    import tensorflow as tf

    slices = tf.data.Dataset.from_tensor_slices
    pairs = slices((X, Y))
    for dataset in (
        pairs,
        pairs.batch(3),
        pairs.batch(2, drop_remainder=True),
        slices(({"a": X[:, 0], "b": X[:, 1:]}, Y)).batch(3),
    ):
        inputs, targets = _user_data.read(dataset, "data")
        assert len(inputs) == 4 and targets.tolist() == Y.tolist()
    for dataset, wanted in [
        (slices(X), "of pairs .* Received: elements of 1 parts"),
        (slices((X, Y, Y)), "Received: elements of 3 parts"),
        (pairs.repeat(), "Received: one that repeats forever"),
        (pairs.take(0), "Expected examples in data. Received: none"),
        (
            tf.data.Dataset.from_generator(
                lambda: iter([([1.0], 1), ([1.0, 2.0], 0)]),
                output_signature=(
                    tf.TensorSpec((None,)),
                    tf.TensorSpec((), tf.int32),
                ),
            ),
            "of one shape in data. Received: a tf.data.Dataset",
        ),
        (slices(([b"a", b"\xff"], [0, 1])), "Expected strings in UTF-8"),
    ]:
        refused(dataset, wanted)


def test_what_is_not_used_is_not_imported():
    assert _user_data.read((X, Y), "data")
    if "pandas" not in sys.modules:
        assert not _user_data._is_frame(X)
