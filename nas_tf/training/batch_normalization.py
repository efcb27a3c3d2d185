"""Faster and synchronized forms of Keras's batch normalization.

The layers themselves are unchanged. Only their method `call` is replaced until
a context ends, so nothing of it is saved with the model.
"""

import contextlib

import keras

from nas_tf.training import mirroring
from nas_tf.training.precision import PRECISIONS


@contextlib.contextmanager
def fused(model):
    """Traces each batch normalization of a model as one kernel."""
    with _calling(model, _can_be_fused, _fused_call):
        yield


@contextlib.contextmanager
def synchronized(model):
    """Makes all replicas normalize by mean and variance of the whole batch.

    The moving averages follow these, so they stay equal on all replicas. Masks
    are ignored, and layers with `renorm` use their own part of the batch.
    """
    with _calling(model, _can_be_synchronized, _synchronized_call):
        yield


@contextlib.contextmanager
def _calling(model, condition, make_call):
    layers = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if condition(layer)
    ]
    for layer in layers:
        layer.call = make_call(layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.call


def _can_be_fused(layer):
    return (
        # A subclass may compute something else.
        type(layer) is keras.layers.BatchNormalization
        and layer.trainable
        and layer.scale
        and layer.center
        and not layer.renorm
        and not layer.synchronized
        and layer.compute_dtype in PRECISIONS
        and layer.input_spec.ndim == 4
        and layer.axis in (-1, 3)
    )


def _fused_call(layer):
    import tensorflow as tf

    def call(x, training=None, mask=None):
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=layer.gamma.value,
            offset=layer.beta.value,
            mean=[],
            variance=[],
            epsilon=layer.epsilon,
            is_training=True,
        )
        # The moments are float32 also for inputs of half precision.
        count = tf.size(x) // tf.size(outputs.batch_mean)
        count = tf.cast(count, tf.float32)
        # The kernel divides the variance by n - 1, Keras divides it by n.
        variance = outputs.batch_variance * ((count - 1) / count)
        _follow(layer, outputs.batch_mean, variance)
        return outputs.y

    return call


def _can_be_synchronized(layer):
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.trainable
        and not layer.renorm
    )


def _synchronized_call(layer):
    import tensorflow as tf

    def call(x, training=None, mask=None):
        axis = layer.axis % len(x.shape)
        # Squares may overflow in half precision.
        inputs = tf.cast(x, tf.float32)
        mean, variance = _moments(
            inputs, [other for other in range(len(x.shape)) if other != axis]
        )
        _follow(layer, mean, variance)
        outputs = keras.ops.batch_normalization(
            inputs,
            mean,
            variance,
            axis=axis,
            offset=layer.beta,
            scale=layer.gamma,
            epsilon=layer.epsilon,
        )
        return tf.cast(outputs, layer.compute_dtype)

    return call


def _moments(x, axes):
    """Returns mean and variance over all replicas."""
    import tensorflow as tf

    mean, variance = tf.nn.moments(x, axes)
    size = tf.cast(tf.size(x), x.dtype)
    rows = mirroring.gather(tf.concat([[size], mean, variance], 0))
    sizes, means, variances = tf.split(rows, [1, *[mean.shape[0]] * 2], 1)
    weights = sizes / tf.reduce_sum(sizes)
    mean = tf.reduce_sum(weights * means, 0)
    # The moments are centred: where the mean is large, a difference of large
    # sums of squares would lose digits.
    variances = variances + (means - mean) ** 2
    return mean, tf.reduce_sum(weights * variances, 0)


def _follow(layer, mean, variance):
    """Updates the averages that a layer normalizes by outside of training."""
    for moving, new in (
        (layer.moving_mean, mean),
        (layer.moving_variance, variance),
    ):
        moving.assign(moving * layer.momentum + new * (1 - layer.momentum))
