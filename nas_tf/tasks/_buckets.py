"""Pairs of sequences in batches of few shapes, with little padding.

Compiled steps have fixed shapes. Pairs of similar length therefore share a
bucket, and all batches of a bucket have its shape.
"""

import numpy as np

from nas_tf.seeds import generator


class Ragged:
    """Sequences of integers of different lengths, in one array.

    Args:
        flat: `[M]` integers, all sequences one after the other.
        lengths: `[N]` integers.

    Attributes:
        lengths: As above.
    """

    def __init__(self, flat, lengths):
        self.lengths = np.asarray(lengths)
        self._flat = flat
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])

    def __len__(self):
        return len(self.lengths)

    def padded(self, rows, width, first=None, last=None):
        """Returns some sequences as `[B, width]` int32, 0 at their ends.

        Args:
            rows: `[B]` integers, the numbers of the sequences.
            width: Width of the result. What does not fit is cut off.
            first: Integer to put before each sequence, or None.
            last: Integer to put behind each sequence, also behind one that is
                cut off, or None.
        """
        result = np.zeros((len(rows), width), np.int32)
        room = width - (first is not None) - (last is not None)
        for line, row in zip(result, rows):
            start = self._starts[row]
            length = min(int(self.lengths[row]), room)
            begin = 0
            if first is not None:
                line[0] = first
                begin = 1
            line[begin : begin + length] = self._flat[start : start + length]
            if last is not None:
                line[begin + length] = last
        return result


def bounds(sources, targets, count):
    """Returns the shapes of buckets with the least padding in total.

    A pair belongs to the first bucket that both of its sequences fit into,
    in the order of the longer of the two.

    Args:
        sources: `[N]` integers, the lengths of the sources, N at least 1.
        targets: `[N]` integers.
        count: Largest number of buckets, at least 1.

    Returns:
        List of pairs `(source length, target length)`, ascending.
    """
    longer = np.maximum(sources, targets)
    lengths, group = np.unique(longer, return_inverse=True)
    widest = np.zeros((2, len(lengths)), np.int64)
    np.maximum.at(widest[0], group, sources)
    np.maximum.at(widest[1], group, targets)
    pairs = np.bincount(group)
    # The least cost of the first `end` lengths in so many buckets, and where
    # the last of these begins.
    costs = np.full((count + 1, len(lengths) + 1), np.inf)
    begins = np.zeros(costs.shape, np.int64)
    costs[0, 0] = 0
    for end in range(1, len(lengths) + 1):
        # Of the lengths from each begin to this end.
        width = np.maximum.accumulate(widest[:, :end][:, ::-1], axis=1)
        cost = np.cumsum(pairs[:end][::-1]) * width.sum(axis=0)
        for used in range(1, count + 1):
            totals = costs[used - 1, :end] + cost[::-1]
            begins[used, end] = np.argmin(totals)
            costs[used, end] = totals[begins[used, end]]
    used = int(np.argmin(costs[:, -1]))
    end = len(lengths)
    found = []
    while used:
        begin = begins[used, end]
        found.append(tuple(widest[:, begin:end].max(axis=1).tolist()))
        used, end = used - 1, begin
    # A longer bucket takes what is left of a shorter one.
    shapes = np.maximum.accumulate(np.array(found[::-1]), axis=0)
    return [tuple(shape) for shape in shapes.tolist()]


def assign(sources, targets, shapes):
    """Returns the bucket of each pair, `[N]` integers.

    Args:
        sources: `[N]` integers, the lengths of the sources.
        targets: `[N]` integers.
        shapes: What `bounds` returned. A pair that fits nowhere belongs to
            the last bucket.
    """
    found = np.full(len(sources), len(shapes) - 1)
    for number in reversed(range(len(shapes))):
        source, target = shapes[number]
        fits = (sources <= source) & (targets <= target)
        found[fits] = number
    return found


def shuffled(buckets, count, batch_size, seed, epoch):
    """Yields the batches of an epoch, `(bucket, rows)`, in random order.

    What is left of a bucket fills batches of the next one. Of the last one
    fewer than `batch_size` pairs are left out.

    Args:
        buckets: `[N]` integers, what `assign` returned.
        count: Number of buckets.
        batch_size: Number of pairs in a batch.
        seed: Integer.
        epoch: Integer; the order depends on both.
    """
    rng = generator(seed, "epoch", epoch)
    order = rng.permutation(len(buckets))
    batches = []
    left = order[:0]
    for bucket in range(count):
        rows = np.concatenate([left, order[buckets[order] == bucket]])
        # What is left over should not always be of the same bucket.
        rows = rng.permutation(rows)
        whole = len(rows) // batch_size * batch_size
        batches += [
            (bucket, rows[start : start + batch_size])
            for start in range(0, whole, batch_size)
        ]
        left = rows[whole:]
    for number in rng.permutation(len(batches)):
        yield batches[number]
