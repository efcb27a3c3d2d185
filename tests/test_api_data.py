"""What a search takes for data, and what for a task."""

import inspect

import numpy as np
import pytest

import nas_tf
from nas_tf.api import data
from nas_tf.tasks import _preparation
from nas_tf.tasks import arrays
from tests import toy


def test_data_is_told_from_tasks():
    class Mine:
        failure_reward = 0.0

    class Columns:
        """A table with a column of the name of a task's attribute."""

        def __getattr__(self, name):
            return name == "failure_reward"

    assert not any(map(data.is_data, (None, "digits", toy.ToyTask(), Mine())))
    assert data.is_data((np.zeros(3), np.zeros(3)))
    assert data.is_data({"a": np.zeros(3)})
    assert data.is_data(Columns())


@pytest.mark.parametrize("task", ["digits", toy.ToyTask(), None])
def test_data_and_a_task_are_one_too_many(task):
    message = "Expected validation_data, loss with data in place of a task"
    with pytest.raises(nas_tf.UsageError, match=message):
        nas_tf.run_search(
            "conv", task, validation_data=(np.zeros(3),) * 2, loss="mse"
        )


def test_a_misspelt_argument_is_said_as_of_any_function():
    with pytest.raises(TypeError, match="argument 'max_childen'"):
        nas_tf.run_search("conv", "digits", max_childen=3)


def test_options_of_data_are_checked():
    pair = (np.zeros((9, 2)), np.arange(9) % 2)
    with pytest.raises(nas_tf.UsageError, match="'nonsense'.*It takes: epochs"):
        nas_tf.run_search("conv", pair, nonsense=3)


def test_a_misfit_of_the_preparation_is_told_before_a_search(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path))
    pair = (np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 2)
    assert data.task_of(pair).num_outputs == 2
    monkeypatch.setattr(
        _preparation.Preparation, "apply", lambda _, raw: raw["input"] + 9
    )
    with pytest.raises(nas_tf.UsageError, match="prepares as training does"):
        data.task_of(pair)


def test_names_for_data_are_those_of_its_function():
    names = list(inspect.signature(arrays.from_data).parameters)
    assert names == ["data", *data.FOR_DATA, "options"]
