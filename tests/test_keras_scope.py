"""Keras's settings: what a program has set, parts neither obey nor change."""

import dataclasses
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from nas_tf import keras_scope
from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators.base import Evaluator
from nas_tf.search.run_search import run_search

DIGITS = "digits(epochs=1, batch_size=256, augment=False)"
CONV = "conv(num_layers=1, num_filters=(4,))"


@pytest.fixture
def settings():
    """Gives Keras's settings back after a test."""
    with keras_scope.own_settings():
        yield


def facts():
    config = keras.config
    return (
        config.image_data_format(),
        config.floatx(),
        config.dtype_policy().name,
        config.epsilon(),
        config.is_interactive_logging_enabled(),
        config.is_traceback_filtering_enabled(),
    )


@dataclasses.dataclass(frozen=True)
class Total(Evaluator):
    """Rewards the sum of an architecture's actions."""

    needs_task = False

    def evaluate(self, space, task, actions, seed):
        spec = space.decode(actions).to_json()
        return trial.Result(trial.OK, float(sum(actions)), spec=spec)


def search(task=DIGITS, space=CONV, **options):
    return run_search(
        space, task, strategy="random_search", max_children=1, **options
    )


def set_data_format():
    keras.config.set_image_data_format("channels_first")


def set_floatx():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


def set_others():
    keras.config.set_epsilon(1e-3)
    keras.config.disable_interactive_logging()
    keras.config.disable_traceback_filtering()


@pytest.fixture(scope="module")
def usual():
    """The result of a child under Keras's defaults."""
    with keras_scope.own_settings():
        return search().trials[0].result


@pytest.mark.parametrize("change", [set_data_format, set_floatx, set_others])
def test_a_search_is_the_same_and_gives_settings_back(
    settings, usual, change, capsys
):
    change()
    before = facts()
    [child] = search().trials
    assert facts() == before
    assert child.result.status == "ok", child.result.error
    assert child.result.reward == usual.reward
    assert child.result.params == usual.params
    said = "floatx is float64" in capsys.readouterr().err
    assert said == (change is set_floatx)


def test_random_numbers_and_names_are_given_back(settings):
    def numbers():
        return (
            random.random(),
            np.random.rand(),
            float(tf.random.uniform(())),
            float(keras.random.uniform(())),
        )

    name = keras.layers.Dense(1).name
    keras.utils.set_random_seed(1)
    numbers()
    expected = numbers()
    keras.utils.set_random_seed(1)
    numbers()
    search()
    assert numbers() == expected
    # Layers of equal names cannot be in one model.
    assert keras.layers.Dense(1).name != name


def test_a_mixed_policy_is_the_childrens(settings, tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    [child] = search(run_dir=tmp_path / "run").trials
    assert child.result.status == "ok", child.result.error
    text = (tmp_path / "run" / "configuration.json").read_text()
    assert "precision='bfloat16'" in text
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


@pytest.mark.parametrize(
    "policy, task, message",
    [
        ("float64", DIGITS, "Received: float64"),
        ("float16", DIGITS, "Received: float16"),
        (
            "mixed_float16",
            DIGITS[:-1] + ", precision='bfloat16')",
            "task, bfloat16. Received: mixed_float16",
        ),
    ],
)
def test_other_policies_are_refused(settings, policy, task, message):
    keras.config.set_dtype_policy(policy)
    with pytest.raises(UsageError, match=message):
        search(task)
    assert keras.config.dtype_policy().name == policy


def test_the_controller_is_float32(settings, floatx="float16"):
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(floatx)
    run_search(
        "tree(base=2)",
        evaluator=Total(),
        strategy="reinforce",
        max_children=8,
    )
    assert keras.config.floatx() == floatx


def test_models_are_built_with_channels_last(settings):
    task = registry.make("tasks", DIGITS)
    space = registry.make("spaces", CONV)
    spec = space.decode((0,) * len(space.decisions))
    shapes = [layer.output.shape for layer in space.build(spec, task).layers]
    keras.config.set_image_data_format("channels_first")
    model = space.build(spec, task)
    assert [layer.output.shape for layer in model.layers] == shapes
    assert keras.config.image_data_format() == "channels_first"
