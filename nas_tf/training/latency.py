"""How long a model takes for one example, measured where it was trained."""

import statistics
import time

import keras
import numpy as np

WARM_UP = 5
RUNS = 30


def measure(model, input_shape, input_dtype="float32"):
    """Returns the median seconds of a model's answer to one example.

    It is of a compiled call with a batch of one, on this machine with the
    threads this process has, so it differs a little from run to run.

    Args:
        model: Built `keras.Model` of one input.
        input_shape: Shape of an example, without the batch.
        input_dtype: Type of the input; all its entries are 0.
    """
    example = np.zeros((1, *input_shape), input_dtype)
    answer = _compiled(model)
    for _ in range(WARM_UP):
        answer(example)
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        answer(example)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _compiled(model):
    if keras.backend.backend() != "tensorflow":
        return model.predict_on_batch
    import tensorflow as tf

    call = tf.function(lambda x: model(x, training=False), autograph=False)
    return lambda example: keras.tree.map_structure(np.asarray, call(example))
