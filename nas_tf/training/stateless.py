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
        average: `WeightAverage` that follows the model, or None (default).
    """

    def __init__(self, model, optimizer, function, average=None):
        import jax

        averages = [] if average is None else average.variables
        self._lists = [
            model.trainable_variables,
            model.non_trainable_variables,
            optimizer.variables,
            averages,
        ]
        trainable, others, slots_of, _ = self._lists

        def loss(weights, rest, slots, *arrays):
            variables = [*trainable, *others, *slots_of]
            with _scope(variables, [*weights, *rest, *slots]) as scope:
                value, outputs = function(*arrays)
                value = optimizer.scale_loss(sum(model.losses, value))
                rest = [scope.get_current_value(v) for v in others]
            return value, (rest, outputs)

        def step(state, *arrays):
            weights, rest, slots, means = state
            gradients, (rest, outputs) = jax.grad(loss, has_aux=True)(
                weights, rest, slots, *arrays
            )
            weights, slots = optimizer.stateless_apply(
                slots, gradients, weights
            )
            if average is not None:
                variables = [*trainable, *others, *averages]
                with _scope(variables, [*weights, *rest, *means]) as scope:
                    average.follow()
                    means = [scope.get_current_value(v) for v in averages]
            return [weights, rest, slots, means], outputs

        self._pure = step
        self._step = jax.jit(step, donate_argnums=0)

    def several(self, make_batch):
        """Returns several steps as one compiled function, for `epoch`.

        Args:
            make_batch: Function `(arrays, plan)` that returns a step's batch.

        Returns:
            Function `(state, arrays, plans, states)` of the state of the
            variables, the data, the steps' plans stacked along the first axis,
            and what a step passes to the next. It returns the new state, and a
            pair of the steps' stacked figures and what the last one passes on.
        """
        import jax

        def steps(state, arrays, plans, states):
            def one(carried, plan):
                state, states = carried
                batch = make_batch(arrays, plan)
                state, (figures, after) = self._pure(state, batch, states)
                return (state, jax.tree.map(_like, after, states)), figures

            (state, states), figures = jax.lax.scan(one, (state, states), plans)
            return state, (figures, states)

        return jax.jit(steps, donate_argnums=0)

    @contextlib.contextmanager
    def epoch(self, step=None):
        """Yields the step. Variables are written when the context ends.

        If an exception ends the epoch, the variables keep their old values.

        Args:
            step: Function of the state of the variables and of arrays, which
                returns the new state and outputs; None (default) for one step.
        """
        import jax

        # A step reuses the memory of the state it is given, so it gets a copy.
        state = jax.tree.map(
            lambda value: value.copy(), [_values(part) for part in self._lists]
        )

        unfinished = collections.deque()

        def take(*arrays):
            nonlocal state
            state, outputs = (step or self._step)(state, *arrays)
            unfinished.append(outputs)
            if len(unfinished) > UNFINISHED:
                jax.block_until_ready(unfinished.popleft())
            return outputs

        yield take
        for variables, values in zip(self._lists, state):
            for variable, value in zip(variables, values):
                variable.assign(value)


def _like(after, before):
    return after.astype(before.dtype)


def _values(variables):
    return [variable.value for variable in variables]


def _scope(variables, values):
    return keras.StatelessScope(
        state_mapping=list(zip(variables, values, strict=True)),
        collect_losses=True,
    )
