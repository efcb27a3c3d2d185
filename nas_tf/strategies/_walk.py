"""The steps of a controller: to sample, to score and to learn."""

from keras import ops

from nas_tf.strategies import _steps
from nas_tf.strategies._scalars import Names


class Walk:
    """The compiled steps and the scalars' names for one list of decisions.

    Args:
        decisions: Tuple of decisions, those that an architecture answers.
        controller: `Controller`.
        descent: `Descent` of the controller's variables.
        loss: Function of the decisions, their `Rollout` and the further
            arguments of `learn`, that returns the scalar to minimise.
        place: What compiles the steps, see `nas_tf.strategies.placement`.
    """

    def __init__(self, decisions, controller, descent, loss, place):
        weights = controller.trainable_variables
        variables = [*weights, *descent.variables]

        def sample(uniforms):
            rollout = controller.unroll(decisions, uniforms=uniforms)
            means = [ops.mean(p, axis=0) for p in rollout.probabilities]
            return [
                rollout.actions,
                rollout.log_probs,
                ops.concatenate(means, axis=0),
            ]

        def score(actions):
            return [controller.unroll(decisions, actions=actions).log_probs]

        def learn(is_last, actions, *arrays):
            def forward():
                rollout = controller.unroll(decisions, actions=actions)
                value = loss(decisions, rollout, *arrays)
                return [value, ops.mean(rollout.entropies, axis=0)]

            (value, entropies), gradients = _steps.differentiate(
                forward, weights
            )
            descent.apply(gradients, is_last)
            norm = ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients))
            return [ops.stack([value, norm]), entropies]

        self.decisions = decisions
        self.names = Names(decisions)
        self.sample = place.compile(sample, weights)
        self.score = place.compile(score, weights)
        self.learn = place.compile(learn, variables)
