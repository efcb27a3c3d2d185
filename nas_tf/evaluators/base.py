"""What an evaluator is: actions in, a result out."""

import abc


class Evaluator(abc.ABC):
    """Judges architectures, wherever an executor runs it.

    An evaluator is a frozen dataclass of plain values, as spaces and tasks
    are, so that it travels to workers cheaply.
    """

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
