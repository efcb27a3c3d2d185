"""What an exported language model says about a text."""

import pathlib

import numpy as np

from nas_tf import reading
from nas_tf import rewards
from nas_tf.errors import UsageError
from nas_tf.tasks import _symbols

VOCABULARY = "vocabulary.txt"
# Number of symbols that are read at a time.
WINDOW = 200


class Reading:
    """The perplexity of texts, and how they go on.

    Args:
        model: Exported Keras model with a layer "reader".
        folder: `pathlib.Path` of its files.
        card: Dict, the facts on its card.
        length: Number of symbols that a text goes on for.

    Raises:
        UsageError: If there is no vocabulary, or not that of the model.
    """

    def __init__(self, model, folder, card, length):
        path, outputs = folder / VOCABULARY, model.output_shape[-1]
        text = reading.text(path, "the vocabulary beside the model")
        self.symbols = text.split("\n")[:outputs]
        self.numbers = {s: number for number, s in enumerate(self.symbols)}
        if len(self.symbols) < outputs or _symbols.EOS not in self.numbers:
            raise UsageError(
                f"Expected the {outputs:,} symbols of the model, "
                f"{_symbols.EOS} among them. Received: {path} with others"
            )
        last = len(self.symbols) - 1
        self.unknown = self.numbers.get(_symbols.UNKNOWN, last)
        self.level = card["level"]
        self.length = length
        self.reader = model.get_layer("reader")

    def read(self, path):
        """Returns the numbers of a text's symbols, `<eos>` first and last."""
        lines = _symbols.read_lines(pathlib.Path(path))
        read = _symbols.symbols(lines, self.level)
        end = self.numbers[_symbols.EOS]
        return [end, *(self.numbers.get(s, self.unknown) for s in read)]

    def lines(self, files):
        for path, tokens in files:
            yield path, self._line(tokens)

    def _line(self, tokens):
        states = [
            np.zeros((1, *state.shape[1:]), state.dtype)
            for state in self.reader.inputs[1:]
        ]
        total = 0.0
        # The last symbol is only predicted, and the text goes on before it.
        for start in range(0, len(tokens) - 1, WINDOW):
            window = tokens[start : min(start + WINDOW, len(tokens) - 1)]
            logs, states = self._read(window, states)
            following = tokens[start + 1 : start + 1 + len(window)]
            total -= logs[np.arange(len(window)), following].sum(dtype=float)
        count = len(tokens) - 1
        loss = total / count
        if self.level == "word":
            words = f"perplexity {rewards.perplexity(loss):.2f}"
        else:
            words = f"bits per character {rewards.bits(loss):.3f}"
        line = f"{words} on {count:,} {self.level}s"
        if self.length:
            line += f"; goes on: {self._continued(logs[-1], states)}"
        return line

    def _continued(self, logs, states):
        """Returns the likeliest symbol after each other."""
        found = []
        for _ in range(self.length):
            logs = logs.copy()
            logs[self.numbers.get(_symbols.UNKNOWN, [])] = -np.inf
            found.append(int(logs.argmax()))
            rows, states = self._read(found[-1:], states)
            logs = rows[-1]
        texts = [self.symbols[number] for number in found]
        if self.level == "word":
            return " ".join(texts)
        shown = {_symbols.SPACE: " ", _symbols.EOS: "/"}
        return "".join(shown.get(text, text) for text in texts)

    def _read(self, tokens, states):
        """Returns `[T, V]` logarithms of probabilities, and the states."""
        window = np.array([tokens], np.int32)
        logits, *states = self.reader.predict_on_batch([window, *states])
        logits = np.asarray(logits[0], np.float64)
        largest = logits.max(axis=-1, keepdims=True)
        sums = np.exp(logits - largest).sum(axis=-1, keepdims=True)
        return logits - largest - np.log(sums), states
