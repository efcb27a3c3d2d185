"""Compares models of all architectures with models of one of them."""

import math

import keras
import numpy as np
import tensorflow as tf


def random_rows(space, count, seed=0):
    """Returns a list of rows of actions."""
    rng = np.random.default_rng(seed)
    return [
        tuple(decision.random(rng) for decision in space.decisions)
        for _ in range(count)
    ]


def check(space, task, x, rows, run=None, compiled=True, **options):
    """Checks that shared weights compute what an architecture's own do.

    Outputs and gradients are compared, and weights that an architecture does
    not use must have no gradient.

    Args:
        space: Space whose weights can be shared.
        task: Its task.
        x: Inputs of a batch.
        rows: Rows of actions.
        run: Function of a model and its inputs that returns the outputs to
            compare; by default the model is called in training.
        compiled: Whether the shared model is traced, once for all rows.
        **options: Passed to `build_shared` and `build_for_sharing`.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    run = run or (lambda model, inputs: model(inputs, training=True))
    shared = space.build_shared(task, **options)
    traces = []

    def both(actions):
        traces.append(actions)
        return outputs_and_gradients(shared, run, (tf.constant(x), actions))

    if compiled:
        signature = [tf.TensorSpec((len(rows[0]),), "int32")]
        both = tf.function(both, input_signature=signature, autograph=False)
    disturb(shared)
    for row in rows:
        model = space.build_for_sharing(space.decode(row), task, **options)
        space.copy_shared(shared, row, model)
        found, shares = both(tf.constant(row, "int32"))
        wanted, gradients = outputs_and_gradients(model, run, x)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
        used = gradients_as_shared(space, shared, shares, row, model)
        for a, b in zip(used, gradients, strict=True):
            scale = max(1.0, np.abs(b).max())
            np.testing.assert_allclose(a / scale, b / scale, atol=1e-5)
        left = sum(np.count_nonzero(share) for share in shares)
        assert left == sum(np.count_nonzero(part) for part in used)
    if compiled:
        assert len(traces) == 1
    return shared


def disturb(model):
    """Moves all weights, so that none is 0 or 1."""
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        noise = 0.1 * rng.normal(size=variable.shape)
        variable.assign(variable + noise.astype("float32"))


def outputs_and_gradients(model, run, inputs):
    with tf.GradientTape() as tape:
        outputs = run(model, inputs)
        # Weights that differ, so that no error is cancelled by another.
        weights = tf.cos(tf.range(tf.size(outputs), dtype=tf.float32))
        loss = tf.reduce_sum(tf.reshape(outputs, [-1]) * weights)
    gradients = tape.gradient(
        loss, [v.value for v in model.trainable_variables]
    )
    return outputs, [
        tf.zeros(v.shape)
        if gradient is None
        else tf.convert_to_tensor(gradient)
        for v, gradient in zip(model.trainable_variables, gradients)
    ]


def gradients_as_shared(space, shared, shares, row, model):
    """Returns the gradients of shared weights in the order of a model's."""
    before = [np.array(v.numpy()) for v in shared.trainable_variables]
    kept = [np.array(v.numpy()) for v in model.trainable_variables]
    for variable, share in zip(shared.trainable_variables, shares):
        variable.assign(share)
    space.copy_shared(shared, row, model)
    found = [np.array(v.numpy()) for v in model.trainable_variables]
    for variable, value in zip(shared.trainable_variables, before):
        variable.assign(value)
    for variable, value in zip(model.trainable_variables, kept):
        variable.assign(value)
    return found


def num_weights(model):
    """Returns the number of trainable weights."""
    return sum(math.prod(v.shape) for v in model.trainable_variables)
