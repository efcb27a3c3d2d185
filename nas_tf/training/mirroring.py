"""One step of training, computed by several devices together.

In the scope of a `tf.distribute` strategy a model has a copy on each device,
in TensorFlow's words a replica. A step gives each replica its rows of the
batch. A replica weighs the mean over its rows by their share of the batch;
then losses, metrics and gradients of the batch are the sums over replicas, as
one device computes them, be the parts equal or not.

A list of parts has an entry for each replica, in order.
"""

import contextlib
import itertools

from nas_tf.errors import UsageError

# Draws of a dropout mask after which replicas' masks would repeat another's.
DRAWS_APART = 2**20


def count():
    """Returns the number of replicas in this scope, 1 outside of any."""
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
    # Not wherever TensorFlow puts tensors, the first GPU: others would have
    # to wait for it.
    with tf.device("CPU:0"):
        return [
            tf.convert_to_tensor(values[start:end])
            for start, end in itertools.pairwise(ends)
        ]


def place(function, parts):
    """Returns a list of parts: a function of each, on its device."""
    import tensorflow as tf

    results = []
    names = tf.distribute.get_strategy().extended.worker_devices
    for name, part in zip(names, parts, strict=True):
        with tf.device(name):
            results.append(function(part))
    return results


def run(function, *lists):
    """Calls a function once on each replica; call it in a `tf.function`.

    Args:
        function: Function of one entry of each list.
        *lists: Lists of parts.

    Returns:
        List of what the function returns on each replica, structures of
        tensors.
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
    """Returns the sums over replicas of a list of tensors; call it in `run`.

    Gradients that are None stay so. Gradients flow through it.
    """
    import tensorflow as tf

    known = [
        tf.convert_to_tensor(tensor) for tensor in tensors if tensor is not None
    ]
    context = tf.distribute.get_replica_context()
    summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, known))
    return [None if tensor is None else next(summed) for tensor in tensors]


def gather(row):
    """Returns the rows `[n]` of all replicas as `[N, n]`; call it in `run`.

    Gradients flow through it.
    """
    import tensorflow as tf

    place = tf.one_hot([_replica_number()], count(), axis=0, dtype=row.dtype)
    (rows,) = sums([place * row])
    return rows


@contextlib.contextmanager
def taking_sums(optimizer):
    """Has an optimizer applied in `run` take gradients already summed.

    It would sum them itself, but after clipping those of each replica, where
    it is the batch's gradient that has to be clipped.
    """
    optimizer._all_reduce_sum_gradients = lambda pairs: pairs
    try:
        yield
    finally:
        del optimizer._all_reduce_sum_gradients


def draw_apart(model):
    """Has each replica's copy of a model draw dropout masks of its own.

    Mirrored seeds would give the first row of each part the same mask. The
    first replica's masks stay what they are.
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
