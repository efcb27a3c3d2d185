"""Whether the parts and numbers of a search suit each other.

Each check raises `UsageError` where they do not.
"""

from nas_tf import checks
from nas_tf import limits
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.search import parts
from nas_tf.spaces.base import SearchSpace
from nas_tf.tasks.base import NoTask
from nas_tf.training import precision

AUTO = "auto"


def check_numbers(given):
    """Checks numbers of `run_search` by name; NumPy's become Python's."""
    checks.whole(given, "children_per_replica", maximum=limits.TOGETHER)
    checks.whole(given, "devices_per_child", maximum=limits.PROCESSES)
    checks.whole(given, "seed", minimum=0)
    checks.whole(
        given, "parameter_servers", minimum=0, maximum=limits.PROCESSES
    )
    checks.boolean(given, "reuse_rewards", "allow_other_users")
    given["num_replicas"] = checks.plain(given["num_replicas"])
    num_replicas, servers = given["num_replicas"], given["parameter_servers"]
    most = limits.PROCESSES if servers else limits.REPLICAS
    good = num_replicas == AUTO or (
        checks.is_whole(num_replicas) and num_replicas <= most
    )
    wanted = f"'{AUTO}' or a whole number from 1 to {most}"
    checks.check(given, "num_replicas", good, wanted)
    if servers and num_replicas == AUTO:
        raise UsageError(
            f"Expected `num_replicas` to be a whole number, with "
            f"parameter_servers={servers}. Received: '{AUTO}'"
        )


def check_limits(rule, evaluator):
    """Raises `UsageError` for limits that wait for a reward that is not known.

    Judgements teach a strategy, and what is derived from them comes last.
    """
    for name in ("patience", "target_reward"):
        value = getattr(rule, name)
        if evaluator.derives and value is not None:
            raise UsageError(
                f"Expected no `{name}`, as evaluator "
                f"'{type(evaluator).__name__}' finds the best architecture "
                f"after the search. Received: {value}"
            )


def check_reuse(reuse_rewards, evaluator):
    if reuse_rewards and evaluator.derives:
        raise UsageError(
            f"Expected no `reuse_rewards`, as evaluator "
            f"'{type(evaluator).__name__}' judges an architecture again when "
            f"its weights have been trained further. Received: True"
        )


def check_reports(evaluator):
    if not evaluator.reports:
        raise UsageError(
            f"Expected an evaluator that trains each child by itself, for "
            f"`pruning`. Received: '{type(evaluator).__name__}'"
        )


def check_is_here(executor):
    if not executor.on_this_machine:
        raise UsageError(
            "Expected an executor on this machine, for `pruning`: inline, "
            "process, or ray without an address. Received: ray with an address"
        )


def check_backend_of_servers(count):
    backend = import_keras().config.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow as Keras's backend for "
            f"parameter_servers={count}. Received: {backend}"
        )


def task_of(task, space, evaluator, max_params):
    """Returns the task, or a `NoTask` for an evaluator that needs none."""
    name = type(evaluator).__name__
    if evaluator.needs_task:
        if task is None:
            raise UsageError(
                f"Expected a task, as evaluator '{name}' trains. Received: none"
            )
        task = parts.made("tasks", task)
        space.check_task(task)
        if max_params is not None and not _has_sizes(space):
            raise UsageError(
                f"Expected a space with `build` or `cost` for `max_params`. "
                f"Received: {type(space).__name__}, which has neither"
            )
        return precision.as_the_program_wants(task)
    if max_params is not None:
        raise UsageError(
            f"Expected no `max_params`: without a task, as with evaluator "
            f"'{name}', children have no size. Received: {max_params}"
        )
    return NoTask()


def _has_sizes(space):
    """Returns whether a space builds its models or computes their sizes."""
    return (
        type(space).build is not SearchSpace.build
        or type(space).cost is not SearchSpace.cost
    )


def check_in_process(evaluator, executor, num_replicas):
    """Raises `UsageError` unless batches run one after the other, in process.

    With num_replicas="auto" an executor in this process does that.
    """
    name = type(evaluator).__name__
    if not executor.in_process:
        raise UsageError(
            f"Expected executor=inline, as evaluator '{name}' keeps what "
            f"children share in one process. Received: "
            f"'{type(executor).__name__}'"
        )
    if num_replicas not in (AUTO, 1):
        raise UsageError(
            f"Expected num_replicas=1, as evaluator '{name}' prepares one "
            f"batch at a time. Received: {num_replicas}"
        )
