"""How a text is cut into rows, and these into windows, for training."""

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.tasks import _cache
from nas_tf.tasks._raw_text import RawText
from nas_tf.tasks._streams import cut
from nas_tf.tasks._streams import encoded
from nas_tf.tasks._symbols import EOS
from nas_tf.tasks._symbols import SPLITS


class TextWindows(RawText):
    """A task whose examples are the windows of a text, read in order.

    A derived class has the options of
    `nas_tf.tasks.language_modelling.LanguageModelling`.
    """

    def files(self):
        """Returns a dict from split to the `pathlib.Path` of its text file.

        A split without a file of its own is taken from the file of the training
        text. The dict is empty (default) if the text does not come from files.
        """
        return {}

    def identity(self):
        files = self.files()
        if not files:
            return super().identity()
        # The names of files may differ between machines.
        contents = {
            split: _cache.content({"": (path, [path])})
            for split, path in files.items()
        }
        return {**super().identity(), "fingerprint": contents}

    def title(self, split):
        """Returns the name of a split in messages."""
        files = self.files()
        source = files.get(split) or files.get("train") or type(self).__name__
        return f"split '{split}' of {source}"

    @property
    def unit(self):
        return f"{self.level}s"

    def num_examples(self, split):
        """Returns how many symbols of a split are used."""
        return len(self.tokens(split))

    @property
    def input_shape(self):
        return (self.steps,)

    @property
    def num_outputs(self):
        return len(self.vocabulary)

    @property
    def vocabulary(self):
        """Tuple of symbols, the most frequent first. An index is a number."""
        return encoded(self)[1]

    def tokens(self, split):
        """Returns the symbols of a split that are used, `[N]` int32.

        They are read once in a process.
        """
        if split not in SPLITS:
            raise UsageError(f"Expected a split of {SPLITS}. Received: {split}")
        stream = encoded(self)[0][split]
        name = f"{split}_tokens"
        count = getattr(self, name, None)
        if count is not None and count > len(stream):
            raise UsageError(
                f"Expected at most {len(stream)} symbols in "
                f"{self.title(split)}. Received: {name}={count}"
            )
        return stream[:count]

    def check(self):
        for split in SPLITS:
            self.load(split)

    def load(self, split):
        """Returns `(inputs, targets)`, each `[batch_size, L]` int32.

        Each row continues where the row before it ends. For "train" L is a
        multiple of `steps`, and the rest of the text is left out. For the other
        splits see `rows`.

        Raises:
            UsageError: If the training text does not fill one window.
        """
        if split != "train":
            return self.rows(split, self.batch_size)
        stream = self.tokens(split)
        window = self.batch_size * self.steps
        if len(stream) < window:
            raise UsageError(
                f"Expected at least batch_size x steps = {window} symbols in "
                f"{self.title(split)}. Received: {len(stream)}"
            )
        whole = len(stream) // window * window
        return cut(stream[:whole], self.batch_size, self.vocabulary.index(EOS))

    def rows(self, split, count):
        """Returns `(inputs, targets)` of a whole split, `[count, L]` int32.

        L is as small as possible. Targets of -1 fill up the end and do not
        count; all others are the text, in order.
        """
        stream = self.tokens(split)
        missing = -len(stream) % count
        padded = np.pad(stream, (0, missing), constant_values=-1)
        return cut(padded, count, self.vocabulary.index(EOS))

    def batches(self, split, seed, epoch):
        """Yields windows `(inputs, targets)`, each `[batch_size, steps]`.

        They come in the order of the text, for every seed and epoch. The last
        window of a split other than "train" is filled up with targets of -1.
        """
        from nas_tf.training.batches import windows

        yield from windows(*self.load(split), self.steps)
