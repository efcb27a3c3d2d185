"""Pairs of sentences as batches of numbers, filled up to a few shapes."""

import numpy as np

from nas_tf import subwords
from nas_tf.errors import UsageError
from nas_tf.tasks import _buckets
from nas_tf.tasks import _decoding
from nas_tf.tasks import _encoded_pairs
from nas_tf.tasks._symbols import SPLITS
from nas_tf.tasks.base import Task


class PairBatches(Task):
    """A task whose examples are pairs of sentences, subword by subword.

    A derived class has the options, `read` and `data_key` of
    `nas_tf.tasks.translating.Translating`.
    """

    def identity(self):
        """See `Task`; the fingerprint is of all sentences."""
        fingerprint = _encoded_pairs.encoded(self).fingerprint
        return {**super().identity(), "fingerprint": fingerprint}

    def title(self, split):
        """Returns the name of a split in messages."""
        return f"split '{split}' of {type(self).__name__}"

    @property
    def subwords(self):
        """The `nas_tf.subwords.Subwords` of both languages."""
        return _encoded_pairs.encoded(self).subwords

    @property
    def num_outputs(self):
        return self.subwords.size

    @property
    def input_shape(self):
        return (self.max_length + 1,)

    @property
    def inputs(self):
        return ((self.input_shape, "int32"), (self.input_shape, "int32"))

    def describe_inputs(self):
        return (
            "numbers of subwords, int32 [B, S] and [B, T]: a sentence and the "
            "end 3, and the begin 2 and the translation so far, 0 behind both."
        )

    def num_examples(self, split):
        """Returns how many pairs of a split are used."""
        return len(self._rows(split))

    def lines(self, split):
        """Returns the pairs of `num_examples` as text, two lists of lines."""
        sides = self.read(split)
        rows = self._rows(split)
        return tuple([side[row] for row in rows] for side in sides)

    def check(self):
        for split in SPLITS:
            self._rows(split)
        count = self.num_examples("train")
        if count < self.batch_size:
            raise UsageError(
                f"Expected at least batch_size={self.batch_size} pairs of at "
                f"most max_length={self.max_length} subwords in "
                f"{self.title('train')}. Received: {count}"
            )

    def load(self, split):
        """Returns `((sources, inputs), targets)` of a whole split.

        Returns:
            `[N, S]` sources, with `END` behind each; `[N, T]` translations
            behind `BEGIN`; and the same before `END`; all int32, filled up
            with 0.
        """
        shape = self._longest(split)
        return self._batch(split, self._rows(split), shape)

    def batches(self, split, seed, epoch):
        """Yields batches `((sources, inputs), targets)`, see `load`.

        All have `batch_size` pairs, and those of a bucket one shape.
        """
        rows = self._rows(split)
        buckets = self._buckets(split)
        for bucket, chosen in _buckets.shuffled(
            buckets, len(self._shapes), self.batch_size, seed, epoch
        ):
            yield self._batch(split, rows[chosen], self._shapes[bucket])

    def held_out(self, split):
        """Returns all pairs of a split as batches to score, a list.

        They have the shapes of `batches`. A last one is filled up with pairs
        whose targets are 0, which do not count.
        """
        rows = self._rows(split)
        shapes = [*self._shapes, self._longest(split)]
        longest = np.stack(self._lengths(split)) > np.array([shapes[-2]]).T
        buckets = self._buckets(split)
        buckets[longest.any(axis=0)] = len(shapes) - 1
        found = []
        for bucket, shape in enumerate(shapes):
            # As many numbers as in batches of shorter sentences.
            fewer = shapes[-2][1] / max(shape[1], shapes[-2][1])
            size = max(1, int(self.batch_size * fewer))
            chosen = np.flatnonzero(buckets == bucket)
            for start in range(0, len(chosen), size):
                part = rows[chosen[start : start + size]]
                filled = np.resize(part, size)
                inputs, targets = self._batch(split, filled, shape)
                targets[len(part) :] = 0
                found.append((inputs, targets))
        return found

    @property
    def _shapes(self):
        return _encoded_pairs.shapes(self)

    def _rows(self, split):
        """Returns the numbers of the pairs of a split that are used, `[N]`."""
        return _encoded_pairs.rows(self, split)

    def _lengths(self, split):
        """Returns the lengths of sources and targets, with begin or end."""
        return _encoded_pairs.lengths(self, split)

    def _buckets(self, split):
        return _buckets.assign(*self._lengths(split), self._shapes)

    def _longest(self, split):
        longest = (int(side.max()) for side in self._lengths(split))
        return tuple(min(length, _decoding.LONGEST) for length in longest)

    def _batch(self, split, rows, shape):
        sources, targets = _encoded_pairs.encoded(self).pairs[split]
        end = subwords.END
        read = sources.padded(rows, shape[0], last=end)
        written = targets.padded(rows, shape[1], first=subwords.BEGIN)
        return (read, written), targets.padded(rows, shape[1], last=end)
