"""A training step and an evaluated window, one operation after another."""

import contextlib

from keras import ops

from nas_tf.training.sequences.nats import nats_of
from nas_tf.training.sequences.nats import sum_of_nats
from nas_tf.training.sequences.window_engine import WindowEngine


class TorchEngine(WindowEngine):
    """Steps by PyTorch's automatic differentiation; nothing is compiled."""

    def __init__(self, model, optimizer=None):
        self._model = model
        self._optimizer = optimizer
        if optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)

    def _epoch(self):
        return contextlib.nullcontext(self._train_step)

    def _train_step(self, x, y, states):
        import torch

        x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
        logits, states = self._model.advance(x, states, training=True)
        mean = ops.mean(nats_of(y, logits))
        loss = sum(self._model.losses, mean * x.shape[1])
        variables = self._model.trainable_variables
        gradients = torch.autograd.grad(
            loss, [v.value for v in variables], allow_unused=True
        )
        self._optimizer.apply(list(gradients), variables)
        return mean.detach(), [state.detach() for state in states]

    def _test_step(self, x, y, states):
        import torch

        x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
        with torch.no_grad():
            logits, states = self._model.advance(x, states, training=False)
            return sum_of_nats(y, logits), states
