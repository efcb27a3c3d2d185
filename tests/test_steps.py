"""The steps of controllers, on every backend."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.errors import UsageError
from nas_tf.strategies import _steps
from tests import controllers_on_backends
from tests.backends import BACKEND
from tests.backends import array

ROOT = pathlib.Path(__file__).parent.parent


def variables():
    return [
        keras.Variable(np.array(value, np.float32))
        for value in ([1.0, 2.0], 3.0, [5.0])
    ]


def test_a_step_reads_and_changes_variables():
    weights, number, _ = kept = variables()

    def function(x):
        total = ops.sum(weights.value * x)
        number.assign_add(total)
        return [total, number.value + 1.0]

    step = _steps.compiled(function, kept)
    for x, total, after in (([1, 1], 3, 7), ([0, 2], 4, 11)):
        found = step(np.array(x, np.float32))
        assert all(isinstance(x, np.ndarray | np.float32) for x in found)
        assert [float(output) for output in found] == [total, after]
    weights.assign([0.0, 0.0])
    assert float(step(np.ones(2, np.float32))[0]) == 0
    assert array(number) == 10


def test_whole_numbers_keep_64_bits():
    large = np.array([2**61 + 1, 5])
    [found] = _steps.compiled(lambda x: [x * 2], [])(large)
    np.testing.assert_array_equal(found, 2 * large)


def test_gradients_are_those_of_the_first_result():
    weights, number, _ = kept = variables()

    def function(x):
        def forward():
            loss = ops.sum(ops.square(weights.value) * x) + 2 * number.value
            return [loss, 7 * weights.value]

        outputs, gradients = _steps.differentiate(forward, kept)
        number.assign_add(1.0)
        return [*outputs, *gradients]

    found = _steps.compiled(function, kept)(np.array([1, 10], np.float32))
    for output, wanted in zip(found, (47, [7, 14], [2, 40], 2, [0])):
        np.testing.assert_allclose(output, wanted)
    assert array(number) == 4


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_descent_clips_averages_and_steps(accumulate):
    [weights] = [keras.Variable(np.zeros(2, np.float32))]
    descent = _steps.descent(
        keras.optimizers.SGD(1.0), [weights], 1.0, accumulate
    )

    def function(is_last, gradient):
        descent.apply([gradient], is_last)
        return []

    step = _steps.compiled(function, [weights, *descent.variables])
    wanted = np.zeros(2)
    gradients = np.array([[3, 4], [0.3, 0.4], [0, 0.2], [0, 0]], np.float32)
    for number in range(1, 5):
        is_last = number % accumulate == 0
        step(np.bool_(is_last), gradients[number - 1])
        if is_last:
            mean = gradients[number - accumulate : number].mean(axis=0)
            wanted = wanted - mean / max(1.0, np.linalg.norm(mean))
        np.testing.assert_allclose(array(weights), wanted, atol=1e-5)
    assert int(array(descent.optimizer.iterations)) == 4 // accumulate


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "openvino")
    with pytest.raises(UsageError, match="Received: openvino"):
        _steps.compiled(lambda: [], [])


@pytest.fixture(scope="module")
def expected():
    return controllers_on_backends.results()


@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.skipif(
    BACKEND != "tensorflow", reason="others are compared with TensorFlow"
)
def test_backends_propose_the_same(backend, request):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.controllers_on_backends"],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    expected = request.getfixturevalue("expected")
    for batch, wanted in zip(found, expected, strict=True):
        assert batch["rows"] == wanted["rows"]
        np.testing.assert_allclose(
            batch["log_probs"], wanted["log_probs"], atol=1e-4
        )
        assert batch["scalars"] == pytest.approx(wanted["scalars"], abs=1e-4)
