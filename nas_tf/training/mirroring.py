"""One training step computed by several devices together.

In the scope of a `tf.distribute` strategy a model has a copy on each device,
which TensorFlow calls a replica. In a step each replica gets a part of the
batch, some of its rows. It multiplies the mean over its rows by their share of
the batch. The sums over replicas are then the losses, figures and gradients of
the whole batch, as one device would compute them, even if the parts have
unequal sizes.

A list of parts has one entry for each replica, in order.
"""

import contextlib
import itertools

from nas_tf.errors import UsageError

# After this many dropout masks a replica would repeat the next replica's masks.
DRAWS_APART = 2**20


def count():
    """Returns the number of replicas in this scope, 1 outside of a scope."""
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def split(batch):
    """Returns a batch as a list of parts, with as equal row counts as possible.

    Args:
        batch: Structure of arrays or tensors `[B, ...]`.

    Raises:
        UsageError: If there are fewer rows than replicas.
    """
    import tensorflow as tf

    parts = zip(*map(_split, tf.nest.flatten(batch)))
    return [tf.nest.pack_sequence_as(batch, part) for part in parts]


def _split(values):
    import tensorflow as tf

    rows, parts = len(values), count()
    if rows < parts:
        raise UsageError(
            f"Expected batches of at least {parts} examples, one for each "
            f"device of a child. Received: {rows}"
        )
    ends = [-(-rows * number // parts) for number in range(parts + 1)]
    # By default TensorFlow would put the tensors on the first GPU, and the
    # other devices would have to wait for it.
    with tf.device("CPU:0"):
        return [
            tf.convert_to_tensor(values[start:end])
            for start, end in itertools.pairwise(ends)
        ]


def place(function, parts):
    """Returns a list of a function's results for each part, on its device."""
    import tensorflow as tf

    results = []
    names = tf.distribute.get_strategy().extended.worker_devices
    for name, part in zip(names, parts, strict=True):
        with tf.device(name):
            results.append(function(part))
    return results


def run(function, *lists):
    """Calls a function once on each replica, inside a `tf.function`.

    Args:
        function: Function of one entry of each list. It returns a structure
            of tensors.
        *lists: Lists of parts.

    Returns:
        List of the results, one for each replica.
    """
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()

    def on_replica():
        number = _replica_number()
        return function(*(parts[number] for parts in lists))

    outputs = strategy.run(on_replica)
    return [
        tf.nest.map_structure(
            lambda leaf, number=number: strategy.experimental_local_results(
                leaf
            )[number],
            outputs,
        )
        for number in range(count())
    ]


def _replica_number():
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    return int(tf.get_static_value(context.replica_id_in_sync_group))


def sums(tensors):
    """Returns a list of tensors summed over replicas, inside `run`.

    Entries that are None stay None. Gradients flow through the sums.
    """
    import tensorflow as tf

    known = [
        tf.convert_to_tensor(tensor) for tensor in tensors if tensor is not None
    ]
    context = tf.distribute.get_replica_context()
    summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, known))
    return [None if tensor is None else next(summed) for tensor in tensors]


def gather(row):
    """Returns the rows `[n]` of all N replicas as `[N, n]`, inside `run`.

    Gradients flow through the result.
    """
    import tensorflow as tf

    place = tf.one_hot([_replica_number()], count(), axis=0, dtype=row.dtype)
    (rows,) = sums([place * row])
    return rows


def assign(variable, function, *arguments):
    """Sets each copy of a variable to a function of it, outside of `run`.

    Nothing passes between devices.

    Args:
        variable: Mirrored `keras.Variable`.
        function: Function of a copy of the variable and of the arguments'
            copies on the same device, which returns the new value.
        *arguments: Mirrored `keras.Variable`s, or tensors.
    """
    import tensorflow as tf

    tf.distribute.get_strategy().extended.update(
        variable.value,
        lambda copy, *others: copy.assign(function(copy, *others)),
        args=tuple(getattr(other, "value", other) for other in arguments),
        group=False,
    )


@contextlib.contextmanager
def taking_sums(optimizer):
    """Makes an optimizer expect gradients that are already summed.

    By default an optimizer sums gradients over replicas itself, but only after
    it has clipped those of each replica. What has to be clipped is the gradient
    of the whole batch.
    """
    optimizer._all_reduce_sum_gradients = lambda pairs: pairs
    try:
        yield
    finally:
        del optimizer._all_reduce_sum_gradients


def draw_apart(model):
    """Makes each replica of a model draw its own dropout masks.

    With mirrored seeds the first row of each part would get the same mask. The
    masks of the first replica do not change.
    """
    import tensorflow as tf

    seeds = [v for v in model.variables if v.name == "seed_generator_state"]

    def advance(number):
        for seed in seeds:
            step = tf.constant([0, number * DRAWS_APART], seed.value.dtype)
            seed.assign(seed.value + step)
        return tf.constant(0)

    if seeds:
        numbers = list(range(count()))
        tf.function(lambda: run(advance, numbers), autograph=False)()
