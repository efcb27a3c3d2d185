"""Changes to a task's training recipe that an architecture asks for."""

import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Changes to a task's training recipe that belong to an architecture.

    A search space may decide how a child is trained as well as its network.
    `SearchSpace.recipe` returns the changes, and `Task.optimizer` applies them.

    Attributes:
        learning_rate: Initial learning rate in place of the task's, > 0, or
            None (default) for the task's.
        optimizer: Function that returns a Keras optimizer of a learning rate,
            a float or a `keras.optimizers.schedules.LearningRateSchedule`; or
            None (default) for the task's optimizer.
        counts_steps: Whether that function has a second argument, the number
            of steps of the training. Default: False.
    """

    learning_rate: float | None = None
    optimizer: typing.Callable | None = None
    counts_steps: bool = False

    def make_optimizer(
        self, rate: typing.Any, num_steps: int
    ) -> typing.Any | None:
        """Returns the optimizer that the architecture asks for, if it does.

        Args:
            rate: Learning rate, a float or a schedule.
            num_steps: Number of steps of the training, at least 1.

        Returns:
            A Keras optimizer, or None for the task's.
        """
        if self.optimizer is None:
            return None
        if self.counts_steps:
            return self.optimizer(rate, num_steps)
        return self.optimizer(rate)


# No changes.
DEFAULT = Recipe()
