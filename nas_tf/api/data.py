"""The task of a search: as given, or made of data."""

from nas_tf import keras_scope
from nas_tf.errors import UsageError
from nas_tf.tasks.base import Task

# Further options are those of the task that is made of the data.
FOR_DATA = (
    "validation_data",
    "test_data",
    "loss",
    "metric",
    "class_weight",
    "class_names",
)


def task_of(task, validation_data=None, test_data=None, options=None):
    """Returns a task or call string as it is, and data as a task of arrays.

    Args:
        task: `Task`, call string, None, or data; see `run_search`.
        validation_data: Data, or None (default).
        test_data: Data, or None (default).
        options: Dict of options for data, or None (default) for none.

    Raises:
        UsageError: If the data or an option is refused, or there is data for
            a task that has its own.
        TypeError: For any other argument beside a task.
    """
    given = {
        "validation_data": validation_data,
        "test_data": test_data,
        **(options or {}),
    }
    given = {name: value for name, value in given.items() if value is not None}
    if is_data(task):
        from nas_tf.tasks import arrays

        made = arrays.from_data(task, **given)
        if isinstance(made, arrays.Arrays):
            # Rather now than at the end of a search and a training.
            with keras_scope.own_settings():
                made.check_export()
        return made
    for name in given:
        if name not in FOR_DATA:
            raise TypeError(
                f"run_search() got an unexpected keyword argument '{name}'"
            )
    if given:
        raise UsageError(
            f"Expected {', '.join(given)} with data in place of a task only. "
            f"Received: {_shown(task)}"
        )
    return task


def is_data(task):
    """Returns whether a value is neither a task, a call string nor None."""
    # A class is no data either; a search says that an object is expected.
    if task is None or isinstance(task, (str, Task, type)):
        return False
    # Tasks need not derive from `Task`. A column of a table may have any name,
    # so the class is asked.
    return not hasattr(type(task), "failure_reward")


def _shown(task):
    return task if isinstance(task, str) else type(task).__name__
