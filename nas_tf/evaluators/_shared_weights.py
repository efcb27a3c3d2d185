"""The weights that architectures share: trained, scored, saved."""

import keras
import numpy as np

from nas_tf.evaluators import _shared_examples
from nas_tf.training import fit as training
from nas_tf.training.mixture_gradient import mixture_gradient


class SharedWeights:
    """A shared model and what trains it.

    Args:
        model: What `SearchSpace.build_shared` returned.
        lesson: The task's `Lesson`.
        optimizer: Keras optimizer, not yet built.
    """

    def __init__(self, model, lesson, optimizer):
        self._model = model
        self._lesson = lesson
        self._gradient = None
        self._optimizer = optimizer
        # Variables are not to be made inside a step that is traced.
        self._optimizer.build(model.trainable_variables)
        # XLA compiles all branches of all choices, which takes minutes.
        self._engine = training.make_engine(
            model, lesson, self._optimizer, jit_compile=False
        )

    def train(self, batches, rows):
        """Trains on one minibatch for each architecture.

        If the loss or a weight is not finite afterwards, everything is as it
        was before.

        Args:
            batches: Iterator of batches `(x, y)`.
            rows: Iterable of the actions that the shared model takes, each
                asked for after the steps before it.

        Returns:
            Dict of the lesson's figures, means over the minibatches as they
            were before their own steps; None if training diverged.
        """
        before = self.state()
        figures = self._engine.train(
            _shared_examples.with_actions(batch, actions)
            for actions, batch in zip(rows, batches)
        )
        finite = all(map(np.isfinite, figures.values())) and all(
            np.isfinite(keras.ops.convert_to_numpy(variable.value)).all()
            for variable in self._model.trainable_variables
        )
        if finite:
            return figures
        self.set_state(before)
        return None

    def mixture_gradient(self, mixture, held_out, training, inner_rate):
        """Returns the gradient of the loss in a mixture's weights.

        Args:
            mixture: float32 `[T, K]`.
            held_out: A batch `(x, y)` of validation.
            training: A batch of training for a step of the weights that is
                looked ahead, or None if `inner_rate` is 0.
            inner_rate: Rate of that step, >= 0, the same in every call.
        """
        if self._gradient is None:
            self._gradient = mixture_gradient(
                self._model, self._lesson, inner_rate
            )
        return self._gradient(mixture, held_out, training)

    def score(self, batches, actions):
        """Returns a dict of the lesson's figures of one architecture.

        Args:
            batches: Batches to score, without the actions.
            actions: The actions that the shared model takes.
        """
        return self._engine.evaluate(
            _shared_examples.with_actions(batch, actions) for batch in batches
        )

    def state(self):
        """Returns a dict of NumPy arrays: weights and velocities."""
        return {
            name: np.array(keras.ops.convert_to_numpy(variable.value))
            for name, variable in self._named()
        }

    def set_state(self, arrays):
        """Restores a state that `state` returned; other names are ignored.

        Raises:
            KeyError: If an array is missing.
            ValueError: If one has another shape.
        """
        for name, variable in self._named():
            variable.assign(arrays[name])

    def _named(self):
        """Yields `(name, variable)` for all that training changes."""
        lists = {
            "weights": self._model.variables,
            "optimizer": self._optimizer.variables,
        }
        for what, variables in lists.items():
            for number, variable in enumerate(variables):
                yield f"{what}/{number:04d}", variable
