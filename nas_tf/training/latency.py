"""How long a model takes for one example, measured where it was trained."""

import functools
import statistics
import time

import keras
import numpy as np

WARM_UP = 5
RUNS = 30


def measure(model, inputs):
    """Returns the median number of seconds a model takes for one example.

    The model is compiled and called with a batch of one example, in which all
    numbers are 0. The time is measured on this machine, with the threads of
    this process, so it varies a little from run to run.

    Args:
        model: Built `keras.Model`.
        inputs: Pair `(shape, dtype)` of the input, without the batch; or a
            tuple or dict of these for several inputs, as `Task.inputs`.
    """
    example = zeros(inputs)
    answer = _compiled(model)
    for _ in range(WARM_UP):
        answer(example)
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        answer(example)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def zeros(inputs):
    """Returns a batch of one example, all zeros.

    Args:
        inputs: As for `measure`.
    """
    if isinstance(inputs, dict):
        return {name: zeros(each) for name, each in inputs.items()}
    if isinstance(inputs[1], str):
        shape, dtype = inputs
        return np.zeros((1, *shape), dtype)
    return tuple(map(zeros, inputs))


def _compiled(model):
    if keras.backend.backend() != "tensorflow":
        return model.predict_on_batch
    import tensorflow as tf

    # TensorFlow would warn of a lambda, which is traced for every child.
    call = tf.function(
        functools.partial(model, training=False), autograph=False
    )
    return lambda example: keras.tree.map_structure(np.asarray, call(example))
