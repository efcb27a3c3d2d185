"""Searches for architectures: python -m nas_tf.search --flagfile=FILE.

The same command resumes a run that was stopped.
"""

import os
import pathlib
import sys

from absl import flags

from nas_tf import commands
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import places
from nas_tf.runs import flagfile
from nas_tf.search.failures import SearchFailed
from nas_tf.search.observer import Observer
from nas_tf.tasks.base import NoTask

FLAGS = flags.FLAGS


def _named(text, package):
    """Returns the help of a flag that takes a part."""
    listed = ", ".join(registry.names(package))
    return (
        f"{text}: {listed}, or a module of your own. `nas_tf list {package} "
        f"NAME` shows options."
    )


_OWN_FLAGS = (
    flags.DEFINE_string("run_dir", "runs/search", "Directory of the run."),
    flags.DEFINE_integer(
        "seed", 0, "Seed of all random numbers.", lower_bound=0
    ),
    flags.DEFINE_string("space", "conv", _named("Search space", "spaces")),
    flags.DEFINE_string(
        "task", "digits", _named("Task that children are trained on", "tasks")
    ),
    flags.DEFINE_string(
        "strategy",
        "reinforce",
        _named("Which algorithm proposes architectures", "strategies"),
    ),
    flags.DEFINE_string(
        "evaluator",
        "standalone",
        _named("How architectures are evaluated", "evaluators"),
    ),
    flags.DEFINE_string(
        "executor",
        "process",
        _named("Where children run", "executors")
        + " Without this flag an evaluator whose children share weights runs "
        "inline.",
    ),
    flags.DEFINE_integer(
        "max_children",
        None,
        "Number of trials, failed ones included, at which the search ends. "
        "Without this or another limit: 96.",
        lower_bound=1,
    ),
    flags.DEFINE_float(
        "max_hours",
        None,
        "Hours after which the search ends, counted over all its starts.",
    ),
    flags.DEFINE_float("max_minutes", None, commands.MAX_MINUTES_HELP),
    flags.DEFINE_integer(
        "patience",
        None,
        "The search ends after this many trials in a row without a better "
        "reward. Not with shared weights.",
        lower_bound=1,
    ),
    flags.DEFINE_float(
        "target_reward",
        None,
        "Reward at which the search ends. Not with shared weights.",
    ),
    flags.DEFINE_integer(
        "children_per_replica",
        8,
        "Number of architectures proposed and learned from together (the "
        "paper's m).",
        lower_bound=1,
    ),
    flags.DEFINE_string(
        "num_replicas",
        "auto",
        "Number of batches in progress at a time (the paper's K). With 1, a "
        "batch is drawn when all children of the last one have finished. "
        "auto draws a batch whenever a worker would be idle.",
    ),
    flags.DEFINE_integer(
        "parameter_servers",
        0,
        "Number of servers that hold the controller's variables (the paper's "
        "S), for num_replicas workers. 0 keeps them in the command's process. "
        "With TF_CONFIG set, the command joins that cluster.",
        lower_bound=0,
    ),
    flags.DEFINE_bool(
        "allow_other_users",
        False,
        "Whether parameter servers are started although other people use this "
        "machine, who could run programs as you through them.",
    ),
    flags.DEFINE_integer(
        "devices_per_child",
        1,
        "Number of devices that train each child.",
        lower_bound=1,
    ),
    flags.DEFINE_integer(
        "max_params",
        None,
        "Largest number of trainable parameters of a child.",
        lower_bound=1,
    ),
    flags.DEFINE_enum(
        "oversize",
        "redraw",
        ["redraw", "penalise"],
        "What happens to larger children: others are drawn in their place, at "
        "most 100 times per batch, or they become failed trials.",
    ),
    flags.DEFINE_bool(
        "reuse_rewards",
        False,
        "Whether an architecture that equals a finished one gets that one's "
        "result instead of being trained.",
    ),
    flags.DEFINE_multi_string(
        "observer",
        None,
        _named("Where trials are logged as well", "observers")
        + " May be given several times.",
    ),
    flags.DEFINE_multi_string(
        "start_from",
        None,
        "Known architectures that are proposed first: a file such as "
        "spec.json, or a run's directory for its best. May be given several "
        "times.",
    ),
    flags.DEFINE_string(
        "pruning",
        None,
        _named("Rule that ends trainings early", "pruning"),
    ),
)

FLAGS_FILE = "flags.txt"


def _number_or_word(text):
    return int(text) if text.isdecimal() else text


def main(argv):
    if len(argv) > 1:
        raise UsageError(f"Expected flags only. Received: {argv[1]}")
    if not FLAGS.run_dir:
        raise UsageError("Expected a directory in --run_dir. Received: none")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    FLAGS.run_dir = str(places.local(FLAGS.run_dir))
    _follow_a_moved_run()
    kept = pathlib.Path(FLAGS.run_dir) / FLAGS_FILE
    with commands.orderly_end("nas_tf.search", kept, FLAGS.max_minutes):
        if FLAGS.parameter_servers and _serves():
            return
        parts = {
            "space": registry.make("spaces", FLAGS.space),
            "evaluator": registry.make("evaluators", FLAGS.evaluator),
        }
        parts["observers"] = [
            registry.make("observers", call) for call in FLAGS.observer or ()
        ]
        default = FLAGS["executor"].using_default_value
        if default and parts["evaluator"].in_process:
            FLAGS.executor = "inline"
        task = NoTask()
        if parts["evaluator"].needs_task:
            task = parts["task"] = registry.make("tasks", FLAGS.task)
            task.check()
        begun = _Begun()
        try:
            _search(parts, begun)
        except KeyboardInterrupt:
            if begun.archive is not None and begun.archive.trials:
                _say_what_was_found(begun, parts, task, "Stopped.")
            raise
    _say_what_was_found(begun, parts, task, begun.ending())


def _follow_a_moved_run():
    """Continues a run where its flagfile lies, not where it began."""
    folder = flagfile.moved_to(sys.argv[1:], ("run_dir",), FLAGS.run_dir)
    if folder is not None:
        print(
            f"Continuing the run in {folder}, where the flagfile lies. It was "
            f"written for {FLAGS.run_dir}."
        )
        FLAGS.run_dir = str(folder)


def _serves():
    """Runs a server if TF_CONFIG gives this process that role.

    Returns:
        Whether it did.
    """
    from nas_tf import parameter_servers

    if not parameter_servers.serves():
        return False
    parameter_servers.serve()
    return True


def _search(parts, begun):
    # Worker processes import this module too, and do not need the following.
    import_keras()
    from nas_tf.search import console
    from nas_tf.search import diversity
    from nas_tf.search import summaries
    from nas_tf.search import winner
    from nas_tf.search.run_search import run_search

    observers = [
        begun,
        summaries.TensorBoard(parts["space"]),
        winner.Winner(parts["space"], parts.get("task")),
        *parts["observers"],
        diversity.Diversity(),
        console.Progress(),
    ]
    try:
        run_search(
            **{**parts, "observers": observers},
            strategy=FLAGS.strategy,
            executor=FLAGS.executor,
            run_dir=FLAGS.run_dir,
            max_children=FLAGS.max_children,
            max_hours=FLAGS.max_hours,
            patience=FLAGS.patience,
            target_reward=FLAGS.target_reward,
            children_per_replica=FLAGS.children_per_replica,
            num_replicas=_number_or_word(FLAGS.num_replicas),
            parameter_servers=FLAGS.parameter_servers,
            allow_other_users=FLAGS.allow_other_users,
            devices_per_child=FLAGS.devices_per_child,
            seed=FLAGS.seed,
            max_params=FLAGS.max_params,
            oversize=FLAGS.oversize,
            reuse_rewards=FLAGS.reuse_rewards,
            start_from=tuple(FLAGS.start_from or ()),
            pruning=FLAGS.pruning,
        )
    except SearchFailed as error:
        sys.exit(f"error: {error}")


def _say_what_was_found(begun, parts, task, ending):
    from nas_tf.search import outcome

    print(outcome.text(begun.archive, parts, task, ending))


class _Begun(Observer):
    """What the message at the end says of a start; it also writes flags.txt.

    Attributes:
        archive: The run's `Archive`, or None before it is open.
    """

    archive = None

    def on_start(self, archive, rule):
        self.archive = archive
        self._rule = rule
        self._over = rule.name_of_reached(archive)
        path = archive.run_dir / FLAGS_FILE
        # A start that adds no child does not decide how the run goes on.
        if self._over is None or not path.exists():
            commands.write_flags(_OWN_FLAGS, path)

    def ending(self):
        """Returns a sentence that says why the search ended."""
        if self._over is None:
            return f"Ended at {self._rule.reached(self.archive)}."
        value = getattr(self._rule, self._over)
        return f"--{self._over}={value} adds no child to this run."


def run():
    """Runs the command. A user's mistake is one line and exit code 2."""
    commands.run(main)


if __name__ == "__main__":
    run()
