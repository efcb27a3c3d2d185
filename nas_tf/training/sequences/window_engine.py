"""What all engines share: windows in order, states handed on."""

import numpy as np
from keras import ops

from nas_tf.training.sequences.text_windows import windows


class WindowEngine:
    """Takes an engine's steps over the windows of a text.

    An engine has `_epoch()`, a context that yields the step
    `(x, y, states) -> (mean nats, states)`, and `_test_step`, a function
    `(x, y, states) -> (sum of nats, states)`. Keras's variables have current
    values before an epoch and after it.
    """

    def _initial_states(self, inputs):
        return self._model.initial_states(len(inputs))

    def train(self, inputs, targets, steps):
        states = self._initial_states(inputs)
        losses = []
        with self._epoch() as step:
            for x, y in windows(inputs, targets, steps):
                loss, states = step(x, y, states)
                losses.append(loss)
        # Reading a result only after the last step keeps devices busy.
        return _mean(losses, len(losses))

    def evaluate(self, inputs, targets, steps):
        states = self._initial_states(inputs)
        sums = []
        for x, y in windows(inputs, targets, steps):
            total, states = self._test_step(x, y, states)
            sums.append(total)
        return _mean(sums, np.count_nonzero(targets >= 0))


def _mean(sums, count):
    numbers = [ops.convert_to_numpy(part) for part in sums]
    return float(np.sum(numbers, dtype=float) / count)
