"""What an evaluator is: actions in, a result out."""

import abc

from nas_tf.errors import UsageError


class Evaluator(abc.ABC):
    """Judges architectures, wherever an executor runs it.

    An evaluator is a frozen dataclass of plain values, as spaces and tasks
    are, so that it travels to workers cheaply.

    Attributes:
        needs_task: Whether it trains children on a task, default True. One
            that does not is given a `nas_tf.tasks.base.NoTask`.
    """

    needs_task = True

    def on_devices(self, devices):
        """Returns the same evaluator, each child on so many devices.

        Args:
            devices: Integer, at least 1.

        Raises:
            UsageError: If there is nothing to share out, as by default.
        """
        if devices > 1:
            raise UsageError(
                f"Expected devices_per_child=1, as evaluator "
                f"'{type(self).__name__}' trains nothing. Received: {devices}"
            )
        return self

    def warm_up(self, space, task):
        """Does in a new worker what its first child would have to wait for."""

    @abc.abstractmethod
    def evaluate(self, space, task, actions, seed):
        """Returns the `Result` of one architecture.

        Failures that belong to the architecture are results with a status;
        nothing is raised for them.

        Args:
            space: `SearchSpace`.
            task: `Task`.
            actions: Tuple of integers.
            seed: Integer that decides weights, shuffling and augmentation.
        """
