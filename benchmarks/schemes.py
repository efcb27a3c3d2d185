"""What does waiting cost? python -m benchmarks.schemes

The real loop with simulated clocks: as many workers as the paper had, children
whose durations differ. A synchronous search waits for the slowest of all, each
of the paper's replicas for the slowest of its batch, and a search that is
topped up for nobody.

With --table the same is asked of what is found: searches of a table of known
results by fewer workers, judged after equal numbers of children and after equal
simulated times, of which a child takes 1 on average.
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
        "max_children", 12_800, "Children of a search.", lower_bound=1
    )
    flags.DEFINE_multi_float(
        "spreads",
        [0.1, 0.3, 0.5],
        "Of durations: deviation over mean; one a flag.",
        lower_bound=0,
    )
    flags.DEFINE_string("table", None, "CSV file of NAS-Bench-201's results.")
    flags.DEFINE_string("strategy", "reinforce", "Who searches the table.")
    flags.DEFINE_integer(
        "table_replicas", 10, "K for the table.", lower_bound=1
    )
    flags.DEFINE_integer(
        "table_children", 1000, "Children for the table.", lower_bound=1
    )
    flags.DEFINE_integer(
        "seeds", 50, "Searches of the table a scheme.", lower_bound=1
    )


@dataclasses.dataclass(frozen=True)
class Nothing(SearchSpace):
    """One decision that decides nothing."""

    decisions = (Categorical("choice", 2),)

    def build(self, spec, task):
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Instant(Evaluator):
    """Finds all children equal."""

    needs_task = False

    def evaluate(self, space, task, actions, seed):
        return trial.Result(status=trial.OK, reward=0.0)


def main():
    replicas, size = FLAGS.replicas, FLAGS.children_per_replica
    print(
        f"{replicas * size} workers, {FLAGS.max_children} children. Use of the "
        f"workers from the first submission to the last, and to the end of "
        f"the last child:"
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
    """Prints what the best by reward is worth, scheme by scheme."""
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
        f"times in which {counts} fit without waiting"
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
    """Returns the quality of the best by reward, the first of equals."""
    best = max(trials, key=lambda t: t.reward, default=None)
    return 0.0 if best is None else best.result.metrics.get("quality", 0.0)


def _end(finished):
    return finished.result.started + finished.result.seconds


def schemes(replicas, size):
    """Returns the options of `run_search` for each scheme, by its name."""
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
    """Returns the use of the workers to the last submission and to the end."""
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
