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
