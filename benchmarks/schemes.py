"""What does waiting cost? python -m benchmarks.schemes

Runs the real loop with simulated clocks, as many workers as in the paper, and
children of different durations. A synchronous search waits for the slowest of
all children, and each of the paper's replicas waits for the slowest child of
its batch. A search that draws a new batch whenever a worker would be idle
("topped up") waits for none.

With --table, the schemes are also compared by their results: they search a
table of known results with fewer workers, and are compared after equal numbers
of children and after equal simulated times. A child takes 1 unit of time on
average.
"""

import dataclasses

from absl import flags

from benchmarks import common
from benchmarks import simulation
from nas_tf import registry
from nas_tf import trial
from nas_tf.decisions import Categorical
from nas_tf.evaluators.base import Evaluator
from nas_tf.search.run_search import run_search
from nas_tf.spaces.base import SearchSpace

FLAGS = flags.FLAGS


def define_flags():
    flags.DEFINE_integer("replicas", 100, "The paper's K.", lower_bound=1)
    flags.DEFINE_integer(
        "children_per_replica", 8, "The paper's m.", lower_bound=1
    )
    flags.DEFINE_integer(
        "max_children", 12_800, "Children per search.", lower_bound=1
    )
    flags.DEFINE_multi_float(
        "spreads",
        [0.1, 0.3, 0.5],
        "Standard deviation of durations over their mean; repeat for more.",
        lower_bound=0,
    )
    flags.DEFINE_string("table", None, "CSV file of NAS-Bench-201's results.")
    flags.DEFINE_string(
        "strategy", "reinforce", "Strategy that searches the table."
    )
    flags.DEFINE_integer(
        "table_replicas", 10, "K in the searches of the table.", lower_bound=1
    )
    flags.DEFINE_integer(
        "table_children",
        1000,
        "Children per search of the table.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "seeds", 50, "Searches of the table per scheme.", lower_bound=1
    )


@dataclasses.dataclass(frozen=True)
class Nothing(SearchSpace):
    """One decision without any meaning."""

    decisions = (Categorical("choice", 2),)

    def build(self, spec, task):
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Instant(Evaluator):
    """Gives all children the same reward, at once."""

    needs_task = False

    def evaluate(self, space, task, actions, seed):
        return trial.Result(status=trial.OK, reward=0.0)


def main():
    replicas, size = FLAGS.replicas, FLAGS.children_per_replica
    print(
        f"{replicas * size} workers, {FLAGS.max_children} children. "
        f"Utilisation of the workers from the first submission to the last, "
        f"and to the end of the last child:"
    )
    for spread in FLAGS.spreads:
        for name, options in schemes(replicas, size).items():
            inner, whole = measure(
                options, replicas * size, FLAGS.max_children, spread
            )
            print(
                f"spread {spread:.1f}, {name}: {inner:.1%}, {whole:.1%}",
                flush=True,
            )

    if FLAGS.table:
        compare_findings()


def compare_findings():
    """Prints for each scheme the quality of the trial with the best reward."""
    evaluator = registry.make(
        "evaluators",
        f"tabular(path={FLAGS.table!r}, key='ops', "
        f"reward='cifar10_valid_e12', quality='cifar10_test_e200')",
    )
    space = registry.make("spaces", "nasbench201")
    replicas, size = FLAGS.table_replicas, FLAGS.children_per_replica
    workers, children = replicas * size, FLAGS.table_children
    counts = [children // 5, children // 2, children]
    print(
        f"{FLAGS.strategy} with {workers} workers on the table, {FLAGS.seeds} "
        f"seeds: quality of the best after {counts} children, and after the "
        f"times in which {counts} would fit without waiting"
    )
    times = [count / workers for count in counts]
    everyone = {**schemes(replicas, size), "one after the other": None}
    for spread in FLAGS.spreads:
        for name, options in everyone.items():
            strategy = registry.make("strategies", FLAGS.strategy)
            found = []
            for seed in range(FLAGS.seeds):
                one = options is None
                executor = simulation.Simulated(1 if one else workers, spread)
                trials = run_search(
                    space,
                    strategy=strategy,
                    evaluator=evaluator,
                    executor=executor,
                    max_children=children,
                    seed=seed,
                    **({"children_per_replica": size} if one else options),
                ).trials
                by_count = [quality(trials[:count]) for count in counts]
                by_time = [
                    quality([t for t in trials if _end(t) <= time])
                    for time in times
                ]
                found.append(by_count + ([] if one else by_time))
            cells = [
                "{:.2f} ± {:.2f}".format(*common.mean_and_error(values))
                for values in zip(*found)
            ]
            print(
                f"spread {spread:.1f}, {name}: {', '.join(cells)}", flush=True
            )


def quality(trials):
    """Returns the quality of the first trial with the best reward."""
    best = max(trials, key=lambda t: t.reward, default=None)
    return 0.0 if best is None else best.result.metrics.get("quality", 0.0)


def _end(finished):
    return finished.result.started + finished.result.seconds


def schemes(replicas, size):
    """Returns a dict of a scheme's name to its options of `run_search`."""
    return {
        "synchronous": {
            "num_replicas": 1,
            "children_per_replica": replicas * size,
        },
        "the paper's": {
            "num_replicas": replicas,
            "children_per_replica": size,
        },
        "topped up": {"num_replicas": "auto", "children_per_replica": size},
    }


def measure(options, workers, max_children, spread):
    """Returns the utilisation up to the last submission and up to the end."""
    executor = simulation.Simulated(workers, spread)
    trials = run_search(
        Nothing(),
        strategy="random_search",
        evaluator=Instant(),
        executor=executor,
        max_children=max_children,
        **options,
    ).trials
    return (
        simulation.utilisation(trials, workers),
        simulation.utilisation(trials, workers, end=executor.now),
    )


if __name__ == "__main__":
    common.run(main, define_flags)
