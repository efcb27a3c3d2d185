"""The base class of strategies: they propose architectures and learn."""

from __future__ import annotations

import abc
import typing

from nas_tf.errors import UsageError

if typing.TYPE_CHECKING:
    import numpy as np

    from nas_tf.spaces.base import SearchSpace
    from nas_tf.trial import Trial


class Sample(typing.NamedTuple):
    """An architecture: a tuple of integers and its log-probability.

    The probability is the policy's, or 0 for a strategy without one. It is not
    always the probability of being proposed; see `WithController`.
    """

    actions: tuple[int, ...]
    log_prob: float


class Strategy(abc.ABC):
    """Searches a space with two methods, `propose` and `update`.

    A strategy is a dataclass whose fields are its options. `start` gives it a
    space and a seed; what it learns afterwards is its `state`. It keeps no
    random state. Each call of `propose` receives a seed, so that equal calls in
    equal states give equal samples, and a run can be replayed from its journal.

    Attributes:
        learns_mixture: Whether it learns from gradients, by `mixture` and
            `descend`, see `nas_tf.strategies.darts`. Default: False.
        inner_rate: If it does, how far these gradients look ahead, see
            `nas_tf.training.mixture_gradient`. Default: 0, not at all.
        distinct: Whether it proposes nothing twice, as long as it finds
            anything else. Default: False, as samples of a policy may be equal.
    """

    learns_mixture = False
    inner_rate = 0.0
    distinct = False

    def place_on(self, place: typing.Any) -> None:
        """Places the controller elsewhere, from the next `start` on.

        Args:
            place: The placement that `nas_tf.parameter_servers.start` yields,
                or `nas_tf.strategies.placement.LOCAL`.

        Raises:
            UsageError: If the strategy has no controller, as by default.
        """
        raise UsageError(
            f"Expected a strategy with a controller, for parameter servers. "
            f"Received: '{type(self).__name__}'"
        )

    def start(self, space: SearchSpace, seed: int) -> None:
        """Begins a search, forgetting any before.

        Args:
            space: The `SearchSpace`.
            seed: Integer.
        """
        self.space = space

    @abc.abstractmethod
    def propose(self, count: int, length: int, seed: int) -> list[Sample]:
        """Returns `count` samples.

        Args:
            count: Positive integer.
            length: Number of actions of each sample: the first decisions of the
                space.
            seed: Integer.

        Returns:
            List of `Sample`.
        """

    def sample(self, count: int, length: int, seed: int) -> list[Sample]:
        """Returns `count` samples of what the strategy has learned.

        Other than the proposals of a search they may repeat what was tried. An
        evaluator that shares weights between children trains them on such
        samples. By default they are the proposals.

        Args:
            count: Positive integer.
            length: As for `propose`.
            seed: Integer.

        Returns:
            List of `Sample`.
        """
        return self.propose(count, length, seed)

    def expect(self, rows: list[tuple[int, ...]]) -> None:
        """Is told the rows of a batch before they are evaluated.

        Several batches may be in progress. `update` follows for each, in the
        order in which they finish. By default nothing is done.

        Args:
            rows: List of tuples of actions.
        """

    def log_probs(self, rows: list[tuple[int, ...]]) -> list[float]:
        """Returns how probable given architectures are at this moment.

        Args:
            rows: Non-empty list of tuples of actions, all of one length.

        Returns:
            List of natural logarithms of probabilities. By default they are 0,
            as for a strategy without a distribution.
        """
        return [0.0] * len(rows)

    @abc.abstractmethod
    def update(self, trials: list[Trial]) -> dict[str, float]:
        """Learns from the finished trials of one batch.

        Args:
            trials: List of `Trial`, in the order of proposing.

        Returns:
            Dict of scalars to log; a name's part before "/" is its group.
        """

    def settle(self) -> None:
        """Waits until all calls of `update` have taken effect."""

    def state(self) -> dict[str, np.ndarray]:
        """Returns everything that was learned, as a dict of NumPy arrays."""
        return {}

    def set_state(self, arrays: dict[str, np.ndarray]) -> None:
        """Restores a state that `state` returned."""


class MovingAverage:
    """An exponential moving average that begins with its first value.

    Args:
        decay: Weight of the previous average, in [0, 1).

    Attributes:
        value: The average, or None before the first number.
    """

    def __init__(self, decay):
        self.decay = decay
        self.value = None

    def add(self, number):
        if self.value is None:
            self.value = number
        else:
            self.value = self.decay * self.value + (1 - self.decay) * number
