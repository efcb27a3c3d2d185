"""Products of sequences and matrices."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from nas_tf.layers.matrices import outer_products
from nas_tf.layers.matrices import times_matrix
from tests.recurrent import assert_close
from tests.recurrent import normal


@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3)])
def test_is_the_product(shape):
    rng = np.random.default_rng(0)
    sequences = rng.normal(size=shape).astype("float32")
    matrix = rng.normal(size=(3, 4)).astype("float32")
    product = ops.convert_to_numpy(times_matrix(sequences, matrix))
    np.testing.assert_allclose(product, sequences @ matrix, rtol=1e-5)


def test_gradient_has_no_product_for_each_sequence():
    @tf.function
    def gradients(sequences, matrix):
        with tf.GradientTape() as tape:
            tape.watch([sequences, matrix])
            total = tf.reduce_sum(times_matrix(sequences, matrix) ** 2)
        return tape.gradient(total, [sequences, matrix])

    sequences = tf.random.stateless_normal((2, 5, 3), (0, 0))
    matrix = tf.random.stateless_normal((3, 4), (0, 1))
    graph = gradients.get_concrete_function(sequences, matrix).graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert kinds.count("MatMul") == 3
    assert not any("Batch" in kind for kind in kinds)
    to_sequences, to_matrix = gradients(sequences, matrix)
    slope = 2 * sequences @ matrix
    np.testing.assert_allclose(
        to_sequences, slope @ tf.transpose(matrix), rtol=1e-5
    )
    np.testing.assert_allclose(
        to_matrix, tf.einsum("bti,btj->ij", sequences, slope), rtol=1e-5
    )


def test_outer_products_are_summed_over_time_and_batch():
    left, right = normal(4, 3, 2), normal(4, 3, 5, seed=1)
    wanted = np.einsum("tbn,tbm->nm", left, right)
    found = outer_products(
        ops.convert_to_tensor(left), ops.convert_to_tensor(right)
    )
    assert_close([found], [wanted])
