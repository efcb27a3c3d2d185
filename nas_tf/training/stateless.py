"""Steps over a model's variables as functions, which JAX compiles.

JAX compiles functions without side effects, so variables are arguments and
results of a step. While an epoch lasts their values are with the steps; then
Keras's variables are given them back.
"""

import collections
import contextlib

import keras

# Steps under way while the next batch is made: enough for a device not to
# wait, and few enough that batches do not pile up.
UNDER_WAY = 2


def compiled(model, function):
    """Returns a function of arrays, compiled; it changes no variable.

    Args:
        model: Built `keras.Model`, whose variables have the values they have
            when the function is called.
        function: Function of arrays that calls the model.
    """
    import jax

    variables = model.variables

    @jax.jit
    def pure(values, *arrays):
        with _scope(variables, values):
            return function(*arrays)

    return lambda *arrays: pure(_values(variables), *arrays)


class TrainingStep:
    """A compiled step of training, on batches of one shape.

    Args:
        model: Built `keras.Model`.
        optimizer: Built Keras optimizer for it.
        function: Function of arrays that calls the model and returns what is
            to be lessened, `model.losses` apart, and anything else to return
            from the step.
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
        """Yields the step, a function of arrays; variables change at the end.

        They stay what they were where an exception ends the epoch.
        """
        import jax

        # Steps take over the memory of the state they are given.
        state = jax.tree.map(
            lambda value: value.copy(), [_values(part) for part in self._lists]
        )

        under_way = collections.deque()

        def take(*arrays):
            nonlocal state
            state, outputs = self._step(state, *arrays)
            under_way.append(outputs)
            if len(under_way) > UNDER_WAY:
                jax.block_until_ready(under_way.popleft())
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
