"""Batch normalization without averages."""

import keras
import numpy as np

from nas_tf.layers.batch_statistics import BatchStatistics


def test_it_is_keras_in_training_without_scale_and_offset():
    x = np.random.default_rng(0).normal(3, 2, (6, 4, 5, 3)).astype("float32")
    layer = BatchStatistics(1e-2)
    expected = keras.layers.BatchNormalization(epsilon=1e-2)(x, training=True)
    for training in (False, True):
        np.testing.assert_allclose(
            layer(x, training=training), expected, atol=1e-5
        )
    assert not layer.variables
    assert BatchStatistics.from_config(layer.get_config()).epsilon == 1e-2
