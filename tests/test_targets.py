"""Targets of every kind, and those that do not suit their loss."""

import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import _targets

CLASSES = np.array([0, 1, 2, 2])
ONE_HOT = np.eye(3)[CLASSES]
LABELS = np.array([[0, 1, 1], [0, 0, 0], [1, 1, 1], [1, 0, 0]])
NUMBERS = np.array([0.5, 1.5, -2, 7])


def resolve(y, other=None, **options):
    given = {"train": np.asarray(y)}
    if other is not None:
        given["valid"] = np.asarray(other)
    return _targets.resolve(given, **options)


@pytest.mark.parametrize(
    "y, loss, outputs, names, flat",
    [
        (CLASSES, _targets.SPARSE, 3, (), False),
        (CLASSES[:, None], _targets.SPARSE, 3, (), False),
        (["b", "a", "c"], _targets.SPARSE, 3, ("a", "b", "c"), False),
        ([True, False], _targets.SPARSE, 2, ("False", "True"), False),
        (ONE_HOT, _targets.ONE_HOT, 3, (), False),
        (LABELS, "binary_crossentropy", 3, (), False),
        (NUMBERS, "mean_squared_error", 1, (), True),
        (NUMBERS[:, None], "mean_squared_error", 1, (), True),
        (NUMBERS.reshape(2, 2), "mean_squared_error", 2, (), False),
    ],
)
def test_targets_have_a_usual_loss(y, loss, outputs, names, flat):
    found = resolve(y)
    assert (found.loss, found.num_outputs) == (loss, outputs)
    assert (found.class_names, found.flat) == (names, flat)
    array = found.arrays["train"]
    classes = loss == _targets.SPARSE
    assert array.dtype == (np.int32 if classes else np.float32)
    assert array.shape == ((len(y),) if classes else (len(y), outputs))


def test_classes_are_numbered_by_their_names():
    found = resolve(["b", "a"], ["a", "a", "b"])
    assert found.arrays["train"].tolist() == [1, 0]
    assert found.arrays["valid"].tolist() == [0, 0, 1]
    found = resolve(["b", "a"], class_names=["b", "a", "c"])
    assert found.arrays["train"].tolist() == [0, 1]
    assert found.num_outputs == 3
    # With names a class may be missing among the training examples.
    assert resolve([0, 2], class_names=["x", "y", "z"]).num_outputs == 3


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({"y": [1, 2, 3]}, "every class from 0 to 3. .* none of class 0"),
        ({"y": [0, -1, 1]}, "from 0 to 1 in split 'train'. Received: -1"),
        ({"y": CLASSES, "other": [3]}, "from 0 to 2 in split 'valid'"),
        ({"y": ["a", "b"], "other": ["c"]}, "classes a, b in split 'valid'"),
        ({"y": ["a", "b"], "other": [1]}, "Received: '1'"),
        ({"y": [0, 0]}, "at least two classes. Received: 1"),
        ({"y": NUMBERS, "loss": _targets.SPARSE}, "whole numbers or strings"),
        ({"y": ONE_HOT, "loss": _targets.SPARSE}, "one-hot targets have loss"),
        ({"y": CLASSES, "loss": _targets.ONE_HOT}, "one-hot targets of shape"),
        ({"y": LABELS, "loss": _targets.ONE_HOT}, "with a sum of 1"),
        ({"y": CLASSES, "loss": "bce"}, "targets of 0 and 1 in split 'train'"),
        ({"y": NUMBERS, "loss": "poisson"}, "targets >= 0"),
        ({"y": ["a", "b"], "loss": "mse"}, "numbers or strings|Received"),
        ({"y": [0.5, np.nan]}, "finite numbers as targets of split 'train'"),
        ({"y": np.zeros((2, 2, 2))}, r"shape \[N\] or \[N, K\]"),
        ({"y": ONE_HOT, "other": CLASSES}, r"Received: \(4,\) in split 'valid"),
        ({"y": [[1, 2], [3, 4]]}, "Expected the name of a loss"),
        ({"y": CLASSES, "class_names": ["a"]}, "from 0 to 0"),
        ({"y": NUMBERS, "class_names": ["a", "b"]}, "as many class_names"),
        ({"y": CLASSES, "class_names": "abc"}, "to be different strings"),
        ({"y": CLASSES, "class_names": ["a", "a", "b"]}, "different strings"),
        ({"y": CLASSES, "class_names": 3}, "different strings. Received: 3"),
        ({"y": CLASSES, "class_names": {"a", "b", "c"}}, "different strings"),
        ({"y": CLASSES, "class_names": ["a", "b", "\ud800"]}, "UTF-8 can"),
        ({"y": 1_700_000_000 + np.arange(40)}, "to 1700000039.* of class 0"),
        ({"y": [0, 1, 10**14]}, "every class .* none of class 2"),
        ({"y": np.array([0, 2**64 - 1], "uint64")}, "none of class 1"),
        ({"y": [-2, -1]}, "from 0 to 0 .* Received: -2"),
        ({"y": [0, 1, np.nan], "loss": _targets.SPARSE}, "as nan"),
        ({"y": [0, np.inf, 1], "loss": _targets.SPARSE}, "as inf"),
        ({"y": [0, 1.5], "loss": _targets.SPARSE}, "values such as 1.5"),
        (
            {"y": np.array(["2020"], "datetime64"), "loss": _targets.SPARSE},
            "whole numbers or strings .* such as 2020",
        ),
        ({"y": ["a\nb", "c"]}, r"one line of text each. Received: 'a\\nb'"),
        ({"y": LABELS, "class_names": ["a", "b\r", "c"]}, r"Received: 'b\\r'"),
        ({"y": LABELS, "class_names": ["a", "b", "\0"]}, "one line of text"),
        ({"y": ["\ud800", "c"]}, "one line of text"),
        ({"y": CLASSES, "loss": "hinge"}, "Expected a loss by the name"),
    ],
)
def test_wrong_targets_are_told_in_one_line(options, wanted):
    with pytest.raises(UsageError, match=wanted) as caught:
        resolve(**options)
    assert "\n" not in str(caught.value)


def test_class_weights():
    classes = resolve(CLASSES)
    assert _targets.class_weights(None, classes) == ()
    for given, wanted in [
        ({1: 5}, (1.0, 5.0, 1.0)),
        ([1, 2, 3], (1.0, 2.0, 3.0)),
        ("balanced", (4 / 3, 4 / 3, 4 / 6)),
    ]:
        found = _targets.class_weights(given, classes)
        np.testing.assert_allclose(found, wanted)
    named = resolve(["b", "a"])
    assert _targets.class_weights({"b": 3}, named) == (1.0, 3.0)
    one_hot = _targets.class_weights("balanced", resolve(ONE_HOT))
    np.testing.assert_allclose(one_hot, (4 / 3, 4 / 3, 4 / 6))
    single = resolve([0, 0, 0, 1], loss="binary_crossentropy")
    found = _targets.class_weights("balanced", single)
    np.testing.assert_allclose(found, (4 / 6, 4 / 2))


@pytest.mark.parametrize(
    "y, given, wanted",
    [
        (CLASSES, {3: 1}, "of the classes 0 to 2. Received: class 3"),
        (CLASSES, {"a": 1}, "Received: class 'a'"),
        (CLASSES, [1, [2, 3], 4], "'balanced', or 3 numbers >= 0"),
        (CLASSES, {0: [1, 2]}, "'balanced', or 3 numbers >= 0"),
        (CLASSES, [1, 2], "'balanced', or 3 numbers >= 0"),
        (CLASSES, [1, -2, 1], "3 numbers >= 0"),
        (CLASSES, [0, 0, 0], "not all 0"),
        (CLASSES, "equal", "Received: 'equal'"),
        (CLASSES, {0: "much"}, "3 numbers >= 0"),
        (NUMBERS, [1], "class_weight with examples in classes only"),
        (LABELS, "balanced", "class_weight with examples in classes only"),
    ],
)
def test_wrong_class_weights(y, given, wanted):
    with pytest.raises(UsageError, match=wanted):
        _targets.class_weights(given, resolve(y))
