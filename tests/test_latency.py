"""Tests of a model's time for one example."""

import time

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.training import latency


class Slow(keras.layers.Layer):
    """Waits, on TensorFlow as a part of its graph."""

    def call(self, x):
        import tensorflow as tf

        def wait(value):
            time.sleep(0.02)
            return value

        return tf.ensure_shape(
            tf.numpy_function(wait, [x], x.dtype, stateful=True), x.shape
        )

    def compute_output_shape(self, shape):
        return shape


def test_the_median_is_that_of_one_example():
    inputs = keras.Input((4,))
    plain = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    slow = keras.Model(inputs, Slow()(inputs))
    quick = latency.measure(plain, ((4,), "float32"))
    assert 0 < quick < 0.02 <= latency.measure(slow, ((4,), "float32"))


@pytest.mark.parametrize("task", ["digits", "pydoc_topics(train_tokens=5000)"])
def test_a_tasks_inputs_are_understood(task):
    task = registry.make("tasks", task)
    example = latency.zeros(task.inputs)
    assert example.shape == (1, *task.input_shape)
    assert example.dtype == task.input_dtype


def test_several_inputs_are_structures():
    inputs = {"a": ((2, 3), "float32"), "b": (((4,), "int32"), ((), "int32"))}
    example = latency.zeros(inputs)
    assert example["a"].shape == (1, 2, 3)
    first, second = example["b"]
    assert first.shape == (1, 4) and second.shape == (1,)
    assert first.dtype == np.int32
    symbols = keras.Input((4,), dtype="int32")
    number = keras.Input((3,))
    x = keras.layers.Flatten()(keras.layers.Embedding(5, 2)(symbols))
    outputs = keras.layers.Concatenate()([x, number])
    model = keras.Model((symbols, number), outputs)
    seconds = latency.measure(model, (((4,), "int32"), ((3,), "float32")))
    assert seconds > 0
