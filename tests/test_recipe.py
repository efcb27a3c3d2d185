"""Tests of what an architecture changes of a task's recipe."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.recipe import DEFAULT
from nas_tf.recipe import Recipe

DIGITS = "digits(schedule='cosine', learning_rate=0.2, momentum=0.8)"
TEXT = (
    "pydoc_topics(train_tokens=2000, valid_tokens=500, learning_rate=0.5, "
    "clip_norm=3, epochs=2)"
)


def rate(optimizer):
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


@pytest.mark.parametrize("task, expected", [(DIGITS, 0.2), (TEXT, 0.5)])
def test_a_rate_takes_the_place_of_the_tasks(task, expected):
    task = registry.make("tasks", task)
    assert rate(task.optimizer()) == pytest.approx(expected)
    assert rate(task.optimizer(DEFAULT)) == pytest.approx(expected)
    assert rate(task.optimizer(Recipe(0.03))) == pytest.approx(0.03)


def test_the_tasks_own_optimizers():
    pictures = registry.make("tasks", DIGITS).optimizer()
    assert (pictures.momentum, pictures.nesterov) == (0.8, True)
    assert registry.make("tasks", TEXT).optimizer().global_clipnorm == 3


@pytest.mark.parametrize("task", [DIGITS, TEXT])
@pytest.mark.parametrize("recipe_rate", [None, 0.04])
def test_an_optimizer_is_given_the_tasks_rate_or_schedule(task, recipe_rate):
    task = registry.make("tasks", task)
    seen = []

    def optimizer(rate):
        seen.append(rate)
        return keras.optimizers.Adam(rate)

    made = task.optimizer(Recipe(recipe_rate, optimizer))
    assert isinstance(made, keras.optimizers.Adam)
    assert rate(made) == pytest.approx(recipe_rate or task.learning_rate)
    [given] = seen
    is_schedule = isinstance(
        given, keras.optimizers.schedules.LearningRateSchedule
    )
    assert is_schedule == (task.kind == "classification")


def test_children_are_trained_by_it():
    task = registry.make(
        "tasks", "digits(epochs=1, train_examples=64, valid_examples=32)"
    )

    def weights(recipe):
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        inputs = keras.Input(task.input_shape)
        x = keras.layers.Flatten()(inputs)
        outputs = keras.layers.Dense(task.num_outputs, "softmax")(x)
        model = keras.Model(inputs, outputs)
        task.fit(model, 0, recipe)
        return model.get_weights()[0]

    plain = weights(DEFAULT)
    np.testing.assert_array_equal(weights(Recipe()), plain)
    for recipe in (Recipe(0.001), Recipe(optimizer=keras.optimizers.Adam)):
        assert np.abs(weights(recipe) - plain).max() > 1e-3
