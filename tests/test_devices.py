"""Tests of children trained on several devices, parts of the processor.

What is trained is in `tests/on_devices.py`, run once for all these tests.
"""

import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.training import devices
from tests import on_devices

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("devices")


@pytest.fixture(scope="module")
def written(folder):
    """The results of trainings, by kind, case and number of devices."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.on_devices", str(folder)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # TensorFlow would print a message about each strategy.
    assert "MirroredStrategy" not in done.stderr
    assert "nccl" not in done.stderr.lower()
    return json.loads((folder / "written.json").read_text())


def assert_close(actual, expected):
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def assert_same(cases, counts):
    expected = cases["1"]
    assert set(cases) == {"1", *counts}
    for count in counts:
        assert set(cases[count]["history"]) == set(expected["history"])
        for name, values in expected["history"].items():
            assert_close(cases[count]["history"][name], values)
        # Moving averages are among the weights.
        assert_close(cases[count]["weights"], expected["weights"])
        assert cases[count]["apart"] == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(on_devices.CONV_CASES))
def test_several_devices_train_a_classifier_as_one_does(written, name):
    counts = ("2", "3") if name in on_devices.THREE_DEVICES else ("2",)
    assert_same(written["conv"][name], counts)


@pytest.mark.slow
def test_cases_differ_by_more_than_they_are_compared_to(written):
    losses = [case["1"]["history"]["loss"] for case in written["conv"].values()]
    for number, loss in enumerate(losses):
        for other in losses[:number]:
            assert np.abs(np.subtract(loss, other)).max() > 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(on_devices.TEXT_CASES))
def test_several_devices_train_a_language_model_as_one_does(written, name):
    _, counts = on_devices.TEXT_CASES[name]
    assert_same(written["text"][name], tuple(map(str, counts)))


@pytest.mark.slow
def test_several_devices_share_structures_and_count_second_outputs(written):
    assert_same(written["structures"], ("2", "prefetched"))


@pytest.mark.slow
def test_devices_whose_rows_count_unequally_train_as_one_does(written):
    assert_same(written["masked"], ("3",))


def assert_same_child(one, two):
    assert one["status"] == two["status"] == "ok", two["error"]
    assert two["reward"] == pytest.approx(one["reward"], rel=1e-4, abs=1e-4)
    assert two["metrics"] == pytest.approx(one["metrics"], rel=1e-4, abs=1e-4)


@pytest.mark.slow
def test_children_of_text_have_the_same_results(written):
    _, text = written["standalone"].values()
    assert_same_child(text["1"], text["2"])


@pytest.mark.slow
def test_what_is_saved_knows_nothing_of_devices(written, folder):
    keras.models.load_model(folder / "within.keras")
    model = keras.models.load_model(folder / "after.keras")
    probabilities = model(on_devices.make_pictures(4, seed=1)[0])
    assert_close(probabilities, written["probabilities"])


@pytest.mark.slow
def test_replicas_draw_masks_of_their_own(written):
    """Those of dropout and of three dropped paths."""
    [alone] = written["seeds"]["1"]
    first, second = written["seeds"]["2"]
    assert len(alone) == 4
    assert first == alone
    assert all(one != other for one, other in zip(second, alone))
    assert written["apart"] == 0.0


@pytest.mark.slow
def test_half_precision_is_trained_on_several_devices(written):
    one, two = written["half"]["1"], written["half"]["2"]
    for name, values in one["history"].items():
        # Rounding moves an example or two across the line between classes.
        atol = 2 / 28 if "accuracy" in name else 0
        np.testing.assert_allclose(
            two["history"][name], values, rtol=0.02, atol=atol
        )
    for found, wanted in zip(two["weights"], one["weights"], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0.05, atol=0.02)
    assert two["apart"] == 0.0


@pytest.mark.slow
def test_a_batch_has_an_example_for_each_device(written):
    assert written["few"] == (
        "Expected batches of at least 2 examples, one for each device of a "
        "child. Received: 1"
    )


@pytest.mark.slow
def test_a_processor_is_divided_once(written):
    assert written["too_late"] == (
        "Expected `devices` up to 3, as TensorFlow has started and can no "
        "longer divide the processor. Received: 4"
    )


@pytest.mark.slow
def test_a_worker_trains_on_several_devices(written, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    arguments = on_devices.child(on_devices.SPACE, on_devices.DIGITS)
    executor = registry.make("executors", "process(workers=1)")
    evaluator = registry.make("evaluators", "standalone(devices=2)")
    try:
        # The first child that wants two must be the first that starts
        # TensorFlow: a worker of its own sees to that.
        executor.warm_up(evaluator.warm_up, *arguments[:2])
        future = executor.submit(evaluator.evaluate, *arguments)
        concurrent.futures.wait([future])
        two = future.result()
    finally:
        executor.stop()
    one = written["standalone"][on_devices.SPACE]["1"]
    assert_same_child(one, vars(two))


def test_too_few_devices_are_no_fault_of_a_child():
    # TensorFlow has started in this process, the processor undivided.
    tf.zeros(1)
    evaluator = registry.make("evaluators", "standalone(devices=2)")
    with pytest.raises(UsageError, match="^Expected `devices` up to 1, as Ten"):
        evaluator.evaluate(None, None, (), 0)


def test_gpus_are_taken_in_order_and_not_more_than_there_are(monkeypatch):
    gpus = [types.SimpleNamespace(name=f"/device:GPU:{n}") for n in range(3)]
    for name in ("list_physical_devices", "list_logical_devices"):
        monkeypatch.setattr(tf.config, name, lambda kind: gpus)
    assert devices.names(2) == ["/device:GPU:0", "/device:GPU:1"]
    with pytest.raises(UsageError, match="the number of GPUs. Received: 4$"):
        devices.names(4)


def test_another_backend_has_no_devices(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with (
        pytest.raises(UsageError, match="for devices=2. Received: jax$"),
        devices.scope(2),
    ):
        pass


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2", None])
def test_devices_are_counted(count):
    with pytest.raises(UsageError, match="whole number from 1"):
        devices.check(count)
    evaluator = registry.make("evaluators", "standalone")
    with pytest.raises(UsageError, match="`devices` to be a whole number"):
        dataclasses.replace(evaluator, devices=count)


def test_a_driver_knows_when_gpus_are_too_few():
    devices.check(2)
    devices.check(2, num_gpus=2)
    with pytest.raises(UsageError, match="^Expected `devices` up to 1, the"):
        devices.check(2, num_gpus=1)


def test_one_device_changes_nothing():
    before = tf.distribute.get_strategy()
    with devices.scope(1):
        assert tf.distribute.get_strategy() is before


def test_devices_are_no_part_of_what_a_run_is():
    one, two = (
        registry.make("evaluators", f"standalone(devices={count})")
        for count in (1, 2)
    )
    assert two.devices == 2
    assert registry.call_string(one) == registry.call_string(two)
    assert "devices" not in registry.call_string(two)


def test_devices_here_are_no_gpus():
    assert devices.on_gpu() == bool(tf.config.list_physical_devices("GPU"))
