"""Does the controller learn? python -m benchmarks.learning

Searches with REINFORCE and at random, several seeds each at fixed depth, and
compares the mean reward of the last third of each search with the first's.
"""

from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf.search_loop import run_search

FLAGS = flags.FLAGS
common.define_parts()
flags.DEFINE_list(
    "strategies", ["reinforce", "random_search"], "Call strings, compared."
)
flags.DEFINE_integer("seeds", 5, "Searches a strategy.")
flags.DEFINE_integer("max_children", 96, "Children a search.")
flags.DEFINE_integer("children_per_replica", 8, "Children an update.")


def main():
    executor = registry.make("executors", FLAGS.executor)
    try:
        for strategy in FLAGS.strategies:
            compare(executor, strategy)
    finally:
        executor.stop()


def compare(executor, strategy):
    searches = []
    for seed in range(FLAGS.seeds):
        archive = run_search(
            FLAGS.space,
            FLAGS.task,
            strategy,
            executor=executor,
            max_children=FLAGS.max_children,
            children_per_replica=FLAGS.children_per_replica,
            seed=seed,
        )
        # In the order of proposing: what finishes first is what is small.
        trials = sorted(archive.trials, key=lambda t: t.proposal.proposal_id)
        searches.append([trial.reward for trial in trials])
        first, last = thirds(searches[-1])
        print(
            f"{strategy} seed {seed}: {len(trials)} children, first third "
            f"{first:.4f}, last third {last:.4f}, best "
            f"{max(searches[-1]):.4f}",
            flush=True,
        )
    # The start of a long search is what a short one would have been.
    step = FLAGS.max_children // 4
    for count in range(step, FLAGS.max_children + 1, step):
        gains = [
            last - first
            for first, last in (thirds(rewards[:count]) for rewards in searches)
        ]
        gain, error = common.mean_and_error(gains)
        print(
            f"{strategy}, {count} children: last third minus first "
            f"{gain:+.4f}, standard error {error:.4f}, {gain / error:+.1f} "
            f"standard errors",
            flush=True,
        )


def thirds(rewards):
    """Returns the mean of the first third of a search and of the last."""
    third = len(rewards) // 3
    return sum(rewards[:third]) / third, sum(rewards[-third:]) / third


if __name__ == "__main__":
    common.run(main)
