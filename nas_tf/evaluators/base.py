"""What an evaluator is: actions in, a result out."""

import abc

from nas_tf.errors import UsageError


class Evaluator(abc.ABC):
    """Judges architectures, wherever an executor runs it.

    An evaluator is a frozen dataclass of plain values, as spaces and tasks
    are, so that it travels to workers cheaply. One that shares something
    between children keeps it in this process and says so by `in_process`; it
    has a strategy's life cycle then: `start`, `prepare`, `state`, `set_state`.

    Attributes:
        needs_task: Whether it trains children on a task, default True. One
            that does not is given a `nas_tf.tasks.base.NoTask`.
        in_process: Whether children share something that is kept in the
            search's process, default False. Such a search runs inline, a batch
            at a time.
    """

    needs_task = True
    in_process = False

    def knows(self, size):
        """Returns whether a size of each child is known.

        By default it is where there is a task, whose children can be counted.

        Args:
            size: "params" or "multiply_adds".
        """
        return self.needs_task

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

    def start(self, space, task, seed):
        """Begins a search in the search's process, forgetting any before.

        Args:
            space: `SearchSpace`.
            task: `Task`.
            seed: Integer.
        """

    def prepare(self, strategy, length, number, seed):
        """Gets ready for a batch, before it is drawn; by default does nothing.

        Called once a batch, and again for each batch of the journal that the
        checkpoint does not hold, so it must depend on its arguments, on what
        the strategy has learned and on the evaluator's own state alone.

        Args:
            strategy: The search's `Strategy`, to draw samples from.
            length: How many decisions the batch's architectures have.
            number: Number of the batch, from 0.
            seed: Integer.

        Returns:
            Dict of scalars to watch; a "/" in a name groups it.
        """
        return {}

    def state(self):
        """Returns a dict of NumPy arrays: all that `prepare` made."""
        return {}

    def set_state(self, arrays):
        """Takes over what `state` returned."""

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
