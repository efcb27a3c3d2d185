"""Training steps as functions of a model's variables, compiled by JAX.

JAX compiles functions without side effects, so the variables are arguments and
results of a step. During an epoch their values pass from step to step. At its
end they are written back to Keras's variables.
"""

import collections
import contextlib

import keras

# Number of unfinished steps while the next batch is made: enough to keep a
# device busy, and few enough that batches do not fill the memory.
UNFINISHED = 2


def compiled(model, function):
    """Returns a compiled function, which changes no variable.

    It uses the values that the variables have when it is called.

    Args:
        model: Built `keras.Model`.
        function: Function of structures of arrays that calls the model.
    """
    import jax

    variables = model.variables

    @jax.jit
    def pure(values, *arrays):
        with _scope(variables, values):
            return function(*arrays)

    return lambda *arrays: pure(_values(variables), *arrays)


class TrainingStep:
    """A compiled training step.

    Args:
        model: Built `keras.Model`.
        optimizer: Built Keras optimizer for it.
        function: Function of structures of arrays that calls the model. It
            returns the loss to minimise, without `model.losses`, and a
            structure of arrays that the step returns.
    """

    def __init__(self, model, optimizer, function):
        import jax

        self._lists = [
            model.trainable_variables,
            model.non_trainable_variables,
            optimizer.variables,
        ]
        trainable, others, _ = self._lists

        def loss(weights, rest, *arrays):
            with _scope(trainable + others, [*weights, *rest]) as scope:
                value, outputs = function(*arrays)
                value = sum(model.losses, value)
                rest = [scope.get_current_value(v) for v in others]
            return value, (rest, outputs)

        def step(state, *arrays):
            weights, rest, slots = state
            gradients, (rest, outputs) = jax.grad(loss, has_aux=True)(
                weights, rest, *arrays
            )
            weights, slots = optimizer.stateless_apply(
                slots, gradients, weights
            )
            return [weights, rest, slots], outputs

        self._step = jax.jit(step, donate_argnums=0)

    @contextlib.contextmanager
    def epoch(self):
        """Yields the step. Variables are written when the context ends.

        If an exception ends the epoch, the variables keep their old values.
        """
        import jax

        # A step reuses the memory of the state it is given, so it gets a copy.
        state = jax.tree.map(
            lambda value: value.copy(), [_values(part) for part in self._lists]
        )

        unfinished = collections.deque()

        def take(*arrays):
            nonlocal state
            state, outputs = self._step(state, *arrays)
            unfinished.append(outputs)
            if len(unfinished) > UNFINISHED:
                jax.block_until_ready(unfinished.popleft())
            return outputs

        yield take
        for variables, values in zip(self._lists, state):
            for variable, value in zip(variables, values):
                variable.assign(value)


def _values(variables):
    return [variable.value for variable in variables]


def _scope(variables, values):
    return keras.StatelessScope(
        state_mapping=list(zip(variables, values, strict=True)),
        collect_losses=True,
    )
