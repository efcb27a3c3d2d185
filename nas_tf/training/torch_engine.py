"""PyTorch: automatic differentiation, one operation after another."""

import contextlib

import keras
from keras import ops

from nas_tf.training.engine import Engine


class TorchEngine(Engine):
    """Trains by PyTorch's automatic differentiation. Nothing is compiled."""

    def _epoch(self):
        return contextlib.nullcontext(self._train_step)

    def _train_step(self, batch, states):
        import torch

        loss, figures, states = self._lesson.learn(
            self._model, _tensors(batch), states
        )
        loss = self._optimizer.scale_loss(sum(self._model.losses, loss))
        variables = self._model.trainable_variables
        gradients = torch.autograd.grad(
            loss, [v.value for v in variables], allow_unused=True
        )
        with torch.no_grad():
            self._optimizer.apply(list(gradients), variables)
            if self._average is not None:
                self._average.follow()
        return figures.detach(), [state.detach() for state in states]

    def _score(self, batch, states):
        import torch

        with torch.no_grad():
            return self._lesson.score(self._model, _tensors(batch), states)


def _tensors(batch):
    return keras.tree.map_structure(ops.convert_to_tensor, batch)
