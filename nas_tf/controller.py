"""The RNN controller: it reads its last action and predicts the next one.

The same class serves every search space (Zoph & Le 2017, sections 3.1-3.3): its
weights belong to kinds of decision, and `unroll` runs over any list of
decisions of these kinds.
"""

from __future__ import annotations

import typing
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from nas_tf.decisions import Categorical
from nas_tf.decisions import Decision
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from nas_tf.seeds import generator


class Rollout(typing.NamedTuple):
    """The result of `Controller.unroll`, for B architectures of T decisions.

    Attributes:
        actions: `[B, T]` int64.
        log_probs: `[B, T]` float32, natural log of each action's probability
            given the actions before it.
        entropies: `[B, T]` float32, in nats, of the distribution of each
            action; 0 if there was only one choice.
        probabilities: List of T float32 tensors `[B, size]`: the probability of
            each choice, or for a `Subset` that each bit is set.
    """

    actions: typing.Any
    log_probs: typing.Any
    entropies: typing.Any
    probabilities: list


class Controller(keras.Model):
    """A stacked LSTM with embedding and output layer for each kind of decision.

    All initial weights are uniform in `[-init_range, init_range]`. The first
    input is a learned vector; each later one is the embedding of the previous
    action. After a `Pointer` it is the state of the chosen anchor. After a
    `Subset` it is the sum of the chosen anchors' states divided by one plus
    their number. Embeddings therefore have the size of a state.

    Args:
        decisions: Sequence of decisions that contains every kind the controller
            will be used with. Decisions of one kind have the same type and, if
            they are `Categorical`, the same size.
        units: Size of each LSTM layer's state, default 35.
        num_layers: Number of LSTM layers, default 2.
        init_range: Positive float, default 0.08.
        temperature: Positive float that logits are divided by, default 1.
        tanh_constant: If given, logits become `tanh_constant * tanh(logits)`
            after the temperature (Bello et al. 2017; ENAS uses 2.5).
        seed: Integer that determines the initial weights.

    Raises:
        UsageError: If a kind has two types or sizes.
    """

    def __init__(
        self,
        decisions: Sequence[Decision],
        units: int = 35,
        num_layers: int = 2,
        init_range: float = 0.08,
        temperature: float = 1.0,
        tanh_constant: float | None = None,
        seed: int = 0,
    ):
        super().__init__(name="controller")
        self.units = units
        self.init_range = init_range
        self.temperature = temperature
        self.tanh_constant = tanh_constant
        self.cells = [keras.layers.LSTMCell(units) for _ in range(num_layers)]
        for cell in self.cells:
            cell.build((None, units))
        self.start = self._weight("start", (1, units))
        self.embeddings = {}
        self.heads = {}
        self.attentions = {}
        for kind, (cls, size) in _kinds(decisions).items():
            if cls is Categorical:
                self.embeddings[kind] = self._weight(
                    f"{kind}_embedding", (size, units)
                )
                self.heads[kind] = (
                    self._weight(f"{kind}_kernel", (units, size)),
                    self._weight(f"{kind}_bias", (size,)),
                )
            else:
                self.attentions[kind] = (
                    self._weight(f"{kind}_w_prev", (units, units)),
                    self._weight(f"{kind}_w_curr", (units, units)),
                    self._weight(f"{kind}_v", (units,)),
                )
        self.built = True
        self.reset(seed)

    def _weight(self, name, shape):
        return self.add_weight(shape=shape, initializer="zeros", name=name)

    def reset(self, seed: int) -> None:
        """Initialises all weights, as a function of `seed` alone."""
        rng = generator(seed, "controller")
        for variable in self.trainable_variables:
            variable.assign(
                rng.uniform(
                    -self.init_range, self.init_range, variable.shape
                ).astype(np.float32)
            )

    def call(self, actions, decisions):
        """Returns `[B, T]` log-probabilities of given actions."""
        return self.unroll(decisions, actions=actions).log_probs

    def unroll(
        self,
        decisions: Sequence[Decision],
        batch_size: int | None = None,
        actions: typing.Any = None,
        seed: int | None = None,
        uniforms: typing.Any = None,
    ) -> Rollout:
        """Samples architectures or scores given ones, with the same code.

        Args:
            decisions: Sequence of T decisions.
            batch_size: B, for sampling with `seed`.
            actions: `[B, T]` integers to score. Default: actions are sampled.
            seed: Integer; equal seeds give equal samples.
            uniforms: `[B, num_uniforms(decisions)]` floats in [0, 1) to sample
                with, instead of `batch_size` and `seed`, in compiled functions.

        Returns:
            A `Rollout`.
        """
        if actions is not None:
            actions = ops.cast(actions, "int64")
            batch_size = actions.shape[0]
        elif uniforms is None:
            uniforms = draw_uniforms(decisions, batch_size, seed)
        else:
            batch_size = uniforms.shape[0]
        walk = _Walk(self, batch_size)
        columns = 0
        for step, decision in enumerate(decisions):
            if actions is not None:
                walk.step(decision, action=actions[:, step])
            else:
                width = _num_uniforms(decision)
                drawn = uniforms[:, columns : columns + width]
                columns += width
                walk.step(decision, uniforms=drawn)
        return Rollout(
            ops.stack(walk.actions, axis=1),
            ops.stack(walk.log_probs, axis=1),
            ops.stack(walk.entropies, axis=1),
            walk.probabilities,
        )

    def squash(self, logits):
        """Returns logits after temperature and tanh constant are applied."""
        logits = logits / self.temperature
        if self.tanh_constant is not None:
            logits = self.tanh_constant * ops.tanh(logits)
        return logits


class _Walk:
    """The state of one `unroll`: LSTM states, anchors and results so far."""

    def __init__(self, controller, batch_size):
        self.controller = controller
        self.batch_size = batch_size
        zeros = ops.zeros((batch_size, controller.units))
        self.states = [[zeros, zeros] for _ in controller.cells]
        self.input = ops.tile(controller.start, (batch_size, 1))
        self.anchors = []
        self.actions = []
        self.log_probs = []
        self.entropies = []
        self.probabilities = []
        self._projected = {kind: [] for kind in controller.attentions}

    def step(self, decision, action=None, uniforms=None):
        hidden = self._recur()
        if isinstance(decision, Categorical):
            kernel, bias = self.controller.heads[decision.kind]
            logits = self.controller.squash(ops.matmul(hidden, kernel) + bias)
            action = self._softmax(logits, action, uniforms)
            # A matrix product instead of a look-up, whose gradient would be
            # sparse: its norm is wrong if rows occur more than once.
            self.input = ops.matmul(
                ops.one_hot(action, decision.size),
                self.controller.embeddings[decision.kind],
            )
        elif isinstance(decision, Pointer):
            logits = self._attend(decision, hidden)
            action = self._softmax(logits, action, uniforms)
            weights = ops.one_hot(action, decision.size)
            self.input = self._mix(weights)
        else:
            action = self._subset(decision, hidden, action, uniforms)
        self.actions.append(ops.cast(action, "int64"))
        if decision.anchor:
            self.anchors.append(hidden)

    def _recur(self):
        # `cell.call` avoids the overhead of Keras's `__call__`, which would
        # double the time to trace a long list of decisions.
        hidden = self.input
        for index, cell in enumerate(self.controller.cells):
            hidden, self.states[index] = cell.call(hidden, self.states[index])
        return hidden

    def _softmax(self, logits, action, uniforms):
        log_probs = ops.log_softmax(logits, axis=-1)
        probs = ops.exp(log_probs)
        if action is None:
            action = _invert(probs, uniforms)
        chosen = ops.one_hot(action, logits.shape[-1])
        self.log_probs.append(ops.sum(chosen * log_probs, axis=-1))
        self.entropies.append(-ops.sum(probs * log_probs, axis=-1))
        self.probabilities.append(probs)
        return action

    def _subset(self, decision, hidden, action, uniforms):
        if decision.size == 0:
            nothing = ops.zeros((self.batch_size,))
            self.log_probs.append(nothing)
            self.entropies.append(nothing)
            self.probabilities.append(ops.zeros((self.batch_size, 0)))
            self.input = ops.zeros((self.batch_size, self.controller.units))
            return ops.zeros((self.batch_size,), dtype="int64")
        logits = self._attend(decision, hidden)
        probs = ops.sigmoid(logits)
        powers = ops.convert_to_tensor(
            np.left_shift(np.int64(1), np.arange(decision.size)), "int64"
        )
        if action is None:
            bits = ops.cast(uniforms < probs, "float32")
            action = ops.sum(ops.cast(bits, "int64") * powers, axis=-1)
        else:
            shifted = ops.floor_divide(action[:, None], powers)
            bits = ops.cast(ops.mod(shifted, 2), "float32")
        log_yes = ops.log_sigmoid(logits)
        log_no = ops.log_sigmoid(-logits)
        self.log_probs.append(
            ops.sum(bits * log_yes + (1 - bits) * log_no, axis=-1)
        )
        self.entropies.append(
            -ops.sum(probs * log_yes + (1 - probs) * log_no, axis=-1)
        )
        self.probabilities.append(probs)
        self.input = self._mix(bits) / (
            1 + ops.sum(bits, axis=-1, keepdims=True)
        )
        return action

    def _attend(self, decision, hidden):
        """Returns `[B, size]` logits v^T tanh(W_prev h_j + W_curr h_i)."""
        if decision.size > len(self.anchors):
            raise UsageError(
                f"Expected at least {decision.size} anchors before a decision "
                f"of kind '{decision.kind}'. Received: {len(self.anchors)}"
            )
        w_prev, w_curr, v = self.controller.attentions[decision.kind]
        projected = self._projected[decision.kind]
        for anchor in self.anchors[len(projected) :]:
            projected.append(ops.matmul(anchor, w_prev))
        previous = ops.stack(projected[-decision.size :], axis=1)
        current = ops.matmul(hidden, w_curr)[:, None]
        scores = ops.sum(ops.tanh(previous + current) * v, axis=-1)
        return self.controller.squash(scores)

    def _mix(self, weights):
        """Returns the weighted sum of the last anchors, one per weight."""
        states = ops.stack(self.anchors[-weights.shape[1] :], axis=1)
        return ops.sum(weights[:, :, None] * states, axis=1)


def num_uniforms(decisions):
    """Returns how many uniform numbers are needed to sample an architecture."""
    return sum(_num_uniforms(decision) for decision in decisions)


def draw_uniforms(decisions, batch_size, seed):
    """Returns `[B, num_uniforms]` float32 in [0, 1), a function of `seed`."""
    rng = generator(seed, "actions")
    return rng.random((batch_size, num_uniforms(decisions)), np.float32)


def _num_uniforms(decision):
    return decision.size if isinstance(decision, Subset) else 1


def _invert(probs, uniforms):
    """Returns `[B]` choices: the inverse cumulative distribution at `[B, 1]`.

    The last edge, 1, is left out, because rounding may put it just below a
    uniform number.
    """
    edges = ops.cumsum(probs, axis=-1)[:, :-1]
    return ops.sum(ops.cast(uniforms >= edges, "int64"), axis=-1)


def _kinds(decisions):
    kinds = {}
    for decision in decisions:
        size = decision.size if isinstance(decision, Categorical) else None
        found = kinds.setdefault(decision.kind, (type(decision), size))
        if found != (type(decision), size):
            raise UsageError(
                f"Expected one type and size for decisions of kind "
                f"'{decision.kind}'. Received: {found[0].__name__} of size "
                f"{found[1]} and {type(decision).__name__} of size {size}"
            )
    return kinds
