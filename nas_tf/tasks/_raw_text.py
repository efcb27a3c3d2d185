"""A text as a user has it, lines of strings, and how a model reads it."""

import abc

import numpy as np

from nas_tf.tasks._symbols import EOS
from nas_tf.tasks._symbols import SPACE
from nas_tf.tasks._symbols import UNKNOWN
from nas_tf.tasks._symbols import symbols
from nas_tf.tasks._symbols import tidy
from nas_tf.tasks.base import Task


class RawText(Task):
    """A task of text, whose exported models take lines of it.

    A derived class has `level`, "word" or "character", `vocabulary`, and
    `tokens(split)`, the numbers of a split's symbols.
    """

    @abc.abstractmethod
    def read(self, split):
        """Returns the list of lines of a split.

        Raises:
            UsageError: If there is no such text.
        """

    @property
    def class_names(self):
        return self.vocabulary

    def raw(self, split):
        """Returns `(lines, targets)` of a split.

        Lines are `[N]` strings, an array of objects, without white space at
        their ends, and with single spaces between words. Targets are
        `[N, T]` int32: the numbers of a line's symbols and of `<eos>`, then -1,
        which does not count. Where the model does not split strings (see
        `preprocessing`), both are those of `load`.
        """
        if not self._is_split_by_model():
            return self.load(split)
        stream = self.tokens(split)
        lines, parts, start, width = [], [], 0, 0
        for line in self.read(split):
            # `train_tokens` and `valid_tokens` may leave lines out.
            if start >= len(stream):
                break
            lines.append(tidy(line, self.level))
            length = sum(1 for _ in symbols([line], self.level))
            parts.append(stream[start : start + length])
            start += length
            width = max(width, length)
        targets = np.full((len(parts), width), -1, np.int32)
        for row, part in zip(targets, parts):
            row[: len(part)] = part
        return np.array(lines, object), targets

    def describe_inputs(self):
        end = f"a word `{EOS}`" if self.level == "word" else "a line end"
        number = (
            f"the numbers of its {self.level}s, `{EOS}` first, int32 [B, T]"
        )
        if not self._is_split_by_model():
            return f"{number}."
        return (
            f"lines of text, strings [B], without white space at their ends. A "
            f"string may hold several lines, separated by {end}. The model "
            f"reads {number}."
        )

    def joined(self, lines):
        """Returns lines as one string, which a model reads as these lines."""
        end = f" {EOS} " if self.level == "word" else "\n"
        return "".join(f"{line}{end}" for line in lines)

    def preprocessing(self):
        """Returns a model from lines to what a child reads.

        None if Keras cannot split strings: on JAX and PyTorch, or if a word of
        the vocabulary is one of Keras's own.
        """
        if not self._is_split_by_model():
            return None
        from nas_tf.children.texts import numbering

        return numbering(self.vocabulary, self.level, EOS, UNKNOWN, SPACE)

    def _is_split_by_model(self):
        from nas_tf.children.texts import can_number

        return can_number(self.vocabulary)
