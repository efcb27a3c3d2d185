"""Search for the best translation of a sentence, for a batch at a time."""

import keras
import numpy as np
from keras import ops

from nas_tf import checks
from nas_tf import limits
from nas_tf import subwords

# The logarithm of the probability of what cannot be.
_NEVER = -1e9


def beam_search(
    model,
    source,
    beam_width=1,
    length_penalty=1.0,
    max_length=50,
    max_lengths=None,
):
    """Returns the translation of each sentence that is found to be the best.

    In each step the `beam_width` best hypotheses of a sentence are kept, and
    those that have ended stay among them. A hypothesis Y has the score

        log P(Y) / ((5 + |Y|) / 6)^length_penalty

    (Wu et al. 2016, equation 14, without coverage). |Y| counts the end, if it
    has been written. The search stops when all hypotheses have ended.

    It is compiled once for each shape of `source` and each of the options.

    Args:
        model: Keras model with `encode` and `step`, such as a
            `nas_tf.children.translator.Translator`.
        source: `[B, S]` integers, sentences that are filled up with 0.
        beam_width: Number of hypotheses of a sentence, at least 1 and at most
            the number of symbols. Default: 1, a greedy search.
        length_penalty: Exponent, in [0, 10]. 0 favours short hypotheses.
            Default: 1.
        max_length: Largest number of symbols with the end, at least 1. A
            hypothesis of as many need not have ended. Default: 50.
        max_lengths: `[B]` integers, the same for each sentence, at most
            `max_length`. None (default) for `max_length`.

    Returns:
        `[B, max_length]` int32, the symbols with the end and 0 behind it; and
        `[B]` float32, the scores. Both are NumPy arrays.

    Raises:
        UsageError: If an option is out of its range.
    """
    given = {
        "beam_width": beam_width,
        "max_length": max_length,
        "length_penalty": length_penalty,
    }
    checks.whole(given, "max_length")
    checks.whole(given, "beam_width", maximum=model.num_symbols)
    checks.number(
        given, "length_penalty", minimum=0, maximum=limits.LENGTH_PENALTY
    )
    # Kept with the model, hidden from Keras, which would look for weights.
    searches = vars(model).get("_searches")
    if searches is None:
        searches = {}
        object.__setattr__(model, "_searches", searches)
    source = np.asarray(source, "int32")
    if max_lengths is None:
        max_lengths = [max_length] * len(source)
    options = (beam_width, float(length_penalty), max_length)
    # Keras would compile a second shape for sentences of any length.
    key = (source.shape, *options)
    if key not in searches:
        searches[key] = _Search(model, *options)
    ids, scores = searches[key].predict_on_batch(
        (source, np.asarray(max_lengths, "int32"))
    )
    return np.asarray(ids, "int32"), np.asarray(scores, "float32")


class _Search(keras.Model):
    """A search as a model, as Keras compiles models on every backend."""

    def __init__(self, model, beam_width, length_penalty, max_length):
        super().__init__(name="beam_search")
        self.model = model
        self.width = beam_width
        self.penalty = length_penalty
        self.length = max_length
        # XLA on TensorFlow compiles for as long as many batches take.
        self.jit_compile = keras.backend.backend() == "jax"
        self.built = True

    def call(self, inputs):
        source, max_lengths = inputs
        width, size = self.width, source.shape[0]
        # As many rows as hypotheses; those of a sentence are neighbours.
        memory, moving = keras.tree.map_structure(
            lambda tensor: ops.repeat(tensor, width, axis=0),
            self.model.encode(source),
        )
        first = ops.expand_dims(ops.arange(size, dtype="int32"), 1) * width
        ids = ops.zeros((size, width, self.length), "int32")
        # At first all are equal, and only one of them counts.
        totals = ops.tile(
            np.array([[0.0] + [_NEVER] * (width - 1)], "float32"), (size, 1)
        )
        lengths = ops.zeros((size, width), "int32")
        ended = ops.zeros((size, width), "bool")
        tokens = ops.full((size, width), subwords.BEGIN, "int32")

        def goes_on(number, ids, tokens, totals, lengths, ended, *moving):
            return ops.logical_not(ops.all(ended))

        def step(number, ids, tokens, totals, lengths, ended, *moving):
            logs, (_, moving) = self.model.step(
                ops.reshape(tokens, (-1,)), (memory, list(moving))
            )
            logs = self._allowed(logs, ended)
            sums = totals[:, :, None] + logs
            longer = lengths + ops.cast(ops.logical_not(ended), "int32")
            scores = sums / self._divisors(longer)[:, :, None]
            _, chosen = ops.top_k(ops.reshape(scores, (size, -1)), width)
            chosen = ops.cast(chosen, "int32")
            parents = chosen // self.model.num_symbols
            tokens = chosen % self.model.num_symbols
            rows = ops.reshape(first + parents, (-1,))

            def kept(tensor):
                flat = ops.reshape(tensor, (size * width, *tensor.shape[2:]))
                return ops.reshape(ops.take(flat, rows, axis=0), tensor.shape)

            totals = ops.take_along_axis(
                ops.reshape(sums, (size, -1)), chosen, axis=1
            )
            place = ops.cast(ops.arange(self.length) == number, "int32")
            ids = kept(ids) + tokens[:, :, None] * place
            ended = ops.logical_or(kept(ended), tokens == subwords.END)
            ended = ops.logical_or(ended, number + 1 >= max_lengths[:, None])
            moving = [ops.take(tensor, rows, axis=0) for tensor in moving]
            return number + 1, ids, tokens, totals, kept(longer), ended, *moving

        start = (
            ops.zeros((), "int32"),
            ids,
            tokens,
            totals,
            lengths,
            ended,
            *moving,
        )
        _, ids, _, totals, lengths, *_ = ops.while_loop(
            goes_on, step, start, maximum_iterations=self.length
        )
        scores = totals / self._divisors(lengths)
        best = ops.argmax(scores, axis=1)
        ids = ops.take_along_axis(ids, best[:, None, None], axis=1)
        scores = ops.take_along_axis(scores, best[:, None], axis=1)
        return ops.squeeze(ids, 1), ops.squeeze(scores, 1)

    def _allowed(self, logs, ended):
        """Returns log-probabilities `[B, width, V]` of what may be written.

        Nothing but padding follows an end, and padding and beginnings are
        nowhere else.
        """
        number = np.arange(self.model.num_symbols)
        barred = (number == subwords.PADDING) | (number == subwords.BEGIN)
        after = np.where(number == subwords.PADDING, 0.0, _NEVER)
        logs = ops.reshape(logs, (*ended.shape, self.model.num_symbols))
        logs = ops.where(barred, _NEVER, logs)
        return ops.where(ended[:, :, None], after.astype("float32"), logs)

    def _divisors(self, lengths):
        lengths = ops.cast(lengths, "float32")
        return ops.power((5.0 + lengths) / 6.0, self.penalty)
