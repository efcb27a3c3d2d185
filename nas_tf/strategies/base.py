"""What a strategy is: it proposes architectures and learns from trials."""

import abc
import typing

from nas_tf.errors import UsageError


class Sample(typing.NamedTuple):
    """A drawn architecture: a tuple of integers and its log-probability."""

    actions: tuple
    log_prob: float


class Strategy(abc.ABC):
    """Searches a space by two verbs, `propose` and `update`.

    A strategy is a dataclass whose fields are its options. `start` gives it a
    space and a seed; what it learns from then on is its `state`. It keeps no
    random state: each `propose` is given a seed, so that equal calls in equal
    states give equal samples and a run can be replayed from its journal.
    """

    def place_on(self, place):
        """Has the controller live elsewhere, from the next `start` on.

        Args:
            place: What `nas_tf.parameter_servers.start` gives, or
                `nas_tf.strategies.placement.LOCAL`.

        Raises:
            UsageError: If there is no controller, as by default.
        """
        raise UsageError(
            f"Expected a strategy with a controller, for parameter servers. "
            f"Received: '{type(self).__name__}'"
        )

    def start(self, space, seed):
        """Begins a search, forgetting any before.

        Args:
            space: The `SearchSpace`.
            seed: Integer.
        """
        self.space = space

    @abc.abstractmethod
    def propose(self, count, length, seed):
        """Returns `count` samples.

        Args:
            count: Positive integer.
            length: How many of the space's decisions to answer.
            seed: Integer.

        Returns:
            List of `Sample`.
        """

    @abc.abstractmethod
    def update(self, trials):
        """Learns from the finished trials of one batch.

        Args:
            trials: List of `Trial`, in the order of proposing.

        Returns:
            Dict of scalars to watch; a "/" in a name groups it.
        """

    def settle(self):
        """Waits until everything given to `update` has been learned from."""

    def state(self):
        """Returns a dict of NumPy arrays: all that was learned."""
        return {}

    def set_state(self, arrays):
        """Takes over what `state` returned."""


class MovingAverage:
    """An exponential moving average that starts at its first value.

    Args:
        decay: Weight of the past, in [0, 1).

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
