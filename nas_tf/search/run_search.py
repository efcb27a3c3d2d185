"""`run_search`: a search as a function of its parts and limits."""

import contextlib
import dataclasses

from nas_tf import checks
from nas_tf import decisions
from nas_tf import keras_scope
from nas_tf import limits
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import places
from nas_tf.machine import standard_streams
from nas_tf.runs import configuration
from nas_tf.runs import data_identity
from nas_tf.runs.archive import Archive
from nas_tf.search import start_from as start_froms
from nas_tf.search.budget import Budget
from nas_tf.search.judge import Judge
from nas_tf.search.loop import SearchRun
from nas_tf.search.stopping import StoppingRule
from nas_tf.spaces.base import SearchSpace
from nas_tf.tasks.base import NoTask
from nas_tf.training import precision
from nas_tf.training.devices import check_backend

AUTO = "auto"


@keras_scope.own_settings()
def run_search(
    space,
    task=None,
    strategy="reinforce",
    evaluator="standalone",
    executor="inline",
    run_dir=None,
    max_children=None,
    children_per_replica=8,
    num_replicas=AUTO,
    seed=0,
    max_params=None,
    oversize="redraw",
    reuse_rewards=False,
    max_hours=None,
    patience=None,
    target_reward=None,
    devices_per_child=1,
    parameter_servers=0,
    observers=(),
    start_from=(),
    pruning=None,
    allow_other_users=False,
):
    """Searches a space for architectures of high reward.

    Called again with the same `run_dir`, it resumes the search.

    Args:
        space: `SearchSpace`, or a call string such as "conv(num_layers=6)".
        task: `Task` or call string. None (default) if the evaluator needs
            none.
        strategy: `Strategy` or call string. Default: "reinforce".
        evaluator: `Evaluator` or call string. Default: "standalone".
        executor: `Executor` or call string. Default: "inline", in this
            process. An executor given as an object is not stopped at the end.
        run_dir: Directory of the run. None (default) keeps all in memory.
        max_children: See `StoppingRule`.
        children_per_replica: Number of architectures that are proposed and
            learned from together, the paper's m, >= 1. Default: 8.
        num_replicas: Number of batches in progress at a time, the paper's K,
            >= 1. With 1 a batch is drawn when all children of the last one
            have finished. "auto" (default) draws a batch whenever a worker
            would be idle.
        seed: Integer >= 0 from which all seeds are derived. Default: 0.
        max_params: See `Budget`.
        oversize: See `Budget`.
        reuse_rewards: Whether an architecture that equals a finished one gets
            that one's result instead of being evaluated. Default: False.
        max_hours: See `StoppingRule`.
        patience: See `StoppingRule`.
        target_reward: See `StoppingRule`.
        devices_per_child: Number of devices that train each child, >= 1, for
            evaluators that train. Default: 1.
        parameter_servers: Number of servers that hold the controller's
            variables, the paper's S. Default: 0, in this process. With servers
            `num_replicas` has to be a number: that of the worker processes
            that sample and compute gradients.
        observers: Sequence of `Observer` or call strings. Default: none.
        start_from: Known architectures that are proposed first, and that the
            strategy learns from like from its own; see
            `nas_tf.search.start_from.find`. Default: none.
        pruning: `PruningRule` or call string such as "median(warmup=3)": which
            trainings end early. None (default) for none. It needs an evaluator
            that trains each child by itself, on this machine.
        allow_other_users: Whether `parameter_servers` are started although
            other people use this machine, who could run programs as this user
            through them. Default: False.

    Returns:
        The closed `Archive`.

    Raises:
        UsageError: For bad arguments, or a run directory that belongs to
            another search.
        SearchFailed: If children only fail.
    """
    given = {
        "children_per_replica": children_per_replica,
        "seed": seed,
        "devices_per_child": devices_per_child,
        "parameter_servers": parameter_servers,
        "num_replicas": num_replicas,
        "reuse_rewards": reuse_rewards,
        "allow_other_users": allow_other_users,
    }
    _check_numbers(given)
    # Numbers of NumPy have become Python's.
    children_per_replica, seed = given["children_per_replica"], given["seed"]
    devices_per_child = given["devices_per_child"]
    parameter_servers = given["parameter_servers"]
    num_replicas = given["num_replicas"]
    reuse_rewards = given["reuse_rewards"]
    if run_dir is not None:
        if run_dir in ("", b""):
            # It would be the working directory.
            raise UsageError("Expected a directory in `run_dir`. Received: ''")
        run_dir = places.local(run_dir)
    space = made("spaces", space)
    if isinstance(strategy, str):
        strategy = configuration.strategy_of_then(run_dir, strategy)
    strategy = made("strategies", strategy)
    if parameter_servers:
        from nas_tf.strategies.placement import LOCAL

        # A strategy without a controller refuses before anything is started.
        strategy.place_on(LOCAL)
        _check_backend_of_servers(parameter_servers)
    evaluator = made("evaluators", evaluator)
    check_observers(observers)
    observers = [made("observers", each) for each in observers]
    if pruning is not None:
        pruning = made("pruning", pruning)
        _check_reports(evaluator)
    if devices_per_child > 1:
        check_backend(devices_per_child)
        evaluator = evaluator.on_devices(devices_per_child)
    keras_scope.settle()
    task = _task(task, space, evaluator, max_params)
    evaluator.check(space, task, strategy)
    budget = Budget(max_params, oversize)
    rule = StoppingRule(max_children, max_hours, patience, target_reward)
    _check_limits(rule, evaluator)
    _check_reuse(reuse_rewards, evaluator)
    known = start_froms.find(start_from, space, run_dir)
    start_froms.check(known, space, task, budget, children_per_replica)
    unchanging = {
        "format": configuration.FORMAT,
        "space": registry.call_string(space),
        "task": configuration.NONE
        if isinstance(task, NoTask)
        else registry.call_string(task),
        "strategy": registry.call_string(strategy),
        "evaluator": registry.call_string(evaluator),
        "seed": seed,
        "children_per_replica": children_per_replica,
        **dataclasses.asdict(budget),
        "reuse_rewards": reuse_rewards,
        "measure": task.measure,
        "reward_formula": evaluator.reward_formula(task),
        "examples": task.num_examples("valid"),
        "decisions": decisions.to_json(space.decisions),
        **data_identity.of(task, evaluator),
        **start_froms.to_json(known),
        **(
            {}
            if pruning is None
            else {"pruning": registry.call_string(pruning)}
        ),
    }
    with contextlib.ExitStack() as stack:
        own_executor = isinstance(executor, str)
        executor = made("executors", executor)
        if own_executor:
            stack.callback(executor.stop)
        if evaluator.in_process:
            _check_in_process(evaluator, executor, num_replicas)
        if devices_per_child > 1:
            executor.reserve(devices_per_child)
        judge = None
        if pruning is not None:
            _check_is_here(executor)
            judge = stack.enter_context(Judge(pruning))
            observers = [judge, *observers]
        archive = stack.enter_context(Archive(run_dir, unchanging))
        _describe_data(task)
        if parameter_servers:
            from nas_tf import parameter_servers as servers

            place = stack.enter_context(
                servers.start(
                    parameter_servers, num_replicas, allow_other_users
                )
            )
            strategy.place_on(place)
        SearchRun(
            space=space,
            task=task,
            strategy=strategy,
            evaluator=evaluator,
            executor=executor,
            archive=archive,
            rule=rule,
            children_per_replica=children_per_replica,
            num_replicas=None if num_replicas == AUTO else num_replicas,
            seed=seed,
            budget=budget,
            reuse_rewards=reuse_rewards,
            observers=observers,
            start_from=known,
            judge=judge,
        ).run()
    return archive


def check_observers(observers):
    """Raises `UsageError` unless this is a sequence, of whatever."""
    if isinstance(observers, str) or not hasattr(observers, "__iter__"):
        raise UsageError(
            f"Expected `observers` to be a sequence. Received: "
            f"{observers!r:.60}"
        )


def _check_numbers(given):
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


def _check_limits(rule, evaluator):
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


def _check_reuse(reuse_rewards, evaluator):
    if reuse_rewards and evaluator.derives:
        raise UsageError(
            f"Expected no `reuse_rewards`, as evaluator "
            f"'{type(evaluator).__name__}' judges an architecture again when "
            f"its weights have been trained further. Received: True"
        )


def _check_reports(evaluator):
    if not evaluator.reports:
        raise UsageError(
            f"Expected an evaluator that trains each child by itself, for "
            f"`pruning`. Received: '{type(evaluator).__name__}'"
        )


def _check_is_here(executor):
    if not executor.on_this_machine:
        raise UsageError(
            "Expected an executor on this machine, for `pruning`: inline, "
            "process, or ray without an address. Received: ray with an address"
        )


def _check_backend_of_servers(count):
    backend = import_keras().config.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow as Keras's backend for "
            f"parameter_servers={count}. Received: {backend}"
        )


def _task(task, space, evaluator, max_params):
    """Returns the task, or a `NoTask` for an evaluator that needs none."""
    name = type(evaluator).__name__
    if evaluator.needs_task:
        if task is None:
            raise UsageError(
                f"Expected a task, as evaluator '{name}' trains. Received: none"
            )
        task = made("tasks", task)
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


def _check_in_process(evaluator, executor, num_replicas):
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


def _describe_data(task):
    """Says in a line what was read of a user's data and what was not."""
    describe = getattr(task, "describe_data", None)
    line = describe() if describe is not None else ""
    if line:
        print(line, file=standard_streams.stderr())


# What an object of each package has.
_HAS = {
    "spaces": "decisions",
    "tasks": "failure_reward",
    "strategies": "propose",
    "evaluators": "evaluate",
    "executors": "submit",
    "observers": "on_trial",
}


def made(package, part):
    """Returns a part, made if it is a call string.

    Raises:
        UsageError: If it is neither a part nor a call string.
    """
    if isinstance(part, str):
        return registry.make(package, part)
    title = registry.PACKAGES[package]
    if isinstance(part, type):
        raise UsageError(
            f"Expected {title} as an object or a call string. Received: the "
            f"class {part.__name__}; {part.__name__}(...) makes an object"
        )
    if not hasattr(part, _HAS[package]):
        raise UsageError(
            f"Expected {title} as an object or a call string. Received: "
            f"{type(part).__name__} {' '.join(repr(part).split()):.60}"
        )
    return part
