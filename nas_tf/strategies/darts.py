"""DARTS: choices are mixed, and the mixture is learned by gradients.

H. Liu, K. Simonyan, Y. Yang, "DARTS: Differentiable Architecture Search", 2019,
of first order (section 2.3, xi = 0) or of second (equations 7 and 8). It needs
an evaluator that trains the mixture: `shared(sampling='mixture')`.
"""

import dataclasses
import math

import numpy as np

from nas_tf import checks
from nas_tf.seeds import generator
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy


@dataclasses.dataclass
class Darts(Strategy):
    """Learns one logit for each choice of each decision, by Adam.

    The logits begin at 0. Rewards teach it nothing; it learns from the
    gradient of the validation loss. The first architecture of each batch has
    the most probable choices, as in the paper; the others are drawn from the
    softmax of the logits.

    Attributes:
        learning_rate: Adam's, > 0. Default: 0.003, for one or two thousand
            steps; the paper's 0.0003 is for twenty thousand.
        weight_decay: Coefficient of the L2 penalty of the logits, >= 0.
            Default: 0.001, the paper's.
        beta_1: Adam's decay of the gradient's mean, in [0, 1). Default: 0.5,
            the paper's.
        beta_2: Adam's decay of the gradient's square, in [0, 1). Default:
            0.999.
        inner_rate: The paper's xi, >= 0, the rate of the step of the weights
            that the gradient of second order looks ahead. The paper's is the
            rate of the weights, 0.025. A step towards the mixture then takes
            four passes instead of one. 0 (default) is first order.
    """

    learning_rate: float = 0.003
    weight_decay: float = 0.001
    beta_1: float = 0.5
    beta_2: float = 0.999
    inner_rate: float = 0.0

    learns_mixture = True

    def __post_init__(self):
        checks.number(self, "learning_rate", above=0)
        checks.number(self, "weight_decay", "inner_rate", minimum=0)
        checks.number(self, "beta_1", "beta_2", minimum=0, below=1)

    def start(self, space, seed):
        super().start(space, seed)
        decisions = space.decisions
        shape = (len(decisions), max(d.num_actions for d in decisions))
        sizes = np.array([d.num_actions for d in decisions])
        self._valid = np.arange(shape[1]) < sizes[:, None]
        self._logits = np.zeros(shape)
        self._mean = np.zeros(shape)
        self._square = np.zeros(shape)
        self._steps = 0

    def mixture(self):
        """Returns the weight of each choice, float32 `[T, K]`.

        Rows have the sum 1. A decision with fewer than K choices has weights
        of 0 at the end.
        """
        logits = np.where(self._valid, self._logits, -np.inf)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares.astype(np.float32)

    def descend(self, gradient):
        """Makes a step of Adam.

        Args:
            gradient: `[T, K]`, of the validation loss in the mixture's
                weights. One that is not finite is ignored.
        """
        if not np.isfinite(gradient).all():
            return
        shares = self.mixture().astype(float)
        centred = gradient - (shares * gradient).sum(axis=1, keepdims=True)
        slope = shares * centred + self.weight_decay * self._logits
        self._steps += 1
        self._mean += (1 - self.beta_1) * (slope - self._mean)
        self._square += (1 - self.beta_2) * (slope**2 - self._square)
        mean = self._mean / (1 - self.beta_1**self._steps)
        square = self._square / (1 - self.beta_2**self._steps)
        self._logits -= self.learning_rate * mean / (np.sqrt(square) + 1e-8)

    def propose(self, count, length, seed):
        rng = generator(seed, "actions")
        shares = self.mixture()[:length].astype(float)
        ends = shares.cumsum(axis=1)
        uniforms = rng.random((count, length, 1)) * ends[:, -1:]
        rows = (uniforms >= ends).sum(axis=2)
        rows[0] = shares.argmax(axis=1)
        return [Sample(tuple(r), self._log_prob(r)) for r in rows.tolist()]

    def log_probs(self, rows):
        return list(map(self._log_prob, rows))

    def _log_prob(self, row):
        shares = self.mixture()[np.arange(len(row)), list(row)]
        return float(np.log(np.maximum(shares, 1e-30)).sum())

    def update(self, trials):
        shares = self.mixture()
        logs = np.log(np.maximum(shares, 1e-30))
        entropy = -(shares * logs).sum(axis=1).mean()
        largest = math.log(shares.shape[1])
        return {
            "darts/entropy": float(entropy),
            "darts/entropy_share": float(entropy / largest) if largest else 0,
            "darts/steps": self._steps,
        }

    def state(self):
        return {
            "logits": self._logits,
            "mean": self._mean,
            "square": self._square,
            "steps": np.array(self._steps),
        }

    def set_state(self, arrays):
        self._logits = arrays["logits"].copy()
        self._mean = arrays["mean"].copy()
        self._square = arrays["square"].copy()
        self._steps = int(arrays["steps"])


make = Darts
