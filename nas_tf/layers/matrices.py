"""Products of sequences with matrices."""

from keras import ops


def times_matrix(sequences, matrix):
    """Returns `sequences @ matrix`, computed as one product of two matrices.

    TensorFlow computes the gradient of `ops.matmul` as a sum of one product
    for each sequence, which takes more memory and several times as long.

    Args:
        sequences: `[B, n]`, or `[B, T, n]` with batch and time in any order.
        matrix: `[n, m]`.

    Returns:
        A tensor `[B, m]` or `[B, T, m]`.
    """
    if len(sequences.shape) == 2:
        return ops.matmul(sequences, matrix)
    rows, columns, size = ops.shape(sequences)
    product = ops.matmul(ops.reshape(sequences, (-1, size)), matrix)
    return ops.reshape(product, (rows, columns, matrix.shape[-1]))


def outer_products(left, right):
    """Returns the sum over time and batch of outer products, `[n, m]`.

    Args:
        left: `[T, B, n]`.
        right: `[T, B, m]`.
    """
    left = ops.reshape(left, (-1, left.shape[-1]))
    right = ops.reshape(right, (-1, right.shape[-1]))
    return ops.matmul(ops.transpose(left), right)
