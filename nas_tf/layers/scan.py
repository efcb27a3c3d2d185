"""A loop over time of several steps an iteration."""

from keras import ops

# The largest number of steps in one iteration of the loop over time. More are
# hardly faster, and XLA compiles each of them.
STEPS = 5


def scan(step, start, sequences, length, reverse=False):
    """Returns the records of a loop over time, with time as first dimension.

    An iteration computes several steps, because each iteration has a cost of
    its own.

    Args:
        step: Function of the previous step's record and of a step's tensors,
            which returns the step's record.
        start: Tuple of tensors, the record before the first step.
        sequences: Sequence of tensors `[T, ...]`.
        length: T.
        reverse: Whether to begin with the last step.
    """
    size = max(k for k in range(1, STEPS + 1) if length % k == 0)
    order = range(size)[::-1] if reverse else range(size)

    def iterate(carry, given):
        record = tuple(tensor[order[-1]] for tensor in carry)
        given = [ops.unstack(tensor, size, 0) for tensor in given]
        records = [None] * size
        for index in order:
            record = step(record, *(tensors[index] for tensors in given))
            records[index] = record
        carry = tuple(ops.stack(column, 0) for column in zip(*records))
        return carry, carry

    # On TensorFlow the records of an iteration have the shapes of its carry.
    start = tuple(
        ops.broadcast_to(tensor[None], (size, *ops.shape(tensor)))
        for tensor in start
    )
    iterations = length // size
    sequences = tuple(
        ops.reshape(tensor, (iterations, size, *ops.shape(tensor)[1:]))
        for tensor in sequences
    )
    _, records = ops.scan(
        iterate, start, sequences, iterations, reverse=reverse
    )
    return [
        ops.reshape(tensor, (length, *ops.shape(tensor)[2:]))
        for tensor in records
    ]
