"""`run_search`: a search of call strings, objects or a user's own data."""

import pathlib
import typing

from nas_tf.api import data
from nas_tf.api import progress as progresses
from nas_tf.api.parts import Given
from nas_tf.api.result import SearchResult
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import standard_streams
from nas_tf.search import parts
from nas_tf.search import run_search as searches
from nas_tf.search import suitable
from nas_tf.search.observer import Observer


def run_search(
    space: typing.Any,
    task: typing.Any = None,
    strategy: typing.Any = "reinforce",
    evaluator: typing.Any = "standalone",
    executor: typing.Any = "inline",
    run_dir: str | pathlib.Path | None = None,
    max_children: int | None = None,
    children_per_replica: int = 8,
    num_replicas: int | str = suitable.AUTO,
    seed: int = 0,
    max_params: int | None = None,
    oversize: str = "redraw",
    reuse_rewards: bool = False,
    max_hours: float | None = None,
    patience: int | None = None,
    target_reward: float | None = None,
    devices_per_child: int = 1,
    parameter_servers: int = 0,
    observers: typing.Sequence[Observer | str] = (),
    start_from: typing.Any = (),
    pruning: typing.Any = None,
    *,
    allow_other_users: bool = False,
    validation_data: typing.Any = None,
    test_data: typing.Any = None,
    progress: bool | None = None,
    **data_options: typing.Any,
) -> SearchResult:
    """Searches a space for architectures of high reward.

    Called again with the same `run_dir`, it resumes the search. An interrupt,
    such as Ctrl-C or the stop button of a notebook, ends the search but not
    the program: what is there so far is returned, and a line says so. Before
    the first child has finished there is nothing to return, and
    `KeyboardInterrupt` is raised.

    Args:
        space: `SearchSpace`, or a call string such as "conv(num_layers=6)".
        task: `Task` or call string; or data: arrays `(x, y)`, where `x` may
            be a tuple or dict of arrays, a `tf.data.Dataset`, or pandas
            columns. None (default) if the evaluator needs none.
        strategy: `Strategy` or call string. Default: "reinforce".
        evaluator: `Evaluator` or call string. Default: "standalone".
        executor: `Executor` or call string. Default: "inline", in this
            process. An executor given as an object is not stopped at the end.
        run_dir: Directory of the run. None (default) keeps all in memory.
        max_children: Number of trials, failed ones included, at which the
            search ends, >= 1. None (default) for any number, or for 96 if
            there is no other limit.
        children_per_replica: Number of architectures that are proposed and
            learned from together, the paper's m, >= 1. Default: 8.
        num_replicas: Number of batches in progress at a time, the paper's K,
            >= 1. With 1 a batch is drawn when all children of the last one
            have finished. "auto" (default) draws a batch whenever a worker
            would be idle.
        seed: Integer >= 0 from which all seeds are derived. Default: 0.
        max_params: Largest number of trainable parameters of a child, >= 1.
            None (default) for any.
        oversize: "redraw" (default) draws another architecture in place of
            one that is too large; with "penalise" it is a failed trial.
        reuse_rewards: Whether an architecture that equals a finished one gets
            that one's result instead of being evaluated. Default: False.
        max_hours: Hours that the search may run, in all its starts together,
            > 0. None (default) for any number.
        patience: Number of trials in a row without a better reward, >= 1.
            None (default) for any number, as it has to be with shared weights.
        target_reward: Reward at which the search ends. None (default) for
            none, as it has to be with shared weights.
        devices_per_child: Number of devices that train each child, >= 1, for
            evaluators that train. Default: 1.
        parameter_servers: Number of servers that hold the controller's
            variables, the paper's S. Default: 0, in this process. With servers
            `num_replicas` has to be a number: that of the worker processes
            that sample and compute gradients.
        observers: Sequence of `Observer` or of call strings, such as
            "mlflow". Default: none.
        start_from: Known architectures that are proposed first and that the
            strategy learns from: a source or a sequence of sources, each a
            file such as `spec.json`, the directory of a run for its best
            architecture, a `Trial`, a spec or a published name. Default: none.
        pruning: `PruningRule` or call string such as "median(warmup=3)": which
            trainings end early; see `nas_tf.pruning`. None (default) for none.
        allow_other_users: Whether `parameter_servers` are started although
            other people use this machine, who could run programs as this user
            through them. Default: False.
        validation_data: Data like `task`, to compute rewards from. Default: a
            part of the data.
        test_data: Data like `task`, for the final test. Default: a part of
            the data.
        progress: Whether to show a progress bar. None (default) shows it in a
            notebook or an interactive Python.
        **data_options: Options for data, such as `loss`, `metric`,
            `class_weight` and `class_names`; see
            `nas_tf.tasks.arrays.from_data`.

    Returns:
        `SearchResult`.

    Raises:
        UsageError: For bad arguments, or a run directory that belongs to
            another search.
        SearchFailed: If children only fail.
    """
    parts.check_observers(observers)
    shown = progresses.observers(progress)
    task = data.task_of(task, validation_data, test_data, data_options)
    if task is not None:
        # Strategies and tasks would load it with TensorFlow's messages.
        import_keras()
    begun = _Begun()
    interrupted = False
    try:
        searches.run_search(
            space,
            task,
            strategy=strategy,
            evaluator=evaluator,
            executor=executor,
            run_dir=run_dir,
            max_children=max_children,
            children_per_replica=children_per_replica,
            num_replicas=num_replicas,
            seed=seed,
            max_params=max_params,
            oversize=oversize,
            reuse_rewards=reuse_rewards,
            max_hours=max_hours,
            patience=patience,
            target_reward=target_reward,
            devices_per_child=devices_per_child,
            parameter_servers=parameter_servers,
            observers=(begun, *observers, *shown),
            start_from=start_from,
            pruning=pruning,
            allow_other_users=allow_other_users,
        )
    except KeyboardInterrupt:
        if begun.search is None or not begun.search.archive.trials:
            raise
        interrupted = True
        _say_interrupted(begun.search.archive)
    search = begun.search
    given = Given(search.space, search.task)
    trials = search.archive.trials + search.archive.derived
    return SearchResult(trials, given, run_dir, interrupted)


class _Begun(Observer):
    """Keeps the search, which an interrupt would lose."""

    search: typing.Any = None

    def on_ready(self, archive, search):
        self.search = search


def _say_interrupted(archive):
    count = len(archive.trials)
    children = "1 child" if count == 1 else f"{count:,} children"
    line = f"Interrupted after {children}; the result has these."
    if archive.run_dir is not None:
        line += " The same call continues the search."
    print(line, file=standard_streams.stderr())
