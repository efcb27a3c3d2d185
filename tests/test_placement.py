"""By default a controller's steps run in this process."""

import keras
import numpy as np
import tensorflow as tf

from nas_tf.strategies.placement import LOCAL


def test_a_step_is_traced_once_for_each_shape():
    traced = []

    def double(x):
        traced.append(tuple(x.shape))
        return [2 * x]

    step = LOCAL.compile(double)
    for size in (3, 4, 3, 4, 3):
        x = np.arange(size, dtype=np.float32)
        [found] = LOCAL.call(step, x)
        assert isinstance(found, np.ndarray)
        np.testing.assert_array_equal(found, 2 * x)
    assert traced == [(3,), (4,)]


def test_what_is_scheduled_is_done_at_once_and_in_order():
    with LOCAL.scope():
        variable = keras.Variable(1.0)

    def add(x):
        variable.value.assign_add(x)
        return [tf.identity(variable.value)]

    step = LOCAL.compile(add)
    outcomes = [LOCAL.schedule(step, np.float32(n)) for n in (2, 3)]
    assert all(outcome.done() for outcome in outcomes)
    LOCAL.join()
    assert [float(outcome.result()[0]) for outcome in outcomes] == [3, 6]


def test_variables_are_read_and_written_as_arrays():
    variables = [keras.Variable(np.zeros(2)), keras.Variable(1.0)]
    LOCAL.write(variables, [np.array([3.0, 4.0]), np.array(5.0)])
    read = LOCAL.read(variables)
    np.testing.assert_array_equal(read[0], [3, 4])
    assert read[1] == 5
