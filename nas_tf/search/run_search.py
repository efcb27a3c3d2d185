"""`run_search`: a search as a function of its parts and limits."""

import contextlib
import dataclasses

from nas_tf import decisions
from nas_tf import keras_scope
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.machine import standard_streams
from nas_tf.runs import configuration
from nas_tf.runs import data_identity
from nas_tf.runs.archive import Archive
from nas_tf.search import parts
from nas_tf.search import start_from as start_froms
from nas_tf.search import suitable
from nas_tf.search.budget import Budget
from nas_tf.search.judge import Judge
from nas_tf.search.loop import SearchRun
from nas_tf.search.stopping import StoppingRule
from nas_tf.tasks.base import NoTask
from nas_tf.training.devices import check_backend


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
    num_replicas=suitable.AUTO,
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
    suitable.check_numbers(given)
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
    space = parts.made("spaces", space)
    if isinstance(strategy, str):
        strategy = configuration.strategy_of_then(run_dir, strategy)
    strategy = parts.made("strategies", strategy)
    if parameter_servers:
        from nas_tf.strategies.placement import LOCAL

        # A strategy without a controller refuses before anything is started.
        strategy.place_on(LOCAL)
        suitable.check_backend_of_servers(parameter_servers)
    evaluator = parts.made("evaluators", evaluator)
    parts.check_observers(observers)
    observers = [parts.made("observers", each) for each in observers]
    if pruning is not None:
        pruning = parts.made("pruning", pruning)
        suitable.check_reports(evaluator)
    if devices_per_child > 1:
        check_backend(devices_per_child)
        evaluator = evaluator.on_devices(devices_per_child)
    keras_scope.settle()
    task = suitable.task_of(task, space, evaluator, max_params)
    evaluator.check(space, task, strategy)
    budget = Budget(max_params, oversize)
    rule = StoppingRule(max_children, max_hours, patience, target_reward)
    suitable.check_limits(rule, evaluator)
    suitable.check_reuse(reuse_rewards, evaluator)
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
        executor = parts.made("executors", executor)
        if own_executor:
            stack.callback(executor.stop)
        if evaluator.in_process:
            suitable.check_in_process(evaluator, executor, num_replicas)
        if devices_per_child > 1:
            executor.reserve(devices_per_child)
        judge = None
        if pruning is not None:
            suitable.check_is_here(executor)
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
            num_replicas=None
            if num_replicas == suitable.AUTO
            else num_replicas,
            seed=seed,
            budget=budget,
            reuse_rewards=reuse_rewards,
            observers=observers,
            start_from=known,
            judge=judge,
        ).run()
    return archive


def _describe_data(task):
    """Says in a line what was read of a user's data and what was not."""
    describe = getattr(task, "describe_data", None)
    line = describe() if describe is not None else ""
    if line:
        print(line, file=standard_streams.stderr())
