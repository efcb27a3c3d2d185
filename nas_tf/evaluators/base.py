"""The interface of evaluators: actions in, a result out."""

import abc

from nas_tf.errors import UsageError

# Classes of TensorFlow for files that are missing or broken, compared by name,
# so that no backend is imported here.
_OF_FILES = {"DataLossError", "NotFoundError", "PermissionDeniedError"}


class Evaluator(abc.ABC):
    """Evaluates architectures. An executor decides where.

    An evaluator is a frozen dataclass of plain values, like spaces and tasks,
    so sending it to worker processes is cheap. An evaluator whose children
    share something, such as weights, keeps it in the search's process and sets
    `in_process`. It has the same life cycle as a strategy: `start`, `prepare`,
    `state` and `set_state`. Its state is saved in the run's checkpoint.

    Attributes:
        needs_task: Whether it trains children on a task. Default: True.
            Otherwise it is given a `nas_tf.tasks.base.NoTask`.
        in_process: Whether children share something that is kept in the
            search's process. Default: False. Such a search runs inline, one
            batch at a time.
        derives: Whether results of `evaluate` teach the strategy but are too
            rough to tell which architecture is best. Default: False. Such a
            search ends by deriving: architectures are drawn once more and
            judged by `judge`, which counts. The evaluator then has the
            attributes `derive` and `derive_top`, see
            `nas_tf.evaluators.shared.Shared`.
    """

    needs_task = True
    in_process = False
    derives = False

    @property
    def reports(self):
        """Whether `evaluate` takes `reports`, so that children can be pruned.

        Default: False.
        """
        return False

    def check(self, space, task, strategy):
        """Raises `UsageError` if it cannot evaluate a space on a task.

        It is called before anything is written. By default it does nothing
        but refuse a strategy that learns from gradients.

        Args:
            space: `SearchSpace`.
            task: `Task`.
            strategy: `Strategy`.
        """
        if strategy.learns_mixture:
            raise UsageError(
                f"Expected evaluator=shared(sampling='mixture') for a strategy "
                f"that learns from gradients. Received: "
                f"'{type(self).__name__}'"
            )

    def judge(self, space, task, actions, whole):
        """Returns the `Result` of an architecture at the end of a search.

        Only evaluators with `derives` define it.

        Args:
            space: `SearchSpace`.
            task: `Task`.
            actions: Tuple of integers.
            whole: Whether to judge on all validation examples, or on a part of
                them.
        """
        raise NotImplementedError

    def knows(self, size):
        """Returns whether results have, or spaces can count, a size.

        By default this holds if the evaluator needs a task.

        Args:
            size: "params" or "multiply_adds".
        """
        return self.needs_task

    def reward_formula(self, task):
        """Returns how the reward follows from the measure, for people.

        By default it is the task's formula, "" if that is not known.

        Args:
            task: `Task`.
        """
        return task.reward_formula

    def identity(self):
        """Returns what identifies data of its own, as `Task.identity` does.

        By default there is none, and the dict is empty.
        """
        return {}

    def on_devices(self, devices):
        """Returns the evaluator with another number of devices per child.

        Args:
            devices: Integer, at least 1.

        Raises:
            UsageError: If the evaluator trains nothing, as by default.
        """
        if devices > 1:
            raise UsageError(
                f"Expected devices_per_child=1, as evaluator "
                f"'{type(self).__name__}' trains nothing. Received: {devices}"
            )
        return self

    def warm_up(self, space, task):
        """Loads in a new worker process what its first child needs.

        By default it does nothing.

        Args:
            space: `SearchSpace`.
            task: `Task`.
        """

    def start(self, space, task, seed):
        """Starts a new search, in the search's process.

        What an earlier search prepared is forgotten. By default it does
        nothing.

        Args:
            space: `SearchSpace`.
            task: `Task`.
            seed: The run's seed, an integer.
        """

    def prepare(self, strategy, length, number, seed):
        """Prepares a batch, in the search's process, before it is drawn.

        It is called once per batch, or more often, see `is_prepared`. When a
        search resumes, it is called again for each batch of the journal that is
        not in the checkpoint. So it may depend on nothing but its arguments,
        what the strategy has learned and the evaluator's own state. By default
        it does nothing.

        Args:
            strategy: The search's `Strategy`, to draw samples from by
                `propose`.
            length: Number of decisions of the batch's architectures.
            number: Number of the batch, from 0.
            seed: Integer, another for each batch.

        Returns:
            Dict of scalars, which observers get with the next update. A "/" in
            a name makes a group. If there are any, the checkpoint is written
            as soon as the batch is.
        """
        return {}

    def is_prepared(self, number):
        """Returns whether a batch is prepared, once `prepare` was called.

        A preparation that takes long is cut into parts: `prepare` is called
        again, with the same arguments, until this is True. The checkpoint is
        written after each part, so a search that is killed repeats one of
        them. By default it is True.

        Args:
            number: Number of the batch, from 0.
        """
        return True

    def preparation(self):
        """Returns how far a preparation in parts is, to be shown.

        It is asked after each part but the last.

        Returns:
            `(done, total, unit)`: two numbers, and what is counted, such as
            "minibatches". None (default) to show nothing.
        """
        return None

    def state(self):
        """Returns the state after the last `prepare`, a dict of NumPy arrays.

        By default it is empty.
        """
        return {}

    def set_state(self, arrays):
        """Replaces the state by what `state` returned.

        Args:
            arrays: Dict of NumPy arrays.
        """

    @abc.abstractmethod
    def evaluate(self, space, task, actions, seed, reports=None):
        """Returns the `Result` of one architecture.

        A failure of the architecture is a result with a status, not an
        exception.

        Args:
            space: `SearchSpace`.
            task: `Task`.
            actions: Tuple of integers.
            seed: Integer from which the seeds of weights, shuffling and
                augmentation are derived.
            reports: `nas_tf.pruning.reports.Reports` to report epochs to, or
                None (default). Only evaluators with `reports` are given any.
        """


def check_data_after(error, task, *further):
    """Raises `UsageError` if an exception came from data that has vanished.

    That is no failure of the architecture, so it ends the search.

    Args:
        error: The exception of an evaluation.
        task: `Task`, whose data is looked at again if the exception may have
            to do with it: a `UsageError`, or one about files.
        *further: Further classes of such exceptions.
    """
    kinds = (UsageError, OSError, *further)
    if not isinstance(error, kinds) and not _is_of_files(error):
        return
    try:
        task.check()
    except Exception as gone:
        if isinstance(gone, OSError) or _is_of_files(gone):
            raise UsageError(
                f"Expected the task's data where it was. Received: {gone}"
            ) from None
        raise


def _is_of_files(error):
    return bool({cls.__name__ for cls in type(error).__mro__} & _OF_FILES)
