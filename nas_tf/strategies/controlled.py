"""The base class of strategies with an RNN controller."""

import abc
import collections
import dataclasses

import keras
import numpy as np

from nas_tf import checks
from nas_tf import limits
from nas_tf import losses
from nas_tf.controller import Controller
from nas_tf.controller import draw_uniforms
from nas_tf.strategies import _steps
from nas_tf.strategies._columns import Columns
from nas_tf.strategies._evidence import Evidence
from nas_tf.strategies._moves import Proposer
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies._tried import Memory
from nas_tf.strategies._walk import Walk
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy
from nas_tf.strategies.placement import LOCAL

# Rows that are scored by one call, and the most candidates for moves.
_SCORED = 128


@dataclasses.dataclass
class WithController(Strategy):
    """Samples from an RNN controller and trains it with Adam.

    A derived strategy defines `loss`, the function to minimise, and `update`,
    which calls `remember`, then `learn` once per step, and returns the scalars
    of `watched`.

    Some proposals are not samples of the controller but moves: neighbours of
    the best architectures so far, which differ in one decision that affects
    the architecture, and in one bit of it if it is a `Subset`. They are drawn
    without replacement, in proportion to the number of those best architectures
    that a neighbour is next to, times the controller's probability of it, times
    `exp(evidence * score)`. The score is what a linear regression on single
    decisions predicts from all trials so far, in standard deviations. A
    proposal's `log_prob` is always the controller's, which is then not the
    probability with which it was proposed. So REINFORCE's gradient is no
    unbiased estimate of the policy gradient any more; it increases the
    likelihood of what was tried, weighted by its advantage.

    Attributes:
        moves: Probability that a proposal is a move, from 0 to 1. 0 leaves all
            to the controller, as in the papers. Default: 0.5.
        parents: Number of architectures whose neighbours are candidates for
            moves, at least 1: the best of the same length. Default: 5.
        evidence: Weight, >= 0, of the predicted score of a move. 0 leaves it
            to the controller which neighbour is tried. Default: 4.
        distinct: Whether nothing is proposed that was tried or is in progress.
            Samples are drawn again, and then changed at random, until they are
            new; a space may be exhausted, so a repeat is possible. The papers
            propose whatever is drawn. Default: True.
        learning_rate: Adam's learning rate, > 0. The paper uses 0.0006 (images)
            and 0.0005 (text) for 12,800 and more children. With hundreds of
            children nothing is learned at these rates, so the default is
            larger, 0.02.
        clip_norm: Largest global norm of a gradient, > 0; None (default) for no
            limit.
        accumulate: Number of batches whose gradients are averaged for one step
            of Adam, at least 1; the paper uses 10 for text. Default: 1.
        units: Units of each LSTM layer of the controller. Default: 35.
        num_layers: LSTM layers of the controller. Default: 2.
        temperature: See `Controller`.
        tanh_constant: See `Controller`.
        skip_weight: Weight, >= 0, in what is minimised of the divergence of
            subsets from the `prior` that a space gives them, such as the
            `skip_target` of `enas_macro`; see `losses.skip_penalty`. ENAS has
            0.8 for its networks of layers. Default: 0.

    It runs on every backend of Keras; parameter servers are TensorFlow's. The
    same seed gives the same proposals on all of them, up to rounding.

    Raises:
        UsageError: For values outside those ranges.
    """

    learning_rate: float = 0.02
    clip_norm: float | None = None
    accumulate: int = 1
    units: int = 35
    num_layers: int = 2
    temperature: float = 1.0
    tanh_constant: float | None = None
    skip_weight: float = 0.0
    moves: float = 0.5
    parents: int = 5
    evidence: float = 4.0
    distinct: bool = True

    def __post_init__(self):
        checks.number(self, "moves", minimum=0, maximum=1)
        checks.whole(self, "parents")
        checks.boolean(self, "distinct")
        checks.number(self, "learning_rate", "temperature", above=0)
        checks.number(
            self, "clip_norm", "tanh_constant", above=0, optional=True
        )
        checks.number(self, "skip_weight", "evidence", minimum=0)
        checks.whole(self, "units", maximum=limits.WIDTH)
        checks.whole(self, "num_layers", maximum=limits.LAYERS)
        checks.whole(self, "accumulate")
        self.place_on(LOCAL)

    @abc.abstractmethod
    def loss(self, rollout, *arrays):
        """Returns the scalar to minimise; called while tracing.

        Args:
            rollout: `Rollout` of a batch's actions.
            *arrays: The arrays that `learn` received, as tensors.
        """

    def _whole_loss(self, decisions, rollout, *arrays):
        """Returns the loss and the penalty of subsets far from their prior."""
        loss = self.loss(rollout, *arrays)
        if not self.skip_weight:
            return loss
        for prior, chosen in _with_priors(decisions, rollout).items():
            loss += self.skip_weight * losses.skip_penalty(chosen, prior)
        return loss

    def place_on(self, place):
        self._place = place
        self.controller = None

    def start(self, space, seed):
        # A second search of the same space reuses the compiled steps of the
        # first. They refer to the variables, whose values are reset.
        if self.controller is None or space != self.space:
            self._build(space)
        self.settle()
        self._under_way.clear()
        with self._place.scope():
            self.controller.reset(seed)
        zeros = self._descent.variables[1:]
        self._place.write(zeros, [np.zeros(v.shape, v.dtype) for v in zeros])
        self._learned = 0
        self._seen = {}
        self.memory.forget()

    def _build(self, space):
        super().start(space, None)
        with self._place.scope():
            self.controller = Controller(
                space.decisions,
                units=self.units,
                num_layers=self.num_layers,
                temperature=self.temperature,
                tanh_constant=self.tanh_constant,
            )
            self._descent = _steps.descent(
                keras.optimizers.Adam(self.learning_rate),
                self.controller.trainable_variables,
                self.clip_norm,
                self.accumulate,
            )
        self._walks = {}
        self._under_way = collections.deque()
        self._neighbours = Neighbours(space)
        self.memory = Memory(self._neighbours.key)
        evidence = Evidence(
            Columns(space.decisions), self._neighbours, self.memory
        )
        self._proposer = Proposer(
            self,
            self._neighbours,
            self.memory,
            moves=self.moves,
            parents=self.parents,
            distinct=self.distinct,
            candidates=_SCORED,
            favour=(lambda rows: self.evidence * evidence.predict(rows))
            if self.evidence
            else None,
        )

    @property
    def optimizer(self):
        """The Keras optimizer; its `iterations` are the number of its steps."""
        return self._descent.optimizer

    @optimizer.setter
    def optimizer(self, optimizer):
        self._descent.optimizer = optimizer

    @property
    def off_policy(self):
        """Whether proposals are drawn with other probabilities than samples."""
        return self.moves > 0 or self.distinct

    def propose(self, count, length, seed):
        if self.off_policy:
            return self._proposer.propose(count, length, seed)
        return self.sample(count, length, seed)

    def sample(self, count, length, seed):
        walk = self._walk(length)
        actions, log_probs, probabilities = self._place.call(
            walk.sample, draw_uniforms(walk.decisions, count, seed)
        )
        self._seen["probabilities"] = (walk.names, probabilities)
        rows = list(map(tuple, actions.tolist()))
        return list(map(Sample, rows, self._totals(rows, log_probs)))

    def log_probs(self, rows):
        walk = self._walk(len(rows[0]))
        found = []
        for first in range(0, len(rows), _SCORED):
            part = rows[first : first + _SCORED]
            # The same shape each time, so that it is compiled once.
            filled = part + part[:1] * (_SCORED - len(part))
            [scores] = self._place.call(walk.score, np.array(filled, np.int64))
            found += self._totals(part, scores[: len(part)])
        return found

    def _totals(self, rows, log_probs):
        """Returns each row's sum over the decisions that have an effect."""
        return (log_probs * self._neighbours.mask(rows)).sum(axis=1).tolist()

    def expect(self, rows):
        self.memory.expect(rows)

    def remember(self, trials):
        """Remembers the trials of a batch, as parents and as tried.

        Args:
            trials: List of `Trial`.
        """
        self.memory.add(trials)

    def learn(self, actions, *arrays):
        """Makes or schedules one step that reduces the loss.

        Args:
            actions: `[B, T]` int64 array.
            *arrays: NumPy arrays that are passed on to `loss`.
        """
        walk = self._walk(actions.shape[1])
        self._learned += 1
        is_last = np.bool_(self._learned % self.accumulate == 0)
        outcome = self._place.schedule(walk.learn, is_last, actions, *arrays)
        self._under_way.append((walk.names, outcome))

    def watched(self):
        """Returns the scalars of the last sample and the last finished step."""
        while self._under_way and self._under_way[0][1].done():
            names, outcome = self._under_way.popleft()
            self._seen["step"] = (names, outcome.result())
        scalars = {}
        if "step" in self._seen:
            names, [(loss, norm), entropies] = self._seen["step"]
            scalars["controller/loss"] = float(loss)
            scalars["controller/gradient_norm"] = float(norm)
            scalars.update(names.entropies(entropies))
        if "probabilities" in self._seen:
            names, probabilities = self._seen["probabilities"]
            scalars.update(names.probabilities(probabilities))
        return scalars

    def active(self, actions):
        """Returns `[B, T]` float32: 0 for decisions without effect, else 1."""
        rows = list(map(tuple, actions.tolist()))
        return self._neighbours.mask(rows).astype(np.float32)

    def settle(self):
        self._place.join()
        for _, outcome in self._under_way:
            outcome.result()

    def state(self):
        self.settle()
        values = self._place.read(self._variables())
        arrays = {
            f"controller/{index:02d}": value
            for index, value in enumerate(values)
        }
        return {
            **arrays,
            "learned": np.array(self._learned),
            **{f"memory/{k}": v for k, v in self.memory.state().items()},
        }

    def set_state(self, arrays):
        self.settle()
        variables = self._variables()
        names = [f"controller/{index:02d}" for index in range(len(variables))]
        self._place.write(variables, [arrays[name] for name in names])
        self._learned = int(arrays["learned"])
        self.memory.set_state(
            {
                name.removeprefix("memory/"): array
                for name, array in arrays.items()
                if name.startswith("memory/")
            }
        )

    def _variables(self):
        return self.controller.trainable_variables + self._descent.variables

    def _walk(self, length):
        if length not in self._walks:
            self._walks[length] = Walk(
                self.space.decisions[:length],
                self.controller,
                self._descent,
                self._whole_loss,
                self._place,
            )
        return self._walks[length]


def _with_priors(decisions, rollout):
    """Returns a dict from priors to probabilities `[B, size]` of subsets."""
    found = {}
    for decision, chosen in zip(decisions, rollout.probabilities):
        prior = getattr(decision, "prior", None)
        if prior is not None and decision.size:
            found.setdefault(prior, []).append(chosen)
    return found
