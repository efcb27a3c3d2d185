"""REINFORCE with a moving-average baseline (Zoph & Le 2017, section 3.2)."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from nas_tf import losses
from nas_tf.checks import check
from nas_tf.checks import is_number
from nas_tf.checks import is_whole
from nas_tf.controller import Controller
from nas_tf.controller import draw_uniforms
from nas_tf.decisions import Categorical
from nas_tf.strategies.base import MovingAverage
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy


@dataclasses.dataclass
class Reinforce(Strategy):
    """The RNN controller trained on the rewards of its own samples.

    Attributes:
        learning_rate: Adam's rate, > 0. The paper has 0.0006 (images) and
            0.0005 (text) for 12,800 and more children; with hundreds nothing
            is learned at that rate, so the default is larger.
        baseline_decay: Weight of the past in the baseline, in [0, 1).
        entropy_weight: Weight of the entropy bonus, >= 0.
        clip_norm: Largest global norm of a gradient, > 0; None for any.
        accumulate: Batches whose gradients are averaged for one step of Adam,
            at least 1; the paper has 10 for text.
        units: Units of each LSTM layer of the controller.
        num_layers: LSTM layers of the controller.
        temperature: See `Controller`.
        tanh_constant: See `Controller`.
    """

    learning_rate: float = 0.02
    baseline_decay: float = 0.95
    entropy_weight: float = 0.0
    clip_norm: float | None = None
    accumulate: int = 1
    units: int = 35
    num_layers: int = 2
    temperature: float = 1.0
    tanh_constant: float | None = None

    def __post_init__(self):
        for name in ("learning_rate", "temperature"):
            value = getattr(self, name)
            check(self, name, is_number(value) and value > 0, "> 0")
        for name in ("clip_norm", "tanh_constant"):
            value = getattr(self, name)
            good = value is None or (is_number(value) and value > 0)
            check(self, name, good, "None or > 0")
        for name in ("units", "num_layers", "accumulate"):
            good = is_whole(getattr(self, name))
            check(self, name, good, "a whole number from 1")
        value = self.entropy_weight
        good = is_number(value) and value >= 0
        check(self, "entropy_weight", good, ">= 0")
        value = self.baseline_decay
        good = is_number(value) and 0 <= value < 1
        check(self, "baseline_decay", good, "in [0, 1)")
        self.controller = None

    def start(self, space, seed):
        # A second search of the same space goes on with the compiled steps of
        # the first: they hold the variables, whose values are set anew.
        if self.controller is None or space != self.space:
            self._build(space)
        self.controller.reset(seed)
        for variable in self.optimizer.variables:
            if variable is not self.optimizer.learning_rate:
                variable.assign(np.zeros(variable.shape, variable.dtype))
        self.baseline = MovingAverage(self.baseline_decay)
        self._probabilities = {}

    def _build(self, space):
        super().start(space, None)
        self.controller = Controller(
            space.decisions,
            units=self.units,
            num_layers=self.num_layers,
            temperature=self.temperature,
            tanh_constant=self.tanh_constant,
        )
        self.optimizer = keras.optimizers.Adam(
            self.learning_rate,
            global_clipnorm=self.clip_norm,
            gradient_accumulation_steps=(
                self.accumulate if self.accumulate > 1 else None
            ),
        )
        self.optimizer.build(self.controller.trainable_variables)
        self._sample_steps = {}
        self._update_steps = {}

    def propose(self, count, length, seed):
        if length not in self._sample_steps:
            self._sample_steps[length] = self._compile_sample(length)
        decisions = self.space.decisions[:length]
        actions, log_probs, probabilities = self._sample_steps[length](
            tf.constant(draw_uniforms(decisions, count, seed))
        )
        self._probabilities = _labelled(decisions, probabilities.numpy())
        samples = []
        for row, log_prob in zip(actions.numpy(), log_probs.numpy()):
            row = tuple(int(action) for action in row)
            active = self.space.active(row)
            samples.append(Sample(row, float(log_prob[active].sum())))
        return samples

    def update(self, trials):
        actions = np.array([t.proposal.actions for t in trials], np.int64)
        rewards = np.array([t.reward for t in trials], np.float32)
        advantages = rewards - self._baselines(rewards)
        mask = np.array([self.space.active(row) for row in actions])
        length = actions.shape[1]
        if length not in self._update_steps:
            self._update_steps[length] = self._compile_update(length)
        loss, norm, entropies = self._update_steps[length](
            tf.constant(actions),
            tf.constant(advantages),
            tf.constant(mask.astype(np.float32)),
        )
        for reward in rewards:
            self.baseline.add(float(reward))
        return {
            "controller/loss": float(loss),
            "controller/gradient_norm": float(norm),
            "controller/advantage": float(advantages.mean()),
            "controller/baseline": self.baseline.value,
            **_by_kind(self.space.decisions[:length], entropies.numpy()),
            **self._probabilities,
        }

    def _baselines(self, rewards):
        """Returns `[B]` baselines, none of which knows its own reward.

        The moving average holds earlier batches only. The first batch has
        none, so each of its rewards is compared with the mean of the others.
        """
        if self.baseline.value is not None:
            return np.full_like(rewards, self.baseline.value)
        if len(rewards) == 1:
            return rewards
        return (rewards.sum() - rewards) / (len(rewards) - 1)

    def _compile_sample(self, length):
        decisions = self.space.decisions[:length]

        @tf.function(autograph=False)
        def sample(uniforms):
            rollout = self.controller.unroll(decisions, uniforms=uniforms)
            means = [tf.reduce_mean(p, axis=0) for p in rollout.probabilities]
            return rollout.actions, rollout.log_probs, tf.concat(means, axis=0)

        return sample

    def _compile_update(self, length):
        decisions = self.space.decisions[:length]
        variables = self.controller.trainable_variables

        @tf.function(autograph=False)
        def update(actions, advantages, mask):
            with tf.GradientTape() as tape:
                rollout = self.controller.unroll(decisions, actions=actions)
                loss = losses.reinforce_loss(
                    rollout.log_probs, advantages, mask
                )
                if self.entropy_weight:
                    loss -= self.entropy_weight * losses.mean_entropy(
                        rollout.entropies, mask
                    )
            gradients = tape.gradient(
                loss,
                [variable.value for variable in variables],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
            self.optimizer.apply(gradients, variables)
            entropies = tf.reduce_mean(rollout.entropies, axis=0)
            return loss, tf.linalg.global_norm(gradients), entropies

        return update

    def state(self):
        arrays = {
            f"controller/{index:02d}": variable.numpy()
            for index, variable in enumerate(self._variables())
        }
        if self.baseline.value is not None:
            arrays["baseline"] = np.array(self.baseline.value)
        return arrays

    def set_state(self, arrays):
        variables = self._variables()
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"controller/{index:02d}"])
        if "baseline" in arrays:
            self.baseline.value = float(arrays["baseline"])

    def _variables(self):
        return self.controller.trainable_variables + self.optimizer.variables


def _by_kind(decisions, entropies):
    """Returns the mean entropy of each kind's decisions, in nats."""
    kinds = {}
    for decision, entropy in zip(decisions, entropies):
        kinds.setdefault(decision.kind, []).append(entropy)
    return {
        f"entropy/{kind}": float(np.mean(values))
        for kind, values in kinds.items()
    }


def _labelled(decisions, probabilities):
    """Returns the mean probability of each choice of each decision.

    The n-th decision of a kind is numbered from 1, and so are anchors.
    """
    scalars = {}
    numbers = {}
    start = 0
    for decision in decisions:
        number = numbers[decision.kind] = numbers.get(decision.kind, 0) + 1
        if isinstance(decision, Categorical):
            labels = [decision.choice(i) for i in range(decision.size)]
        else:
            labels = range(1, decision.size + 1)
        for label in labels:
            tag = f"probability_{decision.kind}/{number}={label}"
            scalars[tag] = float(probabilities[start])
            start += 1
    return scalars


make = Reinforce
