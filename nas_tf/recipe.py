"""What an architecture itself asks for in its training."""

import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Changes to a task's recipe that belong to an architecture.

    A search space may decide how a child is trained as well as what it is:
    `SearchSpace.recipe` says so, and `Task.optimizer` heeds it.

    Attributes:
        learning_rate: Initial rate in place of the task's, > 0, or None
            (default) for the task's.
        optimizer: Function that returns a Keras optimizer of a learning rate,
            a float or a `keras.optimizers.schedules.LearningRateSchedule`; or
            None (default) for the task's optimizer.
    """

    learning_rate: float | None = None
    optimizer: typing.Callable | None = None


# The task's recipe as it is.
DEFAULT = Recipe()
