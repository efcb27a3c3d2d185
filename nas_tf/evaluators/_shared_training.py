"""The training of shared weights: when, with which architectures, how far."""

import itertools

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.evaluators import _shared_examples
from nas_tf.evaluators import _shared_optimizer
from nas_tf.evaluators import _shared_sampling
from nas_tf.evaluators._shared_weights import SharedWeights
from nas_tf.lazy_keras import clear_session
from nas_tf.lazy_keras import set_random_seed
from nas_tf.seeds import derive_seed
from nas_tf.training import precision

# So many phases in a row are rolled back before the search stops.
MOST_DIVERGED = 5


class SharedTraining:
    """The shared weights of one search.

    Args:
        options: `nas_tf.evaluators.shared.Shared`.
        space: `SearchSpace`.
        task: `Task`.
        seed: The run's seed.

    Attributes:
        examples: `Examples` of the task.
        weights: `SharedWeights`.
        steps: Number of minibatches that were trained on, or rolled back.
        warm_up_steps: Number of those before the first batch.
    """

    def __init__(self, options, space, task, seed):
        self._options = options
        self._space = space
        self._mixed = options.sampling == "mixture"
        self.warm_up_steps = round(options.warm_up_share * options.steps)
        self._diverged = 0  # phases in a row
        self.steps = 0
        self.examples = _shared_examples.of(task)
        # As every child, so that the order of sums is always the same.
        clear_session()
        set_random_seed(derive_seed(seed, "shared weights"))
        # A space that cannot mix choices or drop paths need not know of it.
        asked = {"mixed": self._mixed, "path_dropout": options.path_dropout}
        asked = {name: value for name, value in asked.items() if value}
        size = 1
        if options.sampling == "fair":
            size = _shared_sampling.group_size(space.decisions)

        with precision.scope():
            model = space.build_shared(task, **asked)
        optimizer = _shared_optimizer.optimizer(options, task, size)
        self.weights = SharedWeights(model, task.lesson(), optimizer)

    def is_trained(self, first):
        """Returns whether all is trained that is due before a batch.

        Args:
            first: Whether it is the first batch, before which there may be a
                warm-up of many phases. Before any other there is one.
        """
        return not first or self.steps >= self.warm_up_steps

    def train(self, strategy, length, first, seed):
        """Trains a phase before a batch of the strategy, if one is due.

        Args:
            strategy: `Strategy` that architectures are drawn from.
            length: Number of decisions of an architecture.
            first: Whether this is the time before the first batch, with
                random architectures if there is a warm-up.
            seed: Integer.

        Returns:
            Dict of the phase's scalars, empty if all is trained.
        """
        options = self._options
        warm = first and self.warm_up_steps > 0
        last = self.warm_up_steps if warm else options.steps
        count = min(options.steps_per_phase, last - self.steps)
        if count <= 0:
            return {}
        piece = derive_seed(seed, "phase", self.steps)
        if self._mixed:
            rows = self._mixtures(strategy, count, piece, learn=not warm)
        else:
            rows = self._rows(strategy, length, count, piece, warm)
            count = len(rows)
        return self._phase(rows, count, piece)

    def _rows(self, strategy, length, count, seed, random):
        decisions = self._space.decisions[:length]
        if self._options.sampling == "fair":
            size = _shared_sampling.group_size(decisions)
            count = -(-count // size) * size
            return _shared_sampling.fair(decisions, count, seed)
        if random or self._options.sampling == "uniform":
            return _shared_sampling.uniform(decisions, count, seed)
        samples = strategy.sample(count, length, seed)
        return np.array([sample.actions for sample in samples], np.int32)

    def _mixtures(self, strategy, count, seed, learn):
        """Yields mixtures, each after a step of the strategy towards it."""
        if not learn:
            even = _shared_sampling.even(self._space.decisions)
            yield from itertools.repeat(even, count)
            return
        rate = strategy.inner_rate
        held_out = self.examples.held_out(derive_seed(seed, "mixture"))
        ahead = itertools.repeat(None)
        if rate:
            ahead_seed = derive_seed(seed, "ahead")
            ahead = self.examples.training(ahead_seed, self.steps)
        for _ in range(count):
            gradient = self.weights.mixture_gradient(
                strategy.mixture(), next(held_out), next(ahead), rate
            )
            strategy.descend(gradient)
            yield strategy.mixture()

    def _phase(self, rows, count, seed):
        batches = self.examples.training(seed, self.steps)
        figures = self.weights.train(batches, rows)
        self.steps += count
        self._diverged = 0 if figures else self._diverged + 1
        if self._diverged == MOST_DIVERGED:
            raise UsageError(
                f"Expected shared weights whose loss stays finite. Received: "
                f"{MOST_DIVERGED} phases in a row that diverged; a smaller "
                f"learning_rate or clip_norm helps"
            )
        scalars = {f"shared/{k}": v for k, v in (figures or {}).items()}
        return {
            **scalars,
            "shared/steps": self.steps,
            "shared/rolled_back": float(figures is None),
        }

    def score(self, batches, actions):
        """Returns a dict of the lesson's figures of an architecture.

        Args:
            batches: Batches to score, see `Examples.batches`.
            actions: Tuple of integers.
        """
        row = np.array(actions, np.int32)
        if self._mixed:
            row = _shared_sampling.one_hot(self._space.decisions, actions)
        return self.weights.score(batches, row)

    def state(self):
        """Returns the state, a dict of NumPy arrays."""
        progress = np.array([self.steps, self._diverged])
        return {**self.weights.state(), "progress": progress}

    def set_state(self, arrays):
        """Restores a state that `state` returned; other names are ignored."""
        self.weights.set_state(arrays)
        self.steps, self._diverged = map(int, arrays["progress"])
