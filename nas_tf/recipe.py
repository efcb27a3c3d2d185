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
    """

    learning_rate: float | None = None
    optimizer: typing.Callable | None = None


# No changes.
DEFAULT = Recipe()
