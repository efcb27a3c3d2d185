"""The steps of a controller that TensorFlow compiles."""

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
        import tensorflow as tf

        variables = controller.trainable_variables

        def sample(uniforms):
            rollout = controller.unroll(decisions, uniforms=uniforms)
            means = [tf.reduce_mean(p, axis=0) for p in rollout.probabilities]
            return rollout.actions, rollout.log_probs, tf.concat(means, axis=0)

        def score(actions):
            return [controller.unroll(decisions, actions=actions).log_probs]

        def learn(is_last, actions, *arrays):
            with tf.GradientTape() as tape:
                rollout = controller.unroll(decisions, actions=actions)
                value = loss(decisions, rollout, *arrays)
            gradients = tape.gradient(
                value,
                [variable.value for variable in variables],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
            descent.apply(gradients, is_last)
            norm = tf.linalg.global_norm(gradients)
            entropies = tf.reduce_mean(rollout.entropies, axis=0)
            return tf.stack([value, norm]), entropies

        self.decisions = decisions
        self.names = Names(decisions)
        self.sample = place.compile(sample)
        self.score = place.compile(score)
        self.learn = place.compile(learn)
